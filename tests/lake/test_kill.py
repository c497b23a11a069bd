"""kill -9 at any moment: the lake is exactly the old vintage or the new one, and the next command needs no repair."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes, put_file
from declared import declared_line, lines_bytes
from examples import examples
from killing import COMMITTED, KEPT, WRITING, after_a_kill, die_at, kill_after, new_data_file, stopgap, stopgap_here
from lake_state import digests, faults, lake_state

from stopgap.lake.store import orphans

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

LINES, WITHDRAW = "customs-declarations-example", "stopgap.lake.withdraw"
STORE, IMPORTER, TABLE = "stopgap.lake.store", "stopgap.lake.importing.importer", "deltalake.table/DeltaTable"
MOMENTS = {
    "the raw bytes are copied": (f"{IMPORTER}:copy_and_hash", "after", None),
    "the raw bytes are kept": (f"{IMPORTER}:commit_staged", "before", KEPT),
    "the rows are written": (f"{STORE}:write_sorted", "after", WRITING),
    "the commit is made": (f"{TABLE}:create_write_transaction", "after", COMMITTED),
}


def write_files(folder: Path, rows: int) -> tuple[Path, Path]:
    """Two releases: the second revises two thirds of the first."""
    made = [
        comtrade_row(
            cmdCode=f"{840000 + n % 97}",
            partnerCode=("643", "398", "0")[n % 3],
            period=str(2000 + n // 291),
            primaryValue=f"{n}.25",
        )
        for n in range(rows)
    ]
    newer = [row | {"primaryValue": f"{n}.75"} for n, row in enumerate(made[: rows * 2 // 3])]
    return put_file(folder, csv_bytes(made), "old.csv"), put_file(folder, csv_bytes(newer), "new.csv")


def declared_files(folder: Path) -> tuple[Path, Path]:
    """Two files of declarations: the second corrects a third of the first's lines and adds others."""
    made = [declared_line(n) for n in range(3000)]
    newer = [declared_line(n, invoice_value=f"{n}.75") for n in range(2000, 4000)]
    return put_file(folder, lines_bytes(made), "first.csv"), put_file(folder, lines_bytes(newer), "second.csv")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Both files, the lake before and after the second import, and how long that took."""
    folder = tmp_path_factory.mktemp("kill")
    old, new = write_files(folder, 6000)
    before, after, first = folder / "before", folder / "after", folder / "first"
    stopgap_here(before, "import", old)
    shutil.copytree(before, after)
    started = time.perf_counter()
    stopgap(after, "import", new)  # timed, so in a process as those that are killed
    duration_s = time.perf_counter() - started
    stopgap_here(first, "import", new)
    return {"new": new, "before": before, "after": digests(after), "first": digests(first), "duration_s": duration_s}


@pytest.mark.one_in(8)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("is_first", [True, False], ids=["into an empty lake", "replacing figures"])
def test_a_kill_when(tmp_path, worlds, moment, is_first):
    lake = tmp_path / "lake"
    if not is_first:
        shutil.copytree(worlds["before"], lake)
    old, new = digests(lake), worlds["first" if is_first else "after"]
    place, when, stage = MOMENTS[moment]
    killed = die_at(lake, place, when, "import", worlds["new"])
    assert stage in (None, killed.stage)
    assert after_a_kill(lake, killed, old=old, new=new) is None
    answer = stopgap_here(lake, "import", worlds["new"])
    assert answer["already_loaded"] is (stage == COMMITTED)
    assert digests(lake) == new
    assert orphans(lake) == []
    assert faults(lake) == []


@pytest.mark.prove_only
@pytest.mark.in_parts
def test_a_kill_at_a_random_moment(tmp_path, worlds):
    draw = random.Random(20220224)
    for trial in range(examples(4)):
        lake = tmp_path / f"lake-{trial}"
        shutil.copytree(worlds["before"], lake)
        old = digests(lake)
        if trial % 2:
            killed = kill_after(lake, draw.uniform(0, 0.05), "import", worlds["new"], aim=new_data_file(lake))
        else:
            killed = kill_after(lake, draw.uniform(0.4, 1.0) * worlds["duration_s"], "import", worlds["new"])
        assert after_a_kill(lake, killed, old=old, new=worlds["after"]) is None, killed
        stopgap_here(lake, "import", worlds["new"])
        assert digests(lake) == worlds["after"], killed
        assert orphans(lake) == []


@pytest.mark.prove_only
@pytest.mark.parametrize(
    ("place", "when"), [(f"{STORE}:write_sorted", "after"), (f"{TABLE}:create_write_transaction", "after")]
)
def test_a_kill_of_compaction_changes_no_row(tmp_path, worlds, place, when):
    lake = tmp_path / "lake"
    shutil.copytree(worlds["before"], lake)
    stopgap_here(lake, "import", worlds["new"])
    before = lake_state(lake)["rows"]
    die_at(lake, place, when, "lake", "compact")
    assert lake_state(lake)["rows"] == before
    assert faults(lake) == []
    stopgap_here(lake, "lake", "compact")
    state = lake_state(lake)
    assert (state["rows"], state["strays"]) == (before, [])


WITHDRAWING = {
    "what comes back is written": (f"{WITHDRAW}:write_sorted", "after", WRITING),
    "what stays is written": (f"{WITHDRAW}:write_kept", "after", WRITING),
    "the commit is to be made": (f"{WITHDRAW}:commit_files", "before", WRITING),
    "the commit is made": (f"{TABLE}:create_write_transaction", "after", COMMITTED),
}


@pytest.mark.prove_only
@pytest.mark.parametrize("moment", WITHDRAWING)
def test_a_kill_of_a_withdrawal(tmp_path, worlds, moment):
    lake, other = tmp_path / "lake", tmp_path / "other"
    shutil.copytree(worlds["before"], lake)
    receipt = stopgap_here(lake, "import", worlds["new"])["receipt"]
    call = ("lake", "withdraw", receipt, "--why", "a trial")
    shutil.copytree(lake, other)
    stopgap_here(other, *call)
    old, new = digests(lake), digests(other)
    assert new["v3"] == old["v1"]
    place, when, stage = WITHDRAWING[moment]
    killed = die_at(lake, place, when, *call)
    assert killed.stage == stage
    assert after_a_kill(lake, killed, old=old, new=new) is None
    if stage != COMMITTED:
        stopgap_here(lake, *call)
    assert digests(lake) == new
    assert orphans(lake) == []
    assert faults(lake) == []


@pytest.mark.prove_only
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("is_first", [True, False], ids=["the table's first", "replacing lines"])
def test_a_kill_of_an_import_into_another_table(tmp_path, worlds, moment, is_first):
    """Trade stands beside it, and stays as it is."""
    lake, other = tmp_path / "lake", tmp_path / "other"
    shutil.copytree(worlds["before"], lake)
    first, second = declared_files(tmp_path)
    if not is_first:
        stopgap_here(lake, "import", first, "--map", LINES)
    call = ("import", second, "--map", LINES)
    shutil.copytree(lake, other)
    stopgap_here(other, *call)
    old, new = digests(lake), digests(other)
    place, when, stage = MOMENTS[moment]
    killed = die_at(lake, place, when, *call)
    assert stage in (None, killed.stage)
    assert after_a_kill(lake, killed, old=old, new=new) is None
    assert stopgap_here(lake, *call)["already_loaded"] is (stage == COMMITTED)
    assert digests(lake) == new
    assert orphans(lake) == []
    assert faults(lake) == []


@pytest.mark.one_in(2)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_while_the_native_copy_is_built_costs_only_the_copy(tmp_path, worlds, when):
    lake, sql = tmp_path / "lake", "SELECT count(*) AS n, sum(value_usd) AS usd FROM trade"
    shutil.copytree(worlds["before"], lake)
    sound = stopgap_here(lake, "query", sql)
    shutil.rmtree(lake / "derived")
    die_at(lake, "os:replace", when, "measure", "russia-2022")
    assert faults(lake) == []
    assert stopgap_here(lake, "query", sql) == sound


@pytest.mark.prove_only
def test_a_native_copy_that_was_never_finished_is_removed_by_a_later_import(tmp_path, worlds):
    lake = tmp_path / "lake"
    shutil.copytree(worlds["before"], lake)
    shutil.rmtree(lake / "derived", ignore_errors=True)
    die_at(lake, "os:replace", "before", "measure", "russia-2022")
    [left] = (lake / "derived").glob("*.building")
    os.utime(left, (0, 0))
    stopgap_here(lake, "import", worlds["new"])
    assert not left.exists()
