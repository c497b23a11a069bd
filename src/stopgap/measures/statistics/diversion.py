"""Estimate diversion: the dollars that coalition members sold elsewhere for each dollar of sales that was set free.

Method: docs/methods/net-backfill.md (ours). A regression of members' growth elsewhere on the share of their sales
set free, with random effects of members and of goods (Henderson 1975), split-sample instruments (Angrist and Krueger 1995) and errors after MacKinnon and
White (1985).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index

LEAST_CELLS = 12
"""Fewest (member, good) cells with sales to the target and elsewhere for an estimate."""

LARGEST_SHARE = 0.5
"""Cells of which more than half of all sales elsewhere were set free are left out: one such cell outweighs all others."""

WIDEST_LOG = float(np.log(20.0))
WIDEST_SPREAD = 0.5
"""Largest standard deviation that a share between 0 and 1 can have: an estimate with an error as large is halved."""

_ROUNDS = 100
_ROUNDS_OF_FIT = 4


@dataclass(frozen=True)
class Diversion:
    """Dollars that members sold elsewhere for each dollar of sales to the target that was set free.

    ``share`` is ``estimate`` shrunk towards none by its standard error ``error``, and ``spread`` the standard deviation
    of what is left unknown; ``cells`` counts the (member, good) cells used. All are 0 if it cannot be estimated.
    A share below 0 is chance: limited at 0, chance would lower the loss of every coalition that diverted nothing.
    """

    share: float
    estimate: float
    error: float
    spread: float
    cells: int


NONE = Diversion(0.0, 0.0, 0.0, 0.0, 0)


@dataclass(frozen=True)
class MemberSales:
    """Members' sales in cells of (member, good), dollars a year, (n,) each; elsewhere by half of the destinations.

    ``base`` and ``later`` are (2, n): sales elsewhere in the baseline and the after-window, of each half. ``before`` and
    ``after`` are those to the target, ``noise`` the chance variance of the log growth elsewhere.
    """

    member: Index
    good: Index
    base: Array
    later: Array
    before: Array
    after: Array
    noise: Array


def fit_diversion(sales: MemberSales, demand_factor: float) -> Diversion:
    """Regress growth elsewhere on the share of sales that was set free.

    That share is the target's share of baseline sales, times the move of its whole demand (``demand_factor``), minus
    its share of after-window sales: a ratio in which the member's own growth cancels. Chance in sales elsewhere moves
    growth and shares together, so growth in one half of the destinations is regressed with the shares by the other
    half as instruments, both ways.
    """
    usable = (
        (sales.base > 0).all(axis=0) & (sales.later > 0).all(axis=0) & (sales.before > 0) & np.isfinite(sales.noise)
    )
    # By sales to all destinations elsewhere, and to each half.
    base, later = (np.stack([halves.sum(axis=0), *(2 * halves)]) for halves in (sales.base, sales.later))
    shares_before = np.divide(demand_factor * sales.before, base, out=np.zeros_like(base), where=usable)
    shares_after = np.divide(sales.after, later, out=np.zeros_like(later), where=usable)
    usable &= (np.abs(shares_before - shares_after) < LARGEST_SHARE).all(axis=0)
    if int(usable.sum()) < LEAST_CELLS:
        return NONE
    groups = (_packed(sales.member[usable]), _packed(sales.good[usable]))
    noise = 2 * sales.noise[usable]
    before, after = shares_before[:, usable], shares_after[:, usable]
    slope, error = 0.0, 0.0
    for _ in range(_ROUNDS_OF_FIT):
        # Growth rises by log(1 + slope * share of sales without the diverted ones that was set free).
        known = min(max(slope, 0.0), 1.0)
        freed = (before - after) / (1.0 + known * after)
        effect = np.log1p(known * freed) / known if known > 0 else freed
        slopes, influences = [], []
        for half in (0, 1):
            grown = np.log(sales.later[half, usable] / sales.base[half, usable])
            drawn = (effect[0], effect[2 - half], np.clip(grown, -WIDEST_LOG, WIDEST_LOG))
            fitted = _slope(*drawn, noise, groups)
            if fitted is None:
                return NONE
            slopes.append(fitted[0])
            influences.append(fitted[1])
        slope = (slopes[0] + slopes[1]) / 2
        error = float(np.sqrt((((influences[0] + influences[1]) / 2) ** 2).sum()))
    trust = WIDEST_SPREAD**2 / (WIDEST_SPREAD**2 + error**2)
    share = min(max(trust * slope, -1.0), 1.0)
    return Diversion(share, slope, error, error * float(np.sqrt(trust)), int(usable.sum()))


def _slope(
    x: Array, instrument: Array, y: Array, noise: Array, groups: tuple[Index, Index]
) -> tuple[float, Array] | None:
    """Return the slope of y on x by an instrument, with random effects of both groups, and each cell's influence, (n,)."""
    weight = 1.0 / (noise + max(float(np.var(y) - noise.mean()), 0.1 * float(np.var(y)), 1e-6))
    centred, given, left = (values - _mean(values, weight) for values in (x, instrument, y))
    scale = float((weight * given * centred).sum())
    if scale <= 1e-12 * float(weight.sum()):
        return None
    left = left - centred * float((weight * given * left).sum()) / scale
    spreads = [_shared_variance(left, weight, group) for group in groups]
    x_left, z_left, y_left = (_without_effects(values, weight, groups, spreads) for values in (x, instrument, y))
    scale = float((weight * instrument * x_left).sum())
    if scale <= 1e-12 * float(weight.sum()):
        return None
    slope = float((weight * instrument * y_left).sum()) / scale
    # A cell of high leverage draws the line to itself, so its residual is divided by what is left of it.
    leverage = np.clip(weight * z_left * x_left / scale, 0.0, 0.99)
    return slope, weight * z_left * (y_left - slope * x_left) / (1.0 - leverage) / scale


def _packed(places: Index) -> Index:
    return np.unique(places, return_inverse=True)[1].astype(np.int64)


def _mean(values: Array, weight: Array) -> float:
    return float((weight * values).sum() / weight.sum())


def _shared_variance(residual: Array, weight: Array, group: Index) -> float:
    """Return the variance that residuals of one group share: the weighted mean product of pairs, not below 0."""
    product = np.bincount(group, weight * residual) ** 2 - np.bincount(group, (weight * residual) ** 2)
    pairs = np.bincount(group, weight) ** 2 - np.bincount(group, weight**2)
    return max(float(product.sum() / pairs.sum()), 0.0) if pairs.sum() > 0 else 0.0


def _without_effects(values: Array, weight: Array, groups: tuple[Index, Index], spreads: list[float]) -> Array:
    """Return values (n,) minus their mean and the random effects of both groups, each with its variance."""
    parts = [np.zeros(int(group.max()) + 1) for group in groups]
    mean = _mean(values, weight)
    for _ in range(_ROUNDS):
        before = mean
        for number, group in enumerate(groups):
            if spreads[number] <= 0:
                continue
            rest = values - mean - parts[1 - number][groups[1 - number]]
            parts[number] = np.bincount(group, weight * rest) / (np.bincount(group, weight) + 1 / spreads[number])
        mean = _mean(values - parts[0][groups[0]] - parts[1][groups[1]], weight)
        if abs(mean - before) < 1e-12:
            break
    return values - mean - parts[0][groups[0]] - parts[1][groups[1]]
