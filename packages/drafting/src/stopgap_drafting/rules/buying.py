"""Energy bought from an economy under sanctions."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Clause, Role
from stopgap_drafting.lexicon.economies import FRIENDS
from stopgap_drafting.lexicon.triggers import Trigger
from stopgap_drafting.rules.argument_linking import actors_of, pronoun_actors


def find_purchases(clause: Clause, trigger: Trigger) -> list[Role]:
    text = clause.text
    energy = [
        g
        for g in clause.goods
        if g.group == GoodsGroup.ENERGY
        and not re.search(
            r"(?i)\b(?:American|U\.S\.|our|Ukrainian|Norwegian|Canadian)\s+(?:\w+\s+)?$",
            text[max(0, g.start - 30) : g.start],
        )
        and g.phrase.lower() not in ("price cap", "shadow fleet", "ghost fleet", "dark fleet")
    ]
    sellers = [m for m in clause.mentions if m.code in ("RUS", "IRN", "VEN")]
    if re.match(r"(?i)depend|relian|rel(?:y|ies)", trigger.words) and re.search(
        r"(?i)\b(?:cut|reduc|end|wean|phas|eliminat|lower|break)\w*\b", text[max(0, trigger.start - 40) : trigger.start]
    ):
        return []
    talked_of = (clause.topic.action == Action.BUY_ENERGY and clause.topic.is_alive(clause.number, 6)) or (
        clause.topic.is_alive(clause.number, 4) and GoodsGroup.ENERGY in clause.topic.goods
    )
    if not energy and (
        not talked_of or re.search(r"(?i)\b(?:our|American|U\.S\.) (?:\w+ )?(?:energy|oil|gas|LNG)", text)
    ):
        return []
    if energy and min(abs(g.start - trigger.end) for g in energy) > 90:
        return []
    seller = next(
        (
            m
            for m in sellers
            if energy and any(0 <= g.start - m.end <= 14 or (m.start >= g.start and m.end <= g.end) for g in energy)
        ),
        None,
    )
    seller = (
        seller
        or next(
            (m for m in sellers if re.search(r"(?i)\bfrom\s+(?:the\s+)?$", text[max(0, m.start - 12) : m.start])), None
        )
        or (sellers[0] if sellers else None)
    )
    if seller is None:
        if not (clause.topic.knows_target(clause.number, 3) and clause.topic.target in ("RUS", "IRN", "VEN")):
            return []
        target, sure = clause.topic.target, 0.55
    else:
        target, sure = seller.code, 0.9
    buyers = [m for m in clause.mentions if m.code not in (target, "UKR", "USA") and m.code not in FRIENDS]
    actors = actors_of(clause, trigger, buyers) if buyers else []
    goods = tuple(energy)
    if actors:
        return [
            Role("EU" if m.code == "EU" else m.actor, Action.BUY_ENERGY, target, trigger, m, seller, goods, 0.9 * sure)
            for m in actors
        ]
    if re.search(r"(?i)largest democracy", text):
        return [Role("IND", Action.BUY_ENERGY, target, trigger, None, seller, goods, 0.6 * sure)]
    codes, likely = pronoun_actors(clause, trigger, target)
    if codes:
        return [Role(code, Action.BUY_ENERGY, target, trigger, None, seller, goods, likely * sure) for code in codes]
    return []
