"""Import files into the lake as receipts and rows, all of them or none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.atomic_files import make_durable
from stopgap.base.errors import InputError, UsageError
from stopgap.base.marking import Markable
from stopgap.base.paths import need_file, need_writable
from stopgap.base.progress import Progress
from stopgap.base.read_ledger import HISTORY, Read, record
from stopgap.base.spreadsheets import csv_rows
from stopgap.lake.history import Commit, next_vintage, read_log
from stopgap.lake.importing.direct_file import DirectFile
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.importing.original import Original
from stopgap.lake.importing.parts import ImportParts, are_large
from stopgap.lake.importing.repeated_rows import drop_overlaps, find_loaded, loads_by_hash, reading_of, replaced_loads
from stopgap.lake.importing.staging import Incoming, StagedFile, stage_files
from stopgap.lake.receipts import ByteWriter, Receipt, copy_and_hash, keep_raw, receipt_id
from stopgap.lake.schema import LISTED, TABLES, TRADE, Table
from stopgap.lake.store import Committed, commit_staged, staging_connection, writing
from stopgap.lake.supersession import Load, Replaces

if TYPE_CHECKING:
    from stopgap.lake.lists.list_validation import ListFile
    from stopgap.lake.marking_log import ReceiptMark
    from stopgap.sources.base import Staging
    from stopgap.sources.files.byte_validation import ByteCheck

_REJECTS_AT_ONCE = 10_000  # rows in memory


@dataclass(frozen=True)
class ImportResult(Markable):
    """Result of an import: its counts, receipts and warnings.

    If all files were already imported, ``vintage`` is the one that holds the last of them.
    """

    source: str
    vintage: str
    receipts: tuple[str, ...]
    files: tuple[str, ...]
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_missing: int
    rows_duplicate: int
    rows_replaced: int
    rows_withdrawn: int
    rejects: str | None
    already_loaded: bool
    warnings: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Files, rows and vintage in one line, such as "272 files, 8,178 rows, v1"."""
        files = "1 file" if len(self.files) == 1 else f"{len(self.files):,} files"
        rows = "1 row" if self.rows_loaded == 1 else f"{self.rows_loaded:,} rows"
        return f"{files}, {rows}, {self.vintage}"

    def as_dict(self) -> dict[str, object]:
        """The fields that ``import --format json`` prints."""
        values = {name: list(each) if isinstance(each, tuple) else each for name, each in asdict(self).items()}
        receipt = self.receipts[0] if self.receipts else None
        return {"source": self.source, "vintage": self.vintage, "receipt": receipt, **values}


def import_files(
    lake: Path,
    files: Sequence[Path],
    options: ImportOptions,
    *,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> ImportResult:
    """Import files as one vintage, all or none of them; the lake is created if missing and unchanged after an error.

    Files whose bytes were imported before with the same parser settings change nothing. ``progress`` is called with the
    current step and the share done, if known. ``meanwhile`` runs in a thread while the files are copied and hashed,
    which takes one core. Refuses a file that cannot be parsed, and rejected rows unless
    ``allow_rejects`` is set (InputError), and a missing file, or a missing receipt that is to be replaced
    (NotFoundError).
    """
    from stopgap.sources.files.archive import open_archives
    from stopgap.sources.registry import with_fallback

    say = progress or (lambda text, share: None)
    for path in files:
        need_writable(str(path), "FILE")
        need_file(path, "what is to be imported")
    with writing(lake) as scratch, ThreadPoolExecutor(1) as beside:
        incoming = []
        named = options.encoding or (options.mapping.encoding if options.mapping else None)
        opened = open_archives(
            files, scratch / "unpacked", encoding=named, source=options.source, takes_all=options.mapping is not None
        )
        loading = beside.submit(meanwhile)
        opening = beside.submit(staging_connection, scratch, memory=_memory(options))
        for number, path in enumerate(opened.files):
            many = len(opened.files)
            which = f"file {number + 1:,} of {many:,}: " if many > 1 else ""
            say(f"copying {which}{path.name}", number / many if many > 1 else None)
            suffixes = "".join(path.suffixes)[-20:]
            copy = scratch / f"raw-{number}{suffixes}"
            is_unpacked = scratch in path.parents
            stays = not options.engine.is_spark and not is_unpacked
            original = Original.of(path, scratch / f"original-{number}{suffixes}") if stays else None
            is_large = original is not None
            check, sha256, size = with_fallback(path, named, partial(_copy, path, copy, is_large=is_large))
            durable = beside.submit(make_durable, copy)
            incoming.append(Incoming(path, copy, sha256, size, check, durable, original))
            if is_unpacked:
                path.unlink()
        loading.result()
        result = _import_copies(lake, scratch, incoming, options, say, opening)
        return replace(result, warnings=(*opened.warnings, *result.warnings))


def _copy(path: Path, copy: Path, encoding: str | None, *, is_large: bool) -> tuple[ByteCheck, str, int]:
    """Copy a file while validating and hashing its bytes; return the check, the SHA-256 and the size."""
    from stopgap.sources.files.byte_validation import ByteCheck

    check = ByteCheck(path, encoding)
    with _opened(copy, is_large) as writer:
        sha256, size = copy_and_hash(path, writer, check=check.feed)
    check.finish()
    return check, sha256, size


def _opened(copy: Path, is_large: bool) -> AbstractContextManager[ByteWriter]:
    """Return the copy, open to be written to: past the page cache if it is large and that can be done."""
    if is_large:
        with contextlib.suppress(OSError):
            return DirectFile(copy)
    return copy.open("wb")


def _import_copies(
    lake: Path,
    scratch: Path,
    incoming: list[Incoming],
    options: ImportOptions,
    say: Progress,
    opening: Future[duckdb.DuckDBPyConnection],
) -> ImportResult:
    commits = read_log(lake, shows=())  # of what it replaces, commit_staged reports
    given = {item.sha256: item for item in incoming}  # the same bytes under two names are one file
    loaded = loads_by_hash(commits)
    known = {
        sha256: find_loaded(loaded.get(sha256, ()), item.copy, item.check, options, name=item.path.name)
        for sha256, item in given.items()
    }
    new = [item for sha256, item in given.items() if known[sha256] is None]
    if new and len(new) < len(given):
        again = {sha256 for sha256, found in known.items() if found and _is_part(found[0].source)}
        new = [item for sha256, item in given.items() if known[sha256] is None or sha256 in again]
    names = tuple(item.path.name for item in incoming)
    last = known[incoming[-1].sha256]
    if not new and last is not None:
        _mark_files(lake, given, options.mark)
        receipt, vintage = last
        ids = tuple(receipt_id(sha256) for sha256 in given)
        return ImportResult(receipt.source, vintage, ids, names, 0, 0, 0, 0, 0, 0, 0, None, True, ())

    with contextlib.closing(opening.result()) as con:
        is_large = options.engine.is_spark or are_large([(item.path, item.size) for item in new])
        parts = ImportParts(con, scratch) if is_large else None
        stagings = _staged(con, new, options, say, parts)
        table = _table(stagings, options)
        rejects = _settle_rejects(con, lake, scratch, stagings, allow=options.allow_rejects)
        joined = None
        if parts is not None and table is not LISTED:
            say("sorting", None)
            joined = parts.join(table, next_vintage(commits))
        if parts is not None:
            parts.gather(as_table=joined is None)
        if joined is not None:
            shared = joined.shared
        else:
            shared = drop_overlaps(con, table) if len(new) > 1 and table is not LISTED else {}
        receipts = [_receipt(item, staging, shared, options) for item, staging in stagings]
        if table is LISTED:
            notes = _check_lists(con, lake, stagings, options)
        else:
            notes = []
            _refuse_nothing(receipts)
        # A receipt to be replaced that is not known ends the import here, before anything is written.
        corrects = _corrects(con, lake, commits, table, stagings, options)
        # A receipt is the hash of its bytes, so its marking is in the log before anything of the file is in the lake.
        _mark_files(lake, given, options.mark)
        for item in new:
            item.durable.result()
            keep_raw(lake, item.copy, item.sha256)
        say("committing", None)
        replaces = _replaces(options, rejects, table)
        committed = commit_staged(
            con, lake, receipts, ready=joined.files if joined else (), relation="gathered", replaces=replaces,
            table=table, corrects=corrects,
        )  # fmt: skip
    return ImportResult(
        source=stagings[0][1].source,
        vintage=committed.vintage,
        receipts=tuple(receipt_id(sha256) for sha256 in given),
        files=names,
        rows_read=sum(staging.rows_read for _, staging in stagings),
        rows_loaded=sum(receipt.rows_loaded for receipt in receipts),
        rows_rejected=sum(staging.rows_rejected for _, staging in stagings),
        rows_missing=sum(staging.rows_missing for _, staging in stagings),
        rows_duplicate=sum(receipt.rows_duplicate for receipt in receipts),
        rows_replaced=committed.rows_replaced,
        rows_withdrawn=committed.rows_withdrawn,
        rejects=str(rejects) if rejects else None,
        already_loaded=False,
        warnings=(*_warnings(stagings, shared, committed), *notes),
    )


def _memory(options: ImportOptions) -> int | None:
    """Return the memory for DuckDB in bytes; ``None`` for the usual, also where the limit given is that of Spark."""
    return None if options.engine.is_spark else options.engine.memory_bytes


def _staged(
    con: duckdb.DuckDBPyConnection,
    items: list[Incoming],
    options: ImportOptions,
    say: Progress,
    parts: ImportParts | None,
) -> list[StagedFile]:
    if parts is not None and options.engine.is_spark:
        from stopgap.lake.importing.spark_staging import stage_on_spark

        return stage_on_spark(con, items, options, say, parts)
    staged = stage_files(con, items, options, say, parts)
    for item in items:
        if item.original is not None:
            item.original.need_unchanged()
    return staged


def _mark_files(lake: Path, hashes: Iterable[str], mark: ReceiptMark | None) -> None:
    """Mark imported files if the user gave a marking; see :func:`stopgap.lake.marking_log.mark_receipts`."""
    if mark is not None:
        from stopgap.lake.marking_log import mark_receipts

        mark_receipts(lake, [receipt_id(sha256) for sha256 in hashes], mark)


def _corrects(
    con: duckdb.DuckDBPyConnection,
    lake: Path,
    commits: list[Commit],
    table: Table,
    stagings: list[StagedFile],
    options: ImportOptions,
) -> list[Load]:
    """Return the loads that the import replaces whole; for lists, not the same bytes under another list's name."""
    record([Read(HISTORY, lake, table.name)])
    loads = replaced_loads(commits, table, [item.sha256 for item, _ in stagings], options)
    if table is not LISTED or not loads:
        return loads
    from stopgap.lake.lists.list_validation import loads_of_same_lists

    same = loads_of_same_lists(con, lake, loads, _list_files(stagings))
    return [load for load in loads if load in same or load[0] in options.replaces]


def _is_part(source: str) -> bool:
    """Return whether several files of a source form one edition, so that known ones are read again with new ones."""
    from stopgap.sources.lists.kinds import LIST_SOURCES

    return any(kind.name == source and kind.is_part for kind in LIST_SOURCES)


def _check_lists(
    con: duckdb.DuckDBPyConnection, lake: Path, stagings: list[StagedFile], options: ImportOptions
) -> list[str]:
    """Return the notes of the list validation; see :func:`stopgap.lake.lists.list_validation.check_lists`."""
    from stopgap.lake.lists.list_validation import check_lists

    files = _list_files(stagings)
    return check_lists(con, lake, files, published=options.published, allow_shrink=options.allow_shrink)


def _list_files(stagings: list[StagedFile]) -> dict[str, ListFile]:
    """Return what the validation of lists needs to know of each file, by receipt."""
    from stopgap.lake.lists.list_validation import ListFile
    from stopgap.sources.lists.kinds import ends_itself

    return {
        item.receipt: ListFile(
            item.path.name, item.check.ends_in_line_end, _is_part(staging.source), ends_itself(staging.source)
        )
        for item, staging in stagings
    }


def _table(stagings: list[StagedFile], options: ImportOptions) -> Table:
    """Return the table of all files; refuses (UsageError) several tables, and ``complete`` for any table but trade."""
    names = sorted({staging.table for _, staging in stagings})
    if len(names) > 1:
        raise UsageError(
            f"the files go to different tables: {', '.join(names)}",
            where="; ".join(
                f"{name}: {_named([item.path.name for item, staging in stagings if staging.table == name])}"
                for name in names
            ),
            fix="one import goes to one table: import them table by table; nothing was imported",
        )
    table = TABLES[names[0]]
    if options.complete and table is not TRADE:
        raise UsageError(
            f"--complete is for trade statistics, and these files go to {table.name}",
            where="--complete",
            fix="say which earlier file they replace: --replaces RECEIPT",
        )
    return table


def _replaces(options: ImportOptions, rejects: Path | None, table: Table) -> Replaces:
    if table is not TRADE:
        return Replaces.NOTHING if table is LISTED else Replaces.LINES
    if rejects is not None:
        return Replaces.FIGURES
    return Replaces.COMPLETE if options.complete else Replaces.BOX


def _named(files: list[str]) -> str:
    """Return the names of files, of many the first two and how many more."""
    return ", ".join(files) if len(files) <= 3 else f"{', '.join(files[:2])} and {len(files) - 2} more files"


def _warnings(stagings: list[StagedFile], shared: dict[str, int], committed: Committed) -> tuple[str, ...]:
    """Return the warnings of the sources, each once with its files, and those on duplicate and withdrawn rows."""
    files_of: dict[str, list[str]] = {}
    for item, staging in stagings:
        for warning in staging.warnings:
            files_of.setdefault(warning, []).append(item.path.name)
    found = [f"{_named(files)}: {warning}" if len(stagings) > 1 else warning for warning, files in files_of.items()]
    found += [
        f"{item.path.name}: {shared[item.receipt]:,} rows stand in an earlier file of the import too and were left out"
        for item, _ in stagings
        if item.receipt in shared
    ]
    if committed.rows_withdrawn:
        found.append(
            f"{committed.rows_withdrawn:,} rows of earlier vintages were withdrawn: the files cover them and hold them no longer"
        )
    return tuple(found)


def _settle_rejects(
    con: duckdb.DuckDBPyConnection, lake: Path, scratch: Path, stagings: list[StagedFile], *, allow: bool
) -> Path | None:
    """Write the rejects file, if there are rejects, and return its path; refuse the import unless they are allowed."""
    count = sum(staging.rows_rejected for _, staging in stagings)
    if not count:
        return None
    target = lake / "rejects" / f"{stagings[0][0].receipt}.csv"
    target.parent.mkdir(exist_ok=True)
    writing_to = scratch / "rejects.csv"
    con.execute("SELECT file, row, reason, content FROM all_rejects ORDER BY file, row")
    with writing_to.open("w", encoding="utf-8", newline="") as rejects:
        rejects.write("file,row,reason,content\n")
        while rows := con.fetchmany(_REJECTS_AT_ONCE):
            rejects.write(csv_rows(rows))
    os.replace(writing_to, target)
    if allow:
        return target
    con.execute("SELECT file, row, reason FROM all_rejects ORDER BY file, row LIMIT 1")
    [(file, row, reason)] = con.fetchall()
    read = sum(staging.rows_read for _, staging in stagings)
    raise InputError(
        f"{count:,} of {read:,} rows cannot be imported; the first: {reason}",
        where=f"{file}, row {row}; all of them, with reasons: {target}",
        fix="fix the rows, or import the others with --allow-rejects; nothing was imported",
        details={"rows_read": read, "rows_rejected": count, "rejects": str(target)},
    )


def _refuse_nothing(receipts: list[Receipt]) -> None:
    for receipt in receipts:
        if not receipt.rows_loaded + receipt.rows_shared:
            raise InputError(
                "the file holds no figure that can be imported",
                where=f"{receipt.file_name}: {receipt.rows_read} rows read, {receipt.rows_missing} not reported, "
                f"{receipt.rows_rejected} refused",
                fix="check that it is the file you meant; nothing was imported",
            )


def _receipt(item: Incoming, staging: Staging, shared: dict[str, int], options: ImportOptions) -> Receipt:
    left_out = shared.get(item.receipt, 0)
    return Receipt(
        receipt=item.receipt,
        sha256=item.sha256,
        file_name=item.path.name,
        size_bytes=item.size,
        source=staging.source,
        parser=staging.parser,
        mapping=staging.mapping,
        terms=options.terms or staging.terms,
        retrieved=options.retrieved,
        published=options.published or staging.published,
        rows_read=staging.rows_read,
        rows_loaded=staging.rows_staged - left_out,
        rows_rejected=staging.rows_rejected,
        rows_missing=staging.rows_missing,
        rows_duplicate=staging.rows_duplicate + left_out,
        reading=reading_of(item.check, options.rates, options.told),
        rows_shared=left_out,
    )
