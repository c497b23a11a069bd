"""Discourse state: the actors, target and claim of earlier sentences, for pronouns and ellipsis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stopgap.claims.claim import Action, GoodsGroup
from stopgap.claims.drafting.draft import Draft
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention

REACH = 4
"""Sentences over which a matter stays on the table without being named again."""


@dataclass(frozen=True)
class Topic:
    """The matter on the table after a sentence.

    Attributes:
        actors: Codes of the suppliers, buyers or firms spoken of last.
        target: Code of the sanctioned economy spoken of last.
        actors_at: Number of the sentence that named the actors.
        target_at: Number of the sentence that named the target.
        claim_at: Number of the sentence that carried a claim last.
        action: Its action.
        goods: The families of its goods, or of those before it where it names none.
        goods_at: Number of the sentence that named them.
    """

    actors: tuple[str, ...] = ()
    target: str | None = None
    actors_at: int = -99
    target_at: int = -99
    claim_at: int = -99
    claim_actors: tuple[str, ...] = ()
    claim_target: str | None = None
    action: Action | None = None
    goods: tuple[GoodsGroup, ...] = ()
    goods_at: int = -99

    def is_alive(self, number: int, reach: int = REACH) -> bool:
        """Whether a claim was made within the last sentences."""
        return number - self.claim_at <= reach

    def knows_target(self, number: int, reach: int = REACH) -> bool:
        """Whether a target was named within the last sentences."""
        return self.target is not None and number - self.target_at <= reach

    def knows_actors(self, number: int, reach: int = REACH) -> bool:
        """Whether suppliers were named within the last sentences."""
        return bool(self.actors) and number - self.actors_at <= reach


def after_sentence(topic: Topic, number: int, read: AnnotatedSentence, drafts: Sequence[Draft]) -> Topic:
    """The topic after a sentence: with what it names and, where it makes a claim, what it claims.

    Args:
        topic: Before it.
        number: Of the sentence.
        read: The sentence.
        drafts: Of the sentence; empty where no claim is likely.
    """
    targets = [m.code for m in read.mentions if m.code in SANCTIONED]
    if targets and ("RUS" in targets or topic.target != "RUS" or number - topic.target_at > 10):
        topic = replace(topic, target=_chosen(targets), target_at=number)
    actors = [
        m.actor
        for m in read.mentions
        if m.code not in COALITION | FRIENDS
        and m.code != "RUS"
        and not (m.code in SANCTIONED and m.code == topic.target)
        and m.code not in ("ANY", "THIRD", "YEM", "LBN", "IRQ", "AFG")
    ]
    if drafts:
        named = [d.actor for d in drafts if d.actor]
        topic = replace(
            topic,
            claim_at=number,
            claim_actors=tuple(dict.fromkeys(named)),
            claim_target=drafts[0].target,
            action=drafts[0].action,
        )
        families = dict.fromkeys(g.group for d in drafts for g in d.goods)
        if families or number - topic.goods_at > 6:
            topic = replace(topic, goods=tuple(families), goods_at=number)
        passive = {"USA"} if topic.action == Action.BUY_ENERGY else {"USA", "EU"}
        if any(code not in passive for code in named):
            own = tuple(dict.fromkeys(code for code in named if code not in passive))
            topic = replace(topic, actors=own, actors_at=number)
    if actors and not drafts:
        topic = replace(topic, actors=tuple(dict.fromkeys(actors)), actors_at=number)
    return topic


def after_clauses(topic: Topic, outside: Sequence[EconomyMention], number: int) -> Topic:
    """The topic as the clauses before this one leave it."""
    if not outside:
        return topic
    targets = [m.code for m in outside if m.code in SANCTIONED]
    actors = [m.actor for m in outside if m.code not in COALITION | FRIENDS | {"RUS", "ANY", "THIRD"}]
    return replace(
        topic,
        target=_chosen(targets) if targets else topic.target,
        target_at=number if targets else topic.target_at,
        actors=tuple(dict.fromkeys(actors)) or topic.actors,
        actors_at=number if actors else topic.actors_at,
        claim_at=number if targets and actors else topic.claim_at,
        claim_actors=tuple(dict.fromkeys(actors)) or topic.claim_actors,
        claim_target=_chosen(targets) if targets and actors else topic.claim_target,
    )


def _chosen(targets: Sequence[str]) -> str:
    """The target meant where a sentence names several: Russia before others, else the first."""
    return "RUS" if "RUS" in targets else targets[0]
