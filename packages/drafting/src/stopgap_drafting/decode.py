"""Decode the relation of a sentence: the most likely actor, action, target and stance.

Rules say what they take for it (:mod:`~stopgap_drafting.rules.roles`); models weigh that with how the sentence is worded and
what stands before it. Where rules find nothing, the models alone choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role, economy_of
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.features.argument_candidates import FIRM_WORD, actor_candidates, best_pair, target_candidates
from stopgap_drafting.models import ensemble
from stopgap_drafting.models.encoder_input import EncoderInput, Place
from stopgap_drafting.models.linear_model import chances, odds
from stopgap_drafting.models.reranker import Look
from stopgap_drafting.rules.anaphora import Proposal, is_refusal
from stopgap_drafting.rules.relation_features import of_sentence
from stopgap_drafting.rules.roles import is_sure
from stopgap_drafting.rules.stance import stance_of

if TYPE_CHECKING:
    from stopgap_drafting.models.encoder import EncoderOutput

SURE = 0.8
"""Likelihood of a denial below which rules settle that it warns."""
NETWORK_FROM = -2.5
"""Log odds of a claim at first look from which the network is asked."""
_STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Considered:
    """All that is weighed of a sentence; who may be meant is found when asked for, by what is on the table then.

    Attributes:
        read: The sentence.
        number: Its number.
        proposals: What rules put forward, likely or not.
        wording: Its stems.
        signals: How it is worded, what stands before it, and what rules say.
        topic: What is on the table.
        home: The economy whose spokesman answers.
        document_target: The sanctioned economy that the text is about.
        is_asked: Whether a questioner speaks.
        is_statement: Whether the text has no tags of speakers.
        passage: It as the network reads it.
        is_put: Whether it is put to the network.
    """

    read: AnnotatedSentence
    number: int
    proposals: Sequence[Proposal]
    wording: Sequence[str]
    signals: frozenset[str]
    topic: Topic
    home: str | None
    document_target: str | None
    is_asked: bool
    is_statement: bool
    passage: EncoderInput
    is_put: bool

    @cached_property
    def look(self) -> Look:
        """The first look at it."""
        rule = max((role.chance or 0.0 for role, *_ in self.proposals), default=0.0)
        return Look(odds("claim", self.signals, is_glossed=self.is_glossed), rule, self.signals)

    @cached_property
    def told(self) -> EncoderOutput | None:
        """What the network takes it for; ``None`` where it is not asked: no claim at all by the first look."""
        if not self.is_put or self.look.odds < NETWORK_FROM:
            return None
        from stopgap_drafting.models.encoder import tell  # numpy takes a while to load

        return tell(self.passage)

    @property
    def is_glossed(self) -> bool:
        """Whether it is read through a gloss."""
        return self.read.sentence.is_glossed

    @property
    def odds(self) -> float:
        """Log odds of a claim at first look, with what the network says."""
        return ensemble.claim_odds(self.look.odds, self.told)

    @cached_property
    def actors(self) -> Mapping[str, set[str]]:
        """Signals of each actor that may be meant."""
        return actor_candidates(
            self.read, self.number, self.topic, self.home, self._roles, set(self.wording),
            is_asked=self.is_asked, is_statement=self.is_statement,
        )  # fmt: skip

    @cached_property
    def targets(self) -> Mapping[str, set[str]]:
        """Signals of each target that may be meant."""
        return target_candidates(
            self.read, self.number, self.topic, self.document_target, self._roles, set(self.wording)
        )

    def places(self, actor: str) -> list[Place]:
        """Where an actor's economy is named in what the network reads."""
        return self.passage.places(economy_of(actor))

    @property
    def _roles(self) -> list[Role]:
        return [role for role, *_ in self.proposals]


@dataclass(frozen=True)
class RelationChoice:
    """The relation that is most likely meant.

    Attributes:
        actor: As claims code it; ``None`` where nobody may be meant.
        action: What is done.
        target: ISO3.
        stance: How the words stand to it.
        sure: Likelihood of the stance.
        action_sure: Likelihood of the action.
    """

    actor: str | None
    action: Action
    target: str | None
    stance: Stance
    sure: float
    action_sure: float


@dataclass(frozen=True)
class SentenceContext:
    """What is known around a sentence.

    Attributes:
        topic: What is on the table.
        home: The economy whose spokesman answers.
        document_target: The sanctioned economy that the text is about.
        is_asked: Whether a questioner speaks.
        is_statement: Whether the text has no tags of speakers.
        is_put: Whether the sentence is put to the network.
    """

    topic: Topic
    home: str | None
    document_target: str | None
    is_asked: bool
    is_statement: bool
    is_put: bool


def consider(
    read: AnnotatedSentence,
    number: int,
    proposals: Sequence[Proposal],
    wording: Sequence[str],
    worded: set[str],
    context: SentenceContext,
    passage: EncoderInput,
) -> Considered:
    """All that is weighed of a sentence.

    Args:
        read: The sentence.
        number: Its number.
        proposals: What rules put forward.
        wording: Its stems.
        worded: Signals of its wording and of what stands before it.
        context: What is known around it.
        passage: It as the network reads it.
    """
    topic = context.topic
    signals = worded | _hints(read, proposals, is_asked=context.is_asked)
    if topic.action is not None:
        for reach in (1, 3, 6):
            if topic.is_alive(number, reach):
                signals.add(f"claim {reach} before")
                signals.add(f"claim {reach} before {topic.action}")
    return Considered(
        read, number, proposals, wording, frozenset(signals), topic, context.home, context.document_target,
        context.is_asked, context.is_statement, passage, context.is_put,
    )  # fmt: skip


def _hints(read: AnnotatedSentence, proposals: Sequence[Proposal], *, is_asked: bool) -> set[str]:
    """What rules say of a sentence."""
    text = read.sentence.text
    best = max((role for role, *_ in proposals), key=lambda role: role.chance or 0.0, default=None)
    out = set(of_sentence(text))
    if best is None:
        out.add("no rule")
    else:
        out |= {f"rule from {step}" for step in _STEPS if (best.chance or 0.0) >= step}
        out |= {f"rule, {name}" for name in best.signals if not name.startswith(("words:", "trigger:"))}
    for role, stance, *_ in proposals:
        strength = " sure" if is_sure(role) else ""
        out |= {f"rule {role.action.value}{strength}", f"rule {stance.value}{strength}"}
        if role.is_open:
            out.add("rule open")
        if role.takes_up:
            out.add("rule takes up")
    if is_refusal(text):
        out.add("refusal")
    for one in read.attributions:
        out |= {f"source {one.kind}", f"source verb {one.verb}", f"source {one.kind} {one.verb}"}
    if not read.attributions:
        out.add("no source")
    strong = [t for t in read.triggers if not t.is_weak] or list(read.triggers)
    at = strong[0].start if strong else len(text) // 2
    cue, _ = stance_of(text, at, Action.SUPPLY, is_asked=is_asked)
    return out | {f"cue {cue.value}"}


def choose(considered: Considered) -> RelationChoice:
    """The likeliest actor and target, action and stance; firms of anywhere only where the sentence says firms."""
    told, is_glossed = considered.told, considered.is_glossed
    actor, target = best_pair(
        {
            code: ensemble.actor(code, odds("actor", signals, is_glossed=is_glossed), told, considered.places(code))
            for code, signals in considered.actors.items()
        },
        {
            code: ensemble.target(code, odds("target", signals, is_glossed=is_glossed), told)
            for code, signals in considered.targets.items()
        },
    )
    if actor in ("companies:ANY", "companies:THIRD") and not FIRM_WORD.search(considered.read.sentence.text):
        actor = economy_of(actor)
    signals = considered.signals
    actions = ensemble.answers(chances("action", signals, is_glossed=is_glossed), None if told is None else told.action)
    stances = ensemble.answers(chances("stance", signals, is_glossed=is_glossed), None if told is None else told.stance)
    action = max(sorted(actions), key=actions.__getitem__)
    stance = max(sorted(stances), key=stances.__getitem__)
    return RelationChoice(actor, Action(action), target, Stance(stance), stances[stance], actions[action])
