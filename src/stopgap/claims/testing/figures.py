"""Test a hypothesis on a backfill finding or on a finding of routes: estimate, interval and verdict.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from stopgap.base.money import usd
from stopgap.claims.claim import Action, Claim
from stopgap.claims.testing import explanations as say
from stopgap.claims.testing.hypotheses import Actor, GoodsPlan, TestPlan
from stopgap.claims.testing.layers.asserted import share_in
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.results import Hypothesis, RealChange, Verdict
from stopgap.claims.testing.verdict import DEFAULT_THRESHOLD, verdict_of, verdicts_at
from stopgap.measures.backfill.results import Finding, Interval
from stopgap.measures.routes.results import HubRoute, RouteFinding
from stopgap.measures.statistics.symmetric import mover_interval
from stopgap.panel.episodes import Episode

FREQUENCIES = {"A": "annual ones", "M": "monthly ones"}
LAYER_OF_KIND = {"net": Layer.NET, "share": Layer.SHARE, "loss": Layer.FELL, "routed": Layer.ROUTED}
"""Kinds of hypotheses on a finding -> layer; others are shown beside the ladder."""

MAIN_SUPPLIER = 0.5
"""Share of inflow from which an economy counts as the main supplier, where the claim gives no number."""

DIRECT = "direct"
THROUGH_HUBS = "through hubs"


@dataclass(frozen=True)
class HypothesisBasis:
    """Basis of a hypothesis besides the figures: claim, plan and goods.

    Attributes:
        list_name: Goods list; ``None`` where none could be chosen.
        breadth: ``narrow``, ``broad`` or ``None``.
        suffix: Suffix of the hypotheses' ids: ``:optical``, or empty where the claim has one list.
    """

    __test__ = False

    claim: Claim
    plan: TestPlan
    goods: GoodsPlan
    list_name: str | None
    breadth: str | None
    suffix: str

    @property
    def threshold(self) -> float:
        """Threshold for shares: the claim's own, or the default."""
        return DEFAULT_THRESHOLD if self.claim.threshold is None else self.claim.threshold

    @property
    def inflow_threshold(self) -> float:
        """Threshold for the share of inflow: the claim's own; the number in the words that assert it, else a half."""
        is_main = self.plan.asserted.layer is Layer.INFLOW_SHARE and self.claim.threshold is None
        if not is_main:
            return self.threshold
        return share_in(self.plan.asserted.words) or MAIN_SUPPLIER


@dataclass(frozen=True)
class ActorFigures:
    """Trade of the claim's actor with the target, in dollars a year.

    ``net_usd`` is the gain that growth elsewhere does not explain, ``gain_usd`` the gross change; ``reason`` says why
    a value is missing, ``None`` where none is.
    """

    net_usd: float | None
    interval_usd: Interval
    gain_usd: float | None
    baseline_usd: float | None
    reason: str | None


class _Figure(NamedTuple):
    """A measured figure with its interval; ``gross`` needs no model, ``reason`` says why something is missing."""

    estimate: float | None
    interval: Interval
    gross: float | None
    reason: str | None


def figures_of(finding: Finding, plan: TestPlan) -> ActorFigures:
    """The actor's net and gross figures in a finding."""
    if plan.actor is Actor.ONE:
        return _one(finding, str(plan.economy))
    if plan.actor is Actor.GROUP:
        return _group(finding, plan)
    if plan.actor is Actor.COALITION:
        return ActorFigures(None, None, None, None, "the actor is in the coalition: its trade is the loss")
    loss, backfill = finding.suspended.loss_usd, finding.backfill
    interval = backfill.net_ci95
    scaled = None if interval is None else (interval[0] * loss, interval[1] * loss)
    rows = finding.suppliers
    gain = sum(row.gain_usd for row in rows) if rows else None
    baseline = sum(row.baseline_usd for row in rows) if rows else None
    reason = None if scaled else _no_interval(finding, "their net gain together")
    return ActorFigures(finding.counterfactual.net_usd, scaled, gain, baseline, reason)


def _one(finding: Finding, economy: str) -> ActorFigures:
    row = next((each for each in finding.suppliers if each.supplier == economy), None)
    name = say.name_of(economy)
    if row is None:
        absent = (
            f"the figures that the measure rests on ({FREQUENCIES[finding.frequency]}) hold no trade of {name} in these goods in "
            "both windows: missing, not zero"
        )
        if economy in finding.coverage.missing_reporters:
            absent = f"{name} did not report both windows: missing, not zero"
        return ActorFigures(None, None, None, None, absent)
    reason = None
    if row.ci95 is None:
        what = f"the net gain of {name}"
        reason = _no_interval(finding, what)
        if finding.counterfactual.method is not None and row.baseline_usd <= 0:
            reason = f"{name} sold none before, so how far chance moves its trade is not known"
    return ActorFigures(row.net_gain_usd, row.ci95, row.gain_usd, row.baseline_usd, reason)


def _group(finding: Finding, plan: TestPlan) -> ActorFigures:
    row = next((each for each in finding.actors if set(each.suppliers) <= set(plan.group)), None)
    alone = [each.supplier for each in finding.suppliers if each.supplier in plan.group]
    if row is None and len(alone) == 1:
        return _one(finding, alone[0])
    if row is None:
        names = " and ".join([", ".join(map(say.name_of, plan.group[:-1])), say.name_of(plan.group[-1])])
        absent = (
            f"the figures that the measure rests on ({FREQUENCIES[finding.frequency]}) hold no trade of {names} in these "
            "goods in both windows: missing, not zero"
        )
        return ActorFigures(None, None, None, None, absent)
    reason = None if row.ci95 is not None else _no_interval(finding, f"the net gain of {row.actor}")
    return ActorFigures(row.net_gain_usd, row.ci95, row.gain_usd, row.baseline_usd, reason)


def _no_interval(finding: Finding, what: str) -> str:
    counterfactual = finding.counterfactual
    if counterfactual.method is None:
        return f"{what} is not estimated: {counterfactual.reason or 'there is no counterfactual'}"
    for warning in finding.warnings:
        if warning.startswith("net figures have no interval"):
            return f"{what} has no interval: {warning.partition(': ')[2]}"
    return f"{what} has no interval"


def is_lost(finding: Finding) -> bool:
    """Whether the coalition's loss is above 0 and distinguishable from 0."""
    return finding.backfill.defined and finding.suspended.loss_usd > 0


def hypotheses_of(tested: HypothesisBasis, finding: Finding) -> tuple[Hypothesis, ...]:
    """Hypotheses on an actor's direct trade that rest on a finding: net gain and share of the loss, or the fall.

    A claim of stopping is tested on the loss share.
    """
    if tested.claim.action is Action.STOP:
        return (loss_hypothesis(tested, finding, kind="loss"),)
    net = _net(tested, finding)
    return (net,) if tested.claim.action is Action.ROUTE_THROUGH else (net, _share(tested, finding))


def _share(tested: HypothesisBasis, finding: Finding) -> Hypothesis:
    """Hypothesis on the actor's net gain as a share of the coalition's counterfactual loss.

    Its interval carries the error of both (MOVER); for all suppliers together it is that of the symmetric ratio.
    """
    figures = figures_of(finding, tested.plan)
    if reason := _few_members(tested, finding):
        return _on_finding(tested, finding, "share", "share_of_loss", _Figure(None, None, None, reason))
    suspended, loss = finding.suspended, finding.suspended.counterfactual_loss_usd
    gross = figures.gain_usd / suspended.loss_usd if figures.gain_usd is not None and is_lost(finding) else None
    interval = suspended.counterfactual_loss_ci95
    if loss is None or interval is None or interval[0] <= 0:
        reason = (
            "what the coalition lost against its own counterfactual is not known"
            if loss is None or interval is None
            else "the coalition's loss in these goods is not above 0 beyond chance: there is nothing to fill"
        )
        return _on_finding(tested, finding, "share", "share_of_loss", _Figure(None, None, gross, reason))
    if tested.plan.actor is Actor.ALL and finding.backfill.symmetric_ratio is not None:
        figure = _Figure(finding.backfill.symmetric_ratio, finding.backfill.symmetric_ci95, gross, figures.reason)
    elif figures.net_usd is None or figures.interval_usd is None:
        estimate = None if figures.net_usd is None else figures.net_usd / loss
        figure = _Figure(estimate, None, gross, figures.reason)
    else:
        # What raises the counterfactual of the suppliers raises that of the coalition: net falls where the loss rises.
        correlation = -(finding.counterfactual.error_correlation or 0.0)
        ends = mover_interval((figures.net_usd, *figures.interval_usd), (loss, *interval), correlation)
        reason = None if ends else "the interval of the loss is not bounded away from 0"
        figure = _Figure(figures.net_usd / loss, ends, gross, reason)
    return _on_finding(tested, finding, "share", "share_of_loss", figure)


def _few_members(tested: HypothesisBasis, finding: Finding, of: Episode | None = None) -> str | None:
    """Why the loss of the whole coalition, of the plan's episode or of another, is not known: under half have figures."""
    episode = of or tested.plan.episode
    assert episode is not None
    members = len(episode.members())
    known = len(finding.members)
    if 2 * known >= members:
        return None
    few = f"figures of {known}" if known else "figures of none"
    return f"{few} of the coalition's {members} members are in the lake, so what it lost in these goods is not known"


def _net(tested: HypothesisBasis, finding: Finding) -> Hypothesis:
    """Hypothesis that the actor's net gain is above 0."""
    figures = figures_of(finding, tested.plan)
    figure = _Figure(figures.net_usd, figures.interval_usd, figures.gain_usd, figures.reason)
    made = replace(_on_finding(tested, finding, "net", "net_gain_usd", figure), real=_real(finding, tested.plan))
    if made.ci95 is None or made.real is None or not made.real.adjusted_share:
        return made
    real = made.real
    volume = (
        f"of the {say.percent(real.adjusted_share or 0.0)} of its trade that has quantities, the gross change is "
        f"{usd(real.change_usd)} a year at current prices and {usd(real.at_baseline_prices_usd)} at those of the baseline"
    )
    return replace(made, because=say.sentence(f"{made.because.rstrip('.')}; {volume}"))


def _real(finding: Finding, plan: TestPlan) -> RealChange | None:
    """Return the actor's gross change split in volume and price; ``None`` without quantities of any of its trade."""
    if finding.real is None:
        return None
    economies = plan.economies
    rows = [
        row
        for row in finding.real.by_supplier
        if (row.supplier in economies if economies is not None else not row.is_member)
    ]
    known = [row for row in rows if row.adjusted_share]
    if not known:
        return None
    after = {row.supplier: row.baseline_usd + row.after_usd for row in finding.suppliers}
    weights = [after.get(row.supplier, 0.0) for row in rows]
    total = sum(weights)
    return RealChange(
        change_usd=sum(row.change_usd - row.not_adjusted_usd for row in rows),
        at_baseline_prices_usd=sum(row.at_baseline_prices_usd for row in rows),
        price_effect_usd=sum(row.price_effect_usd for row in rows),
        adjusted_share=sum(w * (row.adjusted_share or 0.0) for w, row in zip(weights, rows, strict=True)) / total
        if total > 0
        else None,
    )


def loss_hypothesis(tested: HypothesisBasis, finding: Finding, *, kind: str) -> Hypothesis:
    """Hypothesis on the fall of the finding's coalition: ``loss`` is the actor's own, ``coalition-loss`` the whole's."""
    suspended = finding.suspended
    if kind == "coalition-loss" and (few := _few_members(tested, finding, of=tested.plan.beside)):
        made = _on_finding(tested, finding, kind, "loss_share", _Figure(None, None, None, few))
        return replace(made, placebo_rank=None)
    reason = None
    if suspended.ci95 is None:
        start = "the loss has no interval: "
        said = [line.removeprefix(start) for line in finding.warnings if line.startswith(start)]
        reason = f"the fall has no interval: {said[0]}" if said else "the fall has no interval"
    figure = _Figure(suspended.loss_share, suspended.ci95, suspended.loss_share, reason)
    made = _on_finding(tested, finding, kind, "loss_share", figure)
    return replace(made, placebo_rank=None)


_SUBJECTS = {
    "share_of_loss": "the net contribution of {who} to what the coalition lost in {goods}",
    "net_gain_usd": "the net gain of {who} a year in {goods}",
    "loss_share": "the fall of the trade of {who} in {goods}",
}


def _on_finding(tested: HypothesisBasis, finding: Finding, kind: str, measure: str, figure: _Figure) -> Hypothesis:
    """Hypothesis on direct trade; a net gain in dollars is tested against 0, a share against the threshold."""
    held = 0.0 if measure == "net_gain_usd" else tested.threshold
    figure = _across_moves(figure, finding)
    made = replace(
        _measured(tested, finding, kind, measure, figure, held),
        placebo_rank=finding.backfill.placebo_rank,
        mirror=asdict(finding.mirror) if finding.mirror else None,
    )
    if measure == "net_gain_usd":
        made = replace(made, thresholds=((held, made.verdict),), unit="USD per year")
    return replace(made, because=_because(tested, made, figure.reason, kind, finding), fix=_fix(finding, made))


def _across_moves(figure: _Figure, finding: Finding) -> _Figure:
    """Take the interval from a figure that holds codes whose content moved: no verdict is given across a move."""
    coverage = finding.coverage
    if coverage.unstable_kept is None:
        return figure
    codes = ", ".join(row.code for row in coverage.unstable_codes if not row.is_ordinary)
    reason = (
        f"goods moved between codes within the windows ({codes}), and the figures hold them: {coverage.unstable_kept}"
    )
    return figure._replace(interval=None, reason=reason)


def _measured(
    tested: HypothesisBasis, finding: Finding, kind: str, measure: str, figure: _Figure, held: float
) -> Hypothesis:
    """Hypothesis with its figures and verdict, still without its reason."""
    coverage = finding.coverage.share_of_baseline_reported
    return Hypothesis(
        id=f"{kind}{tested.suffix}",
        statement=say.statement_of(kind, tested.claim, tested.plan, finding.goods, held),
        measure=measure,
        estimate=figure.estimate,
        ci95=figure.interval,
        gross=figure.gross,
        threshold=held,
        thresholds=verdicts_at(figure.interval, held, coverage),
        verdict=verdict_of(figure.interval, held, coverage),
        because="",
        goods=finding.goods,
        goods_version=finding.goods_version,
        breadth=tested.breadth,
        route=DIRECT,
        coverage=coverage,
        finding_id=finding.finding_id,
        windows=asdict(finding.windows),
        queries=finding.queries,
        decides=False,
        report=finding.report,
        valuation=finding.valuation,
        layer=LAYER_OF_KIND.get(kind),
        frequency=str(finding.frequency),
    )


def who_has_figures(tested: HypothesisBasis, finding: Finding) -> str:
    """Name the actor; a group of which one economy alone has figures by that economy."""
    group = tested.plan.group
    own = [each.supplier for each in finding.suppliers if each.supplier in group]
    if tested.plan.actor is Actor.GROUP and len(own) == 1 and len(group) > 1:
        return say.name_of(own[0])
    return say.actor_name(tested.claim, tested.plan)


def _because(tested: HypothesisBasis, made: Hypothesis, reason: str | None, kind: str, finding: Finding) -> str:
    if made.ci95 is None:
        gross = ""
        if made.gross is not None and made.unit == "ratio":
            gross = f"; gross, without a model, it is {say.percent(made.gross)}"
        if made.gross is not None and made.measure == "loss_share":
            verb = "fell" if made.gross >= 0 else "rose"
            gross = f"; gross, without a model, the trade {verb} by {say.percent(abs(made.gross))}"
        told, _ = say.plain_reason(reason or "there is no interval")
        return say.sentence(f"{told}{gross}")
    if made.coverage is None:
        return "How much of the baseline trade is reported after the event is not known."
    who = "the coalition" if kind == "coalition-loss" else who_has_figures(tested, finding)
    subject = _SUBJECTS[made.measure].format(who=who, goods=say.goods_words(str(made.goods)))
    return say.sentence(say.reason_of(subject, made))


def _fix(finding: Finding, made: Hypothesis) -> str | None:
    """Data that would give a hypothesis the interval that it lacks; ``None`` if it has one."""
    if made.ci95 is not None:
        return None
    if finding.coverage.unstable_kept is not None:
        return "figures by six-digit codes, or windows on one side of the change of revision, would make it testable"
    if made.measure == "loss_share":
        return "monthly figures, or annual ones of five years before the event and two after, would give an interval"
    if made.measure != "net_gain_usd" and not is_lost(finding):
        return "figures of more members of the coalition, or of a longer window, would show whether it lost trade"
    if finding.counterfactual.method is None:
        return "exports of the suppliers to all partners would give a counterfactual (stopgap import, stopgap fetch)"
    return "figures of the actor in both windows, to more destinations, would give an interval"


_MEASURES = {
    "loss": "loss_share", "routed": "routed_share", "through-hubs": "routed_share", "net": "net_gain_usd",
    "shipped": "value_usd", "inflow_share": "share_of_inflow", "rose": "growth",
}  # fmt: skip
_UNITS = {"net_gain_usd": "USD per year", "value_usd": "USD"}


def untested(tested: HypothesisBasis, reason: str, kind: str, *, fix: str | None = None) -> Hypothesis:
    """Hypothesis for which nothing could be measured, with the reason and what would fix it."""
    goods = tested.list_name or tested.goods.label or "goods"
    told, hint = say.plain_reason(reason)
    measure = _MEASURES.get(kind, "share_of_loss")
    held = {"inflow_share": tested.inflow_threshold, "net": 0.0, "shipped": 0.0, "rose": 0.0}.get(
        kind, tested.threshold
    )
    return Hypothesis(
        id=f"{kind}{tested.suffix}",
        statement=say.statement_of(kind, tested.claim, tested.plan, goods, held),
        measure=measure,
        estimate=None,
        ci95=None,
        gross=None,
        threshold=held,
        thresholds=verdicts_at(None, held, None) if held else (),
        verdict=Verdict.NOT_TESTABLE,
        because=say.sentence(told),
        goods=tested.list_name,
        goods_version=tested.goods.version,
        breadth=tested.breadth,
        route=THROUGH_HUBS if kind in ("routed", "through-hubs") else DIRECT,
        decides=False,
        unit=_UNITS.get(measure, "ratio"),
        fix=fix or hint,
        layer=LAYER_OF_KIND.get(kind),
    )


def routed_hypothesis(tested: HypothesisBasis, routes: RouteFinding, finding: Finding, *, kind: str) -> Hypothesis:
    """Hypothesis on the share of the coalition's loss that passed through the actor, or through all hubs.

    ``finding`` is that of the same goods and windows; it gives coverage, and the spread of hubs' trade.
    """
    hub = tested.plan.economy if tested.plan.actor is Actor.ONE else None
    is_hub = hub is not None and any(row.hub == hub for row in routes.hubs)
    rows = [row for row in routes.hubs if not is_hub or row.hub == hub]
    figure = _across_moves(_routed_share(rows, routes, finding), finding)
    made = replace(
        _measured(tested, finding, kind, "routed_share", figure, tested.threshold),
        route=THROUGH_HUBS,
        finding_id=routes_id(routes),
        windows=asdict(routes.windows),
        queries=routes.queries,
        report=routes.report,
        valuation=routes.valuation,
    )
    past = say.name_of(hub) if is_hub and hub else "the hubs"
    subject = (
        f"what is consistent with routing through {past} in {say.goods_words(routes.goods)}, by the coalition's loss,"
    )
    text = f"{past}: {figure.reason}" if figure.interval is None else say.reason_of(subject, made)
    return replace(made, because=say.sentence(text))


def _routed_share(rows: list[HubRoute], routes: RouteFinding, finding: Finding) -> _Figure:
    """The hubs' match divided by the loss; gross is before the test against chance."""
    loss = routes.loss_usd
    if loss is None or loss <= 0:
        reason = "the coalition's loss is not above 0 or not known, so there is no share of it"
        return _Figure(None, None, None, reason)
    measured = [row for row in rows if row.match_usd is not None]
    if not measured:
        reason = rows[0].because if len(rows) == 1 else "no hub has figures on both legs"
        return _Figure(None, None, None, reason)
    raw = sum(row.match_usd or 0.0 for row in measured) / loss
    unknown = next((row for row in measured if row.net_usd is None), None)
    if unknown is not None:
        return _Figure(None, None, raw, unknown.because)
    net = sum(row.net_usd or 0.0 for row in measured) / loss
    halves = half_widths(finding)
    low = high = 0.0
    for row in measured:
        one = hub_interval(row, halves.get(row.hub, 0.0))
        low, high = low + one[0], high + one[1]
    return _Figure(net, (low / loss, high / loss), raw, None)


def half_widths(finding: Finding) -> Mapping[str, float]:
    """Map economies to the dollars from their net gain to the upper end of its interval."""
    return {
        row.supplier: row.ci95[1] - row.net_gain_usd
        for row in finding.suppliers
        if row.ci95 is not None and row.net_gain_usd is not None
    }


def hub_interval(row: HubRoute, half_width_usd: float) -> tuple[float, float]:
    """Range of dollars a year that may have passed through a hub: (least, most).

    The least is the match minus the threshold of chance (0 at most where the hub is not
    distinguishable from chance); the most is the match plus the amount by which the hub's trade with
    the target may exceed its estimate.
    """
    match = row.match_usd or 0.0
    low = match - (row.threshold_usd or 0.0)
    return (low if row.counted else min(low, 0.0)), match + half_width_usd


def routes_id(routes: RouteFinding) -> str:
    """Id of a finding of routes: a hash of its content, figures rounded to six digits (sums differ in the last)."""
    text = json.dumps(_rounded(routes.as_dict()), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
