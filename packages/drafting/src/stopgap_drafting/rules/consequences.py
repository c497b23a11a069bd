"""Consequences announced or taken: who would bear them, and for whose sake."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Clause, Role, economy_of
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.rules.argument_linking import goods_with, is_incidental, listed_with, target_of

_FOR_TARGET = pattern(
    r"\b(?:support|help|assist|provid|backfill|evasion|evad|supply|aid)\w*\b[^.;]{0,40}\b(?:Russia|Moscow|Putin|Iran|North Korea)"
)

_OF_THE_TARGET = pattern(r"\b(?:Russia|Putin|Moscow|Kremlin|the Russians|Russian)\b", 0)
_BY_THE_TARGET = pattern(
    r"\b(?:Russia|Putin|Moscow|the Kremlin|the Russians) (?:will|must|should|would|has to|is going to|needs to|has|is|also|continues to| )*$",
    0,
)


_OF_THE_RELATIONSHIP = re.compile(r"(?i)consequences for (?:the|our) relationship")
_OF_OTHER_THINGS = re.compile(
    r"(?i)consequences for (?:both |the |global |European |regional )*(?:security|Europe|the world|civilians|Ukrain|the Ukrainian|Americans|food|economy|people)|(?:security|humanitarian|economic|unintended|political) consequences"
)
_ON_THE_TARGET = re.compile(
    r"(?i)[^.;,]{0,30}\b(?:on|for|against|to)\s+(?:the\s+)?(?:Russia|Putin|Moscow|the Kremlin|Russian)"
)
_HELP = re.compile(r"(?i)support|provid|help|assist|supply|deal")
_TARIFFS = re.compile(r"(?i)(?:face )?\w*\s*tariffs?")
_AS_ADJECTIVE = re.compile(r"(?i)\b(?:from|of|by|with|the|to|on|for|other|any|these|those|carrying|more|buying)\s+$")
_WHO_IS_LISTED = re.compile(
    r"(?i)compan|entit|firm|bank|individual|network|supplier|national|actor|person|vessel|targets|refiner|front|business|exporter|part(?:y|ies)\b|affiliate|shipper|China|Beijing"
)
_FIRMS_AND_PERSONS = re.compile(
    r"(?i)compan|entit|firm|individual|network|person|bank|front|vessel|targets|part(?:y|ies)\b|affiliate|shipper"
)
_ELSEWHERE = re.compile(r"(?i)globally|around the world|third countr|elsewhere|other countries")
_NOWHERE = ("ANY", "THIRD")
_BYSTANDERS = ("RUS", "USA", "NATO", "G7", "YEM", "LBN", "IRQ", "AFG")


@dataclass(frozen=True)
class _Case:
    """A consequence in a clause, and for whose sake it would come.

    Attributes:
        clause: The clause.
        trigger: Words of the consequence.
        target: The economy that is helped, for which there are consequences.
        target_mention: Where it is named.
        sure: How sure that is.
        helps: Whether the clause speaks of help beside it.
        alive: Whether a claim is on the table.
    """

    clause: Clause
    trigger: Trigger
    target: str
    target_mention: EconomyMention | None
    sure: float
    helps: bool
    alive: bool

    def role(self, code: str | None, mention: EconomyMention | None, confidence: float) -> Role:
        """The consequence as one economy, or its firms, would bear it."""
        goods = goods_with(self.clause, [], None, Action.CONSEQUENCE)
        return Role(
            code, Action.CONSEQUENCE, self.target, self.trigger, mention, self.target_mention, goods, confidence
        )


def find_consequences(clause: Clause, trigger: Trigger) -> list[Role]:
    """Who would bear the consequence of a trigger; empty where it is none for helping a target.

    Args:
        clause: The clause.
        trigger: Words of a consequence or of a measure.
    """
    case = _case_of(clause, trigger)
    if case is None or _is_another_matter(case):
        return []
    bearers = [
        m
        for m in clause.mentions
        if m.code not in FRIENDS
        and m.code not in _BYSTANDERS
        and (m.code not in SANCTIONED or (m.code != case.target and case.target == "RUS"))
        and (m.code not in COALITION or m.firms)
    ]
    own = [m for m in clause.mentions if m.firms and m.code in SANCTIONED and m.code == case.target]
    listed = [m for m in clause.mentions if m.firms and m.code not in ("USA", *_NOWHERE)]
    if listed and "Entity List" in clause.text and all(m.code in SANCTIONED for m in listed):
        theirs = listed[0] if all(m.code != case.target for m in listed) else (own or listed)[0]
        goods = goods_with(clause, [], None, Action.STOP)
        return [Role("USA", Action.STOP, theirs.code, trigger, None, theirs, goods, 0.6 * case.sure)]
    if trigger.kind == Kind.MEASURE:
        bearers = _under_measure(case, bearers)
        if not bearers or (own and not any(m.firms or m.code not in SANCTIONED for m in bearers)):
            return []
    return _borne_by(case, bearers) if bearers else _borne_by_those_before(case, own)


def _case_of(clause: Clause, trigger: Trigger) -> _Case | None:
    """For whose sake there would be consequences; ``None`` where nobody is helped."""
    topic = clause.topic
    target, target_mention, sure = target_of(clause, reach=3)
    if target_mention is None and topic.is_alive(clause.number, 8):
        target, sure = topic.claim_target, 0.6
    elif target_mention is None and clause.document_target is not None:
        target, sure = clause.document_target, 0.55
    helps = any(
        t.kind in (Kind.SUPPLY, Kind.BACKFILL, Kind.ROUTE, Kind.BUY)
        and t.form != TriggerForm.TOPIC
        and abs(t.start - trigger.start) < 320
        for t in clause.triggers
    )
    alive = topic.is_alive(clause.number, 5) or (
        topic.is_alive(clause.number, 14) and topic.knows_actors(clause.number, 2)
    )
    if target is None and alive:
        target, sure = topic.claim_target, 0.5
    if target is None:
        target, sure = clause.document_target or topic.target, 0.4
    return None if target is None else _Case(clause, trigger, target, target_mention, sure, helps, alive)


def _is_another_matter(case: _Case) -> bool:
    """Whether the consequence is one for the target itself, for bystanders, or a tariff on other goods."""
    clause, trigger, text = case.clause, case.trigger, case.clause.text
    if case.target_mention is None and not case.helps and _OF_THE_RELATIONSHIP.search(text):
        return True
    if _OF_OTHER_THINGS.search(text[max(0, trigger.start - 14) : trigger.end + 50]):
        return True
    if _ON_THE_TARGET.match(text[trigger.start :]) and not _HELP.search(text[trigger.start : trigger.end + 40]):
        return True
    if _OF_THE_TARGET.search(trigger.words) or _BY_THE_TARGET.search(text[: trigger.start]):
        return True
    return bool(_TARIFFS.match(trigger.words)) and not (
        case.target_mention is not None
        or clause.topic.action == Action.BUY_ENERGY
        or any(g.group == GoodsGroup.ENERGY for g in clause.goods)
    )


def _under_measure(case: _Case, bearers: list[EconomyMention]) -> list[EconomyMention]:
    """Of those who may bear a consequence, those whom a measure can be aimed at."""
    trigger, text = case.trigger, case.clause.text
    if re.match(r"(?i)sanctioned", trigger.words) and _AS_ADJECTIVE.search(
        text[max(0, trigger.start - 12) : trigger.start]
    ):
        return []
    return [m for m in bearers if m.firms or (m.code not in SANCTIONED and _WHO_IS_LISTED.search(text))]


def _borne_by(case: _Case, bearers: list[EconomyMention]) -> list[Role]:
    """The consequence for those whom the clause names."""
    clause, trigger, text = case.clause, case.trigger, case.clause.text
    firm = [m for m in bearers if m.firms and m.code not in _NOWHERE]
    plain = [m for m in bearers if m.code not in _NOWHERE and not is_incidental(clause, m)]
    general = [m for m in bearers if m.code in _NOWHERE]
    chosen = firm or plain or general or bearers
    if "Entity List" in trigger.words:  # all that the sentence counts up
        chosen = [m for m in bearers if m.code not in _NOWHERE] or chosen
    if (
        trigger.kind == Kind.CONSEQUENCE
        and not case.helps
        and case.target_mention is None
        and chosen[0].code not in {economy_of(code) for code in clause.topic.claim_actors} | set(_NOWHERE)
    ):
        return []
    if trigger.kind == Kind.MEASURE and plain:
        allies = COALITION - {"USA", "G7", "NATO", "EU"}
        bearers = [
            *bearers,
            *(m for m in clause.mentions if m.code in allies and m.start > trigger.start and m not in bearers),
        ]
    if trigger.kind == Kind.CONSEQUENCE and len(chosen) > 1 and not firm:
        near = [m for m in chosen if not is_incidental(clause, m)] or chosen
        chosen = listed_with(clause, near[0], near)
    if firm and general and _ELSEWHERE.search(text):
        chosen = [*firm]
    are_firms = bool(firm) or (trigger.kind == Kind.MEASURE and _FIRMS_AND_PERSONS.search(text) is not None)
    codes: dict[str, EconomyMention] = {}
    for mention in chosen:
        for one in listed_with(clause, mention, bearers):
            codes.setdefault(f"companies:{one.code}" if are_firms else one.actor, one)
    return [case.role(code, mention, 0.85 * case.sure) for code, mention in codes.items()]


def _borne_by_those_before(case: _Case, own: list[EconomyMention]) -> list[Role]:
    """The consequence for whoever the sentences before spoke of, where the clause names nobody.

    Args:
        case: The consequence.
        own: Firms of the target that the clause names.
    """
    clause, topic, text = case.clause, case.clause.topic, case.clause.text
    if not (case.helps or case.alive):
        return []
    known = topic.claim_actors if case.alive else (topic.actors if topic.knows_actors(clause.number, 3) else ())
    known = tuple(code for code in known if economy_of(code) not in (case.target, "USA"))
    others = ("RUS", "USA", "UKR", "NATO", "EU", "G7", *_NOWHERE, case.target)
    if any(m.code not in others and m.code not in map(economy_of, known) for m in clause.mentions):
        return []
    if not known and case.helps and case.target_mention is not None and _FOR_TARGET.search(text):
        return [case.role(None, None, 0.45)]
    if not known or topic.action == Action.STOP:
        return []
    if own or (
        case.target_mention is not None
        and re.search(rf"(?i)(?:for|against|on) (?:the )?{re.escape(case.target_mention.words)}", text)
        and not case.helps
    ):
        return []
    return [case.role(code, None, 0.6 * case.sure) for code in known[:1]]
