"""Estimate matches that two legs past a hub would have by chance, from unsanctioned goods.

Method: docs/methods/routes.md. The hub's sanctioned trade with the target is matched with
the coalition's trade with the hub in ordinary goods, scaled to the size of the sanctioned
ones: the goods differ, so such a match cannot be a route.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.routes.flow import total_matched
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
    """Matches by chance, (cases, draws, hubs), in dollars over the window, one case per outflow given."""

    matches: Array
    wide: Array  # the same with the tails that few ordinary goods lack
    usable: Mask  # (hubs,) whether the hub has enough ordinary goods; the others' draws are 0


def chance_matches(
    ordinary: OrdinaryLeg,
    sanctioned_base_usd: Array,
    others: Sequence[Array],
    *,
    lags: int,
    members_first: bool,
    adjust: bool,
    seed: int,
    draws: int = DRAWS,
) -> Chance:
    """Match the hubs' sanctioned excess at the target with ordinary goods' excess at the coalition.

    A draw takes one ordinary good for each sanctioned one, with higher probability for a similar base
    (weight: the smaller base divided by the larger), the same for all hubs as far as their bases allow;
    it measures the hub's growth on a resample of the ordinary goods, since growth is estimated
    only from them.

    Args:
        ordinary: The coalition's leg in ordinary goods.
        sanctioned_base_usd: (hubs, sanctioned goods) dollars a year of the coalition's leg.
        others: Cases of the target's leg: (periods, hubs, sanctioned goods) dollars, not below 0.
        lags: Periods that goods may wait at a hub.
        members_first: Whether goods come from the coalition (else they go to it).
        adjust: Whether the hub's growth in ordinary goods is removed, as it is in the match.
        seed: The same seed gives the same draws.
        draws: Number of draws.
    """
    hubs, goods = sanctioned_base_usd.shape
    traded = (ordinary.base_usd > 0) | (ordinary.actual_usd.sum(axis=0) > 0)
    usable = traded.sum(axis=1) >= LEAST_ORDINARY
    matches, wide = np.zeros((2, len(others), draws, hubs))
    # The cases differ by a factor, so lanes without trade are the same in all.
    hub, good = np.nonzero((others[0].sum(axis=0) > 0) & usable[:, None])
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
    growth = ordinary.growth(weight) if adjust else np.ones((draws, hubs))
    chosen, second = rng.random((2, draws, goods))
    mix = np.sqrt(FEW_GOODS / np.maximum(traded.sum(axis=1), 1))[hub]
    outs = [other[:, hub, good] for other in others]
    step = max(1, BATCH_LANES // hub.size)
    for start in range(0, draws, step):
        part = slice(start, min(start + step, draws))
        grown = growth[part][:, hub]
        excess = _excess(ordinary, ratio, ladder, chosen[part][:, good], grown, hub)
        more = mix * _excess(ordinary, ratio, ladder, second[part][:, good], grown, hub)
        for into, values in ((matches, excess), (wide, excess + more)):
            np.clip(values, 0.0, None, out=values)
            for case, out in enumerate(outs):
                legs = (values, out[:, None]) if members_first else (out[:, None], values)
                found = total_matched(*legs, lags=lags)
                for number, row in enumerate(found):
                    into[case, start + number] = np.bincount(hub, row, minlength=hubs)
    return Chance(matches, wide, usable)


def _excess(ordinary: OrdinaryLeg, ratio: Array, ladder: Array, uniform: Array, growth: Array, hub: Index) -> Array:
    """Return the scaled excess of the ordinary goods in each draw, (periods, draws, lanes)."""
    pick = (uniform[:, :, None] > ladder[None]).sum(axis=2)
    np.minimum(pick, ladder.shape[1] - 1, out=pick)
    scale = ratio[np.arange(hub.size), pick]
    place = hub * ordinary.base_usd.shape[1] + pick
    flat = (ordinary.actual_usd.shape[0], -1)
    actual = ordinary.actual_usd.reshape(flat).take(place, axis=1)
    expected = ordinary.expected_usd.reshape(flat).take(place, axis=1)
    return np.asarray(scale * (actual - growth * expected))


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
    p_value = (1 + (draws_usd >= match_usd).sum(axis=0)) / (draws_usd.shape[0] + 1)
    return Gate(
        threshold_usd=np.where(usable, needed, np.nan),
        chance_usd=np.where(usable, np.median(draws_usd, axis=0), np.nan),
        p_value=np.where(usable, p_value, np.nan),
        counted=usable & (match_usd > needed * (1 + 1e-9)),
        passed_together=passed,
    )
