"""Intervals as two columns of a table: the lower and the upper end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def end_names(name: str) -> tuple[str, str]:
    """Return the names of the two columns of an interval: ``ci95_low``, ``ci95_high``."""
    return f"{name}_low", f"{name}_high"


def with_ends(row: Mapping[str, Any], intervals: Collection[str]) -> dict[str, Any]:
    """Return a row with each of `intervals` as its two ends, both null where there is no interval; the rest is kept."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name in intervals:
            found |= zip(end_names(name), value or (None, None), strict=True)
        else:
            found[name] = value
    return found


def with_end_names(names: Collection[str], intervals: Collection[str]) -> list[str]:
    """Return names of columns, each of `intervals` as its two ends."""
    return [each for name in names for each in (end_names(name) if name in intervals else (name,))]
