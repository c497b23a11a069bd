"""Write tables as CSV that a spreadsheet opens and does not execute.

A cell of text that a spreadsheet could take for a formula gets an apostrophe before it, which :func:`unguarded` takes
off again. Numbers are left as they are.
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
"""What begins a formula: ``= + - @``, the minus sign, and what compatibility (NFKC) turns into one of them."""

_SKIPPED = rf"\s\"'`\u1fef\uff02\uff07\uff40{HIDDEN.pattern.partition(']')[0][1:]}"
"""What a spreadsheet may drop before it looks: blanks, quotes, what cannot be seen."""

_FORMULA = re.compile(rf"[\t\r\n]|[{_SKIPPED}]*[{_SIGNS}]")


def plain(value: object) -> object:
    """A value that JSON does not know, as text: dates by ISO 8601, all else as it prints."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return str(value)


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet could take `text` for a formula."""
    return _FORMULA.match(text) is not None


def guarded(value: object) -> object:
    """A cell that no spreadsheet takes for a formula, nothing hidden in it: text is, other values are left."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if is_formula_like(text) else text


def unguarded(text: str) -> str:
    """A cell of text without its guard; what was shown as an escape stays one."""
    return text[1:] if text[:1] == "'" and is_formula_like(text[1:]) else text


def csv_rows(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV (empty for missing); text cells cannot be formulas."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerows(["" if value is None else guarded(cell(value)) for value in row] for row in rows)
    return sink.getvalue()


def csv_text(table: pa.Table) -> str:
    """A table as CSV (UTF-8, header, empty for missing); text cells cannot be formulas."""
    return csv_rows([table.column_names, *(row.values() for row in table.to_pylist())])


def cell(value: Any) -> Any:
    """A value as one cell: no number that is not finite, lists and objects as JSON, days by ISO 8601."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, list | tuple | dict):
        return json_escaped(json.dumps(finite(value), ensure_ascii=False, default=plain))
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
