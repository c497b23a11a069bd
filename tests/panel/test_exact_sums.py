"""Dollars in arrays are rounded to whole millionths as the decimals of the SQL sums are."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.panel.arrays.exact_sums import MOST, SumTooLargeError, micros


def by_hand(dollars: float) -> int:
    """The double times a million, as a double, rounded with halves away from zero; no figure is 0."""
    if np.isnan(dollars):
        return 0
    return int(Decimal(dollars * 1e6).quantize(Decimal(1), rounding=ROUND_HALF_UP))


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


@pytest.mark.parametrize("dollars", [[MOST / 1e6], [np.inf], [-np.inf], [MOST / 2e6, -MOST / 2e6, 1.0]])
def test_what_does_not_fit_is_refused(dollars: list[float]) -> None:
    with pytest.raises(SumTooLargeError):
        micros(np.array(dollars))
