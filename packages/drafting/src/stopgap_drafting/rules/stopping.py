"""Trade that is stopped: controls, bans, imports ended; who stops it, and with whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Clause, Role
from stopgap_drafting.lexicon.economies import COALITION, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Trigger
from stopgap_drafting.lexicon.word_lists import word_list
from stopgap_drafting.rules.argument_linking import is_incidental, listed_with

_STOPPED_TRADE = pattern(word_list("stopped trade"))


_OTHER_BUYERS_AND_HUBS = frozenset(
    {"CHN", "IND", "TUR", "ARE", "KAZ", "HKG", "ARM", "GEO", "UZB", "KGZ", "SRB", "CHE", "SGP", "MYS", "BRA", "ZAF"}
)
"""Economies outside the coalition that are taken for who stops where they stand before the words."""
_CONTROLS = re.compile(
    r"(?i)chok|(?:Russian|Iranian) \w|out of the hands|shut|held? back|holding back|turned off|forbid|tighten|export (?:control|ban|restriction|curb|prohibition)|technolog|chip|semiconductor|oil|gas|energy|coal|import|export|ban on|shipments|trade|sales?|buying|taking|purchasing|importing|selling|shipping|accepting|suspended"
)
_EVADED = re.compile(
    r"(?i)(?:(?:violat|evad|circumvent|undermin|get around|bypass|skirt)\w*|(?:compl(?:y|ied|ies|ying)|abid\w+) (?:with|by)|that sanctions and|if (?:it|they|he|she) (?:does|do)(?: not|n[’']t))\s+(?:\w+\s+){0,3}$"
)
_PRONOUN = re.compile(r"(?i)\b(?:it|its|they|their|them|him|his)\b")
_EXPORTS_DENIED = re.compile(r"(?i)export control|restrict access|limit exports|deny")
_CHIPS = re.compile(r"(?i)export control|chip|semiconductor|technolog|equipment|entity list")
_OURS = re.compile(r"(?i)\b(?:we|our|us|the administration|the president)\b")
_OF_THIRD_COUNTRIES = re.compile(r"(?i)\b(?:every|other|not all|many|most|some) (?:countr(?:y|ies)|nations?|states?)\b")


@dataclass(frozen=True)
class _Stop:
    """Trade that is stopped with an economy.

    Attributes:
        clause: The clause.
        trigger: Words that stop.
        target: The economy with which trade is stopped.
        target_mention: Where it is named.
        sure: How sure that is.
    """

    clause: Clause
    trigger: Trigger
    target: str | None
    target_mention: EconomyMention | None
    sure: float

    def by(self, code: str, mention: EconomyMention | None, confidence: float) -> Role:
        """The stop by one economy, or its firms."""
        goods = tuple(g for g in self.clause.goods if g.group != GoodsGroup.WEAPONS)
        return Role(
            code, Action.STOP, self.target, self.trigger, mention, self.target_mention, goods,
            confidence * self.sure,
        )  # fmt: skip


def find_stops(clause: Clause, trigger: Trigger) -> list[Role]:
    """Who stops trade with whom; empty where a trigger stops none.

    Args:
        clause: The clause.
        trigger: Words of a control, a ban, or imports that end.
    """
    if not _stops_trade(clause, trigger):
        return []
    stop = _stop_with(clause, trigger)
    if stop is None or (stop.target == "CHN" and not _CHIPS.search(clause.text)):
        return []
    buyers = [
        m
        for m in clause.mentions
        if m.code in _OTHER_BUYERS_AND_HUBS and m.end <= trigger.start + 2 and not is_incidental(clause, m)
    ]
    if buyers and stop.target != "CHN":
        return [stop.by(buyers[-1].actor, buyers[-1], 0.7)]
    if clause.home == "CHN" and stop.target != "CHN" and not any(m.code in COALITION for m in clause.mentions):
        return [stop.by("CHN", None, 0.6)]
    return _by_the_coalition(stop)


def _stops_trade(clause: Clause, trigger: Trigger) -> bool:
    """Whether the words of a trigger stop trade, and are not evaded or obeyed."""
    if trigger.is_weak and not _STOPPED_TRADE.match(clause.text, trigger.start):
        return False
    if not trigger.is_weak and not _CONTROLS.search(trigger.words):
        return False
    return _EVADED.search(clause.text[max(0, trigger.start - 40) : trigger.start]) is None


def _stop_with(clause: Clause, trigger: Trigger) -> _Stop | None:
    """With whom trade is stopped: named, or meant by what stands before; ``None`` where nobody is."""
    text, topic = clause.text, clause.topic
    named = [m for m in clause.mentions if m.code in SANCTIONED or m.code == "CHN"]
    mention = (
        next((m for m in named if m.code == "RUS"), None)
        or next((m for m in named if m.code in SANCTIONED), None)
        or next((m for m in named if m.start > trigger.start - 12 or m.possessive), None)
    )
    if mention is not None:
        return _Stop(clause, trigger, mention.code, mention, 0.9)
    energy = any(g.group == GoodsGroup.ENERGY for g in clause.goods)
    if topic.knows_target(clause.number, 4 if energy else 2) and (
        _PRONOUN.search(text) or energy or topic.is_alive(clause.number, 2)
    ):
        return _Stop(clause, trigger, topic.target, None, 0.55)
    if clause.is_statement and clause.document_target and _EXPORTS_DENIED.search(text):
        return _Stop(clause, trigger, clause.document_target, None, 0.5)
    if clause.home == "CHN" and (clause.document_target or topic.knows_target(clause.number, 12)):
        return _Stop(clause, trigger, clause.document_target or topic.target, None, 0.5)
    return None


def _by_the_coalition(stop: _Stop) -> list[Role]:
    """The stop by whom of the coalition a clause names, by its speaker, or by the United States."""
    clause, trigger = stop.clause, stop.trigger
    blockers = [m for m in clause.mentions if m.code in COALITION - {"NATO"} and not m.firms]
    before = [m for m in blockers if m.end <= trigger.start + 2]
    chosen = before[-1] if before else (blockers[0] if blockers else None)
    first = _OURS.search(clause.text)
    if first and (chosen is None or (chosen.code in ("EU", "G7") and first.start() < chosen.start)):
        return [stop.by(clause.home or "USA", None, 0.8)]
    if chosen is None:
        is_energy = any(g.group == GoodsGroup.ENERGY for g in clause.goods)
        code = "EU" if is_energy and any(m.code == "NATO" for m in clause.mentions) else "USA"
        if _OF_THIRD_COUNTRIES.search(clause.text[: trigger.start]):
            code = "THIRD"
        return [stop.by(code, None, 0.6)]
    code = "USA" if chosen.code == "G7" else chosen.code
    several = listed_with(clause, chosen, blockers) if code != "USA" else []
    if len(several) > 1 and not any(m.code in ("USA", "G7") for m in several):
        return [stop.by(m.actor, m, 0.8) for m in several]
    return [stop.by(code, chosen, 0.8)]
