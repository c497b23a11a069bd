"""Expectations, one-month scores, conformal p-values, false discovery rate."""

from __future__ import annotations

import numpy as np
import pytest
from alert_panels import noise, panel
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.alerts.expectation import Expected, expect
from stopgap.measures.alerts.learning import learn
from stopgap.measures.alerts.scores import (
    benjamini_hochberg,
    conformal_p,
    history_columns,
    level_months,
    mid_p,
    one_month,
)


def test_a_conformal_p_value_is_the_count_done_by_hand():
    # Past scores 1, 2, 2, 3; of them 2 are at least 2.5's next, 3 are at least 2, none is 9.
    got = conformal_p(np.array([0.0, 2.0, 2.5, 9.0]), np.array([3.0, 1.0, 2.0, 2.0]))
    assert got == pytest.approx([5 / 5, 4 / 5, 2 / 5, 1 / 5])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=40))
def test_conformal_p_values_are_valid_under_exchangeability(scores):
    """Each score against all others: at most a share u of the p-values is at most u, ties and all."""
    values = np.array(scores, dtype=float)
    found = np.array([conformal_p(values[[place]], np.delete(values, place))[0] for place in range(len(values))])
    for limit in np.unique(found):
        assert np.mean(found <= limit) <= limit + 1e-12


def test_benjamini_hochberg_by_hand():
    # Three tests: .01 * 3 / 1, .03 * 3 / 2, .04 * 3 / 3; the second is lowered to the third.
    assert benjamini_hochberg(np.array([0.04, 0.01, np.nan, 0.03])) == pytest.approx(
        [0.04, 0.03, np.nan, 0.04], nan_ok=True
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=50))
def test_q_values_are_those_of_scipy_and_keep_the_order(values):
    p_value = np.array(values)
    q_value = benjamini_hochberg(p_value)
    assert q_value == pytest.approx(stats.false_discovery_control(p_value), rel=1e-9)
    order = np.argsort(p_value)
    assert (np.diff(q_value[order]) >= -1e-15).all()
    assert (q_value >= p_value - 1e-15).all()


def test_without_a_p_value_there_is_no_q_value():
    assert np.isnan(benjamini_hochberg(np.array([np.nan, np.nan]))).all()


def one_expected(value, mean, size):
    ones = np.ones(1)
    return Expected(ones, ones, np.array([mean]), np.array([value]), np.array([size]), ones, np.array([True]))


@pytest.mark.parametrize("value", [0.0, 1.0, 4.0, 25.0])
def test_the_mid_p_is_that_of_scipys_negative_binomial(value):
    mean, size = 3.0, 2.5
    known = stats.nbinom(size, size / (size + mean))
    expected = known.sf(value) + 0.5 * known.pmf(value)
    assert mid_p(one_expected(value, mean, size), np.array([0]))[0] == pytest.approx(expected, rel=1e-9)


def test_a_steady_cell_expects_what_it_had():
    steady = panel(np.full((3, 37), 50.0))
    expected = expect(steady, learn(steady, history_columns(36)), 36)
    assert expected.mean_usd == pytest.approx([50.0] * 3)
    assert expected.factor == pytest.approx([1.0] * 3)


def test_the_level_of_recent_months_counts_more():
    values = np.full((1, 37), 10.0)
    values[0, 18:] = 20.0
    risen = panel(values)
    level = learn(risen, history_columns(36)).level_usd[0]
    # Half-life 18 months: the later half counts two thirds.
    assert level == pytest.approx(10 / 3 + 20 * 2 / 3, rel=0.03)


def test_a_season_that_all_share_is_learnt():
    made, level = noise(1, months=49, shape=40.0)
    wave = np.where(made.seasons == 1, 2.0, 1.0)  # January counts double
    january = int(np.flatnonzero(made.seasons == 1)[-1])
    seasonal = panel(made.values_usd * wave, suppliers=made.suppliers, goods=made.goods)
    expected = expect(seasonal, learn(seasonal, history_columns(january)), january)
    assert np.median(expected.mean_usd / level) == pytest.approx(2.0, rel=0.05)


def test_what_moves_all_cells_raises_none_and_a_jump_on_top_is_seen():
    made, level = noise(2)
    values = made.values_usd.copy()
    values[:, -1] *= 3.0
    values[7, -1] = level[7] * 30.0  # ten times, in a month of three times
    moved = panel(values, suppliers=made.suppliers, goods=made.goods)
    found = one_month(moved, 60, moved.in_family)
    assert np.median(found.expected.factor) == pytest.approx(3.0, rel=0.15)
    assert list(np.flatnonzero(benjamini_hochberg(found.p_value) <= 0.1)) == [7]


def test_one_suppliers_growth_everywhere_raises_none_of_its_cells():
    made, _ = noise(3)
    values = made.values_usd.copy()
    own = np.array([name == "S03" for name in made.suppliers])
    values[own, -1] *= 4.0
    grown = panel(values, suppliers=made.suppliers, goods=made.goods)
    found = one_month(grown, 60, grown.in_family)
    assert not (benjamini_hochberg(found.p_value)[own] <= 0.1).any()


def test_under_the_null_p_values_are_uniform_in_the_tail():
    counts = []
    for seed in range(8):
        made, _ = noise(100 + seed)
        counts.append(one_month(made, 60, made.in_family).p_value)
    found = np.concatenate(counts)
    # 960 cells: a binomial spread of .009 about .10, doubled.
    assert np.mean(found <= 0.1) == pytest.approx(0.1, abs=0.035)


def test_short_histories_are_refused_and_counted():
    made, _ = noise(4)
    values = made.values_usd.copy()
    values[0, :37] = np.nan  # 23 months reported before the last
    values[1, :36] = np.nan  # 24 months
    short = panel(values, suppliers=made.suppliers, goods=made.goods)
    found = one_month(short, 60, short.in_family)
    assert np.isnan(found.p_value[0])
    assert np.isfinite(found.p_value[1])
    assert list(np.flatnonzero(found.too_short)) == [0]


def test_a_month_that_was_not_reported_is_not_tested():
    made, _ = noise(5)
    values = made.values_usd.copy()
    values[3, -1] = np.nan
    silent = panel(values, suppliers=made.suppliers, goods=made.goods)
    assert np.isnan(one_month(silent, 60, silent.in_family).p_value[3])


@pytest.mark.parametrize(
    "values", [np.zeros((4, 61)), np.zeros((0, 61)), np.full((2, 61), np.nan), np.full((1, 61), 7.0)]
)
def test_degenerate_panels_have_no_alert_and_no_warning(values):
    bare = panel(values)
    found = one_month(bare, values.shape[1] - 1, bare.in_family)
    assert not (benjamini_hochberg(found.p_value) <= 0.1).any()


def test_too_few_past_months_give_no_p_value():
    made, _ = noise(6, months=29)  # 28 before: only 4 months have 24 before them
    assert np.isnan(one_month(made, 28, made.in_family).p_value).all()


def test_levelled_months_keep_their_order():
    [levelled, _] = level_months([np.array([3.0, 1.0, 2.0]), np.array([0.0])])
    assert list(np.argsort(levelled)) == [1, 2, 0]


def test_values_scale_without_a_trace():
    made, _ = noise(7)
    in_cents = CellPanel(
        made.suppliers, made.destinations, made.goods, made.in_family, made.values_usd * 100, made.seasons
    )
    one, other = (one_month(each, 60, each.in_family).p_value for each in (made, in_cents))
    assert one == pytest.approx(other)
