"""Tables of raw values, and the printed form of each kind of value, the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from stopgap.briefs.formats.text import MINUS, NBSP, UNDEFINED, number, one_line, percent, usd, usd_millions

Kind = Literal[
    "text", "code", "usd", "net", "bound", "interval", "amount", "share", "share_interval", "number", "count"
]
_DOLLARS = ("usd", "net", "bound", "interval")
_SHARE_OF_LOSS = "Share of loss"  # one denominator for all rows
_PAIRS = ("interval", "share_interval")
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Typed:
    """A value with its own kind, for a column that mixes kinds."""

    kind: Kind
    value: str | float | int | tuple[float, float] | None


Value = str | float | int | tuple[float, float] | Typed | None


@dataclass(frozen=True)
class Column:
    """Heading and kind of a column.

    Printed in USD million are ``usd`` (missing: not reported), ``net`` and ``bound`` (missing: not defined), and
    ``interval``, a pair. ``amount`` prints as in a sentence; ``share_interval`` is a pair of ratios. A column of
    detail is in the workbook alone.
    """

    heading: str
    kind: Kind = "text"
    is_detail: bool = False

    @property
    def is_number(self) -> bool:
        """Whether cells are right-aligned."""
        return self.kind not in ("text", "code")


@dataclass(frozen=True)
class RestLine:
    """How pages turn the rows beyond the first into one line.

    Attributes:
        singular: What one such row is: ``more supplier``.
        plural: What several are: ``more suppliers``.
        adds: Headings of the columns whose cells add up over rows; the others get a dash.
        is_first: Whether the line stands above and the last rows are kept, as in a table by month.
        pinned: Index of a row that is shown in any case; ``None`` without one.
    """

    singular: str
    plural: str
    adds: frozenset[str] = frozenset()
    is_first: bool = False
    pinned: int | None = None


@dataclass(frozen=True)
class BriefTable:
    """A table of raw values; the first column names the row.

    ``total`` is a last row of sums, where the rows add up. ``data_of`` is the key of the figure that draws this data:
    such a table may be collapsed. ``note`` explains how to read it. ``rest`` says how a page shortens it; ``None``
    where every row is shown. ``rest_at`` is the index of the line that stands for the rest, once shortened. ``basis``
    is what differs from the basis of the brief, empty where nothing does, ``None`` for a table without figures.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    note: str = ""
    data_of: str = ""
    rest: RestLine | None = None
    rest_at: int | None = None
    basis: str | None = None

    @property
    def leading(self) -> int:
        """Number of columns before the first column of numbers, at least 1: the line for the rest spans them."""
        return next((i for i, column in enumerate(self.columns) if column.is_number), len(self.columns)) or 1

    @property
    def in_millions(self) -> bool:
        """Whether any column prints USD million."""
        return any(column.kind in _DOLLARS for column in self.columns)


def table_of(
    key: str,
    title: str,
    rows: Iterable[_Row],
    columns: Sequence[tuple[str, Kind, Callable[[_Row], Value]]],
    *,
    total: tuple[Value, ...] | None = None,
    note: str = "",
    data_of: str = "",
) -> BriefTable:
    """Build a table; each column is given as (heading, kind, function from row to value)."""
    heads = tuple(Column(heading, kind) for heading, kind, _ in columns)
    cells = tuple(tuple(value(row) for _, _, value in columns) for row in rows)
    return BriefTable(key, title, heads, cells, total, note, data_of)


def long_table(
    table: BriefTable,
    nouns: tuple[str, str],
    *,
    not_added: Collection[str] = (),
    basis: str | None = None,
    pinned: int | None = None,
) -> BriefTable:
    """Let pages show the first rows of `table` and the rest as one line, named by `nouns` (one row, several rows).

    Columns of dollars add up, but for the headings in `not_added`; so do shares of the loss, which have one denominator.
    `basis` is what differs from the basis of the brief, `pinned` the index of a row that is shown in any case.
    """
    adds = {each.heading for each in table.columns if each.kind in ("usd", "net") or each.heading == _SHARE_OF_LOSS}
    rest = RestLine(f"more {nouns[0]}", f"more {nouns[1]}", frozenset(adds.difference(not_added)), pinned=pinned)
    return replace(table, rest=rest, basis=basis)


def with_details(table: BriefTable, headings: Collection[str]) -> BriefTable:
    """Leave the columns with these headings to the workbook."""
    columns = tuple(replace(each, is_detail=each.heading in headings) for each in table.columns)
    return replace(table, columns=columns)


def table_by_period(table: BriefTable, nouns: tuple[str, str], *, basis: str) -> BriefTable:
    """Let pages show the last rows of a table by period, and the sums of the earlier ones above; see `long_table`."""
    adds = frozenset(each.heading for each in table.columns if each.kind == "usd")
    rest = RestLine(f"earlier {nouns[0]}", f"earlier {nouns[1]}", adds, is_first=True)
    return replace(table, rest=rest, basis=basis)


def two_digits(value: float) -> str:
    """Format `value` with two decimals; a small non-zero value prints as ``<0.01`` and not as 0."""
    if value and abs(value) < 0.005:
        return "<0.01" if value > 0 else f">{MINUS}0.01"
    return number(value)


def print_cell(
    kind: Kind,
    value: Value,
    *,
    column_usd: Callable[[float | None], str] = usd_millions,
    sentence_usd: Callable[[float], str] = usd,
) -> str:
    """Format `value` as printed in text, HTML, PDF and Markdown; pages print dollars in another unit where one was chosen."""
    if isinstance(value, Typed):
        return print_cell(value.kind, value.value, column_usd=column_usd, sentence_usd=sentence_usd)
    if kind in _PAIRS:
        if not isinstance(value, tuple):
            return UNDEFINED
        end_kind: Kind = "bound" if kind == "interval" else "share"
        low, high = (print_cell(end_kind, end, column_usd=column_usd) for end in value)
        return f"{low.removesuffix(f'{NBSP}%')} to {high}"
    if kind == "usd" and not isinstance(value, tuple):
        return column_usd(None if value is None else float(value))
    if value is None or isinstance(value, tuple):
        return UNDEFINED
    shown: dict[Kind, Callable[[float], str]] = {
        "net": column_usd, "bound": column_usd, "share": percent, "number": two_digits, "amount": sentence_usd
    }  # fmt: skip
    if kind in shown:
        return shown[kind](float(value))
    return f"{value:,}" if kind == "count" else one_line(str(value))


def split_intervals(table: BriefTable) -> BriefTable:
    """Split each interval column into a low and a high column, for formats whose cells hold one number."""

    columns: list[Column] = []
    is_pair = [column.kind in _PAIRS for column in table.columns]
    for column in table.columns:
        kind: Kind = "bound" if column.kind == "interval" else "share"
        ends = [Column(f"{column.heading}, {end}", kind) for end in ("low", "high")]
        columns += ends if column.kind in _PAIRS else [column]

    def spread(row: tuple[Value, ...]) -> tuple[Value, ...]:
        cells: list[Value] = []
        for pair, value in zip(is_pair, row, strict=True):
            cells += (value if isinstance(value, tuple) else (None, None)) if pair else (value,)
        return tuple(cells)

    rows = tuple(map(spread, table.rows))
    return replace(table, columns=tuple(columns), rows=rows, total=None if table.total is None else spread(table.total))
