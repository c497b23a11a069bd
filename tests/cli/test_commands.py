"""The commands as a user or a script calls them: formats, streams, exit codes, errors, help."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from cli_calls import MACHINERY, WINDOWS, Run, csv_rows, stopgap

from stopgap.cli.app import app

# Formats and streams

READERS = {
    "measure": ((*MACHINERY, *WINDOWS), "suppliers", "supplier"),
    "query": (("query", "SELECT reporter, value_usd FROM trade WHERE good = '84+85' LIMIT 3"), "rows", "reporter"),
    "lake vintages": (("lake", "vintages"), "vintages", "vintage"),
    "lake check": (("lake", "check"), "checks", "check"),
    "sources": (("sources",), "sources", "source"),
    "sources show": (("sources", "show", "comtrade"), "title", "field"),
    "episodes": (("episodes",), "episodes", "name"),
    "episodes show": (("episodes", "show", "russia-2022"), "members", "field"),
    "goods": (("goods",), "goods", "name"),
    "goods show": (("goods", "show", "chips"), "codes", "code"),
    "economies": (("economies",), "economies", "code"),
    "economies show": (("economies", "show", "KGZ"), "groups", "field"),
    "doctor": (("doctor",), "checks", "check"),
}  # fmt: skip


@pytest.mark.one_in(24)
@pytest.mark.parametrize(("arguments", "field", "column"), READERS.values(), ids=READERS)
def test_every_format_says_the_same(
    arguments: tuple[str, ...], field: str, column: str, demo_lake: Path, stopgap_run: Run, tmp_path: Path
) -> None:
    call = (*arguments, "--lake", demo_lake, "--format")
    as_json = stopgap_run(*call, "json")
    assert (as_json.code, as_json.err) == (0, "")
    assert field in as_json.document

    as_csv = stopgap_run(*call, "csv")
    rows = csv_rows(as_csv.out)
    assert rows
    assert column in rows[0]

    as_md = stopgap_run(*call, "md")
    table = [line for line in as_md.out.splitlines() if line.startswith("|")]
    assert table[0].split(" | ")[0] == f"| {next(iter(rows[0]))}"
    assert len(table) == len(rows) + 2

    as_table = stopgap_run(*call, "table")
    assert column in as_table.out
    assert "\x1b[" not in as_table.out

    binary = stopgap_run(*call, "parquet", "--output", tmp_path / "new" / "t.parquet")
    assert (binary.code, binary.out) == (0, "")
    stored = pq.read_table(tmp_path / "new" / "t.parquet")
    assert stored.column_names == list(rows[0])
    assert stored.num_rows == len(rows)

    for form, printed in (("json", as_json.out), ("csv", as_csv.out), ("md", as_md.out)):
        written = stopgap_run(*call, form, "--output", tmp_path / f"t.{form}")
        assert (written.code, written.out) == (0, "")
        assert (tmp_path / f"t.{form}").read_text("utf-8") == printed
    assert stopgap_run(*call, "table", "--output", tmp_path / "t.txt").code == 0
    assert column in (tmp_path / "t.txt").read_text("utf-8")


def test_notes_go_to_stderr_where_data_go_to_stdout(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake, "--format", "csv")
    few, every = stopgap_run(*call), stopgap_run(*call, "--notes")
    assert "the loss has no interval" in few.err
    assert "silent in a window" not in few.err
    assert "silent in a window" in every.err
    assert few.out == every.out
    assert "silent in a window" not in every.out


def test_markdown_holds_all_notes(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run(*MACHINERY, *WINDOWS, "--lake", demo_lake, "--format", "md")
    assert "silent in a window" in ran.out
    assert ran.err == ""


def test_notes_stand_below_a_table_and_in_json(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake, "--format")
    assert "silent in a window, so in neither window and not zero: BLR" in stopgap_run(*call, "table", "--notes").out
    assert any("silent in a window" in warning for warning in stopgap_run(*call, "json").document["warnings"])


def test_a_long_table_says_what_it_leaves_out(demo_lake: Path, stopgap_run: Run) -> None:
    everything = csv_rows(stopgap_run("economies", "--format", "csv").out)
    shown = stopgap_run("economies").out
    left = len(everything) - 40
    assert f"{left:,} more rows (--full, or --format csv)" in shown
    assert len(stopgap_run("economies", "--full").out.splitlines()) > len(everything)


def test_a_process_prints_data_alone_on_stdout(demo_lake: Path) -> None:
    ran = stopgap("query", "SELECT 42 AS answer", "--format", "json", "--lake", demo_lake)
    document = json.loads(ran.stdout)
    assert document.pop("marking") == {"tlp": "TLP:CLEAR", "releasable_to": None}
    assert document == {"columns": ["answer"], "rows": [{"answer": 42}], "as_of": "v9"}
    piped = stopgap("query", "SELECT 42 AS answer", "--format", "parquet", env={"STOPGAP_LAKE": str(demo_lake)})
    assert pq.read_table(io.BytesIO(piped.stdout)).to_pylist() == [{"answer": 42}]
    assert ran.stderr == piped.stderr == b""


def test_cells_that_a_spreadsheet_would_run_are_guarded(demo_lake: Path, stopgap_run: Run) -> None:
    sql = "SELECT '=1+1' AS a, '+1' AS b, '-1' AS c, '@x' AS d, chr(9) || 'e' AS e, -5.0 AS f, 'plain' AS g, NULL AS h"
    [row] = csv_rows(stopgap_run("query", sql, "--lake", demo_lake, "--format", "csv").out)
    assert list(row.values()) == ["'=1+1", "'+1", "'-1", "'@x", "'\te", "-5.0", "plain", ""]


def test_json_has_no_number_that_json_does_not_know(demo_lake: Path, stopgap_run: Run) -> None:
    sql = "SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, DATE '2024-01-01' AS c, NULL AS d"
    [row] = stopgap_run("query", sql, "--lake", demo_lake, "--format", "json").document["rows"]
    assert row == {"a": None, "b": None, "c": "2024-01-01", "d": None}


def test_json_has_no_such_number_within_a_nested_value(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run("query", "SELECT {'x': 'nan'::DOUBLE} AS s", "--lake", demo_lake, "--format", "json")
    assert (ran.code, ran.document["rows"]) == (0, [{"s": {"x": None}}])


def test_markdown_cells_keep_the_table_whole(demo_lake: Path, stopgap_run: Run) -> None:
    sql = "SELECT 'a|b' || chr(10) || 'c' AS text"
    assert r"| a\|b c |" in stopgap_run("query", sql, "--lake", demo_lake, "--format", "md").out


# Errors and exit codes

FAILURES = {
    "no such command": (("bogus",), 2),
    "a missing argument": (("measure",), 2),
    "an unknown option": (("goods", "--nope"), 2),
    "an unknown format": (("goods", "--format", "xml"), 2),
    "an unknown frequency": (("measure", "russia-2022", "--frequency", "Q"), 2),
    "a brief in no known form": (("brief", "russia-2022", "--output", "x.doc"), 2),
    "a day that is none": (("import", "x.csv", "--retrieved", "yesterday"), 2),
    "a window that is none": (("measure", "russia-2022", "--after", "2023"), 3),
    "windows that overlap": (("measure", "russia-2022", "--after", "2021-01:2023-12"), 3),
    "a window without a whole year": ((*MACHINERY, "--after", "2023-02:2023-11"), 3),
    "SQL that is none": (("query", "SELEC 1"), 3),
    "a column that is not there": (("query", "SELECT nope FROM trade"), 3),
    "an output that cannot be written": (("goods", "--format", "csv", "--output", os.devnull + "/x"), 3),
    "an episode that is not known": (("measure", "nowhere"), 4),
    "goods that are not known": (("measure", "russia-2022", "--goods", "nothing"), 4),
    "a list that is not known": (("goods", "show", "nothing"), 4),
    "an economy that is not known": (("economies", "show", "Narnia"), 4),
    "a source that is not known": (("sources", "show", "nothing"), 4),
    "a vintage that is not there": (("measure", "russia-2022", "--as-of", "v99"), 4),
    "a day before the lake": (("query", "SELECT 1", "--as-of", "2001-01-01"), 4),
    "a file that is not there": (("import", "no-such-file.csv"), 4),
    "figures that are not there": (("measure", "russia-2022-energy"), 4),
    "a statement that writes": (("query", "DROP VIEW trade"), 5),
    "a copy to a file": (("query", "COPY trade TO 'x.csv'"), 5),
    "two statements": (("query", "SELECT 1; SELECT 2"), 5),
}


@pytest.mark.one_in(6)
@pytest.mark.parametrize(("arguments", "code"), FAILURES.values(), ids=FAILURES)
def test_an_error_is_three_lines_or_one_object(
    arguments: tuple[str, ...], code: int, demo_lake: Path, stopgap_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOPGAP_LAKE", str(demo_lake))
    printed = stopgap_run(*arguments)
    what, where, fix = printed.err.splitlines()
    assert printed.code == code
    assert printed.out == ""
    assert what
    assert where.startswith("  where: ")
    assert len(where) > 9
    assert fix.startswith("  fix:   ")
    assert len(fix) > 9

    if "--format" not in arguments:
        as_json = stopgap_run(*arguments, "--format", "json")
        assert (as_json.code, as_json.err) == (code, "")
        error = as_json.document["error"]
        assert error["code"] == code
        assert (error["what"], error["fix"]) == (what, fix.removeprefix("  fix:   "))
        assert error["where"]


def test_a_process_leaves_with_the_code_and_no_traceback(tmp_path: Path) -> None:
    ran = stopgap("query", "DROP VIEW trade", "--lake", tmp_path, "--format=json")
    assert (ran.returncode, json.loads(ran.stdout)["error"]["code"]) == (5, 5)  # whatever the lake holds
    ran = stopgap("measure", "nowhere", "--lake", tmp_path)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (4, b"", 3)
    assert b"Traceback" not in ran.stderr


def test_an_empty_lake_says_how_to_fill_it(stopgap_run: Run) -> None:
    for arguments in (("measure", "russia-2022"), ("query", "SELECT 1"), ("lake", "export", "x")):
        ran = stopgap_run(*arguments)
        assert ran.code == 4
        assert "stopgap import FILE" in ran.err
    assert stopgap_run("lake", "vintages", "--format", "json").document["vintages"] == []


def test_sql_reads_no_file_but_the_lake(demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM '{secret}'",
        f"SELECT content FROM read_text('{secret}')",
        "SELECT * FROM glob('*')",
    ):
        assert stopgap_run("query", sql, "--lake", demo_lake).code == 5


def test_a_fault_is_named_as_one_and_shown_whole_only_when_asked(
    stopgap_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stopgap import catalogue as reference

    def broken() -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(reference, "list_goods", broken)
    ran = stopgap_run("goods")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 3)
    assert ran.err.startswith("a fault in Stopgap: ZeroDivisionError: seven")
    assert stopgap_run("goods", "--format", "json").document["error"]["code"] == 1
    monkeypatch.setenv("STOPGAP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        stopgap_run("goods")


def test_stopping_by_hand_is_no_fault(stopgap_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap import catalogue as reference

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference, "list_goods", stopped)
    ran = stopgap_run("goods")
    assert ran.code == 130
    assert "Traceback" not in ran.err


def test_stopping_by_hand_says_what_the_lake_holds(stopgap_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap import catalogue as reference

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference, "list_goods", stopped)
    assert stopgap_run("goods").err == "stopped; the lake holds what was reported as done\n"


def paths(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [
        path,
        *(found for name, child in getattr(command, "commands", {}).items() for found in paths(child, (*path, name))),
    ]


@pytest.mark.one_in(8)
@pytest.mark.parametrize("path", paths(typer.main.get_command(app)), ids=lambda path: " ".join(path) or "stopgap")
def test_help(path: tuple[str, ...], stopgap_run: Run) -> None:
    long, short = stopgap_run(*path, "--help"), stopgap_run(*path, "-h")
    assert (long.code, long.err, long.out) == (0, "", short.out)
    assert long.out.startswith(" ".join(("Usage: stopgap", *path)))


def test_a_group_called_alone_shows_its_help(stopgap_run: Run) -> None:
    assert stopgap_run().out == stopgap_run("--help").out
    assert stopgap_run("lake").out == stopgap_run("lake", "--help").out
