"""Each service: what is asked, how it is cut, and what its replies are taken for."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import loopback
import pytest
from live_calls import KEY, KEY_ENV, StillClock, chips, fetch, fetched, not_loaded
from loopback import Loopback, Reply, serving

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UnreachableError, UsageError
from stopgap.base.vocab import Flow, Frequency
from stopgap.intake.fetching import make_query, plan
from stopgap.lake.query.statement import run_query
from stopgap.sources.live.comtrade import number
from stopgap.sources.live.outcomes import quota_of, retry_after, wait_in_words

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
RECORDED = SHARED / "trade" / "comtradr-vignettes" / "tests"


def asked(server: Loopback) -> list[dict[str, str]]:
    return [call.query for call in server.calls]


class TestComtrade:
    def test_a_request_with_a_key(self, comtrade: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOPGAP_COMTRADE_KEY", KEY)
        query = chips(reporters=["France", "usa", "CN"], partners=["RUS", "W00"])
        result = fetched(comtrade, tmp_path, query)
        [call] = comtrade.calls
        assert call.path == "data/v1/get/C/A/HS"
        assert call.headers["ocp-apim-subscription-key"] == KEY
        assert "key" not in str(call.params).lower()
        assert call.query == {
            "period": "2022,2023", "reporterCode": "251,842,156", "partnerCode": "643,0",
            "cmdCode": "854231,854232", "flowCode": "X,M", "partner2Code": "0", "customsCode": "C00", "motCode": "0",
            "maxRecords": "100000", "format": "JSON", "includeDesc": "false",
        }  # fmt: skip
        assert result.imported.rows_loaded == 2 * 3 * 2 * 2 * 2
        assert result.warnings == ()

    @pytest.mark.prove_only
    def test_without_a_key_the_preview_is_asked_period_by_period(self, comtrade: Loopback, tmp_path: Path) -> None:
        result = fetched(comtrade, tmp_path, chips())
        assert [(call.path, call.query["period"]) for call in comtrade.calls] == [
            ("public/v1/preview/C/A/HS", "2022"),
            ("public/v1/preview/C/A/HS", "2023"),
        ]
        assert "STOPGAP_COMTRADE_KEY" in " ".join(result.warnings)

    def test_a_reply_at_the_limit_is_cut_and_asked_for_in_halves(self, tmp_path: Path) -> None:
        # The service has more rows than the codes let expect: 600 for a single period and code.
        def dense(call: loopback.Call) -> Reply:
            good = loopback.comtrade(call)
            import json

            document = json.loads(good.body)
            if len(document["data"]) > 2:
                document["data"] = (document["data"] * 500)[:500]
                document["count"] = 500
            return Reply(200, json.dumps(document).encode())

        with serving(dense) as server:
            result = fetched(server, tmp_path, chips(last="2022"))
        # 4 rows are cut: codes first, then flows are left as they are (2 rows each fit).
        assert [call.query["cmdCode"] for call in server.calls] == ["854231,854232", "854231", "854232"]
        assert (result.pieces, result.requests, result.imported.rows_loaded) == (2, 3, 4)

    def test_a_cut_reply_that_cannot_be_divided_is_an_error(self, tmp_path: Path) -> None:
        import json

        row = loopback.comtrade_row("A", "2022", "276", "643", "X", "854231")
        body = json.dumps({"count": 500, "data": [row] * 500}).encode()
        with serving(lambda call: Reply(200, body)) as server, pytest.raises(InputError, match="cannot be divided"):
            fetched(server, tmp_path, chips(last="2022", codes=["854231"], flows=["X"]))
        assert len(server.calls) == 1

    def test_pieces_stay_below_the_rows_and_the_length_of_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOPGAP_COMTRADE_KEY", KEY)
        query = make_query(
            "comtrade",
            codes=["eu-833-annex-xxiii"],
            reporters=["all"],
            partners=["RUS"],
            first="2020-01",
            last="2023-12",
        )
        pieces = plan("comtrade", query).pieces
        assert max(len(piece.periods) for piece in pieces) <= 12
        assert max(len(",".join(piece.codes)) for piece in pieces) <= 1_500
        boxes = {(period, code) for piece in pieces for period in piece.periods for code in piece.codes}
        assert len(boxes) == sum(len(piece.periods) * len(piece.codes) for piece in pieces)  # none twice
        assert len(boxes) == len(query.periods()) * len(query.codes)  # and none left out

    @pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not here")
    def test_recorded_replies(self, tmp_path: Path) -> None:
        recorded = (RECORDED / "data_v1_get_C_A_HS-60a6ad.json").read_bytes()
        query = make_query(
            "comtrade", codes=["TOTAL"], first="2010", last="2010", reporters=["CHN"], partners=["ARG", "DEU"]
        )
        with serving(lambda call: Reply(200, recorded)) as server:
            result = fetched(server, tmp_path / "lake", query)
        assert (result.imported.rows_read, result.pieces) == (4, 1)
        kept = [path.read_bytes() for path in (tmp_path / "lake" / "receipts").rglob("*") if path.is_file()]
        assert kept == [recorded]

    @pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not here")
    @pytest.mark.parametrize(
        ("name", "kind"), [("bulk_error_HS-a503f3.json", NotFoundError), ("bulk_v1_get_C_A_HS-4f1d0f.json", InputError)]
    )
    def test_recorded_replies_that_hold_no_figures(self, name: str, kind: type[Exception], tmp_path: Path) -> None:
        recorded = (RECORDED / name).read_bytes()
        with serving(lambda call: Reply(200, recorded)) as server, pytest.raises(kind):
            fetched(server, tmp_path, chips())

    def test_numbers_are_comtrade_s_own(self) -> None:
        assert [number(code) for code in ("FRA", "USA", "TWN", "DEU", "W00")] == ["251", "842", "490", "276", "0"]


class TestEurostat:
    def test_a_request(self, eurostat: Loopback, tmp_path: Path) -> None:
        query = chips("eurostat", reporters=["DEU", "GRC"], partners=["RUS", "W00"])
        fetched(eurostat, tmp_path, query, "eurostat", load=not_loaded)
        [call] = eurostat.calls
        assert call.path == (
            "sdmx/2.1/data/DS-045409/M.DE+GR.RU+WORLD.854231+854232.2+1."
            "VALUE_IN_EUROS+QUANTITY_IN_100KG+SUPPLEMENTARY_QUANTITY"
        )
        assert call.query == {"startPeriod": "2022-01", "endPeriod": "2022-02", "format": "SDMX-CSV"}

    def test_too_many_cells_are_divided(self, tmp_path: Path) -> None:
        def small(call: loopback.Call) -> Reply:
            if call.query["startPeriod"] != call.query["endPeriod"]:
                fault = b"<S:Fault><faultcode>413</faultcode><faultstring>EXTRACTION_TOO_BIG</faultstring></S:Fault>"
                return Reply(413, fault)
            return loopback.eurostat(call)

        with serving(small) as server:
            result = fetched(server, tmp_path, chips("eurostat"), "eurostat", load=not_loaded)
        assert (result.pieces, result.requests, result.retries) == (2, 3, 0)

    def test_a_reply_in_the_queue_is_waited_for(self, tmp_path: Path) -> None:
        states = iter(["SUBMITTED", "PROCESSING", "AVAILABLE"])

        def queued(call: loopback.Call) -> Reply:
            if call.path.startswith("1.0/async/data/98de05ea-540a"):
                return kept[0]
            if not kept:
                kept.append(loopback.eurostat(call))
            xml = f"<env:Body><queued><id>98de05ea-540a</id><status>{next(states)}</status></queued></env:Body>"
            return Reply(200, xml.encode())

        kept: list[Reply] = []
        clock = StillClock()
        with serving(queued) as server:
            result = fetched(server, tmp_path, chips("eurostat"), "eurostat", load=not_loaded, clock=clock)
        assert [call.path.split("/")[0] for call in server.calls] == ["sdmx", "1.0", "1.0", "1.0"]
        assert (result.pieces, result.retries, clock.slept) == (1, 0, [5.0, 5.0])

    def test_no_rows_are_no_success(self, tmp_path: Path) -> None:
        fault = b"<faultcode>100</faultcode><faultstring>No results found</faultstring>"
        with serving(lambda call: Reply(404, fault)) as server, pytest.raises(NotFoundError, match="no figures"):
            fetched(server, tmp_path, chips("eurostat"), "eurostat", load=not_loaded)

    def test_a_header_alone_is_no_success(self, eurostat: Loopback, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no figures"):
            fetched(eurostat, tmp_path, chips("eurostat", codes=["999999"]), "eurostat", load=not_loaded)

    @pytest.mark.parametrize(
        ("fault", "kind", "says"),
        [
            ("replace:OBS_VALUE=>VALUE", InputError, "OBS_VALUE"),
            ("replace:2022-01,=>2021-01,", UnreachableError, "not asked for"),
            ("cut-json", UnreachableError, "cut"),
            (
                "body:<Fault><faultstring>Dimension reporter: unknown code</faultstring></Fault>",
                InputError,
                "unknown code",
            ),
            ("status:400 no such code", InputError, "no such code"),
        ],
    )
    def test_faults(self, fault: str, kind: type[Exception], says: str, eurostat: Loopback, tmp_path: Path) -> None:
        with pytest.raises(kind, match=says):
            fetched(eurostat.always(fault), tmp_path, chips("eurostat"), "eurostat", load=not_loaded)

    def test_the_replies_are_loaded(self, eurostat: Loopback, tmp_path: Path) -> None:
        result = fetched(eurostat, tmp_path, chips("eurostat", partners=["RUS", "W00"]), "eurostat")
        assert result.imported.rows_loaded == 2 * 2 * 2 * 2
        rows = run_query(
            tmp_path,
            "SELECT value_reported, currency, net_kg FROM trade WHERE period = '2022-01-01' AND flow = 'X' AND good = '854231'",
        )[0].to_pylist()
        cell = ("M", "DE", "RU", "854231", "2")
        assert [tuple(row.values()) for row in rows] == [
            (
                loopback.value_of(*cell, "VALUE_IN_EUROS", "2022-01"),
                "EUR",
                100.0 * loopback.value_of(*cell, "QUANTITY_IN_100KG", "2022-01"),
            )
        ]


class TestUsCensus:
    @pytest.fixture(autouse=True)
    def key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOPGAP_CENSUS_KEY", KEY)

    def test_a_request_for_each_flow(self, us_census: Loopback, tmp_path: Path) -> None:
        query = chips("us-census", partners=["RUS", "W00"])
        result = fetched(us_census, tmp_path, query, "us-census", load=not_loaded)
        exports, imports = us_census.calls
        assert (exports.path, imports.path) == ("exports/hs", "imports/hs")
        assert exports.query == {
            "get": "CTY_NAME,ALL_VAL_MO,QTY_1_MO,UNIT_QY1,QTY_2_MO,UNIT_QY2", "time": "from 2022-01 to 2022-02",
            "E_COMMODITY": "854231,854232", "CTY_CODE": "4621,-", "key": KEY,
        }  # fmt: skip
        assert imports.query["get"].startswith("CTY_NAME,GEN_CIF_MO,GEN_QY1_MO")
        assert (result.pieces, result.requests) == (2, 2)

    def test_the_replies_are_loaded(self, us_census: Loopback, tmp_path: Path) -> None:
        result = fetched(us_census, tmp_path, chips("us-census", partners=["RUS", "W00"]), "us-census")
        assert result.imported.rows_loaded == 2 * 2 * 2 * 2
        rows = run_query(
            tmp_path, "SELECT flow, valuation, good, value_usd FROM trade WHERE period = '2022-01-01' ORDER BY ALL"
        )[0].to_pylist()
        assert [tuple(row.values()) for row in rows] == [
            (flow, valuation, good, loopback.value_of("2022-01", "4621", column, good))
            for flow, valuation, column in (("M", "CIF", "I_COMMODITY"), ("X", "FOB", "E_COMMODITY"))
            for good in ("854231", "854232")
        ]

    def test_all_partners(self, us_census: Loopback, tmp_path: Path) -> None:
        fetched(us_census, tmp_path, chips("us-census", flows=["X"]), "us-census", load=not_loaded)
        assert us_census.calls[0].query["get"].startswith("CTY_CODE,CTY_NAME,")
        assert "CTY_CODE" not in us_census.calls[0].query

    def test_no_content_is_an_honest_empty_answer(self, us_census: Loopback, tmp_path: Path) -> None:
        query = chips("us-census", codes=["999999"], flows=["X"])
        with pytest.raises(NotFoundError, match="no figures"):
            fetched(us_census, tmp_path, query, "us-census", load=not_loaded)

    def test_without_a_key_nothing_is_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("STOPGAP_CENSUS_KEY")
        with pytest.raises(RefusedError, match="without a key") as caught:
            fetch(tmp_path, "us-census", chips("us-census"))
        assert "STOPGAP_CENSUS_KEY" in caught.value.fix

    @pytest.mark.parametrize(
        ("fault", "kind", "says"),
        [
            ("body:<html><title>Invalid Key</title></html>", RefusedError, "valid key"),
            ("body:error: unknown variable", UnreachableError, "not whole JSON"),
            ("status:400 error: unknown variable 'X'", InputError, "unknown variable"),
            ('replace:"ALL_VAL_MO"=>"VALUE"', InputError, "ALL_VAL_MO"),
            ('replace:"2022-01"=>"2021-01"', UnreachableError, "not asked for"),
            ('replace:"CTY_NAME", =>', InputError, "does not fit the header"),
            ("cut-json", UnreachableError, "cut or damaged"),
        ],
    )
    def test_faults(self, fault: str, kind: type[Exception], says: str, us_census: Loopback, tmp_path: Path) -> None:
        with pytest.raises(kind, match=says):
            fetched(us_census.always(fault), tmp_path, chips("us-census", flows=["X"]), "us-census", load=not_loaded)

    def test_a_page_twice_in_one_reply(self, tmp_path: Path) -> None:
        import json

        def doubled(call: loopback.Call) -> Reply:
            table = json.loads(loopback.us_census(call).body)
            return Reply(200, json.dumps([*table, *table[1:]]).encode())

        with serving(doubled) as server, pytest.raises(UnreachableError, match="repeats rows: 12 of 24"):
            fetched(server, tmp_path, chips("us-census", flows=["X"]), "us-census", load=not_loaded)


class TestHmrc:
    def test_a_request(self, hmrc: Loopback, tmp_path: Path) -> None:
        query = chips("hmrc", codes=["8542", "84713000"], partners=["RUS", "W00"])
        result = fetched(hmrc, tmp_path, query, "hmrc", load=not_loaded)
        [call] = hmrc.calls
        assert call.path == "OTS"
        assert call.query["$filter"] == (
            "MonthId ge 202201 and MonthId le 202202"
            " and (FlowTypeId eq 1 or FlowTypeId eq 2 or FlowTypeId eq 3 or FlowTypeId eq 4)"
            " and ((CommodityId ge 84713000 and CommodityId le 84713000)"
            " or (CommodityId ge 85420000 and CommodityId le 85429999)) and CountryId eq 75"
        )
        assert result.warnings == ("hmrc has no rows for W00: left out",)

    def test_the_replies_are_loaded(self, hmrc: Loopback, tmp_path: Path) -> None:
        fetched(hmrc, tmp_path, chips("hmrc", codes=["8542"], partners=["RUS"]), "hmrc")
        rows = run_query(
            tmp_path,
            "SELECT partner, flow, value_reported, currency, valuation FROM trade "
            "WHERE period = '2022-01-01' AND good = '85423110' ORDER BY flow",
        )[0].to_pylist()
        assert [tuple(row.values()) for row in rows] == [
            ("RUS", flow, sum(loopback.value_of(202201, kind, 85423110, port) for kind in kinds for port in (1, 2)), "GBP", valuation)
            for flow, kinds, valuation in (("M", (1, 3), "CIF"), ("X", (2, 4), "FOB"))
        ]  # fmt: skip

    @pytest.mark.prove_only
    def test_a_page_that_names_a_next_one_is_divided_down_to_single_codes(self, tmp_path: Path) -> None:
        with serving(partial(loopback.hmrc, page=5)) as server:
            query = chips("hmrc", codes=["8542"], last="2022-01", flows=["X"])
            result = fetched(server, tmp_path, query, "hmrc", load=not_loaded)
        loaded = [call for call in server.calls if "nextLink" not in loopback.hmrc(call, page=5).body.decode()]
        assert result.pieces - result.pieces_empty == 3  # 8542311…, 8542319… and 854239…
        assert result.pieces == len(loaded)
        assert not any("skip" in str(call.params) for call in server.calls)

    @pytest.mark.parametrize(
        ("fault", "kind", "says"),
        [
            ('body:{"error": {"code": "", "message": "The query is not valid."}}', InputError, "not valid"),
            ('replace:"value"=>"values"', InputError, "no list of rows"),
            ('replace:"Value"=>"Amount"', InputError, "lacks Value"),
            ('replace:"CountryId": 75=>"CountryId": 76', UnreachableError, "not asked for"),
            ("body:[1]", InputError, "no object"),
            ("cut-json", UnreachableError, "not whole JSON"),
        ],
    )
    def test_faults(self, fault: str, kind: type[Exception], says: str, hmrc: Loopback, tmp_path: Path) -> None:
        query = chips("hmrc", partners=["RUS"])
        with pytest.raises(kind, match=says):
            fetched(hmrc.always(fault), tmp_path, query, "hmrc", load=not_loaded)

    def test_an_empty_list_is_an_honest_empty_answer(self, hmrc: Loopback, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError):
            fetched(hmrc, tmp_path, chips("hmrc", codes=["01"]), "hmrc", load=not_loaded)


class TestQueries:
    def test_groups_are_those_of_the_periods(self) -> None:
        query = make_query("comtrade", codes=["01"], first="2019", last="2021", reporters=["eu"], partners=["Russia"])
        assert len(query.reporters) == 28  # the United Kingdom left in January 2020
        assert query.partners == ("RUS",)

    def test_lists_are_asked_for_in_every_revision(self) -> None:
        query = make_query("comtrade", codes=["chpl-2024-02", "26"], first="2020", last="2023", reporters=["all"])
        from stopgap.codes.goods import load_goods

        assert set(load_goods("chpl-2024-02").codes) < set(query.codes)
        assert len(query.codes) > 51

    @pytest.mark.parametrize(
        ("first", "frequency", "expected"),
        [("2020", None, "A"), ("2020-01", None, "M"), ("2020", "m", "M"), ("2020-05", "A", "A")],
    )
    def test_frequency(self, first: str, frequency: str | None, expected: str) -> None:
        query = make_query("comtrade", codes=["01"], first=first, last="2021", reporters=["all"], frequency=frequency)
        assert query.frequency == Frequency(expected)

    def test_periods(self) -> None:
        query = make_query("hmrc", codes=["8542"], first="2021-11", last="2022-02", reporters=["all"])
        assert query.periods() == ("2021-11", "2021-12", "2022-01", "2022-02")
        assert (query.reporters, query.flows) == (("GBR",), (Flow.EXPORT, Flow.IMPORT))

    @pytest.mark.parametrize(
        ("service", "changes", "says"),
        [
            ("comtrade", {"first": "2023", "last": "2022"}, "before the first"),
            ("comtrade", {"first": "2023-13"}, "no month or year"),
            ("comtrade", {"codes": ["12345"]}, "no code of"),
            ("comtrade", {"codes": []}, "no goods are named"),
            ("comtrade", {"flows": ["Z"]}, "no flow"),
            ("comtrade", {"frequency": "Q"}, "no frequency"),
            ("us-census", {"reporters": ["DEU"]}, "USA alone"),
            ("us-census", {"frequency": "A"}, "no figures of frequency A"),
            ("us-census", {"flows": ["RX"]}, "flow RX"),
            ("hmrc", {"codes": ["TOTAL"]}, "no rows for TOTAL"),
        ],
    )
    def test_what_cannot_be_asked(self, service: str, changes: dict[str, Any], says: str) -> None:
        with pytest.raises(UsageError, match=says):
            chips(service, **changes)

    def test_an_unknown_service(self) -> None:
        with pytest.raises(NotFoundError, match="no live service"):
            make_query("wto", codes=["01"], first="2020", last="2021")

    @pytest.mark.parametrize(
        "url", ["ftp://host", "host/path", "https://user:secret@host", "https://host?key=secret", "https://"]
    )
    def test_a_base_url_holds_no_secret(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="address cannot be used") as caught:
            fetch(tmp_path, "comtrade", chips(), base_url=url)
        assert "secret" not in str(caught.value)

    def test_a_named_variable_must_hold_a_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UsageError, match="holds no key"):
            fetch(tmp_path, "comtrade", chips(), base_url="http://127.0.0.1:1", key_env=KEY_ENV)
        monkeypatch.setenv(KEY_ENV, "two words")
        with pytest.raises(UsageError, match="is no key") as caught:
            fetch(tmp_path, "comtrade", chips(), base_url="http://127.0.0.1:1", key_env=KEY_ENV)
        assert "two words" not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit is exceeded. Try again in 5 seconds.", 5),
        ("Quota will be replenished in 03:14:17.", 11657),
        ("Quota will be replenished in 20.09:58:55.", 20 * 86400 + 35935),
        ("no wait at all", None),
    ],
)
def test_waits_in_words(message: str, seconds: float | None) -> None:
    assert wait_in_words(message) == seconds


@pytest.mark.parametrize(
    ("headers", "left", "resets"),
    [
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": "30"}, 12, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 0, 60),
        ({"ratelimit": "limit=100, remaining=50, reset=5"}, 50, 5),
        ({"ratelimit": '"default";r=7;t=9'}, 7, 9),
        ({"x-ratelimit-remaining": "many"}, None, None),
        ({}, None, None),
    ],
)
def test_quotas_in_headers(headers: dict[str, str], left: int | None, resets: float | None) -> None:
    found = quota_of(headers, NOW)
    assert (found.left, found.resets_in_s) == (left, resets)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("Tue, 24 Nov 2026 12:01:00 GMT", 60), ("Tue, 24 Nov 2026 11:00:00 GMT", 0), ("soon", None)],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds
