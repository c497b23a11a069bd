"""Build the index of the lists in a process of its own, which leaves this one its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import RefusedError
from stopgap.screening.index.build import ready_index

LIMIT_S = 3600
"""Seconds after which a process is given up."""


_RUNNING: set[subprocess.Popen[str]] = set()


def build_aside(lake: Path, *, as_of: str | None, on: str | None) -> None:
    """Build and keep the index of the lists as the current viewer sees them; without effect where that fails.

    Raises:
        RefusedError: The process was ended from outside.
    """
    viewer = current_viewer()
    hidden = sorted(viewer.hidden_receipts(lake)) if viewer is not None else []
    asked = json.dumps({"as_of": as_of, "on": on, "withheld": hidden})
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(lake)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError:
        return
    _RUNNING.add(process)
    try:
        process.communicate(asked, LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        _RUNNING.discard(process)
    if process.returncode < 0:
        raise RefusedError(
            "the process that built the index of the lists was ended",
            where=f"process {process.pid}, signal {-process.returncode}",
            fix="ask again; memory may have run out, or the service is being stopped",
        )


def end_builds() -> None:
    """End the processes that build an index, since the program is about to end."""
    for process in list(_RUNNING):
        process.terminate()


def main() -> None:
    asked = json.load(sys.stdin)
    ready_index(Path(sys.argv[1]), as_of=asked["as_of"], on=asked["on"], withheld=frozenset(asked["withheld"]))


if __name__ == "__main__":
    main()
