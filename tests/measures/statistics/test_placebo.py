"""Spread over placebos: against SciPy's solver, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.measures.statistics.placebo import (
    Spread,
    fit_spread,
    herfindahl,
    placebo_rank,
    t_quantile,
    two_part_variance,
)

RTOL = 1e-6  # two solvers of one least-squares problem


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_two_parts_are_the_least_squares_with_neither_below_zero(seed, count):
    nnls = pytest.importorskip("scipy.optimize").nnls
    rng = np.random.default_rng(seed)
    slope, squares = rng.uniform(0.02, 1, count), rng.gamma(1, 1, count) * rng.choice([0.1, 1, 5])
    expected, _ = nnls(np.column_stack([np.ones(count), slope]), squares)
    assert two_part_variance(squares, slope) == pytest.approx(tuple(expected), rel=RTOL, abs=1e-9)


def test_the_half_width_is_that_of_donald_and_lang():
    deviation = np.array([0.1, -0.1, 0.2, -0.2, 0.0])
    spread = fit_spread(deviation, np.ones(5))
    # Equal indices: the variance is the sample's, 0.1 / 4, and t has J - 2 = 4 degrees of freedom.
    assert spread is not None
    expected = t_quantile(4) * np.sqrt(0.025) * np.sqrt(1 + 1 / 5)
    assert spread.half_width(np.array([1.0]))[0] == pytest.approx(expected)
    assert t_quantile(4) == pytest.approx(2.776445, rel=1e-6)


@pytest.mark.parametrize("freedom", [*range(1, 45), 100, 101, 1000, 4001])
def test_the_quantile_is_that_of_scipy(freedom):
    stdtrit = pytest.importorskip("scipy.special").stdtrit
    assert t_quantile(freedom) == pytest.approx(float(stdtrit(freedom, 0.975)), rel=1e-10)


def test_two_placebos_are_too_few():
    assert fit_spread(np.array([0.1, 0.2]), np.ones(2)) is None


def test_a_larger_index_never_narrows_the_interval():
    spread = Spread(0.01, 0.2, 10)
    widths = spread.half_width(np.linspace(0, 2, 9))
    assert (np.diff(widths) > 0).all()


@pytest.mark.parametrize(("own", "rank"), [(0.5, 1), (0.2, 2), (0.05, 3), (-1.0, 5)])
def test_the_rank_counts_placebos_that_rose_as_far(own, rank):
    deviation = np.array([0.2, 0.1, -0.3, 0.0])
    assert placebo_rank(Spread(0.04, 0.0, 4), (own, 1.0), deviation, np.ones(4)) == (rank, 5)


def test_placebos_that_never_move_leave_the_rank_to_the_excess():
    assert placebo_rank(Spread(0.0, 0.0, 3), (0.1, 1.0), np.zeros(3), np.ones(3)) == (1, 4)
    assert placebo_rank(Spread(0.0, 0.0, 3), (0.0, 1.0), np.zeros(3), np.ones(3)) == (4, 4)


def test_the_herfindahl_index_of_no_trade_is_one():
    assert herfindahl(np.array([0.0, 50.0]), np.array([0.0, 10.0])).tolist() == [1.0, 0.5]
