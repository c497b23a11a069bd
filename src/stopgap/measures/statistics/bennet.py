"""Split a change in dollars into quantity and price effects with Bennet's decomposition, without imputing quantities."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa

from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.arrays import positions
from stopgap.measures.statistics.two_way_effects import Flags

OUTLYING_FACTOR = 3.0
"""Largest factor of change in unit value between the windows; beyond it, a wrong unit is likelier than a price."""

LEAST_MONTHS = 3
"""Fewest months with a unit value for a median that judges them."""


@dataclass(frozen=True)
class PriceCells:
    """Yearly means at the target per (supplier, good, season); each array is (n,)."""

    suppliers: tuple[str, ...]
    supplier: Index  # position among the names
    good: Index
    season: Index  # month of the year; one value for annual figures
    baseline_usd: Array  # current US dollars, and so after_usd
    after_usd: Array
    baseline_quantity: Array  # in the good's unit, NaN where any of the dollars lacks it; and so after_quantity
    after_quantity: Array

    def __len__(self) -> int:
        return len(self.supplier)

    def take(self, rows: Flags) -> PriceCells:
        """Return some of the cells; positions of names stay."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return replace(self, **{name: values[rows] for name, values in columns.items()})


@dataclass(frozen=True)
class Split:
    """A change in dollars decomposed: ``change = quantity + price + new or ended + not adjusted``.

    All in US dollars a year, with the sign of the change decomposed.

    Attributes:
        change_usd: Change decomposed: the coalition's loss, or the other suppliers' gain.
        quantity_usd: Change of quantity at the mean of both unit values.
        price_usd: Change of unit values at the mean of both quantities.
        new_or_ended_usd: Change of cells with trade in one window only, which lack a second price.
        not_adjusted_usd: Change of cells without quantity on all of their trade.
        at_baseline_price_usd: Change of quantity at the baseline's unit value, over the cells
            split and those that ended: the price-adjusted figure. ``None`` if there are none.
        outlying_usd: Trade of both windows in split cells whose unit value moved more than
            threefold: as likely a wrong unit as a price.
        split_share: Share of both windows' trade in split cells.
        weighed_share: Share of both windows' trade in cells with quantity on all their trade.
    """

    change_usd: float
    quantity_usd: float
    price_usd: float
    new_or_ended_usd: float
    not_adjusted_usd: float
    at_baseline_price_usd: float | None
    outlying_usd: float
    split_share: float | None
    weighed_share: float | None


@dataclass(frozen=True)
class SupplierSplit:
    """Price and quantity split of one economy's change, after minus baseline; ``role`` is member, supplier or hub."""

    supplier: str
    role: str
    split: Split


def read_price_cells(rows: pa.Table) -> tuple[PriceCells, tuple[str, ...]]:
    """Return the rows of the stage ``quantity_cells``, and the names of the positions in ``good``."""
    rows = rows.sort_by([(name, "ascending") for name in ("supplier", "good", "season")])
    suppliers, supplier = positions(rows["supplier"])
    goods, good = positions(rows["good"])
    names = ("baseline_usd", "after_usd", "baseline_quantity", "after_quantity")
    columns = {name: rows[name].cast(pa.float64()).to_numpy() for name in names}
    season = rows["season"].to_numpy().astype(np.int64)
    return PriceCells(suppliers, supplier, good, season, **columns), goods


def bennet(
    baseline_usd: Array, baseline_quantity: Array, after_usd: Array, after_quantity: Array
) -> tuple[Array, Array]:
    """Return the quantity and the price effect of each change in value, which sum to it; quantities are above 0.

    ``(p0 + p1)/2 * (q1 - q0)`` and ``(q0 + q1)/2 * (p1 - p0)``: Bennet (1920).
    """
    before, after = baseline_usd / baseline_quantity, after_usd / after_quantity
    quantity = (before + after) / 2.0 * (after_quantity - baseline_quantity)
    price = (baseline_quantity + after_quantity) / 2.0 * (after - before)
    return quantity, price


def joined_seasons(cells: PriceCells) -> PriceCells:
    """Merge the months of a cell with quantities on all their trade into one year, and the other months into another.

    So a month without quantities drops out of the split alone, not with the whole year.
    """
    if not len(cells):
        return cells
    known = _known(cells.baseline_usd, cells.baseline_quantity) & _known(cells.after_usd, cells.after_quantity)
    season = np.where(known, 0, 1)
    _, first, cell = np.unique(_pair(cells) * 2 + season, return_index=True, return_inverse=True)

    def total(values: Array) -> Array:
        return np.bincount(cell, weights=values).astype(np.float64)

    return PriceCells(
        cells.suppliers,
        cells.supplier[first],
        cells.good[first],
        season[first],
        total(cells.baseline_usd),
        total(cells.after_usd),
        total(np.where(cells.baseline_usd > 0, cells.baseline_quantity, 0.0)),
        total(np.where(cells.after_usd > 0, cells.after_quantity, 0.0)),
    )


def _pair(cells: PriceCells) -> Index:
    """Return a number for the supplier and good of each cell, (n,), in the order of both."""
    return np.asarray(cells.supplier * (int(cells.good.max(initial=0)) + 1) + cells.good)


def _known(usd: Array, quantity: Array) -> Flags:
    return np.asarray((usd == 0) | (quantity > 0))


def near_own_medians(cells: PriceCells) -> Flags:
    """Return which months have unit values within a factor of 3 of the medians of their supplier's good.

    The medians are those of the baseline and of the after-window, each over the calendar months known; a unit value is
    judged where there are three or more. Such a month is likelier a wrong unit than a price.
    """
    near = np.ones(len(cells), dtype=bool)
    pair = _pair(cells)
    windows = ((cells.baseline_usd, cells.baseline_quantity), (cells.after_usd, cells.after_quantity))
    for usd, quantity in windows:
        known = np.flatnonzero((usd > 0) & (quantity > 0))
        price = usd[known] / quantity[known]
        order = np.lexsort((price, pair[known]))
        known, price = known[order], price[order]
        _, first, count = np.unique(pair[known], return_index=True, return_counts=True)
        middle = (price[first + (count - 1) // 2] + price[first + count // 2]) / 2.0
        relative = price / np.repeat(middle, count)
        is_far = (relative > OUTLYING_FACTOR) | (relative < 1.0 / OUTLYING_FACTOR)
        near[known] &= ~(is_far & (np.repeat(count, count) >= LEAST_MONTHS))
    return near


def split_changes(cells: PriceCells, group: Index, groups: int, *, sign: float = 1.0) -> tuple[Split, ...]:
    """Split the change of each group of cells into quantity and price; a missing quantity is never imputed.

    ``group`` (n,) is the group of each cell, negative for none; ``sign`` -1 splits a loss. A group without
    trade has parts of 0 and shares of ``None``.
    """
    traded = (group >= 0) & ((cells.baseline_usd > 0) | (cells.after_usd > 0))
    known = traded & _known(cells.baseline_usd, cells.baseline_quantity) & _known(cells.after_usd, cells.after_quantity)
    both = known & (cells.baseline_usd > 0) & (cells.after_usd > 0)
    one = known & ~both
    change, trade = cells.after_usd - cells.baseline_usd, cells.after_usd + cells.baseline_usd
    columns = (cells.baseline_usd, cells.baseline_quantity, cells.after_usd, cells.after_quantity)
    usd0, q0, usd1, q1 = (values[both] for values in columns)
    quantity, price = np.zeros(len(cells)), np.zeros(len(cells))
    quantity[both], price[both] = bennet(usd0, q0, usd1, q1)
    adjusted = np.where(one & (cells.baseline_usd > 0), change, 0.0)
    adjusted[both] = usd0 / q0 * (q1 - q0)
    moved = np.zeros(len(cells), dtype=bool)
    moved[both] = np.abs(np.log((usd1 / q1) / (usd0 / q0))) > np.log(OUTLYING_FACTOR)

    def total(values: Array, rows: Flags) -> list[float]:
        sums = np.bincount(group[rows], weights=values[rows], minlength=groups)
        return [float(value) for value in sums]

    has_price = total(np.ones(len(cells)), both | (one & (cells.baseline_usd > 0)))
    traded_usd, known_usd, both_usd = total(trade, traded), total(trade, known), total(trade, both)
    parts = zip(
        total(change, traded),
        total(quantity, both),
        total(price, both),
        total(change, one),
        total(change, traded & ~known),
        total(adjusted, known),
        total(trade, moved),
        strict=True,
    )
    return tuple(
        Split(
            change_usd=sign * changed + 0.0,
            quantity_usd=sign * by_quantity + 0.0,
            price_usd=sign * by_price + 0.0,
            new_or_ended_usd=sign * by_one + 0.0,
            not_adjusted_usd=sign * left + 0.0,
            at_baseline_price_usd=sign * at_price + 0.0 if has_price[row] else None,
            outlying_usd=outlying,
            split_share=both_usd[row] / traded_usd[row] if traded_usd[row] > 0 else None,
            weighed_share=known_usd[row] / traded_usd[row] if traded_usd[row] > 0 else None,
        )
        for row, (changed, by_quantity, by_price, by_one, left, at_price, outlying) in enumerate(parts)
    )
