"""One sentence with what was found in it: economies, goods, triggers, sources."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stopgap.claims.drafting.attribution import Attribution, find_attributions
from stopgap.claims.drafting.economies import Mention, find_mentions
from stopgap.claims.drafting.goods_terms import GoodsTerm, find_goods
from stopgap.claims.drafting.segments import Sentence
from stopgap.claims.drafting.syntax import parse
from stopgap.claims.drafting.triggers import Kind, Trigger, find_triggers


@dataclass(frozen=True)
class ReadSentence:
    """One sentence with what was found in it."""

    sentence: Sentence
    mentions: list[Mention]
    goods: list[GoodsTerm]
    triggers: list[Trigger]
    attributions: list[Attribution]
    subjects: dict[int, tuple[int, int]] = field(default_factory=dict)


def read_sentence(sentence: Sentence) -> ReadSentence:
    """A sentence with the economies, goods, triggers and sources that rules find in it."""
    text = sentence.text
    triggers = find_triggers(text)
    mentions = find_mentions(text)
    goods = find_goods(text) if triggers or mentions else []
    triggers = [
        each
        for each in triggers
        if each.kind != Kind.STOP or not any(g.start <= each.start and each.end <= g.end for g in goods)
    ]  # "export-controlled items" stop nothing
    return ReadSentence(sentence, mentions, goods, triggers, find_attributions(text))


def read_with_model(reads: list[ReadSentence]) -> list[ReadSentence]:
    """The same, with what the parse adds to sentences that may carry a claim: sources, and subjects of verbs."""
    chosen = [
        k
        for k, read in enumerate(reads)
        if read.triggers and (read.mentions or read.goods) and read.sentence.text.isprintable()
    ]
    out = list(reads)
    for k, syntax in zip(chosen, parse([reads[k].sentence.text for k in chosen]), strict=True):
        known = list(reads[k].attributions)
        for said in syntax.sources:
            if not any(a.start < said.end and said.start < a.end for a in known):
                known.append(said)
        out[k] = replace(
            reads[k], attributions=sorted(known, key=lambda a: a.start), subjects=syntax.subjects
        )
    return out
