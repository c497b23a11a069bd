"""Turn an episode of importers round: the coalition as one destination, the target as the supplier that it turned from.

An episode of the role ``suppliers-to-coalition`` asks who replaced the target in the coalition's imports. Seen from the
coalition it is an episode like any other: trade with one destination fell for one supplier, and other suppliers may have
filled it. So the measure is not written a second time: its stages read relations in which the members are one
destination (``panel/coalition_stages.py``), and its episode names that destination as the target. What it finds is
turned back by the measure itself. docs/adr/0026-substitute-suppliers.md says why.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction, EpisodeRole, Flow, Report
from stopgap.codes.commodities import BENEATH_HS6, is_composite, level_of
from stopgap.codes.goods import GoodsItem, GoodsList
from stopgap.codes.groups import expand
from stopgap.lake.engines.engine import Engine, Scalars, Tables
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.panel.all_destinations import ordinary_matches
from stopgap.panel.basis import MATCH_SCHEMA, Basis, CodeMatch, Matcher, ReportedCount, choose_sources
from stopgap.panel.coalition_periods import counted, seasons_of, usable
from stopgap.panel.coalition_stages import (
    COALITION,
    CODES,
    EVENED_REPORTED,
    EVENED_ROWS,
    EXPORTERS_REPORTED,
    EXPORTERS_ROWS,
    HOLDERS,
    IMPORTERS_ROWS,
    MEMBER_CELLS,
    REPORTS,
    SUPPLIERS,
)
from stopgap.panel.episodes import Episode, Window
from stopgap.panel.measures_table import Covers
from stopgap.panel.prepare import MeasureOptions, Prepared, prepare

EVENED_SOURCE = "reported"
"""Source of rows that several sources gave."""

_Rows = Mapping[tuple[str, str], Mapping[str, set[dt.date]]]  # (flow, reporter) -> source -> periods reported


@dataclass
class RelationsEngine:
    """Runs stages on another engine, with some of the lake's relations replaced by stages.

    A stage that reads ``trade`` reads the stage given for it instead. ``tables`` and ``params`` are those that the
    stages given need; what a run gives takes precedence.
    """

    engine: Engine
    relations: Mapping[str, Stage]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    params: Scalars = field(default_factory=dict)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.engine.name

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows."""
        return self.engine.run(
            reading(stage, tuple(self.relations.items())),
            tables={**self.tables, **(tables or {})},
            params={**self.params, **(params or {})},
        )


@functools.lru_cache(maxsize=256)
def reading(stage: Stage, relations: tuple[tuple[str, Stage], ...]) -> Stage:
    """Return a stage that reads other stages in place of relations, in itself and in all stages that it needs."""
    sql, needs = stage.sql, tuple(reading(each, relations) for each in stage.needs)
    for name, other in relations:
        changed = re.sub(rf"\b(FROM|JOIN)(\s+){name}\b", rf"\1\2{other.name}", sql)
        needs, sql = (needs if changed == sql else (other, *needs)), changed
    return replace(stage, sql=sql, needs=needs, on_copy=None)  # arrays know nothing of the bloc


@dataclass(frozen=True)
class MemberImports:
    """Dollars a year that one member bought of one kind of seller; ``counts`` is false if it lacks a window."""

    member: str
    seller: str  # target, member (another one) or supplier
    baseline_usd: float
    after_usd: float
    baseline_total_usd: float  # sum over the baseline, also of members that do not count
    counts: bool


@dataclass(frozen=True)
class OtherSide:
    """Trade of coalition and target as the other side reports it, dollars a year; ``None`` where it lacks a window."""

    baseline_usd: float | None
    after_usd: float | None
    silent: tuple[str, ...] = ()  # first months of the periods that the target did not report


@dataclass(frozen=True)
class _Seen:
    """What one side's reports show.

    Attributes:
        imports: What each member bought.
        mirror: The same by the other side's reports.
        missing: Members silent in a window, sorted; empty where exporters report.
        uncommon: Of these, those that reported both windows and no month of the year in both.
        gaps: Periods that a counted member did not report (``DEU 2023-03``).
        growth_by_importers: Suppliers whose trade elsewhere is taken from the reports of other importers.
        notes: Members whose figures are partial, or at other levels of codes only.
    """

    report: Report
    imports: tuple[MemberImports, ...]
    mirror: OtherSide
    sources: tuple[str, ...]
    queries: tuple[str, ...]
    missing: tuple[str, ...] = ()
    uncommon: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    growth_by_importers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CoalitionView(_Seen):
    """An episode of importers as its measure reads it, and what is needed to turn the answer back.

    Attributes:
        engine: Runs the measure's stages on the relations with the coalition as one destination.
        episode: The episode with the coalition as target and the target as coalition.
        asked: The episode as written.
        basis: Figures that were chosen.
    """

    engine: Engine
    episode: Episode
    goods: GoodsList
    options: MeasureOptions
    asked: Episode
    asked_goods: GoodsList
    basis: Basis
    members: Mapping[str, str | None]

    @property
    def flow(self) -> Flow:
        """Flow that the figures are reported under: imports of members, or exports to them."""
        return self.asked.direction.flow(self.report)


def turned(episode: Episode) -> Episode:
    """Return the episode with the coalition as target, and the target as the supplier that lost; it is no control.

    A measure of all members is one on the target's sales; one of some of them covers a part.
    """
    members = set(episode.members())
    measures = tuple(
        replace(
            row,
            member=episode.target,
            covers=row.covers if members <= set(expand([row.member], on=row.first)) else Covers.PART,
        )
        for row in episode.measures
    )
    return replace(
        episode,
        target=COALITION,
        direction=Direction.EXPORTS_TO_TARGET,
        role=EpisodeRole.SUPPLIERS_TO_TARGET,
        coalition=(episode.target,),
        hubs=(*episode.hubs, episode.target),
        measures=tuple(dict.fromkeys(measures)),
    )


def coalition_view(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> CoalitionView:
    """Prepare an episode of importers for a measure: members' reports of imports, or exporters' (``mirror``).

    Raises:
        MissingDataError: The lake has no figures of the coalition's imports of the list.
        EpisodeError: The windows overlap or hold no whole period.
    """
    members = episode.members()
    own = {"bloc_members": pa.table({"member": pa.array(sorted(members), pa.string())})}
    inward, plain = turned(episode), replace(options, report=Report.REPORTED)
    relations: Mapping[str, Stage] = {"trade": IMPORTERS_ROWS}
    if options.report is Report.MIRROR:
        relations = {"trade": EXPORTERS_ROWS, "reported": EXPORTERS_REPORTED}
    reader = RelationsEngine(engine, relations, own)
    try:
        prepared = prepare(reader, snapshot, inward, goods, plain)
    except MissingDataError as error:
        what = error.what.replace(
            f"exports to {COALITION}", f"imports of the coalition ({', '.join(episode.coalition)})"
        )
        raise MissingDataError(what, where=error.where, fix=error.fix) from error
    ground = _Ground(engine, episode, goods, prepared, members, own)
    return (
        ground.importers(inward, plain)
        if options.report is Report.REPORTED
        else ground.exporters(reader, inward, plain)
    )


class _Ground:
    """What the lake holds for an episode of importers, once figures and windows are chosen."""

    def __init__(
        self,
        engine: Engine,
        episode: Episode,
        goods: GoodsList,
        prepared: Prepared,
        members: Mapping[str, str | None],
        own: Mapping[str, pa.Table],
    ) -> None:
        self.engine, self.episode, self.goods, self.members = engine, episode, goods, members
        self.prepared, self.basis = prepared, prepared.basis
        self.seasons = seasons_of(prepared.tables["periods"].to_pylist())
        self.per_year = self.basis.frequency.periods_per_year
        self.params = {**prepared.params, "bloc_target": episode.target}
        self.tables = {**prepared.tables, **own}
        traded = [(row["source"], row["revision"], row["good"]) for row in self._rows(CODES)]
        lists = [goods, *map(episode.goods_list, dict.fromkeys((*episode.goods, *episode.not_ordinary)))]
        self.codes = listed_matches(traded, self.basis, goods)
        self.tables["bloc_codes"] = _codes_table(self.codes, ordinary_matches(traded, self.basis, lists))
        self.reported: dict[tuple[str, str], dict[str, set[dt.date]]] = {}
        for row in self._rows(REPORTS):
            periods = self.reported.setdefault((row["flow"], row["reporter"]), {}).setdefault(row["source"], set())
            periods.add(row["period"])
        self.revision: dict[tuple[str, str, str, dt.date], str] = {}
        self.holders: dict[tuple[str, str], set[str]] = {}
        self.listed_holders: dict[tuple[str, str], set[str]] = {}
        for row in self._rows(HOLDERS):
            key = (row["flow"], row["reporter"])
            self.revision[(*key, row["source"], row["period"])] = row["revision"]
            if row["is_outside"]:
                self.holders.setdefault(key, set()).add(row["source"])
            if row["is_listed"]:
                self.listed_holders.setdefault(key, set()).add(row["source"])

    def _rows(self, stage: Stage) -> list[dict[str, Any]]:
        return list(self.engine.run(stage, tables=self.tables, params=self.params).to_pylist())

    def chosen(self, flow: Flow, reporters: Iterable[str], held: Mapping[tuple[str, str], set[str]]) -> dict[str, str]:
        """Return the source of each reporter that holds figures."""
        names = [name for name in reporters if held.get((flow, name))]
        counts: list[ReportedCount] = [
            {"reporter": name, "source": source, "part": part, "periods": number}
            for name in names
            for source, periods in self.reported.get((flow, name), {}).items()
            for part in ("baseline", "after")
            if (number := sum(self.seasons[period][0] == part for period in periods))
        ]
        return choose_sources(counts, {name: held[flow, name] for name in names})

    def periods(self, flow: Flow, reporter: str, source: str) -> set[dt.date]:
        """Return the periods of both windows that a reporter reported."""
        return self.reported.get((flow, reporter), {}).get(source, set())

    def reports(
        self, flow: Flow, chosen: Mapping[str, str], whole: frozenset[dt.date] | None, *, silent: bool = False
    ) -> list[dict[str, object]]:
        """Return rows of ``bloc_reports``; without ``whole`` each reporter by its own periods.

        ``silent`` adds the periods that do not count, with weight 0.
        """
        rows = []
        for name, source in sorted(chosen.items()):
            own = self.periods(flow, name, source)
            taken = counted(own, frozenset(self.seasons) if whole is None else whole, self.seasons, self.per_year)
            for period in sorted(own if silent else taken):
                revision = self.revision.get((flow, name, source, period))
                found = taken.get(period)
                if revision is None:
                    continue
                rows.append(
                    {
                        "flow": str(flow),
                        "reporter": name,
                        "source": source,
                        "frequency": str(self.basis.frequency),
                        "period": period,
                        "part": self.seasons[period][0],
                        "revision": revision,
                        "weight": found.weight if found else 0.0,
                        "factor": found.factor if found else 0.0,
                        "is_member": name in self.members,
                    }
                )
        return rows

    def imports(self, flow: Flow, chosen: Mapping[str, str]) -> tuple[MemberImports, ...]:
        """Return what members bought by one flow's reports: members' own imports, or exports to them."""
        reports = _reports_table(self.reports(flow, chosen, None, silent=True))
        tables = {**self.tables, "bloc_reports": reports}
        rows = self.engine.run(MEMBER_CELLS, tables=tables, params={**self.params, "bloc_flow": str(flow)}).to_pylist()
        counting = {name for name, source in chosen.items() if usable(self.periods(flow, name, source), self.seasons)}
        by_member = flow is Flow.IMPORT
        found = (MemberImports(**row, counts=not by_member or row["member"] in counting) for row in rows)
        return tuple(sorted(found, key=lambda row: (row.member, row.seller)))

    def other_side(self, flow: Flow, chosen: Mapping[str, str]) -> OtherSide:
        """Return the trade of coalition and target by one flow's reports."""
        found = [row for row in self.imports(flow, chosen) if row.seller == "target" and row.counts]
        compares = any(usable(self.periods(flow, name, source), self.seasons) for name, source in chosen.items())
        silent: set[dt.date] = set()
        if flow is Flow.EXPORT:
            silent = set(self.seasons).difference(*(self.periods(flow, *each) for each in chosen.items()))
        months = tuple(f"{period:%Y-%m}" for period in sorted(silent))
        if not found or not compares:
            return OtherSide(None, None, months)
        return OtherSide(
            math.fsum(row.baseline_usd for row in found), math.fsum(row.after_usd for row in found), months
        )

    def exporters_of(self, *, held: Mapping[tuple[str, str], set[str]]) -> dict[str, str]:
        """Return economies that report exports, with their sources; members too, whose exports to members are known."""
        return self.chosen(Flow.EXPORT, {name for flow, name in held if flow == Flow.EXPORT}, held)

    def importers(self, inward: Episode, plain: MeasureOptions) -> CoalitionView:
        """Return the view by members' reports of imports."""
        own = self.chosen(Flow.IMPORT, self.members, self.listed_holders)
        own_usable = {
            name: usable(self.periods(Flow.IMPORT, name, source), self.seasons) for name, source in own.items()
        }
        whole: frozenset[dt.date] = frozenset().union(*own_usable.values()) if own_usable else frozenset()
        if not whole:
            raise MissingDataError(
                f"no member of the coalition has figures in both windows for the goods list {self.goods.name}",
                where=f"episode {self.episode.name}, baseline {':'.join(self.prepared.windows.baseline)}, after {':'.join(self.prepared.windows.after)}",
                fix="choose windows that the data cover (--baseline, --after), or import the missing periods",
            )
        outside = {name for _, name in self.holders} - set(self.members)
        exporters = self.chosen(Flow.EXPORT, outside, self.holders)
        exporters = {
            name: source
            for name, source in exporters.items()
            if counted(self.periods(Flow.EXPORT, name, source), whole, self.seasons, self.per_year)
        }
        importers = {**own, **self.chosen(Flow.IMPORT, outside, self.holders)}
        reports = self.reports(Flow.IMPORT, importers, whole) + self.reports(Flow.EXPORT, exporters, whole)
        tables = {
            "bloc_members": self.tables["bloc_members"],
            "bloc_codes": self.tables["bloc_codes"],
            "bloc_reports": _reports_table(reports),
            "bloc_exporters": pa.table({"exporter": pa.array(sorted(exporters), pa.string())}),
            "bloc_chapters": self.tables["chapters"],
            "bloc_periods": pa.table(
                {
                    "frequency": pa.array([str(self.basis.frequency)] * len(whole), pa.string()),
                    "period": pa.array(sorted(whole), pa.date32()),
                }
            ),
        }
        params = {"bloc_source": EVENED_SOURCE, "bloc_revision": self._revision_label()}
        sellers = sorted(self.engine.run(SUPPLIERS, tables=tables, params=params)["supplier"].to_pylist())
        tables["bloc_suppliers"] = pa.table({"supplier": pa.array(sellers, pa.string())})
        counting = sorted(name for name, periods in own_usable.items() if periods)
        coarse = self._at_other_levels(set(own))
        missing = {*own, *coarse, *(name for name in self.members if not self._reported_both(name))} - set(counting)
        sources = {own[name] for name in counting}
        return self._view(
            RelationsEngine(self.engine, {"trade": EVENED_ROWS, "reported": EVENED_REPORTED}, tables, params),
            inward,
            plain,
            _Seen(
                Report.REPORTED,
                imports=self.imports(Flow.IMPORT, own),
                mirror=self.other_side(Flow.EXPORT, self._only_target(self.exporters_of(held=self.listed_holders))),
                missing=tuple(sorted(missing)),
                uncommon=tuple(sorted(name for name in missing & set(own) if self._has_both(name, own[name]))),
                gaps=tuple(
                    f"{name} {period:%Y-%m}"
                    for name in counting
                    for period in sorted(set(self.seasons) - self.periods(Flow.IMPORT, name, own[name]))
                ),
                growth_by_importers=tuple(
                    name for name in sellers if name not in exporters and name != self.episode.target
                ),
                notes=(*self._partial(own), *self._coarse_note(coarse)),
                sources=tuple(sorted(sources)),
                queries=self._queries(
                    f"reporter IN ({listed(counting)}) AND partner NOT IN ({listed(sorted(self.members))}) AND flow = 'M'",
                    "partner",
                    sources,
                ),
            ),
        )

    def exporters(self, reader: Engine, inward: Episode, plain: MeasureOptions) -> CoalitionView:
        """Return the view by exporters' reports of what they sold to members."""
        chosen = self.prepared.chosen
        sources = set(chosen.values())
        return self._view(
            reader,
            inward,
            plain,
            _Seen(
                Report.MIRROR,
                imports=self.imports(Flow.EXPORT, {**self.exporters_of(held=self.listed_holders), **chosen}),
                mirror=self.other_side(Flow.IMPORT, self.chosen(Flow.IMPORT, self.members, self.listed_holders)),
                sources=tuple(sorted(sources)),
                queries=self._queries(
                    f"reporter NOT IN ({listed(sorted(self.members))}) AND partner IN ({listed(sorted(self.members))}) AND flow = 'X'",
                    "reporter",
                    sources,
                ),
            ),
        )

    def _view(self, engine: Engine, inward: Episode, plain: MeasureOptions, seen: _Seen) -> CoalitionView:
        windows, by_importers = self.prepared.windows, seen.report is Report.REPORTED
        return CoalitionView(
            engine=engine,
            episode=replace(inward, baseline=Window(*windows.baseline), after=Window(*windows.after)),
            goods=self._goods() if by_importers else self.goods,
            options=plain,
            asked=self.episode,
            asked_goods=self.goods,
            basis=self.basis,
            members=self.members,
            **vars(seen),
        )

    def _at_other_levels(self, known: set[str]) -> tuple[str, ...]:
        """Return members that hold the goods at other levels of codes alone."""
        tables = {**self.tables, "bloc_codes": _codes_table(self.basis.passed_over, ())}
        rows = self.engine.run(HOLDERS, tables=tables, params=self.params).to_pylist() if self.basis.passed_over else []
        found = {row["reporter"] for row in rows if row["flow"] == Flow.IMPORT and row["is_outside"]}
        return tuple(sorted(found & set(self.members) - known))

    def _coarse_note(self, members: Sequence[str]) -> list[str]:
        text = f"measured at {self.basis.level} level; with figures at other levels only, and not counted"
        return [f"{text}: {', '.join(members)}"] if members else []

    def _partial(self, chosen: Mapping[str, str]) -> list[str]:
        """Return a note for each source that holds under half of the goods."""
        held: dict[str, set[str]] = {}
        for match in self.codes:
            held.setdefault(match.source, set()).add(match.panel_good)
        return [
            f"{source} holds {len(goods)} of the {len(self.basis.items)} goods measured, so these members' figures are partial: "
            + ", ".join(sorted(name for name, taken in chosen.items() if taken == source))
            for source, goods in sorted(held.items())
            if len(goods) * 2 < len(self.basis.items) and source in chosen.values()
        ]

    def _goods(self) -> GoodsList:
        """Return the goods list in the codes and revision of the panel, to which the rows are converted."""
        if self.basis.level != "HS6":
            return self.goods
        items = (GoodsItem(code, item.description, item.group) for code, item in sorted(self.basis.items.items()))
        return replace(self.goods, revision=self.basis.revision, items=tuple(items))

    def _revision_label(self) -> str:
        return self.basis.revision if self.basis.level == "HS6" else max(match.revision for match in self.basis.matches)

    def _only_target(self, chosen: Mapping[str, str]) -> dict[str, str]:
        return {name: source for name, source in chosen.items() if name == self.episode.target}

    def _has_both(self, name: str, source: str) -> bool:
        return {self.seasons[period][0] for period in self.periods(Flow.IMPORT, name, source)} == {"baseline", "after"}

    def _reported_both(self, name: str) -> bool:
        return any(self._has_both(name, source) for source in self.reported.get((Flow.IMPORT, name), {}))

    def _queries(self, where: str, supplier: str, sources: Iterable[str]) -> tuple[str, ...]:
        """Return SQL for ``stopgap query``: sums by supplier and period, and every row."""
        goods, periods = sorted({match.good for match in self.codes}), sorted(self.seasons)
        where += (
            f" AND frequency = '{self.basis.frequency}' AND source IN ({listed(sorted(sources))}) AND good IN ({listed(goods)})"
            f" AND period IN ({', '.join(f'DATE {quoted(period.isoformat())}' for period in periods)})"
        )
        member = "reporter" if supplier == "partner" else "partner"
        return (
            f"SELECT {supplier} AS supplier, period, sum(value_usd) AS value_usd FROM trade WHERE {where} GROUP BY ALL ORDER BY supplier, period",
            f"SELECT period, {supplier} AS supplier, {member} AS member, good, revision, value_usd, source, vintage, receipt FROM trade WHERE {where} ORDER BY supplier, member, period, good",
        )


def listed_matches(codes: Sequence[tuple[str, str, str]], basis: Basis, goods: GoodsList) -> tuple[CodeMatch, ...]:
    """Match every traded code to the goods of the panel, whichever reporter or revision it is of.

    The figures of a basis are those of one side's reports; other reporters may use other revisions.

    Args:
        codes: (source, revision, good) of everything traded in the windows.
        basis: Figures chosen for the measure.
        goods: The goods list measured.
    """
    if basis.level != "HS6":
        return tuple(
            CodeMatch(source, revision, good, good, 1.0, False)
            for source, revision, good in codes
            if good in basis.items
        )
    matcher = Matcher(goods, basis.revision)
    six_digit = {source for source, _, good in codes if level_of(good) == "HS6"}
    found: dict[tuple[str, str, str, str], CodeMatch] = {
        (match.source, match.revision, match.good, match.panel_good): match for match in basis.matches
    }
    for source, revision, good in codes:
        level = "composite" if is_composite(good) or not good.isdigit() else level_of(good)
        if level != "HS6" and (level not in BENEATH_HS6 or source in six_digit):
            continue
        entry = matcher.entry(good) if len(good) == 8 else None
        if entry is not None and len(entry.code) == 8:
            found.setdefault(
                (source, revision, good, good[:6]), CodeMatch(source, revision, good, good[:6], 1.0, False)
            )
            continue
        for link in matcher.convert(good[:6], revision):
            item = basis.items.get(link.good)
            if item is not None and len(item.code) <= 6:
                key = (source, revision, good, link.good)
                found.setdefault(key, CodeMatch(*key, link.weight, link.is_estimated))
    return tuple(found.values())


def _codes_table(of_list: Iterable[CodeMatch], ordinary: Iterable[CodeMatch]) -> pa.Table:
    rows = [{**vars(match), "is_listed": True} for match in of_list]
    rows += [{**vars(match), "is_listed": False} for match in ordinary]
    return pa.Table.from_pylist(rows, schema=MATCH_SCHEMA.append(pa.field("is_listed", pa.bool_())))


_REPORTS_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("flow", "reporter", "source", "frequency")),
        ("period", pa.date32()),
        ("part", pa.string()),
        ("revision", pa.string()),
        ("weight", pa.float64()),
        ("factor", pa.float64()),
        ("is_member", pa.bool_()),
    ]
)


def _reports_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=_REPORTS_SCHEMA)
