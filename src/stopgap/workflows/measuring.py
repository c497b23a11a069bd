"""From an episode and a lake to a finding."""

from __future__ import annotations

import contextlib
import json
import math
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.codes.commodities import REVISIONS, describe, heading_of
from stopgap.codes.goods import GoodsList, load_goods
from stopgap.errors import EpisodeError, MissingDataError, UsageError
from stopgap.findings.measure import Cell, Measured, Roles, measure_cells
from stopgap.findings.results import Coverage, Finding, MirrorResult, Windows
from stopgap.lake.connect import Snapshot, connect, take_snapshot
from stopgap.lake.engine import DuckDBEngine, Engine, start_spark
from stopgap.panel.basis import Basis, choose_basis, choose_sources, codes_of
from stopgap.panel.episodes import Episode, Window, add_months, load_episode, parse_window
from stopgap.panel.stages import panel
from stopgap.panel.windows import ClosedWindows, close_windows, periods_table
from stopgap.vocab import Direction, Frequency, Valuation

ACTIVE_USD = 10_000.0
NET_WARNING = "net backfill is not estimated: gains are gross, with no counterfactual and no interval"


@dataclass(frozen=True)
class MeasureOptions:
    """What can be chosen for a measure.

    Attributes:
        goods: Goods list (name or path); the episode's first measurable one when ``None``.
        baseline: Window that overrides the episode's.
        after: Window that overrides the episode's.
        as_of: Vintage or day.
        frequency: Take annual or monthly figures.
        report: ``reported`` for the reports of the target's partners, ``mirror`` for the target's own.
    """

    goods: str | None = None
    baseline: Window | None = None
    after: Window | None = None
    as_of: str | None = None
    frequency: Frequency | None = None
    report: str = "reported"


@dataclass(frozen=True)
class Prepared:
    """All that the panel's stages read beside the lake."""

    basis: Basis
    windows: ClosedWindows
    tables: Mapping[str, pa.Table]
    params: Mapping[str, str | int | float | None]
    chosen: Mapping[str, str]  # supplier -> source
    members: Mapping[str, str | None]
    notes: tuple[str, ...]


@contextlib.contextmanager
def engine_on(lake: Path, *, as_of: str | None, engine: str = "duckdb") -> Iterator[tuple[Engine, Snapshot]]:
    """An engine over the lake at a vintage, and the snapshot it reads."""
    snapshot = take_snapshot(lake, as_of=as_of)
    if engine == "spark":
        spark = start_spark(snapshot)
        try:
            yield spark, snapshot
        finally:
            spark.session.stop()
        return
    if engine != "duckdb":
        raise UsageError(f"no engine {engine!r}", where="--engine", mend="use duckdb or spark")
    con = connect(snapshot)
    try:
        yield DuckDBEngine(con), snapshot
    finally:
        con.close()


def measure(
    lake: Path, episode_name: str, options: MeasureOptions, *, engine: str = "duckdb", keep: bool = True
) -> Finding:
    """Suspended trade and gross backfill of an episode.

    Args:
        lake: Folder of the lake.
        episode_name: Built-in name or path of an episode file.
        options: Goods, windows, vintage, frequency, whose report.
        engine: ``duckdb`` or ``spark``.
        keep: Keep the finding in the lake, where it can be written.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures; says which and how to get them.
        EpisodeError: Windows that cannot be used.
    """
    episode = load_episode(episode_name)
    with engine_on(lake, as_of=options.as_of, engine=engine) as (running, snapshot):
        finding = measure_on(running, snapshot, episode, options)
    if keep:
        keep_finding(lake, finding)
    return finding


def measure_on(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions) -> Finding:
    """The finding of :func:`measure`, on an engine that is already running."""
    if options.goods is not None:
        return _measure_list(engine, snapshot, episode, load_goods(options.goods), options, passed_over=())
    passed_over: list[str] = []
    first_error: MissingDataError | None = None
    for name in episode.goods:
        try:
            return _measure_list(
                engine, snapshot, episode, load_goods(name), options, passed_over=tuple(passed_over)
            )
        except MissingDataError as error:
            first_error = first_error or error
            passed_over.append(name)
    assert first_error is not None
    raise first_error


def _measure_list(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    *,
    passed_over: tuple[str, ...],
) -> Finding:
    if options.report not in ("reported", "mirror"):
        raise UsageError(f"no report {options.report!r}", where="--report", mend="use reported or mirror")
    prepared = prepare(engine, snapshot, episode, goods, options)
    return _assemble(engine, snapshot, episode, goods, options, prepared, passed_over)


def prepare(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> Prepared:
    """Basis, windows, sources and the small tables that the panel's stages read.

    Raises:
        MissingDataError: The lake has no figures for the list.
        EpisodeError: Windows that cannot be used.
    """
    mirrored = options.report == "mirror"
    stages = panel(mirrored=mirrored)
    flow = episode.direction.mirror_flow if mirrored else episode.direction.reported_flow
    span = _span(episode, options)
    params: dict[str, str | int | float | None] = {
        "target": episode.target,
        "flow": str(flow),
        "first": span[0],
        "last": span[1],
        "active_usd": ACTIVE_USD,
    }
    basis = choose_basis(
        codes_of(engine.run(stages.present_codes, params=params)), goods, frequency=options.frequency
    )
    if basis is None:
        raise _no_data(snapshot, episode, goods, options)
    params |= {"frequency": str(basis.frequency), "periods_per_year": basis.frequency.periods_per_year}
    rows = engine.run(stages.holders, tables={"wanted": basis.wanted_table()}, params=params).to_pylist()
    last = max(row["last_period"] for row in rows)
    last_month = f"{last.year}-12" if basis.frequency is Frequency.ANNUAL else f"{last:%Y-%m}"
    windows = close_windows(
        episode,
        baseline=options.baseline,
        after=options.after,
        last_period=last_month,
        frequency=basis.frequency,
    )
    tables = {
        "periods": periods_table(windows, basis.frequency),
        "wanted": basis.wanted_table(),
        "chapters": basis.chapters_table(),
    }
    holders: dict[str, set[str]] = {}
    for row in rows:
        holders.setdefault(row["supplier"], set()).add(row["source"])
    counts = engine.run(stages.reported_counts, tables=tables, params=params).to_pylist()
    if mirrored:
        counts = [
            {**row, "reporter": supplier}
            for row in counts
            if row["reporter"] == episode.target
            for supplier in holders
        ]
    chosen = choose_sources(counts, holders)
    tables["chosen"] = _chosen_table(chosen, episode.target, mirrored=mirrored)
    notes = [*basis.notes, *_narrow_sources(basis, chosen)]
    if basis.passed_over:
        elsewhere = engine.run(
            stages.holders, tables={"wanted": basis.passed_over_table()}, params=params
        ).to_pylist()
        if left := sorted({row["supplier"] for row in elsewhere} - set(holders)):
            notes.append(
                f"measured at {basis.level} level; with figures at other levels only, and not counted: {', '.join(left)}"
            )
    return Prepared(basis, windows, tables, params, chosen, episode.members(), tuple(notes))


def _narrow_sources(basis: Basis, chosen: Mapping[str, str]) -> list[str]:
    """Sources that hold under half of the goods measured: their suppliers' figures are partial."""
    held: dict[str, set[str]] = {}
    for match in basis.matches:
        held.setdefault(match.source, set()).add(match.panel_good)
    return [
        f"{source} holds {len(goods)} of the {len(basis.items)} goods measured, so these suppliers' figures are partial: "
        + ", ".join(sorted(supplier for supplier, taken in chosen.items() if taken == source))
        for source, goods in sorted(held.items())
        if len(goods) * 2 < len(basis.items) and source in chosen.values()
    ]


def _span(episode: Episode, options: MeasureOptions) -> tuple[str, str]:
    """First and last day that can matter: the widest reading of both windows."""
    base, after = options.baseline or episode.baseline, options.after or episode.after
    first = base.first or add_months(episode.event, -48)
    last = after.last or "9999-12"
    return f"{first[:4]}-01-01", f"{last}-28"


def _chosen_table(chosen: Mapping[str, str], target: str, *, mirrored: bool) -> pa.Table:
    rows = [
        {"supplier": supplier, "source": source, "reporter": target if mirrored else supplier}
        for supplier, source in sorted(chosen.items())
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(name, pa.string()) for name in ("supplier", "source", "reporter")])
    )


def _no_data(
    snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> MissingDataError:
    side = "exports to" if episode.direction is Direction.EXPORTS_TO_TARGET else "imports from"
    frequency = {None: "", Frequency.ANNUAL: " annual", Frequency.MONTHLY: " monthly"}[options.frequency]
    return MissingDataError(
        f"the lake has no{frequency} figures of {side} {episode.target} for the goods list {goods.name}",
        where=f"episode {episode.name}, goods {goods.name} ({len(goods.items)} codes), vintage {snapshot.vintage}",
        mend=episode.needs or "import figures of these goods (stopgap import FILE)",
    )


def _assemble(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    prepared: Prepared,
    passed_over: tuple[str, ...],
) -> Finding:
    stages = panel(mirrored=options.report == "mirror")
    basis, tables, params = prepared.basis, prepared.tables, prepared.params
    periods = engine.run(stages.supplier_periods, tables=tables, params=params).to_pylist()
    reported = _reported(periods)
    cells = [Cell(**row) for row in engine.run(stages.cells, tables=tables, params=params).to_pylist()]
    active = {
        row["supplier"]: row["n"]
        for row in engine.run(stages.active_periods, tables=tables, params=params).to_pylist()
    }
    totals = {
        row["supplier"]: row["value_usd"]
        for row in engine.run(stages.baseline_totals, tables=tables, params=params).to_pylist()
    }
    if not cells:
        raise MissingDataError(
            f"no economy has figures in both windows for the goods list {goods.name}",
            where=f"episode {episode.name}, baseline {_text(prepared.windows.baseline)}, after {_text(prepared.windows.after)}, vintage {snapshot.vintage}",
            mend="choose windows that the data cover (--baseline, --after), or import the missing periods",
        )
    _check_baseline(episode, options, prepared, reported, snapshot)
    roles = Roles(prepared.members, frozenset(episode.hubs))
    measured = measure_cells(
        cells,
        roles=roles,
        headings={good: heading_of(good) for good in basis.items},
        items=basis.items,
        active_periods=active,
        is_annual=basis.frequency is Frequency.ANNUAL,
        estimated_goods=frozenset(match.panel_good for match in basis.matches if match.is_estimated),
        descriptions=_descriptions(basis),
    )
    missing = _missing_reporters(prepared, reported, totals)
    coverage = _coverage(prepared, goods, cells, totals, reported, missing)
    mirror = _mirror(engine, episode, options, prepared)
    finding = Finding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        valuation=_valuation(episode, options),
        frequency=str(basis.frequency),
        windows=Windows(prepared.windows.baseline, prepared.windows.after),
        suspended=measured.suspended,
        backfill=measured.backfill,
        identity=measured.identity,
        suppliers=measured.suppliers,
        members=measured.members,
        member_groups=measured.member_groups,
        by_good=measured.by_good,
        by_group=measured.by_group,
        concentration=measured.concentration,
        mirror=mirror,
        coverage=coverage,
        warnings=tuple(_warnings(episode, options, prepared, measured, coverage, passed_over)),
        queries=_queries(episode, options, prepared),
        report=_whose_report(episode, options),
    )
    return finding.sealed()


def _descriptions(basis: Basis) -> dict[str, str]:
    """Words for the panel's goods; a composite is described by its list."""
    if basis.level == "composite":
        return {}
    known = [revision for revision in REVISIONS if revision in basis.revision]
    revision = known[-1] if known else REVISIONS[-1]
    return {good: text for good in basis.items if (text := describe(good, revision))}


def _text(window: tuple[str, str]) -> str:
    return f"{window[0]}:{window[1]}"


def _valuation(episode: Episode, options: MeasureOptions) -> str:
    exporter_side = (episode.direction is Direction.EXPORTS_TO_TARGET) != (options.report == "mirror")
    return str(Valuation.FOB if exporter_side else Valuation.CIF)


def _whose_report(episode: Episode, options: MeasureOptions) -> str:
    return "exporter" if _valuation(episode, options) == Valuation.FOB else "importer"


def _reported(periods: list[dict[str, Any]]) -> dict[str, dict[str, set[str]]]:
    """Supplier -> window -> periods reported."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in periods:
        found.setdefault(row["supplier"], {}).setdefault(row["part"], set()).add(f"{row['period']:%Y-%m}")
    return found


def _missing_reporters(
    prepared: Prepared, reported: Mapping[str, Mapping[str, set[str]]], totals: Mapping[str, float]
) -> tuple[str, ...]:
    """Economies silent in a window: suppliers with figures in one of them, and members without any."""
    silent = {
        supplier
        for supplier in prepared.chosen
        if not all(reported.get(supplier, {}).get(part) for part in ("baseline", "after"))
        and (supplier in totals or reported.get(supplier))
    }
    return tuple(sorted(silent | (set(prepared.members) - set(reported))))


def _check_baseline(
    episode: Episode,
    options: MeasureOptions,
    prepared: Prepared,
    reported: Mapping[str, Mapping[str, set[str]]],
    snapshot: Snapshot,
) -> None:
    """Refuse a baseline shorter than the episode asks for; a window given by hand is used as it is."""
    if options.baseline is not None:
        return
    months = 12 // prepared.basis.frequency.periods_per_year
    longest = max((len(parts.get("baseline", ())) * months for parts in reported.values()), default=0)
    if longest < episode.min_months:
        raise EpisodeError(
            f"the baseline has {longest} months of figures, needs {episode.min_months}",
            where=f"episode {episode.name}, baseline {_text(prepared.windows.baseline)}, vintage {snapshot.vintage}",
            mend="import earlier periods, give a window by hand (--baseline FROM:TO), or lower baseline.min_months in the episode",
        )


def _coverage(
    prepared: Prepared,
    goods: GoodsList,
    cells: list[Cell],
    totals: Mapping[str, float],
    reported: Mapping[str, Mapping[str, set[str]]],
    missing: tuple[str, ...],
) -> Coverage:
    basis = prepared.basis
    known = math.fsum(totals.values())
    covered = math.fsum(value for supplier, value in totals.items() if supplier not in missing)
    after = math.fsum(cell.after_usd for cell in cells)
    wanted = {part: set(_months(prepared.tables["periods"], part)) for part in ("baseline", "after")}
    gaps = [
        f"{supplier} {period}"
        for supplier in sorted(set(reported) - set(missing))
        for part in ("baseline", "after")
        for period in sorted(wanted[part] - reported[supplier].get(part, set()))
    ]
    return Coverage(
        share_of_baseline_reported=covered / known if known > 0 else None,
        missing_reporters=missing,
        mirrored=(),
        missing_periods=tuple(gaps),
        goods_listed=len(goods.items),
        goods_found=len(goods.items)
        if basis.level == "composite"
        else len({item.code for item in basis.items.values()}),
        goods_unmatched=basis.unmatched,
        level=basis.level,
        revision=basis.revision,
        estimated_share=math.fsum(cell.estimated_usd for cell in cells) / after if after > 0 else None,
        sources=tuple(sorted(set(prepared.chosen.values()))),
    )


def _months(periods: pa.Table, part: str) -> list[str]:
    return [f"{row['period']:%Y-%m}" for row in periods.to_pylist() if row["part"] == part]


def _mirror(
    engine: Engine, episode: Episode, options: MeasureOptions, prepared: Prepared
) -> MirrorResult | None:
    """The coalition's trade as the other side reports it: shown beside, never added."""
    other = "reported" if options.report == "mirror" else "mirror"
    flipped = MeasureOptions(report=other)
    stages = panel(mirrored=other == "mirror")
    flow = episode.direction.mirror_flow if other == "mirror" else episode.direction.reported_flow
    params = {**prepared.params, "flow": str(flow)}
    members = {
        supplier: source for supplier, source in prepared.chosen.items() if supplier in prepared.members
    }
    tables = {**prepared.tables, "chosen": _chosen_table(members, episode.target, mirrored=other == "mirror")}
    periods = _reported(engine.run(stages.supplier_periods, tables=tables, params=params).to_pylist())
    cells = engine.run(stages.cells, tables=tables, params=params).to_pylist()
    silent: tuple[str, ...] = ()
    if other == "mirror":
        seen = (
            set().union(*(dates for parts in periods.values() for dates in parts.values()))
            if periods
            else set()
        )
        wanted = set(
            _months(prepared.tables["periods"], "baseline") + _months(prepared.tables["periods"], "after")
        )
        silent = tuple(sorted(wanted - seen))
    has_after = bool(cells)
    return MirrorResult(
        valuation=_valuation(episode, flipped),
        baseline_usd=math.fsum(row["baseline_usd"] for row in cells) if has_after else None,
        after_usd=math.fsum(row["after_usd"] for row in cells) if has_after else None,
        target_silent=silent,
    )


def _warnings(
    episode: Episode,
    options: MeasureOptions,
    prepared: Prepared,
    measured: Measured,
    coverage: Coverage,
    passed_over: tuple[str, ...],
) -> list[str]:
    found = [NET_WARNING]
    if passed_over:
        found.append(
            f"no goods list was named; the lake cannot measure {', '.join(passed_over)}, so {coverage.level} figures of the next list are shown"
        )
    if not measured.suppliers:
        found.append(
            "no economy outside the coalition has figures in both windows: backfill cannot be measured"
        )
    elif measured.suspended.loss_usd <= 0:
        found.append("the coalition lost nothing over these windows: backfill by loss is undefined")
    if coverage.missing_reporters:
        found.append(
            f"silent in a window, so in neither window and not zero: {', '.join(coverage.missing_reporters)}"
        )
    if coverage.missing_periods:
        found.append(
            f"{len(coverage.missing_periods)} periods of counted reporters are missing; means are over the periods reported"
        )
    if coverage.goods_found < coverage.goods_listed:
        found.append(
            f"{coverage.goods_listed - coverage.goods_found} of {coverage.goods_listed} listed codes have no figures"
        )
    if (options.baseline is None) != (options.after is None):
        found.append("one window was given by hand and the other is the episode's")
    if coverage.estimated_share:
        found.append(
            f"{coverage.estimated_share:.1%} of the after-window's value was estimated by the source or allocated by a concordance"
        )
    return found + list(prepared.notes)


def _queries(episode: Episode, options: MeasureOptions, prepared: Prepared) -> tuple[str, ...]:
    """Statements that ``stopgap query`` runs to show the rows behind the figures."""
    mirrored = options.report == "mirror"
    supplier, other = ("partner", "reporter") if mirrored else ("reporter", "partner")
    goods = sorted({match.good for match in prepared.basis.matches})
    sources = sorted(set(prepared.chosen.values()))
    periods = [row["period"].isoformat() for row in prepared.tables["periods"].to_pylist()]
    where = (
        f"{other} = '{episode.target}' AND flow = '{prepared.params['flow']}' "
        f"AND frequency = '{prepared.params['frequency']}' AND source IN ({_list(sources)}) "
        f"AND good IN ({_list(goods)}) AND period IN ({', '.join(f'DATE {_list([period])}' for period in periods)})"
    )
    rows = f"SELECT period, {supplier} AS supplier, good, revision, value_usd, source, vintage, receipt FROM trade WHERE {where} ORDER BY supplier, period, good"
    sums = f"SELECT {supplier} AS supplier, period, sum(value_usd) AS value_usd FROM trade WHERE {where} GROUP BY ALL ORDER BY supplier, period"
    return (sums, rows)


def _list(values: list[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def keep_finding(lake: Path, finding: Finding) -> Path | None:
    """Keep a finding in the lake under its id; ``None`` where the lake cannot be written."""
    folder = lake / "findings"
    target = folder / f"{finding.finding_id.removeprefix('sha256:')}.json"
    if target.exists():
        return target
    building = folder / f".{uuid.uuid4().hex}"
    try:
        folder.mkdir(exist_ok=True)
        building.write_text(json.dumps(finding.as_dict(), ensure_ascii=False, indent=1), "utf-8")
        os.replace(building, target)
    except OSError:
        return None
    return target


def measure_options(
    *,
    goods: str | None = None,
    baseline: str | None = None,
    after: str | None = None,
    frequency: str | None = None,
    report: str = "reported",
    as_of: str | None = None,
) -> MeasureOptions:
    """Options from text, as the command line and the Python API give them.

    Raises:
        EpisodeError: A window that is none.
        UsageError: An unknown frequency.
    """
    if frequency not in (None, "A", "M"):
        raise UsageError(
            f"no frequency {frequency!r}", where="--frequency", mend="use A (annual) or M (monthly)"
        )
    return MeasureOptions(
        goods=goods,
        baseline=parse_window(baseline, option="--baseline") if baseline else None,
        after=parse_window(after, option="--after") if after else None,
        as_of=as_of,
        frequency=Frequency(frequency) if frequency else None,
        report=report,
    )
