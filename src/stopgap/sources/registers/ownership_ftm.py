"""Ownership in FollowTheMoney's JSON lines: entities of the schema ``Ownership``, plain or nested in their parties."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from stopgap.base import strict_json
from stopgap.base.errors import InputError
from stopgap.sources.registers.ownership_statements import OwnershipFile, day_of, statement_schema

LINE_LIMIT = 64 * 1024 * 1024
"""Longest line in bytes."""

_NESTED = {"ownershipOwner": "owner", "ownershipAsset": "asset"}
"""Property under which a party carries its ownerships -> what the party is in them."""

_Row = tuple[str, str, str, str | None, str | None, str | None]


def read_entities(path: Path, *, is_gzip: bool) -> OwnershipFile:
    """The ownerships of a file of entities, one a line.

    Raises:
        InputError: A line is no entity, or none is an ownership.
    """
    import pyarrow as pa

    rows: list[_Row] = []
    names: dict[str, str] = {}
    seen: set[str] = set()
    left = 0
    for number, line in _lines(path, is_gzip):
        entity = _entity(path, number, line)
        for ownership, known in _ownerships(entity, names):
            if (name := str(ownership.get("id") or "")) and name in seen:
                continue
            seen.add(name)
            made = _rows(ownership, known)
            left += not made
            rows += made
    if not rows:
        raise InputError(
            "the file holds no ownership" if not left else "no ownership in the file names both owner and asset",
            where=path.name,
            fix="give FollowTheMoney entities with the schema Ownership, one a line",
        )
    columns = list(zip(*rows, strict=True))
    schema = statement_schema()
    table = pa.Table.from_arrays(
        [*(pa.array(columns[place], pa.string()) for place in range(3)), pa.array([True] * len(rows)),
         *(pa.array(columns[place], pa.string()) for place in range(3, 6))],
        schema=schema,
    )  # fmt: skip
    parties = {*columns[0], *columns[1]}
    warnings = (f"{left:,} ownerships of {path.name} name no owner or no asset, and are left out",) if left else ()
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
    """Ownerships in an entity, with what is known of their parties from where they stand; names of entities on the way."""
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


def _rows(ownership: dict[str, Any], known: dict[str, str]) -> list[_Row]:
    properties = ownership["properties"]

    def texts(name: str) -> list[str]:
        values = properties.get(name) or ()
        found = [value.get("id") if isinstance(value, dict) else value for value in values if value is not None]
        return [str(each).strip() for each in found if each is not None and str(each).strip()]

    owners = texts("owner") or [known[role] for role in ("owner",) if role in known]
    assets = texts("asset") or [known[role] for role in ("asset",) if role in known]
    since = max((day for text in texts("startDate") or texts("date") if (day := day_of(text))), default=None)
    until = max((day for text in texts("endDate") if (day := day_of(text))), default=None)
    datasets = ownership.get("datasets") or texts("publisher") or ()
    source = ", ".join(map(str, datasets)) or None
    share = _share(texts("percentage"))
    return [(owner, asset, share, source, since, until) for owner in owners for asset in assets]


def _share(values: list[str]) -> str:
    """The share as text; several numbers are a range."""
    if len(set(values)) <= 1:
        return values[0] if values else ""
    try:
        numbers = sorted(float(value.replace(",", ".").strip("% ")) for value in values)
    except ValueError:
        return " / ".join(values)
    return f"{numbers[0]:g}-{numbers[-1]:g}"
