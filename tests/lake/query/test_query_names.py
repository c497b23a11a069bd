"""Which relations a statement reads, and what it may not ask for: cases by hand, and statements made at random."""

from __future__ import annotations

import random
from contextlib import closing

import duckdb
import pytest
from examples import examples, some
from lake_rows import put, trade_row
from marked_lakes import MARKED, label, marked_lake
from query_grammar import OUT_OF_REACH, OUT_OF_REACH_VALUES, Maker
from query_oracle import oracle

from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import Marking, Tlp, strictest
from stopgap.evidence.markings.provenance import VIEW_TABLES
from stopgap.lake.query.functions import FUNCTIONS, may_be_called
from stopgap.lake.query.relations import RELATIONS, relation_columns, relations_read
from stopgap.lake.query.statement import run_query
from stopgap.lake.snapshot import opened

FILE = "/lake/tables/trade/part-0.parquet"

_REFUSED = """
alias bitstring_byte_comparable can_cast_implicitly cast_to_type col_description combine combine_aggr
create_sort_key current_catalog current_connection_id current_database current_query current_query_id
current_role current_schema current_schemas current_setting current_transaction_id current_user currval finalize
format_pg_type format_type get_block_size get_type getvariable hive_partition_component in_search_path index_key
invoke json_copy_strftime_if_date json_copy_strftime_if_timestamp json_deserialize_sql json_serialize_plan
json_serialize_sql make_type map_to_pg_oid map_type_id_to_pg_oid nextval obj_description
parse_duckdb_log_message remap_struct replace_type session_user setseed setval shobj_description sleep_ms st_crs
st_setcrs stats timetz_byte_comparable to_aggregate_state txid_current user variant_bytes_to_variant
variant_comparator variant_group_array variant_group_object variant_normalize variant_to_parquet_variant
vector_type write_log
"""
REFUSED_FUNCTIONS = frozenset(_REFUSED.split())
"""Functions of DuckDB that somebody has looked at, and that a statement may not call."""


@pytest.mark.parametrize(
    ("sql", "relations"),
    [
        ("SELECT 1", ()),
        ("SELECT * FROM trade", ("trade",)),
        ("SELECT count(*) FROM Trade_Aggregates JOIN reported ON true", ("trade_aggregates", "reported")),
        ("SELECT (SELECT count(*) FROM declarations) FROM trade", ("declarations", "trade")),
        ("SELECT * FROM trade WHERE EXISTS (FROM listed)", ("listed", "trade")),
        ("WITH x AS (FROM declarations) SELECT * FROM x", ("declarations",)),
        # a CTE hides a relation inside its own scope alone, and never one with its schema before it
        ("WITH trade AS (FROM declarations) SELECT * FROM trade", ("declarations",)),
        ("WITH trade AS (SELECT 1) SELECT * FROM main.trade", ("trade",)),
        ("WITH trade AS (SELECT 1) SELECT * FROM memory.trade", ("trade",)),
        ("WITH trade AS (SELECT 1) SELECT * FROM \"memory\".\"main\".\"TRADE\"", ("trade",)),
        ("WITH trade AS (SELECT * FROM trade) SELECT * FROM trade", ("trade",)),
        ("SELECT (WITH trade AS (SELECT 1 AS n) SELECT n FROM trade) FROM trade", ("trade",)),
        ("SELECT * FROM (WITH trade AS (SELECT 1) FROM trade) AS a, listed", ("listed",)),
        ("WITH a AS (FROM listed), listed AS (SELECT 1 AS n) SELECT * FROM a, listed", ("listed",)),
        ("WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE n < 3) FROM x", ()),
        ("WITH RECURSIVE trade AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM trade WHERE n < 3) FROM trade", ()),
        ("WITH RECURSIVE x AS (WITH listed AS (SELECT 1 AS n) (SELECT n FROM listed) UNION (SELECT 2)) FROM x", ()),
        ("WITH parquet AS (SELECT 1 AS n), tables AS (FROM parquet) FROM tables", ()),
        ('WITH "part-0.parquet" AS (SELECT 1) FROM \'part-0.parquet\'', ()),
        ("SELECT * FROM range(3), generate_series(1, (SELECT count(*) FROM trade))", ("trade",)),
        ("SELECT * FROM trade, LATERAL (SELECT count(*) FROM listed_state)", ("trade", "listed_state")),
        ("FROM trade SELECT good", ("trade",)),
        ("TABLE findings", ("findings",)),
        ("FROM 'trade'", ("trade",)),
        ("VALUES ((SELECT count(*) FROM receipts))", ("receipts",)),
        ("SELECT 1 UNION SELECT count(*) FROM received_packs ORDER BY (SELECT count(*) FROM listed)", ("received_packs", "listed")),
        ("SELECT 1 FROM trade LIMIT (SELECT count(*) FROM reported)", ("trade", "reported")),
        ("SUMMARIZE trade", ("trade",)),
        ("DESCRIBE SELECT * FROM listed", ("listed",)),
        ("PIVOT trade ON flow IN ('X', 'M') USING sum(value_usd)", ("trade",)),
        ("UNPIVOT (SELECT value_usd, net_kg FROM trade) ON value_usd, net_kg", ("trade",)),
    ],
)  # fmt: skip
def test_relations_that_a_statement_reads(sql, relations):
    assert relations_read(sql) == set(relations)


@pytest.mark.parametrize("cte", ["", "parquet", "tables", "duckdb_tables", "lake_stamp", "trade_rows", "native", "memory"])  # fmt: skip
@pytest.mark.parametrize("source", OUT_OF_REACH)
def test_what_is_out_of_reach_is_refused_under_any_name_of_a_cte(cte, source):
    with_clause = f'WITH "{cte}" AS (SELECT 1 AS n) ' if cte else ""
    with pytest.raises(RefusedError):
        relations_read(f"{with_clause}SELECT * FROM {source.format(file=FILE, folder='/lake')}")


@pytest.mark.parametrize("value", OUT_OF_REACH_VALUES)
@pytest.mark.parametrize("around", ["SELECT {}", "SELECT 1 FROM trade WHERE {}::VARCHAR <> ''", "SELECT max({}) OVER () FROM trade", "SELECT list_transform([1], lambda x: {})"])  # fmt: skip
def test_functions_that_know_more_than_their_arguments_are_refused(value, around):
    with pytest.raises(RefusedError):
        relations_read(around.format(value))


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN SELECT * FROM trade", "EXPLAIN ANALYZE SELECT 1", "PIVOT trade ON flow", "SHOW TABLES", "SHOW ALL TABLES",
        "FROM trade_rows", "FROM list_chain", f"FROM '{FILE}'", f'FROM "{FILE}"', f"WITH parquet AS (SELECT 1) FROM '{FILE}'",
        "FROM 'https://example.org/x.parquet'", "FROM 's3://bucket/x'", "FROM duckdb_tables", "FROM pg_class", "FROM sqlite_master",
        "SELECT 1; SELECT 2", "SET threads = 1", "PRAGMA database_list", "CALL duckdb_tables()", "COPY trade TO 'x.csv'", "ATTACH 'x.db'",
        "LOAD httpfs", "INSTALL httpfs", "USE native", "CHECKPOINT", "PREPARE p AS SELECT 1", "SET VARIABLE x = 1", "EXPORT DATABASE 'x'",
    ],
)  # fmt: skip
def test_other_statements_are_refused(sql):
    with pytest.raises(RefusedError):
        relations_read(sql)


@pytest.mark.parametrize("sql", ["FROM trde", "SELECT nope FROM trade", "SELECT no_such(1)", "SELEC 1", "SELECT $1", "", "FROM con"])  # fmt: skip
def test_wrong_sql_is_not_refused_but_wrong(sql):
    with pytest.raises((InputError, RefusedError)) as caught:
        relations_read(sql)
    assert (caught.type is InputError) == bool(sql)


@pytest.mark.in_parts
def test_statements_made_at_random_are_labelled_as_what_they_read(tmp_path):
    with oracle(tmp_path, tables=("trade",)) as (judge, lake, file):
        became = []
        for seed in range(examples(240)):
            made = Maker(random.Random(seed), file, 0.15 if seed % 3 == 0 else 0.0).statement()
            kind, fault = judge.judge(made, runs=seed % 12 == 1)
            assert fault is None, made.sql
            became.append(kind)
            if seed % 40 == 1 and not made.is_refused:
                tables = {table for name in made.reads for table in VIEW_TABLES[name]}
                assert label(lake, made.sql) == strictest(MARKED[table] for table in tables), made.sql
    assert set(became) >= {"refused, as it must be", "resolved"}


def test_a_relation_is_marked_as_its_files_whatever_a_cte_is_called(tmp_path):
    lake = marked_lake(tmp_path)
    for cte in ("parquet", "duckdb_tables", "trade", "lake_stamp"):
        sql = f"WITH {cte} AS (SELECT 1 AS n) SELECT count(*) AS n FROM memory.main.trade"
        assert label(lake, sql) == Marking(Tlp.RED)
    assert label(lake, "WITH trade AS (SELECT 1 AS n) SELECT n FROM trade") == Marking(Tlp.CLEAR)


def test_what_is_bound_without_rows_has_the_columns_of_the_lake(tmp_path):
    put(tmp_path, [trade_row()])
    with opened(tmp_path, received=True) as (con, _):
        for name, columns in relation_columns().items():
            described = con.execute(f"DESCRIBE {name}").fetchall()
            assert columns == ", ".join(f'"{column}" {kind}' for column, kind, *_ in described)


@pytest.mark.in_parts
def test_every_relation_can_be_read_by_all_its_names_at_every_vintage(tmp_path):
    put(tmp_path, [trade_row()])
    put(tmp_path, [trade_row(value_usd=2.0)])
    for as_of in ("v1", "v2"):
        for name in some(list(RELATIONS), every=2):
            counts = {
                run_query(tmp_path, f"SELECT count(*) AS n FROM {prefix}{name}", as_of=as_of)[0]["n"][0].as_py()
                for prefix in ("", "main.", "memory.main.")
            }
            assert len(counts) == 1


def test_every_function_of_the_engine_was_looked_at():
    with closing(duckdb.connect()) as con:
        found = {
            name
            for (name,) in con.execute(
                "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
                "WHERE function_type IN ('scalar', 'aggregate', 'macro', 'window')"
            ).fetchall()
        }
    families = ("__", "collate_", "icu_", "pg_", "has_", "inet_")
    new = {
        name for name in found if not (may_be_called(name) or name in REFUSED_FUNCTIONS or name.startswith(families))
    }
    assert not new, "name them in query_functions.py, or in REFUSED_FUNCTIONS above"
    assert FUNCTIONS - found == {"unnest", "grouping", "grouping_id"}
    assert not FUNCTIONS & REFUSED_FUNCTIONS
