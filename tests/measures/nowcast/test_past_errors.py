"""Intervals from past errors, by hand: Student's t, the conformal factor, and the coverage without the month judged."""

import math

import numpy as np
import pytest

from stopgap.measures.nowcast.past_errors import conformal_quantile, with_intervals

T2, T3 = 4.302653, 3.182446  # 97.5 % quantiles of Student's t with 2 and 3 degrees of freedom


def test_bias_and_error_are_those_of_the_errors():
    [found] = with_intervals([[0.1, -0.1, 0.3]])
    assert found.bias == pytest.approx(0.1)
    assert found.rmse == pytest.approx(math.sqrt(0.11 / 3))


def test_equal_errors_give_the_interval_of_student():
    [found] = with_intervals([[0.1, -0.1, 0.1, -0.1]])
    assert found.half_width == pytest.approx(T3 * 0.1 * math.sqrt(1 + 1 / 4), rel=1e-6)
    assert found.coverage == 1.0


def test_an_error_far_from_the_others_widens_every_kind():
    errors = [[0.01, -0.01, 0.01, 1.0], [0.1, -0.1, 0.1, -0.1]]
    first, second = with_intervals(errors)
    # The last error by the half-width that the three before it give.
    factor = 1.0 / (T2 * 0.01 * math.sqrt(1 + 1 / 3))
    assert second.half_width == pytest.approx(factor * T3 * 0.1 * math.sqrt(1 + 1 / 4), rel=1e-6)
    assert first.coverage == pytest.approx(3 / 4)  # the factor that the other months give does not hold it
    assert second.coverage == 1.0


def test_three_past_months_give_no_interval():
    few, enough = with_intervals([[0.1, 0.2, 0.1], [0.1, 0.2, 0.1, 0.2]])
    assert (few.half_width, few.coverage) == (None, None)
    assert few.rmse is not None
    assert enough.half_width is not None


def test_no_past_month_gives_nothing():
    [none] = with_intervals([[]])
    assert (none.bias, none.rmse, none.half_width, none.coverage) == (None, None, None, None)


def test_nowcasts_without_error_have_an_interval_of_no_width():
    [found] = with_intervals([[0.0] * 5])
    assert (found.half_width, found.coverage) == (0.0, 1.0)


@pytest.mark.parametrize(("count", "rank"), [(5, 5), (18, 18), (19, 19), (39, 38), (99, 95)])
def test_the_conformal_quantile_is_the_rank_that_holds_the_next_with_95_percent(count, rank):
    assert conformal_quantile(list(range(count, 0, -1))) == rank


def test_the_interval_holds_the_next_error():
    rng, held = np.random.default_rng(4), []
    for _ in range(400):
        *past, ahead = rng.normal(0.0, 0.1, 8)
        [found] = with_intervals([past])
        held.append(abs(ahead) <= found.half_width)
    assert 0.93 < np.mean(held) <= 1.0
