"""``stopgap diff`` and ``stopgap watch`` as a user calls them."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cli_calls import RELEASE, WINDOWS, Run, comtrade_file, csv_rows, stopgap

LATER = [(*row[:3], 82e6 if row[3] == 70e6 else row[3]) for row in RELEASE]
PATIENCE_S = 60.0


@pytest.fixture
def diff(stopgap_run: Run, two_releases: Path, processors: Path) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:
        return stopgap_run(
            "diff", "russia-2022", "--from", "v1", "--goods", processors, *WINDOWS, "--lake", two_releases, *arguments
        )

    return call


def test_diff_says_in_a_line_what_changed_and_why(diff: Run) -> None:
    shown = diff("--notes")
    assert shown.code == 0
    assert "gross backfill: 68.97% to 89.66%, +20.69 points = revised +20.69 points" in shown.out
    assert "CHN: 1 of 2 years revised, by +17.1% since first released" in shown.out
    assert "trade lost, USD a year: 58,000,000, unchanged" in shown.out


def test_diff_as_json_adds_up(diff: Run) -> None:
    document = diff("--format", "json", "--to", "v2").document
    gain = next(row for row in document["headline"] if row["figure"] == "gain_usd")
    assert (gain["change"], gain["revised"], gain["rows"]) == (12e6, 12e6, 1)
    [row] = document["rows"]
    assert (row["supplier"], row["from_usd"], row["to_usd"]) == ("CHN", 70e6, 82e6)
    assert row["from_receipt"] != row["to_receipt"]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("by", "rows"), [("supplier", 6), ("good", 5), ("month", 1), ("row", 1)])
def test_diff_by_each_table_as_csv_and_parquet(diff: Run, tmp_path: Path, by: str, rows: int) -> None:
    assert len(csv_rows(diff("--by", by, "--format", "csv").out)) == rows
    path = tmp_path / "diff.parquet"
    assert diff("--by", by, "--format", "parquet", "--output", path).code == 0
    assert pq.read_table(io.BytesIO(path.read_bytes())).num_rows == rows


@pytest.mark.prove_only
def test_each_query_of_a_diff_shows_its_rows(diff: Run, stopgap_run: Run, two_releases: Path) -> None:
    totals = []
    for query in diff("--format", "json").document["queries"]:
        rows = stopgap_run(
            "query", query["sql"], "--as-of", query["as_of"], "--lake", two_releases, "--format", "json"
        ).document["rows"]
        totals.append(sum(row["value_usd"] for row in rows))
    assert totals == [162e6, 162e6, 174e6, 174e6]


def test_diff_names_the_option_of_a_vintage_that_is_not_there(stopgap_run: Run, two_releases: Path) -> None:
    shown = stopgap_run("diff", "russia-2022", "--from", "v7", "--lake", two_releases)
    assert shown.code == 4
    assert "where: --from; vintages in the lake: v1" in shown.err


def test_diff_of_what_is_no_vintage_is_bad_input(stopgap_run: Run, two_releases: Path) -> None:
    assert stopgap_run("diff", "russia-2022", "--from", "yesterday", "--lake", two_releases).code == 3


def test_diff_of_an_empty_lake_is_not_found(stopgap_run: Run) -> None:
    assert stopgap_run("diff", "russia-2022", "--from", "v1").code == 4


@pytest.fixture
def watched(tmp_path: Path, processors: Path) -> list[object]:
    folder = tmp_path / "in"
    folder.mkdir()
    comtrade_file(folder / "a.csv", RELEASE)
    return [
        "watch", "russia-2022", "--from-dir", folder, "--lake", tmp_path / "lake", "--output", tmp_path / "reports",
        "--goods", processors, *WINDOWS,
    ]  # fmt: skip


def test_watch_once_then_again(stopgap_run: Run, watched: list[object], tmp_path: Path) -> None:
    first = stopgap_run(*watched, "--once")
    assert (first.code, first.err) == (0, "")
    assert "report 1, v1: 1 event" in first.out
    comtrade_file(tmp_path / "in" / "b.csv", LATER)
    second = stopgap_run(*watched, "--once", "--format", "json").document
    assert [event["kind"] for event in second["events"]] == ["headline", "revised"]
    assert "CHN revised 1 figure of 2023" in second["events"][1]["text"]
    [command] = [line for line in second["follow"] if line.startswith("stopgap diff")]
    followed = stopgap_run(*command.split()[1:], "--lake", tmp_path / "lake", "--format", "json").document
    assert followed["rows_revised"] == 1
    third = stopgap_run(*watched, "--once")
    assert "nothing changed" in third.out


@pytest.mark.prove_only
def test_a_bad_file_is_told_on_stderr_with_its_code(stopgap_run: Run, watched: list[object], tmp_path: Path) -> None:
    (tmp_path / "in" / "bad.csv").write_text("no table")
    shown = stopgap_run(*watched, "--once")
    assert shown.code == 3
    assert shown.err.startswith("bad.csv was not imported")
    assert "report 1, v1" in shown.out
    assert stopgap_run(*watched, "--once").code == 0


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        ((), 2, "either --once or --every"),
        (("--once", "--every", "1d"), 2, "either --once or --every"),
        (("--every", "2 days"), 2, "no interval"),
        (("--once", "--no-fetch"), 2, "exclude each other"),
        (("--once", "--webhook", "http://hooks.example.org/"), 5, "not encrypted"),
        (("--once", "--mail-to", "a@example.org"), 2, "needs a server"),
    ],
)
def test_wrong_ways_to_watch(
    stopgap_run: Run, watched: list[object], words: tuple[str, ...], code: int, what: str
) -> None:
    shown = stopgap_run(*watched, *words)
    assert shown.code == code
    assert what in shown.err


def test_a_service_that_is_unreachable_leaves_with_6(
    stopgap_run: Run, two_releases: Path, processors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from stopgap.sources.live.clock import Clock

    monkeypatch.setattr(Clock, "sleep", lambda self, seconds: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shown = stopgap_run(
        "watch", "russia-2022", "--once", "--goods", processors, *WINDOWS, "--lake", two_releases,
        "--output", tmp_path / "reports", "--base-url", f"http://127.0.0.1:{port}",
    )  # fmt: skip
    assert shown.code == 6
    assert "v2: 1 event" in shown.out  # what the lake holds is measured all the same


def started(watched: list[object]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "stopgap", *map(str, watched), "--every", "30m", "--format", "json"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_ends_cleanly_when_told(watched: list[object], number: int, tmp_path: Path) -> None:
    running = started(watched)
    assert running.stdout is not None
    first = json.loads(running.stdout.readline())
    running.send_signal(number)
    out, err = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, out) == (0, "")
    assert err == "watch ended\n"
    assert first["to"] == "v1"
    assert stopgap(*watched, "--once").returncode == 0  # the watch left nothing locked


@pytest.mark.prove_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_ends_while_a_service_does_not_answer(
    small_lake: Path, tmp_path: Path, processors: Path, number: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        asked: list[object] = ["watch", "russia-2022", "--goods", processors, *WINDOWS, "--lake", small_lake]
        asked += ["--output", tmp_path / "reports", "--base-url", f"http://127.0.0.1:{silent.getsockname()[1]}"]
        running = started(asked)
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)  # the request is there, and no reply will be
            running.send_signal(number)
            out, err = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, out) == (0, "")
    assert err.splitlines()[-1].startswith("watch ended; the round that was running is broken off")
    assert not list(tmp_path.glob("reports/*"))
    assert stopgap("lake", "check", "--lake", small_lake).returncode == 0
    assert stopgap(*asked[:-2], "--once", "--no-fetch").returncode == 0  # nothing is locked


@pytest.mark.prove_only
def test_a_round_that_fails_is_told_and_the_watch_goes_on(watched: list[object], tmp_path: Path) -> None:
    (tmp_path / "in" / "a.csv").rename(tmp_path / "a.csv")
    (tmp_path / "in").rmdir()
    running = started(watched)
    assert running.stdout is not None
    first = json.loads(running.stdout.readline())
    assert running.poll() is None
    running.terminate()
    _, err = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0
    assert [failure["code"] for failure in first["failures"]] == [3, 4]
    assert "the folder cannot be read" in err


@pytest.mark.prove_only
def test_the_history_says_what_each_vintage_replaced_and_withdrew(stopgap_run: Run, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for name, rows in (
        ("a.csv", RELEASE),
        ("b.csv", [row for row in LATER if row[1:3] != (156, 643) or row[0] == 2021]),
    ):
        assert stopgap_run("import", comtrade_file(tmp_path / name, rows), "--lake", lake).code == 0
    vintages = stopgap_run("lake", "vintages", "--lake", lake, "--format", "json").document["vintages"]
    counts = [[row[f"rows_{what}"] for what in ("added", "replaced", "withdrawn")] for row in vintages]
    assert counts == [[8, 0, 0], [7, 8, 1]]  # China's 2023 exports to Russia are gone


@pytest.mark.prove_only
def test_diff_in_python(two_releases: Path, processors: Path) -> None:
    import stopgap as package

    revision = package.open(two_releases).diff(
        "russia-2022", earlier="v1", goods=str(processors), baseline="2021-01:2021-12", after="2023-01:2023-12"
    )
    assert (revision.count("revised"), revision.later.vintage) == (1, "v2")
