"""Compute backfill at constant prices: gains and losses at baseline unit values, split exactly in quantity and price.

A cell is one supplier's good. Where it has no baseline trade (an entrant in the good) its own unit value of the baseline does
not exist; its quantity is valued at the good's mean baseline unit value at the target over all suppliers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from stopgap.base.errors import IdentityError
from stopgap.base.notes import Note
from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import Engine
from stopgap.measures.backfill.real_results import RealBackfill, RealSide, RealSupplier, UnitValue
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.bennet import (
    OUTLYING_FACTOR,
    PriceCells,
    joined_seasons,
    near_own_medians,
    read_price_cells,
)
from stopgap.panel.prepare import Prepared
from stopgap.panel.quantities import GoodUnit, read_units
from stopgap.panel.quantity_stages import quantity_cells

NO_LOSS = "the coalition's loss at baseline unit values is not above 0"
NO_QUANTITIES = "no figure has quantities in both windows"
NO_SUPPLIERS = "no economy outside the coalition has figures in both windows"
MUCH = 0.25
"""A trimmed ratio farther than this from the ratio, by it, is worth a warning; so is that share without quantities."""


def real_answer(engine: Engine, prepared: Prepared, report: Report) -> RealBackfill:
    """Read quantities beside the dollars of a measure, and compute :func:`real_backfill`."""
    units = read_units(engine, prepared, report)
    tables = {**prepared.tables, **units.tables}
    rows = engine.run(quantity_cells(report), tables=tables, params=prepared.params)
    cells, goods = read_price_cells(rows)
    return real_backfill(cells, goods, members=prepared.members, units={row.good: row for row in units.goods})


@dataclass(frozen=True)
class _Valued:
    """Cells with their change valued; each array is (n,), 0 where a cell is not adjusted."""

    change_usd: Array
    trade_usd: Array  # of both windows
    at_baseline_usd: Array
    quantity_usd: Array
    price_usd: Array
    is_adjusted: Mask
    is_new: Mask
    is_outlying: Mask


def real_backfill(
    cells: PriceCells, goods: tuple[str, ...], *, members: Collection[str], units: Mapping[str, GoodUnit]
) -> RealBackfill:
    """Value each cell's change at baseline unit values, and split it in quantity and price effects.

    ``goods`` are the names of ``cells.good``; months are joined here. A cell without quantity on all of its trade, or an entrant in a good that has
    no baseline unit value, is not adjusted: nothing is imputed for it, and its dollars are counted apart.

    Raises:
        IdentityError: The parts of a change do not add up to it.

    Method: docs/methods/prices.md, "Real backfill"; Bennet (1920).
    """
    if not len(cells):
        return RealBackfill(reason=NO_QUANTITIES)
    inside = np.array([name in members for name in cells.suppliers], dtype=bool)
    trimmed_ratio, outlying_usd = _trimmed(cells, len(goods), inside)
    cells = joined_seasons(cells)
    valued, is_member = _valued(cells, len(goods)), inside[cells.supplier]
    loss, gain = _side(valued, is_member, -1.0), _side(valued, ~is_member, 1.0)
    trade, adjusted = float(valued.trade_usd.sum()), float(valued.trade_usd[valued.is_adjusted].sum())
    found = RealBackfill(
        reason=NO_QUANTITIES,
        share_of_value_with_quantities=adjusted / trade if trade > 0 else None,
        loss=loss,
        gain=gain,
        by_supplier=_by_supplier(cells, valued, inside),
        unit_values=_unit_values(cells, valued, goods, units),
    )
    if not valued.is_adjusted.any():
        return found
    reason = NO_SUPPLIERS if is_member.all() else None if loss.at_baseline_prices_usd > 0 else NO_LOSS
    has_ratio = reason is None
    return replace(
        found,
        ratio=gain.at_baseline_prices_usd / loss.at_baseline_prices_usd if has_ratio else None,
        reason=reason,
        nominal_ratio=_ratio(valued.change_usd, is_member, valued.is_adjusted) if has_ratio else None,
        trimmed_ratio=trimmed_ratio if has_ratio else None,
        outlying_usd=outlying_usd,
        loss_usd=loss.at_baseline_prices_usd,
        gain_usd=gain.at_baseline_prices_usd,
        price_effect_loss_usd=loss.price_effect_usd,
        price_effect_gain_usd=gain.price_effect_usd,
    )


def _valued(cells: PriceCells, goods: int) -> _Valued:
    usd0, q0, usd1, q1 = cells.baseline_usd, cells.baseline_quantity, cells.after_usd, cells.after_quantity
    before, later = (usd0 > 0) & (q0 > 0), (usd1 > 0) & (q1 > 0)
    known = (before | (usd0 == 0)) & (later | (usd1 == 0)) & ((usd0 > 0) | (usd1 > 0))
    good_usd = np.bincount(cells.good[before], weights=usd0[before], minlength=goods)
    good_quantity = np.bincount(cells.good[before], weights=q0[before], minlength=goods)
    mean_price = np.divide(good_usd, good_quantity, out=np.full(goods, np.nan), where=good_quantity > 0)
    is_new = known & (usd0 == 0)
    price0 = np.where(
        is_new, mean_price[cells.good], np.divide(usd0, q0, out=np.full(len(cells), np.nan), where=before)
    )
    price1 = np.divide(usd1, q1, out=price0.copy(), where=later)  # what ended keeps its unit value: all is quantity
    is_adjusted = known & np.isfinite(price0)
    q0, q1 = np.where(is_adjusted & before, q0, 0.0), np.where(is_adjusted & later, q1, 0.0)
    price0, price1 = np.where(is_adjusted, price0, 0.0), np.where(is_adjusted, price1, 0.0)
    return _Valued(
        change_usd=usd1 - usd0,
        trade_usd=usd1 + usd0,
        at_baseline_usd=price0 * (q1 - q0),
        quantity_usd=(price0 + price1) / 2.0 * (q1 - q0),
        price_usd=(q0 + q1) / 2.0 * (price1 - price0),
        is_adjusted=is_adjusted,
        is_new=is_new & is_adjusted,
        is_outlying=_outlying(price0, price1, is_adjusted & later),
    )


def _trimmed(cells: PriceCells, goods: int, inside: Mask) -> tuple[float | None, float]:
    """Return the real ratio without outlying unit values, and the trade that is left out for them."""
    near = near_own_medians(cells)
    left = float((cells.baseline_usd + cells.after_usd)[~near].sum())
    kept = joined_seasons(cells.take(near))
    valued, is_member = _valued(kept, goods), inside[kept.supplier]
    ratio = _ratio(valued.at_baseline_usd, is_member, ~valued.is_outlying)
    return ratio, left + float(valued.trade_usd[valued.is_outlying].sum())


def _outlying(price0: Array, price1: Array, compared: Mask) -> Mask:
    """Return which cells' unit values moved more than threefold against the median move of all compared cells."""
    found = np.zeros(price0.size, dtype=bool)
    if compared.any():
        moved = price1[compared] / price0[compared]
        moved = moved / np.median(moved)
        found[compared] = (moved > OUTLYING_FACTOR) | (moved < 1.0 / OUTLYING_FACTOR)
    return found


def _ratio(amount: Array, is_member: Mask, rows: Mask) -> float | None:
    """Return the others' sum by the members' sum turned, over some cells; ``None`` if that is not above 0."""
    loss, gain = -float(amount[rows & is_member].sum()), float(amount[rows & ~is_member].sum())
    return gain / loss if loss > 0 else None


def _side(valued: _Valued, rows: Mask, sign: float) -> RealSide:
    adjusted = rows & valued.is_adjusted

    def total(amount: Array, where: Mask) -> float:
        return sign * float(amount[where].sum()) + 0.0

    trade = float(valued.trade_usd[rows].sum())
    side = RealSide(
        change_usd=total(valued.change_usd, rows),
        at_baseline_prices_usd=total(valued.at_baseline_usd, adjusted),
        quantity_effect_usd=total(valued.quantity_usd, adjusted),
        price_effect_usd=total(valued.price_usd, adjusted),
        not_adjusted_usd=total(valued.change_usd, rows & ~valued.is_adjusted),
        new_at_baseline_prices_usd=total(valued.at_baseline_usd, rows & valued.is_new),
        adjusted_share=float(valued.trade_usd[adjusted].sum()) / trade if trade > 0 else None,
    )
    _check(side, trade + float(np.abs(valued.quantity_usd[adjusted]).sum() + np.abs(valued.price_usd[adjusted]).sum()))
    return side


def _check(side: RealSide, scale: float) -> None:
    """Check that the parts add up to the change, within rounding of doubles at the scale of the parts.

    Raises:
        IdentityError: They do not.
    """
    parts = side.quantity_effect_usd + side.price_effect_usd + side.not_adjusted_usd
    if abs(parts - side.change_usd) > 1e-9 * max(1.0, scale):
        raise IdentityError(
            "quantity, price and what is not adjusted do not add up to the change",
            where=f"change {side.change_usd:.6g}, parts {parts:.6g}",
            fix="this is a fault in Stopgap: report it with the goods list and the vintage",
        )


def _by_supplier(cells: PriceCells, valued: _Valued, inside: Mask) -> tuple[RealSupplier, ...]:
    count = len(cells.suppliers)

    def sums(amount: Array) -> list[float]:
        return [float(each) for each in np.bincount(cells.supplier, weights=amount, minlength=count)]

    adjusted = valued.is_adjusted
    change, left = sums(valued.change_usd), sums(np.where(adjusted, 0.0, valued.change_usd))
    real, price = sums(valued.at_baseline_usd), sums(valued.price_usd)
    trade, with_quantity = sums(valued.trade_usd), sums(np.where(adjusted, valued.trade_usd, 0.0))
    rows = [
        RealSupplier(
            name,
            bool(inside[at]),
            change[at],
            real[at],
            price[at],
            left[at],
            with_quantity[at] / trade[at] if trade[at] > 0 else None,
        )
        for at, name in enumerate(cells.suppliers)
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.at_baseline_prices_usd), row.supplier)))


def _unit_values(
    cells: PriceCells, valued: _Valued, goods: tuple[str, ...], units: Mapping[str, GoodUnit]
) -> tuple[UnitValue, ...]:
    def mean_prices(usd: Array, quantity: Array) -> list[float | None]:
        rows = (usd > 0) & (quantity > 0)
        dollars, amount = (
            _sums(cells.good[rows], usd[rows], len(goods)),
            _sums(cells.good[rows], quantity[rows], len(goods)),
        )
        return [float(over / by) if by > 0 else None for over, by in zip(dollars, amount, strict=True)]

    before = mean_prices(cells.baseline_usd, cells.baseline_quantity)
    later = mean_prices(cells.after_usd, cells.after_quantity)
    trade = _sums(cells.good, valued.trade_usd, len(goods))
    adjusted = _sums(cells.good, np.where(valued.is_adjusted, valued.trade_usd, 0.0), len(goods))

    def in_unit(price: float | None, unit: GoodUnit) -> float | None:
        return None if price is None else price / unit.per_stage_unit

    return tuple(
        UnitValue(
            good,
            units[good].unit,
            in_unit(before[at], units[good]),
            in_unit(later[at], units[good]),
            float(adjusted[at] / trade[at]) if trade[at] > 0 else None,
        )
        for at, good in enumerate(goods)
    )


def _sums(group: Index, amount: Array, groups: int) -> Array:
    return np.asarray(np.bincount(group, weights=amount, minlength=groups), dtype=np.float64)


def real_warnings(real: RealBackfill | None) -> list[str]:
    """Return the lines that limit the real ratio; empty if there is none."""
    if real is None or real.ratio is None:
        return []
    found: list[str] = []
    share = real.share_of_value_with_quantities or 0.0
    if share < 1.0 - MUCH:
        found.append(
            Note(
                f"real backfill rests on {share:.1%} of the value: the rest lacks quantities and is not price-adjusted"
            )
        )
    if real.trimmed_ratio is None or abs(real.trimmed_ratio - real.ratio) > MUCH * abs(real.ratio):
        trimmed = "undefined" if real.trimmed_ratio is None else f"{real.trimmed_ratio:.1%}"
        found.append(
            Note(
                f"real backfill rests on unit values that moved more than threefold: {real.ratio:.1%} with them, {trimmed} without"
            )
        )
    return found
