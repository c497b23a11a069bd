"""Write tables as CSV without cells that a spreadsheet would execute as formulas (CSV injection).

A text cell that a spreadsheet could take for a formula gets an apostrophe prefix, which :func:`unguarded` removes.
Numbers are not changed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.visible_text import HIDDEN, json_escaped, visible

if TYPE_CHECKING:
    import pyarrow as pa

_SIGNS = (
    "=+\\-@\u2212\u207a\u207b\u207c\u208a\u208b\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
)
"""Characters that start a formula: ``= + - @``, the minus sign, and those that NFKC normalisation maps to them."""

_SKIPPED = rf"\s\"'`\u1fef\uff02\uff07\uff40{HIDDEN.pattern.partition(']')[0][1:]}"
"""Characters that a spreadsheet may skip before a formula: whitespace, quotes, invisible characters."""

_FORMULA = re.compile(rf"[\t\r\n]|[{_SKIPPED}]*[{_SIGNS}]")


def plain(value: object) -> object:
    """Convert a value that JSON does not support to text: dates as ISO 8601, others with ``str``."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return str(value)


def is_formula_like(text: str) -> bool:
    """Return whether a spreadsheet could take `text` for a formula."""
    return _FORMULA.match(text) is not None


def guarded(value: object) -> object:
    """Make a text cell safe: prefix formulas with an apostrophe and escape hidden characters; other values are kept."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if is_formula_like(text) else text


def unguarded(text: str) -> str:
    """Remove the apostrophe that :func:`guarded` added to a text cell; escaped characters stay escaped."""
    return text[1:] if text[:1] == "'" and is_formula_like(text[1:]) else text


def csv_rows(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV (missing values are empty); text cells cannot be formulas."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerows(["" if value is None else guarded(cell(value)) for value in row] for row in rows)
    return sink.getvalue()


def csv_text(table: pa.Table) -> str:
    """Write a table as CSV (with header, missing values are empty); text cells cannot be formulas."""
    return csv_rows([table.column_names, *(row.values() for row in table.to_pylist())])


def cell(value: Any) -> Any:
    """Convert a value to one cell: NaN and infinity become empty, lists and objects JSON, dates ISO 8601."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, list | tuple | dict):
        return json_escaped(json.dumps(finite(value), ensure_ascii=False, default=plain))
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value


def finite(value: Any) -> Any:
    """Replace NaN and infinity, which JSON lacks, by ``None`` at any depth."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value
