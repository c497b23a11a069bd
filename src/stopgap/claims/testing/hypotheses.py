"""Plan the test of a claim: episode, actor, goods lists, and the layer that its words assert (docs/methods/claims.md).

Everything here depends on the claim and the episode alone, and is fixed before looking at any figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from stopgap.base.vocab import Direction, EpisodeRole
from stopgap.claims.claim import Action, Claim, GoodsGroup, NamedGoods, Stance
from stopgap.claims.testing.economy_names import name_of
from stopgap.claims.testing.layers.asserted import Asserted, asserted_layer
from stopgap.claims.testing.layers.facts import Layer
from stopgap.codes.areas import areas
from stopgap.codes.code_text import is_code_text
from stopgap.codes.goods import FILE_SUFFIXES, goods_names
from stopgap.codes.groups import group_names, members
from stopgap.panel.episodes import Episode

LISTS_OF_GROUP: dict[str, tuple[str, ...]] = {
    GoodsGroup.DUAL_USE: ("chpl-2024-02",),
    GoodsGroup.COMPONENTS: ("chpl-2024-02",),
}
"""Families of goods without a list of their own name -> the lists used for them."""

ALL_SUPPLIERS = ("THIRD", "ANY")
PRC = "PRC"
GROUP_OF_ACTOR = {"EU": "eu27"}
HEADINGS = {"optical": "optical-headings"}
"""Families of goods -> a list of their whole headings, shown beside the narrow and the broad one."""

_FIRMS = "companies:"
TELL = "who told whom is not in trade figures; a readout, a transcript or the notes of the meeting would document it"

ANY_KIND = "which firms the words mean: lists give the economy of an address, so organisations of every kind count"

WEAPONS = "arms are mostly not in trade figures, or stand under secret headings"
ARMS_REGISTERS = "registers of arms transfers would test it"
WHOLE_CHAPTERS = 2
"""Whole chapters of the Harmonized System that a list of goods in general holds at least."""


class Actor(StrEnum):
    """Economies whose trade a claim is about."""

    ONE = "one"  # one economy
    GROUP = "group"  # a group of economies outside the coalition, such as PRC
    ALL = "all"  # all economies outside the coalition together
    COALITION = "coalition"  # the coalition, or a group within it


@dataclass(frozen=True)
class GoodsPlan:
    """Goods of a claim, and the lists on which they are tested.

    Attributes:
        label: Name in the claim; ``None`` where it names none.
        lists: Pairs of list and breadth (``narrow``, ``broad``, ``headings`` or ``None``); a list of ``None`` is the
            episode's first measurable one.
        version: Version and hash of the list when the claim was registered.
        reason: Why they cannot be tested; ``None`` where they can.
        fix: What would test them; ``None`` where nothing is known to.
    """

    label: str | None
    lists: tuple[tuple[str | None, str | None], ...]
    version: str | None = None
    reason: str | None = None
    fix: str | None = None


@dataclass(frozen=True)
class TestPlan:
    """Plan of the test of a claim: episode, actor and goods.

    Attributes:
        episode: Episode, with coalition or hubs adapted to the claim; ``None`` where none fits.
        economy: ISO3 of one economy; ``None`` for several.
        asserted: Layer that the words assert.
        goods: Goods in the claim's order; empty where nothing can be tested.
        reason: Why nothing can be tested; ``None`` where something can.
        notes: How the episode was adapted to the claim.
        limits: Parts of the claim that no figure can test.
        beside: The episode with its whole coalition, where ``episode`` has only the actor in it.
    """

    __test__ = False

    episode: Episode | None
    actor: Actor
    economy: str | None
    asserted: Asserted
    goods: tuple[GoodsPlan, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    beside: Episode | None = None
    group: tuple[str, ...] = ()

    @property
    def economies(self) -> tuple[str, ...] | None:
        """Economies of the actor; ``None`` for all outside the coalition."""
        if self.actor is Actor.ALL:
            return None
        return (self.economy,) if self.economy is not None else self.group


def actor_of(claim: Claim) -> tuple[Actor, str | None]:
    """Return whose trade the claim is about, and its ISO3 where it is one economy.

    Firms count as their economy, third countries as all suppliers outside the coalition.
    """
    name = claim.actor.removeprefix(_FIRMS)
    if name in ALL_SUPPLIERS:
        return Actor.ALL, None
    if name == PRC:
        return Actor.GROUP, None
    if name in GROUP_OF_ACTOR or name.lower() in group_names():
        return Actor.COALITION, None
    return Actor.ONE, name


def economies_of(claim: Claim) -> tuple[str, ...] | None:
    """Return the economies that a claim's actor stands for on the day that it was said; ``None`` for all outside."""
    name = claim.actor.removeprefix(_FIRMS)
    if name in ALL_SUPPLIERS:
        return None
    group = GROUP_OF_ACTOR.get(name, name.lower())
    if group in group_names():
        return tuple(sorted(members(group, on=dt.date.fromisoformat(claim.said_on))))
    return (name,)


def lists_of(name: str) -> tuple[tuple[str, str | None], ...]:
    """Goods lists for goods named in a claim: narrow and broad where both exist; empty where there is none."""
    if name.lower().endswith(FILE_SUFFIXES) or is_code_text(name):
        return ((name, None),)
    known = goods_names()
    stem = name.strip().lower()
    both = (f"{stem}-narrow", f"{stem}-broad")
    if all(each in known for each in both):
        headings = HEADINGS.get(stem)
        return ((both[0], "narrow"), (both[1], "broad"), *(((headings, "headings"),) if headings else ()))
    if stem in known:
        breadth = next((end for end in ("narrow", "broad") if stem.endswith(f"-{end}")), None)
        return ((stem, breadth),)
    return tuple((each, None) for each in LISTS_OF_GROUP.get(stem, ()))


def plan_goods(named: Sequence[NamedGoods], own: Mapping[str, str] = MappingProxyType({})) -> tuple[GoodsPlan, ...]:
    """Goods lists on which each of a claim's goods is tested; those of the episode where it names no goods.

    ``own`` maps names of goods to a user's own lists, which take precedence over lists of that name here.
    """
    plans: dict[str, GoodsPlan] = {}
    for goods in named:
        if goods.name == GoodsGroup.UNSPECIFIED:
            continue
        lists = ((own[goods.name], None),) if goods.name in own else lists_of(goods.name)
        reason, fix = None, None
        if goods.name == GoodsGroup.WEAPONS:
            reason, fix = WEAPONS, ARMS_REGISTERS
        elif not lists:
            reason = f"no goods list has the name {goods.name}"
            fix = "one of the lists that stopgap goods shows, or a goods file, would test it"
        plans.setdefault(goods.name, GoodsPlan(goods.name, lists, goods.version, reason, fix))
    return tuple(plans.values()) or (GoodsPlan(None, ((None, None),)),)


def episode_for(claim: Claim, episodes: Sequence[Episode]) -> Episode | None:
    """Select the episode to test a claim on: same target, then goods that it names, then direction of the action.

    Purchases are ``imports-from-target``, everything else ``exports-to-target``; goods listed only by an
    episode of the other direction take precedence (wood, energy). A claim of which no goods are known is not tested on
    an episode of special goods. ``None`` where no episode fits.
    """
    named = {each for goods in claim.goods for each, _ in lists_of(goods.name)}
    named |= {goods.name for goods in claim.goods}
    buys = claim.action is Action.BUY_ENERGY
    wanted = Direction.IMPORTS_FROM_TARGET if buys else Direction.EXPORTS_TO_TARGET

    def fits(episode: Episode) -> tuple[bool, bool, str]:
        holds = bool(named.intersection(episode.goods))
        if buys and not named:
            holds = GoodsGroup.ENERGY in episode.goods
        return (not holds, episode.direction is not wanted, episode.name)

    # Who supplied the coalition in the target's place is another question than who supplied the target.
    asked = [episode for episode in episodes if episode.role is not EpisodeRole.SUPPLIERS_TO_COALITION]
    candidates = [episode for episode in asked if episode.target == claim.target]
    if buys:
        candidates = [episode for episode in candidates if episode.direction is wanted]
    # Goods that no episode lists leave the direction to decide, among episodes of goods in general.
    found = [each for each in candidates if not fits(each)[0] or (each.direction is wanted and is_general(each))]
    return min(found, key=fits, default=None)


def is_general(episode: Episode) -> bool:
    """Whether an episode has a list of goods in general: one that holds two whole chapters or more."""
    held = (episode.goods_list(name).codes for name in episode.goods if name in goods_names())
    return any(sum(len(code) == 2 for code in codes) >= WHOLE_CHAPTERS for codes in held)


def plan_test(claim: Claim, episode: Episode | None, own: Mapping[str, str] = MappingProxyType({})) -> TestPlan:
    """Plan the test of a claim on an episode, or state why it cannot be tested; ``own`` as in :func:`plan_goods`."""
    actor, economy = actor_of(claim)
    asserted, group = asserted_layer(claim), economies_of(claim) or ()
    limits = [TELL] if claim.stance is Stance.REPORTED else []
    if claim.action is Action.CONSEQUENCE and claim.actor.startswith(_FIRMS):
        limits.append(ANY_KIND)
    if reason := _untestable(claim, actor, economy, episode):
        return TestPlan(episode, actor, economy, asserted, (), reason, limits=tuple(limits), group=group)
    if claim.action is Action.CONSEQUENCE:
        return TestPlan(episode, actor, economy, asserted, limits=tuple(limits), group=group)
    assert episode is not None
    goods = plan_goods(claim.goods, own)
    if claim.actor.startswith(_FIRMS):
        whose = "the economy's trade" if economy else "the trade of all economies outside the coalition"
        limits.append(f"single firms: trade figures know economies, so {whose} is tested")
    variant, notes = _as_claimed(claim, actor, economy, episode)
    beside = episode if claim.action is Action.STOP and variant is not episode else None
    return TestPlan(variant, actor, economy, asserted, goods, None, notes, tuple(limits), beside, group)


def _untestable(claim: Claim, actor: Actor, economy: str | None, episode: Episode | None) -> str | None:
    if claim.action is Action.CONSEQUENCE:
        return None
    if claim.action is Action.TELL:
        return TELL
    if claim.action is Action.OTHER:
        return "what is claimed is not trade, and trade figures say nothing of intent or of help in other forms"
    if episode is None:
        return no_episode(claim)
    if economy is not None and (economy not in areas() or areas()[economy].kind != "economy"):
        return f"{economy} is not an economy with trade figures"
    if economy == episode.target:
        return f"{name_of(economy)} is the target itself"
    if claim.action is Action.STOP and claim.actor.removeprefix(_FIRMS) == "THIRD":
        return "third countries without a name: a fall is tested for one economy, a group, or the coalition"
    in_coalition = economy in episode.members() or actor is Actor.COALITION
    if in_coalition and claim.action is Action.BACKFILL:
        return "the actor is in the coalition that stopped the trade: its trade is the loss, not what fills it"
    if actor is Actor.COALITION and asserted_layer(claim).layer not in (Layer.SHIPPED, Layer.FELL):
        return "the actor is a group within the coalition; a rise is tested for one economy, or for all outside"
    if in_coalition and claim.action is Action.ROUTE_THROUGH:
        return "the actor is in the coalition: goods do not pass through it in this episode"
    return None


def no_episode(claim: Claim) -> str:
    """Reason why no episode fits a claim: none is about its target, or those that are hold other goods."""
    where = name_of(claim.target)
    named = [
        one
        for goods in claim.goods
        if (one := goods.phrase or (None if goods.name == GoodsGroup.UNSPECIFIED else goods.name))
    ]
    what = f"trade in {', '.join(named)} with {where}" if named else f"trade with {where} in goods that are not named"
    return f"no episode that claims are tested on is about {what}"


def _as_claimed(claim: Claim, actor: Actor, economy: str | None, episode: Episode) -> tuple[Episode, tuple[str, ...]]:
    """Adapt the coalition or hubs of the episode to the claim; return the episode and notes."""
    members = episode.members()
    if claim.action is Action.STOP and actor is not Actor.ALL:
        stopping = economy or GROUP_OF_ACTOR.get(claim.actor, claim.actor)
        return replace(episode, coalition=(stopping,), hubs=tuple(h for h in episode.hubs if h != economy)), ()
    if claim.action is Action.ROUTE_THROUGH and economy and economy not in episode.hubs:
        note = f"{economy} is not among the episode's hubs and is added for this claim"
        return replace(episode, hubs=(*episode.hubs, economy)), (note,)
    if economy in members:
        without = tuple(sorted(set(members) - {economy}))
        note = f"{economy} is in the coalition; it is taken out of it, so that its trade can be held against growth"
        return replace(episode, coalition=without), (note,)
    return episode, ()
