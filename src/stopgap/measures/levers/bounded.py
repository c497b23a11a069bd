"""Project what a stop removes where others can take up no more than their capacity, and what it costs the target.

Per supplier i and good k in the latest common period: of what i sells, ``min(ρ_k · carried, H_ik)`` comes
back, with ρ_k the good's backfill share and H_ik = φ_k · Σ_j X_jk over every supplier j outside the coalition but
the stopped one. The price cost is the rise of the target's price index at its spending V_k, with share s and
elasticity of substitution σ: ``V_k · [(1 − s)^(−1/(σ − 1)) − 1]``.

Method: docs/methods/levers.md. Price cost: Feenstra (1994), Arkolakis, Costinot and Rodríguez-Clare (2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stopgap.measures.levers.capacity import MOST, Z95, Phi
from stopgap.measures.levers.response import Responses
from stopgap.measures.levers.substitution import Fitted, spread_draws
from stopgap.measures.statistics.array_types import Array, Index, Mask

DRAWS = 200
SEED = 0
HIGHEST_COST = 10.0  # price cost by spending at most: with one supplier, or σ near 1, the formula has no bound
LEAST_SIGMA = 1.05  # σ is not taken as lower


@dataclass(frozen=True)
class LeverMarket:
    """Trade of the latest common period, and who else exports the goods.

    Attributes:
        period_usd: (suppliers, goods) dollars a year; NaN for suppliers that did not report the period.
        exports_usd: (suppliers, goods) baseline world exports of the same suppliers; 0 for members.
        others_usd: (goods,) baseline world exports of all suppliers outside the coalition.
        idle_usd: (goods,) of them, of those that sell none to the target in the period.
        routed_usd: (suppliers, goods) part of ``period_usd`` consistent with routing, 0 where unknown.
        sigma: (goods,) elasticities of substitution between suppliers; NaN where suppliers are buyers.
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    period_usd: Array
    is_member: Mask
    exports_usd: Array
    others_usd: Array
    idle_usd: Array
    routed_usd: Array
    sigma: Array
    sigma_from: tuple[str, ...]

    @cached_property
    def is_known(self) -> Mask:
        """Return whether each supplier reported the period, (suppliers,)."""
        return np.asarray(~np.isnan(self.period_usd).any(axis=1))

    @cached_property
    def value_usd(self) -> Array:
        """Return ``period_usd`` with 0 for suppliers that did not report."""
        return np.nan_to_num(self.period_usd)

    @cached_property
    def spending_usd(self) -> Array:
        """Return the target's inflow of each good in the period, (goods,), members of the coalition included."""
        return np.asarray(self.value_usd.sum(axis=0))

    @cached_property
    def share(self) -> Array:
        """Return each supplier's share of the inflow of each good, (suppliers, goods); 0 without any."""
        return np.divide(
            self.value_usd, self.spending_usd, out=np.zeros_like(self.value_usd), where=self.spending_usd > 0
        )

    @cached_property
    def rest_usd(self) -> Array:
        """Return baseline world exports of everyone outside the coalition but the supplier, (suppliers, goods)."""
        return np.maximum(self.others_usd - self.exports_usd, 0.0)


def price_cost(spending: Array, share: Array, sigma: Array) -> Array:
    """Return the price cost of losing a share of the inflow, dollars a year, at most :data:`HIGHEST_COST` of spending.

    NaN without an elasticity.
    """
    left = np.clip(1.0 - share, 0.0, 1.0)
    exponent = 1.0 / (np.maximum(sigma, LEAST_SIGMA) - 1.0)
    log = np.where(left > 0, -np.log(np.where(left > 0, left, 1.0)) * exponent, np.inf)
    cost = spending * (np.exp(np.minimum(log, np.log1p(HIGHEST_COST))) - 1.0)
    return np.where(np.isnan(sigma), np.nan, cost)


@dataclass(frozen=True)
class Parts:
    """One set of parts of the score, as estimated or as drawn: ρ (goods,), φ (goods,) and θ (suppliers,)."""

    ratio: Array
    phi: Array
    response: Array


@dataclass(frozen=True)
class Scored:
    """Dollars that the stop of single cells, and of goods from everyone, removes, and the same by response.

    ``cell`` and ``routed`` are (suppliers, goods), ``good`` is (goods,): ``removed`` dollars, then ``score`` dollars.
    """

    removed: Array
    score: Array
    routed_score: Array
    routed_removed: Array
    good_removed: Array
    good_score: Array


def left_out(carried: Array, ratio: Array, capacity: Array) -> Array:
    """Return dollars removed: carried less what comes back, which is at most the capacity; within 0 and carried."""
    return np.asarray(np.clip(carried - np.minimum(ratio * carried, capacity), 0.0, carried))


def scored(market: LeverMarket, parts: Parts) -> Scored:
    """Return the dollars removed and the score of every cell and every good."""
    phi = np.where(np.isnan(parts.phi), np.inf, parts.phi)  # without a share of exports there is no bound
    capacity = _times(phi, market.rest_usd)
    value, theta = market.value_usd, parts.response[:, None]
    removed = left_out(value, parts.ratio, capacity)
    routed = left_out(market.routed_usd, parts.ratio, capacity)
    good_removed = left_out(market.spending_usd, parts.ratio, _times(phi, market.idle_usd))
    # What a stop of everyone removes counts by the responses of those that sell.
    good_theta = (market.share * theta).sum(axis=0)
    return Scored(removed, removed * theta, routed * theta, routed, good_removed, good_removed * good_theta)


def _times(phi: Array, exports: Array) -> Array:
    """Return capacity; without a known share there is no bound, even where nobody else exports."""
    return np.where(np.isinf(phi), np.inf, np.where(np.isinf(phi), 0.0, phi) * exports)


@dataclass(frozen=True)
class Estimates:
    """Parts of the score with what is not known of them."""

    market: LeverMarket
    fitted: Fitted
    phi: Phi
    responses: Responses

    @cached_property
    def parts(self) -> Parts:
        """Return the parts as estimated."""
        ratio = self.fitted.ratio
        assert ratio is not None
        return Parts(ratio, self.phi.share, self.responses.weights(self.market.suppliers)[0])

    @property
    def has_interval(self) -> bool:
        """Return whether the backfill share has an interval, so that ranks have one."""
        return self.fitted.below is not None and self.fitted.above is not None

    def drawn(self, draws: int = DRAWS, seed: int = SEED) -> list[Parts]:
        """Draw the parts from their intervals, with a fixed seed: ρ and φ common to a slice, θ by supplier.

        How far goods differ in ρ is drawn too: a spread estimated as none is seldom known to be none.
        """
        fitted, ratio = self.fitted, self.parts.ratio
        rng = np.random.default_rng(seed)
        weight, error = self.responses.weights(self.market.suppliers)
        pools = {name: at for at, name in enumerate(dict.fromkeys(self.phi.pool))}
        of_good = np.array([pools[name] for name in self.phi.pool], dtype=np.int64)
        slices = int(fitted.slice_of.max()) + 1 if fitted.slice_of.size else 0
        own_sd = self._own_deviations(draws, rng)
        found = []
        for draw in range(draws):
            common = float(rng.standard_normal())
            half = (fitted.above if common > 0 else fitted.below) or 0.0
            own = rng.standard_normal(slices)[fitted.slice_of] * own_sd[draw]
            turn = rng.standard_normal(len(pools))[of_good]
            ends = np.where(turn > 0, self.phi.high - self.phi.share, self.phi.share - self.phi.low)
            response = np.clip(weight + error * rng.standard_normal(weight.size), 0.0, 1.0)
            found.append(
                Parts(
                    ratio + common * half / Z95 + own, np.clip(self.phi.share + turn * ends / Z95, 0.0, MOST), response
                )
            )
        return found

    def _own_deviations(self, draws: int, rng: np.random.Generator) -> Array:
        """Return the standard deviation of each good's next substitution around its ratio, (draws, goods)."""
        fitted = self.fitted
        if fitted.slices.shape[0] == 0:
            return np.tile(fitted.own_half / Z95, (draws, 1))
        between = spread_draws(fitted.slices, draws, rng)[:, None]
        total = between + fitted.own_variance
        kept = np.divide(between, total, out=np.zeros_like(total), where=np.isfinite(total) & (total > 0))
        return np.asarray(np.sqrt(between * (2 - kept)))


def spearman(one: Array, other: Array) -> float | None:
    """Return the rank correlation of two columns (n,), ties at their mean rank; ``None`` under three or without spread."""
    if one.size < 3:
        return None
    first, second = _mean_ranks(one), _mean_ranks(other)
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / norm if norm > 0 else None


def _mean_ranks(values: Array) -> Array:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[inverse])


def positions_of(names: tuple[str, ...], among: tuple[str, ...]) -> Index:
    """Return the position of each name among others, -1 where it is not one of them."""
    place = {name: at for at, name in enumerate(among)}
    return np.array([place.get(name, -1) for name in names], dtype=np.int64)
