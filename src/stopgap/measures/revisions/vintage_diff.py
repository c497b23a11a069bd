"""Compare two vintages row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.base.vocab import Frequency
from stopgap.lake.engines.engine import Engine, Scalar
from stopgap.lake.history import read_log, table_path
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.gross import GrossCell
from stopgap.measures.backfill.results import Finding
from stopgap.measures.revisions import stages
from stopgap.measures.revisions.causes import NOTHING, exact, figure_change
from stopgap.measures.revisions.results import ChangedRow, PeriodChange
from stopgap.measures.revisions.stages import ROW_KEY, RowChange, State
from stopgap.panel.basis import Basis, CodeMatch
from stopgap.panel.engine import engine_beside
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions, Prepared, chosen_table
from stopgap.panel.stages import panel

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Vintage:
    """One vintage of the comparison: its finding, and the engine, snapshot and inputs it was measured with."""

    engine: Engine
    snapshot: Snapshot
    finding: Finding
    prepared: Prepared


@dataclass(frozen=True)
class RowRules:
    """Tables and parameters that select and weight the rows that count."""

    tables: Tables
    params: Mapping[str, Scalar]


def _matches_beside(earlier: Basis, later: Basis) -> tuple[CodeMatch, ...]:
    """Return codes only in the later vintage that the earlier basis would have counted too."""
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


class SideBySide:
    """Two measured vintages of one episode, the earlier ``before`` and the later ``after``."""

    def __init__(self, lake: Path, episode: Episode, options: MeasureOptions, before: Vintage, after: Vintage) -> None:
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
        self.frame = self._made(first, chosen[0])
        self.wider = RowRules(
            {
                **self.frame.tables,
                "wanted": wider.wanted_table(),
                "chapters": chapters.group_by("chapter").aggregate([]) if beside else first.tables["chapters"],
            },
            self.frame.params,
        )
        self.later_frame = self._made(last, chosen[1])
        self.chapters = chapters.group_by("chapter").aggregate([])
        self._pair()

    def _made(self, prepared: Prepared, chosen: Mapping[str, str]) -> RowRules:
        table = chosen_table(chosen, self.episode.target, self.options.report)
        return RowRules({**prepared.tables, "chosen": table}, prepared.params)

    def _pair(self) -> None:
        """Read the rows of both vintages that can count, and join them by figure."""
        report = self.options.report
        codes = _codes_table((self.wider, self.later_frame))
        days = [
            day for frame in (self.frame, self.later_frame) for day in frame.tables["periods"]["period"].to_pylist()
        ]
        self.span: dict[str, Scalar] = {"first": min(days).isoformat(), "last": max(days).isoformat()}
        rows, reported = [], []
        for vintage in (self.before, self.after):
            params = {**vintage.prepared.params, **self.span}
            rows.append(vintage.engine.run(stages.target_rows(report), tables={"codes": codes}, params=params))
            reported.append(vintage.engine.run(stages.REPORTED_ROWS, tables={"chapters": self.chapters}, params=params))
        self.rows_to = rows[1]
        self.paired = self.engine.run(stages.PAIRED, tables={"rows_from": rows[0], "rows_to": rows[1]})
        either = {"reported_from": reported[0], "reported_to": reported[1]}
        in_both = self.engine.run(stages.REPORTED_IN_BOTH, tables=either)
        reported_in = (reported[0], reported[0], in_both, reported[1])
        self.state_tables: dict[State, Tables] = {
            state: {
                "trade": self.engine.run(stages.state_trade(state), tables={"paired": self.paired}),
                "reported": known,
            }
            for state, known in zip(State, reported_in, strict=True)
        }

    def cells(self) -> tuple[list[list[GrossCell]], list[frozenset[str]]]:
        """Return, for each of the five states, its cells and the suppliers with figures in both windows."""
        steps = [(state, self.wider if state is State.TO else self.frame) for state in State]
        steps.append((State.TO, self.later_frame))
        return (
            [[GrossCell(**row) for row in self._run(self.stages.cells, *step)] for step in steps],
            [self._counted(*step) for step in steps],
        )

    def _run(self, stage: Stage, state: State, frame: RowRules, **more: pa.Table) -> list[dict[str, Any]]:
        tables = {**frame.tables, **self.state_tables[state], **more}
        return list(self.engine.run(stage, tables=tables, params=frame.params).to_pylist())

    def _counted(self, state: State, frame: RowRules) -> frozenset[str]:
        """Return the suppliers that reported a calendar month (or annual figures) in both windows."""
        seasons: dict[tuple[str, int], set[str]] = {}
        for row in self._run(self.stages.supplier_periods, state, frame):
            seasons.setdefault((row["supplier"], row["season"]), set()).add(row["part"])
        return frozenset(supplier for (supplier, _), parts in seasons.items() if len(parts) == 2)

    def changed_rows(self, moving: frozenset[str]) -> tuple[tuple[ChangedRow, ...], list[tuple[str, str]]]:
        """Return the changed rows that count in either vintage, and (supplier, good of the panel) of each."""
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
        frequency = self.after.prepared.basis.frequency
        rows = [_changed_row(changes[key], part, effect, frequency) for key, (part, effect) in found.items()]
        rows.sort(
            key=lambda row: (-abs((row.to_usd or 0.0) - (row.from_usd or 0.0)), row.supplier, row.period, row.good)
        )
        return tuple(rows), [(key[ROW_KEY.index("supplier")], good) for key, good in goods]

    def period_changes(self) -> tuple[PeriodChange, ...]:
        """Return dollars of each supplier and period, with first releases, if they changed or were ever revised."""
        frame = self._period_frame()
        series = [self._run(self.stages.series, state, frame) for state in State]
        per_state = [{(row["supplier"], row["period"]): exact(row["value_usd"]) for row in rows} for rows in series]
        firsts = {(row["supplier"], row["period"]): row for row in self._first_releases(frame)}
        frequency = self.after.prepared.basis.frequency
        found = []
        for supplier, period in sorted({key for state in per_state for key in state} | firsts.keys()):
            values = [state.get((supplier, period)) for state in per_state]
            amounts = [value or NOTHING for value in (*values, values[-1])]
            change = figure_change(supplier, "period_usd", amounts)
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
                    revised_since_first_share=latest / released - 1 if released and latest is not None else None,
                )
            )
        return tuple(found)

    def _period_frame(self) -> RowRules:
        """Return the later vintage's rules over the periods of both vintages, so that a new month is a new row."""
        periods = {
            row["period"]: row
            for frame in (self.frame, self.later_frame)
            for row in frame.tables["periods"].to_pylist()
            if self.before.prepared.basis.frequency == self.after.prepared.basis.frequency or frame is self.later_frame
        }
        schema = self.later_frame.tables["periods"].schema
        table = pa.Table.from_pylist([periods[day] for day in sorted(periods)], schema=schema)
        return RowRules({**self.later_frame.tables, "periods": table}, self.later_frame.params)

    def _first_releases(self, frame: RowRules) -> list[dict[str, Any]]:
        with engine_beside(self.engine, everything_up_to(self.lake, self.after.snapshot)) as history:
            tables = {**frame.tables, "codes": _codes_table((self.later_frame,)), "rows_to": self.rows_to}
            params = {**frame.params, **self.span}
            stage = stages.first_releases(self.options.report)
            return list(history.run(stage, tables=tables, params=params).to_pylist())


def everything_up_to(lake: Path, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with the rows of every vintage up to this one, including replaced and withdrawn ones.

    Files are never rewritten, so each row appears with the vintage that brought it; rows that
    an import copied appear more than once.
    """
    commits = [
        commit
        for commit in read_log(lake, shows=[TRADE.name])
        if commit.table == TRADE.name and commit.version <= snapshot.version
    ]
    names = {name: None for commit in commits for name in commit.added}
    files = tuple(path for name in names if (path := table_path(lake) / name).is_file())
    return replace(snapshot, tables={**snapshot.tables, TRADE.name: files}, is_newest=False)


def _codes_table(frames: Iterable[RowRules]) -> pa.Table:
    """Build the table ``codes(source, frequency, revision, good, weight)``; the last rules' weights take precedence."""
    found: dict[tuple[str, str, str, str], float] = {}
    for frame in frames:
        weights: dict[tuple[str, str, str, str], float] = {}
        for row in frame.tables["wanted"].to_pylist():
            key = (row["source"], str(frame.params["frequency"]), row["revision"], row["good"])
            weights[key] = weights.get(key, 0.0) + row["weight"]
        found |= weights
    names = ("source", "frequency", "revision", "good")
    rows = [dict(zip(names, key, strict=True)) | {"weight": weight} for key, weight in sorted(found.items())]
    schema = pa.schema([*((name, pa.string()) for name in names), ("weight", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ROW_KEY)


def _text(period: Any, frequency: Frequency) -> str:
    return f"{period:%Y-%m}" if frequency is Frequency.MONTHLY else f"{period:%Y}"


def _changed_row(row: Mapping[str, Any], part: str, effect_usd: float | None, frequency: Frequency) -> ChangedRow:
    fields = ("change", "supplier", "good", "revision", "source", "reporter", "partner", "flow")
    both = ("usd", "vintage", "receipt")
    return ChangedRow(
        **{name: row[name] for name in fields},
        **{f"{side}_{name}": row[f"{side}_{name}"] for side in ("from", "to") for name in both},
        period=_text(row["period"], frequency),
        part=part,
        effect_usd=effect_usd,
    )
