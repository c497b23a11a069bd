"""Rank every lever on an inflow by the trade that stopping it would remove.

Where capacities are known levers are ranked by score, else by what the measured substitution leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from stopgap.measures.levers.bounded import Estimates, Scored, scored, spearman
from stopgap.measures.levers.removal import Cut, Inflow, Projection, project
from stopgap.measures.levers.scored_levers import Cells, LeverScore, lever_score, rank_intervals, scores_of
from stopgap.measures.levers.substitution import Fitted
from stopgap.measures.statistics.array_types import Array, Index

KINDS = ("good", "hub", "re-exports", "supplier", "supplier-good")
"""Kinds of lever. ``company`` is reserved for levers on companies."""


_UNITS = {
    "good": "{}",
    "heading": "HS4",
    "hub": "hub",
    "re-exports": "hub's re-exports",
    "supplier": "supplier",
    "supplier-good": "supplier x {}",
}
"""Unit of action of each kind; ``{}`` is replaced by the level of the goods."""


@dataclass(frozen=True)
class LeverNames:
    """Display names: descriptions of goods and headings, names of suppliers, and the code level of the goods."""

    goods: Mapping[str, str] = field(default_factory=dict)
    suppliers: Mapping[str, str] = field(default_factory=dict)
    level: str = "HS6"


@dataclass(frozen=True)
class Lever:
    """A lever: a part of the trade that could be stopped, and the dollars that stopping it would remove.

    Attributes:
        rank: From 1, by ``score_usd``; where there are no scores by ``removed_usd``, then the low end of its range,
            then ``carried_usd``. Levers without a score of their own follow those with one.
        kind: One of :data:`KINDS`.
        unit: Unit of action in words.
        supplier: Economy that would stop; ``None`` for all suppliers.
        hub: The same, if the episode names it a hub.
        good: Code or heading that would be stopped; ``None`` for every good of the list.
        role: ``hub``, ``supplier`` or ``member`` of the coalition; ``None`` for a good.
        why: Explanation of the figures, in a sentence.
        rank_by_removed: Rank by ``removed_usd``, without capacity and response.
        score: What the rank rests on; ``None`` where there is none.
    """

    rank: int
    kind: str
    unit: str
    supplier: str | None
    hub: str | None
    good: str | None
    role: str | None
    description: str
    projection: Projection
    why: str
    rank_by_removed: int = 0
    score: LeverScore | None = None


@dataclass(frozen=True)
class RankedLevers:
    """Levers shown, the number of all, and the rank correlation of the ranking with carried value over all of them."""

    levers: tuple[Lever, ...]
    count: int
    correlation: float | None = None


@dataclass(frozen=True)
class _Candidates:
    """Levers before their projections: positions, dollars carried and dollars removed."""

    kind: str
    supplier: Index  # -1: every one
    good: Index  # position among goods, or among headings; -1: every one
    carried: Array
    removed: Array


@dataclass(frozen=True)
class _Ground:
    inflow: Inflow
    fitted: Fitted
    headings: tuple[str, ...]
    heading_of: Index  # (goods,)


def rank_levers(
    inflow: Inflow,
    fitted: Fitted,
    *,
    headings: Mapping[str, str],
    kinds: Collection[str] = KINDS,
    limit: int | None = None,
    words: LeverNames | None = None,
    estimates: Estimates | None = None,
) -> RankedLevers:
    """Return the levers with any trade, those that would remove most first.

    Levers overlap: a supplier's goods are part of the supplier, so their dollars must not be added. ``headings``
    maps goods to four-digit headings; those with several goods are levers too. A hub is a ``hub``, or a
    ``supplier`` if ``kinds`` does not include hubs. With ``estimates`` (of the same suppliers and goods) the rank is
    by score, without by dollars removed.

    Method: docs/methods/levers.md.
    """
    names = tuple(sorted({headings[good] for good in inflow.goods}))
    place = {name: at for at, name in enumerate(names)}
    of_good = np.array([place[headings[good]] for good in inflow.goods], dtype=np.int64)
    ground = _Ground(inflow, fitted, names, of_good)
    found = [part for part in _candidates(ground, set(kinds)) if part.carried.size]
    total = sum(part.carried.size for part in found)
    if not total:
        return RankedLevers((), 0)
    removed = np.concatenate([part.removed for part in found])
    carried = np.concatenate([part.carried for part in found])
    by_removed = np.lexsort((np.arange(total), -carried, -removed))
    point, dollars, order = None, removed, by_removed
    if estimates is not None:
        point = scored(estimates.market, estimates.parts)
        dollars = _scores(ground, found, point, estimates)
        order = np.lexsort((np.arange(total), -carried, -removed, -np.nan_to_num(dollars, nan=-1.0)))
    shown = order[: total if limit is None else limit]
    starts = np.cumsum([0, *(part.carried.size for part in found)])
    levers = []
    for position in shown:
        which = int(np.searchsorted(starts, position, side="right")) - 1
        part, row = found[which], int(position - starts[which])
        cells = part.kind, int(part.supplier[row]), int(part.good[row])
        levers.append(_lever(ground, *cells, words or LeverNames(), (estimates, point)))
    known = ~np.isnan(dollars)
    correlation = spearman(dollars[known], carried[known])
    if estimates is None:
        levers.sort(key=_order)
        levers = [replace(lever, rank=rank, rank_by_removed=rank) for rank, lever in enumerate(levers, 1)]
        return RankedLevers(tuple(levers), total, correlation)
    old = np.empty(total, dtype=np.int64)
    old[by_removed] = np.arange(1, total + 1)
    ends = rank_intervals(estimates, [(part.kind, part.supplier, part.good) for part in found], shown, of_good)
    levers = [
        replace(
            lever,
            rank=rank,
            rank_by_removed=int(old[position]),
            score=None if lever.score is None else replace(lever.score, rank_ci95=ends[rank - 1] if ends else None),
        )
        for rank, (lever, position) in enumerate(zip(levers, shown.tolist(), strict=True), 1)
    ]
    return RankedLevers(tuple(levers), total, correlation)


def _scores(ground: _Ground, found: list[_Candidates], point: Scored, estimates: Estimates) -> Array:
    """Return the score of every candidate, NaN for suppliers that did not report the period."""
    scores = np.concatenate(
        [scores_of(part.kind, part.supplier, part.good, point, ground.heading_of) for part in found]
    )
    suppliers = np.concatenate([part.supplier for part in found])
    scores[(suppliers >= 0) & ~estimates.market.is_known[suppliers]] = np.nan
    return scores


def _order(lever: Lever) -> tuple[float, float, float, str, str, str]:
    shown = lever.projection
    dollars = (-(shown.removed_usd or 0.0), -shown.removed_range_usd[0], -shown.carried_usd)
    return (*dollars, lever.kind, lever.supplier or "", lever.good or "")


def _candidates(ground: _Ground, kinds: set[str]) -> list[_Candidates]:
    inflow, fitted = ground.inflow, ground.fitted
    value = inflow.value_usd
    ratio = fitted.ratio if fitted.ratio is not None else np.zeros(len(inflow.goods))
    back = value * ratio
    found = []

    def add(kind: str, supplier: Index, good: Index, dollars: Array, returned: Array) -> None:
        keep = dollars > 0
        carried = dollars[keep]
        removed = np.clip(carried - returned[keep], 0.0, carried)
        found.append(_Candidates(kind, supplier[keep], good[keep], carried, removed))

    suppliers = np.arange(len(inflow.suppliers))
    goods = np.arange(len(inflow.goods))
    nowhere = np.full(len(suppliers), -1)
    # The only good is the whole trade: no lever among others.
    if "good" in kinds and (len(goods) > 1 or kinds == {"good"}):
        add("good", np.full(len(goods), -1), goods, value.sum(axis=0), back.sum(axis=0))
        several = np.flatnonzero(np.bincount(ground.heading_of, minlength=len(ground.headings)) > 1)
        sums, returned = (
            np.bincount(ground.heading_of, dollars.sum(axis=0), minlength=len(ground.headings)).astype(np.float64)
            for dollars in (value, back)
        )
        add("heading", np.full(several.size, -1), several, sums[several], returned[several])
    as_hub = inflow.is_hub & ("hub" in kinds)
    for kind, taken in (("hub", as_hub), ("supplier", ~as_hub)):
        if kind in kinds:
            add(kind, suppliers[taken], nowhere[taken], value.sum(axis=1)[taken], back.sum(axis=1)[taken])
    if "re-exports" in kinds and inflow.routed_usd is not None:
        routed = inflow.known_routing_usd
        add("re-exports", suppliers, nowhere, routed.sum(axis=1), (routed * ratio).sum(axis=1))
    if "supplier-good" in kinds:
        # A supplier of one good alone is a lever already, where suppliers are asked for.
        is_told = (value > 0).sum(axis=1) < 2 if "supplier" in kinds else np.zeros(len(suppliers), dtype=bool)
        rows, columns = np.nonzero((value > 0) & ~is_told[:, None])
        add("supplier-good", rows, columns, value[rows, columns], back[rows, columns])
    return found


def cut_of(inflow: Inflow, suppliers: Index, goods: Index, *, share: float = 1.0) -> Cut:
    """Build a full or partial stop of some suppliers in some goods."""
    part = np.zeros((len(inflow.suppliers), goods.size))
    part[suppliers] = share
    return Cut(goods, part)


def cut_of_routing(inflow: Inflow, suppliers: Index, goods: Index, *, share: float = 1.0) -> Cut:
    """Build a stop of only the trade consistent with routing; empty if routes are not measured."""
    part = np.zeros((len(inflow.suppliers), goods.size))
    through = np.zeros_like(part)
    if inflow.routed_usd is not None:
        value = inflow.value_usd[:, goods]
        routed = inflow.known_routing_usd[:, goods]
        whole = np.divide(routed, value, out=np.zeros_like(value), where=value > 0)
        part[suppliers] = whole[suppliers] * share
        through[suppliers] = share
    return Cut(goods, part, through)


def _lever(
    ground: _Ground,
    kind: str,
    supplier: int,
    good: int,
    words: LeverNames,
    scoring: tuple[Estimates | None, Scored | None],
) -> Lever:
    inflow = ground.inflow
    everyone, all_goods = np.arange(len(inflow.suppliers)), np.arange(len(inflow.goods))
    rows = everyone if supplier < 0 else np.array([supplier])
    if kind == "heading":
        columns = np.flatnonzero(ground.heading_of == good)
    else:
        columns = all_goods if good < 0 else np.array([good])
    make = cut_of_routing if kind == "re-exports" else cut_of
    projection = project(inflow, ground.fitted, make(inflow, rows, columns))
    code = None if good < 0 else ground.headings[good] if kind == "heading" else inflow.goods[good]
    name = None if supplier < 0 else inflow.suppliers[supplier]
    is_hub = supplier >= 0 and bool(inflow.is_hub[supplier])
    member = supplier >= 0 and bool(inflow.is_member[supplier])
    estimates, point = scoring
    score = None
    if estimates is not None and point is not None:
        score = lever_score(estimates, point, Cells(kind, supplier, columns))
    return Lever(
        rank=0,
        kind="good" if kind == "heading" else kind,
        unit=_UNITS[kind].format(words.level),
        supplier=name,
        hub=name if is_hub else None,
        good=code,
        role=None if name is None else "hub" if is_hub else "member" if member else "supplier",
        description=_description(kind, name, code, columns.size, words),
        projection=projection,
        why=why(projection, is_member=member) + _bounded_words(score),
        score=score,
    )


def _bounded_words(score: LeverScore | None) -> str:
    """Return what capacity leaves of what would come back, where it binds."""
    if score is None or score.period_usd <= 0 or score.own_backfill_share is None:
        return ""
    back = score.period_usd - score.bounded_removed_usd
    if back >= score.own_backfill_share * score.period_usd * (1 - 1e-9):
        return ""
    return f"; others have the capacity for {back / score.period_usd:.0%} of it at most"


def _description(kind: str, supplier: str | None, good: str | None, goods: int, words: LeverNames) -> str:
    name = words.suppliers.get(supplier, supplier) if supplier else "every supplier"
    if kind == "re-exports":
        return f"what passes through {name} consistent with routing"
    text = words.goods.get(good or "", "")
    if kind == "heading":
        text = f"{goods} goods" + (f": {text}" if text else "")
    what = "every good of the list" if good is None else f"{good}" + (f" ({text})" if text else "")
    return f"{name}: {what}" if supplier else f"{what}, from every supplier"


def why(shown: Projection, *, is_member: bool = False) -> str:
    """Return a sentence that explains a projection."""
    share = "none of the trade" if not shown.share_of_inflow else f"{shown.share_of_inflow:.1%} of the trade"
    parts = [f"carries {share}"]
    if is_member:
        parts.append("a member of the coalition: what it still trades")
    if shown.carried_usd <= 0:
        return f"{parts[0]}: nothing to remove"
    if shown.consistent_with_routing_usd:
        parts.append(f"{shown.consistent_with_routing_usd / shown.carried_usd:.0%} of it is consistent with routing")
    others = shown.alternatives
    if others.hhi is None:
        parts.append("no other supplier outside the coalition in these goods, so what comes back needs new ones")
    else:
        parts.append(
            f"{others.count} other {'supplier' if others.count == 1 else 'suppliers'} with 5 % or more (HHI {others.hhi:.2f})"
        )
    if shown.reroute_share is None:
        parts.append("what would come back cannot be told: anything from none to all of it is removed")
        return "; ".join(parts)
    interval = shown.reroute_ci95
    text = f"{shown.reroute_share:.0%} comes back as measured"
    text += f" ({interval[0]:.0%} to {interval[1]:.0%})" if interval else " (no interval)"
    thin = shown.sensitivity.thinned_reroute_share
    if thin is not None and shown.reroute_share - thin >= 0.05:
        text += f", {thin:.0%} with the alternatives so thinned"
    parts.append(text)
    return "; ".join(parts)
