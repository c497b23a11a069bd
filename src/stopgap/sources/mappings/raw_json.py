"""The records of a JSON file as the table ``given``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from stopgap.sources.files.limits import refuse_columns
from stopgap.sources.trade.json_reply import Reply

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.base import Reading

BATCH = 50_000
LOOKED_AT = 1_000
"""Records whose fields become the columns; a field that only later ones have is not read, and told of."""
SHOWN = 10
"""Names of fields that a warning shows."""
NESTED_LIMIT = 16 * 1024 * 1024
"""Largest nested object in characters: it is read as a whole."""


class JsonTable(NamedTuple):
    """What ``load_json`` found: names of the columns, the other fields of the file, and warnings."""

    columns: tuple[str, ...]
    rest: dict[str, Any]
    warnings: tuple[str, ...]


def load_json(con: duckdb.DuckDBPyConnection, reading: Reading, *, records: str, nested: list[str]) -> JsonTable:
    """Fills ``given`` (``row`` counts the records from 1), all columns text.

    Records are objects, or arrays of which the first names the columns. Fields of an object
    within a record are columns named ``outer.inner``.

    Args:
        records: The field that holds the records, where the file is one object.
        nested: Names for the keys of objects within objects, from the outermost; what lies
            beneath the last of them is the column ``value``, or a list of records. Single values
            beside ``records`` are columns too, the same in every row.

    Raises:
        InputError: The text is no JSON, is cut off or goes on behind its end, two of a record's fields would be one
            column, or there are too many columns.
    """
    reply = Reply(reading, records, limit=NESTED_LIMIT if nested else 1024 * 1024)
    rows = _unfolded(reply, records, nested) if nested else _flat(reply, reply.rows())
    first: list[dict[str, str | None]] = []
    for row in rows:
        first.append(row)
        if len(first) == LOOKED_AT:
            break
    columns = tuple(dict.fromkeys(name for row in first for name in row))
    refuse_columns(columns, reading.name)
    listed = ", ".join(f"c{position} VARCHAR" for position in range(len(columns)))
    con.execute(f"CREATE OR REPLACE TABLE given (row BIGINT{', ' + listed if columns else ''})")
    later: Counter[str] = Counter()
    _insert(con, columns, first, _noting(rows, frozenset(columns), later))
    warnings = []
    if later:
        names = ", ".join(name[:60] for name in list(later)[:SHOWN]) + (" …" if len(later) > SHOWN else "")
        warnings.append(
            f"{max(later.values()):,} records have fields that none of the first {LOOKED_AT:,} has, which are not read: {names}"
        )
    return JsonTable(columns, reply.rest, tuple(warnings))


def _noting(
    rows: Iterator[dict[str, str | None]], columns: frozenset[str], later: Counter[str]
) -> Iterator[dict[str, str | None]]:
    """The rows; fields that are no column are counted in ``later``."""
    for row in rows:
        if not row.keys() <= columns:
            later.update(row.keys() - columns)
            refuse_columns(later, "fields of the records")
        yield row


def _insert(
    con: duckdb.DuckDBPyConnection,
    columns: tuple[str, ...],
    first: list[dict[str, str | None]],
    others: Iterator[dict[str, str | None]],
) -> None:
    import pyarrow as pa

    batch, done = first, 0
    while batch:
        table = pa.table(
            {
                "row": pa.array(range(done + 1, done + len(batch) + 1), pa.int64()),
                **{
                    f"c{position}": pa.array([row.get(name) for row in batch], pa.string())
                    for position, name in enumerate(columns)
                },
            }
        )
        con.register("json_batch", table)
        con.execute("INSERT INTO given SELECT * FROM json_batch")
        con.unregister("json_batch")
        done += len(batch)
        batch = [row for _, row in zip(range(BATCH), others, strict=False)]


def _flat(reply: Reply, records: Iterable[Any]) -> Iterator[dict[str, str | None]]:
    header: list[str] | None = None
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield _fields(reply, record, number)
        elif isinstance(record, list) and header is None and number == 1:
            header = [str(name) for name in record]
            refuse_columns(header, reply.name)
        elif isinstance(record, list) and header is not None and len(record) == len(header):
            fields = {name: _text(value) for name, value in zip(header, record, strict=True)}
            # the US Census Bureau repeats a variable that was asked for and filtered on
            differs = [name for name, value in zip(header, record, strict=True) if fields[name] != _text(value)]
            if differs:
                raise reply.fault(
                    f"the header names the column {differs[0][:60]!r} twice, and record {number} has two values for it"
                )
            yield fields
        else:
            raise reply.fault(f"record {number} is not like the first")


def _fields(reply: Reply, record: dict[str, Any], number: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in record.items():
        inner = (
            {f"{name}.{field}": text for field, text in _fields(reply, value, number).items()}
            if isinstance(value, dict)
            else {name: _text(value)}
        )
        if not inner.keys().isdisjoint(found):
            twice = next(iter(inner.keys() & found.keys()))
            raise reply.fault(f"record {number} holds two fields that are both called {twice[:60]!r}")
        found |= inner
    return found


def _unfolded(reply: Reply, records: str, nested: list[str]) -> Iterator[dict[str, str | None]]:
    for _ in reply.rows():
        raise reply.fault("the file holds records where objects within objects were expected")
    inner = reply.rest.get(records) if records else reply.rest
    beside = reply.rest if records else {}
    keys = {name: _text(value) for name, value in beside.items() if not isinstance(value, (dict, list))}
    twice = [name for name in (*nested, "value") if name in keys]
    if twice:
        raise reply.fault(f"the file names {twice[0][:60]!r} beside the objects that are called so")
    yield from _beneath(reply, inner, nested, keys)


def _beneath(
    reply: Reply, value: Any, names: list[str], keys: dict[str, str | None]
) -> Iterator[dict[str, str | None]]:
    if not names:
        if isinstance(value, list):
            for row in _flat(reply, value):
                if not row.keys().isdisjoint(keys):
                    twice = next(iter(row.keys() & keys.keys()))
                    raise reply.fault(f"a record names {twice[:60]!r}, which the objects around it name too")
                yield keys | row
        else:
            yield {**keys, "value": _text(value)}
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _beneath(reply, inner, names[1:], {**keys, names[0]: key})
    else:
        raise reply.fault(f"there is no object of {names[0]} within {', '.join(map(str, keys.values())) or 'the file'}")


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
