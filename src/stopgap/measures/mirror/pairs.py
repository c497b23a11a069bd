"""Hold both sides' reports of one flow as parallel arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stopgap.measures.statistics.array_types import Array, Whole
from stopgap.measures.statistics.arrays import positions

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ReportPairs:
    """Reports of both sides, one entry per (exporter, importer, good, period) that at least one side reported.

    All arrays have one length. NaN means "no report", never zero: an importer that reported the
    period without a row for a flow has 0 only if the caller knows that it reported.
    ``exporter``, ``importer`` and ``good`` index the names; periods are months since year 0
    (``year * 12 + month - 1``). Dollars are current, FOB as the exporter reports them and CIF as the
    importer does. ``reexports_usd``, of foreign goods, is part of the exporter's exports; NaN if
    it does not report them separately.
    """

    economies: tuple[str, ...]
    goods: tuple[str, ...]
    exporter: Whole
    importer: Whole
    good: Whole
    period: Whole
    exporter_usd: Array
    importer_usd: Array
    exporter_kg: Array
    importer_kg: Array
    reexports_usd: Array

    def __len__(self) -> int:
        return int(self.exporter.size)

    @property
    def both(self) -> Flags:
        """Return where both sides report dollars above 0."""
        return (np.nan_to_num(self.exporter_usd) > 0) & (np.nan_to_num(self.importer_usd) > 0)

    def log_gap(self) -> Array:
        """Return ``ln(importer_usd / exporter_usd)``; NaN if a side is silent or has 0."""
        gap = np.full(len(self), np.nan)
        both = self.both
        gap[both] = np.log(self.importer_usd[both]) - np.log(self.exporter_usd[both])
        return gap

    def taken(self, where: Flags | Whole) -> ReportPairs:
        """Return the entries selected by ``where``; the names stay."""
        columns = ("exporter", "importer", "good", "period", *MEASURED)
        return replace(self, **{name: getattr(self, name)[where] for name in columns})


MEASURED = ("exporter_usd", "importer_usd", "exporter_kg", "importer_kg", "reexports_usd")


def pairs_of(table: pa.Table) -> ReportPairs:
    """Parse a table of the stage ``mirror_pairs``."""
    exporters, importers, goods = (table[name].cast(pa.string()) for name in ("exporter", "importer", "good"))
    economies, at = positions(pa.chunked_array([*exporters.chunks, *importers.chunks], pa.string()))
    exporter, importer = np.split(at, 2)
    names, good = positions(goods)
    period = table.column("period").to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12
    order = np.lexsort((period, good, importer, exporter))  # the same rows give the same sums to the last digit
    measured = (dollars_of(table, name)[order] for name in MEASURED)
    return ReportPairs(economies, names, exporter[order], importer[order], good[order], period[order], *measured)


def dollars_of(table: pa.Table, name: str) -> Array:
    """Return a column as doubles, NaN for NULL; all NaN if the table has no such column."""
    if name not in table.column_names:
        return np.full(len(table), np.nan)
    column = pc.fill_null(table.column(name).cast(pa.float64()), float("nan"))
    return np.asarray(column.to_numpy(), dtype=np.float64)


@dataclass(frozen=True)
class Reported:
    """Which economy reported which period (months since year 0, in order), as exporter and as importer.

    Both masks are economies x periods.
    """

    periods: Whole
    exporter: Flags
    importer: Flags

    def jointly(self, first: int, last: int) -> Whole:
        """Return the number of periods from ``first`` to ``last`` that both reported, exporters x importers."""
        inside = (self.periods >= first) & (self.periods <= last)
        joint = self.exporter[:, inside].astype(np.float64) @ self.importer[:, inside].astype(np.float64).T
        return np.asarray(np.rint(joint), dtype=np.int64)


def reported_of(table: pa.Table, economies: tuple[str, ...]) -> Reported:
    """Parse a table of the stage ``mirror_reported``: ``flow`` X or M, ``reporter``, ``period``."""
    number = {name: index for index, name in enumerate(economies)}
    rows = [row for row in table.to_pylist() if row["reporter"] in number]
    months = [row["period"].year * 12 + row["period"].month - 1 for row in rows]
    periods = np.unique(np.array(months, dtype=np.int64))
    sides = np.zeros((2, len(economies), periods.size), dtype=bool)
    for row, at in zip(rows, np.searchsorted(periods, months).tolist(), strict=True):
        sides[int(row["flow"] == "M"), number[row["reporter"]], at] = True
    return Reported(periods, sides[0], sides[1])


THIN_SHARE, THIN_FROM = 0.25, 20
"""Limits of a partial report: under a quarter of the partners of the fullest period, if that has at least 20."""


def without_thin(
    pairs: ReportPairs, reported: Reported
) -> tuple[ReportPairs, Reported, tuple[tuple[str, str, int], ...]]:
    """Return both reports without periods that a reporter reported only partially: they count as silent.

    The periods removed are returned as (flow X or M, economy, period).
    """
    size, count = len(pairs.economies), reported.periods.size
    if len(pairs) == 0:
        return pairs, reported, ()
    at = np.searchsorted(reported.periods, pairs.period).clip(0, max(count - 1, 0))
    kept, told, left_out = [], [], []
    for flow, own, other, values, side in (
        ("X", pairs.exporter, pairs.importer, pairs.exporter_usd, reported.exporter),
        ("M", pairs.importer, pairs.exporter, pairs.importer_usd, reported.importer),
    ):
        there = np.nan_to_num(values) > 0
        seen = np.unique((own[there] * count + at[there]) * size + other[there]) // size
        partners = np.bincount(seen, minlength=size * count).reshape(size, count)
        fullest = partners.max(axis=1, keepdims=True)
        thin = side & (fullest >= THIN_FROM) & (partners < THIN_SHARE * fullest)
        left_out += [
            (flow, pairs.economies[row], int(reported.periods[column])) for row, column in np.argwhere(thin).tolist()
        ]
        kept.append(np.where(thin[own, at], np.nan, values))
        told.append(side & ~thin)
    silent = replace(pairs, exporter_usd=kept[0], importer_usd=kept[1])
    return silent, Reported(reported.periods, told[0], told[1]), tuple(left_out)


def with_zeros(pairs: ReportPairs, reported: Reported) -> ReportPairs:
    """Return the pairs with 0 instead of "no report" where a side reported the period without a row.

    A reporter's figures may hold only some of its partners. A reporter covers a partner if it
    has any row of it, or, for importers, if the importer has rows of at least half of the
    economies that report exports of USD 10,000 or more to it.
    """
    if len(pairs) == 0:
        return pairs
    size = len(pairs.economies)
    at = np.searchsorted(reported.periods, pairs.period).clip(0, max(reported.periods.size - 1, 0))
    shape = (size, size)
    known_x, known_m, sells = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    has_x, has_m = np.isfinite(pairs.exporter_usd), np.isfinite(pairs.importer_usd)
    known_x[pairs.exporter[has_x], pairs.importer[has_x]] = True
    known_m[pairs.exporter[has_m], pairs.importer[has_m]] = True
    real = np.nan_to_num(pairs.exporter_usd) >= 10_000
    sells[pairs.exporter[real], pairs.importer[real]] = True
    sellers = sells.sum(axis=0)
    is_broad = (known_m & sells).sum(axis=0) * 2 >= np.maximum(sellers, 1)
    cover_m = known_m | (is_broad & known_m.any(axis=0))[None, :]
    fill_x = ~has_x & reported.exporter[pairs.exporter, at] & known_x[pairs.exporter, pairs.importer]
    fill_m = ~has_m & reported.importer[pairs.importer, at] & cover_m[pairs.exporter, pairs.importer]
    return replace(
        pairs,
        exporter_usd=np.where(fill_x, 0.0, pairs.exporter_usd),
        importer_usd=np.where(fill_m, 0.0, pairs.importer_usd),
    )
