"""Compare the figures of an episode between two vintages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stopgap.base.errors import InputError, MissingDataError, NotFoundError, UsageError
from stopgap.base.notes import as_note
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.history import history_to
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot, take_snapshot
from stopgap.measures.backfill.gross import Roles
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.measures.revisions import causes as revisions
from stopgap.measures.revisions.results import Revision, Side
from stopgap.measures.revisions.vintage_diff import SideBySide, Vintage
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions, prepare


def diff(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    *,
    earlier: str,
    later: str | None = None,
    engine: EngineOptions = DUCKDB,
) -> Revision:
    """Compare an episode's figures between two vintages, with causes; ``as_of`` of the options is ignored.

    Windows left open end with each vintage's own figures, as in a measure of that vintage.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The episode cannot be measured at one of the vintages.
        UsageError: The first vintage is newer than the second.
        IdentityError: The parts of a change do not add up to it.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap diff")
    first, last = _vintage(lake, earlier, option="--from"), _vintage(lake, later, option="--to")
    if int(first[1:]) > int(last[1:]):
        raise UsageError(
            f"{first} is newer than {last}",
            where="--from, --to",
            fix=f"compare from the older to the newer: --from {last} --to {first}",
        )
    with (
        engine_on(lake, as_of=first, engine=engine, only=[TRADE.name]) as (engine_from, snapshot_from),
        engine_on(lake, as_of=last, engine=engine, only=[TRADE.name]) as (engine_to, snapshot_to),
    ):
        before = _measured(engine_from, snapshot_from, episode, options, option="--from")
        goods_name = goods_measured(episode, options, before.finding)
        after = _measured(engine_to, snapshot_to, episode, replace(options, goods=goods_name), option="--to")
        return _revision(SideBySide(lake, episode, options, before, after))


def _vintage(lake: Path, as_of: str | None, *, option: str) -> str:
    try:
        _, commit = history_to(lake, as_of)
    except (NotFoundError, InputError) as error:
        raise type(error)(error.what, where=error.where.replace("--as-of", option), fix=error.fix) from error
    # An empty lake is named by its own error.
    return str(commit.vintage) if commit else take_snapshot(lake, only=[TRADE.name]).vintage


def _measured(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions, *, option: str) -> Vintage:
    try:
        finding = measure_on(engine, snapshot, episode, options)
    except MissingDataError as error:
        raise MissingDataError(
            f"as of {snapshot.vintage} the episode cannot be measured: {error.what}",
            where=f"{option}; {error.where}",
            fix=f"give a vintage that holds the figures (stopgap lake vintages lists what came when); or {error.fix}",
        ) from error
    goods = episode.goods_list(goods_measured(episode, options, finding))
    return Vintage(engine, snapshot, finding, prepare(engine, snapshot, episode, goods, options))


def goods_measured(episode: Episode, options: MeasureOptions, finding: Finding) -> str:
    """Return the name or path of the goods list that was measured, so that it can be loaded again."""
    if options.goods is not None:
        return options.goods
    return next(name for name in episode.goods if episode.goods_list(name).version_id == finding.goods_version)


def _revision(pair: SideBySide) -> Revision:
    """Build the comparison and check every identity."""
    episode, vintages, finding = pair.episode, (pair.before, pair.after), pair.after.finding
    cells, counted = pair.cells()
    states = revisions.settle_states(cells, counted)
    roles = Roles(episode.members(), frozenset(episode.hubs))
    rows, row_goods = pair.changed_rows(counted[0] & counted[-1])
    headline = revisions.headline_changes(states, roles, rows)
    suppliers = revisions.supplier_changes(states, rows)
    for vintage in vintages:
        revisions.check_against(vintage.finding, (*headline, *suppliers), later=vintage is pair.after)
    revisions.check_rows(suppliers, rows)
    periods = pair.period_changes()
    shown = {supplier for state in states for supplier, _ in state}
    reasons = _basis_changes(pair, counted[0] & shown, counted[-1] & shown, shown)
    unexplained = {change.subject for change in suppliers if change.basis and not reasons}
    if unexplained:
        reasons.append(f"other codes or periods count for {', '.join(sorted(unexplained))}")
    return Revision(
        episode=episode.name,
        target=episode.target,
        goods=finding.goods,
        goods_version=finding.goods_version,
        valuation=finding.valuation,
        report=finding.report,
        earlier=_side(pair.lake, pair.before),
        later=_side(pair.lake, pair.after),
        headline=headline,
        suppliers=suppliers,
        by_good=revisions.good_changes(states, roles, row_goods),
        periods=periods,
        first_releases=revisions.release_summaries(periods),
        rows=rows,
        basis_changes=tuple(reasons),
        warnings=tuple(  # of one of the two measures, that the other does not have
            as_note(warning).changed(f"as of {vintage.finding.as_of}: {{}}".format)
            for vintage, other in (vintages, vintages[::-1])
            for warning in vintage.finding.warnings
            if warning not in other.finding.warnings
        ),
    )


def _side(lake: Path, vintage: Vintage) -> Side:
    finding, basis = vintage.finding, vintage.prepared.basis
    _, commit = history_to(lake, finding.as_of)
    return Side(
        vintage=finding.as_of,
        committed=commit.committed if commit else "",
        finding_id=finding.finding_id,
        baseline=finding.windows.baseline,
        after=finding.windows.after,
        frequency=finding.frequency,
        level=basis.level,
        revision=basis.revision,
        queries=finding.queries,
    )


def _basis_changes(pair: SideBySide, before: frozenset[str], after: frozenset[str], shown: set[str]) -> list[str]:
    """Describe which windows, levels, sources and suppliers count differently in the later vintage."""
    first, last = pair.before.prepared, pair.after.prepared
    windows = (
        ("baseline", first.windows.baseline, last.windows.baseline),
        ("after-window", first.windows.after, last.windows.after),
    )
    found = [
        f"the {name} is {new[0]} to {new[1]} instead of {old[0]} to {old[1]}"
        for name, old, new in windows
        if old != new
    ]
    for name in ("frequency", "level", "revision"):
        old, new = getattr(first.basis, name), getattr(last.basis, name)
        if old != new:
            found.append(f"the {name} measured is {new} instead of {old}")
    moved = [
        f"{supplier} ({first.chosen[supplier]} to {last.chosen[supplier]})"
        for supplier in sorted(first.chosen.keys() & last.chosen.keys() & shown)
        if first.chosen[supplier] != last.chosen[supplier]
    ]
    if moved:
        found.append(f"another source is taken for {', '.join(moved)}")
    if came := sorted(after - before):
        found.append(f"silent in a window before, and counted now: {', '.join(came)}")
    if went := sorted(before - after):
        found.append(f"counted before, and silent in a window now: {', '.join(went)}")
    return found
