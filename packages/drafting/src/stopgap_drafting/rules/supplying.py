"""Supply, backfill and components: who gives what to whom."""

from __future__ import annotations

import re
from dataclasses import replace

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import ECONOMIC, Clause, Role
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.lexicon.word_lists import word_list
from stopgap_drafting.rules.argument_linking import (
    actors_of,
    goods_with,
    listed_with,
    pronoun_actors,
    recipient_of,
    suppliers_in,
    target_of,
)
from stopgap_drafting.rules.relation_features import GIVING, STOPPED

_GOODWILL = pattern(word_list("goodwill"))


_MESSAGE = pattern(
    r"\w+ (?:a |an |the |that |this |his |her |their |our |any |very |strong |clear |direct )*(?:messages?|signals?|remarks|speech|letters?|readouts?|delegations?|envoys?|teams?|condolences|address|statements?|warnings?|opportunit\w+|updates?|briefings?|answers?|list of|resolutions?|right|sovereignty|principles?|efforts?)\b"
)


ACTING = pattern(
    r"[^.;]{0,40}\b(?:that|who|which|from|in|to)\b|[\w ]{0,30}\b(?:provid|suppl|help|support|assist|sell|send|ship)"
)


def find_supply(clause: Clause, trigger: Trigger, action: Action) -> list[Role]:
    """Who is said to supply a target, or to have stopped; empty where the words concern another matter."""
    text = clause.text
    if re.fullmatch(r"(?i)ships", trigger.words) and re.search(
        r"(?i)\b(?:merchant|cargo|commercial|naval|the|these|those|of|two|on|their|our|other)\s+$",
        text[max(0, trigger.start - 14) : trigger.start],
    ):
        return []
    if _GOODWILL.match(text, trigger.start) or _MESSAGE.match(text, trigger.start):
        return []
    back = _received_from_target(clause, trigger)
    if back is not None:
        return [back]
    if trigger.form == TriggerForm.RECEIVE and not _receives(clause, trigger):
        return []
    recipient = recipient_of(clause, trigger)
    if recipient is not None and recipient.code in FRIENDS | {"YEM", "LBN"} and trigger.kind == Kind.SUPPLY:
        return []
    reverse = _reversed(clause, trigger)
    if reverse is not None:
        actor, others = reverse
        goods = goods_with(clause, [], None, action)
        fuel = tuple(g for g in clause.goods if g.group == GoodsGroup.ENERGY)
        if (
            fuel
            and not any(g.group not in ECONOMIC for g in goods)
            and not SANCTIONED & {other.code for other in others}
        ):
            return [
                Role(other.actor, Action.BUY_ENERGY, actor.code, trigger, other, actor, fuel, 0.6) for other in others
            ]
        return [Role(actor.actor, action, other.code, trigger, actor, other, goods, 0.6) for other in others]
    target, target_mention, sure = target_of(clause)
    if target is None:
        return []
    candidates = suppliers_in(clause, target)
    actors = actors_of(clause, trigger, candidates)
    roles: list[Role] = []
    if actors:
        for mention in actors:
            goods = goods_with(clause, actors, mention, action)
            if mention.code in ("ANY", "THIRD") and not (
                target_mention is not None
                and (mention.words.endswith((" who", " that")) or ACTING.match(text, mention.end))
            ):
                continue
            roles.append(
                supply_role(
                    clause, Role(mention.actor, action, target, trigger, mention, target_mention, goods, 0.9 * sure)
                )
            )
    else:
        codes, likely = pronoun_actors(clause, trigger, target)
        goods = goods_with(clause, [], None, action)
        roles += [
            supply_role(clause, Role(code, action, target, trigger, None, target_mention, goods, likely * sure))
            for code in codes
        ]
    return roles


def _receives(clause: Clause, trigger: Trigger) -> bool:
    """Whether a verb of receiving names from whom: ``from``, ``to`` or ``of`` before a possible supplier, or a request to it."""
    for mention in clause.mentions:
        if mention.code in COALITION | FRIENDS or mention.code == "RUS":
            continue
        lead = clause.text[trigger.start : mention.start]
        if (
            mention.start >= trigger.end - 12
            and len(lead) < 130
            and re.search(
                r"(?i)\b(?:from|to|of|in|on|specifically|asked|ask|asking|for)\s+(?:the\s+)?(?:\w+\s+){0,2}$", lead
            )
        ):
            return True
    return bool(re.match(r"(?i)request|ask|sought|seek", trigger.words)) and any(
        m.code == "RUS" and 0 <= trigger.start - m.end < 12 for m in clause.mentions
    )


def supply_role(clause: Clause, role: Role) -> Role:
    """The role of one actor: a stop where the words after the trigger say so, components where the goods do."""
    action, trigger, goods = role.action, role.trigger, role.goods
    confidence = role.confidence
    if (
        action == Action.SUPPLY
        and re.match(r"(?i)exports?|shipments?|sales?|deliver|flow|suppl(?:y|ies)$", trigger.words)
        and (
            STOPPED.search(clause.text[trigger.end : trigger.end + 110])
            or re.search(
                r"(?i)\b(?:drop|fall|decline|decrease|reduction) in (?:\w+ )?$",
                clause.text[max(0, trigger.start - 34) : trigger.start],
            )
        )
    ):
        action = Action.STOP
    if (
        action == Action.SUPPLY
        and next((g.group for g in goods if g.group not in ECONOMIC), None) == GoodsGroup.COMPONENTS
    ):
        action = Action.FILL_COMPONENTS
    if action == Action.SUPPLY and trigger.is_weak:
        confidence *= 0.85
    return replace(role, action=action, confidence=confidence)


_IN_RETURN = pattern(
    r"\bin (?:return|exchange)\b|\b(?:going|goes|flowing|the) other (?:way|direction)\b|\bother half of (?:the|that) (?:bargain|deal)\b|\bpay\w* (?:him|it|them|Kim|Pyongyang|Iran|Tehran) back\b|\bwhat (?:\w+ ){1,3}(?:gets?|wants?) out of\b|\bquid pro quo\b"
)


def _taker_in_return(clause: Clause) -> EconomyMention | None:
    """The one under sanctions that is given something back."""
    named = [m for m in clause.mentions if m.code in ("PRK", "IRN", "BLR")]
    if named:
        return named[0]
    known = [code for code in clause.topic.claim_actors if code in ("PRK", "IRN", "BLR")]
    return (
        EconomyMention(known[0], 0, 0, False, False, "") if known and clause.topic.is_alive(clause.number, 4) else None
    )


def _reversed(clause: Clause, trigger: Trigger) -> tuple[EconomyMention, list[EconomyMention]] | None:
    """Russia as the one that gives to another under sanctions (or to whom the words say)."""
    if _IN_RETURN.search(clause.text) and not any(
        m.code == "RUS"
        and m.start > trigger.end
        and not re.search(r"(?i)\b(?:from|of)\s+$", clause.text[max(0, m.start - 6) : m.start])
        for m in clause.mentions
    ):
        taker = _taker_in_return(clause)
        if taker is not None:
            return EconomyMention("RUS", trigger.start, trigger.start, False, False, ""), [taker]
    if trigger.form == TriggerForm.RECEIVE:
        return None
    givers = [m for m in clause.mentions if m.code == "RUS" and m.end <= trigger.end + 2]
    takers = [
        m for m in clause.mentions if m.code in (SANCTIONED - {"RUS"}) | {"CHN", "IND"} and m.start >= trigger.end
    ]
    if (
        givers
        and not takers
        and GIVING.match(trigger.words)
        and re.search(
            r"(?i)^\s*(?:them|it|him|back)\b|\bin (?:return|exchange)\b", clause.text[trigger.end : trigger.end + 60]
        )
        and clause.topic.knows_actors(clause.number, 3)
    ):
        known = [code for code in clause.topic.actors if code in SANCTIONED - {"RUS"}]
        if known and trigger.start - givers[-1].end < 25:
            return givers[-1], [EconomyMention(known[0], trigger.end, trigger.end, False, False, "")]
    if not givers or not takers:
        return None
    giver = givers[-1]
    if any(m.code not in COALITION | FRIENDS | {"RUS"} and m.end <= giver.start for m in clause.mentions):
        return None
    if any(
        m.code not in ("RUS", "UKR", "USA", "NATO", "EU", "G7") and giver.end <= m.start and m.end <= trigger.start
        for m in clause.mentions
    ):
        return None
    lead = clause.text[trigger.end : takers[0].start]
    if not re.search(r"(?i)\b(?:to|for|with|that|what)\s+(?:the\s+)?$", lead) and lead.strip():
        return None
    if giver.possessive and trigger.form == TriggerForm.VERB and trigger.start - giver.end > 14:
        return None
    return giver, listed_with(clause, takers[0], takers)


_GETS_TO = pattern(r"\b(?:to|for) (?:the )?(?:Russia|Moscow|Kremlin)", 0)
_RUSSIAN_MAKE = pattern(r"\bS-?[345]00|\bSu-?\d\d|\bRussian\b")


def _received_from_target(clause: Clause, trigger: Trigger) -> Role | None:
    """One under sanctions that gets goods from Russia, where a verb of receiving says so."""
    if trigger.form not in (TriggerForm.RECEIVE, TriggerForm.NOUN):
        return None
    giver = next(
        (
            m
            for m in clause.mentions
            if m.code == "RUS"
            and m.start >= trigger.end
            and re.search(r"(?i)\bfrom\s+(?:the\s+)?$", clause.text[max(0, m.start - 12) : m.start])
        ),
        None,
    )
    taker = next(
        (m for m in clause.mentions if m.code in ("IRN", "PRK", "BLR", "TUR", "IND", "CHN") and m.end <= trigger.start),
        None,
    )
    goods = goods_with(clause, [], None, Action.SUPPLY)
    if taker is None or not any(g.group not in ECONOMIC for g in goods):
        return None
    if trigger.form == TriggerForm.NOUN and (
        giver is None
        or taker.code not in SANCTIONED
        or giver.start - trigger.end > 60
        or _GETS_TO.search(clause.text[trigger.start :])
    ):
        return None
    if giver is None and not any(_RUSSIAN_MAKE.search(g.phrase) for g in goods):
        return None
    return Role("RUS", Action.SUPPLY, taker.code, trigger, giver, taker, goods, 0.6)
