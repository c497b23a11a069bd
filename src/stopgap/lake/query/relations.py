"""Resolve the relations that a query reads, before any row is read.

Two checks must agree. The parsed statement is walked with the scopes of its CTEs; then DuckDB binds the same text in a
database that has only those relations, without rows. A statement that reads anything else fails to bind there.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from stopgap.base.errors import InputError, RefusedError
from stopgap.lake.engine_bars import without_bar
from stopgap.lake.partner_views import PREFIX, packs_table
from stopgap.lake.partner_views import findings_table as received_findings_table
from stopgap.lake.query.functions import TABLE_FUNCTIONS, may_be_called
from stopgap.lake.query.near_terms import WHERE, no_function, no_relation, relations_are, unbound, unparsed
from stopgap.lake.schema import TABLES
from stopgap.lake.snapshot import NOTHING_LOADED, Snapshot, connect, findings_table, lock_down_memory, receipts_table

RELATIONS = (
    "trade", "trade_aggregates", "trade_breakdowns", "reported", "receipts", "findings", "declarations", "listed",
    "listed_state", f"{PREFIX}packs", f"{PREFIX}findings",
)  # fmt: skip
"""Relations that a statement may read; docs/reference/lake.md describes them."""

_RELATIONS_ARE = relations_are(RELATIONS)

_INNER = frozenset({"trade_rows", "declaration_rows", "listed_fact_rows", "list_chain", "lake_stamp", "native"})
"""Internal relations of the lake's connections, which a statement may not read."""

_QUALIFIERS = ((), ("main",), ("memory",), ("memory", "main"))
"""Catalog and schema qualifiers allowed before a relation's name; all mean the lake itself."""

_NODES = frozenset(
    {
        # queries
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE",
        # what stands after FROM
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF",
        # their clauses
        "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
        "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    }
)  # fmt: skip
"""Node types of a parsed statement, other than expressions, that the walk handles; others are refused."""

_EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT", "FUNCTION",
        "LAMBDA", "LAMBDA_REF", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
"""Expression classes that the walk handles; others are refused."""


def relations_read(sql: str) -> frozenset[str]:
    """Return the relations that one SELECT reads, named as in :data:`RELATIONS`.

    Refuses a text that is not a single SELECT, or that reads or calls something not allowed (RefusedError), and invalid
    SQL (InputError).
    """
    if not sql.isascii():
        try:
            sql.encode()
        except UnicodeEncodeError as error:
            raise InputError("the statement is not text in UTF-8", where=WHERE, fix="write it in UTF-8") from error
    statement = _parsed(sql)
    found = _Reading().relations(statement)
    _bind(sql, found)
    return found


def _parsed(sql: str) -> Any:
    """Return the syntax tree that DuckDB's parser gives, as JSON values."""
    con = _empty_engine()
    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise unparsed(str(error), sql) from error
    if len(statements) == 1 and statements[0].type == duckdb.StatementType.EXPLAIN:
        raise RefusedError(
            "EXPLAIN may not be run: plans show paths and statistics of the lake's files",
            where=WHERE,
            fix="run the SELECT itself; DESCRIBE SELECT … shows its columns",
        )
    if [each.type for each in statements] == [duckdb.StatementType.MULTI]:
        raise RefusedError(
            "PIVOT needs its values named, for it is two statements without them",
            where=WHERE,
            fix="PIVOT … ON column IN ('a', 'b') USING …",
        )
    if not statements:
        raise RefusedError("the statement is empty", where=WHERE, fix=f"give one SELECT; {_RELATIONS_ARE}")
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise RefusedError(
            "only a single SELECT may be run",
            where=WHERE,
            fix="read with SELECT (or WITH … SELECT); the lake changes through stopgap import alone",
        )
    try:
        [(text,)] = con.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
        tree = json.loads(text)
    except (duckdb.Error, ValueError, RecursionError) as error:
        raise _unresolved("a part that cannot be followed") from error
    if tree.get("error") is not False or len(tree.get("statements", ())) != 1:
        raise _unresolved("a part that cannot be followed")
    return tree["statements"][0]


class _Reading:
    """Walk a parsed statement and collect the relations it reads, with the CTE names in scope at each node."""

    def __init__(self) -> None:
        self._found: set[str] = set()
        self._open: list[tuple[Any, frozenset[str]]] = []

    def relations(self, statement: Any) -> frozenset[str]:
        """Walk the statement, with a stack instead of recursion, as expressions may be nested a thousand deep."""
        self._open = [(statement, frozenset())]
        while self._open:
            node, scope = self._open.pop()
            if isinstance(node, list):
                self._open.extend((each, scope) for each in node)
            elif isinstance(node, dict):
                self._node(node, scope)
        return frozenset(self._found)

    def _node(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        kind = node.get("type")
        if "class" in node:
            if node["class"] not in _EXPRESSIONS:
                raise _unresolved(f"an expression of the kind {node['class']}")
        elif isinstance(kind, str) and ("alias" in node or "cte_map" in node or kind.isupper()) and kind not in _NODES:
            raise _unresolved(f"a part of the kind {kind}")
        if kind == "BASE_TABLE":
            self._relation(node, scope)
        elif kind == "SHOW_REF" and (
            node.get("show_type") not in ("DESCRIBE", "SUMMARY") or not isinstance(node.get("query"), dict)
        ):  # DESCRIBE and SUMMARIZE of a query or relation are let through, not what lists the catalog
            raise RefusedError(
                "SHOW may not be run: it lists more than the lake's relations", where=WHERE, fix=_RELATIONS_ARE
            )
        elif kind == "TABLE_FUNCTION":
            _check_function(node["function"], is_table=True)
            self._open.append((node["function"].get("arguments"), scope))
        if "function_name" in node:
            _check_function(node, is_table=False)
        rest = dict(node)
        if kind == "TABLE_FUNCTION":
            del rest["function"]
        clause = rest.pop("cte_map", None)
        if clause is not None:
            # Each sees those before it; the statement that they stand before sees all.
            for entry in clause["map"]:
                self._open.append((entry["value"], scope))
                scope = scope | {str(entry["key"]).lower()}
        if kind == "RECURSIVE_CTE_NODE":
            self._open.append((rest.pop("right"), scope | {str(node["cte_name"]).lower()}))
        self._open.extend((value, scope) for value in rest.values())

    def _relation(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        path = [str(part) for part in node["qualified_name"]["path"]]
        name = path[-1].lower()
        if len(path) == 1 and name in scope:
            return
        if tuple(part.lower() for part in path[:-1]) in _QUALIFIERS and name in RELATIONS:
            self._found.add(name)
            return
        if len(path) == 1 and name.isidentifier() and name not in _INNER | _of_the_engine("view"):
            raise no_relation(path[0], RELATIONS)
        raise RefusedError(
            f"a statement may not read {'.'.join(path)[:200]}",
            where=WHERE,
            fix=f"{_RELATIONS_ARE}; files are read with stopgap import",
        )


def _check_function(node: Mapping[str, Any], *, is_table: bool) -> None:
    name = str(node["function_name"]).lower()
    if name in TABLE_FUNCTIONS if is_table else may_be_called(name):
        return
    if name.isidentifier() and name not in _of_the_engine("function"):
        raise no_function(name, frozenset(filter(may_be_called, _of_the_engine("function"))))
    raise RefusedError(
        f"a statement may not call {name[:200]}",
        where=WHERE,
        fix="use functions of the values in a row; files, settings, the catalog and SQL in a text are out of reach",
    )


def _unresolved(what: str) -> RefusedError:
    return RefusedError(
        f"what the statement reads cannot be told: it holds {what}",
        where=WHERE,
        fix="write it with plain SELECT, JOIN, WITH and set operations",
    )


@functools.cache
def _empty_engine() -> duckdb.DuckDBPyConnection:
    """Open an empty database to parse and bind in, without access to files, extensions or Python variables."""
    con = duckdb.connect(":memory:")
    without_bar(con)
    con.execute("SET memory_limit = '1GB'")
    con.execute("SET threads = 1")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET autoload_known_extensions = false")
    lock_down_memory(con)
    return con


@functools.cache
def relation_columns() -> Mapping[str, str]:
    """Return relation -> its columns as written in CREATE TABLE; read from the views over an empty snapshot."""
    empty = Snapshot(Path(), NOTHING_LOADED, False, -1, dict.fromkeys(TABLES, ()), (), {})
    found = {}
    with contextlib.closing(connect(empty, native=False)) as con:
        con.register("receipts", receipts_table(empty))
        con.register("findings", findings_table(Path("no folder of a lake")))
        con.register(f"{PREFIX}packs", packs_table(()))
        con.register(f"{PREFIX}findings", received_findings_table(Path(), ()))
        for name in RELATIONS:
            columns = con.execute(f"DESCRIBE {name}").fetchall()
            found[name] = ", ".join(f'"{column}" {kind}' for column, kind, *_ in columns)
    return found


@functools.cache
def _of_the_engine(kind: str) -> frozenset[str]:
    """Return the names of DuckDB's own views or functions."""
    rows = _empty_engine().execute(f"SELECT DISTINCT lower({kind}_name) FROM duckdb_{kind}s()").fetchall()
    return frozenset(name for (name,) in rows)


def _bind(sql: str, relations: frozenset[str]) -> None:
    """Bind the statement in an empty database; its errors (InputError) can therefore not reveal any rows."""
    columns, con = relation_columns(), _empty_engine()
    read = {
        name: [part.split('"')[1] for part in columns[name].split(", ") if '"' in part] for name in sorted(relations)
    }
    con.execute("BEGIN")
    try:
        for name in sorted(relations):
            con.execute(f"CREATE TABLE {name} ({columns[name]})")
        con.sql(sql)
    except duckdb.Error as error:
        raise unbound(str(error), read, RELATIONS) from error
    finally:
        con.execute("ROLLBACK")
