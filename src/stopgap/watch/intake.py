"""Intake of a watch: import new figures from a live service or a folder of files."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from stopgap.base.errors import InputError, MissingDataError, NotFoundError, RefusedError, StopgapError
from stopgap.base.progress import Progress
from stopgap.base.vocab import Frequency
from stopgap.codes.goods import load_goods
from stopgap.intake.fetch_request import AskRequest
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.importing.importer import ImportResult
from stopgap.lake.schema import TRADE
from stopgap.measures.revisions.stages import REPORTED_ROWS
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.windows import close_windows
from stopgap.sources.live.addresses import ServiceAddress
from stopgap.sources.live.pieces import Query
from stopgap.watch.events import period_number, period_text
from stopgap.watch.request import REVISION_MONTHS
from stopgap.watch.state import FileSeen

ATTEMPTS = 3
"""Maximum number of times the import of one file is started: an earlier one may have been killed."""

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")
WORLD = "W00"


@dataclass
class Taken:
    """Result of an intake: one line per file or request, and the errors that prevented imports."""

    lines: list[str] = field(default_factory=list)
    failures: list[StopgapError] = field(default_factory=list)


@dataclass(frozen=True)
class WatchSubject:
    """Context that a watch passes to its intake: lake, episode, goods and options."""

    lake: Path
    episode: Episode
    goods: str  # goods list, by name or path
    options: MeasureOptions
    files: dict[str, FileSeen]  # what became of the files of a folder; an intake changes it
    remember: Callable[[], None]  # keeps ``files`` in the watch's state, at once
    progress: Progress


class WatchIntake(Protocol):
    """Protocol of a function that imports new figures into the lake."""

    def __call__(self, wanted: WatchSubject) -> Taken:
        """Import new figures; errors are in the result, not raised."""
        ...


def no_intake(wanted: WatchSubject) -> Taken:
    """Fetch nothing, for a lake that other processes import into."""
    return Taken(["nothing is fetched: the lake is watched as it is"])


@dataclass(frozen=True)
class FolderIntake:
    """Intake that imports each new file of a folder once, each as its own vintage.

    A file that cannot be imported is reported, left in place, and not tried again until it
    changes; the others are still imported. Subfolders are ignored.
    """

    folder: Path
    mapping: str | None = None

    def __call__(self, wanted: WatchSubject) -> Taken:
        taken = Taken()
        for path in self._new_files(wanted.files):
            try:
                self._load(path, wanted, taken)
            except RefusedError as error:  # the lake's fault, not the file's: it is tried again
                taken.failures.append(error)
                break
        if not taken.lines and not taken.failures:
            taken.lines.append(f"no new file in {self.folder}")
        return taken

    def _new_files(self, seen: Mapping[str, FileSeen]) -> list[Path]:
        try:
            entries = sorted(path for path in self.folder.iterdir() if path.is_file())
        except OSError as error:
            raise InputError(
                f"the folder cannot be read: {error.strerror}", where=str(self.folder), fix="check --from-dir"
            ) from error
        found = []
        for path in entries:
            if path.name.startswith(".") or path.name.endswith(UNFINISHED):
                continue
            before = seen.get(str(path.resolve()))
            about = path.stat()
            is_same = before is not None and (before.size, before.changed_ns) == (about.st_size, about.st_mtime_ns)
            if before is None or not is_same or before.outcome == "begun":
                found.append(path)
        return found

    def _load(self, path: Path, wanted: WatchSubject, taken: Taken) -> None:
        about = path.stat()
        name = str(path.resolve())
        before = wanted.files.get(name)
        is_same = before is not None and before.changed_ns == about.st_mtime_ns
        begun = before.attempts if before is not None and is_same and before.outcome == "begun" else 0
        seen = FileSeen(about.st_size, about.st_mtime_ns, "begun", attempts=begun + 1)
        wanted.files[name] = seen
        if begun >= ATTEMPTS:
            self._refused(path.name, seen, f"its import ended {begun} times without a result", "", taken)
        wanted.remember()
        if begun >= ATTEMPTS:
            return
        try:
            result = import_paths(wanted.lake, [path], ImportRequest(mapping=self.mapping), progress=wanted.progress)
        except RefusedError:
            del wanted.files[name]
            wanted.remember()
            raise
        except StopgapError as error:
            self._refused(path.name, seen, error.what, error.where, taken)
        except Exception as error:  # one file must not keep the others out
            fault = f"a fault in Stopgap: {type(error).__name__}: {str(error)[:200]}"
            self._refused(path.name, seen, fault, str(path), taken)
        else:
            seen.outcome = "known" if result.already_loaded else "loaded"
            seen.detail = result.vintage
            taken.lines.append(f"{path.name}: {_loaded(result)}")
        wanted.remember()

    def _refused(self, name: str, seen: FileSeen, what: str, where: str, taken: Taken) -> None:
        seen.outcome, seen.detail = "refused", what
        taken.lines.append(f"{name}: not imported: {what}")
        taken.failures.append(
            InputError(
                f"{name} was not imported: {what}",
                where=where or str(self.folder / name),
                fix="fix the file and put it back, or take it out; it is not tried again until it changes",
            )
        )


def _loaded(result: ImportResult) -> str:
    if result.already_loaded:
        return f"in the lake already ({result.vintage})"
    return (
        f"{result.vintage}, {result.rows_loaded:,} rows of {result.source}, {result.rows_replaced:,} replaced, "
        f"{result.rows_withdrawn:,} withdrawn"
    )


@dataclass(frozen=True)
class Box:
    """Range of periods to fetch for some reporters; for all reporters if none is named."""

    reporters: tuple[str, ...]
    first: str
    last: str


@dataclass(frozen=True)
class ServiceIntake:
    """Intake that fetches missing periods of an episode, and recent ones again, as they may have been revised."""

    service: str
    today: Callable[[], dt.date]  # day up to which periods are asked for
    revision_months: int = REVISION_MONTHS
    how: AskRequest = field(default_factory=AskRequest)

    def __post_init__(self) -> None:
        """Refuse an invalid service address before the first round begins."""
        self.place()

    def place(self) -> ServiceAddress:
        """Return the service address; refuses as :func:`fetch_place` does, and an unknown service (NotFoundError)."""
        from stopgap.intake.fetching import fetch_place
        from stopgap.sources.live.registry import get_service

        return fetch_place(get_service(self.service), self.how.base_url, allow_http=self.how.allow_http)

    def __call__(self, wanted: WatchSubject) -> Taken:
        """Fetch the ranges of periods one after the other; stop at the first error."""
        from stopgap.intake.fetching import fetch

        taken = Taken()
        for query in self.queries(wanted):
            label = f"{self.service} {query.first} to {query.last}, " + (", ".join(query.reporters) or "all reporters")
            try:
                result = fetch(wanted.lake, self.service, query, self.how, progress=wanted.progress)
            except NotFoundError:
                taken.lines.append(f"{label}: nothing published yet")
            except StopgapError as error:
                taken.lines.append(f"{label}: {error.what}")
                taken.failures.append(error)
                break  # the service would say the same to the next request
            else:
                taken.lines.append(f"{label}: {_loaded(result.imported)}; {result.requests} requests")
        return taken

    def queries(self, wanted: WatchSubject) -> list[Query]:
        """Return the queries to send: trade with the target and the World, to tell zero trade from missing reports."""
        from stopgap.intake.fetching import make_query

        frequency = wanted.options.frequency or Frequency.MONTHLY
        flow = wanted.episode.direction.flow(wanted.options.report)
        held = held_periods(wanted, self.service, frequency)
        economies = {*wanted.episode.members(), *wanted.episode.hubs}
        boxes = fetch_boxes(
            held,
            wanted_periods(wanted.episode, wanted.options, frequency, self.today()),
            frequency=frequency,
            revision_months=self.revision_months,
            followed=frozenset(economies & held.keys()),
        )
        return [
            make_query(
                self.service,
                codes=[wanted.goods],
                first=box.first,
                last=box.last,
                reporters=box.reporters or ("all",),
                partners=(wanted.episode.target, WORLD),
                flows=(str(flow),),
                frequency=str(frequency),
            )
            for box in boxes
        ]


def held_periods(wanted: WatchSubject, source: str, frequency: Frequency) -> dict[str, frozenset[int]]:
    """Return reporter -> periods that the lake holds from a source, in the chapters of the goods list."""
    names = sorted({item.code[:2] for item in load_goods(wanted.goods).items})
    chapters = pa.table({"chapter": pa.array(names, pa.string())})
    params = {"flow": str(wanted.episode.direction.flow(wanted.options.report))}
    try:
        with engine_on(wanted.lake, as_of=None, only=[TRADE.name]) as (engine, _):
            rows = engine.run(REPORTED_ROWS, tables={"chapters": chapters}, params=params).to_pylist()
    except MissingDataError:  # nothing was loaded yet
        return {}
    is_monthly = frequency is Frequency.MONTHLY
    found: dict[str, set[int]] = {}
    for row in rows:
        if row["source"] == source and row["frequency"] == frequency:
            found.setdefault(row["reporter"], set()).add(period_number(row["period"], is_monthly=is_monthly))
    return {reporter: frozenset(periods) for reporter, periods in found.items()}


def wanted_periods(episode: Episode, options: MeasureOptions, frequency: Frequency, today: dt.date) -> frozenset[int]:
    """Return the periods of the baseline and after windows, the latter up to today."""
    windows = close_windows(
        episode,
        baseline=options.baseline,
        after=options.after,
        last_period=f"{today:%Y-%m}" if frequency is Frequency.MONTHLY else f"{today.year}-12",
        frequency=frequency,
    )
    is_monthly = frequency is Frequency.MONTHLY
    numbers: set[int] = set()
    for first, last in (windows.baseline, windows.after):
        ends = (dt.date.fromisoformat(f"{month}-01") for month in (first, last))
        start, end = (period_number(day, is_monthly=is_monthly) for day in ends)
        numbers.update(range(start, end + 1))
    return frozenset(numbers)


def fetch_boxes(
    held: Mapping[str, frozenset[int]],
    wanted: frozenset[int],
    *,
    frequency: Frequency,
    revision_months: int,
    followed: frozenset[str],
) -> list[Box]:
    """Return the ranges to fetch, oldest first.

    For all reporters: wanted periods that the lake holds for no reporter, and the last ``revision_months``
    up to its newest period (rounded up to years for annual data). For a followed reporter that is further
    behind: also the periods between its last one and those.
    """
    anyone = frozenset(itertools.chain.from_iterable(held.values()))
    span = revision_months if frequency is Frequency.MONTHLY else -(-revision_months // 12)
    recent = max(anyone & wanted, default=0) - span + 1
    everyone = {period for period in wanted if period not in anyone or period >= recent}
    boxes: list[tuple[tuple[str, ...], int, int]] = [((), *run) for run in _runs(everyone)]
    behind: dict[int, list[str]] = {}
    for reporter in followed:
        behind.setdefault(max(held[reporter]), []).append(reporter)
    for last_held, reporters in behind.items():
        arrears = {period for period in wanted - everyone if period > last_held}
        boxes += [(tuple(sorted(reporters)), *run) for run in _runs(arrears)]
    is_monthly = frequency is Frequency.MONTHLY
    return [
        Box(reporters, period_text(first, is_monthly=is_monthly), period_text(last, is_monthly=is_monthly))
        for reporters, first, last in sorted(boxes, key=lambda box: (box[1], box[0]))
    ]


def _runs(periods: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and last period of each run without gaps."""
    runs: list[tuple[int, int]] = []
    for period in sorted(periods):
        if runs and period == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], period)
        else:
            runs.append((period, period))
    return runs
