"""Chokepoints and scored levers, against sums done by hand."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from lever_markets import EXPORTS, estimates, market
from lever_worlds import GOODS, MILLION, VALUE, fitted, inflow

from stopgap.measures.levers.chokepoints import chokepoints
from stopgap.measures.levers.ranking import rank_levers
from stopgap.measures.levers.scored_levers import LeverScore

HEADINGS = {good: good[:4] for good in GOODS}


def test_chokepoints_by_hand():
    found, count = chokepoints(estimates(), descriptions={"847150": "Processing units"})
    assert count == len(found)
    by = {(row.supplier, row.good): row for row in found}
    first = by["CHN", "847150"]
    # 20 of 30; others export 5 + 10, a fifth of which is 3.
    assert (first.share, first.sigma, first.sigma_from) == (pytest.approx(2 / 3), 3.0, "own")
    assert first.capacity_usd == pytest.approx(3 * MILLION)
    assert first.price_cost_usd == pytest.approx(30 * MILLION * (3**0.5 - 1))
    assert (first.rank_by_value, first.description) == (2, "Processing units")
    # Turkey has 2 of 22 of 854232 and nobody else lacks capacity: no chokepoint; members are none either.
    assert {row.supplier for row in found} == {"CHN"}
    costs = [row.unreplaced_cost_usd for row in found]
    assert costs == sorted(costs, reverse=True)
    assert [row.rank for row in found] == list(range(1, count + 1))
    few, still = chokepoints(estimates(), descriptions={"847150": "Processing units"}, limit=1)
    assert (few, still) == (found[:1], count)


def test_capacity_enough_is_no_chokepoint():
    rich = market(exports=EXPORTS * 100, elsewhere=(1e4, 1e4, 1e4))
    assert chokepoints(estimates(rich)) == ((), 0)
    unknown = estimates(known=fitted())
    assert chokepoints(None) == ((), 0)
    assert chokepoints(unknown)[1] > 0


def test_scored_levers_by_hand():
    known = estimates()
    ranked = rank_levers(inflow(), fitted(), headings=HEADINGS, estimates=known)
    by = {(lever.kind, lever.supplier, lever.good): lever for lever in ranked.levers}
    china = by["supplier-good", "CHN", "854231"].score
    assert (china.period_usd, china.share) == (30 * MILLION, pytest.approx(30 / 48))
    assert (china.capacity_usd, china.phi) == (pytest.approx(6 * MILLION), 0.2)
    assert china.bounded_removed_usd == china.score_usd == pytest.approx(24 * MILLION)
    assert china.own_backfill_share == pytest.approx(0.6)
    assert (china.response, china.response_weight) == (None, 1.0)
    whole = by["supplier", "CHN", None].score
    # 20 - 3, 30 - 6, and of 20 in 854232 12 come back: others export 60 + 40, a fifth is 20.
    assert whole.bounded_removed_usd == pytest.approx((17 + 24 + 8) * MILLION)
    assert whole.sigma is None
    assert whole.price_cost_usd == pytest.approx(
        30e6 * (3 ** (1 / 2) - 1) + 48e6 * ((48 / 18) ** (1 / 4) - 1) + 22e6 * (22 / 2 - 1), rel=1e-6
    )
    heading = by["good", None, "8542"].score
    assert heading.bounded_removed_usd == pytest.approx((48 + 22 - 8) * MILLION)
    assert heading.share == pytest.approx(1.0)
    scores = [lever.score.score_usd for lever in ranked.levers]
    assert scores == sorted(scores, reverse=True)
    assert [lever.rank for lever in ranked.levers] == list(range(1, ranked.count + 1))
    assert sorted(lever.rank_by_removed for lever in ranked.levers) == list(range(1, ranked.count + 1))
    for lever in ranked.levers:
        low, high = lever.score.rank_ci95
        assert 1 <= low <= high <= ranked.count
    few = rank_levers(inflow(), fitted(), headings=HEADINGS, estimates=known, limit=3)
    assert (few.levers, few.correlation) == (ranked.levers[:3], ranked.correlation)


def test_capacity_turns_the_ranking_that_size_alone_gives():
    kinds = ("supplier-good",)
    plain = rank_levers(inflow(), fitted(), headings=HEADINGS, kinds=kinds)
    bound = rank_levers(inflow(), fitted(), headings=HEADINGS, kinds=kinds, estimates=estimates())
    assert plain.correlation == pytest.approx(1.0)
    assert bound.correlation < plain.correlation or bound.levers[0].good != plain.levers[0].good
    removed = {lever.rank_by_removed: lever.projection.removed_usd for lever in bound.levers}
    assert [removed[rank] for rank in sorted(removed)] == sorted(removed.values(), reverse=True)


def test_suppliers_without_reports_follow_and_have_no_score():
    value = VALUE.copy()
    value[0] = np.nan  # China, the largest
    ranked = rank_levers(inflow(), fitted(), headings=HEADINGS, kinds=("supplier",), estimates=estimates(market(value)))
    assert ranked.levers[-1].supplier == "CHN"
    assert ranked.levers[-1].score is None
    assert ranked.levers[-1].rank_by_removed == 1


def test_ranks_have_no_interval_without_that_of_the_backfill_share():
    known = fitted(0.6, None, None)
    ranked = rank_levers(inflow(), known, headings=HEADINGS, estimates=estimates(known=known))
    assert {lever.score.rank_ci95 for lever in ranked.levers} == {None}
    assert {field.name for field in fields(LeverScore)} >= {"score_usd", "rank_ci95"}


def test_buyers_have_no_elasticity_and_are_ranked_by_dollars():
    found, _ = chokepoints(estimates(market(sigma=(np.nan,) * 3)))
    assert {(row.sigma, row.price_cost_usd, row.unreplaced_cost_usd) for row in found} == {(None, None, None)}
    dollars = [row.unreplaced_usd for row in found]
    assert dollars == sorted(dollars, reverse=True)
    ranked = rank_levers(inflow(), fitted(), headings=HEADINGS, estimates=estimates(market(sigma=(np.nan,) * 3)))
    assert {lever.score.price_cost_usd for lever in ranked.levers} == {None}
