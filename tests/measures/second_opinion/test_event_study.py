"""Flows by period: windows matched by hand, leads and lags, fake dates, named tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from stopgap.measures.second_opinion.alternative_explanations import Surroundings, named_variants
from stopgap.measures.second_opinion.estimates import Loss, net_share, placebo_test, second_opinion
from stopgap.measures.second_opinion.event_study import event_study, placebo_dates
from stopgap.measures.second_opinion.excess import excess_at_target
from stopgap.measures.second_opinion.period_flows import FlowCalendar, FlowNames, FlowRows, PeriodFlows, flows_of_rows
from stopgap.measures.second_opinion.request import EventStep
from stopgap.measures.statistics import numbered_rows
from stopgap.measures.statistics.ppml import fit_target

NAMES = ("RUS", "AAA", "BBB", "CCC", "DDD", "EEE")


def flows_of(
    seed: int = 1,
    *,
    years: int = 5,
    monthly: bool = False,
    gain: float = 1.0,
    suppliers: int = 4,
    goods: int = 6,
    noise: float = 0.1,
) -> PeriodFlows:
    """Three baseline years, one between, the rest after; from it on sanctioned goods at RUS times ``gain``."""
    rng = np.random.default_rng(seed)
    step = 12 if monthly else 1
    days = tuple(dt.date(2019 + at // step, at % step + 1, 1) for at in range(years * step))
    i, j, k, t = (
        axis.ravel()
        for axis in np.meshgrid(range(suppliers), range(len(NAMES)), range(goods), range(len(days)), indexing="ij")
    )
    sanctioned = np.arange(goods) < goods // 2
    level = np.exp(rng.normal(10, 0.5, (suppliers, len(NAMES), goods)))[i, j, k]
    treated = (j == 0) & sanctioned[k] & (t >= 3 * step)
    value = level * np.where(treated, gain, 1.0) * np.exp(rng.normal(0, noise, i.size))
    part = ["baseline"] * (3 * step) + [""] * step + ["after"] * ((years - 4) * step)
    names = FlowNames(
        tuple(f"S{n}" for n in range(suppliers)), NAMES, tuple(f"84{n:04d}" for n in range(goods)), tuple(sanctioned)
    )
    calendar = FlowCalendar(
        days, np.array([day.month for day in days]), tuple(part), np.ones((suppliers, len(days)), dtype=bool), step
    )
    return flows_of_rows(names, FlowRows(i, j, k, t, value, value / 10.0), calendar)


def test_windows_are_means_a_year_over_the_months_that_both_have() -> None:
    """One supplier: January and February before; after it reported January twice, and March."""
    days = tuple(dt.date(*day, 1) for day in ((2020, 1), (2020, 2), (2021, 1), (2021, 3), (2022, 1)))
    first = np.zeros(5, dtype=int)
    flows = flows_of_rows(
        FlowNames(("CHN",), ("RUS",), ("847130",), (True,)),
        FlowRows(first, first, first, np.arange(5), np.array([10.0, 99.0, 20.0, 99.0, 40.0]), np.ones(5)),
        FlowCalendar(
            days,
            np.array([1, 2, 1, 3, 1]),
            ("baseline", "baseline", "after", "after", "after"),
            np.ones((1, 5), dtype=bool),
            12,
        ),
    )
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    # January alone is in both: 10 a month before, (20 + 40) / 2 after; twelve of them make a year.
    assert cells.baseline_usd.tolist() == [pytest.approx(120.0)]
    assert cells.after_usd.tolist() == [pytest.approx(360.0)]
    # A supplier silent in one window is absent, not zero.
    silent = flows.between(flows.in_part("baseline"), np.zeros(5, dtype=bool))
    assert len(silent) == 0


@pytest.mark.parametrize("sparsest", [0, 8], ids=["sorted", "counted"])
def test_rows_in_any_order_and_in_parts_make_the_same_flows(sparsest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every flow is told in two rows that add up to it, among rows of no period and of a month not reported."""
    monkeypatch.setattr(numbered_rows, "SPARSEST", sparsest)
    whole = flows_of(suppliers=2, goods=4)
    rows = np.random.default_rng(3).permutation(2 * len(whole.cell))
    flow, share = rows % len(whole.cell), np.where(rows < len(whole.cell), 0.25, 0.75)
    cell, at = whole.cell[flow], whole.period[flow]
    told = whole.reported.copy()
    told[1, 2] = False
    none = np.zeros(3, dtype=int)
    names = FlowNames(whole.suppliers, (*whole.destinations, "ZZZ"), whole.goods, tuple(whole.is_sanctioned))
    calendar = FlowCalendar(whole.periods, whole.season, whole.part, told, whole.periods_per_year)
    rows = FlowRows(
        np.append(whole.supplier[cell], none), np.append(whole.destination[cell], none + 6),
        np.append(whole.good[cell], none), np.append(at, none - 1),
        np.append(whole.value_usd[flow] * share, none + 9.0), np.append(whole.net_kg[flow] * share, none + 9.0),
    )  # fmt: skip
    made = flows_of_rows(names, rows, calendar)
    left = ~((whole.supplier[whole.cell] == 1) & (whole.period == 2))
    assert made.destinations == whole.destinations
    assert made.cell.tolist() == whole.cell[left].tolist()
    assert made.period.tolist() == whole.period[left].tolist()
    assert np.allclose(made.value_usd, whole.value_usd[left], rtol=0, atol=2e-6)
    assert np.allclose(made.net_kg, whole.net_kg[left], rtol=0, atol=2e-6)
    lacking = replace(whole, net_kg=np.where(np.arange(len(whole.cell)) == 5, np.nan, whole.net_kg))
    names = FlowNames(lacking.suppliers, lacking.destinations, lacking.goods, tuple(lacking.is_sanctioned))
    rows = FlowRows(
        whole.supplier[cell], whole.destination[cell], whole.good[cell], at, whole.value_usd[flow],
        np.where((flow == 5) & (share > 0.5), np.nan, whole.net_kg[flow]),
    )  # fmt: skip
    parts = flows_of_rows(names, rows, replace(calendar, reported=whole.reported))
    assert np.flatnonzero(np.isnan(parts.net_kg)).tolist() == [5]  # a weight in one part only is none


def test_the_panel_by_month_holds_zeros_and_agrees_with_the_windows() -> None:
    flows = flows_of(gain=2.0)
    panel = flows.panel()
    assert len(panel) == 4 * 6 * 6 * 4  # four of the five years are in a window
    monthly = fit_target(panel, target=0)
    windows = excess_at_target(flows.between(flows.in_part("baseline"), flows.in_part("after")), target=0)
    # Not the same model: effects by year against effects by window.
    assert monthly.beta == pytest.approx(windows.effect, abs=0.05)


def test_leads_stay_near_zero_and_lags_find_the_gain() -> None:
    study = event_study(flows_of(gain=2.0), target=0, event="2022-02", step=EventStep.YEAR)
    assert [(point.offset, point.part) for point in study.points] == [
        (-3, "baseline"), (-2, "baseline"), (-1, "baseline"), (0, "between"), (1, "after"),
    ]  # fmt: skip
    for point in study.points:
        truth = 0.0 if point.part == "baseline" else np.log(2.0)
        assert point.ci95 is not None
        assert point.ci95[0] < point.effect < point.ci95[1]
        assert point.effect == pytest.approx(truth, abs=0.25)
        assert point.placebos == 5
    assert study.points[-1].rank == (1, 6)
    assert study.leads.rank is not None
    assert study.leads.p_value == pytest.approx(study.leads.rank[0] / 6)


def test_a_stretch_needs_the_same_months_in_another_year() -> None:
    flows = flows_of(monthly=True, years=5, suppliers=2, goods=4)
    study = event_study(flows, target=0, event="2022-02", step=EventStep.QUARTER)
    assert [point.first for point in study.points][:2] == ["2019-01", "2019-04"]
    assert len(study.points) == 20
    only = np.array([day.year == 2019 for day in flows.periods])
    one_year = replace(flows, part=tuple("baseline" if taken else "" for taken in only))
    alone = event_study(one_year, target=0, event="2022-02", step=EventStep.QUARTER)
    assert alone.points[0].effect is None
    assert "no other year" in alone.points[0].reason
    assert alone.leads.reason.startswith("no lead")


def test_fake_dates_leave_a_year_on_either_side_and_rank_the_true_one() -> None:
    flows = flows_of(monthly=True, gain=3.0, suppliers=3, goods=4)
    found = placebo_dates(flows, target=0, actual=np.log(3.0))
    assert found.dates[0].date == "2020-01"
    assert found.dates[-1].date == "2021-01"
    assert len(found.dates) == 12
    assert found.rank == (1, 13)
    assert found.false_alarms is not None
    assert found.false_alarms[0] <= 2
    assert all(date.effect == pytest.approx(0.0, abs=0.2) for date in found.dates)
    short = replace(flows_of(), part=("baseline", "", "", "", "after"))
    assert placebo_dates(short, target=0, actual=None).reason.startswith("a fake date needs")


def about(**changes: object) -> Surroundings:
    given = {
        "target": 0, "members": {"AAA"}, "hubs": {"S3"}, "level": "HS6", "revisions": ("HS2017",), "moved_goods": (),
    }  # fmt: skip
    return Surroundings(**{**given, **changes})  # type: ignore[arg-type]


def test_named_tests_are_made_where_the_figures_allow_and_named_where_not() -> None:
    flows = flows_of(gain=2.0)
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    headline = excess_at_target(cells, target=0)
    two = about(revisions=("HS2017", "HS2022"), moved_goods={"840000"})
    tests = {variant.name: placebo_test(variant, headline) for variant in named_variants(flows, two)}
    status = {name: test.status for name, test in tests.items()}
    assert status == {
        "nomenclature": "tested", "partial-reporters": "not at issue", "hubs": "tested",
        "coalition-destinations": "tested", "prices": "tested", "currency": "absorbed", "demand": "absorbed",
        "confidential-codes": "cannot be tested",
    }  # fmt: skip
    assert "1 of 6 goods" in tests["nomenclature"].why
    # Kilograms are a tenth of the dollars here, so quantities say the same.
    assert tests["prices"].effect == pytest.approx(headline.effect, abs=1e-8)
    for test in tests.values():
        if test.status == "tested":
            assert test.moves is False
    one = {variant.name: variant for variant in named_variants(flows, about())}
    assert one["nomenclature"].status == "not at issue"
    coarse = {variant.name: variant for variant in named_variants(flows, about(level="HS4"))}
    assert coarse["nomenclature"].status == "cannot be tested"


def test_without_ordinary_goods_demand_and_currency_cannot_be_tested() -> None:
    flows = flows_of(gain=2.0).without_pair_effects()
    assert set(flows.good) == {0, 1, 2}
    status = {variant.name: variant.status for variant in named_variants(flows, about())}
    assert (status["currency"], status["demand"]) == ("cannot be tested", "cannot be tested")
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    assert excess_at_target(cells, target=0).effect == pytest.approx(np.log(2.0), abs=0.2)


def test_kilograms_need_weights_for_half_of_the_dollars() -> None:
    flows = flows_of()
    bare = replace(flows, net_kg=np.full(len(flows.value_usd), np.nan))
    assert bare.in_kilograms(0)[1] == 0.0
    [prices] = [variant for variant in named_variants(bare, about()) if variant.name == "prices"]
    assert prices.cells is None
    # Where a weight is missing, the cell's own unit value in the window stands in.
    gap = flows.net_kg.copy()
    gap[0] = np.nan  # the first period of the first cell
    weighed, share = replace(flows, net_kg=gap).in_kilograms(0)
    assert share == pytest.approx(1.0)
    first = (weighed.supplier == 0) & (weighed.destination == 0) & (weighed.good == 0)
    before = first[weighed.cell] & (weighed.period < 3)
    own = (flows.cell == 0) & (flows.period < 3)
    assert weighed.value_usd[before].sum() == pytest.approx(flows.value_usd[own].sum() / 10.0)


def test_a_share_of_the_loss_is_the_part_beyond_the_counterfactual() -> None:
    """Sold 300 where 100 would have been: 200, of a loss of 400 a half."""
    assert net_share(np.log(3.0), 300.0, 400.0) == pytest.approx(0.5)
    assert net_share(0.0, 300.0, 400.0) == 0.0
    assert net_share(-1e9, 300.0, 400.0) is None or net_share(-1e9, 300.0, 400.0) < -1e100


def test_the_second_opinion_is_undefined_without_a_loss_and_keeps_its_excess() -> None:
    flows = flows_of(gain=2.0)
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    excess = excess_at_target(cells, target=0)
    kept = {"target": 0, "names": NAMES, "fit": None}
    none = second_opinion(cells, excess, loss=Loss(None, "nothing was lost"), **kept)  # type: ignore[arg-type]
    assert (none.net_ratio, none.net_ci95) == (None, None)
    assert none.effect == pytest.approx(excess.effect, abs=0.1)
    assert "nothing was lost" in none.reason
    some = second_opinion(cells, excess, loss=Loss(none.observed_usd), **kept)  # type: ignore[arg-type]
    assert some.net_ratio == pytest.approx(1.0 - some.expected_usd / some.observed_usd)
    assert some.net_usd == pytest.approx(some.observed_usd - some.expected_usd)
    assert some.net_ci95 is not None
    assert some.net_ci95[0] < some.net_ratio < some.net_ci95[1]
    assert (some.suppliers, some.destinations, some.model_goods, some.entrants_usd) == (4, 6, 6, 0.0)
    assert some.placebo_targets == NAMES[1:]
    assert some.common is not None
    assert some.common.net_ratio == pytest.approx(1.0 - np.exp(-excess.effect))
