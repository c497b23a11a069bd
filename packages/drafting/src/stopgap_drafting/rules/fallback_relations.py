"""Fallback relation of a clause whose parts no rule links: from what it names, else from the discourse state."""

from __future__ import annotations

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import ECONOMIC, Clause, Role
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.rules.argument_linking import goods_with, is_incidental, listed_with, suppliers_in

_ACTIONS = {
    Kind.BACKFILL: Action.BACKFILL,
    Kind.ROUTE: Action.ROUTE_THROUGH,
    Kind.CONSEQUENCE: Action.CONSEQUENCE,
    Kind.MEASURE: Action.CONSEQUENCE,
    Kind.STOP: Action.STOP,
    Kind.SUPPLY: Action.SUPPLY,
}


_SELLERS = frozenset({"RUS", "IRN", "VEN"})


def find_open(clause: Clause) -> list[Role]:
    """Relations put together from what is named and what was spoken of before; each is unsure."""
    trigger = _trigger(clause)
    if trigger is None or _is_of_friends(clause):
        return []
    action = _action(clause, trigger)
    target, target_mention = _target(clause)
    if action is None or target is None or (action == Action.CONSEQUENCE and _of_target(clause, trigger)):
        return []
    if action == Action.BUY_ENERGY and target not in _SELLERS:
        target, target_mention = (clause.topic.target, None) if clause.topic.target in _SELLERS else ("RUS", None)
    goods = goods_with(clause, [], None, action)
    if (
        action == Action.SUPPLY
        and next((g.group for g in goods if g.group not in ECONOMIC), None) == GoodsGroup.COMPONENTS
    ):
        action = Action.FILL_COMPONENTS
    return [
        Role(actor, action, target, trigger, mention, target_mention, goods, 0.4, is_open=True)
        for actor, mention in _actors(clause, action, target)
    ]


def _is_of_friends(clause: Clause) -> bool:
    """Whether one that is given arms itself is the subject, and nobody else who could supply is named."""
    others = {m.code for m in clause.mentions} - COALITION - FRIENDS - {"RUS", "ANY", "THIRD"}
    return bool(clause.mentions) and clause.mentions[0].code in FRIENDS and not others


def _of_target(clause: Clause, trigger: Trigger) -> bool:
    """Whether what is imposed is imposed on the target itself."""
    after = clause.text[trigger.start : trigger.end + 40]
    return _ON_TARGET.search(after) is not None


_ON_TARGET = pattern(
    r"\b(?:on|against|for|target\w*|punish\w*|hold) (?:the )?(?:Russia|Putin|Moscow|Kremlin|Russian|Iran)", 0
)


def any_trigger(clause: Clause) -> Trigger:
    """The trigger of a clause that says most, or the whole clause."""
    return _trigger(clause) or Trigger(Kind.SUPPLY, TriggerForm.TOPIC, 0, len(clause.text), clause.text.strip(), True)


def _trigger(clause: Clause) -> Trigger | None:
    order = (Kind.BACKFILL, Kind.ROUTE, Kind.CONSEQUENCE, Kind.MEASURE, Kind.STOP, Kind.SUPPLY, Kind.BUY)
    told = [t for t in clause.triggers if not (t.kind == Kind.STOP and t.is_weak)]
    ranked = sorted(told, key=lambda t: (t.is_weak, t.form == TriggerForm.TOPIC, order.index(t.kind)))
    if ranked:
        return ranked[0]
    named = [g for g in clause.goods if g.phrase.lower() != "price cap"]
    goods = [g for g in named if g.group not in ECONOMIC] or named
    if goods:
        return Trigger(Kind.SUPPLY, TriggerForm.TOPIC, goods[0].start, goods[0].end, goods[0].phrase, True)
    return None


def _action(clause: Clause, trigger: Trigger) -> Action | None:
    energy = any(g.group == GoodsGroup.ENERGY for g in clause.goods)
    if trigger.kind == Kind.BUY or (energy and trigger.kind == Kind.SUPPLY):
        if energy or clause.topic.action == Action.BUY_ENERGY:
            return Action.BUY_ENERGY
        return Action.SUPPLY
    if (
        trigger.form == TriggerForm.TOPIC
        and clause.topic.is_alive(clause.number, 3)
        and clause.topic.action
        and not (clause.topic.action == Action.BUY_ENERGY and clause.goods and not energy)
        and not (
            clause.topic.action in (Action.CONSEQUENCE, Action.STOP, Action.OTHER)
            and any(g.group not in ECONOMIC for g in clause.goods)
        )
    ):
        return clause.topic.action
    return _ACTIONS.get(trigger.kind)


def _target(clause: Clause) -> tuple[str | None, EconomyMention | None]:
    named = [m for m in clause.mentions if m.code in SANCTIONED]
    chosen = next((m for m in named if m.code == "RUS"), None)
    if chosen is None and named and any(m.code not in SANCTIONED for m in clause.mentions):
        chosen = named[0]
    if chosen is not None:
        return chosen.code, chosen
    topic = clause.topic
    if topic.is_alive(clause.number, 5):
        return topic.claim_target, None
    if topic.knows_target(clause.number, 12):
        return topic.target, None
    return clause.document_target, None


def _actors(clause: Clause, action: Action, target: str) -> list[tuple[str | None, EconomyMention | None]]:
    if action == Action.STOP:
        own = [m for m in clause.mentions if m.code in COALITION or m.code not in SANCTIONED | FRIENDS]
        return [(own[0].actor, own[0])] if own else [("USA", None)]
    candidates = [m for m in suppliers_in(clause, target) if not is_incidental(clause, m)]
    general = [m for m in candidates if m.code in ("ANY", "THIRD")]
    named = [m for m in candidates if m not in general]
    if named:
        return [(m.actor, m) for m in listed_with(clause, named[0], named)]
    if action == Action.CONSEQUENCE and general:
        return [(general[0].actor, general[0])]
    topic = clause.topic
    spoken = (
        topic.claim_actors
        if topic.is_alive(clause.number, 5)
        else topic.actors
        if topic.knows_actors(clause.number, 8)
        else ()
    )
    spoken = tuple(code for code in spoken if code.removeprefix("companies:") != target)
    if action == Action.BUY_ENERGY and not (topic.action == Action.BUY_ENERGY or GoodsGroup.ENERGY in topic.goods):
        spoken = ()
    if spoken:
        return [(code, None) for code in spoken[:2]]
    return [(general[0].actor, general[0])] if general else []
