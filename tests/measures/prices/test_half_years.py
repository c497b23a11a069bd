"""Markup by half-year and breaks: planted paths, false alarms, windows that are cut, and years."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from stopgap.measures.prices.half_years import half_year_of, half_years
from stopgap.measures.prices.markup import PriceWindow, markup, window_markups
from stopgap.measures.statistics.two_way_effects import BlockRows, contrasts, near_medians

PLACES = 13
NAMES = [str(place) for place in range(PLACES)]


def months(first_year, count, first_month=1):
    return [
        dt.date(first_year + (first_month - 1 + at) // 12, (first_month - 1 + at) % 12 + 1, 1) for at in range(count)
    ]


def rows_of(seed, path, *, blocks=30, noise=0.2, seen=0.8, before=12):
    """Log unit values at 13 places; the target's move by ``path``, one entry per month of the after-window."""
    rng = np.random.default_rng(seed)
    periods = before + len(path)
    block, place, period = np.nonzero(rng.random((blocks, PLACES, periods)) < seen)
    moved = np.concatenate([np.zeros(before), path])
    value = rng.normal(0, noise, block.size) + moved[period] * (place == 0)
    return BlockRows(block, place, period, value, np.arange(periods) >= before, PLACES)


PATH = np.repeat([0.0, 0.4, 0.4], 6)
DAYS = [*months(2021, 12), *months(2022, 18, 7)]


def test_a_planted_step_is_dated_and_each_half_year_has_its_markup():
    found = half_years(rows_of(1, PATH), NAMES, DAYS, is_annual=False)
    assert [(row.from_month, row.to_month) for row in found.by_period] == [
        ("2022-07", "2022-12"), ("2023-01", "2023-06"), ("2023-07", "2023-12"),
    ]  # fmt: skip
    for row, truth in zip(found.by_period, (0.0, 0.4, 0.4), strict=True):
        assert row.ci95[0] < truth < row.ci95[1]
        assert row.log_change == pytest.approx(truth, abs=0.06)
        assert row.price_ratio == pytest.approx(np.exp(row.log_change))
        assert row.placebos == 12
    [step] = found.breaks
    assert (step.at, step.against, step.is_largest) == ("2023-01", "2022-07", True)
    assert step.step == pytest.approx(0.4, abs=0.06)
    assert found.steps == 3


def test_a_half_year_alone_is_the_markup_itself():
    rows = rows_of(2, np.full(6, 0.3))
    days = [*months(2021, 12), *months(2022, 6, 7)]
    found = half_years(rows, NAMES, days, is_annual=False)
    whole = markup(rows, NAMES)
    [only] = found.by_period
    assert only.log_change == pytest.approx(whole.estimate)
    assert only.ci95 == pytest.approx(whole.ci95)
    assert only.observations == whole.observations
    assert only.rows == int(((rows.destination == 0) & (rows.period >= 12)).sum())
    # The step from the baseline is a break too, and there is nothing before it to compare with.
    assert [(step.at, step.against) for step in found.breaks] == [("2022-07", None)]


def test_a_price_that_stays_has_no_break_but_by_chance():
    alarms = [bool(half_years(rows_of(seed, np.zeros(18)), NAMES, DAYS, is_annual=False).breaks) for seed in range(40)]
    # 5 % of 40 is 2; more than 7 has a chance of 0.1 %.
    assert sum(alarms) <= 7


def test_half_years_are_cut_to_the_window_and_years_stand_for_annual_figures():
    days = [*months(2021, 12), *months(2022, 6, 4)]
    found = half_years(rows_of(3, np.full(6, 0.2)), NAMES, days, is_annual=False)
    assert [(row.from_month, row.to_month) for row in found.by_period] == [
        ("2022-04", "2022-06"),
        ("2022-07", "2022-09"),
    ]
    years = [dt.date(year, 1, 1) for year in range(2018, 2025)]
    annual = half_years(rows_of(4, np.array([0.0, 0.5, 0.5]), before=4, blocks=60), NAMES, years, is_annual=True)
    assert [(row.from_month, row.to_month) for row in annual.by_period] == [
        ("2022-01", "2022-12"), ("2023-01", "2023-12"), ("2024-01", "2024-12"),
    ]  # fmt: skip
    assert [step.at for step in annual.breaks] == ["2023-01"]
    assert half_year_of(dt.date(2023, 7, 1), is_annual=False) == (2023, 7)
    assert half_year_of(dt.date(2023, 7, 1), is_annual=True) == (2023, 1)


def test_too_few_placebos_give_figures_without_breaks():
    rows = rows_of(5, np.full(6, 0.3))
    found = half_years(
        rows.take(rows.destination < 3), NAMES, [*months(2021, 12), *months(2022, 6, 7)], is_annual=False
    )
    assert found.by_period[0].log_change == pytest.approx(0.3, abs=0.1)
    assert found.by_period[0].ci95 is None
    assert "placebo" in found.by_period[0].reason
    assert (found.breaks, found.steps) == ((), 0)
    assert "placebo" in found.reason


def test_a_half_year_without_sales_to_the_target_says_so():
    rows = rows_of(6, PATH)
    silent = (rows.destination == 0) & (rows.period >= 18) & (rows.period < 24)
    found = half_years(rows.take(~silent), NAMES, DAYS, is_annual=False)
    assert found.by_period[1].log_change is None
    assert found.by_period[1].rows == 0
    assert found.by_period[1].reason
    assert found.by_period[2].log_change == pytest.approx(0.4, abs=0.06)
    assert found.steps == 1  # neither side of the gap can be compared with it


@pytest.mark.parametrize("seen", [0.8, 0.15])
def test_windows_together_are_what_each_gives_alone_in_one_regression_after_another(seen):
    """The rounds of trimming written out: medians, the target's change, medians without it, three times."""
    rows = rows_of(5, PATH, noise=0.5, seen=seen)
    late = [np.arange(len(rows.is_after)) // 6 == half for half in (2, 3, 4)]
    windows = [PriceWindow(~rows.is_after | late[0], late[0]), PriceWindow(late[1] | late[2], late[2])]
    found = window_markups(rows, NAMES, windows)
    for each, window in zip(found, windows, strict=True):
        alone = replace(rows.take(window.periods[rows.period]), is_after=window.is_after)
        moved = (alone.destination == 0) & window.is_after[alone.period]
        kept = near_medians(alone, np.log(3.0))
        for _ in range(3):
            change = contrasts(alone.take(kept)).estimate[0]
            kept = near_medians(replace(alone, value=alone.value - change * moved), np.log(3.0))
        assert each.figure.observations == kept.sum()
        assert 0 < kept.sum() < len(alone)
        assert each.figure.estimate == pytest.approx(contrasts(alone.take(kept)).estimate[0], rel=1e-9)
        assert each.figure.ci95 is not None
