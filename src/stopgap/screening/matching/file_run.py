"""Screen a file of names: search on all cores, write batch by batch, and resume after an interruption."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from stopgap.base.errors import UsageError
from stopgap.base.marking import CLEAR, Markable, Marking
from stopgap.base.progress import Progress
from stopgap.base.spreadsheets import guarded
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.screening.decisions.log import LOG
from stopgap.screening.matching.asked_lists import ListsInForce
from stopgap.screening.matching.match_selection import ScreenAnswer, ScreenOptions
from stopgap.screening.matching.output import CsvForm, FormName, JsonForm, PartFile, RowAnswer, write_rejects, writing
from stopgap.screening.matching.pool import QueryBatch, Searchers, jobs_for
from stopgap.screening.matching.request import ScreenRowsRequest
from stopgap.screening.matching.rows import AskedRow, Cells, NameColumns, NameFile, asked_row, name_columns, open_names
from stopgap.screening.matching.run import BATCH, Screener, about

if TYPE_CHECKING:
    from stopgap.screening.matching.spark_search import SparkSearchers

REJECTS_SHOWN = 5
"""Maximum number of rejected rows listed in the summary."""

_UNHELD = "unheld: "
"""Start of the counts of rows by the language or script in which the lists hold next to no names."""


@dataclass(frozen=True)
class FileRun:
    """Parameters of the screening of a file, with the search options (``wanted``).

    ``encoding`` is UTF-8 if ``None``; ``jobs`` is the number of search processes, as many as cores and memory allow if
    ``None``. ``marking`` restricts who may see the answers; it is written to the output if the format supports it.
    With Spark as ``engine`` the batches are searched there.
    """

    path: Path
    columns: NameColumns
    wanted: ScreenOptions
    encoding: str | None = None
    jobs: int | None = None
    progress: Progress = lambda text, share: None
    marking: Marking = CLEAR
    engine: EngineOptions = DUCKDB


def file_run(
    path: Path, request: ScreenRowsRequest, wanted: ScreenOptions, *, progress: Progress, marking: Marking
) -> FileRun:
    """Build the parameters of a file screening from a request; a schema that is not matched raises UsageError."""
    columns = name_columns(
        request.name_column,
        country=request.country_column,
        identifiers=request.id_columns,
        address=request.address_column,
        schema=request.schema,
        schema_column=request.schema_column,
    )
    engine = request.engine_options()
    if engine.is_spark and request.jobs is not None:
        what = "--jobs is the number of processes of this machine, and Spark was asked to search"
        raise UsageError(what, where="--jobs", fix="leave it out: the processors are those of --spark-master")
    if engine.memory_limit is not None and not engine.is_spark:
        what = "--memory-limit is the memory of Spark's driver, and Spark was not asked to search"
        raise UsageError(what, where="--memory-limit", fix="give --jobs 1 to use less memory, or add --engine spark")
    return FileRun(path, columns, wanted, request.encoding, request.jobs, progress, marking, engine)


@dataclass(frozen=True)
class FileSummary(Markable):
    """Counts, rejected rows and warnings of a screened file.

    Attributes:
        rejected: Number of rows that could not be looked up.
        rejects: The first of them: row, name, reason.
        rejects_file: File that lists all of them; ``None`` if there are none, or no file was written.
        countries_unknown: Number of rows with an unknown country; they were looked up without it.
        matched: Number of rows with at least one match that is shown.
        alerting: Number of rows with a match that alerts.
        matches: Number of matches that are shown, one for each entity.
        listings: Number of listings of the matched entities.
        unheld: Number of rows in a language or script in which the lists asked hold next to no names.
        resumed_at: Number of rows that an earlier, interrupted run had answered; 0 without one.
        of_file: Warnings about the file.
        warnings: Warnings about the file and the lists.
        lists: The lists that were searched.
        about: Lists, threshold and model, as returned by :func:`stopgap.screening.matching.run.about`.
        rests_on: Index, model, vintage and editions; set when the result is returned, and no part of its content.
    """

    rests_on: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    file: str
    rows: int
    rejected: int
    rejects: tuple[tuple[int, str, str], ...]
    rejects_file: str | None
    countries_unknown: int
    matched: int
    alerting: int
    matches: int
    listings: int
    unheld: int
    resumed_at: int
    of_file: tuple[str, ...]
    warnings: tuple[str, ...]
    about: dict[str, Any] = field(repr=False)
    lists: ListsInForce = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields printed in addition to ``rows`` by ``screen FILE --format json``."""
        return {
            "file": self.file,
            "rows_read": self.rows,
            "rows_rejected": self.rejected,
            "rejects": self.rejects_file,
            "countries_unknown": self.countries_unknown,
            "rows_matched": self.matched,
            "rows_alerting": self.alerting,
            "matches": self.matches,
            "listings": self.listings,
            "rows_in_unheld_languages": self.unheld,
            "resumed_at": self.resumed_at,
            **self.about,
            "warnings": list(self.warnings),
        }


@dataclass
class _Checked:
    """Result of the first pass over the file: the validated file, rejected rows and counts."""

    file: NameFile
    rejects: io.StringIO
    first: list[AskedRow]
    counts: Counter[str]


class ScreenedRows:
    """Answers to a file of names, in file order, computed while iterating once, row by row or batch by batch.

    A file that cannot be read as a table of names raises InputError before any look-up. ``marking`` restricts who may
    see the answers.
    """

    def __init__(self, screener: Screener, run: FileRun) -> None:
        self.marking = run.marking
        self.lists = screener.lists.only(run.wanted.lists)
        self._screener, self._run = screener, run
        self._checked = _check(run)
        self._counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[RowAnswer]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Generator[Sequence[RowAnswer], None, None]:
        self._counts = Counter()
        with closing(_search(self._screener, self._run, self._checked.file, self._counts, after=0)) as found:
            yield from found

    @property
    def summary(self) -> FileSummary:
        """Counts and rejects of the screened file; complete only after the last row was read."""
        return _summary(self._screener, self._run, self._checked, self._counts)


def screen_to_file(
    screener: Screener, run: FileRun, output: Path, form: FormName, *, restart: bool = False
) -> FileSummary:
    """Screen a file of names and write the answers to another file atomically.

    Called again after an interruption with the same file, options, lists and decisions, it resumes; with ``restart`` it
    starts again and discards earlier progress.

    Raises:
        InputError: The input file is not a table of names, or the output cannot be written.
        RefusedError: An interrupted run was started with other inputs, or another process is writing the file.
    """
    with writing(output):
        checked = _check(run)
        part = PartFile(output, _key(screener, run, checked.file, form), marking=run.marking)
        encoder = JsonForm() if form == "json" else CsvForm(is_guarded=form == "csv")
        part.begin(encoder.head(), restart=restart)
        resumed_at, counts = part.done, Counter(part.counts)

        with closing(_search(screener, run, checked.file, counts, after=part.done)) as found:
            for answers in found:
                content = encoder.rows(answers, is_first=part.done == 0)
                part.add(content, done=answers[-1].row.number, counts=counts)
        rejects = write_rejects(output, checked.rejects.getvalue()) if checked.counts["rejected"] else None
        summary = _summary(screener, run, checked, counts, rejects=rejects, resumed_at=resumed_at)
        ending = {**summary.as_dict(), "marking": run.marking.as_dict()}
        part.finish(encoder.tail(ending), form)
    return summary


def _check(run: FileRun) -> _Checked:
    """Read the file once to validate it, and collect the rows that cannot be looked up."""
    rejects, first, counts = io.StringIO(), list[AskedRow](), Counter[str]()
    writer = csv.writer(rejects, lineterminator="\n")

    def visit(number: int, cells: Cells) -> None:
        row = asked_row(number, cells, run.columns)
        counts["countries_unknown"] += row.unknown_country is not None
        counts["kinds_unknown"] += row.unknown_kind is not None
        if row.query is None:
            counts["rejected"] += 1
            writer.writerow([number, guarded(row.name), guarded(row.rejected)])
            if len(first) < REJECTS_SHOWN:
                first.append(row)
        elif row.unknown_country is not None and counts["countries_unknown"] == 1:
            counts["first_unknown"] = number

    file = open_names(run.path, run.columns.all, encoding=run.encoding, visit=visit, progress=run.progress)
    return _Checked(file, rejects, first, counts)


def _search(
    screener: Screener, run: FileRun, file: NameFile, counts: Counter[str], *, after: int
) -> Generator[Sequence[RowAnswer], None, None]:
    """Yield the answers to the rows after row ``after`` in batches; each batch is counted before it is yielded."""
    with _searchers(screener, run, file.rows - after) as searchers:
        for rows, found in searchers.answers(_batches(file, run.columns, after)):
            matches = iter(found)
            answers = [
                RowAnswer(row, screener.answered(row.query, next(matches), run.wanted) if row.query else None)
                for row in rows
            ]
            for each in answers:
                if each.answer is not None:
                    _count(each.row.number, each.answer, counts)
            yield answers
            done = rows[-1].number
            run.progress(f"{done:,} of {file.rows:,} rows, {counts['alerting']:,} alert", done / file.rows)


def _searchers(screener: Screener, run: FileRun, rows: int) -> Searchers | SparkSearchers:
    if run.engine.is_spark:
        from stopgap.screening.matching.spark_search import SparkSearchers

        return SparkSearchers(screener.ready, run.wanted, run.engine)
    return Searchers(screener.ready, run.wanted, jobs_for(screener.ready, rows, run.jobs))


def _count(number: int, answer: ScreenAnswer, counts: Counter[str]) -> None:
    """Add an answer to the counts of a file."""
    if answer.matches:
        counts["matched"] += 1
        counts["matches"] += len(answer.matches)
        counts["listings"] += sum(len(found.listings) for found in answer.matches)
        counts["alerting"] += answer.alerts
    if answer.unheld is not None:
        counts["unheld"] += 1
        counts[f"{_UNHELD}{answer.unheld.tongue.name}"] += 1
        if counts["unheld"] == 1:
            counts["first_unheld"] = number


def _batches(file: NameFile, columns: NameColumns, after: int) -> Iterator[QueryBatch[list[AskedRow]]]:
    asked = (asked_row(number, cells, columns) for number, cells in file.cells(columns.all, after))
    while rows := list(itertools.islice(asked, BATCH)):
        yield QueryBatch(rows, tuple(row.query for row in rows if row.query is not None))


def _key(screener: Screener, run: FileRun, file: NameFile, form: FormName) -> dict[str, str]:
    """Return hashes of the inputs that must be unchanged for an interrupted run to resume."""
    wanted = {**asdict(run.wanted), "lists": sorted(run.wanted.lists) if run.wanted.lists is not None else None}
    options = json.dumps([asdict(run.columns), wanted, run.encoding, form], sort_keys=True)
    decisions = "left out" if screener.known is None else LOG.check(LOG.stored(screener.lake)).head
    return {
        "input": file.sha256,
        "options": hashlib.sha256(options.encode()).hexdigest(),
        "index": screener.ready.fingerprint,
        "decisions": decisions or "",
    }


def _summary(
    screener: Screener,
    run: FileRun,
    checked: _Checked,
    counts: Counter[str],
    *,
    rejects: Path | None = None,
    resumed_at: int = 0,
) -> FileSummary:
    unknown = checked.counts["countries_unknown"]
    said = list(checked.file.warnings)
    if unknown:
        said.append(
            f"rows whose country is not known, looked up without it: {unknown:,}; "
            f"the first is row {checked.counts['first_unknown']:,}"
        )
    if kinds := checked.counts["kinds_unknown"]:
        said.append(f"rows whose kind is not known, looked up without it: {kinds:,}")
    if counts["unheld"]:
        found = ((name.removeprefix(_UNHELD), n) for name, n in counts.items() if name.startswith(_UNHELD))
        languages = ", ".join(f"{name} {n:,}" for name, n in sorted(found, key=lambda pair: (-pair[1], pair[0])))
        said.append(
            f"rows in a language or script in which the lists asked hold next to no names: {counts['unheld']:,} "
            f"({languages}); the first is row {counts['first_unheld']:,}. Look their English names up too"
        )
    based = about(screener, run.wanted)
    return FileSummary(
        file=run.path.name,
        rows=checked.file.rows,
        rejected=checked.counts["rejected"],
        rejects=tuple((row.number, row.name, row.rejected or "") for row in checked.first),
        rejects_file=str(rejects) if rejects else None,
        countries_unknown=unknown,
        matched=counts["matched"],
        alerting=counts["alerting"],
        matches=counts["matches"],
        listings=counts["listings"],
        unheld=counts["unheld"],
        resumed_at=resumed_at,
        of_file=tuple(said),
        warnings=(*said, *based["warnings"]),
        lists=screener.lists.only(run.wanted.lists),
        about=based,
    )
