"""Running a statement: its limits, being stopped, errors that show no value, and types of answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from examples import examples
from lake_rows import put, trade_row
from marked_lakes import wide_open
from query_failures import canary_lake, failing_statement, shown_canaries
from query_values import fault_of, random_column

from stopgap.base.errors import InputError, RefusedError, StopgapError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.cli.terminal.options import Format
from stopgap.intake.querying import query_lake
from stopgap.lake.query.limits import query_limits
from stopgap.lake.query.relations import relations_read
from stopgap.lake.query.statement import run_query
from stopgap.lake.query.worker import rows_of

RED = Marking(Tlp.RED)
ENDLESS = "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range * b.range = c.range + 1"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    put(folder, [trade_row()])
    return folder


@pytest.fixture(scope="module")
def red_lake(tmp_path_factory):
    return canary_lake(tmp_path_factory.mktemp("red"))


def leftovers() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("stopgap-query-*")}


# Limits


@pytest.mark.prove_only
@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS n FROM t",
        "SELECT count(*) AS n FROM range(1000000000000000)",
        # one call of one function, which the engine does not interrupt
        "SELECT sum(length(replace(repeat('ab', 90000000), 'a', 'cc')) + range) AS n FROM range(100)",
    ],
)
def test_a_statement_without_end_is_stopped(lake, sql):
    with pytest.raises(RefusedError, match="stopped after 1 seconds") as caught:
        run_query(lake, sql, limits=query_limits(timeout=1))
    assert "--timeout" in caught.value.fix
    assert run_query(lake, "SELECT 42 AS n")[0].to_pylist() == [{"n": 42}]


@pytest.mark.prove_only
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(repeat('x', 4000000000)) AS n FROM range(1) AS t(r) WHERE length(repeat('x', 4000000000 + r)) > 0",
        "SELECT list(range) AS v FROM range(400000000)",
        "SELECT length(string_agg(repeat('x', 1000000), '')) AS n FROM range(100000)",
        "SELECT len(range(r + 1000000000)) AS n FROM range(1) AS t(r)",
        "SELECT len(list_transform(range(r + 300000000), lambda x: x::VARCHAR)) AS n FROM range(1) AS t(r)",
    ],
)
def test_a_statement_that_needs_more_memory_is_stopped(lake, sql):
    with pytest.raises(RefusedError, match="more memory"):
        run_query(lake, sql, limits=query_limits(memory_limit="128MB", timeout=120))
    assert run_query(lake, "SELECT 42 AS n")[0].to_pylist() == [{"n": 42}]


def test_an_answer_that_is_too_large_is_refused_and_never_cut(lake):
    sql = "SELECT range AS n FROM range({})"
    limits = query_limits(result_limit="1MB")
    assert run_query(lake, sql.format(100_000), limits=limits)[0].num_rows == 100_000
    with pytest.raises(RefusedError, match="larger than 1MB") as caught:
        run_query(lake, sql.format(125_001), limits=limits)
    assert "--result-limit" in caught.value.fix


@pytest.mark.prove_only
def test_what_does_not_fit_goes_to_a_folder_that_is_removed(lake):
    before = leftovers()
    sql = "SELECT count(*) AS n FROM (SELECT k, row_number() OVER (ORDER BY k) AS i FROM (SELECT hash(range)::VARCHAR AS k FROM range(1500000))) WHERE i % 7 = 0"
    assert run_query(lake, sql, limits=query_limits(memory_limit="64MB", timeout=300))[0].to_pylist() == [{"n": 214285}]  # fmt: skip
    with pytest.raises(RefusedError):
        run_query(lake, ENDLESS, limits=query_limits(timeout=0.5))
    assert leftovers() == before


@pytest.mark.parametrize(
    "given",
    [
        {"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}, {"timeout": float("inf")}, {"memory_limit": "1MB"},
        {"memory_limit": "much"}, {"memory_limit": ""}, {"result_limit": "0MB"}, {"result_limit": "1"}, {"memory_limit": "-4GB"},
    ],
)  # fmt: skip
def test_limits_that_are_none(given):
    with pytest.raises(UsageError):
        query_limits(**given)


def stopgap(*words: str | Path) -> subprocess.Popen[str]:
    # A shell's background job ignores Ctrl-C; this one must not.
    return subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
         "from stopgap.__main__ import main; main()", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.one_in(4)
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="tells processes by /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_kill_stop_the_process_that_works(lake, how):
    with stopgap("query", ENDLESS, "--lake", lake) as ran:
        deadline = time.monotonic() + 60
        while not (workers := children(ran.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        [worker] = workers
        time.sleep(2)
        ran.send_signal(how)
        out, _ = ran.communicate(timeout=30)
        assert ran.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
        assert out == ""
    while time.monotonic() < deadline and Path(f"/proc/{worker}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


INTERRUPTED = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
import sys
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.lake.engines.engine import DuckDBEngine
con = connect(take_snapshot(Path(sys.argv[1])))
threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
def ask():
    try:
        DuckDBEngine(con).query(sys.argv[2], tables={}, params={}) if sys.argv[3] == "engine" else con.execute(sys.argv[2])
    except Exception as error:
        print("an error of its own", error)
try:
    ask()
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("way", ["engine", "connection"])
def test_ctrl_c_stops_what_a_measure_asks(lake, way):
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED, lake, ENDLESS, way], capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    # DuckDB may turn the interrupt into an error of its own: cli/terminal/stopping.py tells the two alike
    assert ran.stdout in ("stopped\n", "an error of its own Query interrupted\n")
    assert ran.stderr == ""


def test_connections_of_measures_have_a_limit_and_a_folder_outside_the_lake(lake):
    from stopgap.lake.engines.engine import DuckDBEngine
    from stopgap.lake.snapshot import connect, take_snapshot

    with closing(connect(take_snapshot(lake))) as con:
        settings = dict(con.execute("SELECT name, value FROM duckdb_settings()").fetchall())
        assert settings["temp_directory"].startswith(tempfile.gettempdir())
        con.execute("SET memory_limit = '50MB'")
        con.execute("SET max_temp_directory_size = '10MB'")
        with pytest.raises(RefusedError, match="memory"):
            DuckDBEngine(con).query("SELECT list(range) AS v FROM range(100000000)", tables={}, params={})


@pytest.mark.prove_only
def test_statements_at_the_same_time_do_not_mix(lake):
    found: dict[int, object] = {}

    def ask(number: int) -> None:
        found[number] = run_query(lake, f"SELECT {number} AS n, count(*) AS rows FROM trade")[0].to_pylist()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [{"n": number, "rows": 1}] for number in range(3)}


def test_a_process_that_dies_is_an_error_and_the_next_statement_gets_another(lake, monkeypatch):
    from stopgap.lake.query import statement as query

    run_query(lake, "SELECT 1 AS n")
    for worker in query._idle:
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
    assert run_query(lake, "SELECT 2 AS n")[0].to_pylist() == [{"n": 2}]


# Errors


def error_of(con: duckdb.DuckDBPyConnection, sql: str) -> StopgapError | None:
    try:
        relations_read(sql)
        rows_of(con, sql, 10**7, "the SQL given")
    except StopgapError as error:
        return error
    return None


def test_errors_of_statements_over_rows_show_no_value_of_them(red_lake, tmp_path):
    failed = 0
    with wide_open(red_lake, tmp_path) as (con, _):
        for seed in range(400):
            sql = failing_statement(seed)
            error = error_of(con, sql)
            failed += error is not None
            assert error is None or not shown_canaries(error), sql
    assert failed > 200


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT partner::INT AS n FROM trade",
        "SELECT error('x' || partner) AS e FROM trade",
        "SELECT (SELECT partner FROM trade) AS p",
        "SELECT value_usd::TINYINT AS n FROM trade",
        "SELECT json_extract(partner, '$.a') AS j FROM trade",
        "SELECT regexp_matches('a', '(' || partner) AS r FROM trade",
        "SELECT repeat(partner, 3000000000) AS r FROM trade",
    ],
)
def test_an_error_carries_the_marking_of_what_was_read(red_lake, sql):
    with pytest.raises(StopgapError) as caught:
        query_lake(red_lake, sql, limits=query_limits(memory_limit="128MB"))
    assert caught.value.marking == RED
    assert not shown_canaries(caught.value)
    assert caught.value.exit_code in (3, 5)
    assert caught.value.fix


def test_a_statement_that_is_stopped_carries_the_marking_of_what_it_reads(red_lake):
    with pytest.raises(RefusedError, match="stopped after") as caught:
        query_lake(red_lake, f"SELECT * FROM trade, ({ENDLESS})", limits=query_limits(timeout=0.5))
    assert caught.value.marking == RED


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT nope FROM trade", "FROM trade_rows", "SELECT getvariable('x')"])
def test_an_error_from_before_anything_was_read_has_no_marking(red_lake, sql):
    with pytest.raises(StopgapError) as caught:
        query_lake(red_lake, sql)
    assert caught.value.marking is None


# Types


@pytest.mark.in_parts
def test_a_value_of_any_type_comes_out_of_every_format(tmp_path):
    with closing(duckdb.connect()) as con:
        con.execute("SET TimeZone = 'UTC'")
        for seed in range(examples(60)):
            expression = random_column(random.Random(seed))
            for form in Format:
                assert fault_of(con, expression, form, tmp_path) is None, (form, expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("INTERVAL 3 DAY", "3 days"),
        ("union_value(a := 1)", "1"),
        ("TIME '24:00:00'", "24:00:00"),
        ("'12:00:00+02'::TIMETZ", "12:00:00+02"),
        ("sum(3::BIGINT)", 3),
        ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"),
        ("340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455"),
        ("'0101'::BIT", "0101"),
        ("'\\xAA\\x00b'::BLOB", "\\xAA\\x00b"),
        ("'b'::ENUM('a', 'b')", "b"),
        ("{'a': 1}::VARIANT", "{'a': 1}"),
        ("'POINT (1 2)'::GEOMETRY", "POINT (1 2)"),
        ("TIMESTAMP_NS '2020-01-01 00:00:00.123456789'", "2020-01-01 00:00:00.123456789"),
        ("TIMESTAMP 'infinity'", "infinity"),
        ("DATE '0044-03-15 (BC)'", "0044-03-15 (BC)"),
        ("[DATE '10000-01-01', NULL]", ["10000-01-01", None]),
        ("[INTERVAL 1 DAY]", ["1 day"]),
        ("{'when': INTERVAL 1 DAY, 'n': 1}", {"when": "1 day", "n": 1}),
        ("NULL", None),
    ],
)
def test_types_that_formats_have_no_form_for_are_the_engines_own_text(lake, expression, value):
    [row] = run_query(lake, f"SELECT {expression} AS v")[0].to_pylist()
    assert row == {"v": value}


def test_two_columns_of_one_name_are_an_error(lake):
    with pytest.raises(InputError, match="two columns"):
        run_query(lake, "SELECT 1 AS a, 2 AS a")
