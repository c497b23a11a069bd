"""Test a hypothesis on a finding: estimate, interval and verdict.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from stopgap.claims.claim import Action, Claim
from stopgap.claims.testing.explanations import (
    actor_name,
    deciding_kind,
    goods_words,
    name_of,
    percent,
    reason_of,
    sentence,
    statement_of,
)
from stopgap.claims.testing.hypotheses import Actor, GoodsPlan, TestPlan
from stopgap.claims.testing.results import Hypothesis, Verdict
from stopgap.claims.testing.verdict import DEFAULT_THRESHOLD, verdict_of, verdicts_at
from stopgap.measures.backfill.results import Finding, Interval

DIRECT = "direct"
THROUGH_HUBS = "through hubs"


@dataclass(frozen=True)
class HypothesisBasis:
    """What a hypothesis is tested on, beside the figures.

    Attributes:
        claim: The claim.
        plan: How it is tested.
        goods: The claim's goods.
        list_name: Goods list; ``None`` where none could be chosen.
        breadth: ``narrow``, ``broad`` or ``None``.
        suffix: Of the hypotheses' ids: ``:optical``, or empty where the claim has one list.
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
        """What shares are held against."""
        return threshold_of(self.claim)


def threshold_of(claim: Claim) -> float:
    """The claim's threshold, or the default."""
    return DEFAULT_THRESHOLD if claim.threshold is None else claim.threshold


@dataclass(frozen=True)
class ActorFigures:
    """The trade of the claim's actor with the target; dollars a year.

    Attributes:
        net_usd: Beyond what growth elsewhere explains.
        interval_usd: Its 95 % interval.
        gain_usd: Gross.
        baseline_usd: Before.
        reason: Why something is missing; ``None`` where nothing is.
    """

    net_usd: float | None
    interval_usd: Interval
    gain_usd: float | None
    baseline_usd: float | None
    reason: str | None


def figures_of(finding: Finding, plan: TestPlan) -> ActorFigures:
    """The actor's figures in a finding."""
    if plan.actor is Actor.ONE:
        return _one(finding, str(plan.economy))
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
    name = name_of(economy)
    if row is None:
        absent = f"the figures hold no trade of {name} in these goods in both windows: missing, not zero"
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


def _no_interval(finding: Finding, what: str) -> str:
    counterfactual = finding.counterfactual
    if counterfactual.method is None:
        return f"{what} is not estimated: {counterfactual.reason or 'there is no counterfactual'}"
    for warning in finding.warnings:
        if warning.startswith("net figures have no interval"):
            return f"{what} has no interval: {warning.partition(': ')[2]}"
    return f"{what} has no interval"


def is_lost(finding: Finding) -> bool:
    """Whether the coalition's loss can be told from 0."""
    return finding.backfill.defined and finding.suspended.loss_usd > 0


def hypotheses_of(tested: HypothesisBasis, finding: Finding) -> tuple[Hypothesis, ...]:
    """The hypotheses on an actor's direct trade in one goods list; the one that decides first.

    A claim of backfill, supply, components or purchases has the share of the loss (of the own
    baseline, for supply where nothing was lost) and, beside it, whether the net gain is above 0; a
    claim of stopping has the loss share.
    """
    if tested.claim.action is Action.STOP:
        return (loss_hypothesis(tested, finding, kind="loss"),)
    if tested.claim.action is Action.ROUTE_THROUGH:
        return (_net(tested, finding),) if tested.plan.actor is Actor.ONE else ()
    kind = deciding_kind(tested.claim.action, is_lost=is_lost(finding))
    deciding = _share(tested, finding) if kind == "share" else _gain(tested, finding)
    return deciding, _net(tested, finding)


def _share(tested: HypothesisBasis, finding: Finding) -> Hypothesis:
    """The actor's net gain by the sum of what the coalition lost in each good."""
    figures = figures_of(finding, tested.plan)
    lost = finding.identity.loss_usd
    if not is_lost(finding):
        reason = "the coalition's loss in these goods is not above 0 beyond chance: there is nothing to fill"
        return _with_figures(tested, finding, "share", "share_of_loss", _Figure(None, None, None, reason))
    estimate, interval = _by(figures.net_usd, lost), _interval_by(figures.interval_usd, lost)
    gross = _by(figures.gain_usd, lost)
    return _with_figures(tested, finding, "share", "share_of_loss", _Figure(estimate, interval, gross, figures.reason))


def _gain(tested: HypothesisBasis, finding: Finding) -> Hypothesis:
    """The actor's net gain by its own baseline."""
    figures = figures_of(finding, tested.plan)
    base = figures.baseline_usd
    reason = figures.reason
    if reason is None and not base:
        reason = "there is no baseline of its own to compare with"
    figure = _Figure(
        _by(figures.net_usd, base), _interval_by(figures.interval_usd, base), _by(figures.gain_usd, base), reason
    )
    return _with_figures(tested, finding, "gain", "gain_by_baseline", figure)


def _net(tested: HypothesisBasis, finding: Finding) -> Hypothesis:
    """Whether the actor's net gain is above 0."""
    figures = figures_of(finding, tested.plan)
    figure = _Figure(figures.net_usd, figures.interval_usd, figures.gain_usd, figures.reason)
    made = _with_figures(tested, finding, "net", "net_gain_usd", figure, threshold=0.0)
    return replace(made, decides=False)


def loss_hypothesis(tested: HypothesisBasis, finding: Finding, *, kind: str) -> Hypothesis:
    """How far the trade of the finding's coalition fell: ``loss`` of the actor, ``coalition-loss`` beside it."""
    suspended = finding.suspended
    reason = None
    if suspended.ci95 is None:
        start = "suspended trade has no interval: "
        said = [line.removeprefix(start) for line in finding.warnings if line.startswith(start)]
        reason = f"the fall has no interval: {said[0]}" if said else "the fall has no interval"
    figure = _Figure(suspended.loss_share, suspended.ci95, suspended.loss_share, reason)
    made = _with_figures(tested, finding, kind, "loss_share", figure)
    return replace(made, placebo_rank=None, decides=kind == "loss")


def _by(value: float | None, by: float | None) -> float | None:
    return value / by if value is not None and by else None


def _interval_by(interval: Interval, by: float | None) -> Interval:
    return (interval[0] / by, interval[1] / by) if interval is not None and by else None


_SUBJECTS = {
    "share_of_loss": "the net contribution of {who} to what the coalition lost in {goods}",
    "gain_by_baseline": "the net gain of {who} in {goods}, by its own baseline,",
    "net_gain_usd": "the net gain of {who} a year in {goods}",
    "loss_share": "the fall of the trade of {who} in {goods}",
}


def subject_of(tested: HypothesisBasis, measure: str, goods: str, *, whole: bool = False) -> str:
    """The figure in words, the beginning of a sentence."""
    who = "the coalition" if whole else actor_name(tested.claim, tested.plan)
    return _SUBJECTS[measure].format(who=who, goods=goods_words(goods))


class _Figure(NamedTuple):
    """A figure as it was measured.

    Attributes:
        estimate: Point estimate.
        interval: Its interval.
        gross: Without a model.
        reason: Why there is none.
    """

    estimate: float | None
    interval: Interval
    gross: float | None
    reason: str | None


def _with_figures(
    tested: HypothesisBasis,
    finding: Finding,
    kind: str,
    measure: str,
    figure: _Figure,
    *,
    threshold: float | None = None,
) -> Hypothesis:
    """A hypothesis on a measured finding."""
    estimate, interval, gross, reason = figure
    held = tested.threshold if threshold is None else threshold
    coverage = finding.coverage.share_of_baseline_reported
    verdict = verdict_of(interval, held, coverage)
    in_dollars = measure == "net_gain_usd"
    made = Hypothesis(
        id=f"{kind}{tested.suffix}",
        statement=statement_of(kind, tested.claim, tested.plan, finding.goods, held),
        measure=measure,
        estimate=estimate,
        ci95=interval,
        gross=gross,
        threshold=held,
        thresholds=((held, verdict),) if in_dollars else verdicts_at(interval, held, coverage),
        verdict=verdict,
        because="",
        goods=finding.goods,
        goods_version=finding.goods_version,
        breadth=tested.breadth,
        route=DIRECT,
        coverage=coverage,
        placebo_rank=finding.backfill.placebo_rank,
        finding_id=finding.finding_id,
        windows=asdict(finding.windows),
        queries=finding.queries,
        unit="USD per year" if in_dollars else "ratio",
        report=finding.report,
        valuation=finding.valuation,
        mirror=asdict(finding.mirror) if finding.mirror else None,
    )
    return replace(made, because=_because(tested, made, reason, kind), fix=_fix(finding, made))


def _fix(finding: Finding, made: Hypothesis) -> str | None:
    """What would give a hypothesis the interval that it lacks."""
    if made.ci95 is not None:
        return None
    if made.measure == "loss_share":
        return "monthly figures, or annual ones of five years before the event and two after, would give an interval"
    if made.measure != "net_gain_usd" and not is_lost(finding):
        return "figures of more members of the coalition, or of a longer window, would show whether it lost trade"
    if finding.counterfactual.method is None:
        return "exports of the suppliers to all partners would give a counterfactual (stopgap import, stopgap fetch)"
    return "figures of the actor in both windows, to more destinations, would give an interval"


def _because(tested: HypothesisBasis, made: Hypothesis, reason: str | None, kind: str) -> str:
    if made.ci95 is None:
        gross = ""
        if made.gross is not None and made.unit == "ratio":
            gross = f"; gross, without a model, it is {percent(made.gross)}"
        return sentence(f"{reason or 'there is no interval'}{gross}")
    if made.coverage is None:
        return "How much of the baseline trade is reported after the event is not known."
    subject = subject_of(tested, made.measure, str(made.goods), whole=kind == "coalition-loss")
    return sentence(reason_of(subject, made))


def untested(
    tested: HypothesisBasis, reason: str, *, fix: str | None = None, kind: str | None = None, decides: bool = True
) -> Hypothesis:
    """A hypothesis of which nothing could be measured, and what would fix that."""
    kind = kind or deciding_kind(tested.claim.action, is_lost=True)
    goods = tested.list_name or tested.goods.label or "goods"
    return Hypothesis(
        id=f"{kind}{tested.suffix}",
        statement=statement_of(kind, tested.claim, tested.plan, goods, tested.threshold),
        measure={"loss": "loss_share", "routed": "routed_share", "through-hubs": "routed_share"}.get(
            kind, "share_of_loss"
        ),
        estimate=None,
        ci95=None,
        gross=None,
        threshold=tested.threshold,
        thresholds=verdicts_at(None, tested.threshold, None),
        verdict=Verdict.CANNOT_BE_TESTED,
        because=sentence(reason),
        goods=tested.list_name,
        goods_version=tested.goods.version,
        breadth=tested.breadth,
        route=THROUGH_HUBS if kind in ("routed", "through-hubs") else DIRECT,
        coverage=None,
        placebo_rank=None,
        finding_id=None,
        windows=None,
        decides=decides,
        fix=fix,
    )
