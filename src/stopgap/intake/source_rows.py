"""Find the rows of an imported file that a figure comes from: the kept file is read again and searched."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from stopgap.base.errors import InputError, MissingDataError, NotFoundError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.sql import listed, quoted
from stopgap.codes.areas import areas
from stopgap.intake.querying import query_lake
from stopgap.intake.request import SourceRowsRequest
from stopgap.lake.receipts import raw_path

MOST = 50
"""Most rows that are returned."""

_HASH = re.compile(r"[0-9a-f]{16}\Z")
_TOLERANCE = 1e-9
_AMOUNTS = ("DOUBLE", "FLOAT", "HUGEINT")
_MEMORY, _THREADS = "1GB", 2


@dataclass(frozen=True)
class SourceRows:
    """Rows of an imported file.

    Attributes:
        receipt: Receipt of the file.
        file_name: Its name when it was imported.
        columns: Its columns, as it names them.
        rows: Rows as text, with ``row`` before them: the number of the row below the header, from 1.
        matched_by: ``value``: the rows hold the figure itself and all of its codes. ``value alone``: they hold the figure, and
            not all of its codes. ``codes``: no row holds it, and these have its codes, so it may be their sum. ``none``.
        rows_matched: Rows that match; at most :data:`MOST` of them are given.
        marking: Who may see them.
    """

    receipt: str
    file_name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    matched_by: str
    rows_matched: int
    marking: Marking = CLEAR

    def table(self) -> pa.Table:
        """Return the rows, all as text."""
        names = ["row", *self.columns]
        return pa.table(
            {name: pa.array([row[place] for row in self.rows], pa.string()) for place, name in enumerate(names)}
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the rows as a JSON document."""
        names = ["row", *self.columns]
        return {
            "receipt": self.receipt,
            "file_name": self.file_name,
            "matched_by": self.matched_by,
            "rows_matched": self.rows_matched,
            "rows": [dict(zip(names, row, strict=True)) for row in self.rows],
        }


def source_rows(
    lake: Path, found: Mapping[str, Any], wanted: Sequence[Sequence[str]], values: Sequence[float]
) -> SourceRows:
    """Search a file for the rows of a figure.

    Args:
        lake: The lake.
        found: Row of the view ``receipts`` of the file: ``receipt``, ``sha256`` and ``file_name``.
        wanted: For each thing that a row must name, the ways in which a file may write it.
        values: Amounts that the row may state, such as dollars and the reported currency.

    Raises:
        MissingDataError: The lake keeps no copy of the file, or it is of a kind whose rows cannot be searched.
    """
    path = raw_path(lake, str(found["sha256"]))
    name = str(found["file_name"])
    if not path.is_file():
        raise MissingDataError(
            f"the lake keeps no copy of {name}",
            where=str(found["receipt"]),
            fix="stopgap lake check names what is missing",
        )
    with (
        duckdb.connect(config={"threads": _THREADS, "memory_limit": _MEMORY}) as con,
        _relation(con, path, name) as relation,
    ):
        types = {str(row[0]): str(row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
        columns = list(types)
        cells = ", ".join(f"CAST({_quoted(each)} AS VARCHAR)" for each in columns)
        con.execute(
            f"CREATE TEMP TABLE scored AS SELECT n, [{cells}] AS cells, codes, has_value FROM (SELECT *, {_score(wanted, types)} AS codes, "
            f"{_has_value(values, types)} AS has_value FROM (SELECT row_number() OVER () AS n, * FROM {relation})) "
            f"WHERE has_value OR codes = {len(wanted)}"
        )
        best = con.execute("SELECT max(codes) FROM scored WHERE has_value").fetchall()[0][0]
        of_codes = con.execute(f"SELECT count(*) FROM scored WHERE codes = {len(wanted)}").fetchall()[0][0]
        if best is not None and best == len(wanted):
            kind, where = "value", f"has_value AND codes = {int(best)}"
        elif best is not None and not (of_codes and wanted):
            kind, where = "value alone", f"has_value AND codes = {int(best)}"
        else:
            kind, where = "codes", f"codes = {len(wanted)}"
        total = int(con.execute(f"SELECT count(*) FROM scored WHERE {where}").fetchall()[0][0])
        rows = con.execute(f"SELECT n, cells FROM scored WHERE {where} ORDER BY n LIMIT {MOST}").fetchall()
    return SourceRows(
        str(found["receipt"]), name, tuple(columns), tuple((str(n), *each) for n, each in rows), kind if total else "none", total
    )  # fmt: skip


def ways_to_write(*, good: str | None, period: str | None, economies: Sequence[str]) -> list[list[str]]:
    """Return the ways in which files write a good, a period and economies; what is not given is left out."""
    found: list[list[str]] = []
    if good:
        found.append([good, *([good.lstrip("0")] if good.lstrip("0") else []), *good.split("+")])
    if period:
        day = _day(period)
        found.append([
            day.isoformat(), f"{day:%Y-%m}", f"{day:%Y%m}", f"{day:%Y}", f"{day:%YM%m}", f"{day:%m/%Y}", f"{day:%b-%y}", f"{day:%Y/%m}",
            f"{day.isoformat()} 00:00:00",
        ])  # fmt: skip
    known = areas()
    for code in economies:
        area = known.get(code)
        if area is None:
            found.append([code])
            continue
        found.append(
            [
                code,
                area.name,
                *([area.iso2] if area.iso2 else []),
                *([str(area.m49), f"{area.m49:03d}"] if area.m49 else []),
            ]
        )
    return found


def _day(period: str) -> dt.date:
    try:
        parts = [int(part) for part in period.split("-")]
        return dt.date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    except (ValueError, IndexError):
        raise InputError(
            f"{period[:20]!r} is no period",
            where="period",
            fix="give a year, a month or a day: 2023, 2023-04, 2023-04-01",
        ) from None


def find_receipt(lake: Path, receipt: str) -> Mapping[str, Any]:
    """Return the row of the view ``receipts`` of a file that the viewer may see.

    Raises:
        NotFoundError: There is none.
    """
    unknown = NotFoundError(
        f"no file has the receipt {receipt[:40]!r}", where="receipt", fix="stopgap query \"SELECT receipt, file_name FROM receipts\" lists them"
    )  # fmt: skip
    if _HASH.match(receipt) is None:
        raise unknown
    rows = query_lake(
        lake, f"SELECT receipt, sha256, file_name FROM receipts WHERE receipt = '{receipt}' LIMIT 1"
    ).table
    if rows.num_rows == 0:
        raise unknown
    return dict(rows.to_pylist()[0])


def reported_amounts(lake: Path, receipt: str, request: SourceRowsRequest) -> list[float]:
    """Return the amounts, in the currency that the source reports, of the lake's rows of a file with these codes."""
    if not (request.good and request.period and request.reporter and request.partner):
        return []
    sides = listed([request.reporter, request.partner])
    amounts = " OR ".join(
        f"abs(value_usd - {each!r}) <= {_TOLERANCE * max(1.0, abs(each))!r}" for each in request.amounts()
    )
    sql = (
        f"SELECT DISTINCT value_reported FROM trade WHERE receipt = '{receipt}' AND good = {quoted(request.good)} "
        f"AND period = DATE '{_day(request.period)}' AND reporter IN ({sides}) AND partner IN ({sides}) AND value_reported IS NOT NULL AND ({amounts or True}) LIMIT {MOST}"
    )
    return [float(value) for value in query_lake(lake, sql).table.column(0).to_pylist()]


def _score(wanted: Sequence[Sequence[str]], types: Mapping[str, str]) -> str:
    """Return the SQL of how many of the wanted things a row names; amounts name nothing."""
    texts = [
        f"trim({_quoted(name)})" if kind == "VARCHAR" else f"CAST({_quoted(name)} AS VARCHAR)"
        for name, kind in types.items() if kind not in _AMOUNTS
    ]  # fmt: skip
    tests = [" OR ".join(f"{text} IN ({', '.join(map(quoted, ways))})" for text in texts) for ways in wanted]
    return " + ".join(f"CAST(coalesce({test}, FALSE) AS INTEGER)" for test in tests if test) or "0"


def _has_value(values: Sequence[float], types: Mapping[str, str]) -> str:
    """Return the SQL of whether a cell of a row states one of the values, with or without separators of thousands."""
    tests = []
    for name, kind in types.items():
        if kind == "VARCHAR":
            number = f"TRY_CAST(replace(replace({_quoted(name)}, ',', ''), ' ', '') AS DOUBLE)"
        elif kind in _AMOUNTS or kind.endswith("INT") or kind == "INTEGER":
            number = f"CAST({_quoted(name)} AS DOUBLE)"
        else:
            continue
        tests += [f"abs({number} - {value!r}) <= {_TOLERANCE * max(1.0, abs(value))!r}" for value in values]
    return f"coalesce({' OR '.join(tests)}, FALSE)" if tests else "FALSE"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _relation(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> Iterator[str]:
    """Yield the SQL of a relation with the rows of a file, every column as it names it."""
    with path.open("rb") as opened:
        start = opened.read(4)
    if start == b"PAR1":
        yield f"read_parquet({quoted(str(path))})"
        return
    if start[:2] == b"PK":
        raise MissingDataError(
            f"{name} is an archive or a workbook: its rows are not searched here",
            where=name,
            fix="open the file itself; its SHA-256 is in its receipt",
        )
    from stopgap.sources.files.csv_file import readable
    from stopgap.sources.files.file_head import read_head

    head = read_head(path, None, name)
    with readable(path, head) as text:
        packed = "gzip" if start[:2] == b"\x1f\x8b" and text == path else "none"
        relation = (
            f"read_csv({quoted(str(text))}, all_varchar = true, header = true, delim = {quoted(head.delimiter)}, "
            f"strict_mode = false, null_padding = true, ignore_errors = true, compression = '{packed}')"
        )
        try:
            con.execute(f"SELECT * FROM {relation} LIMIT 1").fetchall()
        except duckdb.Error as error:
            raise MissingDataError(
                f"the rows of {name} cannot be searched", where=name, fix="open the file itself"
            ) from error
        yield relation
