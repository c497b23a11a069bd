"""Write the answers to a file of names: CSV or JSON batch by batch, so that a killed run can resume, or Parquet."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stopgap.base.atomic_files import make_durable, sync_folder, write_whole
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.spreadsheets import guarded
from stopgap.base.sql import quoted
from stopgap.base.visible_text import json_escaped
from stopgap.screening.matching.match_selection import ScreenAnswer, decision_words
from stopgap.screening.matching.rows import AskedRow

FormName = Literal["csv", "json", "parquet"]

COLUMNS = {
    "row": "BIGINT",
    "query": "VARCHAR",
    "entity_id": "VARCHAR",
    "list": "VARCHAR",
    "name": "VARCHAR",
    "matched_name": "VARCHAR",
    "score": "DOUBLE",
    "rank": "BIGINT",
    "alerts": "BOOLEAN",
    "decision": "VARCHAR",
    "list_date": "DATE",
}
"""Column of the table of matches -> its type."""


def form_named(name: str | None, output: Path) -> FormName:
    """The format that is meant: what is asked for, else what the file's name ends in, else CSV.

    A format that answers are not written in is refused (UsageError).
    """
    by_ending: dict[str, FormName] = {".json": "json", ".parquet": "parquet"}
    match name:
        case None:
            return by_ending.get(output.suffix.lower(), "csv")
        case "csv" | "json" | "parquet":
            return name
    raise UsageError(f"a file of names is not answered as {name}", where="--format", fix="choose csv, json or parquet")


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """A row of the file and its answer; ``None`` where the row was rejected."""

    row: AskedRow
    answer: ScreenAnswer | None


class CsvForm:
    """One row a match; where a spreadsheet is to read it, cells that look like formulas get a leading ``'``."""

    def __init__(self, *, is_guarded: bool = True) -> None:
        self._is_guarded = is_guarded

    def head(self) -> bytes:
        return (",".join(COLUMNS) + "\n").encode()

    def rows(self, answers: Sequence[RowAnswer], *, is_first: bool) -> bytes:
        del is_first
        sink = io.StringIO()
        writer = csv.writer(sink, lineterminator="\n")
        for found in answers:
            if found.answer is not None:
                for row in match_rows(found.row.number, found.answer):
                    cells = ("" if value is None else value for value in row)
                    writer.writerow([guarded(cell) if self._is_guarded else cell for cell in cells])
        return sink.getvalue().encode("utf-8", "replace")

    def tail(self, summary: Mapping[str, Any]) -> bytes:
        """Nothing: a table has no end."""
        del summary
        return b""


class JsonForm:
    """One object: ``rows``, an object for each row of the file on a line of its own, and the summary."""

    def head(self) -> bytes:
        return b'{"rows": [\n'

    def rows(self, answers: Sequence[RowAnswer], *, is_first: bool) -> bytes:
        """Every row of a batch, with its matches, or with the reason why it was rejected."""
        lines = [json.dumps(_document(found), ensure_ascii=False, allow_nan=False) for found in answers]
        text = json_escaped(",\n".join(lines))
        return (text if is_first or not lines else ",\n" + text).encode("utf-8", "replace")

    def tail(self, summary: Mapping[str, Any]) -> bytes:
        """The end of the object: the fields of the summary."""
        rest = json_escaped(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        return ("\n],\n" + rest[1:] + "\n").encode()


def match_rows(number: int, answer: ScreenAnswer) -> list[tuple[Any, ...]]:
    """The matches of an answer as rows of :data:`COLUMNS`."""
    return [
        (number, answer.query.name, match.entity_id, match.list, match.name, match.matched_name, match.score, match.rank,
         match.alerts, decision_words(found.standing), match.list_date)
        for found in answer.matches
        for match in (found.match,)
    ]  # fmt: skip


def _document(found: RowAnswer) -> dict[str, Any]:
    if found.answer is None:
        return {"row": found.row.number, "query": found.row.name, "matches": [], "rejected": found.row.rejected}
    return {"row": found.row.number, **found.answer.as_dict()}


def write_parquet(table: Path, target: Path, *, marking: Marking) -> None:
    """Make Parquet of a table of matches that :class:`CsvForm` wrote unguarded, in its order and within memory.

    The marking stands in its metadata. Nothing is left behind where it cannot be written (OSError).
    """
    import duckdb

    building = target.with_name(f".{target.name}.building")
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    try:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute("SET preserve_insertion_order = true")
            con.execute(
                f"COPY (SELECT * FROM read_csv({quoted(str(table))}, header = true, auto_detect = false, delim = ',', "
                f"quote = '\"', escape = '\"', columns = {{{columns}}}, parallel = false)) "
                f"TO {quoted(str(building))} (FORMAT parquet, KV_METADATA {{marking: {quoted(json.dumps(marking.as_dict()))}}})"
            )
        make_durable(building)
        os.replace(building, target)
    finally:
        building.unlink(missing_ok=True)


_STATE_FORMAT = 1

_SAYS = {
    "input": "the file of names",
    "options": "the options",
    "index": "the lists in force, or the version of Stopgap",
    "decisions": "the decisions on matches",
}
"""What must be as it was -> in words."""


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
        """Take up what is there, or begin anew; refuses (RefusedError) what was begun with something else."""
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
        state = {"format": _STATE_FORMAT, "key": self._key, "rows": self.done, "bytes": self._bytes}
        self._new_state.write_text(json.dumps({**state, "counts": self.counts}), "utf-8")
        make_durable(self._new_state)
        os.replace(self._new_state, self._state)

    def _read(self) -> dict[str, Any] | None:
        """The state that was kept; ``None`` where there is none, or its part is not there."""
        try:
            state: dict[str, Any] = json.loads(self._state.read_text("utf-8"))
            is_whole = state["format"] == _STATE_FORMAT and self._part.stat().st_size >= state["bytes"]
            return state if is_whole and {"key", "rows", "counts"} <= set(state) else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


@contextlib.contextmanager
def writing(output: Path) -> Iterator[None]:
    """Keep others from writing the same file.

    Refuses one that another process writes (RefusedError), or that cannot be written (InputError).
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
