"""Kills real commands at chosen moments, and says from what they left where the kill fell."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lake_state import digests, faults

from stopgap.lake.history import current_version, table_path
from stopgap.lake.schema import TABLES
from stopgap.lake.store import orphans

SOURCE = Path(__file__).resolve().parents[2] / "src"

STARTING = "starting"
COPYING = "copying and hashing"
READING = "reading and checking"
KEPT = "raw bytes kept, nothing written"
WRITING = "rows written, no commit"
BUILDING = "native copy half built"
COMMITTED = "committed, not answered"
ANSWERED = "answered"
STAGES = (STARTING, COPYING, READING, KEPT, WRITING, BUILDING, COMMITTED, ANSWERED)

DIE_AT = """
import importlib, os, signal, sys
place, when, name = sys.argv[1:4]
owner, attribute = place.rsplit(":", 1)
module, _, inner = owner.partition("/")
holder = importlib.import_module(module)
holder = getattr(holder, inner) if inner else holder
original = getattr(holder, attribute)
def dying(*arguments, **named):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = original(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(holder, attribute, dying)
from stopgap.cli.main import run
sys.exit(run(sys.argv[4:]))
"""
"""A command that dies before or after one function: ``module:function`` or ``module/Class:method``."""


@dataclass(frozen=True)
class Killed:
    """A command that was killed, or ended before the kill came.

    Attributes:
        stage: Where the kill fell.
        answer: What it had printed, if the whole answer was out.
    """

    stage: str
    answer: dict[str, object] | None


def environment() -> dict[str, str]:
    """The environment of a command: nothing of the user's lake."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOPGAP_")}
    return kept | {"PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "ignore"}


def stopgap(lake: Path, *arguments: object) -> dict[str, object]:
    """The answer of a command that must work."""
    done = subprocess.run(
        [sys.executable, "-m", "stopgap", *map(str, arguments), "--lake", str(lake), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def stopgap_here(lake: Path, *arguments: object) -> dict[str, object]:
    """The same in this process, for commands around a kill: to start one costs more than most of them."""
    from stopgap.cli.main import run

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*map(str, arguments), "--lake", str(lake), "--format", "json"])
    assert code == 0, out.getvalue() + err.getvalue()
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def kill_after(lake: Path, delay_s: float, *arguments: object, aim: Callable[[], bool] | None = None) -> Killed:
    """Start a command and kill it after a while, counted from its start, or from the moment ``aim`` holds."""
    before = _marks(lake)
    command = [sys.executable, "-m", "stopgap", *map(str, arguments), "--lake", str(lake), "--format", "json"]
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=environment())
        while aim is not None and child.poll() is None and not aim():
            time.sleep(0.0005)
        try:
            child.wait(delay_s)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
        out.seek(0)
        printed = out.read()
    assert child.returncode in (0, -signal.SIGKILL), printed
    return _killed(lake, before, printed, arguments)


def die_at(lake: Path, place: str, when: str, *arguments: object) -> Killed:
    """Run a command that dies before or after a function of its own."""
    before = _marks(lake)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            DIE_AT,
            place,
            when,
            "stopgap",
            *map(str, arguments),
            "--lake",
            str(lake),
            "--format",
            "json",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == -signal.SIGKILL, f"{place} was never reached: {done.stdout}{done.stderr}"
    return _killed(lake, before, done.stdout, arguments)


def _killed(lake: Path, before: tuple[int, int], printed: str, arguments: tuple[object, ...]) -> Killed:
    size = sum(word.stat().st_size for word in arguments if isinstance(word, Path) and word.is_file())
    try:
        answer = json.loads(printed)
    except json.JSONDecodeError:
        answer = None
    return Killed(ANSWERED if answer else _stage(lake, before, size), answer)


def _marks(lake: Path) -> tuple[int, int]:
    # Version 0 is the empty table, made just before its first rows.
    changes = sum(current_version(lake, table) or 0 for table in TABLES.values())
    return changes, len(_raw_files(lake))


def _raw_files(lake: Path) -> list[Path]:
    return [path for path in (lake / "receipts").rglob("*") if path.is_file()]


def _stage(lake: Path, before: tuple[int, int], size: int) -> str:
    changes, raw = _marks(lake)
    if changes > before[0]:
        return COMMITTED
    if orphans(lake):
        return WRITING
    if raw > before[1]:
        return KEPT
    if list((lake / "derived").glob("*.building")):
        return BUILDING
    copies = list((lake / "incoming").glob("*/raw-*"))
    if copies:
        return READING if sum(path.stat().st_size for path in copies) == size else COPYING
    return STARTING


def new_file(folder: Path, pattern: str) -> Callable[[], bool]:
    """Whether a file has appeared in a folder since this was called."""
    known = set(folder.glob(pattern))
    return lambda: bool(set(folder.glob(pattern)) - known)


def new_data_file(lake: Path) -> Callable[[], bool]:
    """Whether a data file was begun since this was called."""
    return new_file(table_path(lake), "*.parquet")


def new_commit(lake: Path) -> Callable[[], bool]:
    """Whether a commit was made since this was called; the empty table's is none."""
    return new_file(table_path(lake) / "_delta_log", "*[1-9].json")


def after_a_kill(
    lake: Path, killed: Killed, *, old: dict[str, tuple[int, int]], new: dict[str, tuple[int, int]]
) -> str | None:
    """What is wrong with a lake after a kill; None when it is exactly the old or the new one."""
    found = digests(lake)
    if found not in (old, new):
        return f"neither the old nor the new vintages: {found}"
    if killed.answer is not None and found != new:
        return "the answer was out and its vintage is not there"
    failed = faults(lake)
    return f"lake check: {failed}" if failed else None
