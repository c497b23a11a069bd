"""Reads files in a process of its own, so that a hang, a crash and memory without bound are seen, not suffered.

The process takes one JSON request a line and answers one JSON line: the rows that a
file gives, or the error; and the largest memory that it has held so far.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from killing import environment

MEMORY_LIMIT_MIB = 1024
TIME_LIMIT_S = 30.0
CHILD = Path(__file__).resolve().with_name("reader_child.py")

LOADED = "loaded"
REFUSED = "refused"
BUG = "bug"
DIED = "died"
HUNG = "hung"


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        kind: ``loaded``, ``refused`` (with an error that says what, where, fix), or what must never be:
            ``bug`` (another error), ``died``, ``hung``.
        rows: Rows staged, as plain values.
        rejected: Rows rejected.
        missing: Rows not reported.
        warnings: Warnings.
        error: Text of the error.
        peak_mib: Largest memory of the process so far.
    """

    kind: str
    rows: tuple[dict[str, Any], ...] = ()
    rejected: int = 0
    missing: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""
    peak_mib: float = 0.0

    @property
    def total(self) -> float:
        """Sum of the values as reported."""
        return sum(row["value_reported"] for row in self.rows)


class ReaderProcess:
    """The process, started anew after a death."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 closed with the process

    def read(
        self,
        path: Path,
        *,
        lake: Path | None = None,
        mapping: Path | None = None,
        source: str | None = None,
        encoding: str | None = None,
        allow_rejects: bool = False,
        flow: str | None = None,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> Outcome:
        """Read a file, or import it where a lake is given."""
        request = {
            "path": str(path), "lake": str(lake) if lake else None, "mapping": str(mapping) if mapping else None,
            "source": source, "encoding": encoding, "allow_rejects": allow_rejects, "flow": flow,
        }  # fmt: skip
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        # No call waits for ever: what is silent for too long hangs.
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            if not ready.select(time_limit_s):
                self.stop()
                return Outcome(HUNG, error=f"no answer in {time_limit_s:.0f} s")
        line = child.stdout.readline()
        if not line:
            code = child.wait()
            self._errors.seek(0)
            said = self._errors.read()[-500:]
            self.stop()
            return Outcome(DIED, error=f"exit code {code}: {said}")
        answer = json.loads(line)
        answer["rows"] = tuple(answer.get("rows", ()))
        answer["warnings"] = tuple(answer.get("warnings", ()))
        return Outcome(**answer)

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-W", "ignore", str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                env=environment(),
            )
        return self._child

    def stop(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for stream in (self._child.stdin, self._child.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            self._child = None

    def close(self) -> None:
        """End the process for good."""
        self.stop()
        self._errors.close()
