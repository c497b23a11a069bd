"""Test a hypothesis on a finding of routes.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from stopgap.claims.testing.explanations import goods_words, name_of, reason_of, sentence, statement_of
from stopgap.claims.testing.figures import THROUGH_HUBS, HypothesisBasis
from stopgap.claims.testing.hypotheses import Actor
from stopgap.claims.testing.results import Hypothesis
from stopgap.claims.testing.verdict import verdict_of, verdicts_at
from stopgap.measures.backfill.results import Finding, Interval
from stopgap.measures.routes.results import HubRoute, RouteFinding


def routed_hypothesis(tested: HypothesisBasis, routes: RouteFinding, finding: Finding, *, decides: bool) -> Hypothesis:
    """The share of the coalition's loss that passed through the actor, or through all hubs.

    Args:
        tested: What it is about.
        routes: The routes of the same goods and windows.
        finding: The measure of the same goods and windows: coverage, and the spread of hubs' trade.
        decides: Whether the claim's verdict rests on it.
    """
    hub = tested.plan.economy if tested.plan.actor is Actor.ONE else None
    is_hub = hub is not None and any(row.hub == hub for row in routes.hubs)
    rows = [row for row in routes.hubs if not is_hub or row.hub == hub]
    estimate, interval, gross, reason = _share(rows, routes, finding)
    held = tested.threshold
    coverage = finding.coverage.share_of_baseline_reported
    verdict = verdict_of(interval, held, coverage)
    kind = "routed" if decides else "through-hubs"
    made = Hypothesis(
        id=f"{kind}{tested.suffix}",
        statement=statement_of(kind, tested.claim, tested.plan, routes.goods, held),
        measure="routed_share",
        estimate=estimate,
        ci95=interval,
        gross=gross,
        threshold=held,
        thresholds=verdicts_at(interval, held, coverage),
        verdict=verdict,
        because="",
        goods=routes.goods,
        goods_version=routes.goods_version,
        breadth=tested.breadth,
        route=THROUGH_HUBS,
        coverage=coverage,
        placebo_rank=None,
        finding_id=routes_id(routes),
        windows=asdict(routes.windows),
        queries=routes.queries,
        decides=decides,
        report=routes.report,
        valuation=routes.valuation,
    )
    past = name_of(hub) if is_hub and hub else "the hubs"
    subject = f"what is consistent with routing through {past} in {goods_words(routes.goods)}, by the coalition's loss,"
    text = f"{past}: {reason}" if interval is None else reason_of(subject, made)
    return replace(made, because=sentence(text))


def _share(
    rows: list[HubRoute], routes: RouteFinding, finding: Finding
) -> tuple[float | None, Interval, float | None, str]:
    """Estimate, interval and raw share of the loss, and why there is no interval."""
    loss = routes.loss_usd
    if loss is None or loss <= 0:
        return (None, None, None, "the coalition's loss is not above 0 or not known, so there is no share of it")
    measured = [row for row in rows if row.match_usd is not None]
    if not measured:
        return None, None, None, rows[0].because if len(rows) == 1 else "no hub has figures on both legs"
    raw = sum(row.match_usd or 0.0 for row in measured) / loss
    if any(row.net_usd is None for row in measured):
        unknown = next(row for row in measured if row.net_usd is None)
        return None, None, raw, unknown.because
    net = sum(row.net_usd or 0.0 for row in measured) / loss
    halves = half_widths(finding)
    low = high = 0.0
    for row in measured:
        one = hub_interval(row, halves.get(row.hub, 0.0))
        low, high = low + one[0], high + one[1]
    return net, (low / loss, high / loss), raw, ""


def half_widths(finding: Finding) -> Mapping[str, float]:
    """Economy -> dollars from its net gain to the upper end of its interval."""
    return {
        row.supplier: row.ci95[1] - row.net_gain_usd
        for row in finding.suppliers
        if row.ci95 is not None and row.net_gain_usd is not None
    }


def hub_interval(row: HubRoute, half_width_usd: float) -> tuple[float, float]:
    """Dollars a year that may have passed through a hub: least and most.

    The least is the match less what chance may have added (0 at most where the hub is not
    distinguishable from chance); the most is the match, and what the hub's trade with the target may
    have been above its estimate.
    """
    match = row.match_usd or 0.0
    low = match - (row.threshold_usd or 0.0)
    return (low if row.counted else min(low, 0.0)), match + half_width_usd


def routes_id(routes: RouteFinding) -> str:
    """Id of a finding of routes: a hash of all that it says, figures to six digits (sums differ in the last)."""
    text = json.dumps(_rounded(routes.as_dict()), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
