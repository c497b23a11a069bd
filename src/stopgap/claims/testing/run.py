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
from stopgap.claims.testing.explanations import goods_words
from stopgap.claims.testing.figures import hypotheses_of, is_lost, loss_hypothesis, routed_hypothesis, untested
from stopgap.claims.testing.hypotheses import TestPlan, plan_test
from stopgap.claims.testing.layers.consequences import consequence_hypotheses
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.layers.ladder import LadderBasis, ladder
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.claims.testing.results import NO_GOODS, Hypothesis, MonthVerdict, TestedClaim
from stopgap.claims.testing.verdict import PartFigures, combined, conclude, part_name, since_sentence
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

PARTS_OF_ACT = {
    Action.TELL: "who told whom",
    Action.CONSEQUENCE: "consequences",
    Action.STOP: "trade stopped",
    Action.ROUTE_THROUGH: "trade through the actor",
}
"""Name of the part of a claim that an act makes, where the claim names no goods for it."""


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


@dataclass(frozen=True)
class _Act:
    """One act that a claim asserts: the claim with that action alone, its plan and its cases."""

    claim: Claim
    plan: TestPlan
    cases: tuple[GoodsCase, ...]


def test_claim(lake: Path, claim: Claim, options: ClaimTestOptions | None = None) -> TestedClaim:  # noqa: PT028
    """Test a claim against the figures and lists of a lake.

    A claim that figures cannot test, or whose figures the lake lacks, gives the verdict "not testable" with its
    reason, and no error. Errors are an unknown vintage or named episode (NotFoundError), a goods list that changed
    since registration (GoodsError), and a lake without any trade (MissingDataError).
    """
    chosen = options or ClaimTestOptions()
    with engine_on(lake, as_of=chosen.as_of, only=[TRADE.name]) as (engine, snapshot):
        return verdict_on(Findings(engine, snapshot, lake), claim, chosen)


test_claim.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def verdict_on(
    findings: Findings, claim: Claim, options: ClaimTestOptions, *, on: Episode | None = None
) -> TestedClaim:
    """Verdict of :func:`test_claim`, on an engine that is already running; ``on`` replaces the episode in ``options``."""
    episode, missing, other = (on, None, None) if on is not None else episode_of(claim, options.episode)
    acts = [_act(findings, claim, action, episode, options) for action in (claim.action, *claim.also)]
    parts: list[PartFigures] = []
    warnings: list[str] = []
    for act in acts:
        warnings += act.plan.notes
        made, notes = _parts_of(findings, act, options, several=len(acts) > 1)
        parts += made
        warnings += notes
    plan = acts[0].plan
    whole = conclude(
        claim,
        distinct(parts),
        as_of=findings.snapshot.vintage,
        episode=plan.episode.name if plan.episode else None,
        reason=missing if missing and plan.reason else plan.reason,
        fix=None if episode is not None or claim.action in _WITHOUT_EPISODE else (other or _NAME_EPISODE),
        limits=list(dict.fromkeys(limit for act in acts for limit in act.plan.limits)),
        warnings=warnings,
    )
    return by_month(whole, findings, acts[0], options) if options.by_month else whole


_NAME_EPISODE = "an episode of that trade, with a list of its goods, would test it; name it in the claim file (episode), or with --episode"
_WITHOUT_EPISODE = (Action.CONSEQUENCE, Action.TELL, Action.OTHER)
_ACT_OF_LAYER = {Layer.SHARE: "trade made up for", Layer.FELL: "trade stopped", Layer.ROUTED: "trade through the actor"}


def distinct(parts: Sequence[PartFigures]) -> list[PartFigures]:
    """Tell parts of the same name apart, as two acts on the same goods have it, by what each asserts."""
    names = [part.name for part in parts]
    return [
        replace(part, name=f"{part.name}, {_ACT_OF_LAYER.get(part.asserted.layer, 'trade')}")
        if names.count(part.name) > 1 and part.asserted.layer is not None
        else part
        for part in parts
    ]


def _act(findings: Findings, claim: Claim, action: Action, episode: Episode | None, options: ClaimTestOptions) -> _Act:
    alone = replace(claim, action=action, also=())
    plan = plan_test(alone, episode, own_lists(options.kept))
    return _Act(alone, plan, tuple(cases_of(findings, alone, plan, options.kept)))


def _parts_of(
    findings: Findings, act: _Act, options: ClaimTestOptions, *, several: bool
) -> tuple[list[PartFigures], list[str]]:
    """Test every part of one act: one for each of its goods, one for consequences or for what cannot be tested."""
    asserted, action = act.plan.asserted, act.claim.action
    if act.plan.reason is not None:
        name = PARTS_OF_ACT.get(action, "help in other forms")
        return ([PartFigures(name, asserted, (), act.plan.reason)] if several else []), []
    if action is Action.CONSEQUENCE:
        listed = consequence_hypotheses(findings.lake, act.claim, act.plan, act.plan.episode, as_of=options.as_of)
        return [PartFigures(PARTS_OF_ACT[action], asserted, _decided(listed, asserted.layer))], []
    found: dict[str | None, list[Hypothesis]] = {}
    lists: dict[str | None, list[str | None]] = {}
    warnings: list[str] = []
    for case in act.cases:
        made, notes = _tested(findings, case, options)
        label = case.tested.goods.label
        found.setdefault(label, []).extend(_decided(made, asserted.layer))
        lists.setdefault(label, []).append(case.goods.name if case.goods else case.tested.list_name)
        warnings += notes
        if label is None and case.goods is not None:
            what = goods_words(case.goods.name)
            warnings.insert(
                0, f"{NO_GOODS}: tested on {what}, the first list of the episode that the figures can measure"
            )
    return [
        PartFigures(part_name(label, lists[label]), asserted, tuple(each)) for label, each in found.items()
    ], warnings


def _decided(hypotheses: Sequence[Hypothesis], layer: Layer | None) -> tuple[Hypothesis, ...]:
    """Mark the hypotheses at the asserted layer; whole headings are shown beside and decide nothing."""
    return tuple(
        replace(each, decides=layer is not None and each.layer is layer and each.breadth != "headings")
        for each in hypotheses
    )


def _tested(findings: Findings, case: GoodsCase, options: ClaimTestOptions) -> tuple[list[Hypothesis], Sequence[str]]:
    """Test every layer on one goods list; return the hypotheses and the finding's warnings."""
    action, asserted = case.tested.claim.action, case.tested.plan.asserted.layer
    goods = case.goods
    if goods is None:
        kind = {Layer.FELL: "loss", None: "share"}.get(asserted, str(asserted))
        return [replace(untested(case.tested, case.reason, kind, fix=case.fix), layer=asserted)], ()
    case = replace(case, tested=replace(case.tested, list_name=goods.name))
    finding, reason, fix = _finding(findings, case)
    if finding is not None and options.keep and findings.lake is not None:
        keep_finding(findings.lake, finding)
    made: list[Hypothesis] = []
    if action is Action.STOP:
        made += hypotheses_of(case.tested, finding) if finding else [untested(case.tested, reason, "loss", fix=fix)]
    else:
        basis = LadderBasis(findings.engine, case.episode, case.tested, goods, case.after)
        made += ladder(basis, finding, reason, fix)
    if action is Action.ROUTE_THROUGH:
        made.append(_routed(findings, case, finding, "routed", reason, fix))
    elif finding and options.routes and case.episode.hubs and action is not Action.STOP and is_lost(finding):
        made.append(_routed(findings, case, finding, "through-hubs", reason, fix))
    return [*made, *_beside(findings, case)], finding.warnings if finding else ()


def _finding(findings: Findings, case: GoodsCase) -> tuple[Finding | None, str, str | None]:
    """Measure the goods; ``None`` with the reason and what would help where the lake has no figures for it."""
    assert case.goods is not None
    try:
        return findings.of(case.episode, case.goods, case.after), "", None
    except (MissingDataError, EpisodeError) as error:
        return None, error.what, fix_of(error)


def _routed(
    findings: Findings, case: GoodsCase, finding: Finding | None, kind: str, reason: str, fix: str | None
) -> Hypothesis:
    if finding is None:
        return untested(case.tested, reason, kind, fix=fix)
    assert case.goods is not None
    options = MeasureOptions(after=case.after)
    try:
        ground = (findings.engine, findings.snapshot, case.episode, case.goods)
        routes = routes_list_on(*ground, options, RouteRequest(), brief=True)
    except (MissingDataError, EpisodeError) as error:
        return untested(case.tested, error.what, kind, fix=fix_of(error))
    return routed_hypothesis(case.tested, routes, finding, kind=kind)


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


def by_month(whole: TestedClaim, findings: Findings, act: _Act, options: ClaimTestOptions) -> TestedClaim:
    """Add the verdict month by month (year by year for annual figures) to a tested claim.

    Each after-window begins with the claim's period, or with the month after the event, and ends
    with the month tested; the figures are those of the vintage of the test. Claims on routes and on consequences, and
    claims for which nothing can be measured, have no months.
    """
    if not act.cases or act.claim.action in (Action.ROUTE_THROUGH, Action.CONSEQUENCE):
        return whole
    starts = [_start(case) for case in act.cases]
    ends, warnings = _ends(findings, act.cases, starts)
    brief = replace(options, keep=False, routes=False)
    found = []
    for end in ends:
        parts: dict[str | None, list[Hypothesis]] = {}
        for case, start in zip(act.cases, starts, strict=True):
            made = _until(findings, case, Window(start, end), brief)
            parts.setdefault(case.tested.goods.label, []).extend(_decided(made, act.plan.asserted.layer))
        tested = [PartFigures("", act.plan.asserted, tuple(each)) for each in parts.values()]
        verdict = combined(part.tested(whole.claim).verdict for part in tested)
        first = next((each for part in tested for each in part.deciding), None)
        figure = (first.estimate, first.ci95) if first else (None, None)
        found.append(MonthVerdict(end, verdict, *figure))
    months = tuple(found)
    return replace(whole, months=months, since=since_sentence(months), warnings=(*whole.warnings, *warnings))


def _until(findings: Findings, case: GoodsCase, after: Window, options: ClaimTestOptions) -> list[Hypothesis]:
    """Test the asserted layer alone with figures up to the end of an after-window."""
    layer, claim = case.tested.plan.asserted.layer, case.tested.claim
    if case.goods is None:
        return _tested(findings, case, options)[0]
    period = replace(claim, period_from=after.first, period_to=after.last)
    moved = replace(case, after=after, tested=replace(case.tested, claim=period, list_name=case.goods.name))
    finding, reason = None, ""
    if layer is not Layer.ROSE:
        try:
            finding = findings.of(moved.episode, case.goods, after, brief=True)
        except (MissingDataError, EpisodeError) as error:
            reason = error.what
    if layer in (Layer.SHIPPED, Layer.INFLOW_SHARE, Layer.ROSE):
        basis = LadderBasis(findings.engine, moved.episode, moved.tested, case.goods, after)
        return list(ladder(basis, finding, reason, None, only=layer))
    if finding is None:
        return [untested(moved.tested, reason, "loss" if layer is Layer.FELL else str(layer))]
    return list(hypotheses_of(moved.tested, finding))


def _start(case: GoodsCase) -> str:
    first = add_months(case.episode.event, 1)
    return max(case.tested.claim.period_from or first, first)


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
