"""Propose relations by rules, clause by clause, each with its stance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Clause, Role, economy_of
from stopgap_drafting.discourse_state import Topic, after_clauses
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.rules.anaphora import Proposal, find_anaphoric, is_refusal
from stopgap_drafting.rules.argument_linking import localised
from stopgap_drafting.rules.roles import find_roles, likely
from stopgap_drafting.rules.stance import stance_of
from stopgap_drafting.text.segments import Turn

_CLAUSE_CUT = pattern(r"(?:,|;| [—–-])? (?:but|yet|however|though|although)\b,? |, and that (?=they|it|he|she|the)|; ")
_NO_LONGER = pattern(
    r"\b(?:isn't|aren't|is not|are not|not|won't|will not|'re not|'s not|no longer|going to stop|not going to)(?: going to)?(?: be)? *$"
)


@dataclass(frozen=True)
class ClauseMaker:
    """Clauses with what rules know of the text around them.

    Attributes:
        topic: What is on the table, as sentences pass.
        parts: Turns of the text.
        homes: The economy that each turn speaks for.
        document_target: The sanctioned economy that the text is about.
        is_statement: Whether the text has no tags of speakers.
    """

    topic: Topic
    parts: Sequence[Turn]
    homes: Sequence[str | None]
    document_target: str | None
    is_statement: bool

    def clause(self, number: int, read: AnnotatedSentence, start: int = 0, end: int | None = None) -> Clause:
        """A clause of a sentence, or the whole of it.

        Args:
            number: Of the sentence.
            read: The sentence.
            start: First character of the clause.
            end: One past its last; ``None``: the end of the sentence.
        """
        text, mentions, topic = read.sentence.text, read.mentions, self.topic
        end = len(text) if end is None else end
        if start == 0 and end == len(text):
            mentions = localised(mentions, text, topic, number)
        else:
            text = " " * start + text[start:end]
            topic = after_clauses(topic, [m for m in mentions if m.start < start], number)
            mentions = [m for m in mentions if start <= m.start < end]
        return Clause(
            text,
            mentions,
            [g for g in read.goods if start <= g.start < end],
            [t for t in read.triggers if start <= t.start < end],
            number,
            topic,
            self.document_target,
            self.homes[read.sentence.turn],
            self.is_statement,
            read.sentence.text,
            self.parts[read.sentence.turn].is_question,
        )

    def proposals(
        self, number: int, read: AnnotatedSentence, turn: Turn, home: str | None
    ) -> tuple[list[Proposal], list[Proposal]]:
        """What rules are sure of in a sentence, and what they put forward besides."""
        sure: list[Proposal] = []
        others: list[Proposal] = []
        for start, end in clauses_of(read):
            clause = self.clause(number, read, start, end)
            refused = is_refusal(clause.text)
            for roles, kept in zip(find_roles(clause), (sure, others), strict=True):
                for role in roles:
                    is_bare = refused and (role.actor_mention is None or role.target_mention is None)
                    proposal = _with_stance(read, turn, clause, role, start, end)
                    (others if role.confidence < 0.3 or is_bare else kept).append(proposal)
        if not sure:
            clause = self.clause(number, read)
            for each, stance, likely_so, start, end in find_anaphoric(self.topic, number, read, turn, home):
                for roles, kept in zip(likely(clause, [each]), (sure, others), strict=True):
                    kept.extend((role, stance, likely_so, start, end) for role in roles)
        return sure, others


def _with_stance(read: AnnotatedSentence, turn: Turn, clause: Clause, role: Role, start: int, end: int) -> Proposal:
    stance, sure = stance_of(
        clause.text, role.trigger.start, role.action, is_asked=turn.is_question, whole=read.sentence.text
    )
    if (
        role.action == Action.BUY_ENERGY
        and stance == Stance.DENIAL
        and _NO_LONGER.search(clause.text[max(0, role.trigger.start - 32) : role.trigger.start])
    ):
        role, stance = replace(role, action=Action.STOP), Stance.ASSERTION
    return role, stance, sure, start, end


def clauses_of(read: AnnotatedSentence) -> list[tuple[int, int]]:
    """Where the clauses of a sentence begin and end: cut where a trigger stands on either side."""
    text = read.sentence.text
    cuts = [0]
    if re.search(r"[\u3400-\u9fff]，", text):
        for found in re.finditer("，", text):
            if any(t.start > found.start() for t in read.triggers) and any(
                cuts[-1] <= t.start < found.start() for t in read.triggers
            ):
                cuts.append(found.end())
    for found in () if len(cuts) > 1 else _CLAUSE_CUT.finditer(text):
        left, right = text[cuts[-1] : found.start()], text[found.end() :]
        if (
            len(left) > 25
            and len(right) > 20
            and any(t.start >= found.end() for t in read.triggers)
            and any(cuts[-1] <= t.start < found.start() for t in read.triggers)
        ):
            cuts.append(found.end())
    cuts.append(len(text))
    return list(pairwise(cuts))


def merged(proposals: list[Proposal], read: AnnotatedSentence) -> list[Proposal]:
    """One record for an actor, action and target of one stance; spans grow to the sentence where all stances agree."""
    seen: dict[tuple[str | None, Action, str | None, Stance], Proposal] = {}
    for proposal in proposals:
        role, stance, *_ = proposal
        key = (role.actor, role.action, role.target, stance)
        if key not in seen or role.confidence > seen[key][0].confidence:
            seen[key] = proposal
    out = list(seen.values())
    consequence = {economy_of(p[0].actor) for p in out if p[0].action == Action.CONSEQUENCE}
    out = [
        p
        for p in out
        if p[0].action == Action.CONSEQUENCE or economy_of(p[0].actor) not in consequence or p[1] == Stance.DENIAL
    ]
    if len({p[1] for p in out}) == 1:
        length = len(read.sentence.text)
        return [(role, stance, sure, 0, length) for role, stance, sure, _, _ in out]
    return out
