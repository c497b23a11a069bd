"""Cases on which a claim is tested: episode, windows, goods lists, and measures shared between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stopgap.base.errors import EpisodeError, GoodsError, MissingDataError, NotFoundError, StopgapError
from stopgap.claims.claim import Action, Claim
from stopgap.claims.register.goods_snapshot import FixedGoods
from stopgap.claims.testing.figures import HypothesisBasis, hypotheses_of
from stopgap.claims.testing.hypotheses import GoodsPlan, TestPlan, episode_for
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_list_on
from stopgap.panel.episodes import Episode, Window, add_months, episode_names, load_episode
from stopgap.panel.prepare import MeasureOptions


@dataclass
class Findings:
    """Measures of a lake, each made once.

    Attributes:
        engine: Runs the stages.
        snapshot: The vintage.
        made: What was measured -> finding, or why there is none.
    """

    engine: Engine
    snapshot: Snapshot
    made: dict[tuple[object, ...], Finding | StopgapError] = field(default_factory=dict)

    def of(self, episode: Episode, goods: GoodsList, after: Window | None, *, brief: bool = False) -> Finding:
        """The measure of a list over an after-window; without tests of cells and mirror where ``brief``.

        Raises:
            MissingDataError: The lake lacks the figures.
            EpisodeError: Windows that cannot be used.
        """
        key = (episode.name, episode.coalition, episode.hubs, goods.version_id, after)
        if (*key, False) in self.made:
            brief = False
        if (*key, brief) not in self.made:
            self.made[*key, brief] = self._measured(episode, goods, after, brief=brief)
        found = self.made[*key, brief]
        if isinstance(found, StopgapError):
            raise found
        return found

    def _measured(
        self, episode: Episode, goods: GoodsList, after: Window | None, *, brief: bool
    ) -> Finding | StopgapError:
        options = MeasureOptions(after=after)
        try:
            return measure_list_on(self.engine, self.snapshot, episode, goods, options, brief=brief)
        except (MissingDataError, EpisodeError) as error:
            return error


@dataclass(frozen=True)
class GoodsCase:
    """One goods list of a claim.

    Attributes:
        tested: What the hypotheses are tested on.
        goods: The list; ``None`` where there is none.
        after: After-window; ``None`` for the episode's.
        reason: Why there is no list.
        fix: What would fix that.
    """

    tested: HypothesisBasis
    goods: GoodsList | None
    after: Window | None
    reason: str = ""
    fix: str | None = None

    @property
    def episode(self) -> Episode:
        """The episode as the claim needs it."""
        assert self.tested.plan.episode is not None
        return self.tested.plan.episode


def episode_of(claim: Claim, named: str | None) -> tuple[Episode | None, str | None]:
    """The episode that is named, the claim's own, or the one that fits; and why there is none.

    Raises:
        NotFoundError: ``named`` is no episode.
    """
    if named is not None:
        return load_episode(named), None
    if claim.episode is not None:
        try:
            return load_episode(claim.episode), None
        except (NotFoundError, EpisodeError) as error:
            return None, error.what
    return episode_for(claim, [load_episode(name) for name in episode_names()]), None


def after_window(claim: Claim, episode: Episode) -> Window | None:
    """The claim's own period, from the month after the event at the earliest; ``None`` for the episode's."""
    if claim.period_from is None and claim.period_to is None:
        return None
    first = claim.period_from or episode.after.first or add_months(episode.event, 1)
    return Window(max(first, add_months(episode.event, 1)), claim.period_to)


def cases_of(findings: Findings, claim: Claim, plan: TestPlan, kept: Sequence[FixedGoods]) -> Iterator[GoodsCase]:
    """The goods lists that a claim is tested on, in the claim's order.

    Args:
        findings: Measures of the lake.
        claim: The claim.
        plan: How it is tested.
        kept: Lists as the register keeps them.

    Raises:
        GoodsError: A list changed since the claim was registered, and its codes were not kept.
    """
    if plan.episode is None:
        return
    after = after_window(claim, plan.episode)
    several = sum(len(goods.lists) or 1 for goods in plan.goods) > 1
    for goods in plan.goods:
        for name, breadth in goods.lists or ((None, None),):
            suffix = f":{Path(name or goods.label or 'goods').stem}" if several else ""
            tested = HypothesisBasis(claim, plan, goods, name, breadth, suffix)
            if goods.reason is not None:
                yield GoodsCase(tested, None, after, goods.reason)
            elif name is not None:
                yield GoodsCase(tested, goods_list(plan.episode, goods, name, breadth, kept), after)
            else:
                yield _first_case(findings, tested, after)


def goods_list(
    episode: Episode, goods: GoodsPlan, name: str, breadth: str | None, kept: Sequence[FixedGoods]
) -> GoodsList:
    """The list as the claim was registered with it.

    Raises:
        GoodsError: The list changed since, and its codes were not kept.
    """
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
    """For a claim that names no goods: the episode's first list on which the actor's figure has an interval,
    whatever it says; else the first that can be measured."""
    episode, measurable, first_error = tested.plan.episode, None, None
    assert episode is not None
    for name in episode.goods:
        goods = episode.goods_list(name)
        try:
            finding = findings.of(episode, goods, after)
        except (MissingDataError, EpisodeError) as error:
            first_error = first_error or error
            continue
        measurable = measurable or goods
        made = hypotheses_of(tested, finding)
        if tested.claim.action is Action.ROUTE_THROUGH or (made and made[0].ci95 is not None):
            return GoodsCase(tested, goods, after)
    if measurable is not None:
        return GoodsCase(tested, measurable, after)
    assert first_error is not None
    return GoodsCase(tested, None, after, first_error.what, fix_of(first_error))


def fix_of(error: StopgapError) -> str | None:
    """The fix of an error in a claim's terms."""
    named = {
        "(--after FROM:TO)": "(the claim's period)",
        "(--baseline FROM:TO)": "(the episode's baseline)",
        "(--baseline, --after)": "(the claim's period, the episode's baseline)",
    }
    fix = error.fix
    for options, place in named.items():
        fix = fix.replace(options, place)
    return fix or None
