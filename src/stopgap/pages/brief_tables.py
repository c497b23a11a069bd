"""Tables of briefs as tables of pages: the same cells, with amounts in the unit of the page."""

from __future__ import annotations

from stopgap.briefs.formats.cells import BriefTable, Kind, Typed, Value, print_cell
from stopgap.briefs.formats.text import UNDEFINED
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import Cell, DataSource, TableColumn, TableView

_WHY_MISSING: dict[Kind, str] = {"usd": "not reported", "text": "not given"}


def brief_table_view(
    table: BriefTable,
    key: str = "",
    *,
    per: str = "",
    source: DataSource | None = None,
    query: EpisodeQuery | None = None,
) -> TableView:
    """Return a table of a brief as a table of a page; columns of detail are left out of sight.

    Args:
        table: The table; its note is not part of the view.
        key: Name on the page, in place of the table's own.
        per: What its dollars are counted by: `` a year``.
        source: Where its data are.
        query: The episode; where the table has a column of codes, names lead to its pages of suppliers in place of that column.
    """
    columns = table.columns
    code = next((at for at, column in enumerate(columns) if column.kind == "code"), None) if query else None
    shown = [at for at, column in enumerate(columns) if at != code and not column.is_detail]
    rows = []
    for row in [*table.rows, *([table.total] if table.total is not None else [])]:
        cells = [_cell(columns[at].kind, row[at]) for at in shown]
        if query and code is not None and row is not table.total and cells[0].text:
            cells[0] = Cell(cells[0].text, query.page("suppliers", str(row[code])), query.options)
        rows.append(tuple(cells))
    unit = f", {usd_heading()}{per}" if table.in_millions else ""
    heads = tuple(TableColumn(columns[at].heading, "number" if _is_number(table, at) else "text") for at in shown)
    return TableView(key or table.key, f"{table.title}{unit}", heads, tuple(rows), source=source)


def _is_number(table: BriefTable, at: int) -> bool:
    return table.columns[at].is_number and not any(isinstance(row[at], str) for row in table.rows)


def _cell(kind: Kind, value: Value) -> Cell:
    if isinstance(value, Typed):
        kind, value = value.kind, value.value
    text = print_cell(kind, value, column_usd=table_usd, sentence_usd=usd)
    if value is None or text in ("", UNDEFINED):
        return Cell("", missing=_WHY_MISSING.get(kind, "not known"))
    return Cell(text)
