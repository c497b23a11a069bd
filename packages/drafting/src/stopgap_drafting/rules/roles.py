"""Find the roles of a clause: actor, action and target, by all rules together."""

from __future__ import annotations

import re
from dataclasses import replace

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Clause, Role, economy_of
from stopgap_drafting.lexicon.economies import COALITION, SANCTIONED
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, TriggerForm
from stopgap_drafting.models.linear_model import LEAST, LEAST_ECHO, SLACK, likelihood
from stopgap_drafting.rules.buying import find_purchases
from stopgap_drafting.rules.consequences import find_consequences
from stopgap_drafting.rules.evading import find_evasion
from stopgap_drafting.rules.fallback_relations import find_open
from stopgap_drafting.rules.relation_features import signals_of
from stopgap_drafting.rules.stopping import find_stops
from stopgap_drafting.rules.supplying import find_supply
from stopgap_drafting.rules.verbless_rules import NORMAL_TRADE, find_beside


def find_roles(clause: Clause) -> tuple[list[Role], list[Role]]:
    """Every claim-like relation of a clause, weighed.

    Returns:
        Those that rules are sure of, best first for each actor, action and target; and the others.
    """
    rejected: list[Role] = []

    def kept(roles: list[Role]) -> list[Role]:
        sure, others = likely(clause, roles)
        rejected.extend(others)
        return sure

    found: list[Role] = []
    if NORMAL_TRADE.search(clause.text):
        found = kept(find_beside(clause))
        if found:
            return found, rejected
    for trigger in clause.triggers:
        if trigger.kind == Kind.BACKFILL:
            found += find_supply(clause, trigger, Action.BACKFILL)
        elif trigger.kind == Kind.ROUTE:
            found += find_evasion(clause, trigger)
        elif trigger.kind in (Kind.CONSEQUENCE, Kind.MEASURE):
            found += find_consequences(clause, trigger)
        elif trigger.kind == Kind.STOP:
            found += find_stops(clause, trigger)
        elif trigger.kind == Kind.BUY:
            found += find_purchases(clause, trigger) or find_supply(
                clause, replace(trigger, form=TriggerForm.RECEIVE), Action.SUPPLY
            )
        else:
            found += find_supply(clause, trigger, Action.SUPPLY)
    found = kept([settled(clause, role) for role in found])
    found = found or kept(find_beside(clause))
    found = found or kept([settled(clause, role) for role in find_open(clause)])
    given_back = [r for r in found if r.actor == "RUS"]
    found = [
        r
        for r in found
        if not any(
            (r.actor, r.target) == (other.target, other.actor) and abs(r.trigger.start - other.trigger.start) < 90
            for other in given_back
        )
    ]
    return _distinct(found), rejected


_OF_THE_COALITION = pattern(
    r"\b(?:American|U\.S\.|US|European|EU|Western|German|Dutch|British|Japanese|Taiwanese|Italian|French|allied|our|foreign|NATO|G7)(?:[- ](?:made|origin|branded?|built))?[\s,-]+(?:\w+[\s,-]+){0,3}$"
)
_BEGS_OFF = pattern(
    r"\b(?:ask\w*|urg\w*|want\w*|call\w*|tell\w*|told|press\w*|until|when|once|if|unless|should|must|need\w*|have to|has to|had to|got to|promis\w*|persuad\w*|get|getting|convinc\w*) (?:[\w’'.]+ ){0,6}?$"
)
_ENOUGH = pattern(r"\b(?:enough|more|anything|much) (?:\w+ )?(?:to|about) (?:[\w’'-]+ ){0,4}$")
_PARTS = pattern(r"(?!spare)(?:[\w.-]+ ){0,3}(?:components?|subcomponents|parts)")
_RATHER_THAN = pattern(r"\b(?:rather than|not|instead of|spare) $")


def settled(clause: Clause, role: Role) -> Role:
    """A relation with its action settled by what goes with it.

    What the coalition made and another sends on is routed through it; named components win over supply; a call or a
    condition to stop buying takes the buying as given.
    """
    action = role.action
    if action == Action.SUPPLY and _is_bought(clause, role):
        if all(g.group == GoodsGroup.ENERGY for g in role.goods):
            return replace(role, action=Action.BUY_ENERGY)
        return replace(
            role,
            actor=role.target,
            target=economy_of(role.actor),
            actor_mention=role.target_mention,
            target_mention=role.actor_mention,
        )
    if action == Action.SUPPLY and role.actor not in SANCTIONED | COALITION:
        lead = clause.text
        if (
            role.actor_mention is not None
            and economy_of(role.actor) not in ("CHN", "ANY", "THIRD")
            and any(_OF_THE_COALITION.search(lead[max(0, g.start - 40) : g.start]) for g in role.goods)
        ):
            return replace(role, action=Action.ROUTE_THROUGH)
    if action == Action.SUPPLY and any(
        _PARTS.fullmatch(g.phrase)
        and not _RATHER_THAN.search(clause.text[max(0, g.start - 16) : g.start])
        and g.group == GoodsGroup.COMPONENTS
        for g in role.goods
    ):
        return replace(role, action=Action.FILL_COMPONENTS)
    if action == Action.STOP and clause.is_asked and _ENOUGH.search(clause.text[: role.trigger.start]):
        return replace(role, action=Action.ROUTE_THROUGH)
    if (
        action == Action.STOP
        and re.match(r"(?i)stop\w* (?:buy|import|purchas|tak)|(?:buy|purchas)", role.trigger.words)
        and economy_of(role.actor) not in ("USA",)
        and _BEGS_OFF.search(clause.text[: role.trigger.start])
    ):
        return replace(role, action=Action.BUY_ENERGY)
    return role


def _is_bought(clause: Clause, role: Role) -> bool:
    """Whether the target is the one from whom the actor before the trigger gets fuel or arms."""
    giver, taker = role.target_mention, role.actor_mention
    return (
        giver is not None
        and taker is not None
        and taker.end <= role.trigger.start
        and taker.code not in ("ANY", "THIRD")
        and not taker.firms
        and giver.start >= role.trigger.end
        and _GETS.match(role.trigger.words) is not None
        and _FROM.search(clause.text[max(0, giver.start - 10) : giver.start]) is not None
        and any(g.group in (GoodsGroup.ENERGY, GoodsGroup.WEAPONS) for g in role.goods)
        and len({g.group for g in role.goods} - {GoodsGroup.UNSPECIFIED}) == 1
    )


_GETS = pattern(r"(?:get|got|buy|bought|purchas|import|tak|took|receiv|acquir|obtain|procur)\w*")
_FROM = pattern(r"\bfrom (?:the )?$")


def likely(clause: Clause, roles: list[Role]) -> tuple[list[Role], list[Role]]:
    """Relations with their likelihood: those whose signals make a claim likely, and the others.

    Where one of an actor's is likely, so are its others that are nearly so: whether there is a claim is settled then,
    and which one it is, the order of actions settles.
    """
    weighed: list[Role] = []
    for role in roles:
        signals = signals_of(clause, role)
        weighed.append(replace(role, chance=likelihood(signals), signals=signals))
    sure = [role for role in weighed if is_sure(role)]
    actors = {economy_of(role.actor) for role in sure}
    pairs = {(role.target, role.actor) for role in sure}
    chosen: list[Role] = []
    others: list[Role] = []
    for role in weighed:
        is_near = (role.chance or 0.0) >= LEAST - SLACK and (
            economy_of(role.actor) in actors or (role.actor, role.target) in pairs
        )
        (chosen if is_sure(role) or is_near else others).append(role)
    return chosen, others


def is_sure(role: Role) -> bool:
    """Whether rules are sure of a relation."""
    return (role.chance or 0.0) >= (LEAST_ECHO if role.takes_up else LEAST)


def is_plain(role: Role) -> bool:
    """Whether rules are sure of a relation between two that are named."""
    return is_sure(role) and role.actor_mention is not None and role.target_mention is not None


def _distinct(found: list[Role]) -> list[Role]:
    """One role for each actor and target: the more telling action, then the surer."""
    order = {
        Action.CONSEQUENCE: 0,
        Action.BACKFILL: 1,
        Action.FILL_COMPONENTS: 2,
        Action.BUY_ENERGY: 3,
        Action.ROUTE_THROUGH: 4,
        Action.STOP: 5,
        Action.SUPPLY: 6,
    }
    best: dict[tuple[str | None, str | None, Action], Role] = {}
    for role in found:
        key = (role.actor, role.target, role.action)
        if key not in best or role.confidence > best[key].confidence:
            best[key] = role
    out: list[Role] = []
    for role in sorted(best.values(), key=lambda r: (order.get(r.action, 9), -r.confidence)):
        same = [
            other for other in out if economy_of(other.actor) == economy_of(role.actor) and other.target == role.target
        ]
        if (
            not same
            or (role.action == Action.FILL_COMPONENTS and all(o.action == Action.BACKFILL for o in same))
            or (
                role.action == Action.SUPPLY
                and all(o.action == Action.STOP for o in same)
                and abs(role.trigger.start - same[0].trigger.start) > 30
            )
        ):
            out.append(role)
    return out
