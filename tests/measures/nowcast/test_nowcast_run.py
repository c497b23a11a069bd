"""Nowcasts of lakes: a planted ratio, the figures of ``measure``, lateness by vintages, and what is refused."""

import itertools
import re

import numpy as np
import pytest
from flows_of_tables import flows_of_tables
from lake_rows import put, trade_row
from simulated_lake import simulated_lake

import stopgap
from stopgap.base.errors import MissingDataError, UsageError
from stopgap.lake.engines.spark import spark_sql
from stopgap.measures.backfill.run import Extent, measure_list_on
from stopgap.measures.nowcast.monthly_world import monthly_world
from stopgap.measures.nowcast.request import NowcastRequest
from stopgap.measures.nowcast.run import nowcast_on
from stopgap.measures.nowcast.stages import NOWCAST_ARRIVALS
from stopgap.measures.statistics.arrays import world_cells as as_arrays
from stopgap.panel.prepare import MeasureOptions
from stopgap.simulate.spec import world_spec
from stopgap.simulate.tables import window_parts, world_cells, world_flows
from stopgap.simulate.worlds import make_world

EPISODE = """
name: planted
title: A made-up suspension
target: RUS
direction: exports-to-target
event: 2021-03
coalition: [DEU, FRA]
goods: [goods.csv]
baseline: {from: 2020-01, to: 2020-12, min_months: 1}
after: {from: 2021-04, to: 2021-12}
hubs: []
placebo_targets: auto
"""
MONTHS = [f"{year}-{month:02d}" for year in (2020, 2021) for month in range(1, 13)]
# Dollars a month to RUS of the listed good: before, after.
SALES = {"DEU": (100e3, 30e3), "FRA": (100e3, 30e3), "CHN": (50e3, 90e3), "VNM": (50e3, 70e3), "IND": (20e3, 20e3)}
DESTINATIONS = ("USA", "BRA", "EGY", "ZAF", "AUS")
PLANTED = (40 + 20) / (70 + 70)
"""Nothing moves elsewhere: China and Viet Nam added 60 a month, and members lost 140."""


def rows(lasts, *, since="2020-01"):
    """Trade of each supplier up to its last month, constant but for the listed good at the target."""
    made = []
    for supplier, month in itertools.product(SALES, MONTHS):
        if not since <= month <= lasts[supplier]:
            continue
        before, after = SALES[supplier]
        sold = [("RUS", "854231", after if month > "2021-03" else before), ("RUS", "940310", 40e3)]
        sold += [(place, good, 60e3) for place in DESTINATIONS for good in ("854231", "940310")]
        made += [
            trade_row(period=f"{month}-01", frequency="M", reporter=supplier, partner=place, good=good, value_usd=usd)
            for place, good, usd in sold
        ]
    return made


LATE = dict.fromkeys(SALES, "2021-12") | {"CHN": "2021-11", "FRA": "2021-11"}


@pytest.fixture(scope="module")
def episode(tmp_path_factory):
    folder = tmp_path_factory.mktemp("episode")
    (folder / "goods.csv").write_text("code,description\n854231,Processors\n")
    (folder / "episode.yml").write_text(EPISODE)
    return str(folder / "episode.yml")


@pytest.fixture(scope="module")
def late_lake(tmp_path_factory):
    lake = tmp_path_factory.mktemp("late") / "lake"
    put(lake, rows(LATE))
    return lake


@pytest.mark.parametrize("window", [1, 3])
def test_a_planted_ratio_is_nowcast_without_those_who_are_late(late_lake, episode, window):
    found = stopgap.open(late_lake).nowcast(episode, window=window)
    assert [row.month for row in found.months] == MONTHS[14 + window :]
    *final, last = found.months
    for row in final:
        assert (row.is_nowcast, row.missing_reporters, row.early_share_of_baseline) == (False, (), 1.0)
        assert row.symmetric_ratio == pytest.approx(PLANTED)
        assert row.net_usd == pytest.approx(12 * 60e3)
        assert row.counterfactual_loss_usd == pytest.approx(12 * 140e3)
    assert (last.is_nowcast, last.missing_reporters) == (True, ("CHN", "FRA"))
    assert last.early_share_of_baseline == pytest.approx((100 + 50 + 20) / 320)
    assert last.symmetric_ratio == pytest.approx(PLANTED)
    assert last.early_ratio == pytest.approx(20 / 70 if window == 1 else PLANTED)
    [past] = found.pseudo_real_time
    assert (past.month, past.months_late, past.missing_reporters) == ("2021-12", 1, ("CHN", "FRA"))
    assert past.months == 9 - window - 1
    assert (past.bias, past.rmse) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert found.coverage.last_months == {"CHN": "2021-11", "FRA": "2021-11"}
    assert found.coverage.lateness == "latest months"


@pytest.mark.prove_only
def test_the_vintages_tell_who_was_late(tmp_path, episode):
    lake = tmp_path / "lake"
    lasts = dict.fromkeys(SALES, "2021-03")
    put(lake, rows(lasts), name="first")
    for at, month in enumerate(MONTHS[15:]):
        late = MONTHS[14 + at]
        news = [
            row
            for row in rows(dict.fromkeys(SALES, month), since=late)
            if row["period"][:7] == (late if row["reporter"] in ("CHN", "FRA") else month)
            and row["period"] > "2021-03-31"
        ]
        put(lake, news, name=f"release-{month}")
    found = stopgap.open(lake).nowcast(episode, window=1)
    assert found.coverage.lateness == "vintages"
    assert found.months[-1].missing_reporters == ("CHN", "FRA")
    assert found.months[-1].symmetric_ratio == pytest.approx(PLANTED)
    assert found.pseudo_real_time[0].months == 7
    earlier = stopgap.open(lake).nowcast(episode, window=1, as_of=f"v{len(MONTHS[15:])}")
    assert [row.month for row in earlier.months] == [row.month for row in found.months][:-1]
    assert earlier.months[-1].is_nowcast


def test_who_stopped_reporting_is_silent_and_named(tmp_path, episode):
    put(tmp_path / "lake", rows(LATE | {"VNM": "2021-05"}))
    found = stopgap.open(tmp_path / "lake").nowcast(episode, window=1)
    assert "VNM" in found.coverage.missing_reporters
    assert all("VNM" not in row.missing_reporters for row in found.months)
    assert all(row.symmetric_ratio == pytest.approx(40 / 140) for row in found.months)
    assert any("no report for more than 6 months" in warning and "VNM" in warning for warning in found.warnings)


def test_too_few_past_months_are_said_and_give_no_interval(late_lake, episode):
    found = stopgap.open(late_lake).nowcast(episode, window=1, after="2021-09:2021-12")
    last = found.months[-1]
    assert last.symmetric_ratio == pytest.approx(PLANTED)
    assert (last.ci95, last.final_ci95) == (None, None)
    assert last.reason == "redone for 2 past months, and an interval needs 4"
    assert any(last.reason in warning for warning in found.warnings)


def test_what_is_not_of_months_is_refused(tmp_path, episode):
    year = [
        trade_row(period=f"{year}-01-01", frequency="A", reporter=supplier, partner=place, value_usd=1e6)
        for year in (2020, 2022)
        for supplier in SALES
        for place in ("RUS", *DESTINATIONS)
    ]
    put(tmp_path / "lake", year)
    lake = stopgap.open(tmp_path / "lake")
    with pytest.raises(MissingDataError, match="only annual figures") as refused:
        lake.nowcast(episode)
    assert "stopgap measure" in refused.value.fix
    for options in ({"frequency": "A"}, {"report": "mirror"}, {"window": 0}, {"window": 13}):
        with pytest.raises(UsageError):
            NowcastRequest(**options)


def test_a_window_longer_than_the_figures_is_refused(late_lake, episode):
    with pytest.raises(MissingDataError, match="has 2 months, and each figure is of 3"):
        stopgap.open(late_lake).nowcast(episode, after="2021-11:2021-12")


def test_final_months_are_those_of_the_measure():
    world = make_world(world_spec("gaps", 5, economies=16, goods=10))
    with simulated_lake(world) as lake:
        found = nowcast_on(lake.engine, lake.snapshot, lake.episode, MeasureOptions(), window=3)
        row = next(row for row in found.months if not row.is_nowcast)
        options = MeasureOptions(after=_window(f"{row.first_month}:{row.month}"))
        measured = measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, options, extent=Extent.BRIEF)
    assert found.screened_hubs == measured.counterfactual.screened_hubs
    assert row.symmetric_ratio == pytest.approx(measured.backfill.symmetric_ratio, rel=1e-8)
    assert row.ci95 == pytest.approx(measured.backfill.symmetric_ci95, rel=1e-6)
    assert row.counterfactual_loss_usd == pytest.approx(measured.suspended.counterfactual_loss_usd, rel=1e-8)


def _window(text):
    from stopgap.panel.episodes import parse_window

    return parse_window(text, option="--after")


@pytest.mark.parametrize("kind", ["gaps", "sparse"])
def test_cells_of_all_months_are_those_of_the_stage(kind):
    world = make_world(world_spec(kind, 3, economies=14, goods=8))
    names, parts = world.plan.names, window_parts(world)
    reported = [
        {"supplier": names.economies[place], "period": names.periods[at], "part": parts[at]}
        for place in range(1, world.spec.economies)
        for at in np.flatnonzero(world.reports[place])
        if parts[at]
    ]
    after = tuple(f"{day:%Y-%m}" for day, part in zip(names.periods, parts, strict=True) if part == "after")
    months = monthly_world(flows_of_tables(world_flows(world), reported), after)
    ours, theirs = (
        {
            (cells.suppliers[s], cells.destinations[d], cells.goods[g]): (before, later)
            for s, d, g, before, later in zip(
                cells.supplier, cells.destination, cells.good, cells.baseline_usd, cells.after_usd, strict=True
            )
            if before or later
        }
        for cells in (months.cells(range(len(after)), months.reports), as_arrays(world_cells(world)))
    )
    assert ours.keys() == theirs.keys()
    for key, pair in theirs.items():
        assert ours[key] == pytest.approx(pair, rel=1e-9, abs=1e-6)


def test_the_stage_of_arrivals_renders_for_spark():
    text = spark_sql(NOWCAST_ARRIVALS.compiled())
    assert not re.search(r"\$\w", text)  # a parameter; the pattern of digits ends in one
    assert ":first_after" in text
