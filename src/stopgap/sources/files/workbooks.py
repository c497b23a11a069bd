"""Read sheets of workbooks as tables of text, keeping the spreadsheet errors in their cells.

A cell whose formula failed holds an error (``#DIV/0!``), not a missing figure: its text is kept, and its row rejected.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import InputError
from stopgap.sources.files.containers import uncomputed_cells
from stopgap.sources.files.limits import refuse_columns

if TYPE_CHECKING:
    import pyarrow as pa

ERROR_PATTERN = r"#[^\x00-\x1F!?#$%&()*+,.:;<=>@^{|}~]+[!?]|#N/[AD]|#NV|#Н/Д|#GETTING_DATA|Err:\d{3}"
"""Regular expression for spreadsheet errors in all languages, up to ``LONGEST_ERROR`` characters. It is compiled for
each column that is read: a class of letters repeated twenty times takes 30 ms, a negated class 0.2 ms."""
LONGEST_ERROR = 23

_PYTHON_PATTERN = re.compile(ERROR_PATTERN)

_TEXTS = {
    "Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!",
    "Value": "#VALUE!", "GettingData": "#GETTING_DATA",
}  # fmt: skip
_KIND = re.compile(r"Error\((\w+)\)")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^>]*)>")
LIST_LIMIT = 4 * 1024 * 1024


def is_error(sql: str) -> str:
    """Return SQL for whether a text is a spreadsheet error; never NULL."""
    text = f"trim({sql})"
    return f"coalesce(length({text}) <= {LONGEST_ERROR} AND regexp_full_match({text}, '{ERROR_PATTERN}'), false)"


def may_be_error(columns: Iterable[str]) -> str:
    """Return SQL for whether any column may hold a spreadsheet error: a fast filter to apply before ``is_error``."""
    joined = f"concat_ws(chr(1), {', '.join(columns)})"
    return f"(contains({joined}, '#') OR contains({joined}, 'Err:'))"


def is_error_text(text: str | None) -> bool:
    """Return whether a text is a spreadsheet error such as ``#DIV/0!``."""
    found = (text or "").strip()
    return found[:1] in ("#", "E") and len(found) <= LONGEST_ERROR and _PYTHON_PATTERN.fullmatch(found) is not None


def open_workbook(path: Path, name: str) -> Any:
    """Open a workbook with fastexcel; raise InputError if it cannot be read."""
    import fastexcel

    try:
        return fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError as error:
        raise _unreadable(name, error) from error


def read_sheet(book: Any, path: Path, name: str, sheet: str, *, header_row: int | None) -> pa.Table:
    """Read a sheet as text, each error as the text that the cell shows.

    ``header_row`` counts from 0; with None all rows are data, including blank ones at the beginning.

    Raises:
        InputError: The sheet is damaged, has too many columns, or has formulas that were never computed.
    """
    import fastexcel
    import pyarrow as pa

    where = f"{name}, sheet {sheet}"
    cells = uncomputed_cells(path, _part_of(path, sheet))
    if cells:
        raise InputError(
            f"{len(cells):,} cells of the sheet hold formulas that were never computed, so their figures are not in the file",
            where=f"{where}: {', '.join(cells[:5])}",
            fix="open the workbook in a spreadsheet program, let it compute, and save it again",
        )
    try:
        begin: dict[str, Any] = {"skip_rows": 0} if header_row is None else {}
        loaded = book.load_sheet(sheet, header_row=header_row, dtypes="string", **begin)
        refuse_columns(int(loaded.width), where)
        batch, faults = loaded.to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        raise _unreadable(where, error) from error
    table = pa.Table.from_batches([batch])
    by_column: dict[int, list[tuple[int, str]]] = {}
    for fault in faults.errors if faults is not None else ():
        row, column = fault.offset_position
        found = _KIND.search(fault.detail)
        text = _TEXTS.get(found[1], "#ERROR!") if found else "#ERROR!"
        by_column.setdefault(column, []).append((row, text))
    for column, places in by_column.items():
        texts = table.column(column).to_pylist()
        for row, text in places:
            texts[row] = text
        table = table.set_column(column, table.schema.field(column), [pa.array(texts, pa.string())])
    return table


def unread_sheets(names: Sequence[str], read: str) -> tuple[str, ...]:
    """Return a warning that names the sheets of a workbook that are not read; empty if there are none."""
    others = [name for name in names if name != read]
    if not others:
        return ()
    shown = ", ".join(repr(name[:40]) for name in others[:10]) + (" …" if len(others) > 10 else "")
    return (f"{len(others):,} other sheets of the workbook are not read: {shown}; the sheet {read!r} is",)


def _part_of(path: Path, sheet: str) -> str | None:
    """Return the name of the archive part that holds a sheet; None if the workbook does not name it."""
    from html import unescape

    def attributes(found: re.Match[str]) -> dict[str, str]:
        return {key: unescape(value) for key, value in _ATTRIBUTE.findall(found[1])}

    try:
        with zipfile.ZipFile(path) as book:
            texts = [
                book.open(part).read(LIST_LIMIT).decode("utf-8", errors="replace")
                for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
            ]
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError):
        return None
    ids = {
        found.get("name"): next((text for key, text in found.items() if key.endswith(":id")), None)
        for found in map(attributes, _SHEET.finditer(texts[0]))
    }
    targets = {found.get("Id"): found.get("Target", "") for found in map(attributes, _RELATION.finditer(texts[1]))}
    target = targets.get(ids.get(sheet))
    if not target:
        return None
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _unreadable(where: str, error: Exception) -> InputError:
    return InputError(
        "the workbook cannot be read",
        where=f"{where}: {str(error).splitlines()[0][:200]}",
        fix="open it in a spreadsheet program and save it again as .xlsx",
    )
