"""Resolve anaphora: short denials, questions and warnings that take up the claim before them."""

from __future__ import annotations

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.lexicon.economies import COALITION, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.lexicon.word_lists import word_list
from stopgap_drafting.text.segments import Turn

_ANAPHORIC_DENIAL = pattern(word_list("denial that takes up a claim"))


_REJECTION = pattern(
    r"\b(?:false information|groundless|baseless|unfounded|(?:purely|pure|sheer|complete) (?:fabrication|smear|speculation|disinformation)|no basis in fact|without any factual basis"
    r"|completely false|no such thing|does not exist|untenable|fabricated|never happened|(?:does not|do not) correspond to (?:the )?facts)\b"
)
_ANAPHORIC_WARNING = pattern(
    r"\bconsequences (?:would|will|could|might|may) be\b|\b(?:there )?(?:would|will|could) be (?:\w+ ){0,2}consequences\b|\bprepared for there to be consequences\b|\btools? (?:in (?:our|the) toolbox|that could|at our disposal|available)\b"
)


_ANAPHORIC_QUESTION = pattern(
    r"\b(?:seen|see) (?:any (?:evidence|indications?|signs?)|anything|them|that happen|it happen|evidence|signs?)\b|\b(?:followed through|go(?:ne|ing)? ahead with|has there been (?:more|any)|(?:done|doing|do) (?:that|so)|taken that step|made (?:a|that|the) decision)\b[^.?]{0,80}\?"
)


_REFUSAL = pattern(word_list("refusal to comment"))

_DOES = pattern(
    r"(?:'s| is| are| was| were| has been| have been)(?P<not> not|n't)? (?:already |also |still |now )?doing (?:that|so|this|the same)\b|(?:'s| has| have)(?P<off> held (?:back|off) (?:from|on) (?:that|doing))"
)


def _doers(topic: Topic, number: int, read: AnnotatedSentence) -> list[tuple[EconomyMention, Trigger, Stance]]:
    """Those who are said to do, or not to do, what the claim before is about: ``Iran is doing that``."""
    if not topic.is_alive(number, 2) or topic.action in (None, Action.CONSEQUENCE, Action.STOP):
        return []
    text = read.sentence.text
    out = []
    for mention in read.mentions:
        end = mention.end - (2 if mention.possessive else 0)
        found = _DOES.match(text, end)
        if found and mention.code not in COALITION | {"UKR", "RUS", "ISR"}:
            trigger = Trigger(Kind.SUPPLY, TriggerForm.VERB, found.start(), found.end(), found.group())
            is_denied = found["not"] or found["off"]
            out.append((mention, trigger, Stance.DENIAL if is_denied else Stance.ASSERTION))
    return out


Proposal = tuple[Role, Stance, float, int, int]
"""A role, its stance, how sure that is, and where its clause starts and ends in the sentence."""


def is_refusal(text: str) -> bool:
    """Whether the speaker declines to speak to the matter."""
    return _REFUSAL.search(text) is not None


def find_anaphoric(topic: Topic, number: int, read: AnnotatedSentence, turn: Turn, home: str | None) -> list[Proposal]:
    """A denial, a question or a warning of a few words that takes up the claim before.

    Args:
        topic: What is on the table.
        number: Of the sentence.
        read: The sentence.
        turn: Whose turn it stands in.
        home: The economy whose spokesman answers.
    """
    text = read.sentence.text
    doers = _doers(topic, number, read)
    if doers and not turn.is_question:
        return [
            _taken_up(topic, read, mention.actor, topic.action or Action.SUPPLY, trigger, stance, mention=mention)
            for mention, trigger, stance in doers
        ]
    asks = _ANAPHORIC_QUESTION.search(text) if turn.is_question else None
    if not topic.is_alive(number, 5) or topic.action is None or (turn.is_question and asks is None):
        return []
    known = (topic.claim_target, "UKR")
    if any(
        m.code not in COALITION and m.actor not in topic.claim_actors and m.code not in known for m in read.mentions
    ):
        return []
    if is_refusal(text):
        return []
    action = Action.SUPPLY if topic.action == Action.CONSEQUENCE else topic.action
    if asks is not None:
        if not topic.is_alive(number, 3) or not text.rstrip().endswith("?") or action == Action.STOP:
            return []
        trigger = Trigger(Kind.SUPPLY, TriggerForm.VERB, asks.start(), asks.end(), asks.group())
        return [
            _taken_up(topic, read, actor, action, trigger, Stance.QUESTION, confidence=0.45)
            for actor in topic.claim_actors[:2]
        ]
    denied = _ANAPHORIC_DENIAL.search(text) or (_REJECTION.search(text) if home == "CHN" else None)
    if denied and len(text) < 220 and action != Action.STOP:
        trigger = Trigger(Kind.SUPPLY, TriggerForm.VERB, denied.start(), denied.end(), denied.group())
        return [_taken_up(topic, read, actor, action, trigger, Stance.DENIAL) for actor in topic.claim_actors[:2]]
    return _warned_of(topic, read)


def _warned_of(topic: Topic, read: AnnotatedSentence) -> list[Proposal]:
    """A warning of consequences for the one whom the claim before is about."""
    found = _ANAPHORIC_WARNING.search(read.sentence.text)
    actor = next((each for each in topic.claim_actors if each not in ("USA", "EU")), None)
    if found is None or actor is None or topic.action == Action.STOP:
        return []
    trigger = Trigger(Kind.CONSEQUENCE, TriggerForm.VERB, found.start(), found.end(), found.group())
    role = Role(actor, Action.CONSEQUENCE, topic.claim_target, trigger, None, None, (), 0.45, takes_up=True)
    return [(role, Stance.WARNING, 0.6, 0, len(read.sentence.text))]


def _taken_up(
    topic: Topic,
    read: AnnotatedSentence,
    actor: str,
    action: Action,
    trigger: Trigger,
    stance: Stance,
    *,
    mention: EconomyMention | None = None,
    confidence: float = 0.5,
) -> Proposal:
    """The claim before, said again of an actor with a stance; it stands on the whole sentence."""
    role = Role(actor, action, topic.claim_target, trigger, mention, None, tuple(read.goods), confidence, takes_up=True)
    return role, stance, 0.7, 0, len(read.sentence.text)
