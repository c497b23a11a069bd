"""Estimate the coalition's counterfactual loss: what its members would have sold to the target, minus what they sold.

A member's counterfactual is its baseline sales to the target times its growth in the good elsewhere, and
times the move of the target's whole demand, as for suppliers outside the coalition. Part of its
growth elsewhere is the loss itself, sold to others: that part is estimated and removed.

Method: docs/methods/net-backfill.md (ours). Intervals after Donald and Lang (2007) over placebo destinations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.cells import CellSums, WorldCells, cell_sums, control_sums, expected_usd, good_sums
from stopgap.measures.statistics.diversion import Diversion, MemberSales, fit_diversion
from stopgap.measures.statistics.growth import ControlSums, chance_variance, fit_growth


@dataclass(frozen=True)
class MemberCounterfactual:
    """Members' cells with the counterfactual of each before the move of the target's demand, and their diversion.

    ``sums`` are by kind of goods (row 0 ordinary, row 1 sanctioned) and destination; ``diversion_variance`` is that of
    the log of the members' sanctioned counterfactual at the target that the unknown part of diversion causes.
    ``borrowed`` are the members without trade elsewhere, which use the growth of all members.
    """

    cells: WorldCells
    expected: Array
    sums: CellSums
    diversion: Diversion
    diversion_variance: float
    borrowed: tuple[str, ...]

    def by_good(self, at: int) -> tuple[Array, Array]:
        """Return observed and expected dollars at a destination, (goods,) each; cells without a baseline apart."""
        here = (self.cells.destination == at) & (self.cells.baseline_usd > 0)
        goods = self.cells.good[here]
        count = len(self.cells.goods)
        observed = np.bincount(goods, self.cells.after_usd[here], minlength=count)
        return observed.astype(np.float64), np.bincount(goods, self.expected[here], minlength=count).astype(np.float64)

    def chance_of_goods(self, places: Index) -> float:
        """Return the variance of ordinary sales by good at placebo destinations, relative to their counterfactual.

        Each destination's own move is removed first; a good counts at most as a factor of 3. 0 without placebos.
        """
        cells = self.cells
        sums = cell_sums(cells, self.expected, cells.good, len(cells.goods))
        ordinary = np.ix_(~cells.is_sanctioned, places)
        observed, expected = sums.observed[ordinary], sums.expected[ordinary]
        whole = expected.sum(axis=0)
        moved = np.divide(observed.sum(axis=0), whole, out=np.ones_like(whole), where=whole > 0)
        known = (expected > 0) & (moved > 0)
        ratio = np.divide(observed, expected * moved, out=np.ones_like(observed), where=known)
        return float(np.mean((np.clip(ratio[known], 0.0, 3.0) - 1.0) ** 2)) if known.any() else 0.0

    def losses(self, at: int, demand_factor: float) -> tuple[dict[str, float], dict[str, float]]:
        """Return the loss of sanctioned goods at a destination by good and by member, dollars a year, signed."""
        cells = self.cells
        here = (cells.destination == at) & cells.is_sanctioned[cells.good]
        lost = self.expected[here] * demand_factor - cells.after_usd[here]
        found = []
        for names, axis in ((cells.goods, cells.good[here]), (cells.suppliers, cells.supplier[here])):
            sums = np.bincount(axis, lost, minlength=len(names))
            found.append({names[row]: float(sums[row]) for row in np.unique(axis)})
        return found[0], found[1]


@dataclass(frozen=True)
class MembersElsewhere:
    """Members' cells with what their counterfactual needs whatever the target's demand: sales and growth elsewhere.

    ``at`` is the target's position among destinations, ``is_control`` (destinations,) which ones count for growth.
    """

    cells: WorldCells
    at: int
    is_control: Mask
    growth_factor: Array
    sales: MemberSales


def members_elsewhere(cells: WorldCells, at: int, is_control: Mask) -> MembersElsewhere | None:
    """Return sales and growth elsewhere of the members, whose cells alone are given.

    ``None`` if no member sold anything to a control destination: there is no counterfactual.
    """
    sums = control_sums(cells, is_control)
    growth = fit_growth(sums)
    if not growth.is_known:
        return None
    return MembersElsewhere(cells, at, is_control, growth.factor, _member_sales(cells, at, is_control, sums))


def member_counterfactual(elsewhere: MembersElsewhere, demand_factor: float) -> MemberCounterfactual:
    """Compute the counterfactual of every member's trade, (n,) for the cells (n,).

    ``demand_factor`` is the factor by which the target's whole demand moved.
    """
    cells, at, is_control = elsewhere.cells, elsewhere.at, elsewhere.is_control
    diversion = fit_diversion(elsewhere.sales, demand_factor)
    factor = demand_factor * elsewhere.growth_factor
    adjusted = _without_diversion(cells, at, is_control, factor, diversion.share)
    growth = fit_growth(control_sums(adjusted, is_control))
    # A placebo is held against growth without itself, from the sales as adjusted.
    expected = expected_usd(adjusted, growth, is_control)
    sanctioned = cells.is_sanctioned[cells.good]
    there = np.unique(cells.supplier[(cells.destination == at) & sanctioned])
    return MemberCounterfactual(
        cells=cells,
        expected=expected,
        sums=cell_sums(cells, expected, sanctioned.astype(np.int64), 2),
        diversion=diversion,
        diversion_variance=(diversion.spread * _effect(cells, at, is_control, factor, expected)) ** 2,
        borrowed=tuple(cells.suppliers[row] for row in there if growth.is_borrowed[row]),
    )


def _freed(cells: WorldCells, at: int, factor: Array) -> Array:
    """Return the dollars of each member and good that the loss set free, (suppliers, goods), signed."""
    here = (cells.destination == at) & (cells.baseline_usd > 0)
    freed = np.zeros_like(factor)
    where = (cells.supplier[here], cells.good[here])
    np.add.at(freed, where, cells.baseline_usd[here] * factor[where] - cells.after_usd[here])
    return freed


def _effect(cells: WorldCells, at: int, is_control: Mask, factor: Array, expected: Array) -> float:
    """Return by how much the members' sanctioned counterfactual at the target falls per unit of diversion, in logs."""
    later = good_sums(cells, cells.after_usd, is_control)
    part = np.divide(_freed(cells, at, factor), later, out=np.zeros_like(later), where=later > 0)
    here = (cells.destination == at) & cells.is_sanctioned[cells.good]
    whole = float(expected[here].sum())
    fall = expected[here] * np.clip(part[cells.supplier[here], cells.good[here]], -1.0, 1.0)
    return float(fall.sum()) / whole if whole > 0 else 0.0


def _member_sales(cells: WorldCells, at: int, is_control: Mask, sums: ControlSums) -> MemberSales:
    """Return the sales of each member and good, to the target and to both halves of the controls, as flat arrays."""
    places = np.arange(len(cells.destinations))
    size = np.bincount(cells.destination, cells.baseline_usd, minlength=places.size)
    rank = np.empty(places.size, dtype=np.int64)
    rank[np.lexsort((places, -np.where(is_control, size, -1.0)))] = places
    # Halves of like size: of each four destinations by size the first and the last, and the two between.
    first = np.isin(rank % 4, (0, 3))
    halves = (is_control & first, is_control & ~first)
    base, later = (
        np.stack([good_sums(cells, dollars, half).ravel() for half in halves])
        for dollars in (cells.baseline_usd, cells.after_usd)
    )
    before, after = (good_sums(cells, dollars, places == at) for dollars in (cells.baseline_usd, cells.after_usd))
    noise = chance_variance(sums)
    member, good = np.indices(before.shape)
    return MemberSales(member.ravel(), good.ravel(), base, later, before.ravel(), after.ravel(), noise.ravel())


def _without_diversion(cells: WorldCells, at: int, is_control: Mask, factor: Array, share: float) -> WorldCells:
    """Return the cells with diverted sales removed from control destinations, in proportion to sales there."""
    if share == 0.0:
        return cells
    later = good_sums(cells, cells.after_usd, is_control)
    diverted = share * _freed(cells, at, factor)
    left = np.divide(later - diverted, later, out=np.ones_like(later), where=later > 0)
    left = np.clip(left, 0.2, 5.0)
    scale = np.where(is_control[cells.destination], left[cells.supplier, cells.good], 1.0)
    return replace(cells, after_usd=cells.after_usd * scale)
