"""Synthetic control: against scipy, by hand, and where there is nothing to fit."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls

from stopgap.base.errors import UsageError
from stopgap.measures.statistics.synthetic_control import simplex_weights, synthetic_control

# Sums of squares are compared: weights need not be unique where donors outnumber periods.
# SLSQP stops at about 1e-9 of the objective; ours must never be worse than it by more.
WORSE = 1e-8


def factor_series(rng, count, periods):
    """Series that share three slow factors, as trade of neighbours does; sizes over four orders."""
    factors = rng.normal(size=(periods, 3)).cumsum(axis=0) * 0.1
    shape = np.exp((factors @ rng.random((3, count))).T + 0.1 * rng.normal(size=(count, periods)))
    return shape * 10 ** rng.uniform(3, 7, (count, 1))


def slsqp(points):
    """The same problem by scipy's general solver; the sum of squares it reaches."""
    width = points.shape[1]
    found = minimize(
        lambda w: ((points @ w) ** 2).sum(),
        np.full(width, 1.0 / width),
        jac=lambda w: 2.0 * points.T @ (points @ w),
        bounds=[(0.0, 1.0)] * width,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": lambda w: np.ones(width)},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return float(found.fun)


@pytest.mark.parametrize(("periods", "width"), [(36, 12), (24, 40), (12, 5), (6, 2)])
def test_no_general_solver_finds_a_better_mixture(periods, width):
    rng = np.random.default_rng(periods * width)
    points = rng.normal(size=(8, periods, width)) + rng.normal(size=(8, periods, 1))
    found = simplex_weights(points)
    for row in range(8):
        ours = float(((points[row] @ found.weights[row]) ** 2).sum())
        assert ours <= slsqp(points[row]) * (1 + WORSE)
        # A heavy penalty on the sum turns the problem into non-negative least squares, solved exactly.
        heavy = 1e4 * np.abs(points[row]).max()
        stacked = np.vstack([points[row], np.full((1, width), heavy)])
        weights, _ = nnls(stacked, np.concatenate([np.zeros(periods), [heavy]]))
        assert ours <= ((points[row] @ (weights / weights.sum())) ** 2).sum() * (1 + WORSE)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(2, 20), st.integers(0, 10_000), st.sampled_from([1e-6, 1.0, 1e9]))
def test_weights_stand_on_the_simplex_and_satisfy_the_conditions(width, periods, seed, unit):
    points = np.random.default_rng(seed).normal(size=(5, periods, width)) * unit
    found = simplex_weights(points)
    assert (found.weights >= 0).all()
    assert found.weights.sum(axis=1) == pytest.approx(1.0, abs=1e-12)
    squares = (np.einsum("stj,sj->st", points, found.weights) ** 2).sum(axis=1)
    nearest = (points**2).sum(axis=1).min(axis=1)
    assert (squares <= nearest * (1 + 1e-9)).all()  # never worse than the best single point
    assert (found.gap <= 1e-7 * nearest).all()


def test_a_point_left_out_gets_nothing_and_changes_nothing():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(20, 10, 6))
    usable = np.ones((20, 6), dtype=bool)
    usable[:, 2] = False
    found = simplex_weights(points, usable)
    alone = simplex_weights(np.delete(points, 2, axis=2))
    assert (found.weights[:, 2] == 0).all()
    assert np.delete(found.weights, 2, axis=1) == pytest.approx(alone.weights, abs=1e-4)


def test_points_all_alike_and_points_at_the_origin():
    alike = simplex_weights(np.ones((1, 4, 3)))
    assert alike.weights.sum() == pytest.approx(1.0)
    nothing = simplex_weights(np.zeros((1, 4, 3)))
    assert nothing.gap[0] == 0
    assert simplex_weights(np.ones((2, 4, 3)), np.zeros((2, 3), dtype=bool)).weights.sum() == 0


def test_a_mixture_is_found_by_hand():
    first, second = np.array([1.0, 3, 1, 3, 9, 9]), np.array([3.0, 1, 3, 1, 2, 2])
    treated = 0.25 * first + 0.75 * second
    treated[4:] += 10.0
    found = synthetic_control(treated, np.stack([first, second]), 4, indexed=False)
    assert found.weights[0] == pytest.approx([0.25, 0.75], abs=1e-5)
    assert found.effect[0] == pytest.approx([0, 0, 0, 0, 10, 10], abs=1e-3)
    assert found.mean_effect[0] == pytest.approx(10.0, abs=1e-3)
    assert found.rank[0] == 1
    assert found.ranked[0] == 3


def test_indexed_shapes_do_not_depend_on_size():
    rng = np.random.default_rng(5)
    donors, treated = factor_series(rng, 8, 30), factor_series(rng, 1, 30)[0]
    found = synthetic_control(treated, donors, 24)
    larger = synthetic_control(treated * 1e3, donors * rng.uniform(1, 1e4, (8, 1)), 24)
    assert larger.effect == pytest.approx(found.effect * 1e3, rel=1e-4, abs=1e-4 * treated.mean() * 1e3)
    assert larger.rank[0] == found.rank[0]


def test_many_series_are_what_each_is_alone():
    rng = np.random.default_rng(6)
    donors, treated = factor_series(rng, 7, 20), factor_series(rng, 5, 20)
    together = synthetic_control(treated, donors, 15)
    own = synthetic_control(treated, np.broadcast_to(donors, (5, 7, 20)), 15)
    for row in range(5):
        alone = synthetic_control(treated[row], donors, 15)
        assert alone.effect[0] == pytest.approx(together.effect[row], rel=1e-9)
        assert (alone.rank[0], alone.ranked[0]) == (together.rank[row], together.ranked[row])
        assert (own.rank[row], own.ranked[row]) == (together.rank[row], together.ranked[row])


@pytest.mark.prove_only
def test_rank_is_uniform_where_nothing_happened():
    """Exchangeable series: in 400 worlds of 9 donors the treated one is first as often as any other."""
    rng = np.random.default_rng(8)
    ranks = []
    for _ in range(400):
        world = factor_series(rng, 10, 22)
        ranks.append(int(synthetic_control(world[0], world[1:], 16).rank[0]))
    counts = np.bincount(ranks, minlength=11)[1:]
    assert counts.sum() == 400
    # Chi-squared with 9 degrees of freedom: 27.9 is its 99.9 % point.
    assert ((counts - 40) ** 2 / 40).sum() < 27.9


def test_a_series_with_gaps_is_fitted_on_what_it_has():
    rng = np.random.default_rng(9)
    donors = factor_series(rng, 5, 20)
    treated = factor_series(rng, 1, 20)[0]
    treated[[2, 17]] = np.nan
    donors[1, 4] = np.nan
    found = synthetic_control(treated, donors, 15)
    assert found.weights[0, 1] == 0
    assert found.donors[0] == 4
    assert found.path()[2] == {"treated": None, "synthetic": pytest.approx(found.synthetic[0, 2]), "effect": None}
    assert np.isfinite(found.mean_effect[0])
    assert "1 donor series" in found.warnings[0]


@pytest.mark.parametrize(
    ("treated", "donors", "reason"),
    [
        (np.zeros(10), np.ones((3, 10)), "no trade, before the event"),
        (np.full(10, np.nan), np.ones((3, 10)), "no trade, before the event"),
        (np.ones(10), np.zeros((3, 10)), "no donor"),
        (np.ones(10), np.empty((0, 10)), "no donor"),
        (np.r_[np.ones(6), np.full(4, np.nan)], np.ones((3, 10)), "after the event"),
    ],
)
def test_a_series_without_figures_or_donors_has_a_reason(treated, donors, reason):
    found = synthetic_control(treated, donors, 6)
    assert reason in found.reasons[0]
    summary = found.summary()
    assert summary["mean_effect"] is None
    assert summary["placebo_rank"] is None
    json.dumps([summary, found.path()], allow_nan=False)


def test_one_donor_is_the_control_and_has_no_rank():
    one = np.array([1.0, 2, 3, 4, 4])
    found = synthetic_control(np.array([1.0, 2, 3, 4, 8]), np.stack([one, np.zeros(5)]), 4)
    assert found.effect[0, 4] == pytest.approx(4.0)
    assert found.summary()["placebo_rank"] is None


def test_a_perfect_fit_has_a_finite_ratio():
    series = np.array([1.0, 2, 3, 4, 8])
    found = synthetic_control(series, np.stack([series, series * 2, series * 3]), 4)
    json.dumps(found.summary(), allow_nan=False)
    assert found.mean_effect[0] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(
    ("treated", "donors", "before"),
    [
        (np.ones(10), np.ones((3, 9)), 6),
        (np.ones((2, 10)), np.ones((3, 4, 10)), 6),
        (np.ones(10), np.ones((3, 10)), 10),
        (np.ones(10), np.ones((3, 10)), 1),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(treated, donors, before):
    with pytest.raises(UsageError):
        synthetic_control(treated, donors, before)
