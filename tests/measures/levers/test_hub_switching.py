"""Whether other hubs rose when one fell: planted, absent, and too small to tell."""

from __future__ import annotations

import numpy as np
import pytest

from stopgap.measures.levers.hub_switching import LEAST_FALL, hub_switches
from stopgap.measures.statistics.cells import WorldCells

SUPPLIERS = tuple(f"S{at:02d}" for at in range(14))
PLACES = ("TTT", *(f"D{at:02d}" for at in range(24)))
GOODS = tuple(f"8542{at:02d}" for at in range(10))
HUBS = ("S02", "S03", "S04")
MEMBERS = ("S00", "S01")


def world(seed, *, falls=0.7, follows=0.0, noise=0.05):
    """First year as baseline, last as after; half of the goods listed. A hub falls, others take a part of it."""
    rng = np.random.default_rng(seed)
    shape = (len(SUPPLIERS), len(PLACES), len(GOODS))
    # Destinations and cells of unlike size, as trade has them: growth is read off few or many.
    before = np.exp(13 + rng.normal(0, 1.0, (1, shape[1], 1)) + rng.normal(0, 1.2, shape))
    before[:, 0] *= 3
    growth = np.exp(rng.normal(0, 0.2, (shape[0], 1, shape[2])))
    after = before * growth * np.exp(rng.normal(0, noise, shape))
    lost = falls * after[2, 0, :5]
    after[2, 0, :5] -= lost
    after[3:5, 0, :5] += follows * lost / 2
    i, j, k = (axis.ravel() for axis in np.indices(shape))
    return WorldCells(
        SUPPLIERS, PLACES, GOODS, np.arange(10) < 5, i, j, k, before.ravel(), after.ravel()
    ), float(lost.sum())  # fmt: skip


def switches(cells):
    return hub_switches(cells, target="TTT", members=MEMBERS, hubs=HUBS)


@pytest.mark.parametrize("follows", [0.0, 0.6])
def test_what_followed_a_planted_fall_is_found(follows):
    covered = told = fell = 0
    for seed in range(40):
        cells, lost = world(seed, follows=follows)
        [row] = [row for row in switches(cells) if row.hub == "S02"]
        fell += row.fell_ci95[0] <= lost <= row.fell_ci95[1]
        if row.share is not None:
            told += 1
            covered += row.share_ci95[0] <= follows <= row.share_ci95[1]
    # 95 % intervals: more misses than these have a chance below 1 in 100.
    assert fell >= 34
    assert told >= 15
    assert covered >= told - 5


def test_a_hub_that_did_not_fall_is_not_named():
    cells, _ = world(1, falls=0.0)
    assert all(row.last_usd <= (1 - LEAST_FALL) * row.first_usd for row in switches(cells))
    assert switches(cells) == () or "S02" not in {row.hub for row in switches(cells)}


def test_a_fall_too_small_against_what_others_do_by_chance_has_no_share():
    cells, _ = world(3, noise=0.6)
    small = (cells.supplier == 2) & (cells.destination == 0)
    scale = np.where(small, 0.01, 1.0)
    shrunk = WorldCells(
        cells.suppliers, cells.destinations, cells.goods, cells.is_sanctioned, cells.supplier, cells.destination,
        cells.good, cells.baseline_usd * scale, cells.after_usd * scale,
    )  # fmt: skip
    [row] = [row for row in switches(shrunk) if row.hub == "S02"]
    assert row.share is None
    assert row.because


def test_degenerate_worlds():
    cells, _ = world(1)
    assert hub_switches(cells, target="XXX", members=MEMBERS, hubs=HUBS) == ()
    assert hub_switches(cells, target="TTT", members=MEMBERS, hubs=()) == ()
    [row] = [row for row in hub_switches(cells, target="TTT", members=MEMBERS, hubs=("S02",)) if row.hub == "S02"]
    assert (row.share, row.others_gained_usd) == (None, None)
    only = cells.kept(cells.destination == 0)
    [row] = [row for row in switches(only) if row.hub == "S02"]
    assert (row.fell_usd, row.share) == (None, None)
