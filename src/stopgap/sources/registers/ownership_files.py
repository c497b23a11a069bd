"""Files that say who owns what: CSV, and FollowTheMoney's JSON lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.files.byte_validation import ByteCheck
from stopgap.sources.files.csv_file import CsvShape, csv_shape, readable, structure_fault
from stopgap.sources.files.file_head import FileHead, read_head
from stopgap.sources.registers.ownership_statements import DAY, OwnershipFile, statement_schema

if TYPE_CHECKING:
    pass

CHUNK = 1 << 20
COLUMNS: dict[str, tuple[str, ...]] = {
    "owner": ("owner_id", "owner"),
    "asset": ("asset_id", "asset"),
    "share": ("share",),
    "percent": ("share_pct", "percentage"),
    "as_of": ("as_of", "date"),
    "until": ("until", "end_date"),
    "source": ("source",),
    "owner_name": ("owner_name",),
    "asset_name": ("asset_name",),
}
"""What is read of a CSV -> the names its column may have."""

ID_LIMIT = 1_000
"""Longest id, and longest share as text, in characters."""


def read_ownership(path: Path) -> OwnershipFile:
    """The statements of a file, told by its content.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is no table of ownership, damaged, or has a row that cannot be.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), fix="check the path")
    head = read_head(path)
    if head.container != "text" or head.is_markup:
        raise InputError(
            "the file is neither CSV nor JSON lines",
            where=path.name,
            fix="give a CSV with the columns owner_id, asset_id and share_pct, or FollowTheMoney entities as JSON lines",
        )
    check = ByteCheck(path)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            check.feed(chunk)
    check.finish()
    if head.is_json:
        from stopgap.sources.registers.ownership_ftm import read_entities

        return read_entities(path, is_gzip=head.is_gzip)
    return _read_csv(path, head)


def _read_csv(path: Path, head: FileHead) -> OwnershipFile:
    shape = csv_shape(head)
    found = _columns(shape, head.name)
    with duckdb.connect() as con, readable(path, head) as copy:
        try:
            con.execute(f"CREATE TABLE given AS SELECT row_number() OVER () + 1 AS row, * FROM {shape.relation(copy)}")
        except duckdb.Error:
            raise structure_fault(con, copy, head.name, shape) from None
        cells = {name: _cell(found.get(name)) for name in COLUMNS}
        _check_rows(con, cells, head.name)
        share = "percent" if "percent" in found else "share"
        statements = con.sql(
            f"SELECT {cells['owner']} AS owner, {cells['asset']} AS asset, coalesce({cells[share]}, '') AS share, "
            f"{str(share == 'percent').lower()} AS is_percent, {cells['source']} AS source, {cells['as_of']} AS as_of, "
            f"{cells['until']} AS until FROM given WHERE {cells['owner']} IS NOT NULL AND {cells['asset']} IS NOT NULL "
            "ORDER BY row"
        ).to_arrow_table()
        names: dict[str, str] = {}
        for party in ("asset", "owner"):
            if f"{party}_name" in found:
                rows = con.sql(
                    f"SELECT {cells[party]}, any_value({cells[f'{party}_name']}) FROM given "
                    f"WHERE {cells[party]} IS NOT NULL AND {cells[f'{party}_name']} IS NOT NULL GROUP BY 1"
                ).fetchall()
                names.update(rows)
        [(rows_read,)] = con.sql("SELECT count(*) FROM given").fetchall()
    left = rows_read - len(statements)
    warnings = (f"{left:,} rows of {head.name} name no owner or no asset, and are left out",) if left else ()
    return OwnershipFile(statements.cast(statement_schema()), names, warnings)


def _columns(shape: CsvShape, name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for wanted, spellings in COLUMNS.items():
        places = [place for place, column in enumerate(shape.columns) if column.strip().lower() in spellings]
        if len(places) > 1:
            raise InputError(
                f"more than one column says {wanted}",
                where=f"{name}, header: {', '.join(shape.columns)[:300]}",
                fix=f"keep one of {', '.join(spellings)}",
            )
        if places:
            found[wanted] = places[0]
    missing = [wanted for wanted in ("owner", "asset") if wanted not in found]
    if missing or len({"share", "percent"} & set(found)) != 1:
        raise InputError(
            "the file is no table of ownership",
            where=f"{name}, header: {', '.join(shape.columns)[:300]}",
            fix="it needs the columns owner_id, asset_id, and share_pct (percent) or share (a ratio, 0 to 1)",
        )
    return found


def _cell(column: int | None) -> str:
    return "NULL::VARCHAR" if column is None else f"nullif(trim(c{column}), '')"


def _check_rows(con: duckdb.DuckDBPyConnection, cells: Mapping[str, str], name: str) -> None:
    tests = [
        *((f"length({cells[column]}) > {ID_LIMIT}", f"{column} is longer than {ID_LIMIT:,} characters")
          for column in ("owner", "asset", "share", "percent", "source")),
        *((f"NOT regexp_full_match({cells[column]}, '{DAY}')", f"{column} is no day (YYYY-MM-DD, YYYY-MM or YYYY)")
          for column in ("as_of", "until")),
    ]  # fmt: skip
    for test, says in tests:
        row = con.sql(f"SELECT min(row) FROM given WHERE {test}").fetchall()[0][0]
        if row is not None:
            raise InputError(says, where=f"{name}, row {row:,}", fix="fix the row", details={"row": row})
