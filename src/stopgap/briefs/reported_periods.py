"""Periods that each reporter behind a finding reported: data of the coverage map."""

from __future__ import annotations

from stopgap.base.vocab import Report
from stopgap.briefs.model import ReportedPeriod, ReportState
from stopgap.briefs.series import Ground, dollars_by_period
from stopgap.codes.areas import areas
from stopgap.measures.quality.report import period_name
from stopgap.measures.quality.scope import Scope, Thresholds
from stopgap.measures.quality.stages import quality_stages
from stopgap.panel.prepare import prepare


def reported_periods(ground: Ground) -> tuple[ReportedPeriod, ...]:
    """One entry for each reporter and each period from the baseline's first to the after-window's last.

    Whether a period counts as reported is the measure's own rule; whether only in part is that of
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
        told = {period for _, period in reported}
        sold = {period for (_, period), value in values.items() if value > 0}
        who = {target: sorted(set(prepared.chosen.values()))}
        known = {(target, period) for period in told}
        traded = {(target, period) for period in sold}
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
