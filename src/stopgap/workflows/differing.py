"""From two vintages of the lake to the figures that changed between them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.codes.goods import GoodsList, load_goods
from stopgap.errors import InputError, MissingDataError, NotFoundError, UsageError
from stopgap.findings import revisions
from stopgap.findings.measure import Cell, Roles
from stopgap.findings.results import Finding
from stopgap.findings.revision_results import ChangedRow, PeriodChange, Revision, Side
from stopgap.lake.connect import Snapshot, connect, take_snapshot
from stopgap.lake.engine import DuckDBEngine, Engine, Scalar
from stopgap.lake.log import read_log, resolve_vintage, table_path
from stopgap.lake.schema import TRADE
from stopgap.panel import revision_stages as stages
from stopgap.panel.basis import Basis, Match
from stopgap.panel.episodes import Episode, load_episode
from stopgap.panel.revision_stages import RowChange, State
from stopgap.panel.stages import panel
from stopgap.vocab import Frequency
from stopgap.workflows.measuring import engine_on, measure_on
from stopgap.workflows.preparing import MeasureOptions, Prepared, chosen_table, prepare

Tables = Mapping[str, pa.Table]
_KEY = ("source", "frequency", "flow", "reporter", "partner", "supplier", "good", "revision", "period")


@dataclass(frozen=True)
class _Vintage:
    """One side of the comparison: what was measured, and what it rests on."""

    engine: Engine
    snapshot: Snapshot
    finding: Finding
    prepared: Prepared


@dataclass(frozen=True)
class _Frame:
    """What decides which rows count, and how they weigh."""

    tables: Tables
    params: Mapping[str, Scalar]


def diff(
    lake: Path, episode_name: str, options: MeasureOptions, *, earlier: str, later: str | None = None
) -> Revision:
    """Which figures of an episode changed between two vintages, and why.

    Args:
        lake: Folder of the lake.
        episode_name: Built-in name or path of an episode file.
        options: As a measure takes them; ``as_of`` is not used. Windows left open end with each
            vintage's own figures, as a measure of that vintage has them.
        earlier: Vintage or day to compare from.
        later: Vintage or day to compare to; the newest when ``None``.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The episode cannot be measured as of one of the vintages.
        UsageError: The vintages stand in the wrong order.
        IdentityError: The parts of a change do not add up to it.
    """
    episode = load_episode(episode_name)
    first, last = _vintage(lake, earlier, option="--from"), _vintage(lake, later, option="--to")
    if int(first[1:]) > int(last[1:]):
        raise UsageError(
            f"{first} is newer than {last}",
            where="--from, --to",
            mend=f"compare from the older to the newer: --from {last} --to {first}",
        )
    with (
        engine_on(lake, as_of=first) as (engine_from, snapshot_from),
        engine_on(lake, as_of=last) as (engine_to, snapshot_to),
    ):
        before = _measured(engine_from, snapshot_from, episode, options, option="--from")
        goods_name = _goods_name(episode, options, before.finding)
        after = _measured(engine_to, snapshot_to, episode, replace(options, goods=goods_name), option="--to")
        return _Comparison(lake, episode, options, before, after).revision()


def _vintage(lake: Path, as_of: str | None, *, option: str) -> str:
    try:
        commit = resolve_vintage(read_log(lake), as_of)
    except (NotFoundError, InputError) as error:
        raise type(error)(
            error.what, where=error.where.replace("--as-of", option), mend=error.mend
        ) from error
    # An empty lake is named by its own error.
    return str(commit.vintage) if commit else take_snapshot(lake).vintage


def _measured(
    engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions, *, option: str
) -> _Vintage:
    try:
        finding = measure_on(engine, snapshot, episode, options)
    except MissingDataError as error:
        raise MissingDataError(
            f"as of {snapshot.vintage} the episode cannot be measured: {error.what}",
            where=f"{option}; {error.where}",
            mend=f"give a vintage that holds the figures (stopgap lake vintages lists what came when); or {error.mend}",
        ) from error
    goods = load_goods(_goods_name(episode, options, finding))
    return _Vintage(engine, snapshot, finding, prepare(engine, snapshot, episode, goods, options))


def _goods_name(episode: Episode, options: MeasureOptions, finding: Finding) -> str:
    """The list that was measured, as it can be loaded again."""
    if options.goods is not None:
        return options.goods
    return next(name for name in episode.goods if _version(load_goods(name)) == finding.goods_version)


def _version(goods: GoodsList) -> str:
    return goods.version_id


def _matches_beside(earlier: Basis, later: Basis) -> tuple[Match, ...]:
    """Codes that only the later vintage holds and that the earlier basis would have counted too."""
    if (earlier.frequency, earlier.level) != (later.frequency, later.level):
        return ()
    if earlier.level == "HS6" and earlier.revision != later.revision:
        return ()
    known, lengths = set(earlier.matches), {(match.source, len(match.good)) for match in earlier.matches}
    sources = {source for source, _ in lengths}
    return tuple(
        match
        for match in later.matches
        if match not in known and (match.source not in sources or (match.source, len(match.good)) in lengths)
    )


class _Comparison:
    """Two measured vintages, laid side by side."""

    def __init__(
        self, lake: Path, episode: Episode, options: MeasureOptions, before: _Vintage, after: _Vintage
    ) -> None:
        self.lake, self.episode, self.options = lake, episode, options
        self.before, self.after = before, after
        self.engine = after.engine
        self.stages = panel(options.report)
        first, last = before.prepared, after.prepared
        # A supplier without a row in one vintage is looked for where the other has it.
        chosen = [{**last.chosen, **first.chosen}, {**first.chosen, **last.chosen}]
        beside = _matches_beside(first.basis, last.basis)
        wider = replace(first.basis, matches=(*first.basis.matches, *beside))
        chapters = pa.concat_tables([first.tables["chapters"], last.tables["chapters"]])
        self.frame = self._frame(first, chosen[0])
        self.wider = _Frame(
            {
                **self.frame.tables,
                "wanted": wider.wanted_table(),
                "chapters": chapters.group_by("chapter").aggregate([])
                if beside
                else first.tables["chapters"],
            },
            self.frame.params,
        )
        self.later_frame = self._frame(last, chosen[1])
        self.chapters = chapters.group_by("chapter").aggregate([])
        self._pair()

    def _frame(self, prepared: Prepared, chosen: Mapping[str, str]) -> _Frame:
        table = chosen_table(chosen, self.episode.target, self.options.report)
        return _Frame({**prepared.tables, "chosen": table}, prepared.params)

    def _pair(self) -> None:
        """Read the rows of both vintages that can count, and lay them side by side."""
        report = self.options.report
        codes = _codes_table((self.wider, self.later_frame))
        days = [
            row["period"]
            for frame in (self.frame, self.later_frame)
            for row in frame.tables["periods"].to_pylist()
        ]
        span: dict[str, Scalar] = {"first": min(days).isoformat(), "last": max(days).isoformat()}
        rows, reported = [], []
        for vintage in (self.before, self.after):
            params = {**vintage.prepared.params, **span}
            rows.append(
                vintage.engine.run(stages.target_rows(report), tables={"codes": codes}, params=params)
            )
            reported.append(
                vintage.engine.run(stages.REPORTED_ROWS, tables={"chapters": self.chapters}, params=params)
            )
        self.span = span
        self.rows_to = rows[1]
        self.paired = self.engine.run(stages.PAIRED, tables={"rows_from": rows[0], "rows_to": rows[1]})
        in_both = self.engine.run(
            stages.REPORTED_IN_BOTH, tables={"reported_from": reported[0], "reported_to": reported[1]}
        )
        reported_in = (reported[0], reported[0], in_both, reported[1])
        self.state_tables: dict[State, Tables] = {
            state: {
                "trade": self.engine.run(stages.state_trade(state), tables={"paired": self.paired}),
                "reported": known,
            }
            for state, known in zip(State, reported_in, strict=True)
        }

    def revision(self) -> Revision:
        """The comparison, every identity checked."""
        steps = [(state, self.wider if state is State.TO else self.frame) for state in State]
        steps.append((State.TO, self.later_frame))
        cells = [[Cell(**row) for row in self._run(self.stages.cells, *step)] for step in steps]
        counted = [self._counted(*step) for step in steps]
        states = revisions.settle_states(cells, counted)
        roles = Roles(self.episode.members(), frozenset(self.episode.hubs))
        moving = counted[0] & counted[-1]
        rows, row_goods = self._changed_rows(moving)
        headline = revisions.headline_changes(states, roles, rows)
        suppliers = revisions.supplier_changes(states, rows)
        for vintage in (self.before, self.after):
            revisions.check_against(vintage.finding, (*headline, *suppliers), later=vintage is self.after)
        revisions.check_rows(suppliers, rows)
        periods = self._periods()
        finding = self.after.finding
        shown = {supplier for state in states for supplier, _ in state}
        reasons = self._basis_changes(counted[0] & shown, counted[-1] & shown, shown)
        unexplained = sorted(change.subject for change in suppliers if change.basis and not reasons)
        if unexplained:
            reasons.append(f"other codes or periods count for {', '.join(sorted(set(unexplained)))}")
        return Revision(
            episode=self.episode.name,
            target=self.episode.target,
            goods=finding.goods,
            goods_version=finding.goods_version,
            valuation=finding.valuation,
            report=finding.report,
            earlier=self._side(self.before),
            later=self._side(self.after),
            headline=headline,
            suppliers=suppliers,
            by_good=revisions.good_changes(states, roles, row_goods),
            periods=periods,
            first_releases=revisions.release_summaries(periods),
            rows=rows,
            basis_changes=tuple(reasons),
            warnings=tuple(self._warnings()),
        )

    def _run(self, stage: Any, state: State, frame: _Frame, **more: pa.Table) -> list[dict[str, Any]]:
        tables = {**frame.tables, **self.state_tables[state], **more}
        return list(self.engine.run(stage, tables=tables, params=frame.params).to_pylist())

    def _counted(self, state: State, frame: _Frame) -> frozenset[str]:
        """Suppliers that reported a season of the year in both windows."""
        seasons: dict[tuple[str, int], set[str]] = {}
        for row in self._run(self.stages.supplier_periods, state, frame):
            seasons.setdefault((row["supplier"], row["season"]), set()).add(row["part"])
        return frozenset(supplier for (supplier, _), parts in seasons.items() if len(parts) == 2)

    def _changed_rows(self, moving: frozenset[str]) -> tuple[tuple[ChangedRow, ...], list[tuple[str, str]]]:
        """Changed rows that count in either vintage, and (supplier, good of the panel) of each."""
        effects = stages.row_effects(self.options.report)
        found: dict[tuple[Any, ...], tuple[str, float | None]] = {}
        goods: set[tuple[tuple[Any, ...], str]] = set()
        changes = {_key(row): row for row in self.paired.to_pylist() if row["change"] != RowChange.SAME}
        runs = (
            (State.REVISED, self.frame, (RowChange.REVISED, RowChange.WITHDRAWN), True),
            (State.TO, self.wider, (RowChange.NEW,), True),
            (State.TO, self.later_frame, (RowChange.REVISED, RowChange.NEW), False),
        )
        for state, frame, kinds, weighs in runs:
            sums: dict[tuple[Any, ...], tuple[str, float | None]] = {}
            for row in self._run(effects, state, frame, paired=self.paired):
                key = _key(row)
                if changes[key]["change"] not in kinds or key in found:
                    continue
                goods.add((key, row["panel_good"]))
                _, before = sums.get(key, ("", 0.0))
                effect = (before or 0.0) + row["effect_usd"] if weighs and row["supplier"] in moving else None
                sums[key] = (row["part"], effect)
            found |= sums
        rows = [
            _changed_row(changes[key], part, effect, self.after.prepared.basis.frequency)
            for key, (part, effect) in found.items()
        ]
        rows.sort(
            key=lambda row: (
                -abs((row.to_usd or 0.0) - (row.from_usd or 0.0)),
                row.supplier,
                row.period,
                row.good,
            )
        )
        return tuple(rows), [(key[_KEY.index("supplier")], good) for key, good in goods]

    def _periods(self) -> tuple[PeriodChange, ...]:
        """Dollars of each supplier and period, and its first release, where either moved or was ever revised."""
        frame = self._period_frame()
        per_state = [
            {
                (row["supplier"], row["period"]): revisions.exact(row["value_usd"])
                for row in self._run(self.stages.series, state, frame)
            }
            for state in State
        ]
        firsts = {(row["supplier"], row["period"]): row for row in self._first_releases(frame)}
        frequency = self.after.prepared.basis.frequency
        found = []
        for supplier, period in sorted({key for state in per_state for key in state} | firsts.keys()):
            values = [state.get((supplier, period)) for state in per_state]
            change = revisions.figure_change(
                supplier,
                "period_usd",
                [*(value or revisions.NOTHING for value in values), values[-1] or revisions.NOTHING],
            )
            first = firsts.get((supplier, period), {})
            released, latest = first.get("first_usd"), first.get("latest_usd")
            found.append(
                PeriodChange(
                    supplier=supplier,
                    period=_text(period, frequency),
                    from_usd=None if values[0] is None else float(values[0]),
                    to_usd=None if values[-1] is None else float(values[-1]),
                    change_usd=change.change or 0.0,
                    revised_usd=change.revised or 0.0,
                    new_usd=change.new or 0.0,
                    withdrawn_usd=change.withdrawn or 0.0,
                    first_vintage=f"v{first['first_vintage']}" if first else None,
                    first_usd=released,
                    latest_usd=latest,
                    revised_since_first_share=latest / released - 1
                    if released and latest is not None
                    else None,
                )
            )
        return tuple(found)

    def _period_frame(self) -> _Frame:
        """The later vintage's frame over the periods of both, so that a new month is a new row."""
        periods = {
            row["period"]: row
            for frame in (self.frame, self.later_frame)
            for row in frame.tables["periods"].to_pylist()
            if self.before.prepared.basis.frequency == self.after.prepared.basis.frequency
            or frame is self.later_frame
        }
        schema = self.later_frame.tables["periods"].schema
        table = pa.Table.from_pylist([periods[day] for day in sorted(periods)], schema=schema)
        return _Frame({**self.later_frame.tables, "periods": table}, self.later_frame.params)

    def _first_releases(self, frame: _Frame) -> list[dict[str, Any]]:
        with_history = everything_up_to(self.lake, self.after.snapshot)
        con = connect(with_history)
        try:
            tables = {**frame.tables, "codes": _codes_table((self.later_frame,)), "rows_to": self.rows_to}
            params = {**frame.params, **self.span}
            stage = stages.first_releases(self.options.report)
            return list(DuckDBEngine(con).run(stage, tables=tables, params=params).to_pylist())
        finally:
            con.close()

    def _side(self, vintage: _Vintage) -> Side:
        finding, basis = vintage.finding, vintage.prepared.basis
        commit = resolve_vintage(read_log(self.lake), finding.as_of)
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

    def _basis_changes(self, before: frozenset[str], after: frozenset[str], shown: set[str]) -> list[str]:
        """In words, what counts otherwise in the later vintage."""
        first, last = self.before.prepared, self.after.prepared
        found = []
        for name, one, other in (
            ("baseline", first.windows.baseline, last.windows.baseline),
            ("after-window", first.windows.after, last.windows.after),
        ):
            if one != other:
                found.append(f"the {name} is {other[0]} to {other[1]} instead of {one[0]} to {one[1]}")
        for name, old, new in (
            ("frequency", str(first.basis.frequency), str(last.basis.frequency)),
            ("level", first.basis.level, last.basis.level),
            ("revision", first.basis.revision, last.basis.revision),
        ):
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

    def _warnings(self) -> Iterable[str]:
        """Warnings of one of the two measures that the other does not have."""
        for vintage, other in ((self.before, self.after), (self.after, self.before)):
            for warning in vintage.finding.warnings:
                if warning not in other.finding.warnings:
                    yield f"as of {vintage.finding.as_of}: {warning}"


def everything_up_to(lake: Path, snapshot: Snapshot) -> Snapshot:
    """A snapshot whose rows are those of every vintage up to this one, replaced and withdrawn ones too.

    Files are never rewritten, so each row stands there with the vintage that brought it; rows that
    an import copied stand there more than once.
    """
    commits = [
        commit
        for commit in read_log(lake)
        if commit.table == TRADE.name and commit.version <= snapshot.version
    ]
    names = {name: None for commit in commits for name in commit.added}
    files = tuple(path for name in names if (path := table_path(lake) / name).is_file())
    return replace(snapshot, tables={**snapshot.tables, TRADE.name: files}, is_newest=False)


def _codes_table(frames: Iterable[_Frame]) -> pa.Table:
    """``codes(source, frequency, revision, good, weight)``; the last frame's weights count."""
    found: dict[tuple[str, str, str, str], float] = {}
    for frame in frames:
        weights: dict[tuple[str, str, str, str], float] = {}
        for row in frame.tables["wanted"].to_pylist():
            key = (row["source"], str(frame.params["frequency"]), row["revision"], row["good"])
            weights[key] = weights.get(key, 0.0) + row["weight"]
        found |= weights
    names = ("source", "frequency", "revision", "good")
    rows = [dict(zip(names, key, strict=True)) | {"weight": weight} for key, weight in sorted(found.items())]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([*((name, pa.string()) for name in names), ("weight", pa.float64())])
    )


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _text(period: Any, frequency: Frequency) -> str:
    return f"{period:%Y-%m}" if frequency is Frequency.MONTHLY else f"{period:%Y}"


def _changed_row(
    row: Mapping[str, Any], part: str, effect_usd: float | None, frequency: Frequency
) -> ChangedRow:
    fields = ("change", "supplier", "good", "revision", "source", "reporter", "partner", "flow")
    both = ("usd", "vintage", "receipt")
    return ChangedRow(
        **{name: row[name] for name in fields},
        **{f"{side}_{name}": row[f"{side}_{name}"] for side in ("from", "to") for name in both},
        period=_text(row["period"], frequency),
        part=part,
        effect_usd=effect_usd,
    )
