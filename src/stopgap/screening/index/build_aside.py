"""Build the index of the lists in a process of its own, which leaves this one its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from stopgap.base.clearance import current_viewer
from stopgap.screening.index.build import ready_index

LIMIT_S = 3600
"""Seconds after which a process is given up."""


def build_aside(lake: Path, *, as_of: str | None, on: str | None) -> None:
    """Build and keep the index of the lists as the current viewer sees them; without effect where that fails."""
    viewer = current_viewer()
    hidden = sorted(viewer.hidden_receipts(lake)) if viewer is not None else []
    asked = json.dumps({"as_of": as_of, "on": on, "withheld": hidden})
    try:
        subprocess.run(
            [sys.executable, "-m", __name__, str(lake)],
            input=asked,
            text=True,
            timeout=LIMIT_S,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


def main() -> None:
    asked = json.load(sys.stdin)
    ready_index(Path(sys.argv[1]), as_of=asked["as_of"], on=asked["on"], withheld=frozenset(asked["withheld"]))


if __name__ == "__main__":
    main()
