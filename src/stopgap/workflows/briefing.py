"""From an episode and a lake to a brief: the findings, and the series that surround them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from stopgap.briefs.model import BriefModel, HubMonth, MonthlyPoint, RouteLeg, SourceNote, SupplierSeries
from stopgap.codes.areas import areas
from stopgap.codes.commodities import describe
from stopgap.codes.goods import GoodsList, load_goods
from stopgap.errors import MissingDataError, StopgapError
from stopgap.findings.results import Finding
from stopgap.lake.connect import Snapshot
from stopgap.lake.engine import Engine, Stage
from stopgap.panel.episodes import Episode, Window, load_episode
from stopgap.panel.stages import dollars_sum, panel
from stopgap.panel.windows import ClosedWindows, periods_table
from stopgap.vocab import Direction, Frequency
from stopgap.workflows.measuring import MeasureOptions, Prepared, engine_on, keep_finding, measure_on, prepare

SUPPLIERS_SHOWN = 6


@dataclass(frozen=True)
class _Ground:
    """What every part of a brief is built from."""

    engine: Engine
    snapshot: Snapshot
    episode: Episode
    options: MeasureOptions
    finding: Finding
    goods: GoodsList

    def fixed(self, *, frequency: Frequency | None = None) -> MeasureOptions:
        """Options with the finding's goods and windows, so that all parts of the brief agree."""
        windows = self.finding.windows
        return replace(
            self.options,
            baseline=Window(*windows.baseline),
            after=Window(*windows.after),
            frequency=frequency or Frequency(self.finding.frequency),
        )


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """Code -> English name, for codes that are known."""
    known = areas()
    return {code: known[code].name for code in codes if code in known}


def build_model(engine: Engine, snapshot: Snapshot, episode: Episode, options: MeasureOptions) -> BriefModel:
    """All that a brief of an episode says.

    Raises:
        MissingDataError: The lake lacks the figures of the headline.
    """
    finding = measure_on(engine, snapshot, episode, options)
    entries = [options.goods] if options.goods else episode.goods
    goods = next(
        found for entry in entries if (found := load_goods(entry)).version_id == finding.goods_version
    )
    ground = _Ground(engine, snapshot, episode, options, finding, goods)
    others = _other_findings(ground)
    legs = _legs(ground)
    monthly, monthly_label = _monthly(ground)
    hub_case, hub_case_label, hub_code, hub_good = _hub_case(ground)
    series = _series(ground)
    codes = {
        episode.target,
        *(row.supplier for row in finding.suppliers),
        *(row.supplier for row in finding.members),
        *finding.coverage.missing_reporters,
        *episode.hubs,
        *(row.top_supplier for other in (finding, *others) for row in other.by_good if row.top_supplier),
        *(row.supplier for other in others for row in other.suppliers),
        *(row.supplier for other in others for row in other.members),
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
        goods_titles={found.name: found.title for found in (goods, *map(load_goods, episode.goods))},
        series=series,
        series_label=_label(finding),
        legs=legs,
        legs_label=_label(finding),
        monthly=monthly,
        monthly_label=monthly_label,
        monthly_unit="USD a month" if monthly else "",
        hub_case=hub_case,
        hub_case_label=hub_case_label,
        hub_name=area_names([hub_code]).get(hub_code, hub_code),
        hub_good=hub_good,
        caveats=_caveats(ground),
        sources=_sources(ground, others),
        reproduce=_reproduce(ground, others),
        as_of=snapshot.vintage,
        made_with=f"stopgap {version('stopgap')}",
    )


def _label(finding: Finding) -> str:
    coverage = finding.coverage
    return (
        f"Goods {finding.goods} ({finding.goods_version}), {finding.report}'s report, {finding.valuation}, "
        f"{coverage.level} {coverage.revision}; source {', '.join(coverage.sources)}"
    )


def _other_findings(ground: _Ground) -> tuple[Finding, ...]:
    """The episode's further goods lists that the lake can measure, over the episode's own windows."""
    found = []
    for name in ground.episode.goods:
        goods = load_goods(name)
        if goods.name == ground.finding.goods:
            continue
        try:
            found.append(
                measure_on(
                    ground.engine,
                    ground.snapshot,
                    ground.episode,
                    replace(ground.options, goods=name, frequency=None),
                )
            )
        except MissingDataError:
            continue
        except StopgapError:
            if ground.options.baseline is None and ground.options.after is None:
                raise
    return tuple(finding for finding in found if finding.suppliers)


def _every_period(windows: ClosedWindows, frequency: Frequency) -> ClosedWindows:
    """One window from the start of the baseline to the end of the after-window."""
    middle = windows.after[0]
    year, month = int(middle[:4]), int(middle[5:7])
    before = f"{year - (month == 1):04d}-{(month - 2) % 12 + 1:02d}"
    return ClosedWindows((windows.baseline[0], before), windows.after, explicit_baseline=True)


def _dollars_by_period(
    ground: _Ground, prepared: Prepared
) -> tuple[dict[tuple[str, dt.date], float], set[tuple[str, dt.date]], list[dt.date]]:
    """Dollars by (supplier, period), the (supplier, period) that were reported, and all periods."""
    stages = panel(mirrored=ground.options.report == "mirror")
    periods = periods_table(
        _every_period(prepared.windows, prepared.basis.frequency), prepared.basis.frequency
    )
    tables = {**prepared.tables, "periods": periods}
    rows = ground.engine.run(stages.series, tables=tables, params=prepared.params).to_pylist()
    reported = ground.engine.run(stages.supplier_periods, tables=tables, params=prepared.params).to_pylist()
    values = {(row["supplier"], row["period"]): float(row["value_usd"]) for row in rows}
    return (
        values,
        {(row["supplier"], row["period"]) for row in reported},
        [row["period"] for row in periods.to_pylist()],
    )


def _series(ground: _Ground) -> tuple[SupplierSeries, ...]:
    """Yearly trade with the target: the members by group, the suppliers that gained most, the others."""
    finding, options = ground.finding, ground.fixed()
    prepared = prepare(ground.engine, ground.snapshot, ground.episode, ground.goods, options)
    values, reported, periods = _dollars_by_period(ground, prepared)
    years = sorted({period.year for period in periods})
    per_year = Frequency(finding.frequency).periods_per_year

    def total(economies: Iterable[str], year: int) -> float | None:
        dates = [period for period in periods if period.year == year]
        seen = [
            (economy, period) for economy in economies for period in dates if (economy, period) in reported
        ]
        whole = {economy for economy, _ in seen if sum(1 for name, _ in seen if name == economy) == per_year}
        if not whole:
            return None
        return math.fsum(values.get(key, 0.0) for key in seen if key[0] in whole)

    members = {row.supplier for row in finding.members}
    groups = {
        group.group: {m for m in members if prepared.members.get(m) == group.group}
        for group in finding.member_groups
    }
    top = [row for row in finding.suppliers if row.gain_usd > 0][:SUPPLIERS_SHOWN]
    lines: list[tuple[str, str, str, set[str]]] = [
        (group, group.upper(), "member-group", economies) for group, economies in groups.items()
    ]
    lines.append(
        (
            "other-members",
            "Other members",
            "member-group",
            members - set().union(*groups.values()) if groups else members,
        )
    )
    lines += [
        (row.supplier, areas()[row.supplier].name, "hub" if row.is_hub else "supplier", {row.supplier})
        for row in top
    ]
    shown = {row.supplier for row in top}
    lines.append(("others", "All others", "other", {row.supplier for row in finding.suppliers} - shown))
    return tuple(
        SupplierSeries(str(year), code, name, role, total(economies, year))  # type: ignore[arg-type]
        for code, name, role, economies in lines
        if economies
        for year in years
    )


def _members_trade(ground: _Ground, partner: str, *, mirrored: bool) -> tuple[float, float] | None:
    """The members' trade with another economy in both windows: (baseline, after), or ``None`` without figures."""
    options = replace(ground.fixed(), report="mirror" if mirrored else "reported")
    episode = replace(ground.episode, target=partner)
    try:
        prepared = prepare(ground.engine, ground.snapshot, episode, ground.goods, options)
    except MissingDataError:
        return None
    members = set(ground.episode.members())
    rows = ground.engine.run(
        panel(mirrored=mirrored).cells, tables=prepared.tables, params=prepared.params
    ).to_pylist()
    inside = [row for row in rows if row["supplier"] in members]
    if not inside:
        return None
    return math.fsum(row["baseline_usd"] for row in inside), math.fsum(row["after_usd"] for row in inside)


def _legs(ground: _Ground) -> tuple[RouteLeg, ...]:
    """Both legs past each hub that has figures on both."""
    by_supplier = {row.supplier: row for row in ground.finding.suppliers}
    exports = ground.episode.direction is Direction.EXPORTS_TO_TARGET
    found = []
    for hub in ground.episode.hubs:
        members_leg = _members_trade(ground, hub, mirrored=False)
        target_leg = by_supplier.get(hub)
        if members_leg is None or target_leg is None:
            continue
        mirror = _members_trade(ground, hub, mirrored=True)
        own = (target_leg.baseline_usd, target_leg.after_usd)
        into, out_of = (members_leg, own) if exports else (own, members_leg)
        found.append(
            RouteLeg(
                hub=hub,
                hub_name=areas()[hub].name,
                into_hub_baseline_usd=into[0],
                into_hub_after_usd=into[1],
                out_of_hub_baseline_usd=out_of[0],
                out_of_hub_after_usd=out_of[1],
                into_hub_mirror_after_usd=mirror[1] if mirror and exports else None,
            )
        )
    return tuple(sorted(found, key=lambda leg: -(leg.out_of_hub_after_usd or 0.0)))


def _monthly(ground: _Ground) -> tuple[tuple[MonthlyPoint, ...], str]:
    """The members' trade with the target and with each hub, month by month, where monthly figures exist."""
    episode = ground.episode
    members = set(episode.members())
    points: list[MonthlyPoint] = []
    label = ""
    goods = ground.goods
    # Monthly figures often end earlier than annual ones: the span is what the lake holds.
    options = replace(
        ground.options,
        goods=None,
        baseline=episode.baseline,
        after=Window(_next(episode.event), None),
        frequency=Frequency.MONTHLY,
    )
    for partner in (episode.target, *episode.hubs):
        try:
            prepared = prepare(
                ground.engine, ground.snapshot, replace(episode, target=partner), goods, options
            )
        except StopgapError:
            continue
        values, reported, periods = _dollars_by_period(ground, prepared)
        if not any(economy in members for economy, _ in reported):
            continue
        counting = sorted({economy for economy, _ in reported if economy in members})
        if partner == episode.target:
            label = (
                f"{len(counting)} reporting members, goods {goods.name} ({goods.version_id}) as far as the source covers it: "
                f"{len(prepared.basis.items)} {prepared.basis.level} codes; source {', '.join(sorted({source for economy, source in prepared.chosen.items() if economy in members}))}"
            )
        # Other suppliers' figures can run on: the members' last month ends the picture.
        last = max(period for economy, period in reported if economy in members)
        for period in periods:
            if period > last:
                break
            seen = [economy for economy in counting if (economy, period) in reported]
            value = math.fsum(values.get((economy, period), 0.0) for economy in seen) if seen else None
            points.append(
                MonthlyPoint(
                    f"{period:%Y-%m}", partner, areas()[partner].name, partner == episode.target, value
                )
            )
    if not any(point.is_target for point in points):
        return (), ""
    return tuple(points), label


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


_HUB_GOODS = Stage(
    "hub_goods",
    """
    SELECT reporter, good, revision, source, sum(value_usd) AS value_usd
    FROM trade
    WHERE frequency = 'M' AND flow = 'X' AND partner = $target AND length(good) = 6
    GROUP BY reporter, good, revision, source
    """,
)
_HUB_MONTHS = Stage(
    "hub_months",
    f"""
    SELECT period,
        {dollars_sum("CASE WHEN flow = 'M' THEN value_usd END")} AS imports_usd,
        {dollars_sum("CASE WHEN flow = 'X' AND partner = $target THEN value_usd END")} AS to_target_usd,
        {dollars_sum("CASE WHEN flow = 'X' THEN value_usd END")} AS exports_usd
    FROM trade
    WHERE frequency = 'M' AND reporter = $hub AND good = $good AND revision = $revision AND source = $source
    GROUP BY period
    """,
)


def _hub_case(ground: _Ground) -> tuple[tuple[HubMonth, ...], str, str, str]:
    """The hub and good with the largest monthly exports to the target, as the hub reports both legs."""
    nothing: tuple[tuple[HubMonth, ...], str, str, str] = ((), "", "", "")
    if ground.episode.direction is not Direction.EXPORTS_TO_TARGET:
        return nothing
    target = ground.episode.target
    goods = ground.engine.run(_HUB_GOODS, params={"target": target}).to_pylist()
    candidates = [row for row in goods if row["reporter"] in ground.episode.hubs]
    for row in sorted(candidates, key=lambda row: -row["value_usd"]):
        hub, good, revision, source = row["reporter"], row["good"], row["revision"], row["source"]
        params = {"target": target, "hub": hub, "good": good, "revision": revision, "source": source}
        months = sorted(
            ground.engine.run(_HUB_MONTHS, params=params).to_pylist(), key=lambda month: month["period"]
        )
        if not any(month["imports_usd"] for month in months):
            continue
        points = tuple(
            # A month that the hub reported and in which it names no buyer of the good is a true zero.
            HubMonth(
                f"{month['period']:%Y-%m}",
                month["imports_usd"] or 0.0,
                month["to_target_usd"] or 0.0,
                month["exports_usd"] or 0.0,
            )
            for month in months
        )
        words = describe(good, revision) or good
        return (
            points,
            f"HS {good} ({revision}), as {areas()[hub].name} reports both directions; source {source}",
            hub,
            words,
        )
    return nothing


def _caveats(ground: _Ground) -> tuple[str, ...]:
    finding = ground.finding
    exports = ground.episode.direction is Direction.EXPORTS_TO_TARGET
    general = [
        "A gain is not proof of intent: suppliers' trade can grow for reasons of their own, and these figures have no counterfactual.",
        "What is not filled is supply that was lost, demand that fell, or output at home: trade figures cannot tell them apart.",
        "Growth past a hub on both legs is consistent with routing and does not prove it: growth in everything looks the same.",
    ]
    if ground.finding.coverage.level == "composite":
        general.append(
            "The goods are one published sum: gains and losses within it cannot be matched good by good, so filling is an upper bound."
        )
    if finding.mirror and finding.mirror.target_silent:
        general.append(
            f"{areas()[finding.target].name} published no figures of its own for {', '.join(_years(finding.mirror.target_silent))}: "
            f"the {'exporters' if exports else 'importers'}' side stands alone there."
        )
    return tuple(general)


def _years(periods: Iterable[str]) -> list[str]:
    return sorted({period[:4] for period in periods})


def _sources(ground: _Ground, others: tuple[Finding, ...]) -> tuple[SourceNote, ...]:
    """Receipts whose rows the brief may rest on: all current ones of the lake."""
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
    )


def _reproduce(ground: _Ground, others: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    steps = [
        (f"{finding.goods}: finding {finding.finding_id}", _command(ground, finding))
        for finding in (ground.finding, *others)
    ]
    steps += [
        ("Sums by supplier and period behind the headline", f'stopgap query "{ground.finding.queries[0]}"')
    ]
    steps += [("Rows behind the headline", f'stopgap query "{ground.finding.queries[1]}"')]
    return tuple(steps)


def _command(ground: _Ground, finding: Finding) -> str:
    windows = finding.windows
    entries = [*ground.episode.goods, *([ground.options.goods] if ground.options.goods else [])]
    given = next((entry for entry in entries if load_goods(entry).name == finding.goods), finding.goods)
    mirror = " --report mirror" if ground.options.report == "mirror" else ""
    return (
        f"stopgap measure {ground.episode.path or ground.episode.name} --goods {given} "
        f"--baseline {windows.baseline[0]}:{windows.baseline[1]} --after {windows.after[0]}:{windows.after[1]} "
        f"--frequency {finding.frequency}{mirror} --as-of {finding.as_of} --format json"
    )


def write_brief(lake: Path, episode_name: str, options: MeasureOptions, output: Path) -> tuple[Path, Finding]:
    """Write one brief; the file and the finding it leads with.

    Raises:
        UsageError: A file ending that no brief has.
        MissingDataError: The lake lacks the figures.
    """
    from stopgap.briefs.render import check_suffix, render

    check_suffix(output)
    model = _model(lake, episode_name, options)
    return render(model, output), model.headline


def write_briefs(
    lake: Path, episode_name: str, options: MeasureOptions, directory: Path, stem: str
) -> tuple[Mapping[str, Path], BriefModel]:
    """Write a brief in every form; the files by ending, and what they say."""
    from stopgap.briefs.render import render_all

    model = _model(lake, episode_name, options)
    return render_all(model, directory, stem), model


def _model(lake: Path, episode_name: str, options: MeasureOptions) -> BriefModel:
    episode = load_episode(episode_name)
    with engine_on(lake, as_of=options.as_of) as (engine, snapshot):
        model = build_model(engine, snapshot, episode, options)
    for finding in (model.headline, *model.others):
        keep_finding(lake, finding)
    return model
