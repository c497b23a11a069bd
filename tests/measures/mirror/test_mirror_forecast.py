"""Intervals of what was not reported: the t interval as a case, peers by hand, coverage, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stopgap.measures.mirror import forecast as mirror_forecast
from stopgap.measures.mirror.forecast import history_forecast, peers_forecast, silent_variance

YEARS = np.arange(24.0)


def test_without_drift_it_is_the_t_interval_of_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_forecast, "DRIFTS", (0.0,))
    ratio = np.random.default_rng(1).normal(0.1, 0.12, 24)
    found = history_forecast(YEARS, ratio, 24.0)
    half = stats.t.ppf(0.975, 23) * ratio.std(ddof=1) * np.sqrt(1 + 1 / 24)
    assert found is not None
    assert (found.lower, found.upper) == (pytest.approx(ratio.mean() - half), pytest.approx(ratio.mean() + half))


def test_the_interval_widens_with_the_distance_and_with_silent_partners() -> None:
    ratio = np.cumsum(np.random.default_rng(2).normal(0.0, 0.1, 24))
    near, far = (history_forecast(YEARS, ratio, at) for at in (24.0, 36.0))
    wide = history_forecast(YEARS, ratio, 24.0, extra_variance=0.5)
    assert near is not None
    assert far is not None
    assert wide is not None
    assert near.width < far.width
    assert near.width < wide.width


def test_a_ratio_that_never_moves_is_certain_and_a_short_history_says_nothing() -> None:
    found = history_forecast(YEARS, np.full(24, 0.1), 24.0)
    assert found is not None
    assert (found.lower, found.centre, found.upper) == pytest.approx((0.1, 0.1, 0.1))
    assert found.dollars(100.0)[0] == pytest.approx(110.517, abs=1e-3)
    assert history_forecast(YEARS[:3], np.array([0.1, 0.2, 0.1]), 3.0) is None


@pytest.mark.parametrize(("drift", "ahead"), [(0.0, 1), (0.03, 6)])
def test_it_holds_the_truth_in_95_of_100_worlds(drift: float, ahead: int) -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        ratio = np.cumsum(rng.normal(0, drift, 24 + ahead)) + rng.normal(0.1, 0.1, 24 + ahead)
        found = history_forecast(YEARS, ratio[:24], 23.0 + ahead)
        assert found is not None
        hits += found.lower <= ratio[-1] <= found.upper
    assert 0.90 <= hits / 200 <= 0.99  # 99 % interval of 0.95 over 200 worlds


def test_peers_by_hand() -> None:
    errors = np.concatenate([np.linspace(-0.9, 0.9, 19), [np.nan]])
    found = peers_forecast(errors, centre=0.5)
    assert found is not None
    assert (found.centre, found.rests_on) == (pytest.approx(0.5), 19)
    assert (found.lower, found.upper) == (pytest.approx(-0.4), pytest.approx(1.4))  # rank ceil(20 * .95) = 19
    assert peers_forecast(errors[:18]) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=4, max_size=40), st.floats(1, 60))
def test_any_history_gives_an_ordered_finite_interval(values: list[float], ahead: float) -> None:
    found = history_forecast(np.arange(float(len(values))), np.array(values), len(values) - 1 + ahead)
    assert found is not None
    assert np.isfinite([found.lower, found.centre, found.upper]).all()
    assert found.lower <= found.upper


def test_variance_of_silent_partners() -> None:
    growth, weight = np.array([0.0, 1.0, np.nan, 0.5]), np.array([1.0, 1.0, 5.0, 2.0])
    share = weight[[0, 1, 3]] / 4
    spread = (share @ (np.array([0.0, 1.0, 0.5]) - 0.5) ** 2) / (1 - (share**2).sum())
    assert silent_variance(0.8, growth, weight) == pytest.approx(0.04 * spread)
    assert silent_variance(1.0, growth, weight) == 0.0
    assert silent_variance(0.5, growth[:2], weight[:2]) == pytest.approx(0.25 * 0.25)
