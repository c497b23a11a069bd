"""Read ownership files: CSV, or FollowTheMoney JSON lines (entities of the schema ``Ownership``)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import duckdb
import pyarrow as pa

from stopgap.base import strict_json
from stopgap.base.errors import InputError
from stopgap.base.paths import need_file
from stopgap.sources.files.byte_validation import ByteCheck
from stopgap.sources.files.csv_file import CsvShape, csv_shape, readable, structure_fault
from stopgap.sources.files.file_head import FileHead, read_head

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
"""Field read from a CSV file -> the names that its column may have."""

ID_LIMIT = 1_000
"""Maximum length of an id, a source, and a share as text, in characters."""

LINE_LIMIT = 64 * 1024 * 1024
"""Maximum length of a line of JSON, in bytes."""

DAY = r"\d{4}(-\d\d(-\d\d)?)?"
"""Regular expression for a date (YYYY-MM-DD), a month or a year."""

_SCHEMA = pa.schema(
    [(name, pa.bool_() if name == "is_percent" else pa.string())
     for name in ("owner", "asset", "share", "is_percent", "source", "as_of", "until")]
)  # fmt: skip

_NESTED = {"ownershipOwner": "owner", "ownershipAsset": "asset"}
"""Property under which an entity nests its ownerships -> the entity's role in them."""


@dataclass(frozen=True)
class OwnershipFile:
    """Ownership statements of a file, in its order, and the names of parties by id.

    ``statements`` has ``owner``, ``asset``, ``share`` (text), ``is_percent``, ``source``, ``as_of``, ``until``.
    """

    statements: pa.Table
    names: Mapping[str, str]
    warnings: tuple[str, ...]


def read_ownership(path: Path) -> OwnershipFile:
    """Read a file of ownership statements; the content decides between CSV and JSON lines.

    Raises:
        NotFoundError: There is no such file.
        InputError: The file is neither a valid CSV nor valid JSON lines of ownership statements.
    """
    need_file(path, "a table of ownership", suffixes=(".csv", ".json", ".jsonl"))
    head = read_head(path)
    if head.container != "text" or head.is_markup:
        raise InputError(
            "the file is neither CSV nor JSON lines",
            where=path.name,
            fix="give a CSV with the columns owner_id, asset_id and share_pct, or FollowTheMoney entities as JSON lines",
        )
    check = ByteCheck(path)
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            check.feed(chunk)
    check.finish()
    return _read_entities(path, head.is_gzip) if head.is_json else _read_csv(path, head)


def day_of(text: str) -> str | None:
    """Return the date, month or year at the beginning of a text; None if there is none."""
    found = re.match(DAY, text)
    return found[0] if found else None


def _read_csv(path: Path, head: FileHead) -> OwnershipFile:
    shape = csv_shape(head)
    found = _columns(shape, head.name)
    with duckdb.connect() as con, readable(path, head) as copy:
        try:
            con.execute(f"CREATE TABLE given AS SELECT row_number() OVER () + 1 AS row, * FROM {shape.relation(copy)}")
        except duckdb.Error:
            raise structure_fault(con, copy, head.name, shape) from None
        cells = {name: f"nullif(trim(c{found[name]}), '')" if name in found else "NULL::VARCHAR" for name in COLUMNS}
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
    return OwnershipFile(statements.cast(_SCHEMA), names, warnings)


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
    if not {"owner", "asset"} <= set(found) or len({"share", "percent"} & set(found)) != 1:
        raise InputError(
            "the file is no table of ownership",
            where=f"{name}, header: {', '.join(shape.columns)[:300]}",
            fix="it needs the columns owner_id, asset_id, and share_pct (percent) or share (a ratio, 0 to 1)",
        )
    return found


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


def _read_entities(path: Path, is_gzip: bool) -> OwnershipFile:
    """Read the ownerships from FollowTheMoney entities, one a line: top-level, or nested in owner or asset."""
    rows: list[tuple[str | bool | None, ...]] = []
    names: dict[str, str] = {}
    seen: set[str] = set()
    left = 0
    for number, line in _lines(path, is_gzip):
        for ownership, known in _ownerships(_entity(path, number, line), names):
            if (name := str(ownership.get("id") or "")) and name in seen:
                continue
            seen.add(name)
            made = _statements(ownership, known)
            left += not made
            rows += made
    if not rows:
        raise InputError(
            "the file holds no ownership" if not left else "no ownership in the file names both owner and asset",
            where=path.name,
            fix="give FollowTheMoney entities with the schema Ownership, one a line",
        )
    columns = list(zip(*rows, strict=True))
    parties = {*columns[0], *columns[1]}
    warnings = (f"{left:,} ownerships of {path.name} name no owner or no asset, and are left out",) if left else ()
    table = pa.table(columns, schema=_SCHEMA)
    return OwnershipFile(table, {name: names[name] for name in parties if name in names}, warnings)


def _lines(path: Path, is_gzip: bool) -> Iterator[tuple[int, bytes]]:
    with cast(BinaryIO, gzip.open(path)) if is_gzip else path.open("rb") as stream:
        number = 0
        while line := stream.readline(LINE_LIMIT):
            number += 1
            if len(line) >= LINE_LIMIT:
                raise InputError(
                    f"a line is longer than {LINE_LIMIT // 1024**2} MB",
                    where=f"{path.name}, line {number:,}",
                    fix="check that the file holds one entity a line",
                )
            if line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _entity(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        entity = strict_json.loads(line)
        if not isinstance(entity, dict) or not isinstance(entity.get("properties", {}), dict):
            raise ValueError("no FollowTheMoney entity")
    except ValueError as error:
        raise InputError(
            "a line is no FollowTheMoney entity",
            where=f"{path.name}, line {number:,}: {str(error)[:200]}",
            fix="check that the file is whole, and holds one JSON object a line",
        ) from error
    return entity


def _ownerships(
    entity: dict[str, Any], names: dict[str, str], known: dict[str, str] | None = None
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield each ownership in an entity, with the id of the party that it is nested in, by role.

    The names of entities found on the way are added to ``names``.
    """
    properties = entity.get("properties")
    if not isinstance(properties, dict):
        return
    if entity.get("schema") == "Ownership":
        yield entity, known or {}
    elif name := entity.get("caption") or next(iter(properties.get("name") or ()), None):
        names.setdefault(str(entity.get("id")), str(name))
    for key, values in properties.items():
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                role = _NESTED.get(key)
                yield from _ownerships(value, names, {role: str(entity.get("id"))} if role else None)


def _statements(ownership: dict[str, Any], known: dict[str, str]) -> list[tuple[str | bool | None, ...]]:
    """Return one row of ``_SCHEMA`` for each pair of owner and asset; shares are percentages."""
    properties = ownership["properties"]

    def texts(name: str) -> list[str]:
        values = properties.get(name) or ()
        found = [value.get("id") if isinstance(value, dict) else value for value in values if value is not None]
        return [str(each).strip() for each in found if each is not None and str(each).strip()]

    owners, assets = (texts(role) or ([known[role]] if role in known else []) for role in ("owner", "asset"))
    since = max((day for text in texts("startDate") or texts("date") if (day := day_of(text))), default=None)
    until = max((day for text in texts("endDate") if (day := day_of(text))), default=None)
    source = ", ".join(map(str, ownership.get("datasets") or texts("publisher"))) or None
    share = _share(texts("percentage"))
    return [(owner, asset, share, True, source, since, until) for owner in owners for asset in assets]


def _share(values: list[str]) -> str:
    """Return the share as text; several different numbers become a range."""
    if len(set(values)) <= 1:
        return values[0] if values else ""
    try:
        numbers = sorted(float(value.replace(",", ".").strip("% ")) for value in values)
    except ValueError:
        return " / ".join(values)
    return f"{numbers[0]:g}-{numbers[-1]:g}"
