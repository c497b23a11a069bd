"""Forecast a missing report from one that exists, with prediction intervals of log ratios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array

FEWEST_PERIODS = 4
FEWEST_PEERS = 19
LEVEL = 0.95
WIDEST = float(np.log(1e6))
"""Widest interval of a log ratio; one whose ends lie a million times apart is no estimate."""
DRIFTS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Candidate ratios of one period's drift variance to its noise variance, with equal prior probability."""


@dataclass(frozen=True)
class Forecast:
    """Forecast of a log ratio with its interval; ``rests_on`` is the number of periods of history, or of peers.

    ``method`` is ``own history`` or ``peers``.
    """

    centre: float
    lower: float
    upper: float
    method: str
    rests_on: int

    @property
    def width(self) -> float:
        """Return upper minus lower end."""
        return self.upper - self.lower

    @property
    def says_something(self) -> bool:
        """Return whether the interval is narrow enough to be shown."""
        return self.width <= WIDEST

    def dollars(self, mirror_usd: float) -> tuple[float, float, float]:
        """Return centre and both ends in dollars, given the dollars of the mirror report."""
        return tuple(float(mirror_usd * np.exp(at)) for at in (self.centre, self.lower, self.upper))  # type: ignore[return-value]


def history_forecast(times: Array, log_ratio: Array, at: float, *, extra_variance: float = 0.0) -> Forecast | None:
    """Forecast the log ratio at ``at`` from its own past; ``None`` with fewer than four periods of history.

    The ratio is a level that drifts as a random walk, plus noise: ``r_t = mu_t + e_t``. The share of drift in
    its variance is unknown, so nine sizes of drift are weighted by their restricted likelihood, and the
    interval is that of the mixture of their t distributions: it widens with the distance of ``at`` from
    the history, and with the uncertainty of the drift. ``log_ratio`` is ``ln(reported / mirror)`` in each
    of ``times``, all finite; ``extra_variance`` covers partners that stopped reporting.

    Method: docs/methods/mirror.md (ours; the t interval of the mean is its special case without drift).
    """
    count = log_ratio.size
    if count < FEWEST_PERIODS:
        return None
    from scipy import optimize, special

    gaps = np.abs(times[:, None] - times)
    apart = np.abs(times - at)
    spread = float(np.std(log_ratio, ddof=1))
    if spread < 1e-12 and extra_variance <= 0:
        middle = float(log_ratio.mean())
        return Forecast(middle, middle, middle, "own history", count)
    unit = max(spread, 1e-9)
    y = log_ratio / unit
    drifts = [_drift_fit(y, gaps, apart, drift, extra_variance=extra_variance / unit**2) for drift in DRIFTS]
    centre, scale, likelihood = (np.array(each) for each in zip(*drifts, strict=True))
    weight = np.exp(likelihood - np.max(likelihood))
    weight /= weight.sum()
    freedom = count - 1
    wide = float(np.max(scale)) * float(special.stdtrit(freedom, 0.5 + LEVEL / 2)) * 2 + float(np.ptp(centre)) + 1e-6
    middle = float(weight @ centre)

    def end(probability: float) -> float:
        def off(point: float) -> float:
            return float(weight @ special.stdtr(freedom, (point - centre) / scale)) - probability

        return float(optimize.brentq(off, middle - wide, middle + wide))

    return Forecast(middle * unit, end(0.5 - LEVEL / 2) * unit, end(0.5 + LEVEL / 2) * unit, "own history", count)


def _drift_fit(
    y: Array, gaps: Array, apart: Array, drift: float, *, extra_variance: float
) -> tuple[float, float, float]:
    """Return centre and scale of the prediction for one size of drift, and its restricted log likelihood.

    ``y`` are log ratios in units of their standard deviation, (n,); ``gaps`` the distances between their periods,
    (n, n); ``apart`` those from the period predicted, (n,); ``drift`` the variance of the random walk per period,
    relative to that of the noise.
    """
    count = y.size
    reach = float(max(np.max(gaps), np.max(apart)))
    # Covariance of a random walk around its unknown level: only differences matter.
    covariance = np.eye(count) + drift * (reach - gaps / 2)
    lower = np.linalg.cholesky(covariance)
    solved = np.linalg.solve(lower, np.column_stack([np.ones(count), y, drift * (reach - apart / 2)]))
    one, value, cross = solved.T
    information = float(one @ one)
    mean = float(one @ value) / information
    residual = value - mean * one
    variance = max(float(residual @ residual) / (count - 1), 1e-12)
    lack = 1.0 - float(cross @ one)
    own = 1.0 + drift * reach - float(cross @ cross) + lack**2 / information
    likelihood = -float(np.log(np.diag(lower)).sum()) - np.log(information) / 2 - (count - 1) / 2 * np.log(variance)
    scale = float(np.sqrt(variance * max(own, 1e-12) + extra_variance))
    return mean + float(cross @ residual), scale, float(likelihood)


def peers_forecast(errors: Array, *, centre: float = 0.0) -> Forecast | None:
    """Forecast the log ratio from the errors (logs, NaN ignored) of the same forecast for peers.

    ``centre``, the rule's own forecast, is shifted by the peers' median error; the interval covers their errors:
    the ceil((n + 1) level)-th smallest, by distance from the median. ``None`` with fewer than 19 peers.

    Method: split conformal prediction; valid if the economy is exchangeable with its peers, for any error distribution.
    """
    known = errors[np.isfinite(errors)]
    if known.size < FEWEST_PEERS:
        return None
    shift = float(np.median(known))
    rank = min(int(np.ceil((known.size + 1) * LEVEL)), known.size)
    half = float(np.sort(np.abs(known - shift))[rank - 1])
    return Forecast(centre + shift, centre + shift - half, centre + shift + half, "peers", int(known.size))


def silent_variance(share_now: float, log_growth: Array, weight: Array) -> float:
    """Return the variance that partners which stopped reporting add to the log of a total.

    ``(1 − share)² · s²``, where ``share_now`` is the share of the history's trade held by partners that still report,
    and ``s²`` the dollar-weighted variance of their growth since (logs) around their common growth: the silent
    partners may have diverged as much. 0 if no partner is silent; with fewer than three partners to
    judge by, ``s`` is 0.5.
    """
    silent = 1.0 - float(np.clip(share_now, 0.0, 1.0))
    if silent <= 0:
        return 0.0
    known = np.isfinite(log_growth) & (weight > 0)
    if int(known.sum()) < 3:
        return silent**2 * 0.25
    growth, share = log_growth[known], weight[known] / weight[known].sum()
    mean = float(share @ growth)
    spread = float(share @ (growth - mean) ** 2) / max(1.0 - float((share**2).sum()), 0.1)
    return silent**2 * spread
