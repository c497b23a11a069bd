"""A command ends at once, and still: threads end, what is registered runs, text is written, no folder stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHILD = """
from stopgap.cli.terminal import process_exit
process_exit.prepare()
import atexit, sys, tempfile, threading, time
from pathlib import Path
from stopgap.lake.reading import reading_connection

class Kept:
    def __del__(self):
        print("cleaned up", flush=True)

kept = Kept()
at_end = tempfile.TemporaryDirectory()
con = reading_connection(memory_bytes=60 * 2**20)
con.execute("SET threads = 1")
rows = con.execute("SELECT i, hash(i) AS h, repeat('x', 60) AS t FROM range(3000000) r(i) ORDER BY h, i")
first = rows.fetchone()
print("spilled", any(any(path.iterdir()) for path in Path(tempfile.gettempdir()).glob("stopgap-rows-*")))
def late():
    time.sleep(0.2)
    print("thread ended", flush=True)
threading.Thread(target=late).start()
atexit.register(print, "registered ran")
sys.stderr.write("to stderr")
process_exit.exit_with(int(sys.argv[1]))
"""


def child(folder: Path, code: int, **streams: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": ""}
    words = [sys.executable, "-c", CHILD, str(code)]
    return subprocess.run(words, env=environment, text=True, stderr=subprocess.PIPE, **streams, check=False)


def test_what_must_end_has_ended(tmp_path: Path) -> None:
    done = child(tmp_path, 3, stdout=subprocess.PIPE)
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == ["spilled True", "thread ended", "registered ran"]
    assert done.stderr == "to stderr"
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = child(tmp_path, 0, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode != 0
    assert "BrokenPipeError" in done.stderr
    assert list(tmp_path.iterdir()) == []
