"""Hold trade between all suppliers and destinations as cells, and sum them; the counterfactual of each cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.growth import ControlSums, Growth
from stopgap.measures.statistics.placebo import herfindahl


@dataclass(frozen=True)
class WorldCells:
    """Mean dollars a year of every (supplier, destination, good) with trade in either window.

    ``supplier``, ``destination`` and ``good`` are (n,) positions among the names; ``is_sanctioned`` is (goods,).
    """

    suppliers: tuple[str, ...]
    destinations: tuple[str, ...]
    goods: tuple[str, ...]
    is_sanctioned: Mask
    supplier: Index
    destination: Index
    good: Index
    baseline_usd: Array
    after_usd: Array

    def kept(self, keep: Mask) -> WorldCells:
        """Return the selected cells; the names stay."""
        columns = ("supplier", "destination", "good", "baseline_usd", "after_usd")
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})


@dataclass(frozen=True)
class CellSums:
    """Sums by slice (a supplier, good, group or kind of goods) and destination, each (slices, destinations)."""

    observed: Array
    expected: Array
    entrants: Array
    index: Array  # Herfindahl index of the expected cells


def cell_sums(cells: WorldCells, expected: Array, slices: Index, count: int) -> CellSums:
    shape = (count, len(cells.destinations))
    where = slices * shape[1] + cells.destination

    def add(values: Array) -> Array:
        return np.bincount(where, values, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)

    continuing = cells.baseline_usd > 0
    total = add(expected)
    return CellSums(
        observed=add(np.where(continuing, cells.after_usd, 0.0)),
        expected=total,
        entrants=add(np.where(continuing, 0.0, cells.after_usd)),
        index=herfindahl(add(expected**2), total),
    )


def good_sums(cells: WorldCells, values: Array, is_counted: Mask) -> Array:
    """Return sums of values (n,) by supplier and good, (suppliers, goods), over the destinations that count."""
    shape = (len(cells.suppliers), len(cells.goods))
    where = cells.supplier * shape[1] + cells.good
    counted = np.where(is_counted[cells.destination], values, 0.0)
    return np.bincount(where, counted, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)


def control_sums(cells: WorldCells, is_control: Mask) -> ControlSums:
    """Return the sums over control destinations that growth is fitted to."""
    before, later = cells.baseline_usd, cells.after_usd
    parts = (before, later, before**2, later**2, before * later)
    return ControlSums(*(good_sums(cells, part, is_control) for part in parts))


def expected_usd(cells: WorldCells, growth: Growth, is_control: Mask) -> Array:
    """Return the counterfactual dollars a year of each cell, (n,): its baseline times growth elsewhere.

    A control destination's own trade is excluded from the growth that it is compared with;
    otherwise placebos would vary less than the target.
    """
    own = is_control[cells.destination]
    pair = cells.supplier * len(cells.destinations) + cells.destination

    def taken_out(values: Array) -> tuple[Array, Array]:
        """Return the values to exclude: of each cell, and of all goods of its supplier there."""
        counted = np.where(own, values, 0.0)
        return counted, np.bincount(pair, counted)[pair]

    base, whole_base = taken_out(cells.baseline_usd)
    later, whole_later = taken_out(cells.after_usd)
    factor = growth.factor_without(cells.supplier, cells.good, (base, later), (whole_base, whole_later))
    return factor * cells.baseline_usd
