"""Dollars in arrays are rounded to whole millionths as the decimals of the SQL sums are."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stopgap.panel.arrays.exact_sums import (
    MOST,
    SAME_AGAIN,
    SumTooLargeError,
    any_of,
    dollars,
    grouped,
    micros,
    whole_millionths,
    window_sums,
)


def by_hand(usd: float) -> int:
    """The double times a million, as a double, rounded with halves away from zero; no figure is 0."""
    if np.isnan(usd):
        return 0
    return int(Decimal(usd * 1e6).quantize(Decimal(1), rounding=ROUND_HALF_UP))


DOLLARS = st.one_of(
    st.just(float("nan")),
    st.integers(-10, 10**7).map(lambda halves: halves / 2e6),  # halves of a millionth
    st.floats(0.0, 1e9),
)


@given(st.lists(DOLLARS, max_size=40), st.booleans())
def test_whole_millionths_with_halves_away_from_zero(values: list[float], turned: bool) -> None:
    given_usd = np.array([-value if turned and place % 2 else value for place, value in enumerate(values)])
    assert micros(given_usd.copy()).tolist() == [by_hand(value) for value in given_usd.tolist()]


def test_the_shape_stays() -> None:
    assert micros(np.array([[0.5e-6, np.nan], [1.5e-6, 2.0]])).tolist() == [[1, 0], [2, 2_000_000]]


@pytest.mark.parametrize("usd", [[MOST / 1e6], [np.inf], [-np.inf], [MOST / 2e6, -MOST / 2e6, 1.0]])
def test_what_does_not_fit_is_refused(usd: list[float]) -> None:
    with pytest.raises(SumTooLargeError):
        micros(np.array(usd))


LARGE = st.one_of(DOLLARS, st.floats(1e9, 1e10))
"""Rows of them add up to more whole numbers than a double tells apart."""


@given(
    st.lists(st.tuples(LARGE, LARGE, LARGE, LARGE), min_size=1, max_size=12), st.sets(st.integers(0, 3)), st.booleans()
)
def test_sums_over_windows_are_those_of_whole_numbers(
    rows: list[tuple[float, ...]], window: set[int], turned: bool
) -> None:
    usd = np.array(rows)
    if turned:
        usd[::2] *= -1
    windows = [np.isin(np.arange(4), list(window)), np.array([True, False, False, True])]
    want = [
        [sum(by_hand(value) for value, inside in zip(row, each, strict=True) if inside) for each in windows]
        for row in usd.tolist()
    ]
    assert window_sums(whole_millionths(usd.copy()), windows).tolist() == want


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-(10**17), 10**17), st.integers(-1, 1)), max_size=30))
def test_sums_by_group_are_those_of_whole_numbers(rows: list[tuple[int, int, int]]) -> None:
    group = np.array([row[0] for row in rows], dtype=np.int64)
    sums = np.array([row[1:] for row in rows], dtype=np.int64).reshape(len(rows), 2)
    want = [[sum(row[column] for row in rows if row[0] == each) for column in (1, 2)] for each in range(5)]
    assert grouped(group, sums, 5).tolist() == want


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=12))
def test_it_is_so_of_a_group_where_it_is_of_any_row(rows: list[tuple[int, bool, bool]]) -> None:
    group = np.array([row[0] for row in rows], dtype=np.int64)
    is_so = np.array([row[1:] for row in rows], dtype=bool).reshape(len(rows), 2)
    want = [[any(row[column] for row in rows if row[0] == each) for column in (1, 2)] for each in range(5)]
    assert any_of(group, is_so, 5).tolist() == want


@given(st.integers(-SAME_AGAIN, SAME_AGAIN))
@example(SAME_AGAIN - 1)
def test_whole_millionths_below_a_size_are_the_same_after_being_dollars(whole: int) -> None:
    assert micros(dollars(np.array([whole]))).tolist() == [whole]


def test_a_group_that_does_not_fit_is_refused_and_others_that_fit_together_are_not() -> None:
    half = int(MOST / 2)
    with pytest.raises(SumTooLargeError):
        grouped(np.array([0, 0, 1]), np.array([half, half, 1]), 2)
    assert grouped(np.array([0, 0, 1, 1]), np.array([half, 1, half, 2]), 2).tolist() == [half + 1, half + 2]
