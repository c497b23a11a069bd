"""Build a brief of an episode from a lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from stopgap.base.errors import EpisodeError, MissingDataError, StopgapError
from stopgap.base.read_ledger import open_ledger
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.briefs.claims.page import tested_statements
from stopgap.briefs.markings import marked_name, marking_of_brief
from stopgap.briefs.model import BriefModel, SourceNote
from stopgap.briefs.series import Ground, hub_case, monthly_trade, reported_periods, route_legs, yearly_series
from stopgap.codes.areas import areas
from stopgap.evidence.markings.reads import ALERTS, CLAIMS, MEASURED, with_reads
from stopgap.lake.engine import Engine
from stopgap.lake.schema import DECLARATIONS
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.alerts.cases import AlertCase
from stopgap.measures.alerts.run import list_alerts
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import keep_finding, measure_on
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.results import RouteFinding
from stopgap.measures.routes.run import routes_on
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import FEWEST_MEMBERS, MeasureOptions
from stopgap.screening.exposure.lookups import Shows, every_decision, exposure_helpers
from stopgap.screening.exposure.results import ExposureFinding
from stopgap.screening.exposure.run import ExposureOptions, exposure_on
from stopgap.sources.lists.kinds import LIST_SOURCES


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """English names by code, for known codes."""
    known = areas()
    return {code: known[code].name for code in codes if code in known}


def build_model(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: MeasureOptions,
    *,
    decisions: Shows | None = every_decision,
) -> BriefModel:
    """Build the content of an episode's brief; MissingDataError if the lake lacks the figures of the headline.

    `decisions` selects the decisions shown with companies' matches on the lake's lists; none where ``None``.
    """
    needs_target_side(episode, "the brief (and a pack, which holds it)")
    finding = measure_on(engine, snapshot, episode, options)
    entries = [options.goods] if options.goods else episode.goods
    goods = next(found for entry in entries if (found := episode.goods_list(entry)).version_id == finding.goods_version)
    ground = Ground(engine, snapshot, episode, options, finding, goods)
    others = _other_findings(ground)
    legs = route_legs(ground)
    monthly, monthly_label = monthly_trade(ground)
    case, case_label, hub_code, hub_good = hub_case(ground)
    routing, routing_reason = _routing(ground)
    declared = _exposure(ground, decisions)
    series = yearly_series(ground)
    codes = {
        episode.target,
        *episode.hubs,
        *finding.coverage.missing_reporters,
        *(row.destination for row in finding.counterfactual.placebo_excess),
        *(row.supplier for each in (finding, *others) for row in each.suppliers),
        *(row.supplier for each in (finding, *others) for row in each.members),
        *(row.top_supplier for each in (finding, *others) for row in each.by_good if row.top_supplier),
        *(row.economy for row in (declared.companies if declared else ()) if row.economy),
    }
    return BriefModel(
        title=f"Who fills the gap: {areas()[episode.target].name}",
        episode_name=episode.name,
        episode_title=episode.title,
        target=episode.target,
        target_name=areas()[episode.target].name,
        event=episode.event,
        direction=str(episode.direction),
        headline=finding,
        others=others,
        names=area_names(codes),
        goods_titles={found.name: found.title for found in (goods, *map(episode.goods_list, episode.goods))},
        series=series,
        series_label=_label(finding),
        legs=legs,
        legs_label=_label(finding),
        monthly=monthly,
        monthly_label=monthly_label,
        monthly_unit="USD a month" if monthly else "",
        hub_case=case,
        hub_case_label=case_label,
        hub_name=area_names([hub_code]).get(hub_code, hub_code),
        hub_good=hub_good,
        caveats=_caveats(ground),
        sources=_sources(ground),
        reproduce=(*_reproduce(ground, others), *_reproduce_exposure(ground, declared)),
        as_of=snapshot.vintage,
        made_with=f"stopgap {version('stopgap')}",
        reported=reported_periods(ground),
        reported_label=_label(finding),
        routing=routing,
        routing_reason=routing_reason,
        exposure=declared,
    )


def _label(finding: Finding) -> str:
    coverage = finding.coverage
    return (
        f"Goods {finding.goods} ({finding.goods_version}), {finding.report}'s report, {finding.valuation}, "
        f"{coverage.level} {coverage.revision}; source {', '.join(coverage.sources)}"
    )


def _other_findings(ground: Ground) -> tuple[Finding, ...]:
    """Findings on the episode's other goods lists that the lake can measure with half of the coalition, over its windows."""
    found = []
    for name in ground.episode.goods:
        goods = ground.episode.goods_list(name)
        if goods.name == ground.finding.goods:
            continue
        try:
            options = replace(ground.options, goods=name, frequency=None, fewest_members=FEWEST_MEMBERS)
            found.append(measure_on(ground.engine, ground.snapshot, ground.episode, options))
        except MissingDataError:
            continue
        except StopgapError:
            if ground.options.baseline is None and ground.options.after is None:
                raise
    return tuple(finding for finding in found if finding.suppliers)


def _routing(ground: Ground) -> tuple[RouteFinding | None, str]:
    """Test hubs against chance over the headline's goods and windows; else ``None`` and the reason."""
    finding, options = ground.finding, ground.options
    same = replace(options, goods=_entry(ground, finding), frequency=Frequency(finding.frequency))
    try:
        found = routes_on(ground.engine, ground.snapshot, ground.episode, same, RouteRequest())
    except (MissingDataError, EpisodeError) as error:
        return None, error.what
    if found.windows != finding.windows:
        return None, "the hubs' figures cover other windows"
    return found, ""


def _exposure(ground: Ground, decisions: Shows | None) -> ExposureFinding | None:
    """Companies behind the headline's goods in its after-window; ``None`` without declarations of them."""
    if not ground.snapshot.tables.get(DECLARATIONS.name):
        return None
    snapshot, as_of, (first, last) = ground.snapshot, ground.options.as_of, ground.finding.windows.after
    options = ExposureOptions(goods=_entry(ground, ground.finding), first=first, last=last)
    helpers = exposure_helpers(snapshot.lake, as_of=as_of, screen=True, decisions=decisions, withheld=snapshot.withheld)
    try:
        return exposure_on(ground.engine, snapshot, ground.episode, options, helpers)
    except MissingDataError:
        return None


def _reproduce_exposure(ground: Ground, found: ExposureFinding | None) -> tuple[tuple[str, str], ...]:
    """The commands that reproduce the companies and show their declaration lines, each with a title."""
    if found is None:
        return ()
    command = (
        f"stopgap exposure {ground.episode.path or ground.episode.name} --goods {_entry(ground, ground.finding)} "
        f"--from {found.window[0]} --to {found.window[1]} --as-of {found.as_of} --format json"
    )
    return (
        (f"{found.goods}, companies as declared: finding {found.finding_id}", command),
        ("Lines behind the companies", f'stopgap query "{found.queries[-1]}"'),
    )


def _entry(ground: Ground, finding: Finding) -> str:
    """Name or path by which a finding's goods list was specified."""
    entries = [*ground.episode.goods, *([ground.options.goods] if ground.options.goods else [])]
    return next((entry for entry in entries if ground.episode.goods_list(entry).name == finding.goods), finding.goods)


def _caveats(ground: Ground) -> tuple[str, ...]:
    finding = ground.finding
    exports = ground.episode.direction is Direction.EXPORTS_TO_TARGET
    general = [
        "A gain is no proof of intent: gross gains also hold growth that suppliers had everywhere, and a net gain rests on a "
        "counterfactual and its assumptions.",
        "What is not filled is supply that was lost, demand that fell, or output at home: trade figures cannot tell them apart.",
        "Growth past a hub on both legs is consistent with routing and does not prove it: growth in everything looks the same.",
    ]
    if ground.finding.coverage.level == "composite":
        general.append(
            "The goods are one published sum: gains and losses within it cannot be matched good by good, so filling is an upper bound."
        )
    if finding.mirror and finding.mirror.target_silent:
        years = sorted({period[:4] for period in finding.mirror.target_silent})
        general.append(
            f"{areas()[finding.target].name} published no figures of its own for {', '.join(years)}: "
            f"the {'exporters' if exports else 'importers'}' side stands alone there."
        )
    return tuple(general)


def _sources(ground: Ground) -> tuple[SourceNote, ...]:
    """Receipts whose rows the brief may use: all receipts of the lake in force but those of lists."""
    lists = {kind.name for kind in LIST_SOURCES}
    return tuple(
        SourceNote(
            source=receipt.source,
            title=receipt.file_name,
            terms=receipt.terms,
            retrieved=receipt.retrieved or "not told",
            published=receipt.published,
            receipt=receipt.receipt,
            vintage=vintage,
            rows=receipt.rows_loaded,
        )
        for receipt, vintage in ground.snapshot.receipts
        if (receipt.receipt, vintage) not in ground.snapshot.withdrawn and receipt.source not in lists
    )


def _reproduce(ground: Ground, others: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    def command(finding: Finding) -> str:
        windows, mirror = finding.windows, " --report mirror" if ground.options.report is Report.MIRROR else ""
        return (
            f"stopgap measure {ground.episode.path or ground.episode.name} --goods {_entry(ground, finding)} "
            f"--baseline {windows.baseline[0]}:{windows.baseline[1]} --after {windows.after[0]}:{windows.after[1]} "
            f"--frequency {finding.frequency}{mirror} --as-of {finding.as_of} --format json"
        )

    found, queries = (ground.finding, *others), ground.finding.queries
    return (
        *((f"{finding.goods}: finding {finding.finding_id}", command(finding)) for finding in found),
        ("Sums by supplier and period behind the headline", f'stopgap query "{queries[0]}"'),
        ("Rows behind the headline", f'stopgap query "{queries[1]}"'),
    )


def write_brief(lake: Path, episode_name: str, options: MeasureOptions, output: Path) -> tuple[Path, BriefModel]:
    """Write one brief; return the file and the content; UsageError if no format has the file suffix."""
    from stopgap.briefs.render import check_suffix, render

    check_suffix(output)
    model = _model(lake, episode_name, options)
    return render(model, output), model


def write_briefs(
    lake: Path, episode_name: str, options: MeasureOptions, directory: Path, stem: str
) -> tuple[Mapping[str, Path], BriefModel]:
    """Write a brief in every format, file names prefixed by the marking; return files by format and the content."""
    from stopgap.briefs.render import render_all

    model = _model(lake, episode_name, options)
    return render_all(model, directory, marked_name(stem, model.marking)), model


def _model(lake: Path, episode_name: str, options: MeasureOptions) -> BriefModel:
    """Build the brief's model with its alerts, statements and marking, and store its findings."""
    with open_ledger(lake):
        episode = load_episode(episode_name)
        with engine_on(lake, as_of=options.as_of) as (engine, snapshot):
            model = build_model(engine, snapshot, episode, options)
        cases: list[AlertCase] = []
        if options.as_of is None:  # the logs of alerts and of statements know no vintages
            cases = list_alerts(lake, episode_name, status="all")
            counts = Counter(case.status for case in cases)
            statements = tested_statements(lake, episode.name)
            model = replace(model, alerts=tuple(sorted(counts.items())), statements=statements)
        for finding in (model.headline, *model.others):
            keep_finding(lake, finding)
        # of statements and alerts those of the episode alone are in it; what else was read counts as ever
        marking = with_reads(marking_of_brief(lake, model, cases), covers=(*MEASURED, CLAIMS, ALERTS))
        return replace(model, marking=marking)
