"""Test a claim against a lake, on the whole period and month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Frequency
from stopgap.claims.claim import Action, Claim
from stopgap.claims.register.goods_snapshot import FixedGoods, own_lists
from stopgap.claims.testing.cases import Findings, GoodsCase, cases_of, episode_of, fix_of
from stopgap.claims.testing.figures import hypotheses_of, is_lost, loss_hypothesis, routed_hypothesis, untested
from stopgap.claims.testing.hypotheses import plan_test
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.claims.testing.results import Hypothesis, MonthVerdict, TestedClaim
from stopgap.claims.testing.verdict import claim_verdict, conclude, deciding, since_sentence
from stopgap.lake.schema import TRADE
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import keep_finding
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.run import routes_list_on
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, Window, add_months
from stopgap.panel.prepare import MeasureOptions

MOST_MONTHS = 60
"""Maximum number of months tested, the latest ones; a warning states how many earlier ones were omitted."""


@dataclass(frozen=True, kw_only=True)
class ClaimTestOptions(ClaimTestRequest):
    """Options of the test of a claim: those of the user, and internal ones.

    Attributes:
        kept: Goods lists as stored in the register.
        keep: Whether to store the findings in the lake, where it is writable.
        routes: Whether to show trade through hubs beside direct trade.
    """

    kept: tuple[FixedGoods, ...] = ()
    keep: bool = True
    routes: bool = True


def test_claim(lake: Path, claim: Claim, options: ClaimTestOptions | None = None) -> TestedClaim:  # noqa: PT028
    """Test a claim against the figures of a lake.

    A claim that trade figures cannot test, or whose figures the lake lacks, gives the verdict "cannot be tested" with
    its reason, and no error. Errors are an unknown vintage or named episode (NotFoundError), a goods list that changed
    since registration (GoodsError), and a lake without any trade (MissingDataError).
    """
    chosen = options or ClaimTestOptions()
    with engine_on(lake, as_of=chosen.as_of, only=[TRADE.name]) as (engine, snapshot):
        return verdict_on(Findings(engine, snapshot), claim, chosen, lake=lake if chosen.keep else None)


test_claim.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def verdict_on(
    findings: Findings, claim: Claim, options: ClaimTestOptions, *, lake: Path | None, on: Episode | None = None
) -> TestedClaim:
    """Verdict of :func:`test_claim`, on an engine that is already running.

    Findings are stored in ``lake``, or not at all when ``None``; ``on`` replaces the episode named in ``options``.
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
    """Hypotheses on one goods list, the deciding one first, and the findings' warnings."""
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
        ground = (findings.engine, findings.snapshot, case.episode, case.goods)
        routes = routes_list_on(*ground, options, RouteRequest(), brief=True)
    except (MissingDataError, EpisodeError) as error:
        kind = "routed" if decides else "through-hubs"
        return untested(case.tested, error.what, fix=fix_of(error), kind=kind, decides=decides)
    return routed_hypothesis(case.tested, routes, finding, decides=decides)


def _beside(findings: Findings, case: GoodsCase) -> tuple[Hypothesis, ...]:
    """Hypothesis on the fall of the whole coalition, shown beside the actor's own."""
    whole = case.tested.plan.beside
    if whole is None or case.goods is None:
        return ()
    try:
        finding = findings.of(whole, case.goods, case.after)
    except (MissingDataError, EpisodeError):
        return ()
    return (loss_hypothesis(case.tested, finding, kind="coalition-loss"),)


def by_month(whole: TestedClaim, findings: Findings, cases: Sequence[GoodsCase]) -> TestedClaim:
    """Add the verdict month by month (year by year for annual figures) to a tested claim.

    Each after-window begins with the claim's period, or with the month after the event, and ends
    with the month tested; the figures are those of the vintage of the test. Claims on routes, and
    claims for which nothing can be measured, have no months.
    """
    if not cases or whole.claim.action is Action.ROUTE_THROUGH:
        return whole
    after_events = [(case, add_months(case.episode.event, 1)) for case in cases]
    starts = [max(case.tested.claim.period_from or first, first) for case, first in after_events]
    ends, warnings = _ends(findings, cases, starts)

    def tested(case: GoodsCase, after: Window) -> Hypothesis:
        if case.goods is None:
            return untested(case.tested, case.reason)
        try:
            return hypotheses_of(case.tested, findings.of(case.episode, case.goods, after, brief=True))[0]
        except (MissingDataError, EpisodeError) as error:
            return untested(case.tested, error.what)

    found = []
    for end in ends:
        made = [tested(case, Window(start, end)) for case, start in zip(cases, starts, strict=True)]
        first = deciding(whole.claim, made)
        found.append(MonthVerdict(end, claim_verdict(whole.claim, made), first.estimate, first.ci95))
    months = tuple(found)
    return replace(whole, months=months, since=since_sentence(months), warnings=(*whole.warnings, *warnings))


def _ends(findings: Findings, cases: Sequence[GoodsCase], starts: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Last months of the after-windows to test, and a warning if earlier ones are omitted."""
    ends: set[str] = set()
    for case, start in zip(cases, starts, strict=True):
        if case.goods is None:
            continue
        try:
            finding = findings.of(case.episode, case.goods, Window(start, case.tested.claim.period_to), brief=True)
        except (MissingDataError, EpisodeError):
            continue
        last = finding.windows.after[1]
        if finding.frequency == Frequency.ANNUAL:
            first_year = int(start[:4]) + (start[5:] != "01")
            ends |= {f"{year}-12" for year in range(first_year, int(last[:4]) + 1) if f"{year}-12" <= last}
            continue
        month = start
        while month <= last:
            ends.add(month)
            month = add_months(month, 1)
    ordered = sorted(ends)
    left = len(ordered) - MOST_MONTHS
    if left <= 0:
        return ordered, ()
    return ordered[left:], (f"by month: the last {MOST_MONTHS} months are tested, {left} before are left out",)
