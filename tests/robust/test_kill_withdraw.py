"""kill -9 of withdrawals and compactions: every row of every vintage is as before, or as after."""

from __future__ import annotations

import random
import shutil
import sys
import time

import pytest
from comtrade_files import comtrade_row, csv_bytes
from examples import examples
from killing import COMMITTED, WRITING, after_a_kill, die_at, kill_after, new_data_file, stopgap, stopgap_here
from lake_state import digests, faults

from stopgap.lake.store import orphans

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

MOMENTS = {
    "nothing is written": ("stopgap.lake.withdraw:restored", "after", None),
    "the rows that come back are written": ("stopgap.lake.withdraw:write_sorted", "after", WRITING),
    "all rows are written": ("stopgap.lake.withdraw:commit_files", "before", WRITING),
    "the commit is made": ("deltalake.table/DeltaTable:create_write_transaction", "after", COMMITTED),
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """A lake of two releases, the command that takes the newer back, and both states."""
    folder = tmp_path_factory.mktemp("kill")
    before, after = folder / "before", folder / "after"
    old = [comtrade_row(cmdCode=f"{840000 + n}", primaryValue=f"{n}.25") for n in range(3000)]
    new = [row | {"primaryValue": f"{n}.75"} for n, row in enumerate(old[:2000])]
    for name, rows in (("old.csv", old), ("new.csv", new)):
        (folder / name).write_bytes(csv_bytes(rows))
        receipt = stopgap_here(before, "import", folder / name)["receipt"]
    command = ("lake", "withdraw", receipt, "--why", "a test")
    shutil.copytree(before, after)
    started = time.perf_counter()
    stopgap(after, *command)  # timed, so in a process as those that are killed
    return {
        "before": before,
        "command": command,
        "old": digests(before),
        "new": digests(after),
        "duration_s": time.perf_counter() - started,
    }


def finish(lake, worlds) -> None:
    """The command again, if its work was not done; then the lake is the new one, and whole."""
    if digests(lake) == worlds["old"]:
        stopgap_here(lake, *worlds["command"])
    assert digests(lake) == worlds["new"]
    assert faults(lake) == []


@pytest.mark.one_in(8)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_of_a_withdrawal_when(tmp_path, worlds, moment):
    lake = tmp_path / "lake"
    shutil.copytree(worlds["before"], lake)
    place, when, stage = MOMENTS[moment]
    killed = die_at(lake, place, when, *worlds["command"])
    assert stage in (None, killed.stage)
    assert after_a_kill(lake, killed, old=worlds["old"], new=worlds["new"]) is None
    finish(lake, worlds)
    stopgap_here(lake, "lake", "compact")
    assert digests(lake)["v3"] == worlds["new"]["v3"]
    assert orphans(lake) == []


@pytest.mark.prove_only
@pytest.mark.in_parts
def test_kills_of_a_withdrawal_at_random_moments(tmp_path, worlds):
    draw = random.Random(20240409)
    for trial in range(examples(4)):
        lake = tmp_path / f"lake-{trial}"
        shutil.copytree(worlds["before"], lake)
        aim = new_data_file(lake) if trial % 2 else None
        delay_s = draw.uniform(0, 0.05) if aim else draw.uniform(0.4, 1.0) * worlds["duration_s"]
        killed = kill_after(lake, delay_s, *worlds["command"], aim=aim)
        assert after_a_kill(lake, killed, old=worlds["old"], new=worlds["new"]) is None, killed
        finish(lake, worlds)
