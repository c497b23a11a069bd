"""The target among placebo destinations: the list that a rank is read off."""

from __future__ import annotations

import numpy as np
import pytest

from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import NetBackfill, net_backfill

TARGET = "TTT"
PLACEBOS = ("AAA", "BBB", "CCC", "DDD", "EEE")


def world(factors: dict[str, float]) -> WorldCells:
    """Three suppliers that sell one sanctioned good everywhere, times each destination's factor."""
    suppliers, destinations = ("S1", "S2", "S3"), (TARGET, *PLACEBOS)
    rows = [
        (row, column, base, base * factors.get(name, 1.0))
        for row, base in enumerate((100.0, 60.0, 20.0))
        for column, name in enumerate(destinations)
    ]
    supplier, destination, baseline, after = zip(*rows, strict=True)
    return WorldCells(
        suppliers,
        destinations,
        ("g",),
        np.array([True]),
        np.array(supplier, dtype=np.int64),
        np.array(destination, dtype=np.int64),
        np.zeros(len(rows), dtype=np.int64),
        np.array(baseline),
        np.array(after),
    )


def estimated(factors: dict[str, float]) -> NetBackfill:
    net = net_backfill(world(factors), target=TARGET, members=(), hubs=())
    assert net is not None
    return net


def test_the_list_holds_the_target_and_every_placebo_in_the_order_of_the_rank() -> None:
    net = estimated({TARGET: 2.0, "AAA": 4.0, "BBB": 0.5})
    names = [name for name, _, _ in net.excesses]
    assert set(names) == {TARGET, *PLACEBOS}
    assert net.rank == (2, 6)
    assert names.index(TARGET) + 1 == net.rank[0]
    scaled = [excess / deviation for _, excess, deviation in net.excesses]
    assert scaled == sorted(scaled, reverse=True)
    own = {name: excess for name, excess, _ in net.excesses}
    assert own[TARGET] == pytest.approx(net.excess)
    # twice its baseline against four times: the growth elsewhere cancels
    assert own["AAA"] - own[TARGET] == pytest.approx(np.log(2.0))


def test_equal_excesses_stand_in_the_order_of_their_names() -> None:
    net = estimated({TARGET: 2.0, "AAA": 2.0, "BBB": 0.5})
    assert [name for name, _, _ in net.excesses][:2] == ["AAA", TARGET]


def test_placebos_without_any_spread_still_have_a_list() -> None:
    net = estimated({TARGET: 2.0})
    assert next(name for name, _, _ in net.excesses) == TARGET
    assert all(np.isfinite(value) for _, *pair in net.excesses for value in pair)


def test_without_enough_placebos_there_is_neither_rank_nor_list() -> None:
    net = net_backfill(world({TARGET: 2.0}), target=TARGET, members=(), hubs=(), placebo_targets=PLACEBOS[:2])
    assert net is not None
    assert net.rank is None
    assert net.excesses == ()
