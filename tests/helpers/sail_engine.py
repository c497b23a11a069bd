"""Sail as an engine of tests: its server and its client run in an environment of their own, which this one asks."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.lake.stage import Stage

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-sail" / "bin" / "python"
ABSENT = "the environment of Sail is not made (.venv-sail; python tools/setup.py sail)"
CHILD = Path(__file__).with_name("sail_child.py")


class SailError(Exception):
    """What Sail refused, in its words."""


def sail_environment(**more: str) -> dict[str, str]:
    """Environment of a process of Sail's environment that has the package of this checkout."""
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(CHILD.parent)])} | more


@dataclass
class SailEngine:
    """Runs stages in the process of Sail's environment; see :class:`stopgap.lake.engines.engine.Engine`."""

    child: subprocess.Popen[bytes]
    name: str = "sail"

    def run(self, stage: Stage, *, tables: Any = None, params: Any = None) -> pa.Table:
        """Run a stage and return its rows."""
        return self._ask("run", _by_its_text(stage), dict(tables or {}), dict(params or {}))

    def read(self, trade: Sequence[Path], declarations: Sequence[Path] = ()) -> None:
        """Take a new session, whose relations are those of Parquet files."""
        self._ask("read", [str(path) for path in trade], [str(path) for path in declarations])

    def _ask(self, *words: Any) -> Any:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        pickle.dump(words, self.child.stdin)
        self.child.stdin.flush()
        done, answer = pickle.load(self.child.stdout)
        if not done:
            raise SailError(answer)
        return answer


def _by_its_text(stage: Stage) -> Stage:
    """The stage without what DuckDB may do in its place, which is no data."""
    return Stage(stage.name, stage.sql, tuple(map(_by_its_text, stage.needs)), stage.is_shared)


def sail_command() -> list[str]:
    """The command of Sail's own environment, which runs this checkout's package."""
    return [str(PYTHON), "-m", "stopgap"]


@contextlib.contextmanager
def sail_engine() -> Iterator[SailEngine]:
    """A server of Sail and its client, ended at the end; :data:`PYTHON` must exist."""
    child = subprocess.Popen(
        [str(PYTHON), str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=sail_environment(),
    )
    try:
        yield SailEngine(child)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
