"""What was shipped: sums by hand from small lakes, traces, silence, sources that are never added."""

import datetime as dt
from dataclasses import replace

import pytest
from lake_rows import put, trade_row

from stopgap.claims.testing.layers.actor_trade import judged_window, own_window, periods_within, read_actor_trade
from stopgap.claims.testing.layers.shipped import TRACES_USD, shipped_facts, shipped_verdict
from stopgap.claims.testing.results import Verdict
from stopgap.codes.goods import load_goods
from stopgap.lake.schema import TRADE
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Window, load_episode

RUSSIA = load_episode("russia-2022")
CHIP, MEMORY, LENS = "854231", "854232", "900211"
YEARS = ("2022-03", "2024-12")
GOODS = """name: two-groups
version: "1"
title: Two groups
revision: HS2017
source: made for a test
unstable:
  - {code: "852580", from: HS2017, to: HS2022, reason: "it was split"}
codes:
  - {code: "854231", description: Processors, group: chips}
  - {code: "854232", description: Memories, group: chips}
  - {code: "900211", description: Lenses, group: optics}
  - {code: "852580", description: Cameras, group: optics}
"""


@pytest.fixture
def read(tmp_path):
    """A lake of rows, read as the trade of one actor or several."""
    path = tmp_path / "two-groups.yml"
    path.write_text(GOODS)

    def call(rows, economies=("CHN",)):
        put(tmp_path / "lake", [trade_row(**row) for row in rows])
        with engine_on(tmp_path / "lake", as_of=None, only=[TRADE.name]) as (engine, _):
            return read_actor_trade(engine, RUSSIA, load_goods(str(path)), economies)

    return call


def year(at, good=CHIP, usd=1e6, kg=None, **more):
    return {"period": f"{at}-01-01", "good": good, "value_usd": usd, "net_kg": kg, **more}


def test_dollars_weights_years_groups_and_codes_by_hand(read):
    trade = read(
        [
            year(2021, CHIP, 4e6, 400.0),
            year(2022, CHIP, 5e6, 500.0),
            year(2022, LENS, 1e6, None),
            year(2023, CHIP, 6e6, 300.0),
            year(2023, MEMORY, 2e6, 200.0),
        ]
    )
    facts = shipped_facts(trade, ("2022-03", "2023-12"))
    assert (facts.value_usd, facts.net_kg) == (14e6, 1000.0)  # 5 + 1 and 6 + 2 million; 500 + 300 + 200 kg
    assert facts.weighed_share == pytest.approx(13 / 14)  # the lenses have no weight
    assert (facts.periods, facts.periods_with_trade, facts.periods_in_window) == (2, 2, 2)
    assert (facts.codes_traded, facts.codes) == (3, 4)  # cameras were not traded
    assert [(each.year, each.value_usd, each.net_kg, each.codes) for each in facts.years] == [
        ("2021", 4e6, 400.0, 1), ("2022", 6e6, 500.0, 2), ("2023", 8e6, 500.0, 2),
    ]  # fmt: skip
    assert [each.group for each in facts.groups] == ["chips", "optics"]
    optics = facts.groups[1].years
    assert [(each.year, each.value_usd, each.net_kg) for each in optics] == [
        ("2021", 0, 0.0),
        ("2022", 1e6, None),
        ("2023", 0, 0.0),
    ]
    assert sum(each.value_usd for group in facts.groups for each in group.years) == sum(
        each.value_usd for each in facts.years
    )
    assert shipped_verdict(facts) is Verdict.SUPPORTED


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("usd", "inflow", "verdict"),
    [
        (99_999.0, None, Verdict.PARTLY),
        (100_000.0, None, Verdict.SUPPORTED),
        (900_000.0, 5e7, Verdict.PARTLY),  # two years of an inflow of 50 million: 1 % is 1 million
        (1_000_000.0, 5e7, Verdict.SUPPORTED),
        (100_000.0, 1e6, Verdict.SUPPORTED),  # 1 % of a small inflow lowers nothing
    ],
)
def test_traces_are_below_100_000_dollars_or_1_percent_of_the_inflow(read, usd, inflow, verdict):
    facts = shipped_facts(
        read([year(2022, usd=usd / 2), year(2023, usd=usd / 2)]), ("2022-03", "2023-12"), inflow_usd=inflow
    )
    assert facts.traces_usd == max(TRACES_USD, 0.0 if inflow is None else 2 * inflow / 100)
    assert facts.inflow_usd == (None if inflow is None else 2 * inflow)
    assert shipped_verdict(facts) is verdict


def test_one_period_of_several_counts_as_traces_and_the_only_one_reported_does_not(read):
    once = read([year(2022, usd=9e6), year(2023, SHIRT := "854290", usd=1.0)])
    assert SHIRT not in once.basis.items
    facts = shipped_facts(once, ("2022-03", "2023-12"))
    assert (facts.periods, facts.periods_with_trade) == (2, 1)
    assert shipped_verdict(facts) is Verdict.PARTLY
    assert shipped_verdict(replace(facts, periods=1)) is Verdict.SUPPORTED


def test_who_is_silent_cannot_be_tested_and_who_reports_none_is_not_supported(read):
    trade = read([year(2021, usd=5e6), year(2022, "854290", usd=1.0), year(2023, "854290", usd=1.0)])
    none = shipped_facts(trade, ("2022-03", "2023-12"))
    assert (none.value_usd, none.net_kg, none.periods) == (0, None, 2)
    assert shipped_verdict(none) is Verdict.NOT_SUPPORTED  # it reports other goods of the chapter, and none of these
    assert shipped_verdict(shipped_facts(trade, ("2022-03", "2025-12"))) is Verdict.NOT_TESTABLE  # 2 of 4 years
    silent = shipped_facts(trade, ("2024-01", "2025-12"))
    assert (silent.periods, shipped_verdict(silent)) == (0, Verdict.NOT_TESTABLE)
    assert read([year(2022, reporter="IND")], ("BRA",)) is None


def test_two_sources_of_one_economy_are_never_added(read):
    both = [year(at, usd=3e6) for at in (2022, 2023)] + [year(at, usd=5e6, source="other") for at in (2021, 2022, 2023)]
    facts = shipped_facts(read(both), ("2022-03", "2023-12"))
    assert (facts.value_usd, facts.sources) == (10e6, ("other",))  # the one with more periods


def test_reconciled_figures_are_taken_only_where_there_is_no_report(read):
    made = [year(at, usd=7e6, source="baci", is_estimated=True) for at in (2022, 2023)]
    alone = shipped_facts(read(made), ("2022-03", "2023-12"))
    assert (alone.value_usd, alone.is_reconciled) == (14e6, True)
    beside = shipped_facts(read([*made, *(year(at, usd=2e6) for at in (2022, 2023))]), ("2022-03", "2023-12"))
    assert (beside.value_usd, beside.is_reconciled, beside.sources) == (4e6, False, ("comtrade",))


def test_a_code_that_moved_is_left_out_and_named(read):
    facts = shipped_facts(read([year(2022, usd=1e6), year(2022, "852580", usd=8e6)]), ("2022-03", "2022-12"))
    assert (facts.value_usd, facts.moved) == (1e6, ("852580",))


def test_a_group_adds_its_economies_and_names_who_has_no_figures(read):
    trade = read([year(2022, usd=1e6), year(2022, usd=2e6, reporter="HKG")], ("CHN", "HKG", "MAC"))
    assert shipped_facts(trade, ("2022-03", "2022-12")).value_usd == 3e6
    assert trade.without == ("MAC",)


def test_all_third_countries_are_the_reporters_outside_the_coalition(read):
    rows = [year(2022, usd=1e6), year(2022, usd=2e6, reporter="IND"), year(2022, usd=9e6, reporter="DEU")]
    assert shipped_facts(read(rows, None), ("2022-03", "2022-12")).value_usd == 3e6


def test_months_are_judged_as_months(read):
    rows = [
        {"period": f"2023-{month:02d}-01", "frequency": "M", "good": CHIP, "value_usd": 1e5, "net_kg": 10.0}
        for month in range(1, 13)
        if month != 7
    ]
    facts = shipped_facts(read(rows), ("2023-01", "2023-12"))
    assert facts.value_usd == pytest.approx(1.1e6)
    assert (facts.periods, facts.periods_with_trade, facts.periods_in_window) == (11, 11, 12)
    assert [(each.year, each.periods, each.net_kg) for each in facts.years] == [("2023", 11, 110.0)]


def test_windows_follow_the_claim_the_event_and_the_figures(read):
    trade = read([year(2022), year(2023)])
    assert judged_window(RUSSIA, None, None, trade) == ("2022-03", "2023-12")
    assert judged_window(RUSSIA, "2021-01", "2022-12", trade) == ("2022-03", "2022-12")  # never before the event
    assert judged_window(RUSSIA, "2024-01", None, trade) is None
    assert periods_within(("2022-03", "2023-05"), trade.frequency) == [dt.date(2022, 1, 1)]  # ten months, and five
    assert own_window(None, None, RUSSIA) is None
    assert own_window("2021-06", "2023-05", RUSSIA) == Window("2022-03", "2023-05")
