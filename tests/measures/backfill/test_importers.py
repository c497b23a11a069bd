"""Substitute suppliers to the coalition: sums done by hand on a lake of a dozen economies."""

import itertools
import shutil

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.importers import swapped
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

EPISODE = """
name: stopped-buying
title: Members stop buying from China
target: CHN
direction: imports-from-target
role: suppliers-to-coalition
event: 2018-07
coalition: [DEU, FRA, ITA]
goods: [list.csv]
baseline: {from: 2016-01, to: 2017-12, min_months: 24}
after: {from: 2019-01, to: 2019-12}
hubs: [MYS]
"""

BOUGHT = {  # (member, seller): dollars in 2016, 2017, 2019; None where the member did not report
    ("DEU", "CHN"): (100e6, 120e6, 50e6),  # mean 110, lost 60
    ("FRA", "CHN"): (None, 80e6, 60e6),  # mean over the one year reported: lost 20
    ("ITA", "CHN"): (40e6, 40e6, None),  # silent after: in neither window
    ("DEU", "VNM"): (10e6, 20e6, 45e6),  # + 30
    ("FRA", "VNM"): (None, 6e6, 16e6),  # + 10
    ("ITA", "VNM"): (100e6, 100e6, None),
    ("FRA", "MEX"): (None, 0.0, 5e6),  # + 5, an entrant
    ("DEU", "IND"): (30e6, 30e6, 20e6),  # - 10
    ("DEU", "ITA"): (4e6, 6e6, 8e6),  # between members: 5, then 8
    ("FRA", "DEU"): (None, 7e6, 9e6),
}
YEARS = ("2016", "2017", "2019")


def imported(table, *, good="854231", **changes):
    return [
        trade_row(
            period=f"{year}-01-01",
            reporter=member,
            partner=seller,
            flow="M",
            valuation="CIF",
            good=good,
            value_usd=value,
        )
        | changes
        for (member, seller), values in table.items()
        for year, value in zip(YEARS, values, strict=True)
        if value
    ]


@pytest.fixture
def asked(tmp_path):
    """Measure an episode of this role on rows given; options as on the command line."""
    (tmp_path / "list.csv").write_text("code,description\n854231,Processors\n847150,Units\n")
    (tmp_path / "broad.csv").write_text("code,description\n8542,Circuits\n")
    numbers = itertools.count()

    def run(rows, text=EPISODE, **options):
        number = next(numbers)
        (tmp_path / f"{number}.yml").write_text(text)
        put(tmp_path / f"lake{number}", rows)
        run.lake, run.episode = tmp_path / f"lake{number}", tmp_path / f"{number}.yml"
        return measure(run.lake, str(run.episode), measure_options(**options))

    return run


@pytest.fixture
def found(asked):
    return asked(imported(BOUGHT))


def test_the_loss_is_that_of_members_with_both_windows_each_over_its_own_years(found):
    lost = found.suspended
    assert (lost.baseline_usd, lost.after_usd, lost.loss_usd) == pytest.approx((190e6, 110e6, 80e6))
    assert {row.supplier: (row.baseline_usd, row.after_usd) for row in found.members} == {
        "DEU": pytest.approx((110e6, 50e6)),
        "FRA": pytest.approx((80e6, 60e6)),
    }
    assert found.coverage.missing_reporters == ("ITA",)
    assert found.coverage.missing_periods == ("FRA 2016-01",)
    assert found.coverage.share_of_baseline_reported == pytest.approx((220 + 80 + 30 + 6 + 60) / (396 + 80 + 200))


def test_gains_are_those_of_suppliers_outside_and_trade_between_members_stands_beside(found):
    gains = {row.supplier: row.gain_usd for row in found.suppliers}
    assert gains == pytest.approx({"VNM": 40e6, "MEX": 5e6, "IND": -10e6})
    assert found.backfill.gross_ratio == pytest.approx(35 / 80)
    assert {row.supplier: row.kind for row in found.suppliers}["MEX"] == "entrant"
    assert (found.within_coalition.baseline_usd, found.within_coalition.after_usd) == pytest.approx((12e6, 17e6))
    shares = [190 / 241, 21 / 241, 30 / 241]
    assert found.concentration.hhi_before == pytest.approx(sum(share**2 for share in shares))


def test_the_finding_says_whose_reports_and_which_role(found):
    assert (found.target, found.direction, found.role) == ("CHN", "imports-from-target", "suppliers-to-coalition")
    assert (found.report, found.valuation) == ("importer", "CIF")
    assert found.coverage.sources == ("comtrade",)
    assert any("ITA" in text for text in found.warnings)
    assert any("make themselves" in text for text in found.warnings)
    assert not [text for text in found.warnings if "sold nothing before" in text]


def test_each_figure_is_followed_to_its_rows(asked, found):
    sums = {
        (row["supplier"], row["period"].year): row["value_usd"]
        for row in run_query(asked.lake, found.queries[0])[0].to_pylist()
    }
    assert sums["VNM", 2019] == 61e6
    assert sums["CHN", 2019] == 110e6
    rows = run_query(asked.lake, found.queries[1])[0].to_pylist()
    assert {row["member"] for row in rows} == {"DEU", "FRA"}
    assert {row["supplier"] for row in rows} == {"CHN", "VNM", "MEX", "IND"}


def exported(table, **changes):
    """The same flows as exporters report them: FOB, seller first; a year that is None was not reported."""
    return [
        trade_row(period=f"{year}-01-01", reporter=seller, partner=buyer, flow="X", value_usd=value, good="854231")
        | changes
        for (seller, buyer), values in table.items()
        for year, value in zip(YEARS, values, strict=True)
        if value
    ]


SOLD = {
    ("CHN", "DEU"): (90e6, 110e6, 40e6),  # mean 100, lost 60
    ("CHN", "ITA"): (20e6, 40e6, 20e6),  # mean 30, lost 10: exporters see the silent member too
    ("VNM", "DEU"): (8e6, 12e6, 30e6),  # + 20
    ("VNM", "USA"): (50e6, 50e6, 50e6),
    ("MEX", "DEU"): (5e6, 5e6, None),  # silent after
    ("DEU", "FRA"): (6e6, 8e6, 9e6),  # between members
}


def test_the_exporters_report_is_another_view_of_the_same(asked):
    found = asked(imported(BOUGHT) + exported(SOLD), report="mirror")
    assert (found.report, found.valuation) == ("exporter", "FOB")
    assert found.suspended.loss_usd == pytest.approx(70e6)
    assert {row.supplier: row.change_usd for row in found.members} == pytest.approx(
        {"DEU": -60e6, "ITA": -10e6, "FRA": 0.0}
    )
    assert {row.supplier: row.gain_usd for row in found.suppliers} == pytest.approx({"VNM": 20e6})
    assert "MEX" in found.coverage.missing_reporters
    assert (found.within_coalition.baseline_usd, found.within_coalition.after_usd) == pytest.approx((7e6, 9e6))
    assert (found.mirror.valuation, found.mirror.baseline_usd, found.mirror.after_usd) == (
        "CIF",
        pytest.approx(190e6),
        pytest.approx(110e6),
    )


@pytest.mark.prove_only
def test_the_exporters_report_stands_beside_the_importers(asked):
    found = asked(imported(BOUGHT) + exported(SOLD))
    assert found.suspended.loss_usd == pytest.approx(80e6)
    assert (found.mirror.valuation, found.mirror.baseline_usd, found.mirror.after_usd) == (
        "FOB",
        pytest.approx(130e6),
        pytest.approx(60e6),
    )


@pytest.mark.prove_only
def test_members_may_report_in_different_revisions_and_sources(asked):
    """Of two members in one period the newer revision must not push the other out."""
    rows = imported(BOUGHT)
    for row in rows:
        if row["reporter"] == "FRA":
            row |= {"revision": "HS2022", "source": "eurostat"}
    found = asked(rows)
    assert found.suspended.loss_usd == pytest.approx(80e6)
    assert {row.supplier: row.gain_usd for row in found.suppliers} == pytest.approx(
        {"VNM": 40e6, "MEX": 5e6, "IND": -10e6}
    )
    assert found.coverage.sources == ("comtrade", "eurostat")
    assert (found.coverage.level, found.coverage.revision) == ("HS6", "HS2017")


@pytest.mark.prove_only
def test_a_member_with_coarser_codes_alone_is_named_and_in_neither_window(asked):
    rows = imported(BOUGHT) + imported({("ITA", "CHN"): (9e6, 9e6, 1e6), ("ITA", "VNM"): (1e6, 1e6, 8e6)}, good="8542")
    rows = [row for row in rows if row["reporter"] != "ITA" or row["good"] == "8542"]
    found = asked(rows, EPISODE.replace("[list.csv]", "[broad.csv]"))
    assert found.suspended.loss_usd == pytest.approx(80e6)
    assert found.coverage.missing_reporters == ("ITA",)
    assert any("at other levels only, and not counted: ITA" in text for text in found.warnings)


def test_two_goods_are_allocated_as_in_any_measure(asked):
    """The loss in one good is not filled by a gain in another; identity holds."""
    other = {("DEU", "CHN"): (10e6, 10e6, 0.0), ("DEU", "VNM"): (1e6, 1e6, 4e6)}
    found = asked(imported(BOUGHT) + imported(other, good="847150"))
    identity = found.identity
    assert identity.loss_usd == pytest.approx(90e6)
    assert identity.filled_same_good_usd == pytest.approx(45e6 + 3e6)
    assert identity.unfilled_usd == pytest.approx(35e6 + 7e6)


def monthly(member, seller, values):
    """Monthly imports; ``values`` maps a month to dollars."""
    return [
        trade_row(
            period=f"{month}-01",
            frequency="M",
            reporter=member,
            partner=seller,
            flow="M",
            valuation="CIF",
            value_usd=value,
        )
        for month, value in values.items()
    ]


def months(year):
    return [f"{year}-{month:02d}" for month in range(1, 13)]


def test_a_member_that_misses_months_is_matched_on_its_own_months(asked):
    """DEU reports all months, FRA none of the last six of 2019: FRA counts over January to June in both windows."""
    early = [month for year in (2016, 2017) for month in months(year)]
    season = {month: 1e6 * int(month[5:]) for month in (*early, *months(2019))}
    rows = monthly("DEU", "CHN", season | {month: season[month] / 2 for month in months(2019)})
    rows += monthly("DEU", "VNM", season)
    half = months(2019)[:6]
    rows += monthly(
        "FRA", "CHN", {month: season[month] for month in early} | {month: season[month] * 3 / 4 for month in half}
    )
    rows += monthly(
        "FRA", "VNM", {month: season[month] for month in early} | {month: season[month] * 2 for month in half}
    )
    found = asked(rows)
    whole, first = 78e6, 21e6 * 2  # of a year; January to June as dollars a year
    assert found.suspended.baseline_usd == pytest.approx(whole + first)
    assert found.suspended.after_usd == pytest.approx(whole / 2 + first * 3 / 4)
    [vietnam] = found.suppliers
    assert (vietnam.baseline_usd, vietnam.after_usd) == pytest.approx((whole + first, whole + first * 2))
    assert found.coverage.missing_periods == tuple(f"FRA {month}" for month in months(2019)[6:])
    assert {row.supplier: row.change_usd for row in found.members} == pytest.approx(
        {"DEU": -whole / 2, "FRA": -first / 4}
    )


def test_an_episode_needs_figures_of_its_members(asked):
    rows = [row for row in imported(BOUGHT) if row["reporter"] == "FRA"]
    for row in rows:
        row["reporter"] = "USA"  # no member
    with pytest.raises(MissingDataError, match="imports of the coalition"):
        asked(rows)
    silent = [row for row in imported(BOUGHT) if row["reporter"] == "ITA"]
    with pytest.raises(MissingDataError, match="no member of the coalition has figures in both windows"):
        asked(silent)


def test_the_role_goes_with_imports(asked):
    with pytest.raises(EpisodeError, match="does not go with direction"):
        asked(imported(BOUGHT), EPISODE.replace("imports-from-target", "exports-to-target"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "no economy outside the coalition has figures in both windows: backfill cannot be measured",
            "no other supplier has figures in both windows: backfill cannot be measured",
        ),
        (
            "the coalition lost nothing over these windows: backfill by loss is undefined",
            "the coalition bought no less from the target over these windows: backfill by loss is undefined",
        ),
        ("a turn of the target's whole demand is in them", "a turn of the coalition's whole demand is in them"),
        ("ordinary goods at the target moved", "ordinary goods at the coalition moved"),
    ],
)
def test_sentences_change_sides(text, shown):
    assert swapped(text) == shown


def test_what_was_banned_and_what_was_not_are_told_apart(tmp_path):
    """The EU's coal from Russia falls under its ban, its gas is trade lost; DEU and FRA buy, all of 2023 is after."""
    rows = []
    for good, member, seller, before, after in (
        ("2701", "DEU", "RUS", 10e6, 0.0),
        ("2701", "FRA", "RUS", 5e6, 1e6),
        ("2701", "DEU", "COL", 2e6, 9e6),
        ("2711", "DEU", "RUS", 20e6, 8e6),
        ("2711", "FRA", "NOR", 4e6, 7e6),
    ):
        for year, value in (("2020", before), ("2021", before), ("2023", after)):
            row = {"period": f"{year}-01-01", "reporter": member, "partner": seller, "flow": "M", "valuation": "CIF"}
            rows += [trade_row(**row, good=good, revision="HS2022", value_usd=value)] if value else []
    put(tmp_path / "lake", rows)
    found = measure(tmp_path / "lake", "eu-energy-2022", measure_options(), keep=False)
    assert (found.goods, found.coverage.level) == ("energy-headings", "HS4")
    split = found.measures
    assert (split.under_measure.loss_usd, split.not_under_measure.loss_usd) == pytest.approx((14e6, 12e6))
    assert split.under_measure.in_force.from_first == "2023-01"
    assert (split.by_member, split.no_table_members) == ((), ())
    assert found.loss_kind == "trade lost"
    assert found.backfill.gross_ratio == pytest.approx(10 / 26)
    assert {row.good: row.top_supplier for row in found.by_good} == {"2701": "COL", "2711": "NOR"}


@pytest.mark.prove_only
@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_what_duckdb_gives(asked):
    if shutil.which("java") is None:
        pytest.skip("no Java runtime on this machine")
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    rows = imported(BOUGHT) + exported(SOLD)
    for report in ("reported", "mirror"):
        ours = asked(rows, report=report)
        theirs = measure(
            asked.lake, str(asked.episode), measure_options(report=report), engine=EngineOptions("spark"), keep=False
        )
        assert theirs == ours
