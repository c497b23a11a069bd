"""Net backfill in three parts: sums by hand, and the identity on random routes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_route_assembly import LOSS, legs

from stopgap.measures.routes.matching import Routes, measure_routes
from stopgap.measures.routes.net_split import split_net
from stopgap.measures.statistics.counterfactual import NetBackfill, NetEstimate
from stopgap.measures.statistics.hub_screening import ScreenedEconomy, ScreeningStatus


def net_of(**by_supplier: float) -> NetBackfill:
    parts = {name: NetEstimate(usd, usd, 0.0, 0.0) for name, usd in by_supplier.items()}
    total = NetEstimate(sum(by_supplier.values()), 0.0, 0.0, 0.0)
    return NetBackfill(total, total, None, None, None, (), None, None, (), parts, {}, {}, ())


def split(net: NetBackfill | None, found: Routes, screened=(), unrecorded=None, loss=LOSS):
    return split_net(net, found, loss, screened, unrecorded_usd=unrecorded or {})


def screened(name: str, status: ScreeningStatus, cover_usd: float | None) -> ScreenedEconomy:
    return ScreenedEconomy(name, status, 100.0, 1.0, cover_usd, cover_usd)


def test_a_hub_that_counts_its_own_sales_and_those_of_others():
    # H0 routes 180 a year (5 a month of three goods) and sells 20 of its own; OTH sells 70, FELL 30 less.
    found = measure_routes(legs(), LOSS)
    got = split(net_of(H0=200.0, OTH=70.0, FELL=-30.0), found)
    assert (got.net_usd, got.own_usd) == pytest.approx((240.0, 60.0))
    assert (got.consistent_with_routing_usd, got.untold_usd) == pytest.approx((180.0, 0.0))


def test_a_match_above_net_backfill_leaves_own_supply_negative():
    got = split(net_of(H0=150.0), measure_routes(legs(), LOSS))
    assert (got.own_usd, got.consistent_with_routing_usd) == pytest.approx((-30.0, 180.0))


def test_what_chance_cannot_tell_is_untold_up_to_the_match_and_the_net():
    found = measure_routes(legs(ordinary=3), LOSS)  # too few ordinary goods: nothing counts
    assert split(net_of(H0=200.0), found).untold_usd == pytest.approx(180.0)
    assert split(net_of(H0=50.0), found).untold_usd == pytest.approx(50.0)
    assert split(net_of(H0=-50.0), found).untold_usd == 0.0
    # No more than the loss of each good: 40 of 60 in one.
    assert split(net_of(H0=200.0), found, loss=np.array([40.0, 300.0, 300.0])).untold_usd == pytest.approx(160.0)


def test_a_hub_without_a_leg_is_untold_as_a_whole():
    given = legs()
    silent = replace(given, is_known=given.is_known & np.array([False, True]))
    got = split(net_of(H0=200.0, H1=-5.0), measure_routes(silent, LOSS))
    assert (got.untold_usd, got.own_usd) == pytest.approx((200.0, -5.0))


def test_goods_that_the_hub_never_recorded_are_untold_where_its_reports_are_the_leg():
    found = measure_routes(legs(routed=0.0), LOSS)
    got = split(net_of(H0=200.0, H1=10.0), found, unrecorded={"H0": 120.0, "H1": 50.0})
    assert got.untold_usd == pytest.approx(130.0)


def test_candidates_whose_purchases_are_unknown_are_untold():
    found = measure_routes(legs(), LOSS)
    rows = [
        screened("IND", ScreeningStatus.COVER_UNKNOWN, None),
        screened("MYS", ScreeningStatus.CHANCE_UNKNOWN, 30.0),
        screened("CHN", ScreeningStatus.NOT_COVERED, 90.0),
        screened("BRA", ScreeningStatus.SMALL, None),
    ]
    got = split(net_of(H0=180.0, IND=100.0, MYS=80.0, CHN=90.0, BRA=2.0), found, rows)
    assert got.untold_usd == pytest.approx(130.0)
    assert got.own_usd == pytest.approx(50.0 + 90.0 + 2.0)


def test_without_net_backfill_all_parts_are_unknown():
    got = split_net(None, measure_routes(legs(), LOSS), LOSS, (), unrecorded_usd={}, reason="why")
    assert (got.net_usd, got.own_usd, got.consistent_with_routing_usd, got.untold_usd, got.because) == (*[None] * 4, "why")  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_sum_to_net_backfill(seed):
    rng = np.random.default_rng(seed)
    found = measure_routes(legs(routed=rng.uniform(0, 8), own=rng.uniform(0, 8), noise=0.3, hubs=4, seed=seed), LOSS)
    names = [*found.legs.hubs, "OTH", "IND"]
    net = net_of(**dict(zip(names, rng.normal(50, 100, len(names)), strict=True)))
    got = split(net, found, [screened("IND", ScreeningStatus.COVER_UNKNOWN, None)])
    assert got.net_usd == pytest.approx(got.own_usd + got.consistent_with_routing_usd + got.untold_usd, rel=1e-12)
    assert got.untold_usd >= 0
    assert got.consistent_with_routing_usd == pytest.approx(found.headline.net_usd.sum(), rel=1e-12)
