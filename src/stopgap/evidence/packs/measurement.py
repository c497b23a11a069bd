"""Measure a pack's findings and verdicts, on the lake or on the pack itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stopgap.lake.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions


def bare_snapshot(vintage: str) -> Snapshot:
    """A vintage by its name alone: measures ask their engine for all else."""
    return Snapshot(Path(), vintage, True, -1, {}, (), {})


def each_asked(options: MeasureOptions, others: Sequence[str]) -> list[MeasureOptions]:
    """Options of a brief's findings: of the headline as it was asked for, and of the other goods lists by name."""
    return [options, *(replace(options, goods=name, frequency=None) for name in others)]


def measure_findings(
    engine: Engine, vintage: str, episode: Episode, options: MeasureOptions, others: Sequence[str]
) -> list[Finding]:
    """The findings of a brief, the headline first.

    Args:
        engine: Runs the stages.
        vintage: What the findings say they are of.
        episode: The episode, by itself.
        options: As the headline was asked for.
        others: Names of the other goods lists.

    Raises:
        MissingDataError: The engine lacks the figures.
    """
    snapshot = bare_snapshot(vintage)
    return [measure_on(engine, snapshot, episode, each) for each in each_asked(options, others)]
