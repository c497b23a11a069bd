"""Goods that may reach the target through hubs: excess on both legs, matched, and held against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.routes.chance_matches import DRAWS, Gate, OrdinaryLeg, chance_matches, gate
from stopgap.measures.routes.flow import matched
from stopgap.measures.statistics.array_types import Array, Mask

MARKUPS = (1.0, 1.15, 1.3)
"""By what the target's leg is divided: freight, insurance and the hub's own price. The first is the headline."""


@dataclass(frozen=True)
class Legs:
    """Both legs past every hub, by good and period; current US dollars as reported.

    Periods are the ``lead`` ones before the after-window and those of the after-window.
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

    @property
    def after(self) -> slice:
        """Periods of the after-window."""
        return slice(self.lead, self.member_usd.shape[0])

    def known_periods(self) -> Array:
        """(hubs,) periods of the after-window with the target's leg."""
        return np.asarray(self.is_known[self.after].sum(axis=0), dtype=np.float64)

    def per_year(self) -> Array:
        """(hubs,) what a sum over the window counts in dollars a year; 0 where the target's leg is missing."""
        known = self.known_periods()
        return np.divide(float(self.periods_per_year), known, out=np.zeros_like(known), where=known > 0)

    def ordinary(self) -> OrdinaryLeg:
        """The coalition's leg in ordinary goods."""
        keep = ~self.is_sanctioned
        return OrdinaryLeg(
            self._cut(self.member_usd, first=self.members_first)[..., keep],
            self._cut(self.member_expected_usd, first=self.members_first)[..., keep],
            self.member_base_usd[:, keep],
            slice(self.lead if self.members_first else 0, None),
        )

    def _cut(self, leg: Array, *, first: bool) -> Array:
        """A leg's periods: with the lead where goods enter the hub, without where they leave it."""
        return leg if first else leg[self.lead :]

    def excess(self, *, adjust: bool) -> tuple[Array, Array]:
        """Signed excess of the sanctioned goods: the coalition's leg and the target's, (periods, hubs, goods).

        ``adjust`` takes out the hub's growth in ordinary goods, too.
        """
        keep = self.is_sanctioned
        growth = self.ordinary().growth() if adjust else np.ones(len(self.hubs))
        member = (self.member_usd - growth[:, None] * self.member_expected_usd)[..., keep]
        target = np.where(self.is_known[..., None], self.target_usd - self.target_expected_usd, 0.0)[..., keep]
        return self._cut(member, first=self.members_first), self._cut(target, first=not self.members_first)


@dataclass(frozen=True)
class RouteEstimate:
    """The routes at one markup, with or without the hubs' growth in ordinary goods."""

    markup: float
    is_adjusted: bool  # whether the hub's growth in ordinary goods was taken out
    match_usd: Array  # (hubs, sanctioned goods) dollars a year, neither gated nor capped
    matched_usd: Array  # (periods of the leg that leaves the hub, hubs) dollars of the period
    net_usd: Array  # (hubs, sanctioned goods) what counts: gated, and capped by the loss of each good
    gate: Gate  # what chance would match; dollars a year

    def hub_match_usd(self) -> Array:
        """(hubs,) dollars a year, neither gated nor capped."""
        return np.asarray(self.match_usd.sum(axis=1))


@dataclass(frozen=True)
class Routes:
    """What :func:`measure_routes` finds.

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
        """Markup 1, the hubs' growth in ordinary goods taken out."""
        return self.cases[0]


def capped(match_usd: Array, counted: Mask, loss_usd: Array | None) -> Array:
    """What counts of the matches (hubs, goods), at most the loss of each good, shared among hubs in proportion.

    A good without loss has no route; where the loss is not known (``None``) there is no cap.
    """
    kept = match_usd * counted[:, None]
    if loss_usd is None:
        return kept
    total, most = kept.sum(axis=0), np.clip(loss_usd, 0.0, None)
    factor = np.divide(most, total, out=np.ones_like(total), where=total > 0)
    return np.asarray(kept * np.minimum(factor, 1.0))


def measure_routes(
    legs: Legs, loss_usd: Array | None, *, seed: int = 0, draws: int = DRAWS, markups: Sequence[float] = MARKUPS
) -> Routes:
    """Matches of both legs past each hub, gated by chance and capped by the loss.

    ``loss_usd`` (sanctioned goods,) is the coalition's loss in dollars a year, in the order of ``legs.goods``;
    ``None`` where the coalition's own reports are missing. The first of the markups is the headline's. Hubs
    without either leg have matches of 0 and unknown thresholds: the caller tells missing from nothing by
    ``legs.is_known`` and ``legs.has_members``.

    Method: docs/methods/routes.md.
    """
    lags, per_year = legs.lead, legs.per_year()
    usable = np.zeros(len(legs.hubs), dtype=bool)
    cases = []
    for adjust, wanted in ((True, tuple(markups)), (False, tuple(markups[:1]))):
        member, target = legs.excess(adjust=adjust)
        member = np.clip(member, 0.0, None)
        others = [np.clip(target, 0.0, None) / markup for markup in wanted]
        chance = chance_matches(
            legs.ordinary(),
            legs.member_base_usd[:, legs.is_sanctioned],
            others,
            lags=lags,
            members_first=legs.members_first,
            adjust=adjust,
            seed=seed,
            draws=draws,
        )
        usable = chance.usable & legs.has_members & (legs.known_periods() > 0)
        for markup, other, found, wide in zip(wanted, others, chance.matches, chance.wide, strict=True):
            flows = (member, other) if legs.members_first else (other, member)
            match = matched(*flows, lags=lags)
            yearly = match.sum(axis=0) * per_year[:, None]
            gated = gate(yearly.sum(axis=1), found * per_year, wide * per_year, usable)
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
