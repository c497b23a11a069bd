"""From a claim and a lake to a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stopgap.claims.claim import Action, Claim
from stopgap.claims.fixed_goods import FixedGoods
from stopgap.claims.hypotheses import GoodsPlan, TestPlan, episode_for, plan_test
from stopgap.claims.results import Hypothesis, TestedClaim
from stopgap.claims.testing import Tested, hypotheses_of, is_lost, loss_hypothesis, untested
from stopgap.claims.testing_claim import conclude
from stopgap.claims.testing_routes import routed_hypothesis
from stopgap.codes.goods import GoodsList, load_goods
from stopgap.errors import EpisodeError, GoodsError, MissingDataError, NotFoundError, StopgapError
from stopgap.findings.results import Finding
from stopgap.lake.connect import Snapshot
from stopgap.lake.engine import Engine
from stopgap.panel.episodes import Episode, Window, add_months, episode_names, load_episode
from stopgap.workflows.measuring import engine_on, keep_finding, measure_list_on
from stopgap.workflows.preparing import MeasureOptions, first_measurable
from stopgap.workflows.routing import RouteOptions, routes_list_on

UNREGISTERED = "unregistered"


@dataclass(frozen=True)
class ClaimTestOptions:
    """How a claim is tested.

    Attributes:
        episode: Name or file of the episode; the claim's own, or the one that fits, when ``None``.
        as_of: Vintage or day.
        by_month: Test it for each month (year) up to which one could have looked, too.
        kept: Goods lists as the register keeps them.
        keep: Keep the findings in the lake, where it can be written.
        routes: Show what passed through hubs beside direct trade.
    """

    episode: str | None = None
    as_of: str | None = None
    by_month: bool = False
    kept: tuple[FixedGoods, ...] = ()
    keep: bool = True
    routes: bool = True


@dataclass
class Findings:
    """Measures of a lake, each made once.

    Attributes:
        engine: Runs the stages.
        snapshot: The vintage.
        made: (episode's coalition and hubs, list, after-window) -> finding, or why there is none.
    """

    engine: Engine
    snapshot: Snapshot
    made: dict[tuple[object, ...], Finding | StopgapError] = field(default_factory=dict)

    def of(self, episode: Episode, goods: GoodsList, after: Window | None, *, full: bool = True) -> Finding:
        """The measure of a list, with the after-window given.

        Raises:
            MissingDataError: The lake lacks the figures.
            EpisodeError: Windows that cannot be used.
        """
        key = (episode.name, episode.coalition, episode.hubs, goods.version_id, after, full)
        if key not in self.made:
            options = MeasureOptions(after=after)
            try:
                self.made[key] = measure_list_on(self.engine, self.snapshot, episode, goods, options)
            except (MissingDataError, EpisodeError) as error:
                self.made[key] = error
        found = self.made[key]
        if isinstance(found, StopgapError):
            raise found
        return found


def test_claim(lake: Path, claim: Claim, options: ClaimTestOptions | None = None) -> TestedClaim:
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
    with engine_on(lake, as_of=chosen.as_of) as (engine, snapshot):
        return test_claim_on(Findings(engine, snapshot), claim, chosen, lake=lake if chosen.keep else None)


test_claim.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def test_claim_on(
    findings: Findings, claim: Claim, options: ClaimTestOptions, *, lake: Path | None = None
) -> TestedClaim:
    """The verdict of :func:`test_claim`, on an engine that is already running; findings are kept in ``lake``."""
    from stopgap.workflows.claim_months import months_of

    episode, missing = _episode(claim, options)
    plan = plan_test(claim, episode)
    if missing and plan.reason and episode is None:
        plan = replace(plan, reason=missing)
    hypotheses: list[Hypothesis] = []
    warnings: list[str] = []
    for tested, goods, reason in _cases(findings, claim, plan, options):
        if goods is None:
            hypotheses.append(untested(tested, reason))
            continue
        made, said = _tested(findings, tested, goods, options, lake)
        hypotheses += made
        warnings += said
    whole = conclude(
        claim,
        claim.id or UNREGISTERED,
        hypotheses,
        as_of=findings.snapshot.vintage,
        episode=plan.episode.name if plan.episode else None,
        reason=plan.reason,
        notes=plan.notes,
        warnings=warnings,
    )
    if not options.by_month:
        return whole
    cases = [(tested, goods) for tested, goods, _ in _cases(findings, claim, plan, options)]
    return months_of(whole, findings, cases)


test_claim_on.__test__ = False  # type: ignore[attr-defined]


def _episode(claim: Claim, options: ClaimTestOptions) -> tuple[Episode | None, str | None]:
    """The episode, and why there is none."""
    if options.episode is not None:
        return load_episode(options.episode), None
    if claim.episode is not None:
        try:
            return load_episode(claim.episode), None
        except NotFoundError as error:
            return None, f"{error.what}: {error.mend}"
    return episode_for(claim, [load_episode(name) for name in episode_names()]), None


def after_window(claim: Claim, episode: Episode) -> Window | None:
    """The after-window of a claim: its own period, from the month after the event at the earliest; the
    episode's where it has none."""
    if claim.period_from is None and claim.period_to is None:
        return None
    first = claim.period_from or episode.after.first or add_months(episode.event, 1)
    return Window(max(first, add_months(episode.event, 1)), claim.period_to)


def _cases(
    findings: Findings, claim: Claim, plan: TestPlan, options: ClaimTestOptions
) -> Iterator[tuple[Tested, GoodsList | None, str]]:
    """What is tested on which list; ``None`` and the reason where there is no list to test on."""
    several = sum(len(goods.lists) or 1 for goods in plan.goods) > 1
    for goods in plan.goods:
        for name, breadth in goods.lists or ((None, None),):
            suffix = f":{Path(name or goods.label or 'goods').stem}" if several else ""
            tested = Tested(claim, plan, goods, name, breadth, suffix)
            if goods.reason is not None:
                yield tested, None, goods.reason
            elif name is not None:
                yield tested, _goods_list(goods, name, breadth, options.kept), ""
            else:
                found, reason = _first_list(findings, claim, plan)
                yield tested, found, reason


def _goods_list(goods: GoodsPlan, name: str, breadth: str | None, kept: Sequence[FixedGoods]) -> GoodsList:
    """The list as the claim was registered with it.

    Raises:
        GoodsError: The list changed since, and its codes were not kept.
    """
    fixed = next((each for each in kept if each.named == goods.label and each.breadth == breadth), None)
    try:
        now = load_goods(name)
    except StopgapError:
        if fixed is None:
            raise
        return fixed.goods_list()
    if fixed is not None:
        return now if now.version_id == fixed.version else fixed.goods_list()
    is_bound = goods.version is not None and name == goods.lists[0][0]
    if is_bound and now.version_id != goods.version:
        raise GoodsError(
            f"the goods list {now.name} is {now.version_id}, and the claim was fixed to {goods.version}",
            where=f"goods {goods.label}",
            mend="test the registered claim by its id, whose codes the register keeps; or leave version out of the file",
        )
    return now


def _first_list(findings: Findings, claim: Claim, plan: TestPlan) -> tuple[GoodsList | None, str]:
    """The episode's first list that the lake can measure, for a claim that names no goods."""
    assert plan.episode is not None
    episode, after = plan.episode, after_window(claim, plan.episode)

    def measured(goods: GoodsList, _: tuple[str, ...]) -> GoodsList:
        findings.of(episode, goods, after)
        return goods

    try:
        return first_measurable(episode, None, measured), ""
    except (MissingDataError, EpisodeError) as error:
        return None, f"{error.what}: {error.mend}"


def _tested(
    findings: Findings, tested: Tested, goods: GoodsList, options: ClaimTestOptions, lake: Path | None
) -> tuple[list[Hypothesis], Sequence[str]]:
    """The hypotheses on one goods list, the deciding one first, and the findings' warnings."""
    claim, plan = tested.claim, tested.plan
    assert plan.episode is not None
    episode, after = plan.episode, after_window(claim, plan.episode)
    tested = replace(tested, list_name=goods.name)
    try:
        finding = findings.of(episode, goods, after)
    except (MissingDataError, EpisodeError) as error:
        return [untested(tested, f"{error.what}: {error.mend}")], ()
    if lake is not None:
        keep_finding(lake, finding)
    made = list(hypotheses_of(tested, finding))
    decides = claim.action is Action.ROUTE_THROUGH
    if decides or (options.routes and episode.hubs and claim.action is not Action.STOP and is_lost(finding)):
        made.append(_routed(findings, tested, goods, after, finding, decides=decides))
    if plan.beside is not None:
        made += _beside(findings, tested, goods, after)
    return made, finding.warnings


def _routed(
    findings: Findings,
    tested: Tested,
    goods: GoodsList,
    after: Window | None,
    finding: Finding,
    *,
    decides: bool,
) -> Hypothesis:
    assert tested.plan.episode is not None
    try:
        routes = routes_list_on(
            findings.engine, findings.snapshot, tested.plan.episode, goods, MeasureOptions(after=after), RouteOptions()
        )  # fmt: skip
    except (MissingDataError, EpisodeError) as error:
        kind = "routed" if decides else "through-hubs"
        return untested(tested, f"{error.what}: {error.mend}", kind=kind, decides=decides)
    return routed_hypothesis(tested, routes, finding, decides=decides)


def _beside(
    findings: Findings, tested: Tested, goods: GoodsList, after: Window | None
) -> tuple[Hypothesis, ...]:
    """The whole coalition's fall, beside the actor's own."""
    assert tested.plan.beside is not None
    try:
        finding = findings.of(tested.plan.beside, goods, after)
    except (MissingDataError, EpisodeError):
        return ()
    return (loss_hypothesis(tested, finding, kind="coalition-loss"),)
