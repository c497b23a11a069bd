"""A disk that is full, a lake that cannot be written, files that cannot grow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes
from killing import environment, stopgap_here
from lake_state import digests, faults, lake_state

from stopgap.intake.importing import import_paths


@cache
def namespaces() -> bool:
    """Whether this system lets a user have mounts of his own."""
    if shutil.which("unshare") is None:
        return False
    test = "mount -t tmpfs -o size=64k none /mnt"
    return subprocess.run(["unshare", "-rm", "sh", "-c", test], capture_output=True, check=False).returncode == 0  # fmt: skip


needs_mounts = pytest.mark.skipif(
    not namespaces(), reason="the system gives users no mounts of their own (unshare -rm)"
)


def write_file(folder: Path, name: str, rows: int, **changes: object) -> Path:
    """A file of so many figures."""
    path = folder / name
    made = (
        comtrade_row(cmdCode=f"{100000 + n}", primaryValue=f"{n * 7919}.25", netWgt=f"{n * 31}.5", **changes)
        for n in range(rows)
    )
    path.write_bytes(csv_bytes(made))
    return path


def inside(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A shell script in a place of its own, where it may mount."""
    return subprocess.run(
        ["unshare", "-rm", "sh", "-euc", script, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment() | {"PYTHON": sys.executable},
        timeout=120,
    )


FULL = """
mount -t tmpfs -o size="$3" none "$1"
cp -a "$2" "$1/lake"
shift 3
out="$1"; shift
set +e
"$PYTHON" -m stopgap "$@" --format json --lake "$MOUNT/lake" > "$out/answer" 2> "$out/errors"
echo $? > "$out/code"
"$PYTHON" -m stopgap lake check --format json --lake "$MOUNT/lake" > "$out/check" 2>> "$out/errors"
rm -rf "$out/after"; cp -a "$MOUNT/lake" "$out/after"
dd if=/dev/zero of="$MOUNT/filler" 2>/dev/null
"$PYTHON" -m stopgap query "SELECT count(*) AS n FROM trade" --format json --lake "$MOUNT/lake" > "$out/query" 2>> "$out/errors"
echo $? > "$out/read"
"""


def on_a_small_disk(tmp_path: Path, base: Path, size_kb: int, *command: object) -> dict[str, object]:
    """A command on a copy of a lake on a disk of this size: its exit code, answer, and the lake after."""
    mount, out = tmp_path / "mount", tmp_path / "out"
    mount.mkdir(exist_ok=True)
    out.mkdir(exist_ok=True)
    script = FULL.replace("$MOUNT", str(mount))
    done = inside(script, mount, base, f"{size_kb}k", out, *command)
    assert (out / "read").exists(), done.stderr
    errors = (out / "errors").read_text()
    assert "Traceback" not in errors
    return {
        "code": int((out / "code").read_text()),
        "answer": json.loads((out / "answer").read_text()),
        "check": json.loads((out / "check").read_text()),
        "read": int((out / "read").read_text()),
        "query": (out / "query").read_text(),
        "lake": out / "after",
        "errors": errors,
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A lake of one vintage."""
    folder = tmp_path_factory.mktemp("disk")
    import_paths(folder / "lake", [write_file(folder, "old.csv", 300)])
    return folder / "lake"


@pytest.mark.one_in(4)
@needs_mounts
@pytest.mark.parametrize("spare_kb", [16, 1150])
def test_an_import_onto_a_full_disk_leaves_the_old_lake_or_the_new_one(tmp_path, base, spare_kb):
    path = write_file(tmp_path, "new.csv", 2000)
    whole = tmp_path / "whole"
    shutil.copytree(base, whole)
    import_paths(whole, [path])
    used_kb = sum(-(-file.stat().st_size // 4096) * 4 for file in base.rglob("*") if file.is_file()) + 4 * 16
    found = on_a_small_disk(tmp_path, base, used_kb + spare_kb, "import", path)
    assert found["check"]["passed"], found["check"]
    after = digests(found["lake"])
    if found["code"] == 0:
        assert after == digests(whole)
    else:
        assert found["code"] == 5, found["answer"]
        assert found["answer"]["error"]["what"].startswith("the lake cannot be written")
        assert "space" in found["answer"]["error"]["fix"]
        assert after == digests(base)
        # What it had begun is cleared by the next import, which finds room.
        import_paths(found["lake"], [path])
        assert lake_state(found["lake"])["strays"] == []
        assert digests(found["lake"]) == digests(whole)
    # A reader needs no room at all.
    assert found["read"] == 0, found["errors"]
    assert json.loads(found["query"])["rows"]


@pytest.mark.prove_only
@needs_mounts
@pytest.mark.parametrize("command", ["compact", "withdraw"])
def test_upkeep_on_a_full_disk_changes_nothing(tmp_path, base, command):
    lake = tmp_path / "two"
    shutil.copytree(base, lake)
    done = import_paths(lake, [write_file(tmp_path, "more.csv", 300, partnerCode="398")])
    before = digests(lake)
    words = {"compact": ("lake", "compact"), "withdraw": ("lake", "withdraw", done.receipts[0], "--why", "a test")}[
        command
    ]
    used_kb = sum(-(-file.stat().st_size // 4096) * 4 for file in lake.rglob("*") if file.is_file()) + 4 * 16
    found = on_a_small_disk(tmp_path, lake, used_kb + 8, *words)
    assert found["check"]["passed"], found["check"]
    after = digests(found["lake"])
    if found["code"] == 0:
        assert {vintage: after[vintage] for vintage in before} == before
    else:
        assert found["code"] == 5, found["answer"]
        assert after == before


READ_ONLY = """
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
shift
exec "$PYTHON" -c "$@"
"""
COMMANDS = """
import contextlib, io, json, sys
from stopgap.cli.main import run
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = run(words)
    print(json.dumps([code, out.getvalue()]))
"""
"""Runs commands one after the other; a line of JSON each, with exit code and answer."""


@pytest.mark.prove_only
@needs_mounts
def test_a_read_only_lake_is_read_and_not_written(tmp_path, base):
    lake = tmp_path / "lake"
    shutil.copytree(base, lake)
    shutil.rmtree(lake / "derived", ignore_errors=True)
    before = {path: path.stat().st_mtime_ns for path in lake.rglob("*")}
    path = write_file(tmp_path, "new.csv", 10)
    receipt = stopgap_here(lake, "query", "SELECT receipt FROM receipts")["rows"][0]["receipt"]
    shutil.rmtree(lake / "derived", ignore_errors=True)
    before = {place: place.stat().st_mtime_ns for place in lake.rglob("*")}

    reads = [
        ("query", "SELECT count(*) AS n FROM trade"),
        ("lake", "vintages"),
        ("lake", "check"),
        ("lake", "export", tmp_path / "out"),
    ]
    writes = [("import", path), ("lake", "compact"), ("lake", "withdraw", receipt, "--why", "a test")]
    commands = [[*map(str, words), "--lake", str(lake), "--format", "json"] for words in (*reads, *writes)]
    done = inside(READ_ONLY, lake, COMMANDS, json.dumps(commands))
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [code for code, _ in answers] == [0] * len(reads) + [5] * len(writes), answers
    for _, answer in answers[len(reads) :]:
        error = json.loads(answer)["error"]
        assert error["what"].startswith("the lake cannot be written")
        assert error["fix"]
    assert {place: place.stat().st_mtime_ns for place in lake.rglob("*")} == before
    assert faults(lake) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_lake_without_permission_to_write_is_read(tmp_path, base):
    lake = tmp_path / "lake"
    shutil.copytree(base, lake)
    shutil.rmtree(lake / "derived", ignore_errors=True)
    for folder in (lake, *(path for path in lake.rglob("*") if path.is_dir())):
        folder.chmod(0o555)
    try:
        assert stopgap_here(lake, "query", "SELECT count(*) AS n FROM trade")["rows"] == [{"n": 300}]
    finally:
        for folder in (lake, *(path for path in lake.rglob("*") if path.is_dir())):
            folder.chmod(0o755)


@pytest.mark.prove_only
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize("limit", [200, 30_000])
@pytest.mark.parametrize("command", ["compact", "withdraw"])
def test_upkeep_that_may_write_no_large_file_changes_nothing(tmp_path, base, command, limit):
    import resource

    lake = tmp_path / "lake"
    shutil.copytree(base, lake)
    done = import_paths(lake, [write_file(tmp_path, "more.csv", 3000, partnerCode="398")])
    before = digests(lake)
    words = ("lake", "compact") if command == "compact" else ("lake", "withdraw", done.receipts[0], "--why", "x")  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "stopgap", *words, "--lake", str(lake)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        env=environment(),
    )
    after = digests(lake)
    assert "Traceback" not in ran.stderr
    assert ran.returncode in (0, 5), ran.stderr
    assert {vintage: after[vintage] for vintage in before} == before
    assert len(after) == len(before) + (ran.returncode == 0 and command == "withdraw")
    assert faults(lake) == []
