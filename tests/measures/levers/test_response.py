"""Responses to an enforcement step: windows, planted falls, and what cannot be told."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from stopgap.base.vocab import Frequency
from stopgap.measures.levers.response import Responses, response_windows, responses
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import NetBackfill, NetEstimate, net_backfill

SUPPLIERS = tuple(f"S{at:02d}" for at in range(14))
PLACES = ("TTT", *(f"D{at:02d}" for at in range(24)))
GOODS = tuple(f"8542{at:02d}" for at in range(12))
BEFORE, AFTER = ("2023-01", "2023-12"), ("2024-01", "2024-12")


def world(seed, falls, *, noise=0.1, ordinary=1.0):
    """Two members, twelve others; ``falls`` maps suppliers to the share of listed trade that stops at the target."""
    rng = np.random.default_rng(seed)
    shape = (len(SUPPLIERS), len(PLACES), len(GOODS))
    before = np.exp(13 + rng.normal(0, 0.8, shape))
    after = before * np.exp(rng.normal(0, 0.2, (shape[0], 1, shape[2])) + rng.normal(0, noise, shape))
    after[:, 0] *= ordinary
    for name, share in falls.items():
        after[SUPPLIERS.index(name), 0, :6] *= 1 - share
    i, j, k = (axis.ravel() for axis in np.indices(shape))
    return WorldCells(SUPPLIERS, PLACES, GOODS, np.arange(12) < 6, i, j, k, before.ravel(), after.ravel())


def measured(cells):
    found = net_backfill(cells, target="TTT", members=SUPPLIERS[:2], hubs=())
    return responses(found, date="2023-12-22", before=BEFORE, after=AFTER)


@pytest.mark.parametrize("ordinary", [1.0, 0.7])
def test_a_planted_response_is_found_beyond_what_ordinary_goods_fell(ordinary):
    everyone = dict.fromkeys(SUPPLIERS[2:], 0.3)
    inside = 0
    for seed in range(20):
        got = measured(world(seed, everyone | {"S05": 0.7}, ordinary=ordinary))
        own = dict(got.by_supplier)
        assert got.is_used
        assert own["S05"].is_told
        assert own["S05"].weight > max(row.weight for name, row in own.items() if name != "S05")
        inside += own["S05"].ci95[0] <= 0.7 <= own["S05"].ci95[1]
    assert inside >= 17  # of 20 at 95 %: fewer has a chance below 2 in 1000


def test_where_nobody_responded_all_weigh_the_same():
    got = measured(world(1, {}))
    assert not got.is_used
    assert "not distinguishable" in got.reason
    weight, error = got.weights(SUPPLIERS)
    assert (weight.tolist(), error.tolist()) == ([1.0] * 14, [0.0] * 14)


def test_weights_lie_within_the_unit_and_others_take_that_of_all():
    got = measured(world(2, dict.fromkeys(SUPPLIERS[2:], 0.5)))
    weight, error = got.weights((*SUPPLIERS, "NEW"))
    assert ((weight >= 0) & (weight <= 1)).all()
    assert weight[-1] == weight[0] == pytest.approx(got.share)  # a newcomer and a member: of all
    assert (error > 0).all()


def test_a_supplier_told_by_no_interval_is_not_told():
    bare = dict.fromkeys(("excess", "ordinary_excess", "ordinary_half_width", "rank", "spread"))
    rest = {"placebos": (), "excesses": (), "by_good": {}, "by_group": {}, "borrowed_growth": ()}
    total = NetEstimate(-30.0, 70.0, 100.0, 0.0, -50.0, -10.0)
    own = {"CHN": NetEstimate(-20.0, 30.0, 50.0, 0.0), "NEW": NetEstimate(5.0, 0.0, 0.0, 5.0)}
    found = NetBackfill(total=total, double_difference=total, by_supplier=own, **bare, **rest)
    got = responses(found, date="2023-12-22", before=BEFORE, after=AFTER)
    # 70 observed against 100, 80 to 120: a fall by 30 %, 12.5 to 41.7 %.
    assert got.share == pytest.approx(0.3)
    assert got.ci95 == pytest.approx((1 - 70 / 80, 1 - 70 / 120))
    rows = dict(got.by_supplier)
    assert (rows["CHN"].share, rows["CHN"].ci95, rows["CHN"].is_told) == (pytest.approx(0.4), None, False)
    assert rows["CHN"].weight == pytest.approx(0.3)
    assert rows["NEW"].share is None
    nothing = NetBackfill(
        total=NetEstimate(5.0, 0.0, 0.0, 5.0), double_difference=total, by_supplier={}, **bare, **rest
    )
    assert responses(nothing, date="2023-12-22", before=BEFORE, after=AFTER).share is None


def test_windows_around_a_day():
    day = dt.date(2023, 12, 22)
    monthly = response_windows(day, Frequency.MONTHLY, event="2022-02")
    assert monthly == (("2022-12", "2023-11"), ("2024-01", "2024-12"))
    assert response_windows(day, Frequency.ANNUAL, event="2022-02") == (BEFORE, AFTER)
    assert response_windows(dt.date(2024, 2, 1), Frequency.ANNUAL, event="2022-02") == (BEFORE, AFTER)
    assert response_windows(dt.date(2024, 6, 1), Frequency.ANNUAL, event="2022-02") == (BEFORE, ("2025-01", "2025-12"))
    # Months before the first stop are none of a response to a later step.
    assert response_windows(day, Frequency.MONTHLY, event="2023-04")[0] == ("2023-05", "2023-11")
    assert response_windows(day, Frequency.MONTHLY, event="2023-08") is None
    assert response_windows(day, Frequency.ANNUAL, event="2023-02") is None


def test_without_a_step_everything_counts_in_full():
    assert Responses(None).weights(("CHN",))[0].tolist() == [1.0]
