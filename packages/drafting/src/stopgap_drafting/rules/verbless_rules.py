"""Rules for clauses without a known verb: normal trade, fuel and its buyer, goods between two economies."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import ECONOMIC, OTHER_MATTERS, Clause, Role
from stopgap_drafting.lexicon.economies import FRIENDS
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.rules.argument_linking import goods_with, is_incidental, listed_with, suppliers_in, target_of
from stopgap_drafting.rules.relation_features import EVENTS, TROOPS
from stopgap_drafting.rules.supplying import supply_role

_BUYERS = frozenset(
    [
        "IND",
        "CHN",
        "TUR",
        "EU",
        "HUN",
        "SVK",
        "JPN",
        "ARE",
        "BRA",
        "PAK",
        "IDN",
        "SRB",
        "BGR",
        "DEU",
        "AUT",
        "ITA",
        "FRA",
        "ESP",
        "BEL",
        "NLD",
        "GRC",
        "KOR",
        "TWN",
        "SGP",
        "MYS",
    ]
)


NORMAL_TRADE = pattern(
    r"\bnormal (?:\w+ ){0,4}?(?:trade|cooperation|exchanges|business|dealings|interactions)\b|\b(?:trade|cooperation)\b[^.;]{0,60}? (?:is|are) (?:\w+ ){0,3}?(?:legitimate|lawful|above-?board|justified|beyond reproach)\b"
)


def find_beside(clause: Clause) -> list[Role]:
    """Normal trade as a counter-assertion; or supplier, target and goods of war side by side without a verb we know."""
    text = clause.text
    target, target_mention, sure = target_of(clause)
    normal = NORMAL_TRADE.search(text)
    chinese = [m for m in clause.mentions if m.code == "CHN"]
    if (
        normal
        and (target_mention is not None or (target == "RUS" and clause.topic.is_alive(clause.number, 8)))
        and (chinese or clause.home == "CHN")
    ):
        trigger = Trigger(Kind.SUPPLY, TriggerForm.TOPIC, normal.start(), normal.end(), normal.group(), True)
        mention = chinese[0] if chinese else None
        actor = mention.actor if mention else "CHN"
        return [Role(actor, Action.OTHER, target, trigger, mention, target_mention, (), 0.5)]
    if target_mention is None or target is None:
        return []
    fuel = [
        g
        for g in clause.goods
        if g.group == GoodsGroup.ENERGY
        and (
            re.match(r"(?i)Russian|Iranian", g.phrase)
            or re.search(
                r"(?i)\b(?:Russia|Russian|Iran|Iranian|Moscow)(?:[’']s)?\s+(?:\w+\s+)?$",
                text[max(0, g.start - 24) : g.start],
            )
        )
    ]
    buyers = [m for m in clause.mentions if m.code in _BUYERS and m.code != target and not is_incidental(clause, m)]
    if (
        fuel
        and buyers
        and not OTHER_MATTERS.search(text)
        and not re.search(
            r"(?i)\bprices?\b(?! cap)|\bfor (?:Ukraine|Europe)\b|embargo|\bban\b|pipeline (?:explosion|leak)|terminal",
            text,
        )
    ):
        trigger = Trigger(Kind.BUY, TriggerForm.TOPIC, fuel[0].start, fuel[0].end, fuel[0].phrase, True)
        return [
            Role(m.actor, Action.BUY_ENERGY, target, trigger, m, target_mention, tuple(fuel), 0.5)
            for m in listed_with(clause, buyers[0], buyers)
        ]
    goods = [g for g in clause.goods if g.group not in ECONOMIC]
    candidates = [m for m in suppliers_in(clause, target) if not is_incidental(clause, m)]
    if (
        not goods
        or not candidates
        or OTHER_MATTERS.search(text)
        or TROOPS.search(text)
        or EVENTS.search(text)
        or any(m.code in FRIENDS for m in clause.mentions)
    ):
        return []
    first = candidates[0]
    trigger = Trigger(Kind.SUPPLY, TriggerForm.TOPIC, goods[0].start, goods[0].end, goods[0].phrase, True)
    actors = listed_with(clause, first, candidates)
    return [
        supply_role(
            clause,
            Role(
                m.actor,
                Action.SUPPLY,
                target,
                trigger,
                m,
                target_mention,
                goods_with(clause, actors, m, Action.SUPPLY),
                0.55 * sure,
            ),
        )
        for m in actors
    ]
