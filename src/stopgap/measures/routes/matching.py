"""Measure goods that may reach the target through hubs: excess on both legs, matched and tested against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.routes.chance_matches import DRAWS, ChanceCase, Gate, OrdinaryLeg, chance_matches, gate
from stopgap.measures.routes.flow import matched
from stopgap.measures.statistics.array_types import Array, Mask

MARKUPS = (1.0, 1.15, 1.3)
"""Divisors of the target's leg for freight, insurance and the hub's own margin. The first is the headline."""


@dataclass(frozen=True)
class Legs:
    """Trade of coalition and hub, and of hub and target, by hub, good and period; current US dollars as reported.

    Periods are the ``lead`` periods before the after-window, then those of the after-window.
    """

    hubs: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Mask  # (goods,)
    member_usd: Array  # (periods, hubs, goods) between the coalition and the hub
    member_expected_usd: Array  # the same, as the suppliers' trade elsewhere would have it
    member_base_usd: Array  # (hubs, goods) baseline dollars a year of that leg
    target_usd: Array  # (periods, hubs, goods) between the hub and the target
    target_expected_usd: Array  # the same, as the hub's trade elsewhere would have it
    is_known: Mask  # (periods, hubs) whether the target's leg was reported; elsewhere it is missing, not 0
    has_members: Mask  # (hubs,) whether the coalition's leg was reported at all
    lead: int  # periods before the after-window: as long as goods can wait at a hub
    members_first: bool  # whether goods come from the coalition (else they go to it)
    periods_per_year: int  # 12 for months, 1 for years
    by_rule: frozenset[str] = frozenset()  # hubs that no list names: found among all economies outside the coalition

    @property
    def after(self) -> slice:
        """Return the periods of the after-window."""
        return slice(self.lead, self.member_usd.shape[0])

    def known_periods(self) -> Array:
        """Return the number of after-window periods with the target's leg, (hubs,)."""
        return np.asarray(self.is_known[self.after].sum(axis=0), dtype=np.float64)

    def per_year(self) -> Array:
        """Return the factor from a sum over the window to dollars a year, (hubs,); 0 if the target's leg is missing."""
        known = self.known_periods()
        return np.divide(float(self.periods_per_year), known, out=np.zeros_like(known), where=known > 0)

    def ordinary(self) -> OrdinaryLeg:
        """Return the coalition's leg in ordinary goods."""
        keep = ~self.is_sanctioned
        return OrdinaryLeg(
            self._cut(self.member_usd, first=self.members_first)[..., keep],
            self._cut(self.member_expected_usd, first=self.members_first)[..., keep],
            self.member_base_usd[:, keep],
            slice(self.lead if self.members_first else 0, None),
        )

    def _cut(self, leg: Array, *, first: bool) -> Array:
        """Return a leg's periods: with the lead if goods enter the hub by it, without if they leave."""
        return leg if first else leg[self.lead :]

    def excess(self, *, adjust: bool) -> tuple[Array, Array]:
        """Return the signed excess of sanctioned goods on the coalition's and the target's leg, (periods, hubs, goods).

        ``adjust`` also removes the hub's growth in ordinary goods.
        """
        keep = self.is_sanctioned
        growth = self.ordinary().growth() if adjust else np.ones(len(self.hubs))
        member = (self.member_usd - growth[:, None] * self.member_expected_usd)[..., keep]
        target = np.where(self.is_known[..., None], self.target_usd - self.target_expected_usd, 0.0)[..., keep]
        return self._cut(member, first=self.members_first), self._cut(target, first=not self.members_first)


@dataclass(frozen=True)
class RouteEstimate:
    """Routes at one markup, with or without adjustment for the hubs' growth in ordinary goods."""

    markup: float
    is_adjusted: bool  # whether the hub's growth in ordinary goods was taken out
    match_usd: Array  # (hubs, sanctioned goods) dollars a year, neither gated nor capped
    matched_usd: Array  # (periods of the leg that leaves the hub, hubs) dollars of the period
    net_usd: Array  # (hubs, sanctioned goods) what counts: gated, and capped by the loss of each good
    gate: Gate  # what chance would match; dollars a year

    def hub_match_usd(self) -> Array:
        """Return dollars a year per hub, neither gated nor capped, (hubs,)."""
        return np.asarray(self.match_usd.sum(axis=1))


@dataclass(frozen=True)
class Routes:
    """Result of :func:`measure_routes`.

    Attributes:
        cases: The headline first, then the other markups, then the headline without the adjustment.
    """

    legs: Legs
    cases: tuple[RouteEstimate, ...]
    member_excess_usd: Array  # (hubs,) sum of the positive excess of the coalition's leg, dollars a year
    target_excess_usd: Array  # (hubs,) the same of the target's leg
    usable: Mask  # (hubs,) whether the hub has ordinary goods enough to tell chance
    growth: Array  # (hubs,) growth of its ordinary trade with the coalition beyond what was expected

    @property
    def headline(self) -> RouteEstimate:
        """Return the case with markup 1, adjusted for the hubs' growth in ordinary goods."""
        return self.cases[0]


def capped(match_usd: Array, counted: Mask, loss_usd: Array | None) -> Array:
    """Return the matches that count (hubs, goods), at most the loss of each good, shared among hubs in proportion.

    A good without loss has no route; if the loss is unknown (``None``) there is no cap.
    """
    kept = match_usd * counted[:, None]
    if loss_usd is None:
        return kept
    total, most = kept.sum(axis=0), np.clip(loss_usd, 0.0, None)
    factor = np.divide(most, total, out=np.ones_like(total), where=total > 0)
    return np.asarray(kept * np.minimum(factor, 1.0))


def _gated(legs: Legs, match_usd: Array, draws_usd: Array, wide_usd: Array, usable: Mask) -> Gate:
    """Gate the listed hubs together, and those found by rule each alone: screening tested them all together."""
    ruled = np.isin(legs.hubs, sorted(legs.by_rule))
    listed = gate(match_usd, draws_usd, wide_usd, usable & ~ruled)
    if not ruled.any():
        return listed
    alone = gate(match_usd, draws_usd, wide_usd, usable & ruled, together=False)
    return Gate(
        threshold_usd=np.where(ruled, alone.threshold_usd, listed.threshold_usd),
        chance_usd=np.where(ruled, alone.chance_usd, listed.chance_usd),
        p_value=np.where(ruled, alone.p_value, listed.p_value),
        counted=np.where(ruled, alone.counted, listed.counted),
        passed_together=listed.passed_together,
    )


def measure_routes(
    legs: Legs,
    loss_usd: Array | None,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    markups: Sequence[float] = MARKUPS,
    unadjusted: bool = True,
) -> Routes:
    """Match both legs past each hub, test the matches against chance, and cap them by the loss.

    ``loss_usd`` (sanctioned goods,) is the coalition's loss in dollars a year, in the order of ``legs.goods``;
    ``None`` if the coalition's own reports are missing. The first of the markups is the headline; ``unadjusted`` adds
    the headline without the adjustment for growth in ordinary goods. Hubs
    without one of the legs have matches of 0 and unknown thresholds: ``legs.is_known`` and
    ``legs.has_members`` distinguish missing from zero.

    Method: docs/methods/routes.md.
    """
    lags, per_year = legs.lead, legs.per_year()
    wanted = [(markup, True) for markup in markups] + [(markup, False) for markup in markups[:1] if unadjusted]
    excess = {adjust: [np.clip(leg, 0.0, None) for leg in legs.excess(adjust=adjust)] for _, adjust in wanted}
    others = [excess[adjust][1] / markup for markup, adjust in wanted]
    chance = chance_matches(
        legs.ordinary(),
        legs.member_base_usd[:, legs.is_sanctioned],
        [ChanceCase(other, adjust) for other, (_, adjust) in zip(others, wanted, strict=True)],
        lags=lags,
        members_first=legs.members_first,
        seed=seed,
        draws=draws,
    )
    usable = chance.usable & legs.has_members & (legs.known_periods() > 0)
    cases = []
    for (markup, adjust), other, found, wide in zip(wanted, others, chance.matches, chance.wide, strict=True):
        member = excess[adjust][0]
        flows = (member, other) if legs.members_first else (other, member)
        match = matched(*flows, lags=lags)
        yearly = match.sum(axis=0) * per_year[:, None]
        gated = _gated(legs, yearly.sum(axis=1), found * per_year, wide * per_year, usable)
        net = capped(yearly, gated.counted, loss_usd)
        cases.append(RouteEstimate(markup, adjust, yearly, match.sum(axis=2), net, gated))
    member, target = legs.excess(adjust=True)
    after = legs.member_usd.shape[0] - lags
    # Where the target's leg is missing, the coalition's can still be told, over all periods.
    seen = np.where(per_year > 0, per_year, legs.periods_per_year / max(after, 1))
    return Routes(
        legs=legs,
        cases=tuple(cases),
        member_excess_usd=np.clip(member, 0.0, None).sum(axis=(0, 2)) * seen,
        target_excess_usd=np.clip(target, 0.0, None).sum(axis=(0, 2)) * per_year,
        usable=usable,
        growth=legs.ordinary().growth(),
    )
