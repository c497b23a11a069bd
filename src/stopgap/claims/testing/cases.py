"""Cases on which a claim is tested: episode, windows and goods lists, and the findings that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stopgap.base.errors import EpisodeError, GoodsError, MissingDataError, NotFoundError, StopgapError
from stopgap.base.vocab import EpisodeRole
from stopgap.claims.claim import Action, Claim
from stopgap.claims.register.goods_snapshot import FixedGoods
from stopgap.claims.testing import explanations as say
from stopgap.claims.testing.figures import HypothesisBasis, hypotheses_of
from stopgap.claims.testing.hypotheses import GoodsPlan, TestPlan, episode_for
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import Extent, measure_list_on
from stopgap.panel.episodes import Episode, Window, add_months, episode_names, load_episode, needs_target_side
from stopgap.panel.prepare import FEWEST_MEMBERS, MeasureOptions


@dataclass
class Findings:
    """Cache of findings on a lake: ``made`` holds each finding, or the error why there is none.

    ``lake`` is ``None`` where only recorded answers are at hand: then nothing is kept and no lists are read.
    """

    engine: Engine
    snapshot: Snapshot
    lake: Path | None
    made: dict[tuple[object, ...], Finding | StopgapError] = field(default_factory=dict)

    def of(
        self, episode: Episode, goods: GoodsList, after: Window | None, *, brief: bool = False, named: bool = True
    ) -> Finding:
        """Return the finding of a list over an after-window, or raise its error.

        ``brief`` omits cell tests and mirror; ``named`` tells that the claim names the goods, so that figures of a small
        part of the coalition are measured too.
        """
        key = (episode.name, episode.coalition, episode.hubs, goods.version_id, after, named)
        if (*key, False) in self.made:
            brief = False
        if (*key, brief) not in self.made:
            options = MeasureOptions(after=after, fewest_members=None if named else FEWEST_MEMBERS)
            try:
                made = measure_list_on(
                    self.engine, self.snapshot, episode, goods, options, extent=Extent.BRIEF if brief else Extent.WHOLE
                )
                self.made[*key, brief] = made
            except (MissingDataError, EpisodeError) as error:
                self.made[*key, brief] = error
        found = self.made[*key, brief]
        if isinstance(found, StopgapError):
            raise found
        return found


@dataclass(frozen=True)
class GoodsCase:
    """One goods list of a claim, and the basis on which its hypotheses are tested.

    Attributes:
        goods: ``None`` where there is none; ``reason`` then says why, and ``fix`` what would help.
        after: After-window; ``None`` for that of the episode.
    """

    tested: HypothesisBasis
    goods: GoodsList | None
    after: Window | None
    reason: str = ""
    fix: str | None = None

    @property
    def episode(self) -> Episode:
        """Episode of the test plan, as adapted to the claim."""
        assert self.tested.plan.episode is not None
        return self.tested.plan.episode


def episode_of(claim: Claim, named: str | None) -> tuple[Episode | None, str | None, str | None]:
    """Select the episode: `named` (else NotFoundError), that of the claim, or the best fit.

    Returns the episode, and where there is none, why and what would help, in words for readers of the claim.
    """
    if named is not None:
        episode = load_episode(named)
        needs_target_side(episode, "a test of claims")
        return episode, None, None
    if claim.episode is None:
        return episode_for(claim, [load_episode(name) for name in episode_names()]), None, None
    try:
        episode = load_episode(claim.episode)
    except (NotFoundError, EpisodeError) as error:
        return None, error.what, error.fix or None
    if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        who = say.name_of(episode.coalition[0]) if len(episode.members()) == 1 else "the coalition"
        target = say.name_of(episode.target)
        reason = f"the episode {episode.name} is about who supplied {who} instead of {target}, and claims are tested on trade with {target} alone"
        return (
            None,
            reason,
            f"the command stopgap measure {episode.name} tells who supplied {who} instead, without a verdict on the claim",
        )
    return episode, None, None


def cases_of(findings: Findings, claim: Claim, plan: TestPlan, kept: Sequence[FixedGoods]) -> Iterator[GoodsCase]:
    """Yield the goods lists that a claim is tested on, in the claim's order; lists in ``kept`` as registered.

    GoodsError if a list changed since the claim was registered and its codes were not stored.
    """
    if plan.episode is None or plan.reason is not None or claim.action is Action.CONSEQUENCE:
        return
    after = None  # the episode's own
    if claim.period_from is not None or claim.period_to is not None:
        earliest = add_months(plan.episode.event, 1)
        after = Window(max(claim.period_from or plan.episode.after.first or earliest, earliest), claim.period_to)
    several = sum(len(goods.lists) or 1 for goods in plan.goods) > 1
    for goods in plan.goods:
        for name, breadth in goods.lists or ((None, None),):
            suffix = f":{Path(name or goods.label or 'goods').stem}" if several else ""
            tested = HypothesisBasis(claim, plan, goods, name, breadth, suffix)
            if goods.reason is not None:
                yield GoodsCase(tested, None, after, goods.reason, goods.fix)
            elif name is not None:
                yield GoodsCase(tested, goods_list(plan.episode, goods, name, breadth, kept), after)
            else:
                yield _first_case(findings, tested, after)


def goods_list(
    episode: Episode, goods: GoodsPlan, name: str, breadth: str | None, kept: Sequence[FixedGoods]
) -> GoodsList:
    """Goods list as registered with the claim; GoodsError if it changed since and its codes were not stored."""
    fixed = next((each for each in kept if each.named == goods.label and each.breadth == breadth), None)
    try:
        now = episode.goods_list(name)
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
            fix="test the registered claim by its id, whose codes the register keeps; or leave version out of the file",
        )
    return now


def _first_case(findings: Findings, tested: HypothesisBasis, after: Window | None) -> GoodsCase:
    """Case of a claim that names no goods: the episode's first list on which the actor's figure has an interval,
    whatever its value; else the first that can be measured.
    """
    episode, measurable, first_error = tested.plan.episode, None, None
    assert episode is not None
    for name in episode.goods:
        goods = episode.goods_list(name)
        try:
            finding = findings.of(episode, goods, after, named=False)
        except (MissingDataError, EpisodeError) as error:
            first_error = first_error or error
            continue
        measurable = measurable or goods
        made = hypotheses_of(tested, finding)
        if tested.claim.action is Action.ROUTE_THROUGH or (made and made[-1].ci95 is not None):
            return GoodsCase(tested, goods, after)
    if measurable is not None:
        return GoodsCase(tested, measurable, after)
    assert first_error is not None
    return GoodsCase(tested, None, after, first_error.what, fix_of(first_error))


def fix_of(error: StopgapError) -> str | None:
    """Fix of an error, in terms of the claim instead of command options; ``None`` if empty."""
    fix = error.fix.replace("(--after FROM:TO)", "(the claim's period)")
    fix = fix.replace("(--baseline FROM:TO)", "(the episode's baseline)")
    return fix.replace("(--baseline, --after)", "(the claim's period, the episode's baseline)") or None
