"""Projections of stops, against sums done by hand and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lever_worlds import GOODS, MILLION, VALUE, fitted, inflow

from stopgap.measures.levers.ranking import KINDS, RankedLevers, cut_of, cut_of_routing, rank_levers
from stopgap.measures.levers.removal import Cut, project, thinned
from stopgap.measures.levers.substitution import Z95

HEADINGS = {good: good[:4] for good in GOODS}
ALL = np.arange(3)


def stop(*rows, goods=ALL, share=1.0, world=None, known=None, **options):
    world = inflow() if world is None else world
    known = fitted() if known is None else known
    return project(world, known, cut_of(world, np.array(rows), np.asarray(goods), share=share), **options)


def test_a_stop_matches_the_sums_done_by_hand():
    got = stop(0)  # China: 70 of 100, and 60 % (40 to 70 %) comes back
    assert got.carried_usd == 70 * MILLION
    assert got.share_of_inflow == pytest.approx(0.7)
    assert got.removed_usd == pytest.approx(70 * 0.4 * MILLION)
    assert got.removed_ci95 == pytest.approx((70 * 0.3 * MILLION, 70 * 0.6 * MILLION))
    # Left outside the coalition: of 847150 nothing, of 854231 18 (12 and 6) of 48, of 854232 2 of 22.
    kept = (20 * 0 + 30 * 18 / 48 + 20 * 2 / 22) / 70
    assert got.alternatives.share_stopped == pytest.approx(1 - kept)
    kyrgyz = 30 * 12 / 18
    turkish = 30 * 6 / 18 + 20
    assert got.alternatives.hhi == pytest.approx((kyrgyz**2 + turkish**2) / (kyrgyz + turkish) ** 2)
    assert (got.alternatives.count, got.carriers.count, got.carriers.top) == (2, 1, "CHN")
    left = 0.6 * kept
    assert got.sensitivity.thinned_reroute_share == pytest.approx(left / (left + 0.4))
    assert got.removed_range_usd[1] == pytest.approx(70 * MILLION * (1 - 0.4 * kept / (0.4 * kept + 0.6)))
    assert got.sensitivity.gross_fill_share == pytest.approx(0.6)


def test_a_part_of_a_supplier_takes_its_part_and_it_cannot_refill_itself():
    whole, half = stop(3), stop(3, share=0.5)
    assert half.carried_usd == whole.carried_usd / 2 == 4 * MILLION
    assert half.removed_usd == pytest.approx(whole.removed_usd / 2)
    assert half.alternatives == whole.alternatives


def test_members_take_nothing_up_and_their_own_stop_thins_nobody():
    got = stop(1)
    assert got.alternatives.share_stopped == 0
    assert got.sensitivity.thinned_removed_usd == got.removed_usd
    assert stop(0, goods=[0]).alternatives.count == 0  # Germany alone is left in 847150


def test_goods_that_differ_widen_levers_on_few_of_them():
    known = fitted(spread=0.1, ratio=[0.5, 0.6, 0.7])
    one, all_goods = stop(0, goods=[1], known=known), stop(0, known=known)
    assert one.reroute_share == pytest.approx(0.6)
    assert one.reroute_ci95 == pytest.approx((0.6 - np.hypot(0.2, Z95 * 0.1), 0.6 + np.hypot(0.1, Z95 * 0.1)))
    mean = (20 * 0.5 + 30 * 0.6 + 20 * 0.7) / 70
    own = Z95 * 0.1 * np.sqrt((20**2 + 30**2 + 20**2) / 70**2)
    assert all_goods.reroute_share == pytest.approx(mean)
    assert all_goods.reroute_ci95 == pytest.approx((mean - np.hypot(0.2, own), mean + np.hypot(0.1, own)))


def test_routing_is_a_part_and_may_move_to_another_hub():
    routed = np.full((4, 3), np.nan)
    routed[2] = [0.0, 9 * MILLION, 0.0]
    world = inflow(routed=routed)
    got = stop(2, world=world)
    assert got.consistent_with_routing_usd == 9 * MILLION
    assert got.sensitivity.hubs_switch_removed_usd == pytest.approx(3 * 0.4 * MILLION)
    assert got.removed_range_usd[0] == pytest.approx(3 * 0.3 * MILLION)
    both = stop(2, 3, world=world)  # no hub is left to move to
    assert both.sensitivity.hubs_switch_removed_usd is None
    assert stop(3, world=world).consistent_with_routing_usd is None  # not held against chance: not zero
    alone = project(world, fitted(), cut_of_routing(world, np.array([2]), ALL))
    assert alone.carried_usd == alone.consistent_with_routing_usd == 9 * MILLION
    assert stop(2, world=world, share=0.5).consistent_with_routing_usd == 4.5 * MILLION


def test_what_cannot_be_told_is_a_range_and_no_figure():
    got = stop(2, known=fitted(None))
    assert (got.reroute_share, got.removed_usd, got.removed_ci95) == (None, None, None)
    assert got.removed_range_usd == (0.0, 12 * MILLION)
    without = stop(2, known=fitted(0.6, None, None))
    assert without.removed_usd == pytest.approx(12 * 0.4 * MILLION)
    assert (without.removed_ci95, without.removed_range_usd) == (None, (0.0, 12 * MILLION))


@pytest.mark.parametrize(("ratio", "removed"), [(-0.3, 12.0), (1.4, 0.0)])
def test_measured_shares_outside_the_unit_are_bounded(ratio, removed):
    got = stop(2, known=fitted(ratio, 0.1, 0.1))
    assert got.removed_usd == removed * MILLION
    assert got.removed_ci95 == (removed * MILLION, removed * MILLION)


def test_one_supplier_nothing_at_all_and_nothing_stopped():
    alone = inflow([[5.0 * MILLION]], suppliers=("CHN",), goods=("854231",), members=(), hubs=())
    got = stop(0, goods=[0], world=alone, known=fitted(goods=1))
    assert (got.alternatives.count, got.alternatives.hhi, got.alternatives.share_stopped) == (0, None, 1.0)
    assert got.sensitivity.thinned_removed_usd == got.carried_usd == 5 * MILLION
    empty = inflow(np.zeros((4, 3)))
    nothing = stop(0, world=empty)
    assert (nothing.carried_usd, nothing.share_of_inflow, nothing.removed_usd) == (0.0, None, None)
    assert rank_levers(empty, fitted(), headings=HEADINGS) == RankedLevers((), 0)
    assert stop(1, goods=[1]).carried_usd == 0


def test_thinning_is_the_diversion_of_a_logit():
    """With weights of choice and of going without fixed, shares divert as a multinomial logit has it."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        weight, without = rng.gamma(1, 1, 6), rng.gamma(1, 1)
        share = weight.sum() / (weight.sum() + without)  # to these six, when the coalition stopped
        gone = weight[:2].sum() / weight.sum()
        left = weight[2:].sum()
        assert thinned(share, gone) == pytest.approx(left / (left + without))
    assert thinned(1.0, 1.0) == thinned(0.0, 0.5) == 0.0
    assert thinned(1.0, 0.5) == 1.0


FLOATS = st.floats(0, 1e9)


@settings(max_examples=60, deadline=None)
@given(
    value=st.lists(FLOATS, min_size=12, max_size=12),
    cut=st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=12, max_size=12),
    share=st.floats(-2, 3),
    width=st.tuples(st.floats(0, 2), st.floats(0, 2)),
    spread=st.floats(0, 1),
)
def test_no_more_is_removed_than_is_carried_and_readings_stay_in_their_range(value, cut, share, width, spread):
    world = inflow(np.array(value).reshape(4, 3), routed=np.array(value).reshape(4, 3) / 2)
    got = project(world, fitted(share, *width, spread=spread), Cut(ALL, np.array(cut).reshape(4, 3)))
    slack = 1e-8 * max(got.carried_usd, 1e-300)
    if got.carried_usd == 0:
        assert got.removed_usd is None
        return
    low, high = got.removed_range_usd
    assert 0 <= low <= got.removed_ci95[0] + slack
    assert got.removed_ci95[0] <= got.removed_usd + slack <= got.removed_ci95[1] + 2 * slack
    assert got.removed_ci95[1] <= high + slack <= got.carried_usd + 2 * slack
    assert low - slack <= got.sensitivity.thinned_removed_usd <= high + slack
    if got.sensitivity.hubs_switch_removed_usd is not None:
        assert low - slack <= got.sensitivity.hubs_switch_removed_usd <= high + slack


def test_levers_are_ranked_by_what_they_remove_and_agree_with_their_projection():
    world = inflow()
    known = fitted(ratio=[0.9, 0.5, 0.1])
    ranked = rank_levers(world, known, headings=HEADINGS)
    found, count = ranked.levers, ranked.count
    removed = [lever.projection.removed_usd for lever in found]
    assert removed == sorted(removed, reverse=True)
    assert [lever.rank for lever in found] == list(range(1, count + 1))
    # Three goods, the heading 8542, two hubs, two others, and pairs of those that sell more than one good.
    assert count == 3 + 1 + 2 + 2 + 3 + 2
    by = {(lever.kind, lever.supplier, lever.good): lever for lever in found}
    assert by["good", None, "8542"].projection.carried_usd == 70 * MILLION
    assert by["good", None, "8542"].unit == "HS4"
    assert by["supplier-good", "CHN", "854232"].projection.removed_usd == pytest.approx(18 * MILLION)
    assert by["supplier", "DEU", None].role == "member"
    assert by["hub", "KGZ", None].hub == "KGZ"
    few = rank_levers(world, known, headings=HEADINGS, limit=4)
    assert (few.levers, few.count) == (found[:4], count)


def test_a_hub_is_a_supplier_where_hubs_are_not_asked_for():
    found = rank_levers(inflow(), fitted(), headings=HEADINGS, kinds=("supplier",)).levers
    assert [(lever.kind, lever.supplier, lever.hub) for lever in found] == [
        ("supplier", "CHN", None), ("supplier", "KGZ", "KGZ"), ("supplier", "DEU", None), ("supplier", "TUR", "TUR"),
    ]  # fmt: skip
    assert sum(lever.projection.carried_usd for lever in found) == VALUE.sum()


def test_without_a_substitution_levers_are_ranked_by_what_they_carry():
    found = rank_levers(inflow(), fitted(None), headings=HEADINGS, kinds=("supplier",)).levers
    assert [lever.supplier for lever in found] == ["CHN", "KGZ", "DEU", "TUR"]
    assert all("cannot be told" in lever.why for lever in found)


def test_re_exports_are_levers_where_routes_are_known():
    routed = np.full((4, 3), np.nan)
    routed[2] = [0.0, 9 * MILLION, 0.0]
    found = rank_levers(inflow(routed=routed), fitted(), headings=HEADINGS, kinds=("hub", "re-exports")).levers
    assert [(lever.kind, lever.supplier) for lever in found] == [("hub", "KGZ"), ("re-exports", "KGZ"), ("hub", "TUR")]
    assert found[1].projection.carried_usd == 9 * MILLION
    assert "re-exports" in KINDS
