"""The actor's share of the target's inflow: by hand, with the target's own report, and what is too little to know it."""

from dataclasses import replace

import pytest
from lake_rows import put, trade_row

from stopgap.claims.testing.layers.facts import InflowFacts
from stopgap.claims.testing.layers.inflow import LEAST_ECONOMIES, inflow_a_year, inflow_facts, other_side_share
from stopgap.claims.testing.layers.ladder import _share_verdict
from stopgap.claims.testing.results import Verdict
from stopgap.codes.goods import load_goods
from stopgap.lake.schema import TRADE
from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    Coverage,
    Finding,
    Identity,
    MemberResult,
    SupplierResult,
    Suspended,
)
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode
from stopgap.panel.windows import Windows

RUSSIA = load_episode("russia-2022")


def supplier(name, after):
    return SupplierResult(name, 10.0, after, after - 10.0, 0.0, "intensified")


FINDING = Finding(
    "russia-2022", "RUS", "exports-to-target", "chips", "1", "v1", "FOB", "A",
    Windows(("2020-01", "2021-12"), ("2023-01", "2024-12")), Suspended(100.0, 20.0, 80.0, 0.8), Backfill(0.5),
    Identity(80.0, 40.0, 0.0, 40.0, 0.0), (supplier("CHN", 60.0), supplier("HKG", 15.0), supplier("IND", 5.0)),
    (MemberResult("DEU", 100.0, 20.0, -80.0),), (), (), (), Concentration(0.5, 0.5), None, Coverage(0.9),
)  # fmt: skip


def test_the_share_by_hand():
    assert inflow_facts(FINDING, ["CHN"], None) == InflowFacts(60.0, 100.0, 4, None)
    assert inflow_facts(FINDING, ["CHN", "HKG", "MAC"], 0.8) == InflowFacts(75.0, 100.0, 4, 0.8)
    assert inflow_facts(FINDING, ["DEU"], None) == InflowFacts(20.0, 100.0, 4, None)  # a member has a share too
    assert inflow_facts(FINDING, None, None) == InflowFacts(80.0, 100.0, 4, None)  # all outside the coalition


def test_who_has_no_figures_and_an_inflow_of_0_give_none():
    assert inflow_facts(FINDING, ["BRA"], None) is None
    empty = replace(FINDING, suppliers=(supplier("CHN", 0.0),), members=())
    assert inflow_facts(empty, ["CHN"], None) is None


def test_the_inflow_is_known_from_ten_economies():
    many = tuple(supplier(f"S{at:02d}", 2.0) for at in range(LEAST_ECONOMIES - 1))
    assert inflow_a_year(replace(FINDING, suppliers=many)) == pytest.approx(38.0)  # nine of 2, and Germany's 20
    assert inflow_a_year(replace(FINDING, suppliers=many[1:])) is None
    assert inflow_a_year(None) is None


@pytest.mark.parametrize(
    ("ends", "threshold", "coverage", "verdict"),
    [
        ((0.6, 0.7), 0.5, 0.9, Verdict.SUPPORTED),
        ((0.4, 0.6), 0.5, 0.9, Verdict.PARTLY),  # by one side's report above, by the other's below
        ((0.3, 0.4), 0.5, 0.9, Verdict.NOT_SUPPORTED),
        ((0.6, 0.7), 0.5, 0.59, Verdict.NOT_TESTABLE),
        ((0.3, 0.4), 0.5, None, Verdict.NOT_TESTABLE),
    ],
)
def test_the_range_of_both_reports_is_held_against_the_threshold(ends, threshold, coverage, verdict):
    assert _share_verdict(ends, threshold, coverage) is verdict


def test_the_targets_own_report_is_one_source_and_one_window(tmp_path):
    (tmp_path / "chip.csv").write_text("code,description\n854231,Processors\n")

    def row(partner, year, usd, **more):
        return trade_row(
            reporter="RUS", partner=partner, flow="M", valuation="CIF", period=f"{year}-01-01", value_usd=usd, **more
        )

    rows = [row("CHN", 2023, 30.0), row("IND", 2023, 10.0), row("DEU", 2023, 10.0), row("CHN", 2020, 999.0)]
    rows += [row("CHN", 2023, 500.0, source="other")]  # one partner alone: the source with more is taken
    put(tmp_path / "lake", rows)
    goods = load_goods(str(tmp_path / "chip.csv"))
    with engine_on(tmp_path / "lake", as_of=None, only=[TRADE.name]) as (engine, _):

        def share(economies, window=("2023-01", "2023-12")):
            return other_side_share(engine, RUSSIA, goods, window, economies)

        assert share(["CHN"]) == pytest.approx(0.6)  # 30 of 50
        assert share(None) == pytest.approx(0.8)  # China and India, not Germany
        assert share(["CHN"], ("2024-01", "2024-12")) is None
