"""Write a simulated world to files: trade in Comtrade's layout, episode, goods list, planted truth and README.

Suppliers are drawn and written one after another, so that memory use stays small for any number of
rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stopgap.base.errors import InputError, UsageError
from stopgap.simulate.declarations import check_lines
from stopgap.simulate.declarations_files import write_declarations
from stopgap.simulate.plan import Array, Mask, Plan
from stopgap.simulate.planting import make_plan
from stopgap.simulate.readme import MEASURES_FILE, episode_text, readme_text
from stopgap.simulate.rows import HEADER, FileSeries, Flows, Places, Progress, RowWriter, sums_over_partners, write_csv
from stopgap.simulate.spec import WorldSpec, expected_rows
from stopgap.simulate.truth import truth_of
from stopgap.simulate.worlds import earlier_figures, recorded_by_importers, supply_of

ROWS_PER_FILE = 2_000_000
ROWS_AT_ONCE = 400_000
PLAIN_ROWS = 1_000_000
"""Up to this many expected rows, files are plain text; above, they are compressed."""


@dataclass(frozen=True)
class WrittenWorld:
    """The files of a simulated world that was written.

    Attributes:
        files: Files of trade figures, in the order in which they are to be imported.
        rows: Rows of figures in them, without headers.
        truth: The content of ``truth.json``.
        declarations: Files of customs declarations; empty where none were requested.
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
        """Return the paths of all files, and kind, seed and size of the world, as a JSON document."""
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


def write_world(
    spec: WorldSpec, folder: Path, *, declarations: int = 0, progress: Progress = lambda text, share: None
) -> WrittenWorld:
    """Draw a world and write it, with about ``declarations`` lines of customs declarations.

    The same spec gives the same bytes.

    Raises:
        UsageError: The folder is not empty, or the number of declarations is out of range.
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
        sinks, target, alert, reports = _write_figures(plan, folder, progress)
        truth = truth_of(plan, target, alert, reports)
        files = tuple(path for sink in sinks for path in sink.files)
        rows = sum(sink.rows for sink in sinks)
        truth["files"] = [path.name for path in files]
        truth["rows"] = rows
        declared: tuple[Path, ...] = ()
        if declarations:
            made = write_declarations(plan, target, declarations, folder, progress=progress)
            declared = made.files
            truth["declarations"] = {"files": [path.name for path in declared], **made.truth}
        write_episode(plan, truth, folder)
        text = json.dumps(truth, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        (folder / "truth.json").write_text(text, "utf-8", newline="\n")
        (folder / "README.md").write_text(readme_text(truth, truth["files"]), "utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"the world cannot be written: {error.strerror}", where=str(folder), fix="choose another --output"
        ) from error
    return WrittenWorld(folder, files, rows, truth, spec, declared)


def _write_figures(plan: Plan, folder: Path, progress: Progress) -> tuple[list[FileSeries], Array, Array, Mask]:
    """Write all rows; return the files and the truth's inputs: exports to the target, alert dollars, who has rows."""
    spec = plan.spec
    releases = count_releases(plan)
    expected = expected_rows(spec)
    compressed = expected > PLAIN_ROWS
    stems = ["trade"] if releases == 1 else [f"release-{number + 1:02d}" for number in range(releases)]
    is_numbered = releases == 1 and compressed
    sinks = [FileSeries(folder, stem, HEADER, ROWS_PER_FILE, compressed, is_numbered) for stem in stems]
    writer = RowWriter(plan.names, annual=spec.annual)
    readers = np.concatenate([[0], plan.roles.importers])
    # Imports are not revised: (releases, importers, 1, t).
    is_new = np.array([[release_of(plan, int(reader), n).is_new for reader in readers] for n in range(releases)])
    is_new = is_new[:, :, None, :]
    world, shape = spec.economies, (spec.economies, spec.goods, spec.periods)
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
                _write_trade(sink, writer, supplier, exported, supply.net_kg, np.arange(spec.economies), "X")
                _write(sink, writer, sums_over_partners(exported.sum(axis=0)[None], np.array([supplier]), "X", world))
                _write_trade(sink, writer, supplier, recorded * is_new[number], supply.net_kg, readers, "M")
                sink.end_of_supplier()
            progress("economies written", (supplier + 1) / spec.economies)
        for number, sink in enumerate(sinks):
            _write(sink, writer, sums_over_partners(imported * is_new[number], readers, "M", world))
    finally:
        for sink in sinks:
            sink.close()
    return sinks, target, alert, reports


@dataclass(frozen=True)
class SimulatedRelease:
    """Which periods of a reporter one release holds.

    ``figures`` are three masks (3, t): periods given with their first, second and last figure. ``is_new`` marks the
    periods that no earlier release holds, (t,).
    """

    figures: Mask
    is_new: Mask


def count_releases(plan: Plan) -> int:
    """Return the number of releases: one; or, with revisions, one per month from the event until all are final."""
    if not plan.spec.revision_sd:
        return 1
    return plan.spec.periods - plan.spec.event + 2 + int(plan.delay.max())


def release_of(plan: Plan, reporter: int, number: int) -> SimulatedRelease:
    """Return which periods of one reporter release ``number`` (from 0) holds.

    A month's first figure is in its own release (later by the reporter's delay), its second
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


def _write(sink: FileSeries, writer: RowWriter, rows: Flows) -> None:
    """Write rows in batches, because text takes far more memory than numbers."""
    for start in range(0, len(rows.value_usd), ROWS_AT_ONCE):
        part = rows.between(start, start + ROWS_AT_ONCE)
        sink.write(writer.lines(part), len(part.value_usd))


def _write_trade(
    sink: FileSeries, writer: RowWriter, supplier: int, value: Array, net_kg: Array, others: Places, flow: str
) -> None:
    """Write a supplier's exports by destination, or importers' records of them; value is (others, goods, periods)."""
    place, good, period = np.nonzero(value)
    own, other = np.full(len(good), supplier), others[place]
    reporter, partner = (own, other) if flow == "X" else (other, own)
    dollars, weight = value[place, good, period], net_kg[other, good, period]
    _write(sink, writer, Flows(reporter, partner, good, period, dollars, weight, flow))


def write_episode(plan: Plan, truth: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write ``episode.yml``, ``goods.csv``, and ``measures.csv`` where measures start in waves; returns the first two."""
    names = plan.names
    episode, goods = folder / "episode.yml", folder / "goods.csv"
    listed = zip(names.goods[plan.sanctioned], names.descriptions[plan.sanctioned], strict=True)
    write_csv(goods, ["code", "description"], listed)
    if measures := truth["episode"].get("measures"):
        write_csv(folder / MEASURES_FILE, list(measures[0]), [row.values() for row in measures])
    episode.write_text(episode_text(truth), "utf-8", newline="\n")
    return episode, goods
