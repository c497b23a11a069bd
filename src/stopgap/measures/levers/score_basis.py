"""Join what scores rest on: trade of the latest common period, world exports, elasticities and responses.

Also says what the ranking is by, what the scores take for granted, and what limits them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stopgap.base.notes import Effect, Note
from stopgap.codes.elasticities import Elasticity, elasticity_of
from stopgap.measures.levers.bounded import HIGHEST_COST, Estimates, LeverMarket, positions_of
from stopgap.measures.levers.capacity import QUANTILE, Exporters
from stopgap.measures.levers.latest_period import LatestPeriod
from stopgap.measures.levers.ranking import RankedLevers
from stopgap.measures.levers.removal import Inflow
from stopgap.measures.levers.response import Responses
from stopgap.measures.levers.results import IS_SIZE, Enforcement, Ranking
from stopgap.measures.levers.substitution import Fitted
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.arrays import significant
from stopgap.panel.silence import some_of


@dataclass(frozen=True)
class Scoring:
    """What the scores rest on, or the reason why there are none."""

    estimates: Estimates | None
    period: LatestPeriod | None
    responses: Responses
    without_exports: int | None = None
    reason: str | None = None


def market_of(inflow: Inflow, period_usd: Array, found: Exporters, revision: str | None) -> LeverMarket:
    """Join the inflow of the latest common period with others' world exports and elasticities.

    ``revision`` is that of the goods; ``None`` where suppliers buy from the target, which has no elasticity here.
    """
    if revision is None:
        sigmas = [Elasticity(float("nan"), "")] * len(inflow.goods)
    else:
        sigmas = [elasticity_of(good, revision) for good in inflow.goods]
    at = positions_of(inflow.suppliers, found.suppliers)
    exports = (
        np.where((at >= 0)[:, None], found.exports_usd[at], 0.0) if found.suppliers else np.zeros(period_usd.shape)
    )
    sells = np.nan_to_num(period_usd) > 0
    known = inflow.known_routing_usd
    part = np.divide(known, inflow.value_usd, out=np.zeros_like(known), where=inflow.value_usd > 0)
    others = found.exports_usd.sum(axis=0)
    return LeverMarket(
        suppliers=inflow.suppliers,
        goods=inflow.goods,
        period_usd=period_usd,
        is_member=inflow.is_member,
        exports_usd=exports,
        others_usd=others,
        idle_usd=np.maximum(others - np.where(sells, exports, 0.0).sum(axis=0), 0.0),
        routed_usd=part * np.nan_to_num(period_usd),
        sigma=np.array([each.sigma for each in sigmas]),
        sigma_from=tuple(each.sigma_from for each in sigmas),
    )


def ranking_of(scoring: Scoring, ranked: RankedLevers, fitted: Fitted) -> Ranking:
    """Return what the levers were ranked by."""
    period, found = scoring.period, scoring.responses
    correlation = significant(ranked.correlation)
    old = "carried_usd" if fitted.ratio is None else "removed_usd"
    return Ranking(
        ranked_by=old if scoring.estimates is None else "score_usd",
        reason=scoring.reason,
        period=None if period is None else (period.first, period.last),
        period_share=None if period is None else significant(period.share),
        is_common=None if period is None else period.is_common,
        not_in_period=() if period is None else period.absent,
        rank_correlation_with_carried=correlation,
        is_size=None if correlation is None else correlation > IS_SIZE,
        without_exports=scoring.without_exports,
        enforcement=Enforcement(
            found.date, found.before, found.after, found.share, found.ci95, found.is_used, found.reason
        ),
    )


def assumed_of_scores(scoring: Scoring) -> Iterator[str]:
    """Return what the scores take for granted, as sentences."""
    if scoring.estimates is None:
        return
    yield (
        f"scores: each other supplier outside the coalition moves to the target at most the share of its baseline world "
        f"exports that {QUANTILE:.0%} of suppliers stayed below in the first stop, and all of it at once"
    )
    yield (
        f"price costs: one elasticity of substitution a good, the same for all suppliers; at most {HIGHEST_COST:.0f} times "
        "the spending, which is the case where nothing is left"
    )
    if scoring.responses.is_used:
        yield (
            f"responses: a further stop works on a supplier as the step of {scoring.responses.date} did; that trade fell "
            "after it need not have been caused by it"
        )


def limits_of_scores(scoring: Scoring) -> Iterator[str]:
    """Return warnings about the limits of the scores."""
    period = scoring.period
    if scoring.estimates is None or period is None:
        return
    if not period.is_common:
        text = "no year is reported by suppliers with 90 % of the trade: levers are ranked over the whole after-window"
        yield Note(text, Effect.MODEL)
    if period.absent:
        yield Note(
            f"silent in {period.first} to {period.last}, so without a score and not zero: {some_of(period.absent)}",
            Effect.MISSING,
            share=None if period.share is None else 1 - period.share,
        )
    if scoring.without_exports:
        yield Note(
            f"{scoring.without_exports} suppliers outside the coalition have no world exports in the lake: they count as "
            "no capacity, which makes scores too high",
            Effect.MODEL,
        )
