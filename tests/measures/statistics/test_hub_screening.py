"""Screening for hubs: sums by hand, planted hubs, and economies that must not be taken for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stopgap.measures.statistics.arrays import world_cells as as_arrays
from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.hub_screening import ScreeningStatus, _steps, screened_hubs
from stopgap.simulate.spec import world_spec
from stopgap.simulate.tables import world_cells
from stopgap.simulate.worlds import make_world

MEMBERS = ("DEU", "FRA")
OUTSIDE = ("IND", "MYS", "CHN", "BRA")
PLACES = ("RUS", *MEMBERS, *OUTSIDE, "ZAF", "EGY", "PER")
LISTED = ("850000", "850100", "850200")
GOODS = (*LISTED, *(f"10{number:02d}00" for number in range(8)))


def world(changes: dict[tuple[str, str, str], float]) -> WorldCells:
    """Every supplier sells 100 of each good everywhere in both windows; ``changes`` are after-window dollars.

    Single cells move by up to 10 %, alternately, so that chance is not exactly nothing.
    """
    sellers = (*MEMBERS, *OUTSIDE)
    rows = [(s, d, g) for s in sellers for d in PLACES for g in GOODS if s != d]
    at = np.array([(sellers.index(s), PLACES.index(d), GOODS.index(g)) for s, d, g in rows])
    wave = [100.0 + (7 * i + 3 * j + 5 * k) % 21 - 10 for i, j, k in at]
    after = [changes.get(row, usd) for row, usd in zip(rows, wave, strict=True)]
    listed = np.array([good in LISTED for good in GOODS])
    return WorldCells(sellers, PLACES, GOODS, listed, *at.T, np.full(len(rows), 100.0), np.array(after))


def screened(cells: WorldCells, **given: object):
    return screened_hubs(cells, **({"target": "RUS", "members": MEMBERS, "hubs": ()} | given))


LOSS = {(member, "RUS", good): 0.0 for member in MEMBERS for good in LISTED}
SOLD_ON = {("IND", "RUS", good): 700.0 for good in LISTED}
BOUGHT = {("DEU", "IND", good): 650.0 for good in LISTED}
BOUGHT_ELSEWHERE = {("BRA", "IND", good): 650.0 for good in LISTED}
OWN = {("CHN", "RUS", good): 800.0 for good in LISTED}


def test_a_planted_hub_is_found_and_own_supply_is_not():
    found = screened(world({**LOSS, **SOLD_ON, **BOUGHT, **OWN}))
    assert found.found == ("IND",)
    by_name = {row.economy: row for row in found.economies}
    hub, own = by_name["IND"], by_name["CHN"]
    # 600 more of each of three goods sold, 550 more of each bought; growth elsewhere is within 10 %.
    assert hub.excess_usd == pytest.approx(1800.0, rel=0.05)
    assert hub.cover_coalition_usd == pytest.approx(1650.0, rel=0.05)
    assert hub.cover_coalition_usd <= hub.excess_usd
    assert hub.p_value < 0.05
    assert own.status is ScreeningStatus.NOT_COVERED
    assert own.cover_usd < 0.2 * own.excess_usd


def test_the_first_leg_may_start_anywhere():
    [row] = screened(world({**LOSS, **SOLD_ON, **BOUGHT_ELSEWHERE})).economies
    assert (row.economy, row.status, row.origin) == ("IND", ScreeningStatus.FOUND, "anyone")
    assert row.cover_usd == pytest.approx(1650.0, rel=0.05)
    assert row.cover_coalition_usd < 0.2 * row.excess_usd


def test_purchases_that_rise_in_everything_are_growth():
    grown = {(s, "IND", g): 650.0 for s in (*MEMBERS, "CHN", "BRA", "MYS") for g in GOODS}
    assert screened(world({**LOSS, **SOLD_ON, **grown})).found == ()


def test_a_listed_hub_and_a_member_are_not_screened():
    cells = world({**LOSS, **SOLD_ON, **BOUGHT})
    assert screened(cells, hubs=("IND",)).economies == ()
    assert screened(cells, members=(*MEMBERS, "IND")).economies == ()


def test_sales_beyond_placebo_alone_count():
    """Sales that rose as much everywhere are no excess to the target."""
    everywhere = {
        ("IND", place, good): 700.0 + 20.0 * ((3 * number + row) % 5 - 2)
        for number, place in enumerate(PLACES)
        for row, good in enumerate(LISTED)
        if place != "IND"
    }
    assert screened(world({**LOSS, **everywhere, **BOUGHT})).economies == ()


def test_purchases_that_nobody_reports_are_unknown_and_own_reports_are_taken():
    cells = world({**LOSS, **SOLD_ON, **BOUGHT})
    place = cells.destinations.index("IND")
    silent = cells.kept(cells.destination != place)
    [row] = screened(silent).economies
    assert (row.economy, row.status) == ("IND", ScreeningStatus.COVER_UNKNOWN)
    assert row.cover_usd is row.cover_coalition_usd is row.p_value is None
    own = cells.kept(cells.destination == place)
    assert screened(silent, own_imports=own).found == ("IND",)


@pytest.mark.parametrize("ordinary", [0, 4])
def test_without_ordinary_goods_chance_is_unknown(ordinary):
    cells, count = world({**LOSS, **SOLD_ON, **BOUGHT}), len(LISTED) + ordinary
    few = replace(cells.kept(cells.good < count), goods=GOODS[:count], is_sanctioned=cells.is_sanctioned[:count])
    [row] = screened(few).economies
    assert (row.status, row.p_value) == (ScreeningStatus.CHANCE_UNKNOWN, None)
    assert row.cover_coalition_usd == pytest.approx(1650.0, rel=0.1)


def test_an_excess_of_little_of_the_loss_is_shown_and_not_tested():
    """The coalition loses 6 x 100; 2 % of that is 12, 0.5 % is 3."""
    cells = world({})
    still = replace(cells, after_usd=np.full(cells.good.size, 100.0))
    sold = {("IND", "RUS", "850000"): 106.0, ("MYS", "RUS", "850000"): 102.0, **LOSS}
    rows = [(cells.suppliers[i], cells.destinations[j], GOODS[k]) for i, j, k in zip(cells.supplier, cells.destination, cells.good, strict=True)]  # fmt: skip
    after = np.array([sold.get(row, usd) for row, usd in zip(rows, still.after_usd, strict=True)])
    [row] = screened(replace(still, after_usd=after)).economies
    assert (row.economy, row.status, row.excess_usd) == ("IND", ScreeningStatus.SMALL, pytest.approx(6.0))
    assert row.p_value is None


def test_nothing_to_screen():
    cells = world({})
    assert screened(cells, target="KAZ").economies == ()
    assert screened(replace(cells, is_sanctioned=np.zeros(len(GOODS), dtype=bool))).economies == ()
    assert screened(cells.kept(np.zeros(cells.good.size, dtype=bool))).economies == ()


def test_screening_does_not_depend_on_the_order_of_rows_or_on_units():
    made = make_world(world_spec("routing", 103, hubs=1))
    names, roles = made.plan.names.economies, made.plan.roles
    cells = as_arrays(world_cells(made))
    call = {"target": names[0], "members": [names[row] for row in roles.members], "hubs": ()}
    whole = screened_hubs(cells, **call)
    assert whole.found == (names[roles.hubs[0]],)
    mixed = np.random.default_rng(1).permutation(cells.good.size)
    again = screened_hubs(cells.kept(mixed), **call)
    assert [row.status for row in again.economies] == [row.status for row in whole.economies]
    scaled = replace(cells, baseline_usd=cells.baseline_usd * 1000.0, after_usd=cells.after_usd * 1000.0)
    larger = screened_hubs(scaled, **call)
    for mine, theirs in zip(whole.economies, larger.economies, strict=True):
        assert (mine.economy, mine.status, mine.p_value) == (theirs.economy, theirs.status, theirs.p_value)
        assert theirs.cover_usd == pytest.approx(1000.0 * mine.cover_usd, rel=1e-9)


def test_steps_below_a_number_are_those_that_a_search_finds() -> None:
    rng = np.random.default_rng(1)
    ladder = np.cumsum(rng.integers(0, 3, (6, 9)), axis=1) / 10.0  # steps of no width, and numbers on a step
    numbers = np.sort(rng.integers(0, 25, (40, 6)), axis=0) / 10.0
    expected = [np.searchsorted(steps, column) for steps, column in zip(ladder, numbers.T, strict=True)]
    assert _steps(ladder, numbers).tolist() == np.stack(expected, axis=1).tolist()
