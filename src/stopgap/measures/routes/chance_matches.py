"""Estimate matches that two legs past a hub would have by chance, from unsanctioned goods.

Method: docs/methods/routes.md. The hub's sanctioned trade with the target is matched with
the coalition's trade with the hub in ordinary goods, scaled to the size of the sanctioned
ones: the goods differ, so such a match cannot be a route.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.routes.flow import FlowTotal
from stopgap.measures.statistics.array_types import Array, Index, Mask

DRAWS = 400
LEVEL = 0.95  # a hub's match must exceed this quantile of its draws
TOGETHER_LEVEL = 0.9875
"""Level of the two joint tests of all hubs, their sum and the largest of them; one must be passed."""

FEW_GOODS = 4.0
"""A wide draw adds sqrt(4 / n) times a second good's excess, because n goods hold too few extremes of chance."""

LEAST_ORDINARY = 5  # ordinary goods that a hub must trade with the coalition; fewer say nothing of chance
SMALL_BASE_SHARE = 0.01
"""Share of the mean base added to each good's base, so that goods without baseline trade can be scaled too."""

ROUNDING = 1e-9
"""Relative difference below which a draw and a match are the same: both can be all that left the hub."""

LARGEST_Z = 50.0
BATCH_LANES = 8_000  # lanes at a time: so many stay in a processor's cache


@dataclass(frozen=True)
class OrdinaryLeg:
    """The coalition's leg in the ordinary goods that draws are taken from, for one set of hubs."""

    actual_usd: Array  # (periods, hubs, ordinary goods)
    expected_usd: Array  # (periods, hubs, ordinary goods), before the hubs' own growth
    base_usd: Array  # (hubs, ordinary goods) dollars a year in the baseline
    counts: slice  # periods that count for growth: the after-window's, not the lead before it

    def growth(self, weight: Array | None = None) -> Array:
        """Return the growth of a hub's ordinary trade with the coalition beyond expectation, (hubs,) or (draws, hubs).

        ``weight`` (draws, ordinary goods) is the number of times a good is in a draw; ``None`` counts each once.
        """
        actual = self.actual_usd[self.counts].sum(axis=0)
        expected = self.expected_usd[self.counts].sum(axis=0)
        if weight is None:
            over, under = actual.sum(axis=1), expected.sum(axis=1)
        else:
            over, under = weight @ actual.T, weight @ expected.T
        ratio = np.divide(over, under, out=np.ones_like(over), where=(under > 0) & (over > 0))
        return np.asarray(np.clip(ratio, 0.05, 20.0))


@dataclass(frozen=True)
class Chance:
    """Matches by chance, (cases, draws, hubs), in dollars over the window, one for each case given."""

    matches: Array
    wide: Array  # the same with the tails that few ordinary goods lack
    usable: Mask  # (hubs,) whether the hub has enough ordinary goods; the others' draws are 0


@dataclass(frozen=True)
class ChanceCase:
    """One way to match: the target's leg, and whether the hub's growth in ordinary goods is removed."""

    other_usd: Array  # (periods, hubs, sanctioned goods) dollars, not below 0; cases differ by a factor
    is_adjusted: bool


def chance_matches(
    ordinary: OrdinaryLeg,
    sanctioned_base_usd: Array,
    cases: Sequence[ChanceCase],
    *,
    lags: int,
    members_first: bool,
    seed: int,
    draws: int = DRAWS,
) -> Chance:
    """Match the hubs' sanctioned excess at the target with ordinary goods' excess at the coalition.

    A draw takes one ordinary good for each sanctioned one, with higher probability for a similar base
    (weight: the smaller base divided by the larger), the same for all hubs as far as their bases allow;
    it measures the hub's growth on a resample of the ordinary goods, since growth is estimated
    only from them. All cases have the same draws.

    Args:
        ordinary: The coalition's leg in ordinary goods.
        sanctioned_base_usd: (hubs, sanctioned goods) dollars a year of the coalition's leg.
        cases: Cases of the target's leg.
        lags: Periods that goods may wait at a hub.
        members_first: Whether goods come from the coalition (else they go to it).
        seed: The same seed gives the same draws.
        draws: Number of draws.
    """
    hubs, goods = sanctioned_base_usd.shape
    traded = (ordinary.base_usd > 0) | (ordinary.actual_usd.sum(axis=0) > 0)
    usable = traded.sum(axis=1) >= LEAST_ORDINARY
    matches, wide = np.zeros((2, len(cases), draws, hubs))
    # The cases differ by a factor, so lanes without trade are the same in all.
    hub, good = np.nonzero((cases[0].other_usd.sum(axis=0) > 0) & usable[:, None])
    if hub.size == 0:
        return Chance(matches, wide, usable)
    rng = np.random.default_rng(seed)
    small = SMALL_BASE_SHARE * np.concatenate([sanctioned_base_usd, ordinary.base_usd], axis=1).mean(axis=1)
    small = np.where(small > 0, small, 1.0)[:, None]
    base, size = ordinary.base_usd + small, sanctioned_base_usd + small
    ratio = size[hub, good][:, None] / base[hub]  # (lanes, ordinary)
    likeness = np.where(traded[hub], np.minimum(ratio, 1 / ratio), 0.0)
    ladder = np.cumsum(likeness, axis=1)
    ladder /= ladder[:, -1:]
    count = ordinary.base_usd.shape[1]
    weight = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    growth = ordinary.growth(weight)
    picks = [_picked(ladder, uniform[:, good]) for uniform in rng.random((2, draws, goods))]
    mix = np.sqrt(FEW_GOODS / np.maximum(traded.sum(axis=1), 1))[hub]
    outs = [np.ascontiguousarray(case.other_usd[:, hub, good]) for case in cases]
    lanes, step = np.arange(hub.size), max(1, BATCH_LANES // hub.size)
    for start in range(0, draws, step):
        part = slice(start, min(start + step, draws))
        first, second = (pick[part] for pick in picks)
        batch = _Batch(
            ordinary,
            (hub * count + first, hub * count + second),
            (ratio[lanes, first], mix * ratio[lanes, second]),
            growth[part][:, hub],
        )
        found = batch.totals(outs, [case.is_adjusted for case in cases], lags=lags, members_first=members_first)
        for into, totals in zip((matches, wide), found, strict=True):
            for case, total in enumerate(totals):
                for number, row in enumerate(total.usd):
                    into[case, start + number] = np.bincount(hub, row, minlength=hubs)
    return Chance(matches, wide, usable)


def _picked(ladder: Array, uniform: Array) -> Index:
    """Return the ordinary good of each draw and lane, (draws, lanes); ``ladder`` is (lanes, ordinary goods), up to 1."""
    pick = np.empty(uniform.shape, dtype=np.int64)
    for lane, steps in enumerate(ladder):
        pick[:, lane] = np.searchsorted(steps, uniform[:, lane])
    return np.asarray(np.minimum(pick, ladder.shape[1] - 1))


@dataclass(frozen=True)
class _Batch:
    """Some draws: places of both goods drawn, and their scales, each (draws, lanes), and growth, (draws, lanes)."""

    ordinary: OrdinaryLeg
    places: tuple[Index, Index]
    scales: tuple[Array, Array]
    growth: Array

    def totals(
        self, outs: Sequence[Array], is_adjusted: Sequence[bool], *, lags: int, members_first: bool
    ) -> tuple[list[FlowTotal], list[FlowTotal]]:
        """Return the flow of each case, with the first good alone and with the second's tails."""
        shape = self.growth.shape
        found = [FlowTotal.of(shape) for _ in outs], [FlowTotal.of(shape) for _ in outs]
        kinds = sorted(set(is_adjusted))
        cases = {kind: [at for at, adjusted in enumerate(is_adjusted) if adjusted is kind] for kind in kinds}
        came: dict[tuple[bool, int], list[Array]] = {}
        sums = [] if members_first else [np.cumsum(out, axis=0) for out in outs]
        for period in range(self.ordinary.actual_usd.shape[0]):
            legs = self._legs(period)
            for kind in kinds:
                for tails, excess in enumerate(self._excess(legs, is_adjusted=kind)):
                    if not members_first:
                        for case in cases[kind]:
                            expired = sums[case][period - 1] if period else 0.0
                            found[tails][case].add(excess, expired, sums[case][period + lags])
                        continue
                    recent = came.setdefault((kind, tails), [])
                    recent.append(excess + recent[-1] if recent else excess)
                    if period < lags:
                        continue
                    for case in cases[kind]:
                        expired = recent[0] if period > lags else 0.0
                        found[tails][case].add(outs[case][period - lags], expired, recent[-1])
                    if period > lags:
                        del recent[0]
        return found

    def _legs(self, period: int) -> list[tuple[Array, Array, Array]]:
        """Return actual and expected dollars of both goods drawn in one period, with their scales."""
        actual, expected = self.ordinary.actual_usd[period].ravel(), self.ordinary.expected_usd[period].ravel()
        pairs = zip(self.places, self.scales, strict=True)
        return [(actual.take(place), expected.take(place), scale) for place, scale in pairs]

    def _excess(self, legs: Sequence[tuple[Array, Array, Array]], *, is_adjusted: bool) -> tuple[Array, Array]:
        """Return the scaled excess of the first good and with the second's tails, not below 0, (draws, lanes)."""
        excess = []
        for actual, expected, scale in legs:
            values = self.growth * expected if is_adjusted else expected.copy()
            np.subtract(actual, values, out=values)
            values *= scale
            excess.append(values)
        alone, both = excess
        both += alone
        return np.maximum(alone, 0.0, out=alone), np.maximum(both, 0.0, out=both)


@dataclass(frozen=True)
class Gate:
    """Hubs whose matches exceed chance, each array (hubs,); NaN if chance cannot be estimated."""

    threshold_usd: Array  # a match must exceed it
    chance_usd: Array  # median draw
    p_value: Array  # share of draws at or above the match
    counted: Mask
    passed_together: bool  # whether the hubs together differ from chance


def gate(match_usd: Array, draws_usd: Array, wide_usd: Array, usable: Mask, *, together: bool = True) -> Gate:
    """Test which hubs match more than by chance: ``match_usd`` (hubs,) against draws (draws, hubs), for usable hubs.

    A hub must exceed the 95th percentile of its own draws. With many hubs, one of them
    does so by chance more often than not, so first the hubs together must differ
    from chance: by the sum of their standardised matches, or by the largest, against draws with
    wider tails. If they do not, a hub's threshold is the match it alone would have needed for that.
    Hubs already tested together skip that step (``together`` is false).
    """
    unknown = np.full(match_usd.shape, np.nan)
    if not usable.any():
        return Gate(unknown, unknown, unknown, np.zeros(match_usd.shape, dtype=bool), passed_together=False)
    centre, sd = wide_usd.mean(axis=0), wide_usd.std(axis=0)

    def standardised(values: Array) -> Array:
        over = values - centre
        # Draws that never differ: anything above them is far above.
        flat = np.where(over > 1e-9 * np.maximum(centre, 1.0), LARGEST_Z, 0.0)
        z = np.divide(over, sd, out=flat, where=np.broadcast_to(sd > 1e-12 * centre, over.shape))
        return np.where(usable, np.clip(z, -LARGEST_Z, LARGEST_Z), 0.0)

    ours, chance = standardised(match_usd), standardised(wide_usd)
    largest = float(np.quantile(chance.max(axis=1), TOGETHER_LEVEL))
    passed = bool(ours.sum() > np.quantile(chance.sum(axis=1), TOGETHER_LEVEL) or ours.max() > largest)
    own = np.quantile(draws_usd, LEVEL, axis=0)
    passed = passed or not together
    needed = own if passed else np.maximum(own, centre + largest * sd)
    p_value = (1 + (draws_usd >= match_usd * (1 - ROUNDING)).sum(axis=0)) / (draws_usd.shape[0] + 1)
    return Gate(
        threshold_usd=np.where(usable, needed, np.nan),
        chance_usd=np.where(usable, np.median(draws_usd, axis=0), np.nan),
        p_value=np.where(usable, p_value, np.nan),
        counted=usable & (match_usd > needed * (1 + ROUNDING)),
        passed_together=passed,
    )
