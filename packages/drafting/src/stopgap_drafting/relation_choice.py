"""Choose the relations to draft: several where rules tell them apart, else the one that the models score highest."""

from __future__ import annotations

from dataclasses import replace

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role, economy_of
from stopgap_drafting.decode import SURE, Considered, RelationChoice, choose
from stopgap_drafting.models import ensemble
from stopgap_drafting.relation_proposals import ClauseMaker
from stopgap_drafting.rules.anaphora import Proposal
from stopgap_drafting.rules.argument_linking import goods_with, listed_with, suppliers_in
from stopgap_drafting.rules.fallback_relations import any_trigger
from stopgap_drafting.rules.roles import is_plain

_TOLD_APART = frozenset({Action.BACKFILL, Action.CONSEQUENCE})
"""Actions of which rules tell well that they are there beside another."""


def choose_relations(
    clauses: ClauseMaker, number: int, read: AnnotatedSentence, proposals: list[Proposal], considered: Considered
) -> list[Proposal]:
    """The relations of a sentence with a claim: several as rules part them, else the likeliest one."""
    actors = [role for role, *_ in proposals]
    actions = {role.action for role in actors}
    several = len({stance for _, stance, *_ in proposals}) > 1 or (len(actions) > 1 and actions & _TOLD_APART)
    takes_up = considered.told is None and any(role.takes_up for role in actors)
    if several or takes_up:
        return proposals
    choice = choose(considered)
    if choice.target == "RUS" and any(
        is_plain(role) and (role.actor, role.target) == ("RUS", choice.actor) for role in actors
    ):  # rules take Russia for who gives only where the words say it
        choice = replace(choice, actor="RUS", target=choice.actor)
    least = ensemble.least_action(considered.told)
    if actors and choice.action_sure < least and all(is_plain(role) for role in actors):
        choice = replace(choice, action=actors[0].action)
    is_urged = {stance for _, stance, *_ in proposals} == {Stance.WARNING}
    if is_urged and choice.stance == Stance.DENIAL and choice.sure < SURE:  # "not to" is no denial
        choice = replace(choice, stance=Stance.WARNING)
    does = {role.action for role in actors if role.actor == choice.actor}
    members = {
        role.actor: role
        for role in reversed(actors)
        if role.action in does and (role.actor_mention is not None or role.actor == choice.actor)
    }
    if len(members) > 1:
        return [
            (
                replace(role, action=choice.action, target=choice.target),
                choice.stance,
                choice.sure,
                0,
                len(read.sentence.text),
            )
            for role in reversed(members.values())
            if economy_of(role.actor) != choice.target
        ]
    return [
        (role, choice.stance, choice.sure, 0, len(read.sentence.text))
        for role in _composed(clauses, number, read, choice, considered)
    ]


def _composed(
    clauses: ClauseMaker, number: int, read: AnnotatedSentence, choice: RelationChoice, considered: Considered
) -> list[Role]:
    """The relation that was chosen, as the nearest of the rules has it; one for each member of a list of actors."""
    clause = clauses.clause(number, read)
    nearest = max(
        (role for role, *_ in considered.proposals),
        key=lambda role: (role.actor == choice.actor, role.action == choice.action, role.chance or 0.0),
        default=None,
    )
    actor = next((m for m in read.mentions if m.actor == choice.actor), None)
    target = next((m for m in read.mentions if m.code == choice.target), None)
    members = (
        listed_with(clause, actor, suppliers_in(clause, choice.target))
        if actor in suppliers_in(clause, choice.target)
        else [actor]
    )
    trigger = nearest.trigger if nearest is not None else any_trigger(clause)
    out = []
    for member in members:
        code = member.actor if member is not None else choice.actor
        if code is None or economy_of(code) == choice.target:
            continue
        is_same = nearest is not None and (nearest.actor, nearest.action) == (code, choice.action)
        goods = nearest.goods if is_same and nearest is not None else goods_with(clause, [], member, choice.action)
        out.append(Role(code, choice.action, choice.target, trigger, member, target, goods, choice.action_sure))
    return out
