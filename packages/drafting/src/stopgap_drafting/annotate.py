"""Annotate one sentence: the economies, goods, triggers and sources found in it."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap_drafting.lexicon.economies import EconomyMention, find_mentions
from stopgap_drafting.lexicon.goods_terms import GoodsTerm, find_goods
from stopgap_drafting.lexicon.triggers import Kind, Trigger, find_triggers
from stopgap_drafting.text.attribution import Attribution, find_attributions
from stopgap_drafting.text.segments import Sentence


@dataclass(frozen=True)
class AnnotatedSentence:
    """One sentence with what was found in it."""

    sentence: Sentence
    mentions: list[EconomyMention]
    goods: list[GoodsTerm]
    triggers: list[Trigger]
    attributions: list[Attribution]


def annotate_sentence(sentence: Sentence) -> AnnotatedSentence:
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
    return AnnotatedSentence(sentence, mentions, goods, triggers, find_attributions(text))
