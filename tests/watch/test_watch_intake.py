"""What a watch asks a live service for: by hand, and against a service of the tests' own."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from comtrade_files import REPORTERS, comtrade_row

from stopgap.base.vocab import Frequency
from stopgap.intake.fetch_request import AskRequest
from stopgap.lake.query.statement import run_query
from stopgap.panel.episodes import load_episode
from stopgap.panel.prepare import measure_options
from stopgap.watch.events import period_number
from stopgap.watch.intake import Box, ServiceIntake, fetch_boxes, wanted_periods
from stopgap.watch.watching import WatchOptions, watch_round

NOBODY = frozenset[str]()


def month(text):
    return period_number(dt.date.fromisoformat(f"{text}-01"), is_monthly=True)


def span(first, last):
    return frozenset(range(month(first), month(last) + 1))


WANTED = span("2021-01", "2021-12") | span("2023-01", "2023-12")


def boxes(held, *, followed=NOBODY, revision_months=6):
    return fetch_boxes(held, WANTED, frequency=Frequency.MONTHLY, revision_months=revision_months, followed=followed)


def test_an_empty_lake_asks_for_both_windows():
    assert boxes({}) == [Box((), "2021-01", "2021-12"), Box((), "2023-01", "2023-12")]


def test_new_months_and_the_revision_window_are_one_request():
    held = {"DEU": span("2021-01", "2023-08")}
    assert boxes(held) == [Box((), "2023-03", "2023-12")]


def test_no_revision_window_asks_for_new_months_alone():
    held = {"DEU": span("2021-01", "2023-08")}
    assert boxes(held, revision_months=0) == [Box((), "2023-09", "2023-12")]


def test_a_window_never_reaches_into_months_that_are_not_wanted():
    held = {"DEU": span("2021-01", "2023-02")}
    assert boxes(held) == [Box((), "2023-01", "2023-12")]


def test_a_reporter_that_is_far_behind_is_asked_for_its_arrears():
    held = {"DEU": span("2021-01", "2023-10"), "TUR": span("2021-01", "2023-01"), "ALB": span("2021-01", "2021-06")}
    assert boxes(held, followed=frozenset({"DEU", "TUR"})) == [
        Box(("TUR",), "2023-02", "2023-04"),
        Box((), "2023-05", "2023-12"),
    ]


def test_a_month_that_nobody_has_is_asked_for_again():
    held = {"DEU": span("2021-01", "2021-05") | span("2021-07", "2023-12")}
    assert boxes(held) == [Box((), "2021-06", "2021-06"), Box((), "2023-07", "2023-12")]


def test_years_are_asked_for_as_years():
    found = fetch_boxes(
        {"DEU": frozenset({2021, 2023})},
        frozenset({2021, 2023, 2024}),
        frequency=Frequency.ANNUAL,
        revision_months=6,
        followed=NOBODY,
    )
    assert found == [Box((), "2023", "2024")]


def test_wanted_periods_end_today():
    options = measure_options(baseline="2021-11:2021-12")
    found = wanted_periods(load_episode("russia-2022"), options, Frequency.MONTHLY, dt.date(2023, 2, 3))
    assert found == span("2021-11", "2021-12") | span("2023-01", "2023-02")


class Service:
    """Answers as Comtrade does, from figures (reporter, month, partner) -> dollars."""

    def __init__(self):
        self.figures = {}
        self.asked = []
        self.status = 200
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def publish(self, reporter, months, value):
        for period in months:
            self.figures[reporter, period, "643"] = value
            self.figures[reporter, period, "0"] = value * 9

    def reply(self, query):
        self.asked.append(query)
        rows = [
            comtrade_row(
                freqCode="M", period=period, refYear=period[:4], refMonth=period[4:], refPeriodId=f"{period}01",
                reporterCode=reporter, reporterISO=REPORTERS[reporter], partnerCode=partner, cmdCode="854231",
                primaryValue=value, fobvalue=value,
            )
            for (reporter, period, partner), value in sorted(self.figures.items())
            if period in query["period"] and partner in query["partnerCode"]
            and (not query["reporterCode"] or reporter in query["reporterCode"])
        ]  # fmt: skip
        return json.dumps({"elapsedTime": "0.1 secs", "count": len(rows), "data": rows, "error": ""})


@pytest.fixture
def service(monkeypatch):
    told = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            names = ("period", "partnerCode", "reporterCode", "cmdCode", "flowCode")
            body = told.reply({name: [c for v in query.get(name, []) for c in v.split(",")] for name in names})
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words):
            pass

    monkeypatch.setenv("STOPGAP_COMTRADE_KEY", "test-key-of-16-ch")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


GERMANY, CHINA = "276", "156"


def months(year, first, last):
    return [f"{year}{number:02}" for number in range(first, last + 1)]


@pytest.fixture
def published(service):
    """Half a year of Germany and China, as it stood in July 2023."""
    service.publish(GERMANY, [*months(2021, 1, 12), *months(2023, 1, 5)], 50.0)
    service.publish(CHINA, [*months(2021, 1, 12), *months(2023, 1, 6)], 60.0)
    return service


@pytest.fixture
def watch(tmp_path, service):
    goods = tmp_path / "processors.csv"
    goods.write_text("code,description\n854231,Processors\n")
    options = WatchOptions(measure_options(goods=str(goods), baseline="2021-01:2021-12"), tmp_path / "reports")

    def call(today, **changes):
        how = AskRequest(base_url=service.url)
        intake = ServiceIntake("comtrade", lambda: dt.date.fromisoformat(today), how=how, **changes)
        return watch_round(tmp_path / "lake", "russia-2022", options, intake=intake)

    call.lake = tmp_path / "lake"
    return call


def test_the_first_round_fetches_both_windows_with_the_world(watch, published):
    first = watch("2023-07-20")
    assert first.failures == []
    assert [event.kind for event in first.events] == ["first-measure"]
    [asked] = {tuple(query["partnerCode"]) for query in published.asked}
    assert set(asked) == {"643", "0"}
    assert {query["flowCode"][0] for query in published.asked} == {"X"}
    periods = {period for query in published.asked for period in query["period"]}
    assert periods == {*months(2021, 1, 12), *months(2023, 1, 7)}


@pytest.mark.prove_only
def test_the_next_round_asks_for_what_is_new_and_what_may_be_revised(watch, published):
    watch("2023-07-20")
    published.asked.clear()
    published.publish(GERMANY, ["202306"], 40.0)
    published.publish(CHINA, ["202307"], 70.0)
    published.publish(CHINA, ["202305"], 66.0)
    second = watch("2023-08-20")
    assert {p for query in published.asked for p in query["period"]} == set(months(2023, 1, 8))
    told = [(event.kind, event.subject, event.periods) for event in second.events if event.kind != "headline"]
    assert told == [
        ("revised", "CHN", ("2023-05",)),
        ("new-period", "CHN", ("2023-07",)),
        ("new-period", "DEU", ("2023-06",)),
    ]
    table, _ = run_query(
        watch.lake, "SELECT sum(value_usd) AS usd FROM trade WHERE partner = 'RUS' AND reporter = 'CHN'"
    )
    assert table.to_pylist() == [{"usd": 12 * 60 + 5 * 60 + 66 + 70}]


@pytest.mark.prove_only
def test_figures_that_came_again_unchanged_are_no_event(watch, published):
    watch("2023-07-20")
    again = watch("2023-07-21")
    assert (again.failures, again.events) == ([], ())


@pytest.mark.prove_only
def test_a_service_without_new_figures_is_no_failure(watch, service):
    service.publish(CHINA, [*months(2021, 1, 12), *months(2023, 1, 6)], 60.0)
    watch("2023-07-20", revision_months=0)
    again = watch("2023-07-21", revision_months=0)
    assert again.failures == []
    assert again.intake == ["comtrade 2023-07 to 2023-07, all reporters: nothing published yet"]


def test_a_service_that_refuses_is_a_failure_and_the_lake_is_watched_all_the_same(watch, published):
    watch("2023-07-20")
    published.status = 401
    again = watch("2023-08-20")
    assert [failure.exit_code for failure in again.failures] == [5]
    assert (again.finding is not None, again.later) == (True, "v2")
