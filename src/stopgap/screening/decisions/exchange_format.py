"""Merge another log of decisions: what is new, and what conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.base.chained_log import chained
from stopgap.screening.decisions.decision import DecisionBook, Event, MatchDecision, decisions_from


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pair on which both logs hold a decision, and not the same.

    Attributes:
        own: The one in force before.
        theirs: The one in force in the other log.
        in_force: The one in force after.
    """

    own: MatchDecision
    theirs: MatchDecision
    in_force: MatchDecision

    def as_dict(self) -> dict[str, Any]:
        """The fields that the command line prints."""
        return {
            "id": self.own.id,
            "query": self.own.subject.name,
            "list": self.own.list,
            "entity_id": self.own.entity_id,
            "own": _short(self.own),
            "theirs": _short(self.theirs),
            "in_force": "own" if self.in_force.identity == self.own.identity else "theirs",
        }


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What a replay does.

    Attributes:
        events: What is to be appended.
        read: Decisions of the other log.
        known: Those of them that are here already.
        conflicts: Pairs on which the logs differ, by name.
        is_continued: Whether the other log goes on where one's own ends: then its lines are taken as they are.
    """

    events: tuple[Event, ...]
    read: int
    known: int
    conflicts: tuple[Conflict, ...]
    is_continued: bool


def replay_plan(own: Sequence[Event], theirs: Sequence[Event], *, who: str, when: str) -> ReplayPlan:
    """What of another log is new, and what conflicts with one's own.

    Decisions keep who, when and why. Where the other log goes on from the end of one's own, or one's own is empty, its
    events are taken as they are, and both logs have the same head after. Elsewhere each carries where it comes from
    (``origin``), who took it up and when. Two lakes that replay each other's logs come to the same answers.

    Args:
        own: Events of one's own log.
        theirs: Events of the other, whose chain was checked.
        who: Who replays it.
        when: UTC.

    Raises:
        InputError: An event of the other log is no decision.
    """
    here = list(decisions_from(own))
    there = list(decisions_from(theirs))
    known = {decision.identity for decision in here}
    is_continued = _goes_on(own, theirs)
    fresh: list[tuple[MatchDecision, Event]] = []
    for decision, event in zip(there, theirs, strict=True):
        if decision.identity not in known:
            known.add(decision.identity)
            fresh.append((decision, event))
    if is_continued:
        events = tuple(theirs[len(own) :])
    else:
        taken = {"taken_by": who, "taken_on": when}
        events = tuple({**event, "origin": decision.identity, **taken} for decision, event in fresh)
    return ReplayPlan(
        events=events,
        read=len(there),
        known=len(there) - len(fresh),
        conflicts=_conflicts(here, [decision for decision, _ in fresh], there),
        is_continued=is_continued,
    )


def _goes_on(own: Sequence[Event], theirs: Sequence[Event]) -> bool:
    """Whether the other log goes on from the end of one's own, in lines that this programme writes the same."""
    if [event["hash"] for event in own] != [event["hash"] for event in theirs[: len(own)]]:
        return False
    return all(chained(event, event["previous"])[1] == event["hash"] for event in theirs[len(own) :])


def _conflicts(
    here: Sequence[MatchDecision], fresh: Sequence[MatchDecision], there: Sequence[MatchDecision]
) -> tuple[Conflict, ...]:
    """Pairs that the other log says something new and different of."""
    own, theirs, after = DecisionBook(here), DecisionBook(there), DecisionBook([*here, *fresh])
    found = []
    for key in dict.fromkeys(decision.key for decision in fresh):
        mine, other, now = own.in_force(key), theirs.in_force(key), after.in_force(key)
        if mine and other and now and mine.decided is not other.decided:
            found.append(Conflict(mine, other, now))
    return tuple(sorted(found, key=lambda each: (each.own.subject.name, each.own.list, each.own.entity_id)))


def _short(decision: MatchDecision) -> dict[str, str]:
    return {"as": decision.decided.value, "who": decision.who, "when": decision.when, "why": decision.why}
