"""Source for workbooks of Eurostat's data browser: sheets "Summary" and "Structure", and one for each product.

A sheet begins with lines about the dataset, then one line for each dimension that is constant in the sheet ("PRODUCT
[PRODUCT]", "Chips [854231]"), a line of periods, a line that names the dimensions of the rows ("REPORTER (Labels)"),
and the rows. The sheets' own dimension tags (their size) are wrong, so they are not used.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading
from stopgap.sources.files.containers import check_workbook
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.files.workbooks import open_workbook, read_sheet
from stopgap.sources.mappings.periods import is_period
from stopgap.sources.mappings.raw_table import Given
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.trade.eurostat_figures import CELL_COLUMNS, EurostatTable, cell_sql, put_together, refuse_foreign

FIELDS = {
    "REPORTER": "reporter",
    "PARTNER": "partner",
    "PRODUCT": "product",
    "FLOW": "flow",
    "INDICATORS": "indicator",
    "STAT_PROCEDURE": "procedure",
}
"""Name of a dimension in the workbook -> column of ``cells``."""

FRONT_ROWS = 60
"""Number of first rows of a sheet that are searched for the line of periods."""

CELL_LIMIT = 5_000_000
"""Maximum cells of a sheet; the data browser's own limit is far below."""

LIST_LIMIT = 1_048_576
"""Maximum bytes read of the workbook's list of sheets."""

_DIMENSION = re.compile(r"(.+?)\s*(?:\[[^\]]*\]|\((?:Labels|Codes)\))?", re.IGNORECASE)
_CODED = re.compile(r".+\[([A-Za-z0-9_]+)\]", re.DOTALL)
_ROWS = re.compile(r".+\((?:Labels|Codes)\)", re.IGNORECASE)

Row = Sequence[str | None]


class EurostatWorkbook(EurostatTable):
    """Source for spreadsheets downloaded from Eurostat's data browser."""

    name = "eurostat-workbook"
    title = "Eurostat data-browser workbooks (.xlsx) of trade datasets"
    how = "Eurostat data browser (Download, spreadsheet)"
    parser = "eurostat-workbook/1"

    def recognises(self, head: FileHead) -> bool:
        """Recognise the workbook by its sheets: Summary, Structure, and at least one more."""
        if head.container != "xlsx":
            return False
        names = _sheet_names(head)
        return names[:2] == ["Summary", "Structure"] and len(names) > 2

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load one row for each figure from all sheets; raise InputError if a sheet has another layout."""
        check_workbook(reading.path, reading.name)
        columns = ", ".join(f"{name} {'BIGINT' if name == 'row' else 'VARCHAR'}" for name in CELL_COLUMNS)
        con.execute(f"CREATE OR REPLACE TABLE cells ({columns})")
        for name, rows in _sheets(reading):
            _take_sheet(con, rows, f"{reading.name}, sheet {name}", reading.name)
        return put_together(con, reading.name)


def _sheet_names(head: FileHead) -> list[str]:
    """Return the names of the sheets, in order; [] if the workbook's list of sheets cannot be read."""
    try:
        with zipfile.ZipFile(head.path) as book, book.open("xl/workbook.xml") as stream:
            text = stream.read(LIST_LIMIT).decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError):
        return []
    return re.findall(r"<(?:\w+:)?sheet\b[^>]*?\bname=\"([^\"]*)\"", text)


def _sheets(reading: Reading) -> Iterator[tuple[str, list[Row]]]:
    """Yield the name and rows of each sheet of figures."""
    book = open_workbook(reading.path, reading.name)
    for name in book.sheet_names[2:]:
        # Rows are counted as in the sheet, so blank ones at its beginning stay.
        sheet = read_sheet(book, reading.path, reading.name, name, header_row=None)
        if sheet.num_columns * sheet.num_rows > CELL_LIMIT:
            raise _unlike(f"{reading.name}, sheet {name}", f"it has more than {CELL_LIMIT:,} cells")
        yield name, list(zip(*(column.to_pylist() for column in sheet.columns), strict=True))


def _take_sheet(con: duckdb.DuckDBPyConnection, rows: list[Row], where: str, name: str) -> None:
    """Insert the cells of a sheet into the table ``cells``."""
    top = _line_of_periods(rows, where)
    for row in rows[:top]:
        if _text(row, 0).rstrip(":").lower() == "dataset":
            refuse_foreign(" ".join(_text(row, place) for place in range(1, len(row))), name)
    fixed = _fixed(rows[:top])
    if top + 1 == len(rows) or not _ROWS.fullmatch(_text(rows[top + 1], 0)):
        raise _unlike(where, "there is no line that names the rows below the periods")
    periods = [(place, text) for place in range(len(rows[top])) if is_period(text := _text(rows[top], place))]
    keys = [
        (place, field)
        for place in range(periods[0][0])
        if (field := FIELDS.get(_dimension(_text(rows[top + 1], place)))) is not None
    ]
    lacking = set(FIELDS.values()) - {"procedure"} - fixed.keys() - {field for _, field in keys}
    if lacking:
        raise _unlike(where, f"{', '.join(sorted(lacking))} is given neither above the figures nor beside them")
    taken: dict[str, list[Any]] = {column: [] for column in CELL_COLUMNS}
    for number, row in enumerate(rows[top + 2 :], start=top + 3):
        if not _text(row, 0) or _text(row, 0).lower() in ("special value", ":"):
            break
        facts = {"procedure": ""} | fixed | {field: _code(_text(row, place)) for place, field in keys}
        for place, period in periods:
            # A column without a name holds the flags of the one before it.
            has_flags = place + 1 < len(row) and not _text(rows[top], place + 1)
            cell = {"row": number, "period": period, "value": _text(row, place)}
            cell["flags"] = _text(row, place + 1) if has_flags else ""
            for column in CELL_COLUMNS:
                taken[column].append((facts | cell)[column])
    _add(con, taken)


def _add(con: duckdb.DuckDBPyConnection, taken: dict[str, list[Any]]) -> None:
    import pyarrow as pa

    kinds = {column: pa.int64() if column == "row" else pa.string() for column in CELL_COLUMNS}
    con.register("sheet_cells", pa.table({column: pa.array(taken[column], kinds[column]) for column in kinds}))
    value, flags = cell_sql("value")
    figures = f"SELECT * REPLACE ({value} AS value, concat({flags}, flags) AS flags) FROM sheet_cells"
    con.execute(f"INSERT INTO cells {figures}")
    con.unregister("sheet_cells")


def _line_of_periods(rows: list[Row], where: str) -> int:
    """Return the index of the row that begins with TIME and holds periods; raise InputError if there is none."""
    for number, row in enumerate(rows[:FRONT_ROWS]):
        if _dimension(_text(row, 0)) == "TIME" and any(is_period(_text(row, n)) for n in range(1, len(row))):
            return number
    raise _unlike(where, "there is no line of periods (TIME)")


def _fixed(rows: list[Row]) -> dict[str, str]:
    """Return the dimensions that are constant in a sheet, each with its value."""
    found = {}
    for row in rows:
        field = FIELDS.get(_dimension(_text(row, 0)))
        value = next((text for place in range(1, len(row)) if (text := _text(row, place))), "")
        if field is not None and value:
            found[field] = _code(value)
    return found


def _dimension(text: str) -> str:
    """Return the dimension that a cell names: ``PRODUCT`` for "PRODUCT [PRODUCT]" and "PRODUCT (Labels)"."""
    found = _DIMENSION.fullmatch(text)
    return found[1].upper() if found else ""


def _code(text: str) -> str:
    """Return the code in square brackets at the end of a label; a label without one is returned unchanged."""
    found = _CODED.fullmatch(text)
    return found[1] if found else text


def _text(row: Row, place: int) -> str:
    return (row[place] or "").strip() if place < len(row) else ""


def _unlike(where: str, what: str) -> InputError:
    return InputError(
        f"the sheet is not laid out as those of Eurostat's trade datasets: {what}",
        where=where,
        fix="download the dataset as SDMX-CSV, or import the sheet with a mapping (--map MAPPING.yml, sheet: NAME)",
    )
