"""Build a brief of an episode from a lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from stopgap.base.errors import EpisodeError, MissingDataError, StopgapError
from stopgap.base.progress import counted
from stopgap.base.read_ledger import open_ledger
from stopgap.base.vocab import BriefForm, EpisodeRole, Frequency, Report
from stopgap.briefs.claims.page import tested_statements
from stopgap.briefs.importers import LEFT_OUT, NO_YEARS, importers_series
from stopgap.briefs.markings import marked_name, marking_of_brief
from stopgap.briefs.model import (
    BriefModel,
    HubMonth,
    MonthlyPoint,
    ReportedPeriod,
    RouteLeg,
    SourceNote,
    SupplierSeries,
)
from stopgap.briefs.series import Ground, hub_case, monthly_trade, reported_periods, route_legs, yearly_series
from stopgap.briefs.vocabulary import coalition_of, target_of, words_of
from stopgap.briefs.wording import brief_title, silent_periods
from stopgap.codes.areas import areas
from stopgap.evidence.markings.reads import ALERTS, CLAIMS, MEASURED, with_reads
from stopgap.lake.engines.engine import Engine
from stopgap.lake.schema import DECLARATIONS
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.alerts.cases import AlertCase
from stopgap.measures.alerts.run import list_alerts
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import keep_finding, measure_on
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.results import RouteFinding
from stopgap.measures.routes.run import routes_on
from stopgap.panel.coalition_stages import COALITION
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode
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
    finding = measure_on(engine, snapshot, episode, options)
    entries = [options.goods] if options.goods else episode.goods
    goods = next(found for entry in entries if (found := episode.goods_list(entry)).version_id == finding.goods_version)
    ground = Ground(engine, snapshot, episode, options, finding, goods)
    others = _other_findings(ground)
    around = _surroundings(ground, decisions)
    declared = around.exposure
    members = episode.members()
    codes = {
        *members,
        episode.target,
        *episode.hubs,
        *finding.coverage.missing_reporters,
        *(row.destination for row in finding.counterfactual.placebo_excess),
        *(row.supplier for each in (finding, *others) for row in each.suppliers),
        *(row.supplier for each in (finding, *others) for row in each.members),
        *(row.top_supplier for each in (finding, *others) for row in each.by_good if row.top_supplier),
        *(row.economy for row in (declared.companies if declared else ()) if row.economy),
    }
    names = area_names(codes)
    names[COALITION] = coalition_of(finding, names, members).head
    return BriefModel(
        title=brief_title(finding, names, members),
        episode_name=episode.name,
        episode_title=episode.title,
        target=episode.target,
        target_name=areas()[episode.target].name,
        event=episode.event,
        direction=str(episode.direction),
        headline=finding,
        others=others,
        names=names,
        goods_titles={found.name: found.title for found in (goods, *map(episode.goods_list, episode.goods))},
        series=around.series,
        series_label=_label(finding),
        legs=around.legs,
        legs_label=_legs_label(ground),
        monthly=around.monthly,
        monthly_label=around.monthly_label,
        monthly_unit="USD a month" if around.monthly else "",
        hub_case=around.hub_case,
        hub_case_label=around.hub_case_label,
        hub_name=area_names([around.hub_code]).get(around.hub_code, around.hub_code),
        hub_good=around.hub_good,
        caveats=_caveats(ground),
        sources=_sources(ground),
        reproduce=(*_reproduce(ground, others), *_reproduce_exposure(ground, declared)),
        as_of=snapshot.vintage,
        made_with=f"stopgap {version('stopgap')}",
        reported=around.reported,
        reported_label=_label(finding),
        routing=around.routing,
        routing_reason=around.routing_reason,
        exposure=declared,
        members=members,
        monthly_members=around.monthly_members,
        left_out=around.left_out,
    )


@dataclass(frozen=True)
class _Surroundings:
    """Parts of a brief beside its findings; all empty where the role of the episode has no figures for them."""

    series: tuple[SupplierSeries, ...] = ()
    legs: tuple[RouteLeg, ...] = ()
    monthly: tuple[MonthlyPoint, ...] = ()
    monthly_label: str = ""
    monthly_members: tuple[str, ...] = ()
    hub_case: tuple[HubMonth, ...] = ()
    hub_case_label: str = ""
    hub_code: str = ""
    hub_good: str = ""
    routing: RouteFinding | None = None
    routing_reason: str = ""
    exposure: ExposureFinding | None = None
    reported: tuple[ReportedPeriod, ...] = ()
    left_out: tuple[str, ...] = ()


def _surroundings(ground: Ground, decisions: Shows | None) -> _Surroundings:
    """Read the parts of a brief beside its findings."""
    if ground.episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        series = importers_series(ground)
        left = (LEFT_OUT,) if series else (LEFT_OUT, NO_YEARS)
        return _Surroundings(series=series, left_out=left)
    monthly, monthly_label, monthly_members = monthly_trade(ground)
    case, case_label, hub_code, hub_good = hub_case(ground)
    routing, routing_reason = _routing(ground)
    return _Surroundings(
        series=yearly_series(ground),
        legs=route_legs(ground),
        monthly=monthly,
        monthly_label=monthly_label,
        monthly_members=monthly_members
        if set(monthly_members) != {row.supplier for row in ground.finding.members}
        else (),
        hub_case=case,
        hub_case_label=case_label,
        hub_code=hub_code,
        hub_good=hub_good,
        routing=routing,
        routing_reason=routing_reason,
        exposure=_exposure(ground, decisions),
        reported=reported_periods(ground),
    )


def _label(finding: Finding) -> str:
    coverage = finding.coverage
    return (
        f"Goods {finding.goods} ({finding.goods_version}), {finding.report}s’ reports, {finding.valuation}, "
        f"{coverage.level} {coverage.revision}; source {', '.join(coverage.sources)}"
    )


def _legs_label(ground: Ground) -> str:
    """Label of both legs; each is of the report that it is taken from, which differ with the target's own report."""
    finding = ground.finding
    if ground.options.report is Report.REPORTED:
        return _label(finding)
    direction = ground.episode.direction
    flow, valuation = direction.flow(Report.REPORTED), direction.valuation(Report.REPORTED)
    return (
        f"{_label(finding)} for the hubs’ trade with {areas()[finding.target].name}; {flow.reporter}s’ reports, {valuation}, "
        "for members’ trade with hubs"
    )


def _other_findings(ground: Ground) -> tuple[Finding, ...]:
    """Findings on the episode's other goods lists that the lake can measure with half of the coalition, over its windows."""
    found = []
    for name in counted(ground.episode.goods, "goods list"):
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
    finding, words = ground.finding, words_of(ground.finding)
    names = area_names([*ground.episode.members(), finding.target])
    general = [
        f"A rise is no proof of intent: gross changes also hold growth that {words.actors} had everywhere, and a net change "
        "rests on a counterfactual and its assumptions."
    ]
    if finding.coverage.level == "composite":
        general.append(
            f"The goods are one published sum: rises and losses within it cannot be matched good by good, so what is "
            f"{words.filled} is an upper bound."
        )
    if finding.mirror and finding.mirror.target_silent and ground.options.report is Report.REPORTED:
        general.append(
            f"No figures that {target_of(finding, names)} reports itself are in the lake for {silent_periods(finding)}: "
            f"the {finding.report}s’ side stands alone there."
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
        (f"Sums by {words_of(ground.finding).actor} and period behind the headline", f'stopgap query "{queries[0]}"'),
        ("Rows behind the headline", f'stopgap query "{queries[1]}"'),
    )


def write_brief(
    lake: Path, episode_name: str, options: MeasureOptions, output: Path, *, form: BriefForm = BriefForm.FULL
) -> tuple[Path, BriefModel]:
    """Write one brief; return the file and the content; UsageError if no format has the file suffix."""
    from stopgap.briefs.render import check_suffix, render

    check_suffix(output)
    model = _model(lake, episode_name, options)
    return render(model, output, form=form), model


def write_briefs(
    lake: Path, episode_name: str, options: MeasureOptions, directory: Path, stem: str
) -> tuple[Mapping[str, Path], BriefModel]:
    """Write a brief in every format, and its first page alone as HTML and PDF, file names prefixed by the marking.

    Returns:
        Files by format (``html``, ``one-page.html``), and the content.
    """
    from stopgap.briefs.render import render, render_all

    model = _model(lake, episode_name, options)
    name = marked_name(stem, model.marking)
    made = render_all(model, directory, name)
    for ending in ("html", "pdf"):
        path = directory / f"{name}-one-page.{ending}"
        made[f"one-page.{ending}"] = render(model, path, form=BriefForm.ONE_PAGE)
    return made, model


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
