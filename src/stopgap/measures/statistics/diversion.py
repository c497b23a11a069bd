"""Estimate diversion: the dollars that coalition members sold elsewhere for each dollar of sales that was set free.

Method: docs/methods/net-backfill.md (ours). A regression of members' growth elsewhere on the share of their sales
set free, with random effects of members and of goods (Henderson 1975) and errors after MacKinnon and White (1985).
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
LARGEST_ERROR = 1.0
"""Standard error from which nothing is known of a share between 0 and 1, and it is taken as 0."""

_ROUNDS = 100


@dataclass(frozen=True)
class Diversion:
    """Dollars that members sold elsewhere for each dollar of sales to the target that was set free, 0 to 1.

    ``estimate`` is the share before it is limited to 0 to 1, ``error`` its standard error, from 1 on which nothing is
    known and ``share`` is 0; ``cells`` counts the (member, good) cells used. All are 0 if it cannot be estimated.
    """

    share: float
    estimate: float
    error: float
    cells: int


NONE = Diversion(0.0, 0.0, 0.0, 0)


@dataclass(frozen=True)
class MemberSales:
    """Members' sales in cells of (member, good), dollars a year, (n,) each.

    ``base`` and ``later`` are sales elsewhere in the baseline and the after-window, ``before`` and ``after`` those to
    the target; ``noise`` is the chance variance of the log growth elsewhere.
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
    its share of after-window sales: a ratio in which the member's own growth cancels.
    """
    usable = (sales.base > 0) & (sales.later > 0) & (sales.before > 0) & np.isfinite(sales.noise)
    share = np.zeros_like(sales.base)
    share[usable] = (
        demand_factor * sales.before[usable] / sales.base[usable] - sales.after[usable] / sales.later[usable]
    )
    usable &= np.abs(share) < LARGEST_SHARE
    if int(usable.sum()) < LEAST_CELLS:
        return NONE
    x, member, good = share[usable], _packed(sales.member[usable]), _packed(sales.good[usable])
    y = np.clip(np.log(sales.later[usable] / sales.base[usable]), -WIDEST_LOG, WIDEST_LOG)
    noise = sales.noise[usable]
    weight = 1.0 / (noise + max(float(np.var(y) - noise.mean()), 0.1 * float(np.var(y)), 1e-6))
    left = y - _mean(y, weight)
    centred = x - _mean(x, weight)
    scale = float((weight * centred * centred).sum())
    if scale <= 1e-12 * float(weight.sum()):
        return NONE
    left = left - centred * float((weight * centred * left).sum()) / scale
    spreads = [_shared_variance(left, weight, group) for group in (member, good)]
    x_left, y_left = (_without_effects(values, weight, (member, good), spreads) for values in (x, y))
    scale = float((weight * x * x_left).sum())
    if scale <= 1e-12 * float(weight.sum()):
        return NONE
    slope = float((weight * x * y_left).sum()) / scale
    # A cell of high leverage draws the line to itself, so its residual is divided by what is left of it.
    leverage = np.clip(weight * x * x_left / scale, 0.0, 0.99)
    residual = (y_left - slope * x_left) / (1.0 - leverage)
    error = float(np.sqrt(((weight * x_left * residual) ** 2).sum())) / scale
    return Diversion(min(max(slope, 0.0), 1.0) if error < LARGEST_ERROR else 0.0, slope, error, x.size)


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
