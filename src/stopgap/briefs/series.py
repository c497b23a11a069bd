"""Time series around a finding: by year, through each hub, by month, one hub in detail, and who reported when."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from stopgap.base.errors import MissingDataError, StopgapError
from stopgap.base.progress import counted
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.briefs.model import HubMonth, MonthlyPoint, ReportedPeriod, ReportState, RouteLeg, SupplierSeries
from stopgap.briefs.vocabulary import NamedCoalition, party_of, words_of
from stopgap.codes.areas import areas
from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.goods import GoodsList, describe
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.results import Finding
from stopgap.measures.quality.report import period_name
from stopgap.measures.quality.scope import Scope, Thresholds
from stopgap.measures.quality.stages import quality_stages
from stopgap.panel.episodes import Episode, Window, add_months
from stopgap.panel.prepare import MeasureOptions, Prepared, prepare
from stopgap.panel.stages import dollars_sum, panel
from stopgap.panel.unstable_goods import UnstableGood
from stopgap.panel.windows import Windows, periods_table

SUPPLIERS_SHOWN = 6


@dataclass(frozen=True)
class Ground:
    """Inputs that all parts of a brief share."""

    engine: Engine
    snapshot: Snapshot
    episode: Episode
    options: MeasureOptions
    finding: Finding
    goods: GoodsList

    def fixed(self) -> MeasureOptions:
        """Options with the finding's goods, windows and codes left out, so that all parts of the brief agree."""
        baseline, after = Window(*self.finding.windows.baseline), Window(*self.finding.windows.after)
        coverage = self.finding.coverage
        known = tuple(
            UnstableGood(row.code, row.from_revision, row.to_revision, row.reason, row.move, row.by)
            for row in coverage.unstable_codes
        )
        return replace(
            self.options,
            baseline=baseline,
            after=after,
            frequency=Frequency(self.finding.frequency),
            known_unstable=known,
            keep_unstable=coverage.unstable_kept is not None,
        )


def dollars_by_period(
    ground: Ground, prepared: Prepared
) -> tuple[dict[tuple[str, dt.date], float], set[tuple[str, dt.date]], list[dt.date]]:
    """Return dollars by (supplier, period), the (supplier, period) pairs that were reported, and all periods."""
    stages = panel(ground.options.report)
    windows = prepared.windows  # every period from the start of the baseline, with what lies between the windows
    before = (windows.baseline[0], add_months(windows.after[0], -1))
    whole = Windows(before, windows.after)
    periods = periods_table(whole, prepared.basis.frequency)
    tables = {**prepared.tables, "periods": periods}
    rows = ground.engine.run(stages.series, tables=tables, params=prepared.params).to_pylist()
    reported = ground.engine.run(stages.supplier_periods, tables=tables, params=prepared.params).to_pylist()
    values = {(row["supplier"], row["period"]): float(row["value_usd"]) for row in rows}
    return (
        values,
        {(row["supplier"], row["period"]) for row in reported},
        [row["period"] for row in periods.to_pylist()],
    )


def yearly_series(ground: Ground) -> tuple[SupplierSeries, ...]:
    """Yearly trade with the target: members by group, the suppliers with the largest gains, all others."""
    finding, options = ground.finding, ground.fixed()
    prepared = prepare(ground.engine, ground.snapshot, ground.episode, ground.goods, options)
    values, reported, periods = dollars_by_period(ground, prepared)
    years = sorted({period.year for period in periods})
    per_year = Frequency(finding.frequency).periods_per_year

    def total(economies: Iterable[str], year: int) -> float | None:
        dates = [period for period in periods if period.year == year]
        seen = [(economy, period) for economy in economies for period in dates if (economy, period) in reported]
        whole = {economy for economy, _ in seen if sum(1 for name, _ in seen if name == economy) == per_year}
        if not whole:
            return None
        return math.fsum(values.get(key, 0.0) for key in seen if key[0] in whole)

    members = {row.supplier for row in finding.members}
    groups = {
        group.group: {m for m in members if prepared.members.get(m) == group.group} for group in finding.member_groups
    }
    top = [row for row in finding.suppliers if row.gain_usd > 0][:SUPPLIERS_SHOWN]
    lines: list[tuple[str, str, str, set[str]]] = [
        (group, _party(ground, economies).head, "member-group", economies) for group, economies in groups.items()
    ]
    rest = members.difference(*groups.values())
    named = _party(ground, rest).head if len(rest) == 1 else "Other members" if groups else "Coalition"
    lines.append(("other-members", named, "member-group", rest))
    lines += [
        (row.supplier, areas()[row.supplier].name, "hub" if row.is_hub else "supplier", {row.supplier}) for row in top
    ]
    shown = {row.supplier for row in top}
    lines.append(
        (
            "others",
            f"All other {words_of(finding).actors}",
            "other",
            {row.supplier for row in finding.suppliers} - shown,
        )
    )
    return tuple(
        SupplierSeries(str(year), code, name, role, total(economies, year))  # type: ignore[arg-type]
        for code, name, role, economies in lines
        if economies
        for year in years
    )


def _party(ground: Ground, codes: Iterable[str]) -> NamedCoalition:
    """Name some members of the coalition."""
    known = ground.episode.members()
    names = {code: areas()[code].name for code in known}
    return party_of(tuple(sorted(codes)), names, known, ground.finding.windows.after[0])


def _members_trade(ground: Ground, partner: str, report: Report) -> tuple[float, float] | None:
    """The members' trade with another economy in both windows: (baseline, after), or ``None`` without figures."""
    options = replace(ground.fixed(), report=report)
    episode = replace(ground.episode, target=partner)
    try:
        prepared = prepare(ground.engine, ground.snapshot, episode, ground.goods, options)
    except MissingDataError:
        return None
    members = set(ground.episode.members())
    rows = ground.engine.run(panel(report).cells, tables=prepared.tables, params=prepared.params).to_pylist()
    inside = [row for row in rows if row["supplier"] in members]
    if not inside:
        return None
    return math.fsum(row["baseline_usd"] for row in inside), math.fsum(row["after_usd"] for row in inside)


def route_legs(ground: Ground) -> tuple[RouteLeg, ...]:
    """Both legs of trade through each hub that has figures on both."""
    by_supplier = {row.supplier: row for row in ground.finding.suppliers}
    exports = ground.episode.direction is Direction.EXPORTS_TO_TARGET
    found = []
    for hub in counted(ground.episode.hubs, "trade through hub"):
        members_leg = _members_trade(ground, hub, Report.REPORTED)
        target_leg = by_supplier.get(hub)
        if members_leg is None or target_leg is None:
            continue
        mirror = _members_trade(ground, hub, Report.MIRROR)
        own = (target_leg.baseline_usd, target_leg.after_usd)
        into, out_of = (members_leg, own) if exports else (own, members_leg)
        mirror_after_usd = mirror[1] if mirror and exports else None
        found.append(RouteLeg(hub, areas()[hub].name, *into, *out_of, mirror_after_usd))
    return tuple(sorted(found, key=lambda leg: -(leg.out_of_hub_after_usd or 0.0)))


def monthly_trade(ground: Ground) -> tuple[tuple[MonthlyPoint, ...], str, tuple[str, ...]]:
    """The members' monthly trade with the target and each hub, its label, and who these members are.

    Empty without figures of the target.
    """
    episode = ground.episode
    members = set(episode.members())
    points: list[MonthlyPoint] = []
    label = ""
    who: tuple[str, ...] = ()
    goods = ground.goods
    # Monthly figures often end earlier than annual ones: the span is what the lake holds.
    after = Window(add_months(episode.event, 1), None)
    options = replace(ground.options, baseline=episode.baseline, after=after, frequency=Frequency.MONTHLY)
    for partner in counted((episode.target, *episode.hubs), "monthly trade"):
        try:
            prepared = prepare(ground.engine, ground.snapshot, replace(episode, target=partner), goods, options)
        except StopgapError:
            continue
        values, reported, periods = dollars_by_period(ground, prepared)
        if not any(economy in members for economy, _ in reported):
            continue
        counting = sorted({economy for economy, _ in reported if economy in members})
        if partner == episode.target:
            who = tuple(counting)
            flow = episode.direction.flow(options.report)
            sources = sorted({source for economy, source in prepared.chosen.items() if economy in members})
            label = (
                f"Goods {goods.name} ({goods.version_id}), {codes_measured(goods, prepared)}; {flow.reporter}s’ reports, "
                f"{episode.direction.valuation(options.report)}; source {', '.join(sources)}"
            )
        # Other suppliers' figures can run on: the members' last month ends the picture.
        last = max(period for economy, period in reported if economy in members)
        for period in periods:
            if period > last:
                break
            seen = [economy for economy in counting if (economy, period) in reported]
            value = math.fsum(values.get((economy, period), 0.0) for economy in seen) if seen else None
            points.append(
                MonthlyPoint(f"{period:%Y-%m}", partner, areas()[partner].name, partner == episode.target, value)
            )
    if not any(point.is_target for point in points):
        return (), "", ()
    return tuple(points), label, who


def codes_measured(goods: GoodsList, prepared: Prepared) -> str:
    """Say how many codes of a list a panel holds, of how many where that is known: ``256 of 765 HS6 codes``."""
    level, revision, found = prepared.basis.level, prepared.basis.revision, len(prepared.basis.items)
    if level == "composite":
        return "one published sum"
    known = next((name for name in reversed(REVISIONS) if name in revision), goods.revision)
    whole = 0
    if level == "HS6" and known in REVISIONS:
        whole = len({code for item in goods.items for code in subheadings(item.code, known)})
    if level != "HS6":
        whole = len(goods.items)
    return f"{found:,} of {whole:,} {level} codes" if whole > found else f"{found:,} {level} codes"


HUB_GOODS = Stage(
    "hub_goods",
    """
    SELECT reporter, good, revision, source, sum(value_usd) AS value_usd
    FROM trade
    WHERE frequency = 'M' AND flow = 'X' AND partner = $target AND length(good) = 6
    GROUP BY reporter, good, revision, source
    """,
)
HUB_MONTHS = Stage(
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


def hub_case(ground: Ground) -> tuple[tuple[HubMonth, ...], str, str, str]:
    """Months, label, hub and good of the largest monthly exports of a hub to the target, as the hub reports them."""
    nothing: tuple[tuple[HubMonth, ...], str, str, str] = ((), "", "", "")
    if ground.episode.direction is not Direction.EXPORTS_TO_TARGET:
        return nothing
    target = ground.episode.target
    goods = ground.engine.run(HUB_GOODS, params={"target": target}).to_pylist()
    candidates = [row for row in goods if row["reporter"] in ground.episode.hubs]
    for row in sorted(candidates, key=lambda row: -row["value_usd"]):
        hub, good, revision, source = row["reporter"], row["good"], row["revision"], row["source"]
        params = {"target": target, "hub": hub, "good": good, "revision": revision, "source": source}
        months = sorted(ground.engine.run(HUB_MONTHS, params=params).to_pylist(), key=lambda month: month["period"])
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
        label = f"HS {good} ({revision}), as {areas()[hub].name} reports it: imports CIF, exports FOB; USD a month; source {source}"
        return points, label, hub, describe(good, revision) or good
    return nothing


def reported_periods(ground: Ground) -> tuple[ReportedPeriod, ...]:
    """Return one entry per reporter and period, from the baseline's first period to the after-window's last.

    Whether a period counts as reported follows the measure's own rule; whether only in part follows
    ``stopgap lake quality``, over the chapters measured. Members without any figure in the lake are
    silent throughout.
    """
    prepared = prepare(ground.engine, ground.snapshot, ground.episode, ground.goods, ground.fixed())
    values, reported, periods = dollars_by_period(ground, prepared)
    frequency, flow = prepared.params["frequency"], prepared.params["flow"]
    scope = Scope(chapters=tuple(prepared.tables["chapters"].column("chapter").to_pylist()))
    cells = ground.engine.run(quality_stages(scope).coverage, params=Thresholds().params()).to_pylist()
    states = {
        (row["source"], row["reporter"], row["period"]): row["state"]
        for row in cells
        if row["frequency"] == frequency and row["flow"] == flow
    }
    somewhere = {(reporter, period) for (_, reporter, period), state in states.items() if state != "silent"}
    hubs = set(ground.episode.hubs)
    if ground.options.report is Report.MIRROR:
        # The target alone reports: its row stands for all.
        target = ground.episode.target
        who = {target: sorted(set(prepared.chosen.values()))}
        known = {(target, period) for _, period in reported}
        traded = {(target, period) for (_, period), value in values.items() if value > 0}
    else:
        who = {supplier: [source] for supplier, source in prepared.chosen.items()}
        who |= {member: [] for member in prepared.members if member not in who}
        known = reported | {key for key in somewhere if not who.get(key[0], [""])}
        traded = {key for key, value in values.items() if value > 0}

    def state(reporter: str, sources: list[str], period: object) -> ReportState:
        if (reporter, period) not in known:
            return "silent"
        if any(states.get((source, reporter, period)) == "partial" for source in sources):
            return "partial"
        return "traded" if (reporter, period) in traded else "zero"

    return tuple(
        ReportedPeriod(
            period=period_name(period, str(frequency)),
            reporter=reporter,
            name=areas()[reporter].name,
            role="member" if reporter in prepared.members else "hub" if reporter in hubs else "other",
            state=state(reporter, sources, period),
        )
        for reporter, sources in sorted(who.items())
        for period in periods
    )
