"""Tables of a brief as tables of a page: the same cells, the same printed figures."""

from __future__ import annotations

from stopgap.briefs.formats.cells import BriefTable, Typed, print_cell
from stopgap.briefs.formats.text import UNDEFINED
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, DataSource, TableColumn, TableView

_UNIT = "USD million a year"


def page_table(table: BriefTable, *, source: DataSource | None = None, query: EpisodeQuery | None = None) -> TableView:
    """Return a table of a brief as one of a page.

    Args:
        table: The table; a column of codes is left out of sight.
        source: Where its data are.
        query: The episode, whose pages of suppliers the names lead to where the table has codes; ``None`` for none.
    """
    at = next((place for place, column in enumerate(table.columns) if column.kind == "code"), None)
    shown = [place for place, column in enumerate(table.columns) if place != at and not column.is_detail]
    rows = []
    for row in table.rows:
        cells: list[Cell] = []
        for place in shown:
            page = query.page("suppliers", str(row[at])) if query and at is not None and not cells else ""
            cells.append(_cell(table, place, row[place], page, query))
        rows.append(tuple(cells))
    return TableView(
        table.key,
        f"{table.title}, {_UNIT}" if table.in_millions else table.title,
        tuple(
            TableColumn(table.columns[place].heading, "number" if table.columns[place].is_number else "text")
            for place in shown
        ),
        tuple(rows),
        source=source,
    )


def _cell(
    table: BriefTable,
    place: int,
    value: str | float | int | tuple[float, float] | Typed | None,
    page: str,
    query: EpisodeQuery | None,
) -> Cell:
    kind = table.columns[place].kind
    if value is None:
        return Cell("", missing="not reported" if kind == "usd" else "not known")
    printed = print_cell(kind, value)
    if printed == UNDEFINED:
        return Cell("", missing="not known")
    return Cell(printed, page, query.options if page and query else {})
