"""Stage the files of an import: small ones of one layout in one pass, all others each by itself."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from stopgap.base.errors import StopgapError
from stopgap.base.progress import Progress
from stopgap.base.sql import quoted
from stopgap.lake.importing.original import Original
from stopgap.lake.receipts import receipt_id
from stopgap.lake.schema import TABLES
from stopgap.sources.files.file_head import HEAD_BYTES

if TYPE_CHECKING:
    from stopgap.lake.importing.options import ImportOptions
    from stopgap.lake.importing.parts import ImportParts
    from stopgap.sources.base import Staging
    from stopgap.sources.files.byte_validation import ByteCheck
    from stopgap.sources.registry import PreparedFile

BUNDLED_SIZE = 4 * 1024 * 1024
"""Maximum bytes of a file that is parsed with others: of larger ones, the work for each file hardly counts."""
BUNDLE_SIZE = 32 * 1024 * 1024
"""Maximum bytes of the files parsed in one pass, which bounds the memory that it takes."""
BUNDLE_FILES = 100
"""Maximum number of files parsed in one pass."""
WINDOW_FILES = 2_000
"""Maximum number of files whose beginnings are held in memory at the same time."""
WINDOW_SIZE = 64 * 1024 * 1024
"""Maximum bytes of these beginnings."""


@dataclass(frozen=True)
class Incoming:
    """A copied file that is being imported; the future ``durable`` completes when its bytes are on the disk.

    ``original`` is set where the file itself is parsed, as its copy is not in memory.
    """

    path: Path
    copy: Path
    sha256: str
    size: int
    check: ByteCheck
    durable: Future[None]
    original: Original | None = None

    @property
    def receipt(self) -> str:
        """Receipt of the file."""
        return receipt_id(self.sha256)


StagedFile: TypeAlias = "tuple[Incoming, Staging]"
"""A file of the import and the counts of its rows."""


@dataclass
class _Counts:
    """Files and rows read so far, shown while they are."""

    say: Progress
    files: int
    done: int = 0
    rows: int = 0

    def reading(self, name: str) -> None:
        if self.files == 1:
            self.say(f"reading {name}", None)
        else:
            rows = f", {self.rows:,} rows" if self.rows else ""
            self.say(f"reading file {self.done + 1:,} of {self.files:,}{rows}: {name}", self.done / self.files)

    def read(self, stagings: Sequence[Staging]) -> None:
        self.done += len(stagings)
        self.rows += sum(staging.rows_read for staging in stagings)


@dataclass
class _Bundled:
    """Positions and size of files that are parsed in one pass."""

    numbers: list[int] = field(default_factory=list)
    size: int = 0


def stage_files(
    con: duckdb.DuckDBPyConnection,
    items: Sequence[Incoming],
    options: ImportOptions,
    say: Progress,
    parts: ImportParts | None = None,
) -> list[StagedFile]:
    """Stage files into ``gathered``, and their rejects into ``all_rejects``; return their counts, in order.

    ``gathered`` has the columns of the table and ``receipt``, and ``number``, the file's position, where there are
    several. It holds the files of the first file's table alone. With ``parts`` the rows are added to these instead,
    and ``gathered`` is left to the caller.

    Raises:
        InputError: A file as a whole cannot be read; of several such files the error is that of the first.
        NotFoundError: No such source.
        UsageError: The user states what files of this source say themselves.
    """
    con.execute("CREATE TABLE all_rejects (file VARCHAR, row BIGINT, reason VARCHAR, content VARCHAR)")
    stager = _Stager(con, items, _Counts(say, len(items)), parts)
    for window in _windows(items):
        stager.stage(window, options)
    return [(item, stager.stagings[number]) for number, item in enumerate(items)]


def _windows(items: Sequence[Incoming]) -> Iterator[range]:
    """Yield the positions of files whose beginnings are held in memory at the same time."""
    start = size = 0
    for number, item in enumerate(items):
        if number > start and (number - start >= WINDOW_FILES or size > WINDOW_SIZE):
            yield range(start, number)
            start, size = number, 0
        size += min(item.size, HEAD_BYTES)
    yield range(start, len(items))


def _prepared(item: Incoming, options: ImportOptions) -> PreparedFile:
    from stopgap.sources.registry import CopiedFile, prepare_file

    return prepare_file(
        item.copy if item.original is None else item.original.link,
        copied=CopiedFile(item.path.name, item.check),
        source=options.source,
        mapping=options.mapping,
        encoding=options.encoding,
        rates=options.rates,
        told=options.told,
    )


def _bundles(items: Sequence[Incoming], prepared: Mapping[int, PreparedFile]) -> list[list[int]]:
    """Return the positions of the files that are parsed together, in the order of the first of each."""
    bundles: list[_Bundled] = []
    open_ones: dict[Hashable, _Bundled] = {}
    for number, each in prepared.items():
        size = items[number].size
        key = each.bundle_key() if len(prepared) > 1 and size <= BUNDLED_SIZE else None
        found = open_ones.get(key) if key is not None else None
        if found is None or found.size + size > BUNDLE_SIZE or len(found.numbers) >= BUNDLE_FILES:
            found = _Bundled()
            bundles.append(found)
            if key is not None:
                open_ones[key] = found
        found.numbers.append(number)
        found.size += size
    return [bundle.numbers for bundle in bundles]


class _Stager:
    """Stages the files of an import; ``stagings`` holds the counts of each file by its position."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, items: Sequence[Incoming], counts: _Counts, parts: ImportParts | None
    ) -> None:
        self._con = con
        self._parts = parts
        self._items = items
        self._counts = counts
        self._table: str | None = None
        self.stagings: dict[int, Staging] = {}

    def stage(self, window: Iterable[int], options: ImportOptions) -> None:
        """Stage the files at these positions; raise the error of the first that cannot be read."""
        prepared: dict[int, PreparedFile] = {}
        failed: tuple[int, StopgapError] | None = None
        for number in window:
            try:
                prepared[number] = _prepared(self._items[number], options)
            except StopgapError as error:
                failed = (number, error)
                break
        for bundle in _bundles(self._items, prepared):
            # Of the files before the one that failed another may fail too, and is then the one to tell.
            numbers = [number for number in bundle if failed is None or number < failed[0]]
            failed = self._read(numbers, prepared) or failed
        if failed is not None:
            raise failed[1]

    def _read(self, numbers: Sequence[int], prepared: Mapping[int, PreparedFile]) -> tuple[int, StopgapError] | None:
        """Stage a bundle; return the position and error of its first file that cannot be read."""
        from stopgap.sources.registry import read_bundle, read_prepared

        if len(numbers) > 1:
            self._counts.reading(self._items[numbers[0]].path.name)
            try:
                stagings = read_bundle(self._opened(), [prepared[number] for number in numbers])
            except (StopgapError, duckdb.Error):
                # One of them cannot be read, or not in one pass with others: it is found by halves.
                self._closed()
                half = len(numbers) // 2
                return self._read(numbers[:half], prepared) or self._read(numbers[half:], prepared)
            self._staged(numbers, stagings)
        for number in numbers if len(numbers) == 1 else ():
            self._counts.reading(self._items[number].path.name)
            try:
                staging = read_prepared(self._opened(), prepared[number])
            except StopgapError as error:
                self._closed()
                return number, error
            self._staged([number], [staging])
        return None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        # A schema of its own, so that nothing of one file meets the next.
        self._con.execute("CREATE SCHEMA staging; USE staging")
        return self._con

    def _closed(self) -> None:
        self._con.execute("USE main; DROP SCHEMA staging CASCADE")

    def _staged(self, numbers: Sequence[int], stagings: Sequence[Staging]) -> None:
        """Add the staged rows to ``gathered`` and the rejects to ``all_rejects``."""
        self.stagings |= dict(zip(numbers, stagings, strict=True))
        self._counts.read(stagings)
        if any(staging.rows_rejected for staging in stagings):
            self._keep_rejects(numbers)
        self._table = self._table or stagings[0].table
        columns = ", ".join(TABLES[self._table].staged_columns)
        if len(self._items) == 1:
            self._con.execute("USE main")
            _view_only(self._con, columns, quoted(self._items[0].receipt))
            return
        if all(staging.table == self._table for staging in stagings):
            files = ", ".join(
                f"({position}, {quoted(self._items[number].receipt)}, {number})"
                for position, number in enumerate(numbers)
            )
            at = "file" if len(numbers) > 1 else "0"
            # A table of the rows of several files outlives the ENUM types of one.
            rows = "staged" if self._parts is None else coded_rows(self._con)
            select = (
                f"SELECT {columns}, of_file.receipt, of_file.number FROM {rows} "
                f"JOIN (VALUES {files}) AS of_file(position, receipt, number) ON of_file.position = {at}"
            )
            if self._parts is not None:
                self._parts.add(select, TABLES[self._table])
            else:
                self._con.execute(f"CREATE TABLE IF NOT EXISTS main.gathered AS {select} LIMIT 0")
                self._con.execute(f"INSERT INTO main.gathered {select}")
        self._closed()

    def _keep_rejects(self, numbers: Sequence[int]) -> None:
        from stopgap.sources.bundle import FILE, ROWS

        into = "INSERT INTO main.all_rejects"
        if len(numbers) == 1:
            name = self._items[numbers[0]].path.name
            self._con.execute(f"{into} SELECT ?, row, reason, content FROM rejects", [name])
            return
        names = ", ".join(
            f"({position}, {quoted(self._items[number].path.name)})" for position, number in enumerate(numbers)
        )
        self._con.execute(f"""
            {into} SELECT of_file.name, row % {ROWS}, reason, content
            FROM rejects JOIN (VALUES {names}) AS of_file(position, name) ON of_file.position = {FILE}
        """)


def _view_only(con: duckdb.DuckDBPyConnection, columns: str, receipt: str) -> None:
    """Create ``gathered`` for a single file, which is not copied: ``staged`` may be a view over the parsed input."""
    con.execute(
        f"CREATE VIEW gathered AS SELECT {columns}, {receipt}::ENUM({receipt}) AS receipt "
        f"FROM staging.{coded_rows(con)}"
    )


def coded_rows(con: duckdb.DuckDBPyConnection) -> str:
    """Return the name of the staged rows: with their texts as ENUM numbers, ``staged_coded``, if the source made it."""
    found = con.execute(
        "SELECT 1 FROM duckdb_views() WHERE schema_name = 'staging' AND view_name = 'staged_coded'"
    ).fetchall()
    return "staged_coded" if found else "staged"
