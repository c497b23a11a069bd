"""Tables of raw values, and how each kind of value is printed in every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from stopgap.briefs.formats.text import MINUS, NBSP, UNDEFINED, number, one_line, percent, usd, usd_millions

Kind = Literal[
    "text", "code", "usd", "net", "bound", "interval", "amount", "share", "share_interval", "number", "count"
]
_DOLLARS = ("usd", "net", "bound", "interval")


@dataclass(frozen=True)
class Typed:
    """A value with a kind of its own, in a column that holds several kinds."""

    kind: Kind
    value: str | float | int | tuple[float, float] | None


Value = str | float | int | tuple[float, float] | Typed | None


@dataclass(frozen=True)
class Column:
    """Heading and kind of a column.

    Dollars print in millions: ``usd`` (missing: not reported), ``net`` and ``bound`` (missing: not
    defined), and ``interval`` a pair. ``amount`` prints as in a sentence; ``share_interval`` is a pair of ratios.
    """

    heading: str
    kind: Kind = "text"

    @property
    def is_number(self) -> bool:
        """Whether cells stand right-aligned."""
        return self.kind not in ("text", "code")


@dataclass(frozen=True)
class BriefTable:
    """A table of raw values; the first column names the row.

    Attributes:
        total: Last row, sums by column, where the rows add up to something.
        data_of: Key of the figure whose data this is; such a table may be folded away.
        note: What a reader must know to read it.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    note: str = ""
    data_of: str = field(default="")

    @property
    def in_millions(self) -> bool:
        """Whether any cell prints USD million."""
        return any(column.kind in _DOLLARS for column in self.columns)


def two_digits(value: float) -> str:
    """`value` with two decimals; a small one does not read as 0."""
    if value and abs(value) < 0.005:
        return "<0.01" if value > 0 else f">{MINUS}0.01"
    return number(value)


def _pair(value: Value, show: Kind) -> str:
    if not isinstance(value, tuple):
        return UNDEFINED
    low, high = (print_cell(show, end) for end in value)
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def print_cell(kind: Kind, value: Value) -> str:
    """`value` as text, HTML, PDF and Markdown print it."""
    if isinstance(value, Typed):
        return print_cell(value.kind, value.value)
    if kind in ("interval", "share_interval"):
        return _pair(value, "bound" if kind == "interval" else "share")
    if kind == "usd" and not isinstance(value, tuple):
        return usd_millions(None if value is None else float(value))
    if value is None or isinstance(value, tuple):
        return UNDEFINED
    shown: dict[Kind, Callable[[float], str]] = {
        "net": usd_millions, "bound": usd_millions, "share": percent, "number": two_digits, "amount": usd
    }  # fmt: skip
    if kind in shown:
        return shown[kind](float(value))
    return f"{value:,}" if kind == "count" else one_line(str(value))


def split_intervals(table: BriefTable) -> BriefTable:
    """The table with each pair as two columns, for formats whose cells hold one number."""

    def heads(column: Column) -> tuple[Column, ...]:
        if column.kind not in ("interval", "share_interval"):
            return (column,)
        kind: Kind = "bound" if column.kind == "interval" else "share"
        return Column(f"{column.heading}, low", kind), Column(f"{column.heading}, high", kind)

    def cells(column: Column, value: Value) -> tuple[Value, ...]:
        if column.kind not in ("interval", "share_interval"):
            return (value,)
        return value if isinstance(value, tuple) else (None, None)

    def spread(row: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(part for column, value in zip(table.columns, row, strict=True) for part in cells(column, value))

    return replace(
        table,
        columns=tuple(part for column in table.columns for part in heads(column)),
        rows=tuple(spread(row) for row in table.rows),
        total=None if table.total is None else spread(table.total),
    )
