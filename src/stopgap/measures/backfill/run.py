"""Measure suspended trade and backfill of an episode on a lake."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pyarrow as pa

from stopgap.base.atomic_files import write_whole
from stopgap.base.clearance import sees_all_files
from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.notes import Effect, Note
from stopgap.base.progress import say
from stopgap.base.sql import listed
from stopgap.base.visible_text import json_escaped
from stopgap.base.vocab import Direction, EpisodeRole, Frequency, LossKind, Report
from stopgap.codes.commodities import REVISIONS, heading_of
from stopgap.codes.goods import GoodsList, describe
from stopgap.lake.engines.collection import no_collection
from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.beyond_gross import BeyondGross, beyond_gross, months_of
from stopgap.measures.backfill.full_list import because, full_list, unstable_codes, unstable_warnings
from stopgap.measures.backfill.gross import FindingFigures, GrossCells, Roles, measure_cells
from stopgap.measures.backfill.importers import turned_back
from stopgap.measures.backfill.net import actors
from stopgap.measures.backfill.no_loss import no_loss
from stopgap.measures.backfill.regimes import with_regimes
from stopgap.measures.backfill.results import Counterfactual, Coverage, Finding, FullList, MeasuresSplit
from stopgap.measures.backfill.under_measures import loss_kind
from stopgap.panel.basis import Basis
from stopgap.panel.coalition import coalition_view
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, Window, load_episode
from stopgap.panel.prepare import (
    MeasureOptions,
    Prepared,
    first_measurable,
    passed_over_notes,
    periods_reported,
    prepare,
    with_most_members,
)
from stopgap.panel.silence import Silence, silent_warnings
from stopgap.panel.source_breaks import break_warnings
from stopgap.panel.stages import Panel, panel, sides
from stopgap.panel.unstable_goods import OUTSIDE

MOST_FINDINGS = 32
"""Findings that an open engine keeps."""
GROSS_ALONE = "gross figures alone were asked for: no net backfill, no intervals, and no split of the loss by measures"


class Extent(StrEnum):
    """What a measure works out.

    ``BRIEF`` leaves out tests of suppliers, the other side's report and real backfill, for measures of many windows;
    ``GROSS`` net backfill, intervals and the split of the loss by measures too.
    """

    WHOLE = "whole"
    BRIEF = "brief"
    GROSS = "gross"


def measure(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    *,
    engine: EngineOptions = DUCKDB,
    keep: bool = True,
    regimes: bool = False,
    gross: bool = False,
) -> Finding:
    """Measure suspended trade and backfill of an episode (a built-in name or the path of a file).

    ``keep`` stores the finding in the lake, if it can be written (gross figures alone are not stored); ``regimes`` also measures the parts of the
    after-window before and after the episode's regime days. ``gross`` leaves out what is not a gross figure: net
    backfill, intervals, tests, real backfill, the other side's report and the split of the loss by measures.

    Raises:
        UsageError: Regimes are asked for, and the episode names none.
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks the figures; says which and how to get them.
        EpisodeError: The windows are invalid, or the baseline is shorter than the episode requires.
    """
    episode = load_episode(episode_name)
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        finding = measure_on(running, snapshot, episode, options, regimes=regimes, gross=gross)
    if keep and not gross:
        keep_finding(lake, finding)
    return finding


def measure_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: MeasureOptions,
    *,
    regimes: bool = False,
    gross: bool = False,
) -> Finding:
    """Compute the finding of :func:`measure` on a running engine."""

    def attempt(tried: MeasureOptions) -> Finding:
        def measured(goods: GoodsList, passed_over: tuple[str, ...]) -> Finding:
            finding = measure_list_on(
                engine,
                snapshot,
                episode,
                goods,
                tried,
                passed_over=passed_over,
                extent=Extent.GROSS if gross else Extent.WHOLE,
            )
            if not regimes:
                return finding
            same = replace(tried, baseline=Window(*finding.windows.baseline))
            return with_regimes(
                finding,
                episode,
                lambda after: measure_list_on(
                    engine,
                    snapshot,
                    episode,
                    goods,
                    replace(same, after=after),
                    extent=Extent.GROSS if gross else Extent.BRIEF,
                ),
            )

        return first_measurable(episode, tried.goods, measured)

    return with_most_members(episode, options, attempt)


def measure_list_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    *,
    passed_over: tuple[str, ...] = (),
    extent: Extent = Extent.WHOLE,
) -> Finding:
    """Compute the finding of one goods list on a running engine; raises as :func:`measure` does.

    ``passed_over`` are lists tried before. An engine that stays open answers the same question at once.
    """

    def worked_out() -> Finding:
        return _of_list(engine, snapshot, episode, goods, options, passed_over=passed_over, extent=extent)

    if not isinstance(engine, DuckDBEngine):
        return worked_out()
    lists = tuple(episode.goods_list(name).version_id for name in (*episode.goods, *episode.not_ordinary))
    asked = (snapshot.vintage, episode, lists, goods, options, passed_over, extent)
    with no_collection():
        return engine.remember("findings", asked, worked_out, most=MOST_FINDINGS)


def _of_list(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    *,
    passed_over: tuple[str, ...],
    extent: Extent,
) -> Finding:
    """Work out the finding of :func:`measure_list_on`."""
    if episode.role is not EpisodeRole.SUPPLIERS_TO_COALITION:
        return _measured(engine, snapshot, episode, goods, options, passed_over=passed_over, extent=extent)
    view = coalition_view(engine, snapshot, episode, goods, options)
    seen = (view.engine, snapshot, view.episode, view.goods, view.options)
    return turned_back(
        _measured(*seen, passed_over=passed_over, extent=extent), view, with_mirror=extent is Extent.WHOLE
    )


def _measured(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    *,
    passed_over: tuple[str, ...],
    extent: Extent,
) -> Finding:
    """Compute the finding of one goods list, of an episode whose trade is with the target."""
    say(f"measuring {goods.name}")
    if isinstance(engine, DuckDBEngine) and extent is not Extent.GROSS:
        engine.read_ahead(str(Frequency.MONTHLY), str(episode.direction.flow(options.report)))
    prepared = prepare(engine, snapshot, episode, goods, options)
    stages = panel(options.report)
    listed = _listed_cells(engine, stages, prepared)
    periods, cells, active, totals = _read(engine, stages, prepared)
    if not cells and prepared.full is not None:
        prepared = prepared.with_unstable("no other code has figures in both windows")
        periods, cells, active, totals = _read(engine, stages, prepared)
    basis = prepared.basis
    reported = periods_reported(periods)
    if not cells:
        raise MissingDataError(
            f"no economy has figures in both windows for the goods list {goods.name}",
            where=f"episode {episode.name}, baseline {_text(prepared.windows.baseline)}, after {_text(prepared.windows.after)}, vintage {snapshot.vintage}",
            fix="choose windows that the data cover (--baseline, --after), or import the missing periods",
        )
    _check_baseline(episode, options, prepared, reported, snapshot)
    silent = prepared.silence(reported, totals)
    measured = measure_cells(
        cells,
        roles=Roles(prepared.members, frozenset(episode.hubs), actors(prepared)),
        headings={good: heading_of(good) for good in basis.items},
        items=basis.items,
        active_periods=active,
        is_annual=basis.frequency is Frequency.ANNUAL,
        estimated_goods=frozenset(match.panel_good for match in basis.matches if match.is_estimated),
        descriptions=_descriptions(basis),
    )
    if extent is Extent.GROSS:
        net = BeyondGross(measured, Counterfactual(None, GROSS_ALONE), [Note(GROSS_ALONE, Effect.MODEL)])
    else:
        say(f"measuring {goods.name} net of growth elsewhere")
        net = beyond_gross(
            engine, prepared, episode, goods, options, (measured, cells, periods), is_brief=extent is Extent.BRIEF
        )
    measured = net.measured
    coverage = _coverage(prepared, goods, cells, totals, reported, silent)
    of_list = cells if listed is None or prepared.full is None else listed
    coverage, full, moved = _with_unstable(prepared, coverage, of_list, measured.suspended.loss_usd)
    finding = Finding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        valuation=str(episode.direction.valuation(options.report)),
        frequency=str(basis.frequency),
        windows=prepared.windows,
        **vars(measured),
        mirror=net.mirror,
        coverage=coverage,
        counterfactual=net.counterfactual,
        real=net.real,
        warnings=(*net.limits, *moved, *_warnings(episode, options, prepared, measured, coverage, silent, passed_over)),
        queries=_queries(episode, options, prepared),
        report=episode.direction.flow(options.report).reporter,
        full_list=full,
        role=str(episode.role),
        measures=net.split,
        loss_kind=_loss_kind(episode, net.split, basis.level, extent),
    )
    return finding.sealed()


def _loss_kind(episode: Episode, split: MeasuresSplit | None, level: str, extent: Extent) -> LossKind:
    """Return what the loss may be called; where the episode has measures and no split was made, trade lost."""
    if extent is Extent.GROSS and episode.measures:
        return LossKind.TRADE_LOST
    return loss_kind(split, level=level)


def _read(
    engine: Engine, stages: Panel, prepared: Prepared
) -> tuple[pa.Table, GrossCells, dict[str, int], dict[str, float]]:
    """Read reported periods per supplier, cells, active periods by supplier, and baseline dollars by supplier."""

    def rows(stage: Stage) -> pa.Table:
        return engine.run(stage, tables=prepared.tables, params=prepared.params)

    cells = GrossCells.of_table(rows(stages.cells))
    active = {row["supplier"]: row["n"] for row in rows(stages.active_periods).to_pylist()}
    totals = {row["supplier"]: row["value_usd"] for row in rows(stages.baseline_totals).to_pylist()}
    return rows(stages.supplier_periods), cells, active, totals


def _listed_cells(engine: Engine, stages: Panel, prepared: Prepared) -> GrossCells | None:
    """Read the cells of the full list, of which those without codes that moved are a part; ``None`` if none are out."""
    if prepared.full is None:
        return None
    return GrossCells.of_table(engine.run(stages.cells, tables=prepared.full.tables, params=prepared.params))


def _descriptions(basis: Basis) -> dict[str, str]:
    """Return descriptions of the panel's goods; empty at composite level, where the list's title describes them."""
    if basis.level == "composite":
        return {}
    known = [revision for revision in REVISIONS if revision in basis.revision]
    revision = known[-1] if known else REVISIONS[-1]
    return {good: text for good in basis.items if (text := describe(good, revision))}


def _text(window: tuple[str, str]) -> str:
    return f"{window[0]}:{window[1]}"


def _check_baseline(
    episode: Episode,
    options: MeasureOptions,
    prepared: Prepared,
    reported: Mapping[str, Mapping[str, set[str]]],
    snapshot: Snapshot,
) -> None:
    """Reject a baseline shorter than the episode's minimum; a window given as an option is used as it is.

    Raises:
        EpisodeError: The baseline has fewer months of figures than ``min_months``.
    """
    if options.baseline is not None:
        return
    months = 12 // prepared.basis.frequency.periods_per_year
    longest = max((len(parts.get("baseline", ())) * months for parts in reported.values()), default=0)
    if longest < episode.min_months:
        raise EpisodeError(
            f"the baseline has {longest} months of figures, needs {episode.min_months}",
            where=f"episode {episode.name}, baseline {_text(prepared.windows.baseline)}, vintage {snapshot.vintage}",
            fix="import earlier periods, give a window by hand (--baseline FROM:TO), or lower baseline.min_months in the episode",
        )


def _coverage(
    prepared: Prepared,
    goods: GoodsList,
    cells: GrossCells,
    totals: Mapping[str, float],
    reported: Mapping[str, Mapping[str, set[str]]],
    silent: Silence,
) -> Coverage:
    basis, missing = prepared.basis, silent.missing
    known = math.fsum(totals.values())
    covered = math.fsum(value for supplier, value in totals.items() if supplier not in missing)
    after = math.fsum(cells.after_usd.tolist())
    wanted = {part: set(months_of(prepared.tables["periods"], part)) for part in ("baseline", "after")}
    lacking: dict[int, list[str]] = {}  # by the identity of what was reported: most reported the same
    gaps = []
    for supplier in sorted(set(reported) - set(missing)):
        own = reported[supplier]
        if id(own) not in lacking:
            lacking[id(own)] = [
                period for part in ("baseline", "after") for period in sorted(wanted[part] - own.get(part, set()))
            ]
        gaps += [f"{supplier} {period}" for period in lacking[id(own)]]
    found = {item.code for item in prepared.listed.items.values() if item.group != OUTSIDE}
    return Coverage(
        share_of_baseline_reported=covered / known if known > 0 else None,
        missing_reporters=missing,
        missing_without_baseline_trade=silent.unseen,
        mirrored=(),
        missing_periods=tuple(gaps),
        goods_listed=len(goods.items),
        goods_found=len(goods.items if basis.level == "composite" else found),
        goods_unmatched=basis.unmatched,
        level=basis.level,
        revision=basis.revision,
        estimated_share=math.fsum(cells.estimated_usd.tolist()) / after if after > 0 else None,
        sources=tuple(sorted(set(prepared.chosen.values()))),
    )


def _with_unstable(
    prepared: Prepared, coverage: Coverage, cells: GrossCells, measured_loss: float
) -> tuple[Coverage, FullList | None, list[str]]:
    """Add the codes that moved to the coverage; return it, the full list's figures where they are out, and warnings.

    ``cells`` are those of the full list; ``measured_loss`` is the loss without these codes, US dollars a year.
    """
    codes = unstable_codes(prepared.unstable, cells)
    said = because(prepared.unstable, codes, prepared.kept)
    full = full_list(cells, prepared.members, said) if prepared.full is not None else None
    unchecked = prepared.unstable.unchecked
    made = replace(coverage, unstable_codes=codes, unstable_kept=prepared.kept, unstable_unchecked=unchecked)
    return made, full, unstable_warnings(made, said, None if full is None else full.share_of_loss(measured_loss))


def _warnings(
    episode: Episode,
    options: MeasureOptions,
    prepared: Prepared,
    measured: FindingFigures,
    coverage: Coverage,
    silent: Silence,
    passed_over: tuple[str, ...],
) -> list[str]:
    found = passed_over_notes(passed_over, coverage.level)
    if not measured.suppliers:
        text = "no economy outside the coalition has figures in both windows: backfill cannot be measured"
        found.append(Note(text, Effect.CANNOT_TELL))
    elif prepared.members and prepared.members.keys() <= set(silent.missing):
        found.append(
            Note(
                "no member of the coalition has figures in both windows: what it lost is not known, the 0 shown is no figure, "
                "and backfill by loss is undefined",
                Effect.CANNOT_TELL,
                short="no member of the coalition has figures in both windows: its loss is not known, and the 0 shown is no figure",
            )
        )
    elif measured.suspended.loss_usd <= 0:
        text = f"{no_loss(prepared.members, silent.missing)}: backfill by loss is undefined"
        found.append(Note(text, Effect.CANNOT_TELL))
    found += silent_warnings(silent, is_sale=episode.direction is Direction.EXPORTS_TO_TARGET)
    if coverage.missing_periods:
        found.append(
            Note(
                f"{len(coverage.missing_periods)} periods of counted reporters are missing; means are over the periods reported"
            )
        )
    if coverage.goods_found < coverage.goods_listed:
        lacking = coverage.goods_listed - coverage.goods_found
        text = f"{lacking} of {coverage.goods_listed} listed codes have no figures"
        found.append(Note(text, Effect.MISSING, share=lacking / coverage.goods_listed))
    if (options.baseline is None) != (options.after is None):
        found.append(Note("one window was given by hand and the other is the episode's"))
    names = [row.supplier for row in measured.members] + [row.supplier for row in measured.suppliers]
    found += break_warnings(
        {name: prepared.chosen[name] for name in names},
        episode.target,
        options.report,
        first_month=prepared.windows.baseline[0],
        last_month=prepared.windows.after[1],
    )
    if coverage.estimated_share:
        found.append(
            Note(
                f"{coverage.estimated_share:.1%} of the after-window's value was estimated by the source or allocated by a concordance",
                share=coverage.estimated_share,
            )
        )
    return found + list(prepared.notes)


def _queries(episode: Episode, options: MeasureOptions, prepared: Prepared) -> tuple[str, ...]:
    """Return SQL statements for ``stopgap query`` that show the rows behind the figures.

    The sums and rows of the headline; where codes are left out of it, the rows of the full list, and the trade of
    the codes that moved with other destinations.
    """
    supplier, other = sides(options.report)
    ours = f"{other} = '{episode.target}' AND flow = '{prepared.params['flow']}'"
    columns = f"period, {supplier} AS supplier, good, revision, value_usd, net_kg, quantity, quantity_unit, source, vintage, receipt"
    where = f"{ours} AND {prepared.rows_where()}"
    rows = f"SELECT {columns} FROM trade WHERE {where} ORDER BY supplier, period, good"
    sums = f"SELECT {supplier} AS supplier, period, sum(value_usd) AS value_usd FROM trade WHERE {where} GROUP BY ALL ORDER BY supplier, period"
    found = [sums, rows]
    if (whole := prepared.full_rows_where()) is not None:
        found.append(f"SELECT {columns} FROM trade WHERE {ours} AND {whole} ORDER BY supplier, period, good")
    if moved := [each.good for each in prepared.unstable.goods if each.move is not None]:
        away = listed(sorted({episode.target, *episode.hubs}))
        flow = episode.direction.flow(Report.REPORTED)
        # "trade AS t": rows with other destinations are no part of a pack, which takes those of the statements above.
        found.append(
            f"SELECT good, period, sum(value_usd) AS value_usd FROM trade AS t WHERE partner NOT IN ({away}) AND flow = '{flow}' "
            f"AND frequency = '{prepared.params['frequency']}' AND good IN ({listed(sorted(moved))}) GROUP BY ALL ORDER BY good, period"
        )
    return tuple(found)


def keep_finding(lake: Path, finding: Finding) -> Path | None:
    """Store a finding in the lake under its id.

    ``None`` if the lake cannot be written, or was not read whole: what is stored is a finding of its vintage.
    """
    if not sees_all_files(lake):
        return None
    folder = lake / "findings"
    target = folder / f"{finding.finding_id.removeprefix('sha256:')}.json"
    if target.exists():
        return target
    try:
        folder.mkdir(exist_ok=True)
        write_whole(target, json_escaped(json.dumps(finding.as_dict(), ensure_ascii=False, indent=1)))
    except OSError:
        return None
    return target
