"""Page of the rows behind a figure: a table of any length, its SQL, and what the figure rests on."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.pages.rows.query import ROWS, RowsQuery
from stopgap.pages.rows.table import RowTable
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

PAGE, PLACE = f"{ROWS}/page", f"{ROWS}/place"
"""Addresses of a page of rows, and of the place of a name."""

SHOWN = 100
"""Rows in the page itself, for readers without scripts."""


@dataclass(frozen=True)
class BigTableView:
    """A table of any length, of which a page loads the rows in sight.

    Attributes:
        key: Name on the page.
        caption: What it shows.
        headings: Headings of the columns.
        numbers: Places of the columns of numbers.
        link_column: Place of the column whose cells lead on.
        total: Rows.
        source: Path of pages of rows; its options are those of the page.
        place: Path that finds the row of a name.
        finds: What first letters are looked for in, such as ``supplier``.
        first: The first rows as a table.
    """

    key: str
    caption: str
    headings: tuple[str, ...]
    numbers: tuple[int, ...]
    link_column: int
    total: int
    source: str
    place: str
    finds: str
    first: TableView


def rows_page(found: RowTable, query: RowsQuery) -> PageContent:
    """Return the page of rows that were read."""
    behind = found.behind
    back, options = behind.back
    values = {
        "rows": big_table(found), "sql": ";\n\n".join(behind.statements), "basis": behind.basis, "options": query.options,
        "back": back, "back_options": options, "count": len(behind.statements),
    }  # fmt: skip
    nav = "/" if query.episode is not None else "/explore"
    return PageContent(
        "rows/rows.html", behind.title, values, found.marking, nav=nav, has_tables=True, kicker="Rows of the lake"
    )


def big_table(found: RowTable) -> BigTableView:
    """Return the view of the rows."""
    texts, links = found.page(0, SHOWN)
    columns = tuple(
        TableColumn(name, "number" if at in found.numbers else "text") for at, name in enumerate(found.headings)
    )
    rows = tuple(_row(found, row, link) for row, link in zip(texts, links, strict=True))
    total = found.table.num_rows
    caption = f"{total:,} rows; the amount in US dollars leads to the rows of the file that it comes from"
    return BigTableView(
        "rows", caption, found.headings, found.numbers, found.link_column, total, PAGE, PLACE,
        found.headings[0].lower(), TableView("first-rows", "The first rows", columns, rows, total=total),
    )  # fmt: skip


def _row(found: RowTable, row: list[str], link: str) -> tuple[Cell, ...]:
    path, _, query = link.partition("?")
    receipt = found.table.column_names.index("receipt")
    made = []
    for at, text in enumerate(row):
        if text == "not reported":
            made.append(Cell("", missing=text))
        elif at == receipt and text:
            made.append(Cell(text, path_of("data", "files", text)))
        else:
            made.append(Cell(text))
    if path:
        from urllib.parse import parse_qsl

        made[found.link_column] = Cell(row[found.link_column], path, dict(parse_qsl(query)))
    return tuple(made)
