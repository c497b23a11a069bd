"""What is watched in a lake, and what each watch reported last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import InputError
from stopgap.base.listing import Listing
from stopgap.base.marking import Marking, marking_of, strictest
from stopgap.briefs.markings import marked_name
from stopgap.watch.state import FOLDER, load_state


@dataclass(frozen=True)
class ReportedWatch:
    """One watch, as its last report in the lake has it.

    Attributes:
        watch: Name of the watch.
        episode: Episode that is watched.
        goods: Goods list that is measured.
        run: Number of the report.
        earlier: Vintage of the report before; ``None`` in the first.
        later: Vintage that was measured; ``None`` where nothing could be.
        events: What changed, a line each; empty where nothing did.
        alerts: Alerts that no earlier report has, as JSON.
        failures: What went wrong.
        marking: Marking of the report.
    """

    watch: str
    episode: str
    goods: str | None
    run: int
    earlier: str | None
    later: str | None
    events: tuple[str, ...]
    alerts: tuple[dict[str, Any], ...]
    failures: tuple[str, ...]
    marking: Marking

    def as_dict(self) -> dict[str, Any]:
        """Return the watch as JSON."""
        return {**asdict(self), "marking": self.marking.as_dict()}


@dataclass(frozen=True)
class ReportedWatches(Listing[ReportedWatch]):
    """The watches of a lake, by name."""

    def as_dict(self) -> dict[str, Any]:
        """Return the watches as JSON."""
        return {"watches": [each.as_dict() for each in self]}

    @property
    def strictest(self) -> Marking:
        """The strictest marking of the reports."""
        return strictest(each.marking for each in self)


def reported_watches(lake: Path) -> ReportedWatches:
    """Return the watches whose last report stands in the lake, without those above the viewer's clearance.

    A watch that writes its reports to another folder (``--output``) is not among them.

    Raises:
        InputError: A state or a report cannot be read.
    """
    return ReportedWatches(tuple(_watches(lake)))


def _watches(lake: Path) -> Iterator[ReportedWatch]:
    viewer = current_viewer()
    for path in sorted((lake / FOLDER).glob("*.json")):
        state = load_state(lake, path.stem)
        report = _report(lake / FOLDER / state.watch, state.watch, state.runs)
        if report is not None and (viewer is None or viewer.admits(report.marking)):
            yield report


def _report(folder: Path, watch: str, run: int) -> ReportedWatch | None:
    """Return the report of a run; ``None`` if it is not in the lake. Its name says its marking, and so does its content."""
    ending = f"_{watch}-{run:04d}.json"
    for path in sorted(folder.glob(f"*{ending}")):
        try:
            found = json.loads(path.read_text("utf-8"))
            marking = marking_of(found["marking"], where=path.name)
            if path.name != marked_name(ending[1:], marking):
                continue
            return ReportedWatch(
                watch=watch,
                episode=str(found["episode"]),
                goods=found["goods"],
                run=int(found["run"]),
                earlier=found["from"],
                later=found["to"],
                events=tuple(str(each["text"]) for each in found["events"]),
                alerts=tuple(found["alerts"]),
                failures=tuple(str(each["what"]) for each in found["failures"]),
                marking=marking,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                "the report of a watch cannot be read",
                where=f"{path.name}: {str(error)[:200]}",
                fix="remove the file: the next round writes another",
            ) from error
    return None
