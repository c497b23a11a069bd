"""Find triggers: words for supplying, buying, stopping, evading and consequences, with their grammatical form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from stopgap_drafting.lexicon.patterns import lowered, pattern
from stopgap_drafting.lexicon.word_lists import alternatives, grouped, table


class TriggerForm(StrEnum):
    """How a trigger ties its economies: who does it stands before a verb, owns or follows a noun, sells to a receiver."""

    VERB = "verb"
    NOUN = "noun"
    RECEIVE = "receive"
    TOPIC = "topic"


class Kind(StrEnum):
    """What a trigger is about."""

    SUPPLY = "supply"
    BACKFILL = "backfill"
    ROUTE = "route-through"
    STOP = "stop"
    BUY = "buy"
    CONSEQUENCE = "consequence"
    MEASURE = "measure"


@dataclass(frozen=True)
class Trigger:
    """One trigger in a sentence.

    Attributes:
        kind: What it is about.
        form: Verb, noun, or a verb of receiving.
        start: First character.
        end: One past the last.
        words: As in the text.
        is_weak: Whether it needs goods or a war in the sentence to count (``help``, ``support``, ``back``).
    """

    kind: Kind
    form: TriggerForm
    start: int
    end: int
    words: str
    is_weak: bool = False


_EITHER = pattern(r"transfers?|exports?|supplies|supply|offers?|support|help|aid|ships?")
_BEFORE_NOUN = pattern(
    r"(?:\b(?:the|its|their|his|her|our|your|these|those|any|such|of|arms|weapons?|missiles?|drones?|energy|oil|gas|technology|military|lethal|material|Iranian|Chinese|North Korean|Russian|DPRK|PRC|further|additional|in|with|for|on|from|this|that kind of)|'s|s')\s$"
)


def _rules() -> Iterator[tuple[Kind, TriggerForm, bool, re.Pattern[str]]]:
    """The rules of ``triggers.csv`` in their order."""
    for _, rows in grouped(table("triggers"), "rule"):
        first = rows[0]
        compiled = pattern(lowered(alternatives(rows)), 0)
        yield Kind(first["kind"]), TriggerForm(first["form"]), first["is_weak"] == "yes", compiled


_COMPILED = tuple(_rules())


def find_triggers(text: str) -> list[Trigger]:
    """Triggers of a sentence in order of place; of overlapping ones those of the earlier rule."""
    taken: list[Trigger] = []
    searched = lowered(text)
    for kind, form, weak, compiled in _COMPILED:
        for found in compiled.finditer(searched):
            if any(t.start < found.end() and found.start() < t.end and t.kind != Kind.MEASURE for t in taken):
                continue
            is_noun = (
                form == TriggerForm.VERB
                and kind == Kind.SUPPLY
                and _EITHER.fullmatch(found.group()) is not None
                and _BEFORE_NOUN.search(text[max(0, found.start() - 24) : found.start()]) is not None
            )
            taken.append(
                Trigger(
                    kind,
                    TriggerForm.NOUN if is_noun else form,
                    found.start(),
                    found.end(),
                    text[found.start() : found.end()],
                    weak,
                )
            )
    return sorted(taken, key=lambda t: t.start)
