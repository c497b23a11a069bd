"""The commands as a user or a script calls them: formats, streams, exit codes, errors, figures."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer

from stopgap.cli.app import app

Run = Callable[..., Any]

MACHINERY = ("measure", "russia-2022", "--goods", "machinery-electronics")
WINDOWS = ("--baseline", "2021-01:2021-12", "--after", "2023-01:2023-12")
MILLION = 1e6

# Comtrade's layout with figures made up: (year, reporter, partner, USD). 643 is Russia, 0 the World.
RELEASE = [
    (2021, 276, 643, 60e6), (2021, 276, 0, 900e6), (2023, 276, 643, 2e6), (2023, 276, 0, 950e6),
    (2021, 156, 643, 30e6), (2021, 156, 0, 5e9), (2023, 156, 643, 70e6), (2023, 156, 0, 5.1e9),
]  # fmt: skip
HEADER = "freqCode,flowCode,classificationCode,cmdCode,customsCode,motCode,partner2Code,netWgt,period,reporterCode,partnerCode,primaryValue"


def comtrade_file(path: Path, rows: list[tuple[object, ...]]) -> Path:
    lines = [f"A,X,H6,854231,C00,0,0,1000,{','.join(map(str, row))}" for row in rows]
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small lake: v1 says that China sold 70 million in 2023, v2 says 82."""
    from stopgap.workflows.importing import import_paths

    folder = tmp_path_factory.mktemp("releases")
    later = [(*row[:3], 82e6 if row[3] == 70e6 else row[3]) for row in RELEASE]
    for number, rows in enumerate((RELEASE, later), 1):
        import_paths(folder / "lake", [comtrade_file(folder / f"release-{number}.csv", rows)])
    return folder / "lake"


@pytest.fixture
def small_lake(two_releases: Path, tmp_path: Path) -> Path:
    """A copy of the small lake that a test may change."""
    return Path(shutil.copytree(two_releases, tmp_path / "lake"))


def stopgap(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    words = [sys.executable, "-m", "stopgap", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, env={**os.environ, **(env or {})}, check=False)


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


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


@pytest.mark.xfail(strict=True, reason="notes are not printed with these formats yet")
@pytest.mark.parametrize("form", ["csv", "md"])
def test_notes_go_to_stderr_where_data_go_to_stdout(form: str, demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run(*MACHINERY, *WINDOWS, "--lake", demo_lake, "--format", form)
    assert "silent in a window" in ran.err
    assert "silent in a window" not in ran.out


def test_notes_stand_below_a_table_and_in_json(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake, "--format")
    assert "silent in a window, so in neither window and not zero: BLR" in stopgap_run(*call, "table").out
    assert any("silent in a window" in warning for warning in stopgap_run(*call, "json").document["warnings"])


def test_a_long_table_says_what_it_leaves_out(demo_lake: Path, stopgap_run: Run) -> None:
    everything = csv_rows(stopgap_run("economies", "--format", "csv").out)
    shown = stopgap_run("economies").out
    left = len(everything) - 40
    assert f"{left:,} more rows; --format csv shows all" in shown


def test_a_process_prints_data_alone_on_stdout(demo_lake: Path) -> None:
    ran = stopgap("query", "SELECT 42 AS answer", "--format", "json", "--lake", demo_lake)
    assert json.loads(ran.stdout) == {"columns": ["answer"], "rows": [{"answer": 42}], "as_of": "v4"}
    piped = stopgap(
        "query", "SELECT 42 AS answer", "--format", "parquet", env={"STOPGAP_LAKE": str(demo_lake)}
    )
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


@pytest.mark.xfail(strict=True, reason="only the top level of a row is cleaned yet")
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


@pytest.mark.parametrize(("arguments", "code"), FAILURES.values(), ids=FAILURES)
def test_an_error_is_three_lines_or_one_object(
    arguments: tuple[str, ...], code: int, demo_lake: Path, stopgap_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOPGAP_LAKE", str(demo_lake))
    printed = stopgap_run(*arguments)
    what, where, mend = printed.err.splitlines()
    assert printed.code == code
    assert printed.out == ""
    assert what
    assert where.startswith("  where: ")
    assert len(where) > 9
    assert mend.startswith("  mend:  ")
    assert len(mend) > 9

    if "--format" not in arguments:
        as_json = stopgap_run(*arguments, "--format", "json")
        assert (as_json.code, as_json.err) == (code, "")
        error = as_json.document["error"]
        assert error["code"] == code
        assert (error["what"], error["mend"]) == (what, mend.removeprefix("  mend:  "))
        assert error["where"]


def test_a_process_leaves_with_the_code_and_no_traceback(tmp_path: Path) -> None:
    ran = stopgap("query", "DROP VIEW trade", "--lake", tmp_path, "--format=json")
    assert (ran.returncode, json.loads(ran.stdout)["error"]["code"]) == (4, 4)  # an empty lake comes first
    ran = stopgap("measure", "nowhere", "--lake", tmp_path)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (4, b"", 3)
    assert b"Traceback" not in ran.stderr


def test_an_empty_lake_says_how_to_fill_it(stopgap_run: Run) -> None:
    for arguments in (("measure", "russia-2022"), ("query", "SELECT 1"), ("lake", "export", "x")):
        ran = stopgap_run(*arguments)
        assert ran.code == 4
        assert "stopgap import FILE" in ran.err
    assert stopgap_run("lake", "vintages", "--format", "json").document == {"vintages": []}


def test_sql_reads_no_file_but_the_lake(demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM '{secret}'",
        f"SELECT content FROM read_text('{secret}')",
        "SELECT * FROM glob('*')",
    ):
        assert stopgap_run("query", sql, "--lake", demo_lake).code == 3


def test_a_fault_is_named_as_one_and_shown_whole_only_when_asked(
    stopgap_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stopgap.workflows import reference

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
    from stopgap.workflows import reference

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference, "list_goods", stopped)
    ran = stopgap_run("goods")
    assert ran.code == 130
    assert "Traceback" not in ran.err


@pytest.mark.xfail(strict=True, reason="the line is not printed yet")
def test_stopping_by_hand_says_what_the_lake_holds(stopgap_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap.workflows import reference

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference, "list_goods", stopped)
    assert stopgap_run("goods").err == "stopped; the lake holds what was reported as done\n"


def paths(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [
        path,
        *(
            found
            for name, child in getattr(command, "commands", {}).items()
            for found in paths(child, (*path, name))
        ),
    ]


@pytest.mark.parametrize(
    "path", paths(typer.main.get_command(app)), ids=lambda path: " ".join(path) or "stopgap"
)
def test_help(path: tuple[str, ...], stopgap_run: Run) -> None:
    long, short = stopgap_run(*path, "--help"), stopgap_run(*path, "-h")
    assert (long.code, long.err, long.out) == (0, "", short.out)
    assert long.out.startswith(" ".join(("Usage: stopgap", *path)))


def test_a_group_called_alone_shows_its_help(stopgap_run: Run) -> None:
    assert stopgap_run().out == stopgap_run("--help").out
    assert stopgap_run("lake").out == stopgap_run("lake", "--help").out


# Figures


@pytest.fixture(scope="module")
def finding(demo_lake: Path) -> Any:
    ran = stopgap(*MACHINERY, *WINDOWS, "--format", "json", "--lake", demo_lake)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return json.loads(ran.stdout)


def test_the_headline_is_what_the_exporters_reported(finding: Any) -> None:
    [union] = finding["member_groups"]
    china = finding["suppliers"][0]
    assert (union["group"], union["members"]) == ("eu27", 27)
    assert (round(union["baseline_usd"] / MILLION), round(union["after_usd"] / MILLION)) == (31_096, 6_381)
    assert china["supplier"] == "CHN"
    assert (round(china["baseline_usd"] / MILLION), round(china["after_usd"] / MILLION)) == (28_713, 42_293)
    assert finding["coverage"]["missing_reporters"] == ["BLR", "CUB", "IRN", "NPL", "RWA"]


def test_the_parts_of_a_finding_add_up(finding: Any) -> None:
    suspended, identity = finding["suspended"], finding["identity"]
    gains = sum(row["gain_usd"] for row in finding["suppliers"])
    assert suspended["loss_usd"] == pytest.approx(-sum(row["change_usd"] for row in finding["members"]))
    assert finding["backfill"]["gross_ratio"] == pytest.approx(gains / suspended["loss_usd"])
    filled = identity["filled_same_good_usd"] + identity["filled_same_heading_usd"]
    assert identity["loss_usd"] == pytest.approx(filled + identity["unfilled_usd"])
    for row in finding["suppliers"]:
        assert row["share_of_loss"] == pytest.approx(row["gain_usd"] / suspended["loss_usd"])


def test_what_is_not_estimated_is_null_and_said(finding: Any) -> None:
    assert finding["suspended"]["ci95"] is None
    assert [finding["backfill"][name] for name in ("net_ratio", "net_ci95", "placebo_rank")] == [None] * 3
    assert all(row["net_gain_usd"] is row["ci95"] is row["q_value"] is None for row in finding["suppliers"])
    assert any("net backfill is not estimated" in warning for warning in finding["warnings"])


def test_the_queries_of_a_finding_lead_to_its_figures(
    finding: Any, demo_lake: Path, stopgap_run: Run
) -> None:
    measured = {row["supplier"]: row for row in (*finding["suppliers"], *finding["members"])}
    assert len(finding["queries"]) == 2
    for sql in finding["queries"]:
        answer = stopgap_run(
            "query", sql, "--as-of", finding["as_of"], "--lake", demo_lake, "--format", "json"
        ).document
        dollars: dict[tuple[str, str], float] = {}
        for row in answer["rows"]:
            key = (row["supplier"], row["period"])
            dollars[key] = dollars.get(key, 0.0) + row["value_usd"]
        for supplier, row in measured.items():
            assert dollars.get((supplier, "2021-01-01"), 0.0) == pytest.approx(row["baseline_usd"], abs=0.01)
            assert dollars.get((supplier, "2023-01-01"), 0.0) == pytest.approx(row["after_usd"], abs=0.01)
        others = {supplier for supplier, _ in dollars} - set(measured)
        assert others <= set(finding["coverage"]["missing_reporters"])


def test_a_finding_is_kept_under_its_id(finding: Any, demo_lake: Path, stopgap_run: Run) -> None:
    sql = f"SELECT content FROM findings WHERE finding_id = '{finding['finding_id']}'"
    [row] = stopgap_run("query", sql, "--lake", demo_lake, "--format", "json").document["rows"]
    assert json.loads(row["content"]) == finding


def test_measuring_by_good_and_by_group(demo_lake: Path, stopgap_run: Run) -> None:
    call = (
        "measure",
        "russia-2022",
        "--goods",
        "chpl-2024-02",
        "--frequency",
        "M",
        "--after",
        "2022-03:2022-11",
    )
    rows = {
        by: csv_rows(stopgap_run(*call, "--by", by, "--lake", demo_lake, "--format", "csv").out)
        for by in ("good", "group")
    }
    loss = {by: sum(float(row["loss_usd"]) for row in found) for by, found in rows.items()}
    assert loss["good"] == pytest.approx(loss["group"])
    assert {row["good"] for row in rows["group"]} <= {"1", "2", "3.A", "3.B", "4.A", "4.B"}
    assert all(len(row["good"]) == 6 and row["description"] for row in rows["good"])
    losses = [float(row["loss_usd"]) for row in rows["good"]]
    assert losses == sorted(losses, reverse=True)


# Vintages, imports, upkeep


@pytest.fixture
def processors(tmp_path: Path) -> Path:
    path = tmp_path / "processors.csv"
    path.write_text("code,description\n854231,Processors\n")
    return path


def test_an_earlier_vintage_stays_readable(two_releases: Path, processors: Path, stopgap_run: Run) -> None:
    call = (
        "measure",
        "russia-2022",
        "--goods",
        processors,
        "--baseline",
        "2021:2021",
        "--after",
        "2023:2023",
    )

    def gain(*as_of: str) -> tuple[str, float]:
        document = stopgap_run(*call, *as_of, "--lake", two_releases, "--format", "json").document
        return document["as_of"], document["suppliers"][0]["gain_usd"]

    assert gain() == gain("--as-of", "v2") == gain("--as-of", "2999-12-31") == ("v2", 52e6)
    assert gain("--as-of", "v1") == ("v1", 40e6)


def test_a_vintage_is_read_by_queries_and_exports(
    two_releases: Path, stopgap_run: Run, tmp_path: Path
) -> None:
    sql = "SELECT value_usd, vintage FROM trade WHERE reporter = 'CHN' AND partner = 'RUS' AND year(period) = 2023"
    for vintage, value in (("v1", 70e6), ("v2", 82e6)):
        call = ("--as-of", vintage, "--lake", two_releases, "--format", "json")
        assert stopgap_run("query", sql, *call).document["rows"] == [{"value_usd": value, "vintage": vintage}]
        assert stopgap_run("lake", "export", tmp_path / vintage, *call).code == 0
        exported = pq.read_table(tmp_path / vintage / "trade.parquet").to_pylist()
        assert value in [row["value_usd"] for row in exported if row["reporter"] == "CHN"]
    assert {path.stem for path in (tmp_path / "v1").iterdir()} == {
        "trade", "trade_aggregates", "trade_breakdowns", "receipts", "findings",
    }  # fmt: skip
    again = stopgap_run("lake", "export", tmp_path / "v1", "--lake", two_releases)
    assert (again.code, again.err.splitlines()[0]) == (3, "the folder is not empty")


def test_an_import_answers_with_the_fields_of_the_contract(
    small_lake: Path, stopgap_run: Run, tmp_path: Path
) -> None:
    file = comtrade_file(tmp_path / "third.csv", [(2022, 156, 643, 50e6), (2022, 156, 0, 6e9)])
    call = (
        "import",
        file,
        "--lake",
        small_lake,
        "--retrieved",
        "2024-06-01",
        "--published",
        "2024-05-01",
        "--format",
        "json",
    )
    first, second = stopgap_run(*call), stopgap_run(*call)
    assert (first.code, first.err) == (0, "")
    document = first.document
    counts = (
        "vintage",
        "rows_read",
        "rows_loaded",
        "rows_rejected",
        "rows_replaced",
        "rejects",
        "already_loaded",
    )
    assert [document[name] for name in counts] == ["v3", 2, 2, 0, 0, None, False]
    assert document["source"] == "comtrade"
    assert document["files"] == ["third.csv"]
    assert isinstance(document["warnings"], list)
    assert second.document["already_loaded"] is True
    assert (second.document["vintage"], second.document["receipt"]) == ("v3", document["receipt"])

    sql = f"SELECT retrieved, published, file_name FROM receipts WHERE receipt = '{document['receipt']}'"
    [receipt] = stopgap_run("query", sql, "--lake", small_lake, "--format", "json").document["rows"]
    assert list(receipt.values()) == ["2024-06-01", "2024-05-01", "third.csv"]
    vintages = stopgap_run("lake", "vintages", "--lake", small_lake, "--format", "json").document["vintages"]
    assert [row["vintage"] for row in vintages] == ["v1", "v2", "v3"]


def test_refused_rows_stop_an_import_unless_allowed(stopgap_run: Run, tmp_path: Path) -> None:
    rows = [*RELEASE, (2022, 156, 643, "many"), (202213, 156, 643, 5)]
    call = (
        "import",
        comtrade_file(tmp_path / "bad.csv", rows),
        "--lake",
        tmp_path / "lake",
        "--format",
        "json",
    )
    refused = stopgap_run(*call)
    error = refused.document["error"]
    assert (refused.code, error["code"], error["rows_read"], error["rows_rejected"]) == (3, 3, 10, 2)
    assert "row 10" in error["where"]
    reasons = csv_rows(Path(error["rejects"]).read_text("utf-8"))
    assert [(row["file"], row["row"]) for row in reasons] == [("bad.csv", "10"), ("bad.csv", "11")]
    assert "'many'" in reasons[0]["reason"]
    assert "202213" in reasons[1]["reason"]
    assert stopgap_run("lake", "vintages", "--lake", tmp_path / "lake", "--format", "json").document == {
        "vintages": []
    }

    allowed = stopgap_run(*call, "--allow-rejects").document
    assert (allowed["rows_loaded"], allowed["rows_rejected"]) == (8, 2)


def test_compacting_changes_no_figure(small_lake: Path, stopgap_run: Run) -> None:
    def figures(vintage: str) -> Any:
        sql = "SELECT * FROM trade ORDER BY ALL"
        return stopgap_run(
            "query", sql, "--as-of", vintage, "--lake", small_lake, "--format", "json"
        ).document["rows"]

    more = comtrade_file(small_lake.parent / "more.csv", [(2022, 276, 643, 9e6), (2022, 276, 0, 9e8)])
    assert stopgap_run("import", more, "--lake", small_lake).code == 0
    before = [figures(vintage) for vintage in ("v1", "v2", "v3")]
    done = stopgap_run("lake", "compact", "--lake", small_lake, "--format", "json").document
    assert done["files_after"] == 1 < done["files_before"]
    assert [figures(vintage) for vintage in ("v1", "v2", "v3")] == before
    assert stopgap_run("lake", "check", "--lake", small_lake).code == 0


def test_a_changed_receipt_is_found(small_lake: Path, stopgap_run: Run) -> None:
    kept = next(path for path in (small_lake / "receipts").rglob("*") if path.is_file())
    kept.write_bytes(kept.read_bytes() + b" ")
    ran = stopgap_run("lake", "check", "--lake", small_lake, "--format", "json")
    failed = [check["check"] for check in ran.document["checks"] if not check["passed"]]
    assert (ran.code, ran.document["passed"], failed) == (3, False, ["receipts"])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever may write anywhere is never refused"
)
def test_a_lake_that_cannot_be_written_is_read(
    small_lake: Path, processors: Path, stopgap_run: Run, tmp_path: Path
) -> None:
    file = comtrade_file(tmp_path / "more.csv", [(2022, 276, 643, 9e6), (2022, 276, 0, 9e8)])
    folders = [small_lake, *(path for path in small_lake.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        call = (
            "measure",
            "russia-2022",
            "--goods",
            processors,
            "--baseline",
            "2021:2021",
            "--after",
            "2023:2023",
        )
        assert stopgap_run(*call, "--lake", small_lake).code == 0
        assert stopgap_run("import", file, "--lake", small_lake).code == 5
    finally:
        for path in folders:
            path.chmod(0o755)


def test_a_brief_is_written_where_its_ending_says(demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    file = tmp_path / "brief.md"
    call = ("brief", "russia-2022", "--goods", "machinery-electronics", *WINDOWS, "--output", file)
    document = stopgap_run(*call, "--lake", demo_lake, "--format", "json").document
    assert document["file"] == str(file)
    assert document["as_of"] == "v4"
    assert document["finding_id"].removeprefix("sha256:")[:12] in file.read_text("utf-8")


# What is known


def test_the_doctor_tells_versions_and_the_lake(demo_lake: Path, stopgap_run: Run) -> None:
    document = stopgap_run("doctor", "--lake", demo_lake, "--format", "json").document
    checks = {row["check"]: row for row in document["checks"]}
    assert document["passed"] is True
    assert {"stopgap", "python", "duckdb", "lake", "native copy", "fonts", "spark engine"} <= set(checks)
    assert f"{demo_lake}: 4 vintages" in checks["lake"]["found"]
    assert all(row["mend"] for row in document["checks"] if not row["passed"])


EPISODE = {
    "name": "mine", "title": "Mine", "target": "RUS", "direction": "exports-to-target",
    "event": "2022-02", "coalition": "[eu27]", "goods": "[chips]",
}  # fmt: skip
FAULTS = {
    "target": ({"target": "Russia"}, 3, "did you mean RUS?"),
    "direction": ({"direction": "exports"}, 4, "exports-to-target or imports-from-target"),
    "event": ({"event": "2022-13"}, 5, "YYYY-MM"),
    "coalition.1": ({"coalition": "[eu27, NARNIA]"}, 6, "eu27"),
    "goods.0": ({"goods": "[nothing]"}, 7, "stopgap goods"),
    "hubs.0": ({"hubs": "[DEU]"}, 8, "take it out of hubs"),
    "after.from": ({"baseline": "{to: 2022-12}", "after": "{from: 2022-06}"}, 9, "follow baseline.to"),
    "colour": ({"colour": "red"}, 8, "fields: name"),
}


@pytest.mark.parametrize(("field", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_faulty_episode_is_named_by_line_and_field(
    field: str, fault: tuple[dict[str, str], int, str], stopgap_run: Run, tmp_path: Path
) -> None:
    changed, line, hint = fault
    file = tmp_path / "mine.yml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in {**EPISODE, **changed}.items()))
    ran = stopgap_run("episodes", "check", file)
    _, where, mend = ran.err.splitlines()
    assert ran.code == 3
    assert where == f"  where: mine.yml, line {line}, field {field}"
    assert hint in mend
    assert stopgap_run("measure", file).err == ran.err


def test_a_sound_episode_is_shown(stopgap_run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in EPISODE.items()))
    document = stopgap_run("episodes", "check", file, "--format", "json").document
    assert document["valid"] is True
    assert len(document["members"]) == 27


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("letters.csv", "code,description\n854231,a\n8542xx,b\n", "line 3, field code"),
        ("zero.csv", "code,description\n10121,horses\n", "line 2, field code"),
        ("twice.csv", "code,description\n854231,a\n854231,b\n", "line 3, field code"),
        ("header.csv", "hs,words\n854231,a\n", "line 1"),
        ("letters.yml", 'name: x\nversion: "1"\ntitle: X\nrevision: HS2022\nitems:\n  - {code: "99xx"}\n', "line 6, field"),
    ],
)  # fmt: skip
def test_a_faulty_goods_list_is_named_by_line(
    name: str, text: str, where: str, stopgap_run: Run, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text)
    ran = stopgap_run("goods", "check", file)
    assert (ran.code, len(ran.err.splitlines())) == (3, 3)
    assert f"{name}, {where}" in ran.err


def test_a_sound_goods_list_is_shown(processors: Path, stopgap_run: Run) -> None:
    document = stopgap_run("goods", "check", processors, "--format", "json").document
    assert document["valid"] is True
    assert [row["code"] for row in document["codes"]] == ["854231"]


def test_a_composite_good_names_its_codes(stopgap_run: Run) -> None:
    document = stopgap_run("goods", "show", "84+85", "--format", "json").document
    assert [row["code"] for row in document["codes"]] == ["84", "85"]
