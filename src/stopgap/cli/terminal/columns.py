"""The columns of a table as people read them: a header with its unit, the printed cells, and how a column yields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stopgap.base.spreadsheets import cell
from stopgap.base.visible_text import one_line
from stopgap.cli.terminal import figures
from stopgap.cli.terminal.figures import DOLLARS, KILOGRAMS, MISSING, PERCENT, UnitScale
from stopgap.cli.terminal.names import ECONOMIES, GOODS, economy_name, good_name

if TYPE_CHECKING:
    import pyarrow as pa

NOT_FOR_A_TERMINAL = frozenset({"receipt", "sha256", "hash", "content", "from_receipt", "to_receipt", "rows_query"})
"""Columns that a terminal shows only where a command names them, or with ``--full``."""
WORDED = {"net_gain": "net_gain_usd"}
"""Columns of text that say why there is no figure, and the column of the figure that they show otherwise."""
_INTERVALS_OF = {
    "ci95": ("net_gain_usd", "symmetric_ratio", "estimate"),
    "net_ci95": ("net_gain_usd", "net_ratio"),
    "loss_ci95": ("loss_share",),
    "final_ci95": ("symmetric_ratio",),
    "reroute": ("reroute_share",),
}
"""The figures whose intervals these are: the interval has the unit of the first that the table has."""
_HEADERS = {
    "ci95": "95% interval", "net_ci95": "95% interval of net gain", "loss_ci95": "95% interval of loss share",
    "final_ci95": "95% interval of final ratio", "net_kg": "net weight_kg", "p_value": "p value", "q_value": "q value",
    "sha256": "SHA-256", "tlp": "TLP", "hhi": "HHI", "m49": "M49", "iso2": "ISO2", "url": "URL",
}  # fmt: skip
_REMARKS = frozenset({"fix", "reason", "note", "because", "why", "fault", "changed", "group", "refused_on", "decision"})
"""Columns that are shown only where some row has one."""
_RATIOS = frozenset({"symmetric_ratio", "early_ratio", "net_ratio", "gross_ratio", "coverage", "growth", "ordinary_growth"})  # fmt: skip
_MIXED = frozenset({"estimate", "gross", "threshold", "interval"})
"""Columns whose unit differs by row, and stands in a column beside."""
_MONEY = re.compile(r"(^|_)usd(?=\)?$)")
_WEIGHT = re.compile(r"(?<!per)(^|_)kg(?=\)?$)")
_SHARE = re.compile(r"(^|_)share(_|$)")
_LOW = re.compile(r"(^|_)low(?=_|$)")
_HASH = re.compile(r"(sha256:)?([0-9a-f]{12})[0-9a-f]{20,}")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
GLUE = "\u00a0"
"""Stands in a header for a blank at which it is not wrapped."""


class TextFlow(StrEnum):
    """What becomes of a column that has too little room."""

    FIXED = "fixed"
    """It is never broken: a number, code, date or id."""
    NAME = "name"
    """Its cells are codes with names: names are shortened at a word's end."""
    TEXT = "text"
    """Its cells are wrapped between words."""


@dataclass(frozen=True)
class PrintedColumn:
    """One printed column.

    Attributes:
        name: Its field, or fields, in files.
        header: Its header, with the unit.
        cells: Its cells, one a row.
        is_right: Whether cells stand at the right.
        flow: What becomes of it where room is short.
    """

    name: str
    header: str
    cells: tuple[str, ...]
    is_right: bool = False
    flow: TextFlow = TextFlow.FIXED

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return all(text in (MISSING, "") for text in self.cells)


@dataclass(frozen=True)
class _Style:
    """How the columns of a table are printed: words of headers, units, and whether in full."""

    headers: Mapping[str, str]
    scales: Mapping[str, UnitScale]
    is_full: bool


@dataclass(frozen=True)
class _Field:
    """A column of the table, or a pair that is one interval."""

    name: str
    fields: tuple[str, ...]
    kind: str
    described_in: str = ""
    values: tuple[Any, ...] = ()

    @property
    def is_interval(self) -> bool:
        return len(self.fields) == 2 or (self.kind.startswith("list<") and "double" in self.kind)


def printed_columns(
    table: pa.Table, names: Sequence[str] = (), headers: Mapping[str, str] = NO_HEADERS, *, is_full: bool = False
) -> list[PrintedColumn]:
    """Return the columns of a table as they are printed.

    A pair ``x_low``, ``x_high`` is one column, and asked for as ``x`` or as ``x_low``; ``good+description`` is a column
    of codes with their names from another column. Amounts in dollars share one unit, as do weights.

    Args:
        table: The table.
        names: Names of the columns in their order; all where there are none.
        headers: Words of headers, by field, where the field's name does not say it.
        is_full: Whether all columns are printed, and figures in full.

    Raises:
        KeyError: The table has no column of a name.
    """
    rows = table.to_pylist()
    found = [
        replace(each, values=tuple(_value(each, row) for row in rows))
        for each in _fields(table, names, is_full=is_full)
    ]
    scales = {
        kind: full if is_full else choose(_amounts(found, table, kind))
        for kind, full, choose in (("usd", DOLLARS, figures.dollars), ("kg", KILOGRAMS, figures.kilograms))
    }
    scales["%"] = replace(PERCENT, places=3) if is_full else PERCENT
    return [
        _column(each, rows, table, _Style(headers, scales, is_full=is_full))
        for each in found
        if is_full or each.name not in _REMARKS or any(each.values)
    ]


def _fields(table: pa.Table, names: Sequence[str], *, is_full: bool) -> Iterator[_Field]:
    held = table.column_names
    asked = list(held if is_full else names or [name for name in held if name not in NOT_FOR_A_TERMINAL])
    passed: set[str] = set()
    for name, _, described_in in ((each, "", "") if each in held else each.partition("+") for each in asked):
        low = name if name in held else f"{name}_low"
        high = _LOW.sub(r"\1high", low)
        if name in passed:
            continue
        kind = str(table.schema.field(low).type)
        if high != low and high in held and (low != "low" or "estimate" in held):
            passed.add(high)
            yield _Field(_LOW.sub("", low).strip("_") or "interval", (low, high), kind)
        else:
            yield _Field(name, (name,), kind, described_in)


def _value(of: _Field, row: Mapping[str, Any]) -> Any:
    if len(of.fields) == 2:
        ends = [row[name] for name in of.fields]
        return None if ends == [None, None] else ends
    worded = WORDED.get(of.name)
    if worded is not None and worded in row and re.fullmatch(r"-?[\d,]+", str(row[of.name])):
        return row[worded]
    return row[of.name]


def _unit(of: _Field, table: pa.Table) -> str:
    """Return the kind of a column's figures: usd, kg, %, mixed, or nothing."""
    name = of.name
    if not of.is_interval and of.kind == "string":
        return "usd" if WORDED.get(name) in table.column_names else ""
    if of.is_interval:
        stem = name.removesuffix("_ci95")
        guesses = (*_INTERVALS_OF.get(name, ()), name, f"{stem}_usd", f"{stem}_share", stem)
        name = next((each for each in guesses if each in table.column_names and each != f"{stem}_ci95"), name)
    if _MONEY.search(name):
        return "usd"
    if _WEIGHT.search(name):
        return "kg"
    if _SHARE.search(name) or name in _RATIOS:
        return "%"
    if name in _MIXED or (of.is_interval and "ci95" in name):
        return "mixed"
    return ""


def _amounts(found: Sequence[_Field], table: pa.Table, unit: str) -> Iterator[float | None]:
    for each in found:
        if _unit(each, table) == unit:
            for value in each.values:
                yield from map(figures.as_float, value if isinstance(value, list) else [value])


def _column(of: _Field, rows: Sequence[Any], table: pa.Table, style: _Style) -> PrintedColumn:
    unit = _unit(of, table)
    scale = style.scales.get(unit)
    name = ", ".join(of.fields)
    header = _header(of, scale, table, style.headers)
    if of.is_interval or unit or _is_number(of.kind):
        cells = [_figure(of, value, unit, scale) for value in of.values]
        if not unit and not of.is_interval and all(value is None or _is_whole(value) for value in of.values):
            size = max((abs(int(value)) for value in of.values if value is not None), default=0)
            cells = [MISSING if value is None else figures.whole(int(value), size) for value in of.values]
        return PrintedColumn(name, header, tuple(cells), is_right=True)
    texts = [_text(value) for value in of.values]
    labels = _labels(of, texts, rows, table)
    if labels is not None:
        return PrintedColumn(name, header, tuple(labels), flow=TextFlow.NAME)
    if not style.is_full:
        texts = [_HASH.sub(r"\1\2…", text) for text in texts]
        moments = [_MOMENT.fullmatch(text) for text in texts if text != MISSING]
        if moments and all(moments):
            texts = [_MOMENT.sub(r"\1 \2", text) for text in texts]
            return PrintedColumn(name, f"{header}, UTC", tuple(texts))
    if not any(" " in text for text in texts):
        return PrintedColumn(name, header, tuple(texts))
    return PrintedColumn(name, header, tuple(texts), flow=TextFlow.TEXT)


def _figure(of: _Field, value: Any, unit: str, scale: UnitScale | None) -> str:
    if isinstance(value, list) and of.is_interval:
        if unit == "mixed":
            return " to ".join(MISSING if end is None else figures.sized(end) for end in value)
        low, high = value
        return figures.interval(low, high, scale)
    amount = figures.as_float(value)
    if amount is None:
        return _text(value)
    if scale is not None:
        return figures.scaled(amount, scale, is_signed="growth" in of.name)
    if isinstance(value, int):
        return figures.whole(value)
    if of.name == "index":
        return figures.scaled(amount, figures.INDEX)
    return figures.sized(amount) if unit == "mixed" else figures.number(amount)


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return one_line(", ".join(value)) if value else "none"
    return one_line(str(cell(value)))


def _labels(of: _Field, texts: Sequence[str], rows: Sequence[Any], table: pa.Table) -> list[str] | None:
    """Return codes with their names; ``None`` where none has a name, or the table has names of its own."""
    if of.described_in:
        found = [row[of.described_in] for row in rows]
    elif of.name in GOODS and "name" not in table.column_names:
        found = [good_name(code, row) for code, row in zip(texts, rows, strict=True)]
    elif of.name in ECONOMIES:
        found = [economy_name(code) for code in texts]
    else:
        return None
    if not any(found):
        return None
    pairs = zip(texts, found, strict=True)
    return [one_line(f"{code} {text}" if code not in ("", MISSING) else text) if text else code for code, text in pairs]


def _header(of: _Field, scale: UnitScale | None, table: pa.Table, headers: Mapping[str, str]) -> str:
    """Return a header: the field's name in words, and after a comma the unit of its figures."""
    words = headers.get(of.name) or _HEADERS.get(of.name, of.name)
    for pattern in (_MONEY, _WEIGHT):
        words = pattern.sub("", words)
    words, per, rest = words.partition("_usd_per_")
    words = re.sub(r"^(is|has)_(?=\w)", "", words).replace("_", " ").strip()
    if len(of.fields) == 2 and of.name in table.column_names:
        words += " range"
    if per:
        return one_line(f"{words}, USD{GLUE}per{GLUE}{rest.replace('_', ' ')}")
    if scale is None:
        return one_line(words)
    unit = scale.unit.replace(" ", GLUE)
    return one_line(f"{words},{GLUE if unit == '%' else ' '}{unit}" if words else unit)


def _is_number(kind: str) -> bool:
    return kind.startswith(("double", "float", "int", "uint", "decimal"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 1e15)
