"""Scores: what a threshold takes is what its probability says, and equal ones are ordered by what names share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.matching.ordered_scores import ORDERED_FROM, UNITS, ordered_scores

CHANCES = st.floats(0, 1)
COMMON = st.floats(0, 2000)


def score(chance: float, common: float) -> float:
    return float(ordered_scores(np.array([chance]), np.array([common]))[0])


@given(CHANCES, COMMON, st.integers(0, UNITS))
def test_a_threshold_takes_the_same_matches(chance: float, common: float, units: int) -> None:
    threshold = units / UNITS
    assert (score(chance, common) >= threshold) == (chance >= threshold)


@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.123456789, 0.999999999, 1.0, 0.1])
@pytest.mark.parametrize("common", [0.0, 20.0, 2000.0])
def test_the_float_beside_a_threshold_stays_on_its_side(threshold: float, common: float) -> None:
    below = float(np.nextafter(threshold, 0))
    assert score(below, common) < threshold
    assert score(threshold, common) >= threshold


@given(CHANCES, COMMON)
def test_a_score_is_the_probability_to_nine_decimals(chance: float, common: float) -> None:
    assert abs(score(chance, common) - chance) <= 1 / UNITS
    assert score(chance, common) <= 1


@given(st.floats(ORDERED_FROM, 1 - 2 / UNITS), st.integers(0, 900), st.integers(1, 100))
def test_of_equal_probabilities_the_one_with_more_in_common_is_higher(chance: float, common: int, more: int) -> None:
    assert score(chance, common + more) > score(chance, common)


def test_by_hand() -> None:
    assert score(0.6, 512.0) == 0.6000000005
    assert score(0.1234567894, 0.0) == 0.123456789
    assert score(0.05, 512.0) == 0.05
