"""Put rows with numbers for names in order, and add up rows of the same numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stopgap.measures.statistics.array_types import Array, Whole

SPARSEST = 8
"""Most places per row of an array that rows are counted into; with more they are sorted."""


def dense_codes(codes: Whole, size: int) -> tuple[Whole, Whole]:
    """Return the codes (0 or more, below ``size``) that occur, sorted, and each row's position among them."""
    if size <= SPARSEST * len(codes) + 1024:
        there = np.zeros(size, dtype=bool)
        there[codes] = True
        return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - np.int32(1))[codes]
    found, place = np.unique(codes, return_inverse=True)
    return found, place.astype(np.int32)


def sums_by_code(codes: Whole, size: int, *columns: Array) -> tuple[Whole, list[Array]]:
    """Return the codes (0 or more, below ``size``) that occur, sorted, and the columns (n,) added up by code.

    Sums are exact to a millionth, and do not depend on the order of rows; one that holds NaN is NaN.
    """
    order, ordered = _in_order(codes, size)
    columns_in_order = [column[order] for column in columns]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    if len(first) == len(ordered):
        return ordered, columns_in_order
    return ordered[first], [_added(column, first) for column in columns_in_order]


def _in_order(codes: Whole, size: int) -> tuple[Whole, Whole]:
    """Return the order of rows by their codes, and the codes in that order."""
    if size <= SPARSEST * len(codes) + 1024:
        place = np.full(size, -1, dtype=np.int32)
        place[codes] = np.arange(len(codes), dtype=np.int32)
        there = np.flatnonzero(place >= 0)
        if len(there) == len(codes):
            return place[there], there
    order = np.argsort(codes, kind="stable")
    return order, codes[order]


def _added(values: Array, first: Whole) -> Array:
    """Return sums of rows from each first one to the next; NaN if a row is."""
    millionths = np.rint(np.nan_to_num(values) * 1e6).astype(np.int64)
    missing = np.add.reduceat(np.isnan(values), first) > 0
    return np.where(missing, np.nan, np.add.reduceat(millionths, first) / 1e6)


def days_of(column: pa.ChunkedArray) -> Whole:
    """Return dates as days since 1970, (n,)."""
    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).to_numpy())


def doubles_of(column: pa.ChunkedArray) -> Array:
    """Return a column as doubles, (n,); NaN for NULL."""
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
