"""Show a result in a notebook and at a prompt: title, table, what limits the answer, marking; no script, nothing loaded."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from stopgap.base.display.cells import ShownColumn
from stopgap.base.visible_text import one_line

ROWS = 20
"""Rows of a table that a notebook shows."""

ROWS_OF_TEXT = 10
"""Rows of a table that a prompt shows."""

WIDTH = 120
"""Characters of a line at a prompt."""

_SHORT = 40
"""Longest cell of a column that is not broken, in characters."""

_NOTE = "margin:.2em 0;max-width:60em;text-align:left"
_TABLE = "border-collapse:collapse;margin:.4em 0;font-variant-numeric:tabular-nums"


@dataclass(frozen=True)
class Picture:
    """A picture above a table.

    Attributes:
        png: Its content.
        width: Width on the page, in pixels.
        told: What it shows, for those who do not see it.
    """

    png: bytes
    width: int
    told: str

    def _repr_html_(self) -> str:
        return self.html()

    def html(self) -> str:
        """Return it as an image that holds its content."""
        data = base64.b64encode(self.png).decode("ascii")
        return f'<img src="data:image/png;base64,{data}" width="{self.width}" alt="{_text(self.told)}" style="max-width:100%">'


@dataclass(frozen=True)
class Display:
    """What is shown of a result.

    Attributes:
        title: The line above; empty without.
        columns: The first columns and rows of its table; empty without a table.
        rows: Number of rows of the whole table.
        left_out: Names of columns that are not shown.
        notes: Lines below the table.
        more: Number of further notes.
        rest: Where they are: an attribute of the result.
        marking: Label of its marking; empty without one.
        picture: Picture above the table, in a notebook.
    """

    title: str
    columns: tuple[ShownColumn, ...] = ()
    rows: int = 0
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    more: int = 0
    rest: str = ".lines()"
    marking: str = ""
    picture: Picture | None = None

    def html(self) -> str:
        """Return it as HTML: escaped text, colours of the page around it."""
        parts = (
            [f'<p style="margin:.2em 0;text-align:left"><strong>{_text(self.title)}</strong></p>'] if self.title else []
        )
        if self.picture is not None:
            parts.append(self.picture.html())
        if self.columns:
            parts.append(_html_table(self.columns, ROWS))
        parts += [f'<p style="{_NOTE}">{_text(line)}</p>' for line in (*self._counts(ROWS), *self.notes, *self._rest())]
        if self.marking:
            parts.append(f'<p style="{_NOTE}"><strong>{_text(self.marking)}</strong></p>')
        return f'<div style="overflow-x:auto;max-width:100%">{"".join(parts)}</div>'

    def text(self) -> str:
        """Return it as text of :data:`WIDTH` characters a line; columns that do not fit are named below."""
        lines = _broken(self.title) if self.title else []
        left_out = self.left_out
        if self.columns:
            columns = [_narrowed(column) for column in self.columns]
            taken = _fitting(columns)
            lines += _text_table(columns[:taken])
            left_out = (*(column.heading for column in columns[taken:]), *left_out)
        said = (*self._counts(ROWS_OF_TEXT, left_out), *self.notes, *self._rest(), self.marking)
        return "\n".join([*lines, *(part for line in said if line for part in _broken(line))])

    def _counts(self, shown: int, left_out: Sequence[str] | None = None) -> list[str]:
        """Return a line on rows and columns that are not shown."""
        absent = self.left_out if left_out is None else left_out
        parts = [f"{self.rows - shown:,} more rows"] if self.rows > shown and self.columns else []
        if absent:
            parts.append(f"columns not shown: {', '.join(absent)}")
        return ["; ".join(parts)] if parts else []

    def _rest(self) -> list[str]:
        return [f"{self.more} more note{'s' if self.more != 1 else ''}: {self.rest}"] if self.more else []


def _broken(text: str) -> list[str]:
    return textwrap.wrap(one_line(text), WIDTH, break_long_words=False, break_on_hyphens=False)


def _text(text: str) -> str:
    return escape(one_line(text))


def _html_table(columns: Sequence[ShownColumn], most: int) -> str:
    def style(column: ShownColumn) -> str:
        longest = max(map(len, column.cells[:most]), default=0)
        wraps = "min-width:16em" if longest > _SHORT else "white-space:nowrap"
        return f'style="text-align:{"right" if column.is_number else "left"};padding:.15em .6em;{wraps}"'

    def head(column: ShownColumn) -> str:
        unit = f'<br><span style="font-weight:normal">{_text(column.unit)}</span>' if column.unit else ""
        return f'<th scope="col" {style(column)}>{_text(column.heading)}{unit}</th>'

    heads = "".join(map(head, columns))
    styles = [style(column) for column in columns]
    rows = zip(*(column.cells[:most] for column in columns), strict=True)
    body = "".join(
        "<tr>" + "".join(f"<td {own}>{_text(text)}</td>" for own, text in zip(styles, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<table style="{_TABLE}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _narrowed(column: ShownColumn) -> ShownColumn:
    """Return a column whose cells have at most half the width of a line."""
    most = WIDTH // 2
    return replace(column, cells=tuple(c if len(c) <= most else c[: most - 1].rstrip() + "…" for c in column.cells))


def _widths(columns: Sequence[ShownColumn]) -> list[int]:
    return [max(map(len, (column.heading, column.unit, *column.cells[:ROWS_OF_TEXT]))) for column in columns]


def _fitting(columns: Sequence[ShownColumn]) -> int:
    """Return how many columns fit, at least one."""
    taken, used = 0, -2
    for width in _widths(columns):
        used += width + 2
        if used > WIDTH and taken:
            break
        taken += 1
    return taken


def _text_table(columns: Sequence[ShownColumn]) -> list[str]:
    widths = _widths(columns)
    units = [[column.unit for column in columns]] if any(column.unit for column in columns) else []
    rows = [
        [column.heading for column in columns],
        *units,
        *zip(*(column.cells[:ROWS_OF_TEXT] for column in columns), strict=True),
    ]
    return [
        "  ".join(
            text.rjust(width) if column.is_number else text.ljust(width)
            for text, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in rows
    ]
