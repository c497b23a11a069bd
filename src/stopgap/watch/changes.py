"""Find the changes of an episode between two vintages, as events."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.base.vocab import Frequency, Report
from stopgap.codes.commodities import is_composite
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.tables import summary_lines
from stopgap.measures.revisions.run import diff
from stopgap.measures.revisions.stages import REPORTED_ROWS, REPORTER_VINTAGES
from stopgap.measures.revisions.vintage_diff import everything_up_to
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode
from stopgap.panel.prepare import MeasureOptions
from stopgap.watch.events import (
    Brought,
    Event,
    headline_events,
    latenesses,
    missing_events,
    period_events,
    period_number,
    period_text,
    row_events,
)

MISSING_AFTER = {Frequency.MONTHLY: 3, Frequency.ANNUAL: 1}


def changes_between(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    finding: Finding,
    *,
    earlier: str | None,
    missing_after: int | None = None,
) -> tuple[Event, ...]:
    """Return the events between an earlier vintage (``None`` in the first round) and that of a finding.

    A reporter counts as missing when ``missing_after`` periods late; 3 months or 1 year when ``None``.
    """
    later = finding.as_of
    events: list[Event] = []
    if earlier is not None:
        try:
            revision = diff(lake, episode_name, options, earlier=earlier, later=later)
        except MissingDataError:
            earlier = None
        else:
            events += headline_events(revision) + row_events(revision)
    flow = str(load_episode(episode_name).direction.flow(options.report))
    watched = _watched(episode_name, options, finding)
    frequency = Frequency(finding.frequency)
    is_monthly = frequency is Frequency.MONTHLY
    if earlier is None:
        events.append(Event("first-measure", finding.episode, f"first measure: {summary_lines(finding)[0]}"))
    else:
        before, after = (_reported(lake, vintage, finding, flow, watched) for vintage in (earlier, later))
        events += period_events(before, after)
    history = _history(lake, later, flow, frequency)
    events += missing_events(
        latenesses(history, number=int(earlier[1:])) if earlier else {},
        latenesses(history, number=int(later[1:])),
        watched=frozenset((source, reporter) for source in finding.coverage.sources for reporter in watched),
        least=missing_after or MISSING_AFTER[frequency],
        is_monthly=is_monthly,
    )
    return tuple(events)


def _watched(episode_name: str, options: MeasureOptions, finding: Finding) -> frozenset[str]:
    """Return the reporters to watch: members, hubs, and suppliers with figures; only the target for its own report.

    Reporters that never traded these goods with the target are excluded, as each would give an event.
    """
    if options.report is Report.MIRROR:
        return frozenset({finding.target})
    episode = load_episode(episode_name)
    suppliers = {row.supplier for row in finding.suppliers}
    coverage = finding.coverage
    silent = set(coverage.missing_reporters) - set(coverage.missing_without_baseline_trade)
    return frozenset(suppliers | set(episode.members()) | set(episode.hubs) | silent)


def _reported(
    lake: Path, vintage: str, finding: Finding, flow: str, watched: frozenset[str]
) -> Mapping[str, frozenset[str]]:
    """Return reporter -> periods reported as of a vintage, in the chapters, frequency and sources of a finding."""
    goods = {row.good for row in finding.by_good}
    chapters = sorted({good if is_composite(good) else good[:2] for good in goods})
    tables = {"chapters": pa.table({"chapter": pa.array(chapters, pa.string())})}
    with engine_on(lake, as_of=vintage, only=[TRADE.name]) as (engine, _):
        rows = engine.run(REPORTED_ROWS, tables=tables, params={"flow": flow}).to_pylist()
    is_monthly = finding.frequency == Frequency.MONTHLY
    found: dict[str, set[str]] = {}
    for row in rows:
        counts = row["frequency"] == finding.frequency and row["source"] in finding.coverage.sources
        if counts and row["reporter"] in watched:
            number = period_number(row["period"], is_monthly=is_monthly)
            found.setdefault(row["reporter"], set()).add(period_text(number, is_monthly=is_monthly))
    return {reporter: frozenset(periods) for reporter, periods in found.items()}


def _history(lake: Path, vintage: str, flow: str, frequency: Frequency) -> list[Brought]:
    """Return the last period that each vintage up to this one added, for each reporter."""
    snapshot = take_snapshot(lake, as_of=vintage, only=[TRADE.name])
    with contextlib.closing(connect(everything_up_to(lake, snapshot))) as con:
        rows = DuckDBEngine(con).run(REPORTER_VINTAGES, params={"flow": flow}).to_pylist()
    is_monthly = frequency is Frequency.MONTHLY
    return [
        Brought(row["source"], row["reporter"], row["number"], period_number(row["last_period"], is_monthly=is_monthly))
        for row in rows
        if row["frequency"] == frequency
    ]
