"""Split a change in dollars into quantity and price effects with Bennet's decomposition, without imputing weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.two_way_effects import Flags

OUTLYING_FACTOR = 3.0
"""Largest factor of change in unit value between the windows; beyond it, a wrong unit is likelier than a price."""


@dataclass(frozen=True)
class PriceCells:
    """Yearly means at the target per (supplier, good, season); each array is (n,)."""

    suppliers: tuple[str, ...]
    supplier: Index  # position among the names
    good: Index
    season: Index  # month of the year; one value for annual figures
    baseline_usd: Array  # current US dollars, and so after_usd
    after_usd: Array
    baseline_kg: Array  # kilograms, NaN where any of the dollars lacks weight; and so after_kg
    after_kg: Array

    def __len__(self) -> int:
        return len(self.supplier)


@dataclass(frozen=True)
class Split:
    """A change in dollars decomposed: ``change = quantity + price + new or ended + not adjusted``.

    All in US dollars a year, with the sign of the change decomposed.

    Attributes:
        change_usd: Change decomposed: the coalition's loss, or the other suppliers' gain.
        quantity_usd: Change of kilograms at the mean of both unit values.
        price_usd: Change of unit values at the mean of both quantities.
        new_or_ended_usd: Change of cells with trade in one window only, which lack a second price.
        not_adjusted_usd: Change of cells without weight on all of their trade.
        at_baseline_price_usd: Change of kilograms at the baseline's unit value, over the cells
            split and those that ended: the price-adjusted figure. ``None`` if there are none.
        outlying_usd: Trade of both windows in split cells whose unit value moved more than
            threefold: as likely a wrong unit as a price.
        split_share: Share of both windows' trade in split cells.
        weighed_share: Share of both windows' trade in cells with weight on all their trade.
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


def bennet(baseline_usd: Array, baseline_kg: Array, after_usd: Array, after_kg: Array) -> tuple[Array, Array]:
    """Return the quantity and the price effect of each change in value, which sum to it; kilograms are above 0.

    ``(p0 + p1)/2 * (q1 - q0)`` and ``(q0 + q1)/2 * (p1 - p0)``: Bennet (1920).
    """
    before, after = baseline_usd / baseline_kg, after_usd / after_kg
    quantity = (before + after) / 2.0 * (after_kg - baseline_kg)
    price = (baseline_kg + after_kg) / 2.0 * (after - before)
    return quantity, price


def joined_seasons(cells: PriceCells) -> PriceCells:
    """Merge the months of a cell into one year if all its trade has weight; else keep the months separate.

    So a month without weights drops out of the split alone, not with the whole year.
    """
    if not len(cells):
        return cells
    pair = np.unique(np.stack([cells.supplier, cells.good]), axis=1, return_inverse=True)[1].reshape(-1)
    weighed = _weighed(cells.baseline_usd, cells.baseline_kg) & _weighed(cells.after_usd, cells.after_kg)
    whole = np.bincount(pair, weights=~weighed) == 0
    season = np.where(whole[pair], 0, cells.season)
    _, first, cell = np.unique(np.stack([pair, season]), axis=1, return_index=True, return_inverse=True)
    cell = cell.reshape(-1)

    def total(values: Array) -> Array:
        return np.bincount(cell, weights=values).astype(np.float64)

    return PriceCells(
        cells.suppliers,
        cells.supplier[first],
        cells.good[first],
        season[first],
        total(cells.baseline_usd),
        total(cells.after_usd),
        total(np.where(cells.baseline_usd > 0, cells.baseline_kg, 0.0)),
        total(np.where(cells.after_usd > 0, cells.after_kg, 0.0)),
    )


def _weighed(usd: Array, kg: Array) -> Flags:
    return np.asarray((usd == 0) | (kg > 0))


def split_changes(cells: PriceCells, group: Index, groups: int, *, sign: float = 1.0) -> tuple[Split, ...]:
    """Split the change of each group of cells into quantity and price; missing weight is never imputed.

    ``group`` (n,) is the group of each cell, negative for none; ``sign`` -1 splits a loss. A group without
    trade has parts of 0 and shares of ``None``.
    """
    traded = (group >= 0) & ((cells.baseline_usd > 0) | (cells.after_usd > 0))
    known = traded & _weighed(cells.baseline_usd, cells.baseline_kg) & _weighed(cells.after_usd, cells.after_kg)
    both = known & (cells.baseline_usd > 0) & (cells.after_usd > 0)
    one = known & ~both
    change, trade = cells.after_usd - cells.baseline_usd, cells.after_usd + cells.baseline_usd
    columns = (cells.baseline_usd, cells.baseline_kg, cells.after_usd, cells.after_kg)
    usd0, kg0, usd1, kg1 = (values[both] for values in columns)
    quantity, price = np.zeros(len(cells)), np.zeros(len(cells))
    quantity[both], price[both] = bennet(usd0, kg0, usd1, kg1)
    adjusted = np.where(one & (cells.baseline_usd > 0), change, 0.0)
    adjusted[both] = usd0 / kg0 * (kg1 - kg0)
    moved = np.zeros(len(cells), dtype=bool)
    moved[both] = np.abs(np.log((usd1 / kg1) / (usd0 / kg0))) > np.log(OUTLYING_FACTOR)

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
