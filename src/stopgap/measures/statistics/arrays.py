"""Convert panel tables to arrays: names as positions, in an order that does not depend on the engine."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from stopgap.measures.statistics.array_types import Index
from stopgap.measures.statistics.cells import WorldCells


def positions(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Index]:
    """Return the sorted names of a text column, or the days of one of days, and each row's position among them."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    names = encoded.dictionary.cast(pa.string()).to_pylist()
    at = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    used = np.flatnonzero(np.bincount(at, minlength=len(names))).tolist()
    order = sorted(used, key=lambda row: names[row])
    place = np.empty(max(len(names), 1), dtype=np.int64)
    place[order] = np.arange(len(order))
    return tuple(names[row] for row in order), place[at] if at.size else at


def world_cells(table: pa.Table) -> WorldCells:
    """Convert the stage ``world_cells`` to sorted arrays, so that sums do not depend on the engine's order."""
    suppliers, supplier = positions(table["supplier"])
    destinations, destination = positions(table["destination"])
    goods, good = positions(table["good"])
    sanctioned = np.zeros(len(goods), dtype=bool)
    sanctioned[good] = table["is_sanctioned"].to_numpy()
    key = (supplier * max(len(destinations), 1) + destination) * max(len(goods), 1) + good
    is_sorted = bool((key[1:] > key[:-1]).all())
    order = slice(None) if is_sorted else np.argsort(key, kind="stable")
    return WorldCells(
        suppliers,
        destinations,
        goods,
        sanctioned,
        supplier[order],
        destination[order],
        good[order],
        table["baseline_usd"].to_numpy()[order],
        table["after_usd"].to_numpy()[order],
    )


def significant(value: float | None, digits: int = 10) -> float | None:
    """Round a modelled figure to ten significant digits, since logarithms differ in the last digits between machines.

    Returns ``None`` if it is not finite.
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits - 1}e}")


def significant_interval(
    interval: tuple[float | None, float | None] | None, *, by: float = 1.0
) -> tuple[float, float] | None:
    """Divide both ends by ``by`` and round them to ten significant digits; ``None`` if one is unknown."""
    low, high = (None if end is None else significant(end / by) for end in interval or (None, None))
    return None if low is None or high is None else (low, high)
