"""Test a claim against a lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.claims.claim import Action, Claim
from stopgap.claims.register.goods_snapshot import FixedGoods, own_lists
from stopgap.claims.testing.cases import Findings, GoodsCase, cases_of, episode_of, fix_of
from stopgap.claims.testing.claim_verdict import conclude
from stopgap.claims.testing.figures import hypotheses_of, is_lost, loss_hypothesis, untested
from stopgap.claims.testing.hypotheses import plan_test
from stopgap.claims.testing.months import by_month
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.claims.testing.results import Hypothesis, TestedClaim
from stopgap.claims.testing.routes import routed_hypothesis
from stopgap.lake.schema import TRADE
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import engine_on, keep_finding
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.run import routes_list_on
from stopgap.panel.episodes import Episode
from stopgap.panel.prepare import MeasureOptions


@dataclass(frozen=True, kw_only=True)
class ClaimTestOptions(ClaimTestRequest):
    """How a claim is tested: what a user asks, and more.

    Attributes:
        kept: Goods lists as the register keeps them.
        keep: Keep the findings in the lake, where it can be written.
        routes: Show what passed through hubs beside direct trade.
    """

    kept: tuple[FixedGoods, ...] = ()
    keep: bool = True
    routes: bool = True


def test_claim(lake: Path, claim: Claim, options: ClaimTestOptions | None = None) -> TestedClaim:  # noqa: PT028
    """A claim held against the figures of a lake.

    A claim that no figure can meet, or whose figures the lake lacks, cannot be tested: that is an
    answer with its reason, no error.

    Args:
        lake: Folder of the lake.
        claim: As registered, or as its file says.
        options: Episode, vintage, month by month, goods lists as registered.

    Raises:
        NotFoundError: Unknown vintage, or an episode that ``options`` names and that is not there.
        GoodsError: The claim's goods list is no longer what it was when the claim was registered.
        MissingDataError: The lake holds no trade at all.
    """
    chosen = options or ClaimTestOptions()
    with engine_on(lake, as_of=chosen.as_of, only=[TRADE.name]) as (engine, snapshot):
        return verdict_on(Findings(engine, snapshot), claim, chosen, lake=lake if chosen.keep else None)


test_claim.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def verdict_on(
    findings: Findings, claim: Claim, options: ClaimTestOptions, *, lake: Path | None, on: Episode | None = None
) -> TestedClaim:
    """The verdict of :func:`test_claim`, on an engine that is already running.

    Args:
        findings: Measures of the lake.
        claim: The claim.
        options: How it is tested.
        lake: Where the findings are kept; nowhere when ``None``.
        on: The episode itself, in place of the name in ``options``.
    """
    episode, missing = (on, None) if on is not None else episode_of(claim, options.episode)
    plan = plan_test(claim, episode, own_lists(options.kept))
    cases = list(cases_of(findings, claim, plan, options.kept))
    hypotheses: list[Hypothesis] = []
    warnings: list[str] = list(plan.notes)
    for case in cases:
        made, said = _tested(findings, case, options, lake)
        hypotheses += made
        warnings += said
    whole = conclude(
        claim,
        hypotheses,
        as_of=findings.snapshot.vintage,
        episode=plan.episode.name if plan.episode else None,
        reason=missing if missing and plan.reason else plan.reason,
        fix="name the episode (episode in the claim file, or --episode)" if episode is None else None,
        limits=plan.limits,
        warnings=warnings,
    )
    return by_month(whole, findings, cases) if options.by_month else whole


def _tested(
    findings: Findings, case: GoodsCase, options: ClaimTestOptions, lake: Path | None
) -> tuple[list[Hypothesis], Sequence[str]]:
    """The hypotheses on one goods list, the deciding one first, and the findings' warnings."""
    goods = case.goods
    if goods is None:
        return [untested(case.tested, case.reason, fix=case.fix)], ()
    case = replace(case, tested=replace(case.tested, list_name=goods.name))
    action = case.tested.claim.action
    try:
        finding = findings.of(case.episode, goods, case.after)
    except (MissingDataError, EpisodeError) as error:
        return [untested(case.tested, error.what, fix=fix_of(error))], ()
    if lake is not None:
        keep_finding(lake, finding)
    made = list(hypotheses_of(case.tested, finding))
    decides = action is Action.ROUTE_THROUGH
    if decides or (options.routes and case.episode.hubs and action is not Action.STOP and is_lost(finding)):
        made.append(_routed(findings, case, finding, decides=decides))
    return [*made, *_beside(findings, case)], finding.warnings


def _routed(findings: Findings, case: GoodsCase, finding: Finding, *, decides: bool) -> Hypothesis:
    assert case.goods is not None
    options = MeasureOptions(after=case.after)
    try:
        routes = routes_list_on(findings.engine, findings.snapshot, case.episode, case.goods, options, RouteRequest())
    except (MissingDataError, EpisodeError) as error:
        kind = "routed" if decides else "through-hubs"
        return untested(case.tested, error.what, fix=fix_of(error), kind=kind, decides=decides)
    return routed_hypothesis(case.tested, routes, finding, decides=decides)


def _beside(findings: Findings, case: GoodsCase) -> tuple[Hypothesis, ...]:
    """The whole coalition's fall, beside the actor's own."""
    whole = case.tested.plan.beside
    if whole is None or case.goods is None:
        return ()
    try:
        finding = findings.of(whole, case.goods, case.after)
    except (MissingDataError, EpisodeError):
        return ()
    return (loss_hypothesis(case.tested, finding, kind="coalition-loss"),)
