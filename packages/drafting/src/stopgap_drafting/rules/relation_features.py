"""Features of a relation: named signals for and against its being a claim."""

from __future__ import annotations

import re
from functools import lru_cache

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import ECONOMIC, OTHER_MATTERS, Clause, Role
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import WHETHER, lowered, pattern
from stopgap_drafting.lexicon.triggers import TriggerForm
from stopgap_drafting.rules.argument_linking import recipient_of

TROOPS = pattern(r"\b(?:troops?|soldiers?|personnel|fighters|mercenar(?:y|ies)|advisers)\b")
EVENTS = pattern(
    r"\b(?:tests?|tested|launch(?:es|ed)?|attack(?:s|ed|ing)?|strikes?|struck|shot down|intercept\w*|nuclear (?:program|weapons?|talks)|treaty|exercises?|parade|deployment|deployed|arms (?:control|race)|deterrence|provocations?|military (?:action|operation)s?|false[- ]flag)\b"
)
STOPPED = pattern(
    r"\b(?:dri(?:ed|es) up|turned off|(?:has|have)(?: \w+)? (?:fallen|dropped|collapsed|declined)|fell|fall(?:en|s|ing)? by|dropped|declined|plunged|come (?:way )?down|halted|banned|blocked|stopped|put an end|no longer)\b"
)
INDUSTRY = pattern(
    r"industrial base|industrial complex|war machine|war effort|war economy|war in Ukraine|war against Ukraine|military|army|armed forces|arms (?:industry|makers?)|invasion|aggression|weapons|defen[cs]e (?:industry|sector|production)|front lines?|battlefield|sanctions|(?:largest |this |the )war\b|tank factor|(?:his|its|their|this|Putin's|Russia's) (?:brutal |illegal |unjust |unprovoked )*war"
)
_OBJECT_OF_SUPPORT = pattern(
    r"(?:\w+ )?(?:help|assist|aid|support|back|bolster|boost|strengthen|enabl|prop|sustain|fuel|rebuild|reconstitut|keep|feed|contribut|underwrit|bankroll|arm)\w*(?: up)?(?: (?:to|for|of|toward|towards|the|in|both|directly))*\s*$"
)
_SPECIAL_SUPPORT = pattern(
    r"\b(?:material|lethal|non-?lethal|military|financial|economic|technical|industrial) (?:and (?:\w+ ))?(?:support|assistance|aid|help)\b|\b(?:military|defen[cs]e|arms|missile|weapons|military-technical|defense industrial) cooperation\b"
)
GIVING = pattern(
    r"(?:provid|suppl|send|sent|sell|sold|ship|giv|gave|deliver|transfer|hand|export|furnish|offer|turn(?:s|ed|ing)? over)"
)
_FRIENDS_HAVE = pattern(
    r"\b(?:Ukrain\w+|Kyiv)\b(?: \w+){0,4}? (?:needs?|has|have|had|receiv\w+|gets?|getting|us(?:e|es|ing)|running|ration\w+|ramp\w+|fight\w*|defend\w*|can|could|wants?|asks?|asking)\b|\b(?:to|for|help|helping|give|gives|giving|gave|arm|arming|support|supporting|supply|supplying) (?:the )?(?:Ukrain\w+|Kyiv)\b"
)
_ASIA = pattern(
    r"\b(?:Taiwan|Philippines?|Filipino|Shoal|Indo-Pacific|Strait|nuclear|ballistic missile (?:program|launch|test)s?|denucleari\w+|Middle East|Red Sea|Houthi\w*)\b"
)
USUAL_ACTORS = frozenset(
    {
        "CHN",
        "HKG",
        "IRN",
        "PRK",
        "IND",
        "TUR",
        "ARE",
        "KAZ",
        "KGZ",
        "ARM",
        "GEO",
        "UZB",
        "SRB",
        "BLR",
        "EU",
        "DEU",
        "HUN",
        "USA",
        "RUS",
    }
)
_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, pattern(lowered(text), 0))
    for name, text in (
        ("we, our", r"\b(?:we|our|us)\b"),
        ("concern, watching", r"\b(?:concern\w*|worr\w*|alarm\w*|watch\w*|monitor\w*)\b"),
        ("Israel, Gaza", r"\b(?:Israel\w*|Gaza\w*|Hamas|hostage\w*|ceasefire)\b"),
        (
            "at home",
            r"\bour own\b|\bat home\b|\bdomestic\b|within the alliance|\bAmerican (?:people|workers|families|public|manufactur\w+|industry)\b|\b(?:Congress|supplemental|inflation|jobs|econom(?:y|ies)|security assistance)\b",
        ),
        (
            "diplomacy",
            r"\b(?:meet\w*|visit\w*|calls?|summit|relationship|diplomacy|diplomatic|dialogue|communication|alliance|partnership|negotiat\w+)\b",
        ),
        ("war", r"\b(?:invasion|invad\w+|forces|attack\w*|battlefield|offensive|territory|front|deploy\w*)\b"),
        ("sanctions", r"\bsanction\w*\b"),
        ("trade", r"\b(?:export\w*|import\w*|trade|shipments?|controls?)\b"),
        ("prices", r"\b(?:prices?|markets?|barrels?|discount\w*)\b"),
        ("a number", r"\d"),
        ("percent", r"percent|per cent|%"),
        ("a question mark", r"[?？]"),
        ("have, has", r"\b(?:have|has|had|been)\b"),
        (
            "evidence, reports",
            r"\b(?:evidence|indicat\w+|see|seen|confirm\w*|information|report\w*|assess\w*|intelligence)\b",
        ),
        ("payments", r"\b(?:payments?|dollars?|banks?|accounts?|financ\w+)\b"),
        ("lists", r"\b(?:list\w*|designat\w*|entit\w+)\b"),
        ("technology", r"\b(?:technolog\w*|chips?|software|tools?)\b"),
        ("through, from", r"\b(?:through|via|from|third|intermediar\w+)\b"),
    )
)
_NEAR: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, pattern(text))
    for name, text in (
        ("they, it", r"\b(?:they|them|their|it|its|he|him|his)\b"),
        ("this, those", r"\b(?:this|those|these|such|that(?= \w+(?:s|ing)?[.,?]|[.,?]|$))\b"),
        ("if, would", r"\b(?:if|should|would|could|may|might)\b"),
        ("not", r"\b(?:not|never|no)\b|n't\b"),
    )
)
ACTOR_MENTIONS = ("CHN", "IRN", "PRK", "IND", "UKR", "USA", "EU")


def signals_of(clause: Clause, role: Role) -> frozenset[str]:
    """The signals of one relation in a clause; those of words are of its whole sentence."""
    near = clause.text[max(0, role.trigger.start - 60) : role.trigger.end + 40]
    near = WHETHER.sub(lambda found: found.group()[:-2] + "whether", near)
    out = {f"near: {name}" for name, form in _NEAR if form.search(near)}
    out |= of_sentence(clause.sentence) | _of_mentions(clause) | _of_context(clause) | _of_role(clause, role)
    out |= {f"goods: {term.group.value}" for term in clause.goods}
    out |= {f"trigger: {trigger.kind.value} {trigger.form.value}" for trigger in clause.triggers}
    checks = {"asked": clause.is_asked, "statement": clause.is_statement, "spokesman of China": clause.home == "CHN"}
    out |= {name for name, holds in checks.items() if holds}
    for first, second in _TOGETHER:
        if first in out and second in out:
            out.add(f"{first} + {second}")
    return frozenset(out)


@lru_cache(maxsize=16)
def of_sentence(sentence: str) -> frozenset[str]:
    """Signals of the words of a whole sentence."""
    small = lowered(sentence)
    out = {f"words: {name}" for name, form in _WORDS if form.search(small)}
    length = len(sentence.split())
    checks = {
        "short": length < 8,
        "long": length > 30,
        "very long": length > 45,
        "other matters": OTHER_MATTERS.search(sentence) is not None,
        "troops": TROOPS.search(sentence) is not None,
        "events": EVENTS.search(sentence) is not None,
        "arms industry or war": INDUSTRY.search(sentence) is not None,
        "has stopped": STOPPED.search(sentence) is not None,
    }
    return frozenset(out | {name for name, holds in checks.items() if holds})


_TOGETHER = (
    ("claim 2 before", "near: they, it"),
    ("claim 2 before", "goods of arms or industry"),
    ("claim 1 before", "asked"),
    ("target named", "goods of arms or industry"),
    ("mentions UKR", "action supply"),
    ("goods: energy", "action buy-energy"),
    ("target named", "action consequence"),
    ("actor named", "target named"),
    ("actor named", "goods of arms or industry"),
    ("other matters", "goods of arms or industry"),
    ("troops", "goods of arms or industry"),
    ("events", "goods of arms or industry"),
    ("weak trigger", "arms industry or war"),
    ("weak trigger", "target named"),
    ("nothing material", "supply"),
    ("nothing material", "unusual actor"),
    ("nothing material", "neither named"),
    ("nothing material", "claim 1 before"),
    ("no rule ties", "neither named"),
    ("no rule ties", "nothing material"),
    ("no rule ties", "claim 2 before"),
    ("friends have or need", "actor named"),
    ("asked", "nothing material"),
)


def _of_mentions(clause: Clause) -> set[str]:
    codes = {m.code for m in clause.mentions}
    out = {f"mentions {code}" for code in ACTOR_MENTIONS if code in codes}
    if "RUS" in codes:
        out.add("mentions RUS")
    if any(m.code not in SANCTIONED | COALITION | FRIENDS | {"CHN", "IND", "ANY", "THIRD"} for m in clause.mentions):
        out.add("mentions a third economy")
    if any(m.firms and m.code not in ("ANY", "THIRD", "USA") for m in clause.mentions):
        out.add("firms named")
    if any(m.code in ("ANY", "THIRD") for m in clause.mentions):
        out.add("firms or states of anywhere")
    if not codes:
        out.add("no economy")
    if any(g.group not in ECONOMIC for g in clause.goods):
        out.add("goods of arms or industry")
    return out


def _of_context(clause: Clause) -> set[str]:
    topic, number = clause.topic, clause.number
    out = {f"claim {reach} before" for reach in (1, 2, 3, 5, 8) if topic.is_alive(number, reach)}
    out |= {f"target {reach} before" for reach in (2, 4, 8) if topic.knows_target(number, reach)}
    if topic.knows_actors(number, 3):
        out.add("actors 3 before")
    if clause.document_target is not None:
        out.add("text has a target")
    return out


def _of_role(clause: Clause, role: Role) -> set[str]:
    trigger, text = role.trigger, clause.text
    out = {f"action {role.action.value}", f"by {trigger.kind.value} {trigger.form.value}"}
    near = [
        g
        for g in role.goods
        if g.group not in ECONOMIC
        and (
            min(abs(g.start - trigger.end), abs(trigger.start - g.end)) < 140 or trigger.start <= g.start < trigger.end
        )
    ]
    after, before = text[trigger.start : trigger.end + 110], text[max(0, trigger.start - 60) : trigger.end]
    recipient = recipient_of(clause, trigger)
    checks = {
        "no rule ties": role.is_open,
        "takes up a claim": role.takes_up,
        "weak trigger": trigger.is_weak,
        "goods near": bool(near),
        "fuel": any(g.group == GoodsGroup.ENERGY for g in role.goods),
        "industry or war as object": INDUSTRY.search(after) is not None
        or (trigger.form == TriggerForm.NOUN and INDUSTRY.search(before) is not None),
        "actor named": role.actor_mention is not None,
        "actor near": role.actor_mention is not None
        and (abs(trigger.start - role.actor_mention.end) < 90 or role.actor_mention.start >= trigger.start),
        "actor before": role.actor_mention is not None and role.actor_mention.end <= trigger.start + 2,
        "actor is firms": bool(role.actor) and str(role.actor).startswith("companies:"),
        "actor under sanctions": str(role.actor) in SANCTIONED,
        "actor in the coalition": str(role.actor).removeprefix("companies:") in COALITION,
        "target named": role.target_mention is not None,
        "target not Russia": role.target != "RUS",
        "target as object": _is_object(clause, role),
        "given to the target": GIVING.match(trigger.words) is not None
        and recipient is not None
        and recipient.code == role.target,
        "given to friends": recipient is not None and recipient.code in FRIENDS,
        "support of a kind": _SPECIAL_SUPPORT.search(text[max(0, trigger.start - 25) : trigger.end + 40]) is not None,
        "supply": role.action in (Action.SUPPLY, Action.FILL_COMPONENTS, Action.BACKFILL),
        "friends have or need": _FRIENDS_HAVE.search(clause.sentence) is not None,
        "other theatre": _ASIA.search(clause.sentence) is not None,
        "unusual actor": str(role.actor).removeprefix("companies:") not in USUAL_ACTORS
        and not str(role.actor).startswith("companies:"),
        "neither named": role.actor_mention is None and role.target_mention is None,
        "nothing material": not clause.goods and INDUSTRY.search(clause.sentence) is None,
        "sure": role.confidence >= 0.7,
        "unsure": role.confidence < 0.45,
    }
    return out | {name for name, holds in checks.items() if holds}


def _is_object(clause: Clause, role: Role) -> bool:
    """Whether the target is what is helped or supported: its object, or what follows ``to`` or ``for``."""
    mention: EconomyMention | None = role.target_mention
    if mention is None or mention.start < role.trigger.start:
        return False
    lead = clause.text[role.trigger.start : mention.start]
    return _OBJECT_OF_SUPPORT.fullmatch(lead) is not None or (
        len(lead) < 80
        and re.search(r"(?i)\b(?:to|for)\s+(?:the\s+)?$", lead) is not None
        and role.trigger.form == TriggerForm.NOUN
    )
