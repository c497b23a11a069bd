"""Score levers by dollars removed within others' capacity and by response, with intervals of their ranks.

Method: docs/methods/levers.md (ours). Intervals of ranks by drawing the parts of the score from their intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.levers.bounded import Estimates, Scored, price_cost, scored
from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.arrays import significant

RankInterval = tuple[int, int]


@dataclass(frozen=True)
class LeverScore:
    """What the ranking of one lever rests on; the latest common period, US dollars a year.

    Attributes:
        period_usd: Trade that the stop carries in the latest common period.
        share: The same by the target's inflow of these goods, members of the coalition included.
        sigma: Elasticity of substitution; ``None`` for several goods, and where suppliers buy from the target.
        sigma_from: ``own``, ``heading``, ``chapter`` or ``overall``.
        price_cost_usd: Rise of the target's price index times its spending, summed over goods; ``None`` without sigma.
        capacity_usd: What all other suppliers outside the coalition could take up; ``None`` if not known for a good.
        phi: Share of world exports that they could move to the target; ``None`` for several goods or if not known.
        own_backfill_share: Share that would come back if capacity did not bind, 0 to 1.
        bounded_removed_usd: Trade less what comes back within capacity.
        response: Share by which the supplier's trade fell after the enforcement step, signed; ``None`` if not told.
        response_weight: What the score takes, 0 to 1; 1 where responses are not used.
        score_usd: ``bounded_removed_usd`` times ``response_weight``.
        rank_ci95: 95 % interval of the rank; ``None`` if the backfill share has none.
        rank_by_removed: Rank by ``removed_usd``, without capacity and response.
    """

    period_usd: float
    share: float | None
    sigma: float | None
    sigma_from: str | None
    price_cost_usd: float | None
    capacity_usd: float | None
    phi: float | None
    own_backfill_share: float | None
    bounded_removed_usd: float
    response: float | None
    response_ci95: tuple[float, float] | None
    response_weight: float | None
    score_usd: float
    rank_ci95: RankInterval | None = None


@dataclass(frozen=True)
class Cells:
    """The cells of one lever: its kind, its supplier (-1 for every one) and its goods."""

    kind: str
    supplier: int
    goods: Index


def scores_of(kind: str, supplier: Index, good: Index, found: Scored, heading_of: Index) -> Array:
    """Return the scores of the levers of one kind, (n,); ``good`` are headings for the kind ``heading``."""
    if kind == "supplier-good":
        return np.asarray(found.score[supplier, good])
    if kind == "good":
        return np.asarray(found.good_score[good])
    if kind == "heading":
        return np.asarray(np.bincount(heading_of, found.good_score, minlength=int(good.max(initial=-1)) + 1)[good])
    dollars = found.routed_score if kind == "re-exports" else found.score
    return np.asarray(dollars.sum(axis=1)[supplier])


def lever_score(estimates: Estimates, found: Scored, cells: Cells) -> LeverScore | None:
    """Return the score of one lever and its parts; ``None`` if its supplier did not report the period."""
    market, goods = estimates.market, cells.goods
    one_supplier = cells.supplier >= 0
    if one_supplier and not market.is_known[cells.supplier]:
        return None
    row = cells.supplier
    if one_supplier:
        value = (market.routed_usd if cells.kind == "re-exports" else market.value_usd)[row, goods]
        removed = (found.routed_removed if cells.kind == "re-exports" else found.removed)[row, goods]
        score = (found.routed_score if cells.kind == "re-exports" else found.score)[row, goods]
        rest = market.rest_usd[row, goods]
    else:
        value, rest = market.spending_usd[goods], market.idle_usd[goods]
        removed, score = found.good_removed[goods], found.good_score[goods]
    carried, spending = float(value.sum()), market.spending_usd[goods]
    share = np.divide(value, spending, out=np.zeros_like(value), where=spending > 0)
    phi, ratio = estimates.parts.phi[goods], estimates.parts.ratio[goods]
    sold = value > 0
    known = bool(sold.any()) and not np.isnan(phi[sold]).any()
    alone = goods.size == 1
    told = dict(estimates.responses.by_supplier).get(market.suppliers[row]) if one_supplier else None
    dropped, weighed = float(removed.sum()), float(score.sum())
    weight = estimates.parts.response[row] if one_supplier else weighed / dropped if dropped > 0 else None
    total = float(market.spending_usd[goods].sum())
    return LeverScore(
        period_usd=carried,
        share=significant(carried / total) if total > 0 else None,
        sigma=significant(float(market.sigma[goods[0]])) if alone else None,
        sigma_from=(market.sigma_from[goods[0]] or None) if alone else None,
        price_cost_usd=significant(float(price_cost(spending, share, market.sigma[goods]).sum())),
        capacity_usd=significant(float((phi[sold] * rest[sold]).sum())) if known else None,
        phi=significant(float(phi[0])) if alone and known else None,
        own_backfill_share=significant(float(np.clip(value @ ratio / carried, 0, 1))) if carried > 0 else None,
        bounded_removed_usd=significant(dropped) or 0.0,
        response=told.share if told is not None and told.is_told else None,
        response_ci95=told.ci95 if told is not None else None,
        response_weight=significant(None if weight is None else float(weight)),
        score_usd=significant(weighed) or 0.0,
    )


def rank_intervals(
    estimates: Estimates, kinds: list[tuple[str, Index, Index]], shown: Index, heading_of: Index
) -> list[RankInterval] | None:
    """Return the 95 % intervals of the ranks of the ``shown`` levers among all, in the order of ``shown``.

    ``kinds`` are (kind, suppliers, goods) of all levers, one after the other; ``None`` if the backfill share has no
    interval.
    """
    if not estimates.has_interval or not shown.size:
        return None
    ranks = []
    for parts in estimates.drawn():
        found = scored(estimates.market, parts)
        scores = np.concatenate([scores_of(*each, found, heading_of) for each in kinds])
        order = np.argsort(-scores, kind="stable")
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(1, order.size + 1)
        ranks.append(place[shown])
    low, high = np.quantile(np.array(ranks), [0.025, 0.975], axis=0, method="nearest")
    return [(int(first), int(last)) for first, last in zip(low, high, strict=True)]
