"""Layer *inflow share*: the actor's share of all that the target bought (or sold) of the listed goods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from stopgap.base.vocab import Report
from stopgap.claims.testing.layers.facts import InflowFacts
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult
from stopgap.panel.basis import choose_basis, codes_of
from stopgap.panel.episodes import Episode
from stopgap.panel.stages import dollars_sum, panel

LEAST_ECONOMIES = 10
"""Fewest economies with figures in both windows for the target's whole inflow to count as known."""

OTHER_SIDE = Stage(
    "other_side",
    f"""
    SELECT t.partner AS supplier, t.source, t.revision, count(DISTINCT t.period) AS periods,
        {dollars_sum("t.value_usd * w.weight")} AS value_usd
    FROM trade AS t
    JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
    WHERE t.reporter = $target AND t.flow = $flow AND t.frequency = $frequency AND t.value_usd IS NOT NULL
        AND t.period >= CAST($first AS DATE) AND t.period <= CAST($last AS DATE)
    GROUP BY t.partner, t.source, t.revision
    """,
)
"""The target's own report by partner: ``supplier, source, revision, periods, value_usd``."""


def inflow_facts(finding: Finding, economies: Collection[str] | None, other_side: float | None) -> InflowFacts | None:
    """Sum the after-window over all economies with figures, and over the actor's.

    Args:
        economies: The actor's; every economy outside the coalition if ``None``.

    Returns:
        ``None`` where the actor has no figures in both windows, or the inflow is 0.
    """
    rows: list[SupplierResult | MemberResult] = [*finding.suppliers, *finding.members]
    inflow = sum(row.after_usd for row in rows)
    outside = {row.supplier for row in finding.suppliers}
    own = [row for row in rows if row.supplier in (outside if economies is None else economies)]
    if inflow <= 0 or not own:
        return None
    return InflowFacts(sum(row.after_usd for row in own), inflow, len(rows), other_side)


def inflow_a_year(finding: Finding | None) -> float | None:
    """Return the target's inflow after the event, US dollars a year; ``None`` where fewer than ten economies have figures."""
    if finding is None or len(finding.suppliers) + len(finding.members) < LEAST_ECONOMIES:
        return None
    return sum(row.after_usd for row in finding.suppliers) + sum(row.after_usd for row in finding.members)


def other_side_share(
    engine: Engine, episode: Episode, goods: GoodsList, window: tuple[str, str], economies: Collection[str] | None
) -> float | None:
    """Return the actor's share by the target's own report over a window; ``None`` where it has no figures in it."""
    params: dict[str, str | int | float | None] = {
        "target": episode.target,
        "flow": str(episode.direction.flow(Report.MIRROR)),
        "first": f"{window[0]}-01",
        "last": f"{window[1]}-28",
    }
    basis = choose_basis(codes_of(engine.run(panel(Report.MIRROR).present_codes, params=params)), goods)
    if basis is None:
        return None
    tables = {"wanted": basis.wanted_table()}
    rows = engine.run(OTHER_SIDE, tables=tables, params={**params, "frequency": str(basis.frequency)}).to_pylist()
    by_source: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        by_source[row["source"], row["revision"]][row["supplier"]] = row["value_usd"]
    if not by_source:
        return None
    values = max(by_source.values(), key=lambda each: (len(each), sum(each.values())))
    total = sum(values.values())
    members = set(episode.members())
    mine = [
        value for name, value in values.items() if (name in economies if economies is not None else name not in members)
    ]
    return sum(mine) / total if total > 0 else None
