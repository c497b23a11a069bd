"""A simulated world as files: Comtrade's layout, an episode, its goods list, the truth, and how to use them.

Suppliers are drawn and written one after another, so that memory stays small however many rows
come out.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from stopgap.base.errors import InputError, UsageError
from stopgap.simulate.declarations import check_lines
from stopgap.simulate.declarations_files import write_declarations
from stopgap.simulate.plan import Array, Mask, Plan
from stopgap.simulate.planting import make_plan
from stopgap.simulate.readme import episode_text, readme_text
from stopgap.simulate.rows import HEADER, Flows, RowWriter
from stopgap.simulate.spec import WorldSpec
from stopgap.simulate.truth import truth_of
from stopgap.simulate.worlds import earlier_figures, recorded_by_importers, supply_of

ROWS_PER_FILE = 2_000_000
ROWS_AT_ONCE = 400_000
PLAIN_ROWS = 1_000_000
"""Up to so many expected rows, a file is plain text; above, it is compressed."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class WrittenWorld:
    """What was written.

    Attributes:
        folder: Where.
        files: Files of figures, in the order in which they are to be imported.
        rows: Rows of figures in them, headers apart.
        truth: The content of ``truth.json``.
        spec: The world.
        declarations: Files of declarations, where they were asked for.
    """

    folder: Path
    files: tuple[Path, ...]
    rows: int
    truth: dict[str, Any]
    spec: WorldSpec
    declarations: tuple[Path, ...] = ()

    @property
    def episode(self) -> Path:
        """The episode file."""
        return self.folder / "episode.yml"

    def as_dict(self) -> dict[str, Any]:
        """Where everything stands, and what world it is."""
        return {
            "folder": str(self.folder),
            "files": [str(path) for path in self.files],
            "episode": str(self.episode),
            "goods": str(self.folder / "goods.csv"),
            "truth": str(self.folder / "truth.json"),
            "rows": self.rows,
            "kind": self.spec.kind,
            "seed": self.spec.seed,
            "economies": self.spec.economies,
            "goods_count": self.spec.goods,
            "periods": self.spec.periods,
            "declarations": [str(path) for path in self.declarations],
        }


@dataclass
class _Sink:
    """One series of files: rows go to the next file when one is full, between suppliers only."""

    folder: Path
    stem: str
    compressed: bool
    numbered: bool
    files: list[Path] = field(default_factory=list)
    rows: int = 0
    _in_file: int = 0
    _open: IO[bytes] | gzip.GzipFile | None = None
    _raw: IO[bytes] | None = None

    def write(self, text: bytes, rows: int) -> None:
        if self._open is None:
            self._start()
        assert self._open is not None
        self._open.write(text)
        self.rows += rows
        self._in_file += rows

    def end_of_supplier(self) -> None:
        if self._in_file >= ROWS_PER_FILE:
            self.close()

    def _start(self) -> None:
        number = f"-{len(self.files) + 1:03d}" if self.numbered else ""
        path = self.folder / f"{self.stem}{number}.csv{'.gz' if self.compressed else ''}"
        self.files.append(path)
        raw = path.open("xb")
        # No name and no time in the head: the same world is the same bytes.
        opened = gzip.GzipFile("", "wb", 4, raw, mtime=0) if self.compressed else raw
        opened.write(HEADER)
        self._open, self._raw = opened, raw
        self._in_file = 0

    def close(self) -> None:
        for stream in (self._open, self._raw):
            if stream is not None:
                stream.close()
        self._open = self._raw = None


@dataclass(frozen=True)
class _Kept:
    """What the truth needs: exports to the target, what alerts added to them, who has rows."""

    target: Array
    alert_usd: Array
    reports: Mask


def write_world(
    spec: WorldSpec, folder: Path, *, declarations: int = 0, progress: Progress = lambda text, share: None
) -> WrittenWorld:
    """Draw a world and write it.

    Args:
        spec: The world.
        folder: New or empty folder.
        declarations: About how many lines of customs declarations to write beside the figures; 0 for none.
        progress: Told what is being done, and the share done.

    Returns:
        What was written; the same spec gives the same bytes.

    Raises:
        UsageError: The folder holds something, or so many declarations cannot be had.
        InputError: The folder cannot be written.
    """
    if declarations:
        check_lines(declarations)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "the folder for the world is not empty",
            where=str(folder),
            fix="name a new or an empty folder (--output DIR)",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plan = make_plan(spec)
        sinks, kept = _write_figures(plan, folder, progress)
        truth = truth_of(plan, kept.target, kept.alert_usd, kept.reports)
        files = tuple(path for sink in sinks for path in sink.files)
        rows = sum(sink.rows for sink in sinks)
        truth["files"] = [path.name for path in files]
        truth["rows"] = rows
        declared: tuple[Path, ...] = ()
        if declarations:
            made = write_declarations(plan, kept.target, declarations, folder, progress=progress)
            declared = made.files
            truth["declarations"] = {"files": [path.name for path in declared], **made.truth}
        _write_rest(plan, folder, truth, files)
    except OSError as error:
        raise InputError(
            f"the world cannot be written: {error.strerror}", where=str(folder), fix="choose another --output"
        ) from error
    return WrittenWorld(folder, files, rows, truth, spec, declared)


def expected_rows(spec: WorldSpec) -> int:
    """About how many rows a world has, before it is drawn."""
    filled = 1 - spec.zero_share
    if spec.shipment_usd > 0:
        filled *= 0.45
    bilateral = spec.economies * (spec.economies - 1) * spec.goods * spec.periods * filled
    before = spec.event / spec.periods if spec.target_stops else 1.0
    imports = bilateral * (before + spec.importers) / spec.economies
    sums = (spec.economies + before + spec.importers) * spec.goods * spec.periods
    rows = (bilateral + imports + sums) * (1 - spec.gap_rate)
    if spec.revision_sd:  # each month of the after-window stands in three files
        rows *= 1 + 2 * (spec.after_months + 2) / spec.periods
    return round(rows)


def _write_figures(plan: Plan, folder: Path, progress: Progress) -> tuple[list[_Sink], _Kept]:
    """Write all rows; what the truth needs of them."""
    spec = plan.spec
    releases = count_releases(plan)
    expected = expected_rows(spec)
    compressed = expected > PLAIN_ROWS
    stems = ["trade"] if releases == 1 else [f"release-{number + 1:02d}" for number in range(releases)]
    sinks = [_Sink(folder, stem, compressed, releases == 1 and compressed) for stem in stems]
    writer = RowWriter(plan.names, annual=spec.annual)
    readers = np.concatenate([[0], plan.roles.importers])
    # Imports are not revised: (releases, importers, 1, t).
    is_new = np.array([[release_of(plan, int(reader), n).is_new for reader in readers] for n in range(releases)])
    is_new = is_new[:, :, None, :]
    shape = (spec.economies, spec.goods, spec.periods)
    target, alert = np.zeros(shape), np.zeros(shape)
    reports = plan.reports.copy()
    imported = np.zeros((len(readers), spec.goods, spec.periods))
    try:
        for supplier in range(spec.economies):
            supply = supply_of(plan, supplier)
            target[supplier], alert[supplier] = supply.value_usd[0], supply.alert_usd
            reports[supplier] &= (supply.value_usd > 0).any(axis=(0, 1))
            recorded = recorded_by_importers(plan, supplier, supply.value_usd)
            recorded *= plan.import_reports[readers][:, None, :]
            imported += recorded
            figures = (*earlier_figures(plan, supplier, supply.value_usd), supply.value_usd)
            for number, sink in enumerate(sinks):
                exported = np.zeros_like(supply.value_usd)
                release = release_of(plan, supplier, number)
                for figure, at in zip(figures, release.figures, strict=True):
                    exported[..., at] = figure[..., at]
                exported *= plan.reports[supplier]
                _write_exports(sink, writer, supplier, exported, supply.net_kg)
                new = recorded * is_new[number]
                _write_imports(sink, writer, supplier, new, supply.net_kg, readers)
                sink.end_of_supplier()
            progress("economies written", (supplier + 1) / spec.economies)
        for number, sink in enumerate(sinks):
            _write_sums(sink, writer, imported * is_new[number], readers, "M")
    finally:
        for sink in sinks:
            sink.close()
    return sinks, _Kept(target, alert, reports)


@dataclass(frozen=True)
class SimulatedRelease:
    """Which periods of a reporter stand in one file, and in which state.

    Attributes:
        figures: Periods with their first, second and last figure, three masks (3, t).
        is_new: Periods that no earlier file holds, (t,).
    """

    figures: Mask
    is_new: Mask


def count_releases(plan: Plan) -> int:
    """Files: one; or, with revisions, one for each month from the event on, until all figures are final."""
    if not plan.spec.revision_sd:
        return 1
    return plan.spec.periods - plan.spec.event + 2 + int(plan.delay.max())


def release_of(plan: Plan, reporter: int, number: int) -> SimulatedRelease:
    """What release ``number`` (from 0) holds of one reporter.

    A month's first figure comes in its own release (later by the reporter's delay), its second
    in the next, its last in the one after: after the last release every figure is final.
    """
    spec = plan.spec
    time = np.arange(spec.periods)
    if not spec.revision_sd:
        is_new = np.ones(spec.periods, dtype=bool)
        return SimulatedRelease(np.stack([~is_new, ~is_new, is_new]), is_new)
    newest = spec.event + number - int(plan.delay[reporter])
    is_first = number == 0
    last = time <= newest - 2 if is_first else time == newest - 2
    is_new = time <= newest if is_first else time == newest
    return SimulatedRelease(np.stack([time == newest, time == newest - 1, last]), is_new)


def _write(sink: _Sink, writer: RowWriter, rows: Flows) -> None:
    """Write rows, some hundred thousand at a time: text takes far more memory than figures."""
    for start in range(0, len(rows.value_usd), ROWS_AT_ONCE):
        part = rows.between(start, start + ROWS_AT_ONCE)
        sink.write(writer.lines(part), len(part.value_usd))


def _write_exports(sink: _Sink, writer: RowWriter, supplier: int, value: Array, net_kg: Array) -> None:
    """A supplier's exports by destination, and their sum."""
    destination, good, period = np.nonzero(value)
    rows = Flows(
        np.full(len(good), supplier), destination, good, period, value[destination, good, period],
        net_kg[destination, good, period], "X",
    )  # fmt: skip
    _write(sink, writer, rows)
    _write_sums(sink, writer, value.sum(axis=0)[None], np.array([supplier]), "X")


def _write_imports(
    sink: _Sink, writer: RowWriter, supplier: int, value: Array, net_kg: Array, readers: NDArray[np.intp]
) -> None:
    """What importers record of a supplier's exports."""
    place, good, period = np.nonzero(value)
    rows = Flows(
        readers[place], np.full(len(good), supplier), good, period, value[place, good, period],
        net_kg[readers[place], good, period], "M",
    )  # fmt: skip
    _write(sink, writer, rows)


def _write_sums(sink: _Sink, writer: RowWriter, value: Array, reporters: NDArray[np.intp], flow: str) -> None:
    """Rows with the World: (reporter, good, period)."""
    value = np.round(value, 2)
    place, good, period = np.nonzero(value)
    rows = Flows(
        reporters[place], np.full(len(good), len(writer.names.economies)), good, period,
        value[place, good, period], np.full(len(good), np.nan), flow,
    )  # fmt: skip
    _write(sink, writer, rows)


def write_episode(plan: Plan, truth: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write ``episode.yml`` and ``goods.csv``; returns their paths."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["code", "description"])
    names = plan.names
    table.writerows(zip(names.goods[plan.sanctioned], names.descriptions[plan.sanctioned], strict=True))
    episode, goods = folder / "episode.yml", folder / "goods.csv"
    goods.write_text(text.getvalue(), "utf-8", newline="\n")
    episode.write_text(episode_text(truth), "utf-8", newline="\n")
    return episode, goods


def _write_rest(plan: Plan, folder: Path, truth: Mapping[str, Any], files: tuple[Path, ...]) -> None:
    """The episode, its goods, the truth and the page on how to use them."""
    write_episode(plan, truth, folder)
    contents = {
        "truth.json": json.dumps(truth, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        "README.md": readme_text(truth, [path.name for path in files]),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, "utf-8", newline="\n")
