"""A clause with its annotations, and a relation (role) that it may state."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.lexicon.economies import EconomyMention
from stopgap_drafting.lexicon.goods_terms import GoodsTerm
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Trigger

ECONOMIC = frozenset({GoodsGroup.UNSPECIFIED, GoodsGroup.ENERGY})


OTHER_MATTERS = pattern(
    r"\b(?:denucleari[sz]\w*|fentanyl|TikTok|covid|pandemic|climate|overcapacity|tariffs?|human rights|Uyghur\w*|Xinjiang|peace (?:plan|talks|proposal|process|summit|conference)|ceasefire|mediat\w+|disinformation|propaganda|election|spy balloon|balloon|detain\w+|hostages?|prisoners?|humanitarian (?:aid|assistance|corridor)|grain|refugees?|South China Sea|investment ban|vaccin\w+|olympics|visa|students|cyber\w*|hack\w*)\b"
)


@dataclass(frozen=True)
class Role:
    """What a sentence says of one actor.

    Attributes:
        actor: As claims code it; ``None`` where left open.
        action: What is done.
        target: ISO3; ``None`` where left open.
        trigger: The trigger it rests on.
        actor_mention: Where the actor is named; ``None`` for a pronoun or the context.
        target_mention: Where the target is named; likewise.
        goods: Goods named with it.
        confidence: 0 to 1.
        is_open: Whether no rule ties the parts together.
        takes_up: Whether a few words take up the claim before.
        chance: Likelihood that it is a claim; ``None`` before it is weighed.
        signals: What speaks for and against it.
    """

    actor: str | None
    action: Action
    target: str | None
    trigger: Trigger
    actor_mention: EconomyMention | None
    target_mention: EconomyMention | None
    goods: tuple[GoodsTerm, ...]
    confidence: float
    is_open: bool = False
    takes_up: bool = False
    chance: float | None = None
    signals: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clause:
    """A clause with all that was found in it.

    Attributes:
        text: The clause, with blanks for what stands before it in its sentence.
        mentions: Economies and firms.
        goods: Goods named.
        triggers: Words that something is done.
        number: Of the sentence in its text.
        topic: What is on the table.
        document_target: The sanctioned economy that the text is about.
        home: The economy whose spokesman answers.
        is_statement: Whether the text has no tags of speakers.
        sentence: The whole sentence.
        is_asked: Whether a questioner speaks.
    """

    text: str
    mentions: list[EconomyMention]
    goods: list[GoodsTerm]
    triggers: list[Trigger]
    number: int
    topic: Topic
    document_target: str | None
    home: str | None = None
    is_statement: bool = False
    sentence: str = ""
    is_asked: bool = False


def economy_of(actor: str | None) -> str | None:
    """ISO3 of an actor as claims code it: ``CHN`` for ``CHN`` and for ``companies:CHN``."""
    return actor.removeprefix("companies:") if actor else actor
