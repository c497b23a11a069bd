"""Write answers batch by batch, so that a killed run can resume."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from stopgap.base.atomic_files import make_durable, sync_folder, write_whole
from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import CLEAR, Marking
from stopgap.screening.matching.formats import FormName, write_parquet

_STATE_FORMAT = 1

_SAYS = {
    "input": "the file of names",
    "options": "the options",
    "index": "the lists in force, or the version of Stopgap",
    "decisions": "the decisions on matches",
}
"""What must be as it was -> in words."""


class OutputState(TypedDict):
    """How far a run is: what it was begun with, and what is written."""

    format: int
    key: Mapping[str, Any]
    rows: int
    bytes: int
    counts: dict[str, int]


class PartFile:
    """Answers on their way to a file: in ``FILE.part``, with ``FILE.state`` saying how far they go.

    Attributes:
        done: Rows of the input that are answered in it.
        counts: What was counted over these.
    """

    def __init__(self, output: Path, key: Mapping[str, str], *, marking: Marking = CLEAR) -> None:
        self.output = output
        self._marking = marking
        self._key = dict(key)
        self._part = _beside(output, ".part")
        self._state = _beside(output, ".state")
        self._new_state = _beside(output, ".state.new")
        self._bytes = 0
        self.done = 0
        self.counts: dict[str, int] = {}

    def begin(self, head: bytes, *, restart: bool) -> None:
        """Take up what is there, or begin anew.

        Raises:
            RefusedError: What is there was begun with something else.
        """
        state = None if restart else self._read()
        if state is None:
            with _told(self.output):
                self._part.write_bytes(head)
                self._bytes = len(head)
                self._keep()
            return
        changed = [words for name, words in _SAYS.items() if state["key"].get(name) != self._key[name]]
        if changed:
            raise RefusedError(
                f"{self.output.name} was begun with another state of: {'; '.join(changed)}",
                where=f"{self._state}: {state['rows']:,} rows are done",
                fix="begin anew with --restart; or bring back what it was begun with (--as-of VINTAGE for the lists)",
            )
        with _told(self.output), self._part.open("rb+") as part:
            part.truncate(state["bytes"])
        self._bytes, self.done, self.counts = state["bytes"], state["rows"], dict(state["counts"])

    def add(self, content: bytes, *, done: int, counts: Mapping[str, int]) -> None:
        """Add answers; they are on the disk when this returns."""
        with _told(self.output):
            with self._part.open("ab") as part:
                part.write(content)
            self._bytes += len(content)
            self.done, self.counts = done, dict(counts)
            self._keep()

    def finish(self, tail: bytes, form: FormName) -> None:
        """Put the whole answer in the place of the file."""
        with _told(self.output):
            if form == "parquet":
                write_parquet(self._part, self.output, marking=self._marking)
                self._part.unlink()
            else:
                with self._part.open("ab") as part:
                    part.write(tail)
                make_durable(self._part)
                os.replace(self._part, self.output)
            for path in (self._state, self._new_state):
                path.unlink(missing_ok=True)
            sync_folder(self.output.parent)

    def _keep(self) -> None:
        make_durable(self._part)
        state: OutputState = {
            "format": _STATE_FORMAT,
            "key": self._key,
            "rows": self.done,
            "bytes": self._bytes,
            "counts": self.counts,
        }
        self._new_state.write_text(json.dumps(state), "utf-8")
        make_durable(self._new_state)
        os.replace(self._new_state, self._state)

    def _read(self) -> OutputState | None:
        """The state that was kept; ``None`` where there is none, or its part is not there."""
        try:
            state: OutputState = json.loads(self._state.read_text("utf-8"))
            is_whole = state["format"] == _STATE_FORMAT and self._part.stat().st_size >= state["bytes"]
            return state if is_whole and {"key", "rows", "counts"} <= set(state) else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


@contextlib.contextmanager
def writing(output: Path) -> Iterator[None]:
    """Keep others from writing the same file.

    Raises:
        RefusedError: Another process writes it.
        InputError: It cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(_beside(output, ".lock"))
    with _told(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RefusedError(
                "another process writes this file", where=str(output), fix="wait for it, or choose another --output"
            ) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            _beside(output, ".lock").unlink()
        lock.release()


def write_rejects(output: Path, lines: str) -> Path:
    """Write the rejected rows of a file beside its answers."""
    path = output.with_name(f"{output.stem}.rejects.csv")
    with _told(path):
        write_whole(path, "row,query,reason\n" + lines)
    return path


def _beside(output: Path, ending: str) -> Path:
    return output.with_name(output.name + ending)


@contextlib.contextmanager
def _told(output: Path) -> Iterator[None]:
    """Say that a file cannot be written, where the system says so."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(output),
            fix="choose another --output, or free space on the disk; the same command goes on from what is there",
        ) from error
