"""Divide net backfill by the counterfactual loss, with an interval that carries the error of both.

Method: MOVER for ratios of correlated estimates (Donner and Zou 2012, Newcombe 2016), from the asymmetric
intervals of both over placebo destinations; beside it the interval that inverts the placebo rank
test (Conley and Taber 2011).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Mask
from stopgap.measures.statistics.diversion import Diversion
from stopgap.measures.statistics.placebo import Spread

RANK_TAIL = 0.025
LEAST_RANKED = 9
"""Fewest placebos for an interval by ranks: with 9, 80 % is the widest level that ranks can give."""


@dataclass(frozen=True)
class Part:
    """An estimate ``constant + expected * e^error`` of dollars a year; ``expected`` is negative for net backfill.

    ``half_width`` is half of the 95 % interval of ``error`` at the target, ``deviation`` its standard deviation there, and
    ``placebo_deviation`` that without the variance that placebos do not have;
    ``errors`` (placebos,) are placebo deviations from their mean, each divided by its own standard deviation.
    """

    constant: float
    expected: float
    half_width: float
    deviation: float
    placebo_deviation: float
    errors: Array

    @classmethod
    def of(
        cls, constant: float, expected: float, target: tuple[Spread, float, float], placebos: tuple[Array, Array]
    ) -> Part:
        """Build a part from the spread over placebos.

        ``target`` is that spread, the target's Herfindahl index, and its variance that placebos do not have;
        ``placebos`` are their deviations and Herfindahl indices, (placebos,) each.
        """
        spread, own, extra = target
        deviation, index = placebos
        index_at = np.array([own])
        placebo = float(spread.standard_deviation(index_at)[0])
        return cls(
            constant,
            expected,
            half_width=float(spread.half_width(index_at, extra=extra)[0]),
            deviation=math.sqrt(placebo**2 + extra),
            placebo_deviation=placebo,
            errors=spread.scaled(deviation - deviation.mean(), index),
        )

    def at(self, error: Array | float) -> Array:
        """Return the estimate if the counterfactual is off by ``e^error``."""
        return np.asarray(self.constant + self.expected * np.exp(error))

    @property
    def estimate(self) -> float:
        """Return the estimate itself."""
        return self.constant + self.expected

    @property
    def ci95(self) -> tuple[float, float]:
        """Return its 95 % interval."""
        ends = (float(self.at(-self.half_width)), float(self.at(self.half_width)))
        return min(ends), max(ends)


@dataclass(frozen=True)
class RankInterval:
    """Interval by inverting the placebo rank test, and its level (0.95 with 39 placebos or more)."""

    low: float
    high: float
    level: float


@dataclass(frozen=True)
class CounterfactualLoss:
    """What the coalition would have sold of sanctioned goods to the target, minus what it sold; dollars a year.

    ``by_good`` and ``by_member`` sum to ``loss_usd``; members in ``borrowed_growth``, without trade elsewhere, use
    the growth of all members.
    """

    loss_usd: float
    expected_usd: float
    observed_usd: float
    low_usd: float | None
    high_usd: float | None
    by_good: dict[str, float]
    by_member: dict[str, float]
    diversion: Diversion
    borrowed_growth: tuple[str, ...]

    @property
    def is_lost(self) -> bool:
        """Whether the loss is above 0, by its interval if it has one."""
        return self.loss_usd > 0 and (self.low_usd is None or self.low_usd > 0)


@dataclass(frozen=True)
class SymmetricRatio:
    """Net backfill divided by the counterfactual loss, with its 95 % interval and the one by ranks, if any.

    ``correlation`` is that of the errors of both counterfactuals over placebos.
    """

    ratio: float
    ci95: tuple[float, float] | None
    by_ranks: RankInterval | None
    correlation: float


def symmetric_ratio(
    net_usd: float, loss: CounterfactualLoss, net: Part | None, lost: Part | None, known: Mask, extra: float
) -> SymmetricRatio | None:
    """Divide net backfill by the loss; ``None`` if the loss is not above 0 by its interval.

    ``known`` (placebos of ``net``,) tells at which of them ``lost`` has errors; ``extra`` is variance of the target
    that both share.
    """
    if not loss.is_lost:
        return None
    ratio = net_usd / loss.loss_usd
    if net is None or lost is None:
        return SymmetricRatio(ratio, None, None, 0.0)
    errors = net.errors[known]
    seen = error_correlation(errors, lost.errors)
    both = net.deviation * lost.deviation
    own = math.sqrt(max(net.deviation**2 - extra, 0.0) * max(lost.placebo_deviation**2, 0.0))
    correlation = (seen * own + extra) / both if both > 0 else 0.0
    return SymmetricRatio(
        ratio, ratio_interval(net, lost, correlation), ratio_by_ranks(net, lost, errors, lost.errors), correlation
    )


def ratio_interval(net: Part, loss: Part, correlation: float) -> tuple[float, float] | None:
    """Return the 95 % interval of ``net / loss``; ``None`` if the interval of the loss reaches 0.

    ``correlation`` is that of the errors of both counterfactuals.
    """
    both = correlation * math.copysign(1.0, net.expected * loss.expected)
    return mover_interval((net.estimate, *net.ci95), (loss.estimate, *loss.ci95), both)


def mover_interval(
    over: tuple[float, float, float], under: tuple[float, float, float], correlation: float
) -> tuple[float, float] | None:
    """Return the 95 % interval of a ratio of two estimates, each with its 95 % interval (estimate, low, high).

    It holds every ratio R for which 0 lies in the MOVER interval of ``over - R under``; ``None`` if the interval of
    ``under`` reaches 0 or an end is infinite. ``correlation`` is that of both estimates.
    """
    (one, low1, high1), (two, low2, high2) = over, under
    if not low2 > 0 or not all(map(math.isfinite, (low1, high1, low2, high2))):
        return None

    def edge(ratio: float, own: float, below: float, above: float, sign: float) -> float:
        """Return one end of the interval of ``over - ratio * under``; arguments are distances to the ends of both."""
        other = abs(ratio) * (above if ratio >= 0 else below)
        square = own**2 + other**2 - 2 * correlation * math.copysign(1.0, ratio) * own * other
        return one - ratio * two + sign * math.sqrt(max(square, 0.0))

    def lower(ratio: float) -> float:
        return edge(ratio, one - low1, two - low2, high2 - two, -1.0)

    def upper(ratio: float) -> float:
        return edge(ratio, high1 - one, high2 - two, two - low2, 1.0)

    middle = one / two
    # Both fall with the ratio, and beyond these ends their signs are certain.
    far = (abs(one) + (high1 - low1)) / low2 + 1.0
    return _root(lower, -far, middle), _root(upper, middle, far)


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling function crosses 0, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
        if high - low <= 1e-13 * max(1.0, abs(low)):
            break
    return (low + high) / 2


def rank_interval(values: Array) -> RankInterval | None:
    """Return the interval that inverts the placebo rank test: ``values`` (placebos,) under each one's deviations.

    ``None`` with fewer than :data:`LEAST_RANKED` placebos, or if an end is not a number.
    """
    known = np.sort(values[np.isfinite(values)])
    if known.size < LEAST_RANKED or known.size < values.size:
        return None
    tail = max(1, int(RANK_TAIL * (known.size + 1)))
    return RankInterval(float(known[tail - 1]), float(known[-tail]), 1 - 2 * tail / (known.size + 1))


def ratio_by_ranks(net: Part, loss: Part, net_errors: Array, loss_errors: Array) -> RankInterval | None:
    """Return the interval of ``net / loss`` that inverts the placebo rank test.

    ``net_errors`` and ``loss_errors`` (placebos,) are placebo deviations of both counterfactuals, divided by their
    standard deviations there. A ratio with a loss not above 0 counts as unbounded.
    """
    over, under = net.at(net_errors * net.deviation), loss.at(loss_errors * loss.deviation)
    ratios = np.divide(over, under, out=np.full_like(over, np.inf), where=under > 0)
    return rank_interval(ratios)


def error_correlation(net_errors: Array, loss_errors: Array) -> float:
    """Return the correlation of two sets of placebo deviations, (placebos,) each; 0 with fewer than three."""
    if net_errors.size < 3:
        return 0.0
    one, other = net_errors - net_errors.mean(), loss_errors - loss_errors.mean()
    size = math.sqrt(float(one @ one) * float(other @ other))
    return float(np.clip(one @ other / size, -0.99, 0.99)) if size > 0 else 0.0
