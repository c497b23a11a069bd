"""Convert result types that a format cannot hold to text.

The text is as DuckDB writes it, so nothing is lost; see "What an answer holds" in docs/reference/lake.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

_KEPT = frozenset(
    {
        "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint",
        "float", "double", "decimal", "varchar", "uuid", "date", "timestamp", "timestamp with time zone", "null",
    }
)  # fmt: skip
"""DuckDB types that every output format can represent."""

_WHOLE = frozenset({"hugeint", "uhugeint"})
_MOMENTS = (pa.types.is_date, pa.types.is_timestamp)
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970


def portable(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return the same rows, with columns cast to types that every output format can write."""
    targets = [_target(kind) for kind in relation.types]
    if not any(targets):
        return relation
    try:
        return _cast(relation, targets)
    except duckdb.Error:  # a type that cannot be written in SQL stands inside one of them
        return _cast(relation, [target and "VARCHAR" for target in targets])


def _cast(relation: duckdb.DuckDBPyRelation, targets: list[str | None]) -> duckdb.DuckDBPyRelation:
    parts = []
    for number, (name, target) in enumerate(zip(relation.columns, targets, strict=True), 1):
        # By place: names that differ in case alone are one to SQL.
        value = f"#{number}" if target is None else f"CAST(#{number} AS {target})"
        parts.append(f"{value} AS {_identifier(name)}")
    return relation.project(", ".join(parts))


def whole_columns(relation: duckdb.DuckDBPyRelation) -> list[str]:
    """Return the columns of 128-bit integers, such as sums of integers."""
    return [name for name, kind in zip(relation.columns, relation.types, strict=True) if kind.id in _WHOLE]


def settled(table: pa.Table, whole: list[str]) -> pa.Table:
    """Cast 128-bit integers back to 64 bits where all fit, and dates beyond Python's calendar to text.

    ``whole`` are the columns of a result of :func:`portable` that hold 128-bit integers as text.
    """
    for name in whole:
        with contextlib.suppress(pa.ArrowInvalid):  # one is larger: all stay text
            position = table.column_names.index(name)
            table = table.set_column(position, name, pc.cast(table.column(position), pa.int64()))
    beyond = [
        name
        for name in table.column_names
        if any(_beyond(leaf) for chunk in table.column(name).chunks for leaf in _leaves(chunk))
    ]
    if not beyond:
        return table
    with contextlib.closing(duckdb.connect(":memory:")) as con:
        con.execute("SET TimeZone = 'UTC'")
        relation = con.from_arrow(table.select(beyond))
        targets = [_target(kind, has_days=False) for kind in relation.types]
        texts = _cast(relation, targets).to_arrow_table()
    for name in beyond:
        table = table.set_column(table.column_names.index(name), name, texts.column(name))
    return table


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _target(kind: Any, *, has_days: bool = True) -> str | None:
    """Return the SQL type to cast a column to; ``None`` if it stays unchanged."""
    if kind.id in _KEPT and (has_days or kind.id not in ("date", "timestamp", "timestamp with time zone")):
        return None
    target = "VARCHAR"
    if kind.id in ("list", "array"):
        child = dict(kind.children)["child"]
        inner = _target(child, has_days=has_days)
        if inner is None:
            return None
        target = "VARCHAR" if inner == "VARCHAR" and child.id in _NESTED else f"{inner}[]"
    elif kind.id in ("struct", "map"):
        children = dict(kind.children)
        targets = {name: _target(child, has_days=has_days) for name, child in children.items()}
        if kind.id == "map" and children["key"].id == "null":  # of no entry; a key has a type
            targets["key"] = "VARCHAR"
        if children and not any(targets.values()):
            return None
        parts = {name: targets[name] or str(child) for name, child in children.items()}
        if kind.id == "map":
            target = f"MAP({parts['key']}, {parts['value']})"
        elif children and all(name for name in parts):
            target = f"STRUCT({', '.join(f'{_identifier(name)} {part}' for name, part in parts.items())})"
    elif kind.id == "tuple" and not any(_target(child, has_days=has_days) for _, child in kind.children):
        return None
    return target


_NESTED = frozenset({"list", "array", "struct", "map", "tuple", "union", "variant"})


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the date and timestamp arrays in an array, at any nesting depth."""
    kind = array.type
    if pa.types.is_struct(kind):
        for each in array.flatten():
            yield from _leaves(each)
    elif pa.types.is_map(kind):
        yield from _leaves(array.keys)
        yield from _leaves(array.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(array.flatten())
    elif any(is_moment(kind) for is_moment in _MOMENTS):
        yield array


def _beyond(array: pa.Array) -> bool:
    """Return whether any date or timestamp is infinite or outside the years 1 to 9999."""
    if array.null_count == len(array):
        return False
    days = pa.types.is_date32(array.type)
    numbers = array.view(pa.int32()).cast(pa.int64()) if days else array.view(pa.int64())
    found = pc.min_max(numbers).as_py()
    scale = 1 if days else {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit] * 86_400
    return bool(found["min"] < _FIRST_DAY * scale or found["max"] >= (_LAST_DAY + 1) * scale)
