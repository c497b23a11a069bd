"""Several processes at one lake: writers take turns and lose nothing, readers see whole vintages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes
from killing import environment, stopgap_here
from lake_state import digests, faults

from stopgap.intake.importing import import_paths
from stopgap.lake.query.statement import run_query

READER = """
import json, sys, time
from pathlib import Path
from stopgap.lake.query.statement import run_query
lake, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, faults = [], []
while not stop.exists():
    try:
        table, vintage = run_query(lake, "SELECT count(*) AS n, sum(value_usd) AS usd, count(DISTINCT vintage) AS v FROM trade")
        [row] = table.to_pylist()
        seen.append([vintage, row["n"], row["usd"]])
    except Exception as error:
        faults.append(f"{type(error).__name__}: {error}")
    time.sleep(0.1)  # leaves the cores to the writers
print(json.dumps({"seen": seen, "faults": faults}))
"""
"""A process that queries until a file appears, and prints what it saw."""


def write_file(folder: Path, number: int, *, goods: int = 400) -> Path:
    """A file of one partner's goods; each number has its own partner, so that no file replaces another's."""
    partner = ("643", "398", "417", "51", "784", "344", "804", "8")[number]
    path = folder / f"file-{number}.csv"
    rows = (
        comtrade_row(cmdCode=f"{840000 + n}", partnerCode=partner, primaryValue=f"{n}.25")
        for n in range(goods + number)
    )
    path.write_bytes(csv_bytes(rows))
    return path


def start(lake: Path, *arguments: object) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "stopgap", *map(str, arguments), "--lake", str(lake), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def ended(child: subprocess.Popen[str]) -> dict[str, object]:
    """The answer of a command that must work."""
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, out + err
    answer: dict[str, object] = json.loads(out)
    return answer


@pytest.mark.prove_only
@pytest.mark.parametrize("is_first", [True, False], ids=["into nothing", "into a lake"])
def test_writers_at_once_each_make_a_vintage(tmp_path, is_first):
    lake = tmp_path / "lake"
    if not is_first:
        import_paths(lake, [write_file(tmp_path, 7)])
    files = [write_file(tmp_path, number) for number in range(3)]
    answers = [ended(child) for child in [start(lake, "import", path) for path in files]]
    first = 1 if is_first else 2
    assert sorted(str(answer["vintage"]) for answer in answers) == [f"v{first + n}" for n in range(3)]
    table, _ = run_query(lake, "SELECT partner, count(*) AS n FROM trade GROUP BY ALL")
    found = {row["partner"]: row["n"] for row in table.to_pylist()}
    assert {name: found[name] for name in ("RUS", "KAZ", "KGZ")} == {"RUS": 400, "KAZ": 401, "KGZ": 402}
    assert faults(lake) == []


def test_the_same_file_from_two_processes_is_loaded_once(tmp_path):
    lake, path = tmp_path / "lake", write_file(tmp_path, 0)
    answers = [ended(child) for child in [start(lake, "import", path) for _ in range(2)]]
    assert sorted(bool(answer["already_loaded"]) for answer in answers) == [False, True]
    assert {answer["vintage"] for answer in answers} == {"v1"}
    assert run_query(lake, "SELECT count(*) AS n FROM trade")[0]["n"].to_pylist() == [400]


def test_readers_see_whole_vintages_while_files_come_and_go(tmp_path):
    lake, stop = tmp_path / "lake", tmp_path / "stop"
    first = stopgap_here(lake, "import", write_file(tmp_path, 0))
    readers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", READER, str(lake), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for _ in range(2)
    ]
    try:
        stopgap_here(lake, "import", write_file(tmp_path, 1))
        stopgap_here(lake, "lake", "compact")
        stopgap_here(lake, "import", write_file(tmp_path, 2))
        stopgap_here(lake, "lake", "withdraw", first["receipt"], "--why", "a test")
        stopgap_here(lake, "lake", "compact")
        stopgap_here(lake, "import", write_file(tmp_path, 3))
        time.sleep(0.3)
    finally:
        stop.touch()
        answers = [reader.communicate(timeout=60) for reader in readers]
    counts = {"v1": 400, "v2": 801, "v3": 1203, "v4": 803, "v5": 1206}
    for out, err in answers:
        assert out, err
        saw = json.loads(out)
        assert saw["faults"] == []
        assert saw["seen"]
        for vintage, rows, _ in saw["seen"]:
            assert counts[vintage] == rows
        order = [int(vintage[1:]) for vintage, *_ in saw["seen"]]
        assert order == sorted(order)
    assert len({vintage for out, _ in answers for vintage, *_ in json.loads(out)["seen"]}) > 1
    assert {vintage: rows for vintage, (rows, _) in digests(lake).items()} == counts
    assert faults(lake) == []


@pytest.mark.prove_only
def test_a_writer_waits_for_the_one_before_it(tmp_path):
    from filelock import FileLock

    lake = tmp_path / "lake"
    import_paths(lake, [write_file(tmp_path, 0)])
    with FileLock(lake / ".lock"):
        child = start(lake, "import", write_file(tmp_path, 1))
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(2)
        assert run_query(lake, "SELECT count(*) AS n FROM trade")[0]["n"].to_pylist() == [400]
    assert ended(child)["vintage"] == "v2"
