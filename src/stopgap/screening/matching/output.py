"""Write the answers to a file of names: CSV or JSON batch by batch, so that a killed run can resume, or Parquet."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stopgap.base.atomic_files import make_durable, sync_folder, write_whole
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.spreadsheets import guarded
from stopgap.base.sql import quoted
from stopgap.base.visible_text import json_escaped
from stopgap.screening.matching.match_listing import MatchListing, decision_words
from stopgap.screening.matching.match_selection import ScreenAnswer, ScreenedMatch
from stopgap.screening.matching.rows import AskedRow

if TYPE_CHECKING:
    import pyarrow as pa

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
    "kind": "VARCHAR",
    "list_name": "VARCHAR",
    "programme": "VARCHAR",
    "annex": "VARCHAR",
    "economy": "VARCHAR",
    "address": "VARCHAR",
    "listed_on": "DATE",
    "reason": "VARCHAR",
    "identifiers": "VARCHAR",
    "receipt": "VARCHAR",
    "rows_query": "VARCHAR",
    "is_other_kind": "BOOLEAN",
    "listings": "BIGINT",
    "other_listings": "VARCHAR",
}
"""Column of the table of matches -> its SQL type."""


def form_named(name: str | None, output: Path) -> FormName:
    """Return the output format: the requested one, otherwise that of the file's extension, otherwise CSV.

    An unsupported format raises UsageError.
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
    """A row of the file and its answer; the answer is ``None`` if the row was rejected."""

    row: AskedRow
    answer: ScreenAnswer | None


class CsvForm:
    """CSV encoder with one row per match; if ``is_guarded``, cells that look like formulas get a leading ``'``."""

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
        """Return no bytes, because a table has no closing part."""
        del summary
        return b""


class JsonForm:
    """JSON encoder of one object: ``rows``, with one object per row of the file on its own line, and the summary."""

    def head(self) -> bytes:
        return b'{"rows": [\n'

    def rows(self, answers: Sequence[RowAnswer], *, is_first: bool) -> bytes:
        """Encode every row of a batch, with its matches, or with the reason why it was rejected."""
        lines = [json.dumps(_document(found), ensure_ascii=False, allow_nan=False) for found in answers]
        text = json_escaped(",\n".join(lines))
        return (text if is_first or not lines else ",\n" + text).encode("utf-8", "replace")

    def tail(self, summary: Mapping[str, Any]) -> bytes:
        """Return the end of the object, with the fields of the summary."""
        rest = json_escaped(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        return ("\n],\n" + rest[1:] + "\n").encode()


def match_rows(number: int, answer: ScreenAnswer) -> list[tuple[Any, ...]]:
    """Return the matches of an answer as rows of :data:`COLUMNS`, one for each entity."""
    return [
        (number, answer.query.name, match.entity_id, match.list, match.name, match.matched_name, match.score, match.rank,
         match.alerts, decision_words(found.standing), match.list_date, *_listing_cells(found))
        for found in answer.matches
        for match in (found.match,)
    ]  # fmt: skip


def matches_table(answers: Iterable[tuple[int, ScreenAnswer]]) -> pa.Table:
    """Return the matches of answers, each with the number of its row, as a table of :data:`COLUMNS`."""
    import pyarrow as pa

    kinds: dict[str, Any] = {
        "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    }  # fmt: skip
    rows = [dict(zip(COLUMNS, row, strict=True)) for number, answer in answers for row in match_rows(number, answer)]
    for row in rows:
        for name in ("list_date", "listed_on"):
            row[name] = dt.date.fromisoformat(row[name]) if row[name] else None
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()]))


def _listing_cells(found: ScreenedMatch) -> tuple[Any, ...]:
    """Return the cells that tell what was matched; lists within a cell are joined by ``; ``."""
    is_other, count = found.match.is_other_kind, len(found.listings)
    if not count:
        return (*[None] * 11, is_other, 0, None)
    first, *others = found.listings
    return (
        first.kind.value, first.list_name, first.programme or None, first.annex, "; ".join(first.economies) or None,
        "; ".join(first.addresses) or None, first.listed_on, first.reason, first.numbers or None, first.receipt,
        first.rows_query, is_other, count, "; ".join(map(listing_words, others)) or None,
    )  # fmt: skip


def listing_words(listing: MatchListing) -> str:
    """Return a listing as short text: list, programme, id, first day and decision."""
    parts = [f"{listing.list} {listing.entity_id}" if listing.list_name != listing.list else listing.entity_id]
    if listing.programme:
        parts.append(listing.programme)
    if listing.listed_on:
        parts.append(f"listed on {listing.listed_on}")
    if (decided := decision_words(listing.standing)) is not None:
        parts.append(f"decided: {decided}")
    return f"{listing.list_name} ({', '.join(parts)})"


def _document(found: RowAnswer) -> dict[str, Any]:
    if found.answer is None:
        return {"row": found.row.number, "query": found.row.name, "matches": [], "rejected": found.row.rejected}
    return {"row": found.row.number, **found.answer.as_dict()}


def write_parquet(table: Path, target: Path, *, marking: Marking) -> None:
    """Convert a CSV table of matches that :class:`CsvForm` wrote unguarded to a Parquet file, in the same order.

    The table need not fit in memory. The marking is stored in the file's metadata. If the file cannot be written
    (OSError), no partial file remains.
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
"""Input that must be unchanged for a run to resume -> its description in messages."""


class PartFile:
    """Partial output file: answers in ``FILE.part``, with the progress in ``FILE.state``.

    Attributes:
        done: Number of input rows answered in it.
        counts: Counts over these rows.
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
        """Resume the partial output, or start a new one; raise RefusedError if it was started with other inputs."""
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
        """Append answers; they are durable on disk when the method returns."""
        with _told(self.output):
            with self._part.open("ab") as part:
                part.write(content)
            self._bytes += len(content)
            self.done, self.counts = done, dict(counts)
            self._keep()

    def finish(self, tail: bytes, form: FormName) -> None:
        """Complete the output and move it into place."""
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
        """Read the stored state; ``None`` if it is missing or invalid, or the partial file is missing or too short."""
        try:
            state: dict[str, Any] = json.loads(self._state.read_text("utf-8"))
            is_whole = state["format"] == _STATE_FORMAT and self._part.stat().st_size >= state["bytes"]
            return state if is_whole and {"key", "rows", "counts"} <= set(state) else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


@contextlib.contextmanager
def writing(output: Path) -> Iterator[None]:
    """Lock an output file against other processes while it is written.

    A file that another process is writing raises RefusedError; one that cannot be written raises InputError.
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
    """Write the rejected rows to ``<stem>.rejects.csv`` in the folder of the output; return the path."""
    path = output.with_name(f"{output.stem}.rejects.csv")
    with _told(path):
        write_whole(path, "row,query,reason\n" + lines)
    return path


def _beside(output: Path, ending: str) -> Path:
    return output.with_name(output.name + ending)


@contextlib.contextmanager
def _told(output: Path) -> Iterator[None]:
    """Convert an OSError while writing a file to an InputError."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(output),
            fix="choose another --output, or free space on the disk; the same command goes on from what is there",
        ) from error
