"""Tables as text that a spreadsheet can open and will not run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def plain(value: object) -> object:
    """A value that JSON does not know, as text: dates by ISO 8601, all else as it prints."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return str(value)


def guarded(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text is, numbers are left."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def csv_text(table: pa.Table) -> str:
    """A table as CSV (UTF-8, header, empty for missing); text cells cannot be formulas."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([guarded(name) for name in table.column_names])
    for row in table.to_pylist():
        writer.writerow(["" if value is None else guarded(cell(value)) for value in row.values()])
    return sink.getvalue()


def cell(value: Any) -> Any:
    """A value as one cell: no number that is not finite, lists and objects as JSON, days by ISO 8601."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, list | tuple | dict):
        return json.dumps(finite(value), ensure_ascii=False, default=plain)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value


def finite(value: Any) -> Any:
    """A value for JSON, where NaN and infinity do not exist, at any depth: they become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value
