"""SQL stages of the legs past each hub: coalition and hub, others and hub, hub and target, by good and period.

Relations read besides those of ``panel/world_stages.py``:
    ``route_pairs(leg, hub, supplier, destination)``: who trades with whom on which leg (its number, and that of the hub).
    ``route_hubs(hub)``: hubs of the episode.
    ``route_goods(good, number)``: goods of the panel.
    ``route_steps(period, step)``: periods of the after-window from 0, and the lead before it below 0.
    ``route_kinds(leg, step)``: one step of each kind; steps of a kind have the season and the reporters in common.
    ``route_growth(supplier, good, factor)``: growth of a supplier in a good (its number) elsewhere.
    ``route_sources(reporter, source)``: one source for each economy whose mirror report is used.
Scalars: those of ``panel/world_stages.py``, and ``$mirror_flow``.

A leg is taken from the suppliers' reports, or from the other side's. In both cases ``supplier``
is the economy that sells (in the other direction, buys) and ``reporter`` the one whose report it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stopgap.base.vocab import Report
from stopgap.lake.kept_stages import SEVERAL_REVISIONS
from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum, squares_sum
from stopgap.panel.world_stages import WORLD_CELLS, WORLD_PERIODS, WORLD_ROWS

MEMBER_LEG, OTHER_LEG, TARGET_LEG = range(3)
"""Numbers of the legs: coalition and hub, others and hub, hub and target."""

ROUTE_CELLS = replace(WORLD_CELLS, is_shared=True)
"""The stage ``world_cells``, whose rows screening and growth elsewhere read."""

ROUTE_ELSEWHERE = Stage(
    "route_elsewhere",
    f"""
    SELECT c.supplier, c.good, {dollars_sum("c.baseline_usd")} AS baseline_usd, {dollars_sum("c.after_usd")} AS after_usd,
        {squares_sum("c.baseline_usd", "c.baseline_usd")} AS baseline_square,
        {squares_sum("c.after_usd", "c.after_usd")} AS after_square,
        {squares_sum("c.baseline_usd", "c.after_usd")} AS cross_sum, count(*) AS destinations,
        min(c.destination) AS first_destination, max(c.destination) AS last_destination
    FROM world_cells AS c
    JOIN (SELECT DISTINCT supplier FROM route_pairs) AS s ON c.supplier = s.supplier
    LEFT JOIN route_hubs AS h ON c.destination = h.hub
    WHERE h.hub IS NULL AND c.destination <> $target
    GROUP BY c.supplier, c.good
    """,
    (ROUTE_CELLS,),
)
"""Dollars a year that each supplier of a leg sold to destinations that are neither target nor hub."""

_MIRROR_FROM = """trade AS t
    JOIN route_sources AS s ON t.source = s.source AND t.reporter = s.reporter
    JOIN world_wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    JOIN route_pairs AS p ON t.reporter = p.destination AND t.partner = p.supplier"""
_MIRROR_WHERE = """t.frequency = $frequency AND t.flow = $mirror_flow AND t.value_usd IS NOT NULL
        AND t.period >= CAST($first_period AS DATE) AND t.period <= CAST($last_period AS DATE)"""

# A source can hold one period in several revisions: the newest is taken, never a sum.
_MIRROR_REVISION = Stage(
    "route_mirror_revision",
    f"""
    SELECT t.reporter, t.period, max(t.revision) AS revision
    FROM {_MIRROR_FROM}
    JOIN several_revisions AS m ON t.source = m.source AND t.reporter = m.reporter AND t.period = m.period
        AND t.frequency = m.frequency AND t.flow = m.flow
    WHERE {_MIRROR_WHERE}
    GROUP BY t.reporter, t.period
    """,
    (SEVERAL_REVISIONS,),
)

_MIRROR_PERIODS = Stage(
    "route_mirror_periods",
    """
    SELECT DISTINCT s.reporter, r.period, p.part,
        coalesce(p.season, CAST(extract(month FROM r.period) AS INT)) AS season
    FROM route_sources AS s
    JOIN reported AS r ON r.source = s.source AND r.reporter = s.reporter
    JOIN chapters AS c ON r.chapter = c.chapter
    LEFT JOIN periods AS p ON r.period = p.period
    WHERE r.frequency = $frequency AND r.flow = $mirror_flow
        AND r.period >= CAST($first_period AS DATE) AND r.period <= CAST($last_period AS DATE)
    """,
)


def _flows(legs: str, report: Report) -> tuple[str, str, tuple[Stage, ...]]:
    """Return SQL of the rows of some legs and of the periods reported, and the stages that it needs."""
    if report is Report.REPORTED:
        rows = f"""
            SELECT p.leg, p.hub, f.supplier, f.supplier AS reporter, g.number AS good, f.period, f.value_usd
            FROM route_pairs AS p
            JOIN world_raw AS f ON f.supplier = p.supplier AND f.destination = p.destination
            JOIN route_goods AS g ON f.good = g.good
            LEFT JOIN world_revision AS o ON f.supplier = o.supplier AND f.period = o.period
            WHERE p.leg IN ({legs}) AND coalesce(o.revision, f.revision) = f.revision"""
        periods = f"""
            SELECT DISTINCT p.leg, w.supplier AS reporter, w.period, w.part, w.season
            FROM world_periods AS w JOIN route_pairs AS p ON w.supplier = p.supplier WHERE p.leg IN ({legs})"""
        return rows, periods, (*WORLD_ROWS, WORLD_PERIODS)
    rows = f"""
            SELECT p.leg, p.hub, p.supplier, t.reporter, g.number AS good, t.period, t.value_usd * w.weight AS value_usd
            FROM {_MIRROR_FROM}
            JOIN route_goods AS g ON w.panel_good = g.good
            LEFT JOIN route_mirror_revision AS o ON t.reporter = o.reporter AND t.period = o.period
            WHERE {_MIRROR_WHERE} AND p.leg IN ({legs}) AND coalesce(o.revision, t.revision) = t.revision"""
    periods = f"""
            SELECT DISTINCT p.leg, m.reporter, m.period, m.part, m.season
            FROM route_mirror_periods AS m JOIN route_pairs AS p ON m.reporter = p.destination
            WHERE p.leg IN ({legs})"""
    return rows, periods, (_MIRROR_REVISION, _MIRROR_PERIODS)


@dataclass(frozen=True)
class RouteStages:
    """Stages of all legs, those into the hub from one side's reports and the target's from one side's.

    Legs, hubs and goods are numbers. Absent rows are zeros where the period was reported.

    Attributes:
        seen: Periods reported with a baseline of their season: ``leg, reporter, step, season``.
        traded: Dollars per (leg, hub, good, step) of the reporters seen: ``value_usd``.
        expected: What the baseline of the same season has for one step of each kind, from those who reported it:
            ``expected_usd``, times growth elsewhere, and ``base_usd``, the part of the period in the baseline's mean.
    """

    seen: Stage
    traded: Stage
    expected: Stage

    def all(self) -> tuple[Stage, ...]:
        """Return the three stages."""
        return self.seen, self.traded, self.expected


def route_stages(member_report: Report, target_report: Report) -> RouteStages:
    """Build the stages of all legs; ``member_report`` is the side whose report the legs into the hub are taken from."""
    chosen: dict[Report, list[str]] = {}
    for leg, report in ((MEMBER_LEG, member_report), (OTHER_LEG, member_report), (TARGET_LEG, target_report)):
        chosen.setdefault(report, []).append(str(leg))
    # Legs of the same report are read in one pass.
    parts = [_flows(", ".join(legs_of_it), report) for report, legs_of_it in chosen.items()]
    needs = tuple({stage.name: stage for _, _, stages in parts for stage in stages}.values())
    flows = Stage("route_flows", "\n            UNION ALL".join(rows for rows, _, _ in parts), needs)
    periods = Stage(
        "route_periods", "\n            UNION ALL".join(periods for _, periods, _ in parts), needs, is_shared=True
    )
    seasons = Stage(
        "route_seasons",
        """
        SELECT leg, reporter, season, count(*) AS n FROM route_periods
        WHERE part = 'baseline' GROUP BY leg, reporter, season
        """,
        (periods,),
    )
    # A period counts where its reporter has the same season in the baseline.
    seen = Stage(
        "route_seen",
        """
        SELECT p.leg, p.reporter, s.step, p.period, p.season
        FROM route_periods AS p
        JOIN route_steps AS s ON p.period = s.period
        JOIN route_seasons AS b ON p.leg = b.leg AND p.reporter = b.reporter AND p.season = b.season
        """,
        (periods, seasons),
    )
    traded = Stage(
        "route_traded",
        f"""
        SELECT f.leg, f.hub, f.good, v.step, {dollars_sum("f.value_usd")} AS value_usd
        FROM route_flows AS f
        JOIN route_seen AS v ON f.leg = v.leg AND f.reporter = v.reporter AND f.period = v.period
        GROUP BY f.leg, f.hub, f.good, v.step
        """,
        (flows, seen),
    )
    base = Stage(
        "route_base",
        f"""
        SELECT f.leg, f.hub, f.supplier, f.reporter, f.good, b.season, {dollars_sum("f.value_usd")} / b.n AS base_usd
        FROM route_flows AS f
        JOIN route_periods AS p ON f.leg = p.leg AND f.reporter = p.reporter AND f.period = p.period
        JOIN route_seasons AS b ON p.leg = b.leg AND p.reporter = b.reporter AND p.season = b.season
        WHERE p.part = 'baseline'
        GROUP BY f.leg, f.hub, f.supplier, f.reporter, f.good, b.season, b.n
        """,
        (flows, periods, seasons),
    )
    expected = Stage(
        "route_expected",
        f"""
        SELECT b.leg, b.hub, b.good, v.step, {dollars_sum("b.base_usd * coalesce(g.factor, 1.0)")} AS expected_usd,
            {dollars_sum("b.base_usd")} AS base_usd
        FROM route_base AS b
        JOIN route_seen AS v ON b.leg = v.leg AND b.reporter = v.reporter AND b.season = v.season
        JOIN route_kinds AS k ON v.leg = k.leg AND v.step = k.step
        LEFT JOIN route_growth AS g ON b.supplier = g.supplier AND b.good = g.good
        GROUP BY b.leg, b.hub, b.good, v.step
        """,
        (base, seen),
    )
    return RouteStages(seen, traded, expected)
