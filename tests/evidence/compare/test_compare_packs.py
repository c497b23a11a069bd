"""Comparing packs: sums done by hand, parts that add up, and what cannot be told.

The figures behind ``EXPORTS``, in US dollars: Germany sold 60 m and 20 m before, 2 m and 4 m after: a loss of 74 m. China
sold 30 m and 10 m before, 70 m and 12 m after: a gain of 42 m. Türkiye gained 4 m of the first good.
"""

from __future__ import annotations

import json
import random

import pytest
from exchange_made import CLAIM, DECISION, VERDICT, Made, alert_document
from party_packs import EXPORTS, JAPAN, Party

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.compare.inputs import Codes, gross_figures
from stopgap.evidence.compare.numbers import differing_numbers, money, numbers_of, said, unit_of
from stopgap.evidence.compare.run import compare_packs
from stopgap.evidence.packs.view import PackView, view_pack

approx = pytest.approx
LATER = {**EXPORTS, (2023, "CHN", "854231"): 82e6, (2021, "USA", "854231"): 9e6, (2023, "USA", "854231"): 1e6}
LATER.pop((2021, "TUR", "854231"))
LATER.pop((2023, "TUR", "854231"))
"""China sold 12 m more, the United States are there, Türkiye is not."""


def seen(path) -> PackView:
    return view_pack(read_archive(path))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Makes a pack of some exports, each once."""
    folder = tmp_path_factory.mktemp("made")
    known: dict[str, PackView] = {}

    def make(exports=EXPORTS, *, party="france", **given) -> PackView:
        name = repr((sorted(exports.items()), party, sorted(given.items())))
        if name not in known:
            place = folder / str(len(known))
            maker = Party(place / party) if party == "france" else Party(place / party, JAPAN)
            maker.load(exports, retrieved="2026-06-01" if exports is EXPORTS else "2026-07-01")
            known[name] = seen(maker.pack(place / "pack.zip", **given))
        return known[name]

    return make


def only_pair(one, other):
    comparison = compare_packs(one, other)
    [pair] = comparison.pairs
    return comparison, pair


def differences(pair):
    return {each.path: (each.one, each.other, dict(each.effects)) for each in pair.numbers}


def causes(pair):
    return {cause.name: cause for cause in pair.causes}


@pytest.mark.prove_only
def test_the_same_pack_is_said_to_be_the_same(made):
    comparison, pair = only_pair(made(), made())
    assert comparison.same_bytes
    assert comparison.agrees
    assert pair.numbers == ()
    assert pair.causes == ()
    assert not pair.rows.differ
    assert comparison.lines()[-1] == "they are the same pack, byte for byte"
    assert comparison.table().num_rows == 0


@pytest.mark.prove_only
def test_two_parties_that_say_the_same_agree(made, tmp_path):
    one, party = made(), Party(tmp_path / "japan", JAPAN)
    party.load(EXPORTS, retrieved="2026-06-01")
    other = seen(party.pack(tmp_path / "a.zip"))
    comparison, pair = only_pair(one, other)
    assert comparison.agrees
    assert not comparison.same_bytes
    assert pair.compared > 40
    assert "both say the same: every number, verdict and alert agrees" in comparison.lines()
    assert [comparison.one.origin, comparison.other.origin] == ["fra-liaison", "jpn-liaison"]


def test_rows_make_the_difference_that_was_put_into_them(made):
    comparison, pair = only_pair(made(), made(LATER, party="japan"))
    assert not comparison.agrees
    found = differences(pair)
    # the loss is 74 m, and with the United States 74 + 8
    assert found["suspended.baseline_usd"] == (80e6, 89e6, {"rows": 9e6})
    assert found["suspended.after_usd"] == (6e6, 7e6, {"rows": 1e6})
    assert found["suspended.loss_usd"] == (74e6, 82e6, {"rows": 8e6})
    assert found["suppliers.CHN.gain_usd"] == (42e6, 54e6, {"rows": 12e6})
    assert found["suppliers.TUR.gain_usd"] == (4e6, None, {})
    assert found["members.USA.change_usd"] == (None, -8e6, {})
    one, other, parts = found["backfill.gross_ratio"]
    assert (one, other) == (approx(46 / 74), approx(54 / 82))
    assert parts == {"rows": approx(54 / 82 - 46 / 74)}
    assert "members.DEU.change_usd" not in found
    by = {each.supplier: each for each in pair.rows.by_supplier}
    assert list(by) == ["CHN", "USA", "TUR"]
    china = by["CHN"]
    assert (china.changed, china.changed_usd, china.after_usd, china.baseline_usd) == (1, 12e6, 12e6, 0)
    assert (by["USA"].only_other, by["USA"].only_other_usd, by["USA"].baseline_usd) == (2, 10e6, 9e6)
    assert (by["TUR"].only_one, by["TUR"].only_one_usd, by["TUR"].after_usd) == (2, 6e6, -5e6)
    assert (pair.rows.same, pair.rows.changed) == (7, 1)
    assert (pair.rows.only_one, pair.rows.only_other) == ({"rows": 2}, {"rows": 2})
    first = pair.rows.largest[0]
    assert (first.period, first.reporter, first.partner, first.good) == ("2023-01", "CHN", "RUS", "854231")
    assert (first.one_usd, first.other_usd, first.difference_usd) == (70e6, 82e6, 12e6)
    assert first.one_receipt != first.other_receipt
    assert [each.difference_usd for each in pair.rows.largest] == [12e6, 9e6, -5e6, -1e6, 1e6]


def test_another_vintage_is_shown_by_its_files(made):
    _, pair = only_pair(made(), made(LATER, party="japan"))
    vintage = causes(pair)["vintage"]
    assert [file["retrieved"] for file in vintage.details["files_only_one"]] == ["2026-06-01"]
    assert [file["retrieved"] for file in vintage.details["files_only_other"]] == ["2026-07-01"]
    assert vintage.details["other_vintage_of"] == ["comtrade"]
    assert "of comtrade both have files, and not the same: another vintage" in vintage.says
    assert list(causes(pair)) == ["vintage", "rows"]


@pytest.mark.prove_only
def test_a_goods_list_makes_its_part(made):
    _, pair = only_pair(made(), made(goods=("854231",)))
    found = differences(pair)
    assert found["suspended.loss_usd"] == (74e6, 58e6, {"goods list": -16e6})
    assert found["suppliers.CHN.gain_usd"] == (42e6, 40e6, {"goods list": -2e6})
    assert found["suspended.loss_share"][2] == {"goods list": approx(58 / 60 - 74 / 80)}
    cause = causes(pair)["goods list"]
    assert (cause.details["codes_only_one"], cause.details["codes_only_other"]) == (["854232"], [])
    assert cause.says[1] == "1 code is in ONE alone: 854232"
    assert pair.rows.only_one == {"goods list": 4}
    assert pair.rows.by_supplier == ()
    assert list(causes(pair)) == ["goods list"]


@pytest.mark.prove_only
def test_windows_make_their_part(made):
    more = {
        **EXPORTS,
        (2024, "DEU", "854231"): 1e6,
        (2024, "DEU", "854232"): 1e6,
        (2024, "CHN", "854231"): 90e6,
        (2024, "CHN", "854232"): 20e6,
        (2024, "TUR", "854231"): 7e6,
    }
    _, pair = only_pair(made(more), made(more, last="2024-12"))
    found = differences(pair)
    # the mean after is (6 + 2) / 2 = 4, of China (82 + 110) / 2 = 96
    assert found["suspended.after_usd"] == (6e6, 4e6, {"windows": -2e6})
    assert found["suppliers.CHN.gain_usd"] == (42e6, 56e6, {"windows": 14e6})
    assert found["suppliers.TUR.gain_usd"] == (4e6, 5e6, {"windows": 1e6})
    method = causes(pair)["method"]
    assert method.details["windows.after"] == {"one": ["2023-01", "2023-12"], "other": ["2023-01", "2024-12"]}
    assert pair.rows.only_other == {"windows": 5}
    assert list(causes(pair)) == ["method"]


@pytest.mark.prove_only
def test_a_coalition_makes_its_part(made):
    both = {**EXPORTS, (2021, "USA", "854231"): 9e6, (2023, "USA", "854231"): 1e6}
    _, pair = only_pair(made(both), made(both, coalition="DEU"))
    found = differences(pair)
    assert found["suspended.loss_usd"] == (82e6, 74e6, {"coalition": -8e6})
    one, other, parts = found["backfill.gross_ratio"]
    assert (one, other) == (approx(46 / 82), approx((46 - 8) / 74))
    assert parts == {"coalition": approx(other - one)}
    method = causes(pair)["method"]
    assert method.details["episode.coalition"] == {"one": ["USA"], "other": []}
    assert "members of the coalition: USA in ONE alone" in method.says


@pytest.mark.prove_only
def test_all_at_once_is_parted_and_adds_up(made):
    """The list loses 854232, China sold 12 m more, the coalition loses a member whose rows the first lacks."""
    later = {**EXPORTS, (2023, "CHN", "854231"): 82e6, (2021, "USA", "854231"): 9e6, (2023, "USA", "854231"): 1e6}
    _, pair = only_pair(made(), made(later, party="japan", goods=("854231",), coalition="DEU"))
    found = differences(pair)
    # rows bring the United States' loss of 8 m; the coalition without them takes it out again
    assert found["suspended.loss_usd"] == (
        74e6, 58e6, {"goods list": -16e6, "rows": 8e6, "coalition": -8e6},
    )  # fmt: skip
    assert found["suppliers.CHN.gain_usd"] == (42e6, 52e6, {"goods list": -2e6, "rows": 12e6})
    one, other, parts = found["backfill.gross_ratio"]
    assert (one, other) == (approx(46 / 74), approx((52 + 4 - 8) / 58))
    assert parts == {
        "goods list": approx(44 / 58 - 46 / 74),
        "rows": approx(56 / 66 - 44 / 58),
        "coalition": approx(48 / 58 - 56 / 66),
    }
    assert list(causes(pair)) == ["goods list", "method", "vintage", "rows"]


def drawn(seed):
    """Random exports of five suppliers, in whole dollars; some do not report."""
    chance = random.Random(seed)
    return {
        (year, supplier, good): float(chance.randint(0, 10**8))
        for supplier in ("DEU", "USA", "CHN", "TUR")
        for year in (2021, 2023)
        for good in ("854231", "854232")
        if chance.random() < 0.9
    }


@pytest.mark.prove_only
@pytest.mark.parametrize("seed", range(4))
def test_parts_add_up_in_random_worlds_and_turn_round(made, seed):
    chance = random.Random(seed)
    one = made(drawn(seed), party="france")
    other = made(drawn(seed + 100), party="japan", goods=chance.choice([("854231",), ("854231", "854232")]))
    _, pair = only_pair(one, other)
    _, back = only_pair(other, one)
    parted = [each for each in pair.numbers if each.effects]
    assert len(parted) > 5
    returned = differences(back)
    for each in parted:
        assert sum(each.effects.values()) == approx(each.difference, rel=1e-9, abs=1e-6), each.path
        assert returned[each.path][2] == {
            name: approx(-part, rel=1e-9, abs=1e-6) for name, part in each.effects.items()
        }


@pytest.mark.prove_only
def test_what_a_pack_does_not_hold_cannot_be_told(made):
    one = made()
    members = {name: one.read(name) for name in one.names}
    evidence = json.loads(members["data/evidence.json"])
    evidence["items"] = [
        item for item in evidence["items"] if item["kind"] not in ("rows", "episode", "goods", "receipt")
    ]
    evidence["left_out"] = [{"kind": "rows", "reason": "above the marking", "count": 2}]
    bare = view_pack({**members, "data/evidence.json": json.dumps(evidence).encode()})
    comparison, pair = only_pair(bare, made(LATER, party="japan", goods=("854231",)))
    assert pair.rows is None
    assert pair.numbers
    assert all(not each.effects for each in pair.numbers)
    assert pair.cannot == (
        "rows cannot be compared: of ONE, the rows behind the finding are not in it",
        "vintages cannot be compared: ONE does not say which files the finding rests on",
        "the method cannot be compared in full: the episode file is not in ONE",
    )
    assert "which codes differ cannot be told: a list is not in its pack" in causes(pair)["goods list"].says
    assert comparison.redaction.says == ("ONE leaves out 2 of kind rows (above the marking)",)
    assert comparison.lines()[-1] == "redaction: ONE leaves out 2 of kind rows (above the marking)"


def test_an_extract_is_compared_in_what_it_gives(made):
    one = made()
    members = {name: one.read(name) for name in one.names}
    evidence = json.loads(members["data/evidence.json"])
    [item] = [item for item in evidence["items"] if item["kind"] == "finding"]
    finding = one.document(item)
    names = ("finding_id", "episode", "target", "direction", "goods", "goods_version", "as_of", "valuation", "frequency",
             "windows", "unit", "route", "report", "marking")  # fmt: skip
    extract = {name: finding[name] for name in names} | {
        "numbers": [{"name": "suspended.loss_usd", "value": 74e6, "unit": "USD per year", "denominator": None}],
        "numbers_withheld": 3,
    }
    path = item["files"][0].replace("findings/", "extracts/")
    item |= {"kind": "extract", "id": item["id"].replace("finding", "extract"), "files": [path]}
    members |= {"data/evidence.json": json.dumps(evidence).encode(), f"data/{path}": json.dumps(extract).encode()}
    _, pair = only_pair(view_pack(members), made(LATER, party="japan"))
    assert pair.compared == 1
    assert differences(pair) == {"suspended.loss_usd": (74e6, 82e6, {})}
    assert "rows cannot be compared: of ONE, it holds an extract of the finding alone, without rows" in pair.cannot
    assert "method" not in causes(pair)


def test_findings_of_other_things_are_not_paired(made):
    one = made()
    members = {name: one.read(name) for name in one.names}
    [item] = one.items("finding")
    path = f"data/{item['files'][0]}"
    other = view_pack({**members, path: members[path].replace(b'"route": "direct"', b'"route": "through hubs"')})
    comparison = compare_packs(one, other)
    assert comparison.pairs == ()
    assert [each.named["route"] for each in (*comparison.only_one, *comparison.only_other)] == [
        "direct",
        "through hubs",
    ]
    assert not comparison.agrees
    assert comparison.lines()[-1] == "in OTHER alone: chips-2022, processors (A, exporter's report, through hubs)"


def test_software_and_libraries_are_named(made):
    one = made()
    members = {name: one.read(name) for name in one.names}
    evidence = json.loads(members["data/evidence.json"])
    evidence["software"] |= {"version": "9.9.9", "lock_sha256": "f" * 64}
    other = view_pack({**members, "data/evidence.json": json.dumps(evidence).encode()})
    comparison, pair = only_pair(one, other)
    assert comparison.agrees
    says = causes(pair)["method"].says
    assert says[0].endswith("OTHER by stopgap 9.9.9")
    lock = one.evidence["software"]["lock_sha256"]
    assert ("their software was built on other versions of the libraries" in says) is bool(lock)


def test_a_comparison_is_marked_by_the_strictest_of_both(made, tmp_path):
    party = Party(tmp_path / "france")
    party.load(EXPORTS)
    other = seen(party.pack(tmp_path / "a.zip", marking=Marking(Tlp.AMBER, frozenset({"DEU", "FRA"}))))
    comparison, pair = only_pair(made(), other)
    assert comparison.marking == pair.marking == Marking(Tlp.AMBER, frozenset({"DEU", "FRA"}))
    assert comparison.as_dict()["marking"] == {"tlp": "TLP:AMBER", "releasable_to": ["DEU", "FRA"]}


@pytest.mark.prove_only
def test_answers_hold_together(made):
    comparison, pair = only_pair(made(), made(LATER, party="japan", goods=("854231",)))
    document = json.loads(json.dumps(comparison.as_dict(), allow_nan=False))
    assert [each["path"] for each in document["pairs"][0]["numbers"]] == [each.path for each in pair.numbers]
    table = comparison.table()
    assert table.num_rows == len(pair.numbers)
    loss = next(row for row in table.to_pylist() if row["number"] == "suspended.loss_usd")
    assert (loss["by_goods_list"], loss["by_rows"], loss["by_windows"]) == (-16e6, 8e6, 0.0)
    assert loss["relative_difference"] == approx(-8 / 74)
    text = "\n".join(comparison.lines())
    assert (
        "suspended.loss_usd: USD 74.00 m a year in ONE, USD 66.00 m a year in OTHER (−USD 8.00 m a year, −10.8%); "
        "by goods list −USD 16.00 m a year, rows +USD 8.00 m a year"
    ) in text
    assert "CHN: 1 with other values (USD 12.00 m higher in all)" in text


def packed(verdict, alerts=(), decisions=()):
    made = Made()
    documents = [("claim", "claims/c-one", CLAIM)]
    if verdict is not None:
        documents.append(("verdict", "verdicts/c-one", {**VERDICT, "title": "China backfills", **verdict}))
    documents += [("alert", f"alerts/{each['id']}", each) for each in alerts]
    documents += [("decision", f"decisions/{number}", each) for number, each in enumerate(decisions)]
    for kind, name, document in documents:
        folder, _, stem = name.partition("/")
        path = made.put(f"{folder}/TLP-GREEN_{stem}.json", json.dumps(document).encode())
        made.items.append({
            "id": f"{kind}:{stem}", "kind": kind, "title": stem, "marking": {"tlp": "TLP:GREEN", "releasable_to": None},
            "own_marking": None, "inputs": [], "files": [path], "release": None,
        })  # fmt: skip
    evidence = {**made.evidence, "items": made.items}
    return view_pack({**made.members, "data/evidence.json": json.dumps(evidence).encode()})


def test_verdicts_that_differ_are_named_with_their_estimates():
    hypothesis = {**VERDICT["hypotheses"][0], "decides": True}
    one = packed({"hypotheses": [hypothesis]})
    other = packed({"verdict": "borne out", "hypotheses": [{**hypothesis, "estimate": 0.7}]})
    [found] = compare_packs(one, other).verdicts
    assert (found.one, found.other, found.estimates) == ("partly", "borne out", {"share": (0.625, 0.7)})
    assert found.says == "China backfills (c-one): partly in ONE, borne out in OTHER"
    [alone] = compare_packs(one, packed(None)).verdicts
    assert alone.says == "China backfills (c-one): partly, in ONE alone"
    [estimates] = compare_packs(one, packed({"hypotheses": [{**hypothesis, "estimate": 0.7}]})).verdicts
    assert estimates.says == "China backfills (c-one): partly in both, with other estimates"
    assert compare_packs(one, packed({"hypotheses": [hypothesis], "because": "said otherwise"})).verdicts == ()


def test_alerts_that_differ_are_named():
    verdict = {"hypotheses": []}
    first, second = alert_document(id="a-1"), alert_document(id="a-2")
    one = packed(verdict, [first, second])
    other = packed(verdict, [{**first, "value_at_stake_usd": 80.0}])
    changed, alone = compare_packs(one, other).alerts
    assert (changed.one["at_stake_usd"], changed.other["at_stake_usd"]) == (60.0, 80.0)
    assert changed.says == "TUR to RUS, 847130, 2023-05 (a-1): at stake usd 60 in ONE, 80 in OTHER"
    assert alone.says == "TUR to RUS, 847130, 2023-05 (a-2): in ONE alone"
    assert not compare_packs(one, other).agrees


def test_decisions_are_compared_where_both_have_them():
    verdict, alert = {"hypotheses": []}, alert_document(id="a-1")
    first = {**DECISION, "when": "2026-06-30T09:00:00Z", "as": "watch"}
    last = {**DECISION, "when": "2026-07-30T09:00:00Z", "as": "confirmed"}
    one = packed(verdict, [alert], [last, first])
    [found] = compare_packs(one, packed(verdict, [alert], [first])).alerts
    assert (found.one["decision"], found.other["decision"]) == ("confirmed", "watch")
    assert compare_packs(one, packed(verdict, [alert])).alerts == ()


def test_numbers_go_by_the_names_that_packs_give_them(made):
    view = made()
    [item] = view.items("finding")
    finding = view.document(item)
    path = next(path for path in item["files"] if path.startswith("numbers/") and path.endswith(".json"))
    own = numbers_of(finding)
    listed = {
        each["name"]: each["value"]
        for each in view.json_file(path)["numbers"]
        if each["value"] is not None and each["name"].split(".")[0] in ("suspended", "backfill", "suppliers", "members")
    }
    assert len(listed) > 15
    assert {name: own[name] for name in listed} == listed


def test_gross_figures_are_those_of_the_finding(made):
    import pyarrow as pa

    cells = pa.Table.from_pylist([
        {"supplier": "DEU", "good": "a", "baseline_usd": 100.0, "after_usd": 40.0},
        {"supplier": "CHN", "good": "a", "baseline_usd": 10.0, "after_usd": 25.0},
        {"supplier": "CHN", "good": "b", "baseline_usd": 5.0, "after_usd": 5.0},
        {"supplier": "TUR", "good": "a", "baseline_usd": 6.0, "after_usd": 0.0},
    ])  # fmt: skip
    found = gross_figures(cells, frozenset({"DEU", "USA"}))
    assert found["suspended.loss_usd"] == 60
    assert found["suspended.loss_share"] == approx(0.6)
    assert found["backfill.gross_ratio"] == approx((15 - 6) / 60)
    assert found["suppliers.TUR.share_of_loss"] == approx(-0.1)
    assert found["by_good.a.gain_usd"] == 9
    assert gross_figures(cells, frozenset({"TUR", "CHN"}))["backfill.gross_ratio"] is None


@pytest.mark.parametrize(
    ("codes", "goods", "expected"),
    [
        (Codes(frozenset({"84", "85"})), {"84+85"}, True),
        (Codes(frozenset({"84"})), {"84+85"}, False),
        (Codes(frozenset({"854231"})), {"854231", "x"}, True),
        (Codes(frozenset()), {"854231"}, False),
        (Codes(frozenset(), is_shared=True), {"basket:chips"}, True),
    ],
)
def test_a_list_has_a_sum_where_it_has_all_of_it(codes, goods, expected):
    assert codes.has(goods) is expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12e6, "USD per year", "USD 12.00 m a year"),
        (-3.4e11, "USD per year", "USD -340.00 bn a year"),
        (999.5, "USD per year", "USD 999.50 a year"),
        (0.8734, "ratio", "0.873"),
        (0.00012, "ratio", "0.00012"),
        (3.0, "rank", "3"),
        (None, "ratio", "nothing"),
    ],
)
def test_numbers_are_said_with_their_unit(value, unit, expected):
    assert said(value, unit) == expected


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("suspended.loss_usd", "USD per year"), ("suppliers.CHN.ci95.low", "USD per year"),
        ("by_good.854231.net_ci95.high", "USD per year"), ("by_good.854231.loss_ci95.low", "ratio"),
        ("backfill.net_ci95.low", "ratio"), ("backfill.placebo_rank.1", "rank"),
        ("suppliers.CHN.q_value", "probability"), ("coverage.goods_listed", "number"), ("concentration.hhi_after", "ratio"),
    ],
)  # fmt: skip
def test_units_of_numbers(path, unit):
    assert unit_of(path) == unit


def test_money_in_thousands_and_below():
    assert [money(value) for value in (1500.0, 0.0, -12.0)] == ["USD 1.50 k", "USD 0.00", "USD -12.00"]


def test_a_cent_is_no_difference_and_missing_is_one():
    one = {"suspended": {"loss_usd": 100.0, "loss_share": 0.5}, "backfill": {"net_ratio": 0.1}}
    other = {"suspended": {"loss_usd": 100.004, "loss_share": 0.5 + 1e-12}, "backfill": {"net_ratio": None}}
    assert differing_numbers(one, other) == ([("backfill.net_ratio", 0.1, None)], 3)
