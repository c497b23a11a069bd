"""Evasion: trade that goes through others."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action
from stopgap_drafting.clause import Clause, Role
from stopgap_drafting.lexicon.economies import COALITION
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Trigger
from stopgap_drafting.rules.argument_linking import (
    actors_of,
    goods_with,
    listed_with,
    pronoun_actors,
    suppliers_in,
    target_of,
)
from stopgap_drafting.rules.relation_features import STOPPED
from stopgap_drafting.rules.supplying import ACTING

_SUCH_AS = pattern(r"\b(?:such as|like|including|among them|for example|namely) (?:the )?$")
_ENDED = pattern(
    r"\b(?:prevent|block|halt|stopp?|curb|bar|end|clos|tighten|crack(?:ed|ing|s)? down on|clamp(?:ed|ing|s)? down on|put an end to|act against|guard against|tackl|combat|against)\w* (?:[\w’'-]+ ){0,4}$"
)


def _is_stopped(clause: Clause, trigger: Trigger) -> bool:
    """Whether evasion is said to have ended, or to be acted against."""
    return STOPPED.search(clause.text) is not None or _ENDED.search(clause.text[: trigger.start]) is not None


def find_evasion(clause: Clause, trigger: Trigger) -> list[Role]:
    """Who is said to route goods to a target through others, or to have stopped that; empty where no target is known."""
    target, target_mention, sure = target_of(clause)
    if target is None:
        target, sure = clause.document_target, 0.5
    if target is None:
        return []
    candidates = suppliers_in(clause, target)
    actors = actors_of(clause, trigger, candidates)
    actors = [
        m
        for m in actors
        if m.code not in ("ANY", "THIRD")
        or not m.firms
        or re.search(r"(?i)network|shell|front|third|fleet|tanker|vessel|intermediar|middlem|insurer", m.words)
        or ACTING.match(clause.text, m.end)
    ]
    through = [
        m
        for m in clause.mentions
        if m.code not in ("RUS", "UKR", "USA")
        and re.search(
            r"(?i)\b(?:through|via|in|into|from|by way of)\s+(?:the\s+|places like\s+|countries like\s+|countries such as\s+)?$",
            clause.text[max(0, m.start - 30) : m.start],
        )
    ]
    if through and not any(m.possessive or m.firms for m in actors):
        actors = listed_with(clause, through[0], [m for m in clause.mentions if m.code not in ("RUS", "UKR", "USA")])
    if actors and all(m.code in ("ANY", "THIRD") for m in actors):
        named = [m for m in clause.mentions if m.code not in ("ANY", "THIRD", "RUS", "UKR", "USA")]
        example = next((m for m in named if _SUCH_AS.search(clause.text[max(0, m.start - 24) : m.start])), None)
        actors = listed_with(clause, example, named) if example is not None else actors
    if actors:
        is_stopped = _is_stopped(clause, trigger) and not any(m.code in COALITION for m in actors)
        action, likely = (Action.STOP, 0.8) if is_stopped else (Action.ROUTE_THROUGH, 0.85)
        return [
            Role(
                m.actor,
                action,
                target,
                trigger,
                m,
                target_mention,
                goods_with(clause, actors, m, action),
                likely * sure,
            )
            for m in actors
        ]
    codes, likely = pronoun_actors(clause, trigger, target)
    goods = goods_with(clause, [], None, Action.ROUTE_THROUGH)
    if codes and target_mention is not None:
        action = Action.STOP if _is_stopped(clause, trigger) else Action.ROUTE_THROUGH
        return [Role(code, action, target, trigger, None, target_mention, goods, likely * sure) for code in codes]
    if re.search(
        r"(?i)third|intermediar|middlem|shell compan|front compan|procurement network|evasion network|networks|shadow fleet|tankers",
        clause.text,
    ) and (target_mention is not None or clause.document_target):
        code = (
            "companies:ANY"
            if re.search(r"(?i)shell|front compan|network|fleet|tanker|middlem|intermediar", clause.text)
            else "THIRD"
        )
        return [Role(code, Action.ROUTE_THROUGH, target, trigger, None, target_mention, goods, 0.5 * sure)]
    return []
