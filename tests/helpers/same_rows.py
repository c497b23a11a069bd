"""Whether two tables hold the same rows: keys and counts exactly, sums of doubles to the ninth digit."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import pyarrow as pa

RTOL = 1e-9


def differences(ours: pa.Table, theirs: pa.Table, *, rtol: float = RTOL) -> list[str]:
    """What differs between the rows of two tables, in any order; empty if nothing does."""
    if ours.column_names != theirs.column_names:
        return [f"columns {ours.column_names} and {theirs.column_names}"]
    found = [
        f"column {name} is {kind} and {other}"
        for name in ours.column_names
        if (kind := _kind(ours.schema.field(name).type)) != (other := _kind(theirs.schema.field(name).type))
        and "null" not in (kind, other)
    ]
    if ours.num_rows != theirs.num_rows:
        found.append(f"{ours.num_rows} rows and {theirs.num_rows}")
    for one, other in zip(_rows(ours), _rows(theirs), strict=False):
        if not all(_same(a, b, rtol) for a, b in zip(one, other, strict=True)):
            found.append(f"{one} and {other}")
    return found


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_integer(kind):
        return "whole number"
    if pa.types.is_decimal(kind) and kind.scale == 0:
        return "whole number"
    return str(kind)


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows by their exact columns, then by their numbers."""
    rows = [tuple(map(_plain, row.values())) for row in table.to_pylist()]
    return sorted(rows, key=lambda row: ([_order(value) for value in row if not isinstance(value, float)],
                                         [value for value in row if isinstance(value, float)]))  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _order(value: Any) -> tuple[str, Any]:
    return (
        ("", "")
        if value is None
        else (type(value).__name__, value.isoformat() if isinstance(value, dt.date) else value)
    )


def _same(one: Any, other: Any, rtol: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=rtol) or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other
