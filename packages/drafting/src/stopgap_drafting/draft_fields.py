"""Fill in a draft from a chosen relation: source, goods, time, degree and audience, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.claims.claim import GoodsGroup, Stance
from stopgap.claims.drafting.draft import Draft, DraftGoods, Evidence
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role
from stopgap_drafting.decode import Considered
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.features.argument_candidates import goods_candidates
from stopgap_drafting.lexicon.goods_terms import GoodsTerm
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.models import ensemble
from stopgap_drafting.models.linear_model import carried_by, odds
from stopgap_drafting.modifiers import audience_of, degree_of, period_of
from stopgap_drafting.rules.anaphora import Proposal
from stopgap_drafting.sources.attribution_resolver import THEN_ASKS, AttributionResolver, StatementSource
from stopgap_drafting.text.segments import Turn

_ASKS_COMMENT = pattern(
    r"\b(?:comment|response|reaction|respond|thoughts)\b[^.?]{0,40}\?|\bwhat do you make of\b|\b(?:are you|is (?:the )?\w+(?: \w+)?) aware (?:of|that)\b|\bhave you seen\b"
)
_TELLS = pattern(
    r"\W*(?:(?:and|but|so|now|well|okay|thanks?(?: you)?|\w+),? ){0,2}(?:[\w.'’-]+ ){1,6}?(?:says?|said|claims?|claimed|reports?|reported)\b"
)
_SUPPORT = pattern(r"support|assistance|aid|help")


@dataclass(frozen=True)
class DraftMaker:
    """Makes drafts of the relations of one text.

    Attributes:
        file: Name of the text.
        text: The text as it is read.
        reads: Its sentences.
        topic: What is on the table, as sentences pass.
        sourcing: Who says so, as sentences pass.
    """

    file: str
    text: str
    reads: Sequence[AnnotatedSentence]
    topic: Topic
    sourcing: AttributionResolver

    def draft(self, considered: Considered, turn: Turn, proposal: Proposal, *, has_own_goods: bool) -> Draft:
        """The draft of a relation.

        Args:
            considered: All that is weighed of its sentence.
            turn: Whose turn it stands in.
            proposal: The relation, its stance, how sure that is, and from where to where it stands.
            has_own_goods: Whether it has other goods than the other relations of the sentence.
        """
        role, stance, sure, start, end = proposal
        read, sentence = considered.read, considered.read.sentence
        source = self.sourcing.source_of(read, turn, role, considered.wording, considered.told)
        self.sourcing.remember(read)
        stance, source = self._told(read, turn, role, stance, source)
        goods = self._goods(considered, role, start, end, only=role.goods if has_own_goods else read.goods)
        period = period_of(sentence.text)
        degree = degree_of(sentence.text[start:end])
        audience = audience_of(sentence.text, read.mentions)
        at = sentence.start
        fields = _relation_evidence(role, sure, source, at)
        fields["claim"] = _weighed(considered)
        if role.goods:
            words = "; ".join(each.phrase for each in role.goods)
            fields["goods"] = Evidence(words, at + role.goods[0].start, at + role.goods[-1].end, 0.85)
        elif goods:
            fields["goods"] = Evidence("", None, None, 0.55, "context")
        if period:
            fields["period"] = Evidence(period[0], at + period[1], at + period[2], 0.7)
        if degree:
            fields["degree"] = Evidence(degree[0], at + start + degree[1], at + start + degree[2], 0.5)
        if audience:
            fields["audience"] = Evidence(audience[0], at + audience[1], at + audience[2], 0.6)
        text = self.text[at + start : at + end]
        return Draft(
            file=self.file,
            start=at + start + len(text) - len(text.lstrip()),
            end=at + start + len(text.rstrip()),
            words=" ".join(sentence.text[start:end].split()),
            stance=stance,
            speaker=source.speaker,
            uttered_by=source.uttered_by,
            office=self.sourcing.office(source.speaker),
            chain=source.chain,
            audience=(audience[0],) if audience else (),
            actor=role.actor,
            action=role.action,
            target=role.target,
            goods=tuple(goods),
            period=period[0] if period else None,
            degree=degree[0] if degree else None,
            confidence=0.0,
            evidence=fields,
        )

    def _told(
        self, read: AnnotatedSentence, turn: Turn, role: Role, stance: Stance, source: StatementSource
    ) -> tuple[Stance, StatementSource]:
        """Stance and source where they hang together: what is passed on is reported, a question is the asker's own."""
        text = read.sentence.text
        if source.is_passed_on and (
            stance == Stance.ASSERTION or (stance == Stance.QUESTION and _ASKS_COMMENT.search(text))
        ):
            stance = Stance.REPORTED
        elif stance == Stance.REPORTED and not source.is_passed_on:
            stance = Stance.ASSERTION
        if stance != Stance.QUESTION or not turn.is_question:
            return stance, source
        asks = THEN_ASKS.search(text)
        if source.is_passed_on and asks and role.trigger.end <= asks.start() and _TELLS.match(text):
            return Stance.REPORTED, source
        return stance, self.sourcing.own(turn)

    def _goods(
        self, considered: Considered, role: Role, start: int, end: int, *, only: Sequence[GoodsTerm]
    ) -> list[DraftGoods]:
        """Goods that a draft speaks of: named in its words, or known from the sentences before or the network alone."""
        read, told = considered.read, considered.told
        found = goods_candidates(self.reads, considered.number, self.topic, role, considered.wording)
        meant = {
            group
            for group, signals in found.items()
            if ensemble.goods(group, odds("goods", signals, is_glossed=read.sentence.is_glossed), told) >= 0
        } | (ensemble.goods_alone(told) - found.keys() - {GoodsGroup.UNSPECIFIED})
        inside = [term for term in read.goods if start <= term.start < end and term in only]
        out: list[DraftGoods] = []
        for term in inside:
            is_vague = term.group == GoodsGroup.UNSPECIFIED
            if (
                (term in role.goods and (not meant or _SUPPORT.search(term.phrase)))
                if is_vague
                else term.group.value in meant
            ) and not any(each.phrase == term.phrase for each in out):
                out.append(DraftGoods(term.phrase, term.group))
        known = {each.group.value for each in out} | {term.group.value for term in read.goods}
        return out + [DraftGoods(None, GoodsGroup(group)) for group in sorted(meant - known)]


def _relation_evidence(role: Role, sure: float, source: StatementSource, at: int) -> dict[str, Evidence]:
    """What stance, action, speaker, actor and target rest on.

    Args:
        role: The relation.
        sure: Likelihood of its stance.
        source: Who says so.
        at: Where its sentence starts.
    """
    trigger = role.trigger
    where = (trigger.words, at + trigger.start, at + trigger.end)
    fields = {
        "stance": Evidence(*where, sure),
        "action": Evidence(*where, 0.7 if trigger.is_weak else 0.85),
        "speaker": source.evidence,
    }
    for name, mention, code in (
        ("actor", role.actor_mention, role.actor),
        ("target", role.target_mention, role.target),
    ):
        if mention is not None:
            fields[name] = Evidence(mention.words, at + mention.start, at + mention.end, 0.9)
        elif code is not None:
            fields[name] = Evidence("", None, None, 0.55, "context")
    return fields


def _weighed(considered: Considered) -> Evidence:
    """The signals of a claim that weigh most, and what the network says."""
    parts = [
        f"{name} {weight:+.2f}"
        for name, weight in carried_by(considered.signals, "claim", is_glossed=considered.is_glossed)
    ]
    if considered.told is not None:
        parts.append(f"network {considered.told.claim:+.2f}")
    return Evidence("; ".join(parts), None, None, 0.0, "weighed")
