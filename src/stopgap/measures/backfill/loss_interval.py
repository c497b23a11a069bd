"""Compute the interval of suspended trade from the month-to-month variation of loss shares.

The model has month dummies, a step at the event, and errors correlated from month to month: the
relative residuals of a Poisson regression, their first autocorrelation corrected for the
length of the series, and Student's t. HAC errors and block bootstraps cover less than their
nominal level on series of this length (docs/methods/suspended.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.placebo import t_quantile

LEAST_FREEDOM = 4
"""Fewest degrees of freedom for an interval."""

LEAST_BASELINE_YEARS = 5
LEAST_YEARS = 7
"""Fewest years of annual figures for an interval; with fewer, the error of the level is a guess."""

_HIGHEST_RHO = 0.9


@dataclass(frozen=True)
class MemberSeries:
    """The coalition's trade with the target, (members, periods); 0 where a reported period has no trade.

    ``period`` counts months since year 0, or years, ascending; ``season`` is the calendar month, or 1.
    """

    value_usd: Array
    is_reported: Mask
    period: Index
    season: Index
    is_after: Mask


def loss_interval(series: MemberSeries, loss_share: float | None, *, is_annual: bool) -> tuple[Interval, str | None]:
    """Return the 95 % interval around a measured loss share, in logarithms; or ``None`` and the reason.

    Method: docs/methods/suspended.md.
    """
    if loss_share is None:
        return None, "there is no baseline to lose"
    if loss_share >= 1.0:
        return None, "nothing is left after the event, so months after it do not vary"
    observed, expected, used = _matched(series)
    after = series.is_after[used]
    if is_annual and (used.size < LEAST_YEARS or int((~after).sum()) < LEAST_BASELINE_YEARS):
        return None, (
            f"annual figures need {LEAST_BASELINE_YEARS} baseline years and {LEAST_YEARS} in all, "
            f"and there are {int((~after).sum())} and {used.size}"
        )
    _, season = np.unique(series.season[used], return_inverse=True)
    parameters = int(season.max(initial=0)) + 2
    freedom = used.size - parameters
    if freedom < LEAST_FREEDOM:
        return None, f"{used.size} periods leave {max(freedom, 0)} degrees of freedom, needs {LEAST_FREEDOM}"
    fitted = fit_step(observed, expected, season.astype(np.int64), after)
    known = fitted > 0
    residual = np.divide(observed - fitted, fitted, out=np.zeros_like(fitted), where=known)
    squares = float(residual @ residual)
    if not squares > 0:
        return (loss_share, loss_share), None
    rho = _autocorrelation(residual, series.period[used], parameters)
    inflation = (1 + rho) / (1 - rho)
    error = np.sqrt(squares / freedom * (1 / int(after.sum()) + 1 / int((~after).sum())) * inflation)
    spread = float(np.exp(min(t_quantile(freedom) * error, 700.0)))
    left = 1.0 - loss_share
    return (1.0 - left * spread, 1.0 - left / spread), None


def _matched(series: MemberSeries) -> tuple[Array, Array, Index]:
    """Return observed and expected dollars by period, over months that a member reported in both windows.

    ``expected`` is the sum of the reporting members' baseline means of the same month, so
    that a missing report lowers both equally. Returns arrays over the periods used, and their positions.
    """
    seasons, season = np.unique(series.season, return_inverse=True)
    values = np.where(series.is_reported, series.value_usd, 0.0)
    before, n_before = np.zeros((2, len(values), seasons.size))
    is_later = np.zeros(before.shape, dtype=bool)
    for period, (at, is_after) in enumerate(zip(season.tolist(), series.is_after.tolist(), strict=True)):
        if is_after:
            is_later[:, at] |= series.is_reported[:, period]
        else:
            before[:, at] += values[:, period]
            n_before[:, at] += series.is_reported[:, period]
    both = (n_before > 0) & is_later
    mean = np.divide(before, n_before, out=np.zeros(before.shape), where=both)
    counted = series.is_reported & both[:, season]
    observed = np.where(counted, values, 0.0).sum(axis=0)
    expected = (counted * mean[:, season]).sum(axis=0)
    used = np.flatnonzero(expected > 0)
    return observed[used], expected[used], used


def fit_step(observed: Array, expected: Array, season: Index, is_after: Mask) -> Array:
    """Return fitted values of a Poisson regression on season dummies and a step, with ``expected`` as exposure.

    Its score equations give each season's level for a step, and the step for the levels; they
    are solved by iteration, which converges since every step raises the likelihood. All are (n,);
    ``expected`` is above 0, ``season`` starts from 0 without gaps.
    """
    seasons = int(season.max(initial=0)) + 1
    before = np.bincount(season, np.where(is_after, 0.0, expected), minlength=seasons)
    later = np.bincount(season, np.where(is_after, expected, 0.0), minlength=seasons)
    total = np.bincount(season, observed, minlength=seasons)
    after_total = float(observed[is_after].sum())
    step = 1.0
    for _ in range(1000):
        weight = before + step * later
        level = np.divide(total, weight, out=np.zeros(seasons), where=weight > 0)
        exposed = float((later * level).sum())
        new = after_total / exposed if exposed > 0 else 0.0
        done = abs(new - step) <= 1e-12 * max(step, 1e-12)
        step = new
        if done:
            break
    return np.asarray(level[season] * expected * np.where(is_after, step, 1.0))


def _autocorrelation(residual: Array, period: Index, parameters: int) -> float:
    """Return the first autocorrelation of adjacent periods, corrected for bias and limited to 0 to 0.9."""
    count = residual.size
    neighbours = np.diff(period) == 1
    rho = float((residual[1:] * residual[:-1])[neighbours].sum() / (residual @ residual))
    rho = min(max(rho, -0.2), _HIGHEST_RHO)
    corrected = (count * rho + 1 + parameters / 2) / (count - 4)
    return min(max(corrected, 0.0), _HIGHEST_RHO)
