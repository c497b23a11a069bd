"""Statements made at random over the lake's relations, each with the relations that it reads, known as it is made.

Names of CTEs collide on purpose with relations, inner relations, catalogs, functions and paths. A statement may also ask for
something that is out of reach; then it must be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stopgap.lake.query.relations import RELATIONS

INNER = ("trade_rows", "declaration_rows", "listed_fact_rows", "list_chain", "lake_stamp")
SYSTEM = ("duckdb_tables", "duckdb_views", "pg_class", "sqlite_master", "pragma_database_list", "duckdb_settings")
WORDS = (
    "parquet",
    "tables",
    "native",
    "memory",
    "main",
    "temp",
    "range",
    "query",
    "read_parquet",
    "a",
    "b",
    "files",
    "x",
)

OUT_OF_REACH = (
    "native.trade_rows", "native.main.trade_rows", "native.reported", "native.lake_stamp", "memory.main.trade_rows",
    "main.list_chain", "information_schema.tables", "system.information_schema.columns", "pg_catalog.pg_class",
    "temp.trade", "system.main.duckdb_tables", "main.duckdb_views", "trade.trade", "trade.main.trade",
    "read_parquet('{file}')", "parquet_scan('{file}')", "parquet_metadata('{file}')", "parquet_schema('{file}')",
    "read_csv('{file}')", "read_text('{file}')", "read_blob('{file}')", "read_json('{file}')", "sniff_csv('{file}')",
    "glob('{folder}/*')", "query('FROM trade')", "query_table('trade')", "query_table(['trade', 'declarations'])",
    "duckdb_views()", "duckdb_tables()", "duckdb_columns()", "duckdb_settings()", "duckdb_databases()", "duckdb_functions()",
    "pragma_table_info('trade')", "pragma_storage_info('trade')", "json_execute_serialized_sql('{{}}')", "histogram('trade', 'good')",
    "histogram_values(trade, good)", "summary((FROM trade))", "seq_scan('trade')", "(SHOW TABLES)", "(SHOW ALL TABLES)",
    "(SHOW DATABASES)", "test_all_types()", "duckdb_secrets()", "duckdb_logs()", "which_secret('x', 's3')", "pragma_show('trade')",
    "read_duckdb('{file}')", "duckdb_variables()",
)  # fmt: skip
"""What stands after FROM and must be refused."""

OUT_OF_REACH_VALUES = (
    "current_setting('allowed_paths')", "getvariable('x')", "json_serialize_plan('FROM trade')", "json_serialize_sql('FROM trade')",
    "pg_get_viewdef(1)", "current_query()", "in_search_path('a', 'b')", "write_log('x')", "stats(1)", "nextval('s')",
    "obj_description(1)", "current_schemas(true)", "main.current_setting('temp_directory')", "'allowed_paths'.current_setting()",
    "pg_catalog.current_setting('temp_directory')", "vector_type(1)", "current_database()",
)  # fmt: skip
"""Values that must be refused."""


@dataclass
class Statement:
    """A statement and what is known of it.

    Attributes:
        sql: Its text.
        reads: Relations of the lake that it names where they mean the lake's.
        is_refused: Whether it asks for something that is out of reach.
    """

    sql: str
    reads: frozenset[str]
    is_refused: bool


@dataclass
class Maker:
    """Makes statements.

    Attributes:
        chance: Where its choices come from.
        file: A data file of a lake, in its own folder.
        hostile: Share of places that ask for what is out of reach.
    """

    chance: random.Random
    file: str
    hostile: float = 0.0
    reads: set[str] = field(default_factory=set)
    is_refused: bool = False
    _count: int = 0

    def statement(self) -> Statement:
        """One statement."""
        self.reads, self.is_refused, self._count = set(), False, 0
        sql = self._query(frozenset(), self.chance.choice((1, 2, 2, 3)))
        return Statement(sql, frozenset(self.reads), self.is_refused)

    def _pick(self, *choices: Callable[[], str]) -> str:
        return self.chance.choice(choices)()

    def _new(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}_"

    def _query(self, scope: frozenset[str], depth: int) -> str:
        """A query whose columns are ``n`` and ``h``: rows counted, and their hash."""
        with_clause = ""
        if self.chance.random() < 0.55:
            with_clause, scope = self._with(scope, depth)
        if depth > 0 and self.chance.random() < 0.25:
            between = self.chance.choice(("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "UNION BY NAME", "EXCEPT ALL"))
            return f"{with_clause}({self._query(scope, depth - 1)}) {between} ({self._query(scope, depth - 1)})"
        return f"{with_clause}{self._select(scope, depth)}"

    def _with(self, scope: frozenset[str], depth: int) -> tuple[str, frozenset[str]]:
        parts, names, is_recursive = [], set(), False
        for _ in range(self.chance.choice((1, 1, 2))):
            name = self._colliding()
            if name.lower() in names:
                continue
            quoted = self._quoted(name)
            hint = self.chance.choice(("", "", "MATERIALIZED ", "NOT MATERIALIZED "))
            if self.chance.random() < 0.2:
                is_recursive = True
                first = self._query(scope, 0)
                parts.append(
                    f"{quoted}(n, h) AS (SELECT n, h FROM ({first}) UNION ALL SELECT n + 1, h FROM {self._cased(quoted)} WHERE n < 3)"
                )
            else:
                body = (
                    self._query(scope, max(depth - 1, 0)) if self.chance.random() < 0.8 else "SELECT 1 AS n, '2' AS h"
                )
                parts.append(f"{quoted} AS {hint}({body})")
            scope = scope | {name.lower()}
            names.add(name.lower())
        return f"WITH {'RECURSIVE ' if is_recursive else ''}{', '.join(parts)} ", scope

    def _colliding(self) -> str:
        names: Sequence[str] = self.chance.choice((RELATIONS, RELATIONS, INNER, SYSTEM, WORDS, (self.file,)))
        return self.chance.choice(names)

    def _quoted(self, name: str) -> str:
        if name.isidentifier() and self.chance.random() < 0.6 and name not in ("range", "temp"):
            return name
        return f'"{name}"'

    def _cased(self, text: str) -> str:
        return self.chance.choice((text, text, text.upper(), text.title())) if "/" not in text else text

    def _relation(self, scope: frozenset[str]) -> str:
        """A relation of the lake, or a CTE, as the scope has it."""
        if scope and self.chance.random() < 0.5:
            name = self.chance.choice(sorted(scope))
            if "/" in name:
                return self.chance.choice((f'"{name}"', f"'{name}'"))
            return self._cased(self._quoted(name))
        name = self.chance.choice(RELATIONS)
        qualifier = self.chance.choice(("", "", "", "main.", "memory.main.", "memory.", '"MAIN".', "Memory . Main . "))
        if qualifier or name not in scope:
            self.reads.add(name)
        text = self._cased(self._quoted(name))
        if not qualifier and self.chance.random() < 0.1:
            text = f"'{name}'"
        return f"{qualifier}{self.chance.choice(('', '', '/* a comment */ '))}{text}"

    def _item(self, scope: frozenset[str], depth: int) -> str:
        """What stands after FROM, without its alias."""
        if self.hostile and self.chance.random() < self.hostile:
            self.is_refused = True
            return self._out_of_reach(scope)
        if depth <= 0 or self.chance.random() < 0.5:
            return self._relation(scope)
        inner = depth - 1
        return self._pick(
            lambda: f"({self._query(scope, inner)})",
            lambda: f"(FROM {self._relation(scope)})",
            lambda: f"(TABLE {self._plain_relation(scope)})",
            lambda: f"(SELECT * FROM {self._relation(scope)} AS p POSITIONAL JOIN {self._relation(scope)} AS q)",
            lambda: f"(SELECT count(*) AS k FROM {self._relation(scope)} CROSS JOIN {self._relation(scope)})",
            lambda: f"(DESCRIBE {self._described(scope)})",
            lambda: f'(SELECT column_name, "count" FROM (SUMMARIZE {self._described(scope)}))',
            lambda: (
                f"(PIVOT (SELECT count(*) AS k, 'u' AS word FROM {self._relation(scope)}) ON word IN ('u', 'v') USING sum(k))"
            ),
            lambda: f"(UNPIVOT (SELECT n::VARCHAR AS n, h::VARCHAR AS h FROM ({self._query(scope, inner)})) ON n, h)",
            lambda: f"(VALUES (1, (SELECT count(*) FROM {self._relation(scope)})))",
            lambda: self.chance.choice(("range(4)", "generate_series(1, 3)", "unnest([1, 2, 3])", "repeat(1, 3)")),
            lambda: f"unnest([(SELECT count(*) FROM {self._relation(scope)}), 2])",
        )

    def _plain_relation(self, scope: frozenset[str]) -> str:
        """A relation where a text in quotes would mean something else."""
        text = self._relation(scope)
        return text.replace("'", '"')

    def _described(self, scope: frozenset[str]) -> str:
        text = self._plain_relation(scope)
        if text.removeprefix("/* a comment */ ").strip('"').lower() == "tables":
            self.is_refused = True  # whatever is called so: the engine takes both words for SHOW TABLES
        return text

    def _out_of_reach(self, scope: frozenset[str]) -> str:
        folder = self.file.rpartition("/")[0]
        plain = [name for name in (*INNER, *SYSTEM) if name not in scope]
        paths = [path for path in (self.file, f"{folder}/*.parquet", "../trade.parquet") if path.lower() not in scope]
        return self._pick(
            lambda: self.chance.choice(OUT_OF_REACH).format(file=self.file, folder=folder),
            lambda: self._cased(self._quoted(self.chance.choice(plain))),
            lambda: self.chance.choice(("'{}'", '"{}"')).format(self.chance.choice(paths)),
        )

    def _value(self, scope: frozenset[str], depth: int) -> str:
        """A whole number, which may come from a query of its own."""
        if self.hostile and self.chance.random() < self.hostile / 3:
            self.is_refused = True
            return f"length({self.chance.choice(OUT_OF_REACH_VALUES)}::VARCHAR)"
        if depth <= 0:
            return str(self.chance.randint(0, 3))
        inner = depth - 1
        return self._pick(
            lambda: str(self.chance.randint(0, 3)),
            lambda: f"(SELECT count(*) FROM {self._item(scope, inner)})",
            lambda: f"(SELECT max(n) FROM ({self._query(scope, inner)}))",
            lambda: f"CASE WHEN EXISTS (FROM {self._item(scope, inner)}) THEN 1 ELSE 0 END",
            lambda: f"(1 IN (SELECT n FROM ({self._query(scope, inner)})))::INT",
            lambda: f"list_sum([1, (SELECT count(*) FROM {self._item(scope, inner)})])",
            lambda: f"{{'k': (SELECT count(*) FROM {self._item(scope, inner)})}}.k",
            lambda: f"coalesce(NULL, (SELECT count(*) FROM {self._item(scope, inner)}))",
            lambda: f"list_transform([(SELECT count(*) FROM {self._relation(scope)})], lambda z: z + 1)[1]",
        )

    def _select(self, scope: frozenset[str], depth: int) -> str:
        alias = self._new("t")
        item = self._item(scope, depth)
        source = f"{item} AS {alias}"
        rows = f"bit_xor(hash({alias}))"
        if depth > 0 and self.chance.random() < 0.4:
            other = self._new("u")
            second = f"{self._item(scope, depth - 1)} AS {other}"
            join = self.chance.choice(
                (",", "CROSS JOIN", "JOIN", "LEFT JOIN", "FULL JOIN", "POSITIONAL JOIN", "SEMI JOIN", "ANTI JOIN")
            )
            source += f" {join} {second}"
            if join in ("JOIN", "LEFT JOIN"):
                source += f" ON {self._value(scope, depth - 1)} >= 0"
            elif join in ("FULL JOIN", "SEMI JOIN", "ANTI JOIN"):
                source += " ON true"
            if join not in ("SEMI JOIN", "ANTI JOIN"):
                rows = f"xor({rows}, bit_xor(hash({other})))"
            if self.chance.random() < 0.3:
                third = self._new("l")
                source += f", LATERAL (SELECT count(*) AS c FROM {self._relation(scope)}) AS {third}"
        value = self._value(scope, depth)
        tail = ""
        if self.chance.random() < 0.3:
            tail += f" WHERE {self._value(scope, depth - 1)} IS NOT NULL"
        if self.chance.random() < 0.2:
            tail += f" HAVING count(*) >= 0 OR {self._value(scope, depth - 1)} = 1"
        if self.chance.random() < 0.15:
            tail += f" ORDER BY {self._value(scope, depth - 1)} + 0, 1"
        if self.chance.random() < 0.1:
            tail += f" LIMIT {self._value(scope, depth - 1)} + 5"
        columns = f"count(*) + {value} AS n, {rows}::VARCHAR AS h"
        if tail == "" and self.chance.random() < 0.15:
            return f"FROM {source} SELECT {columns}"
        return f"SELECT {columns} FROM {source}{tail}"
