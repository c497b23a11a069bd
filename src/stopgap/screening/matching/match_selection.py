"""Select the matches of a query that are shown and that alert, with decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from stopgap.screening.decisions.decision import DecidedAs
from stopgap.screening.decisions.states import DecisionState, StandingDecision, Standings
from stopgap.screening.decisions.subject import NAME_LIMIT
from stopgap.screening.entities import NameKind
from stopgap.screening.matching.request import MATCHES
from stopgap.screening.matching.results import Match, ScreenQuery

FLOOR = 0.1
"""Probability of the best match from which the nearest are shown though none alerts."""


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """What is asked of the lists beside the names.

    Attributes:
        threshold: Probability from which a match alerts.
        limit: Matches of a query, at most.
        floor: Where none alerts, all are shown if the best is at least this probable; ``None``: only those that reach
            the threshold are ever shown.
        explain: Whether each match brings its features.
        lists: Names of the lists to search; all where ``None``.
    """

    threshold: float
    limit: int = MATCHES
    floor: float | None = None
    explain: bool = False
    lists: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ScreenedMatch:
    """A match, with what a person made of it.

    Attributes:
        match: As the lists answer; ``alerts`` after the decision.
        standing: The decision on it; ``None`` where nobody decided, or decisions are left out.
    """

    match: Match
    standing: StandingDecision | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``screen --format json`` prints."""
        decided = None
        if self.standing is not None:
            decision = self.standing.decision
            decided = {
                "id": decision.id,
                "as": decision.decided.value,
                "status": self.standing.state.value,
                **{name: getattr(decision, name) for name in ("who", "when", "why")},
                "changes": [change.as_dict() for change in self.standing.changes],
            }
        return {**self.match.as_dict(), "decision": decided}


@dataclass(frozen=True, slots=True)
class ScreenAnswer:
    """What the lists say to one query: the best match first; none where nothing is near."""

    query: ScreenQuery
    matches: tuple[ScreenedMatch, ...]

    @property
    def alerts(self) -> bool:
        """Whether any match alerts."""
        return any(found.match.alerts for found in self.matches)

    def as_dict(self) -> dict[str, Any]:
        """``query`` and ``matches``, as ``screen --format json`` prints them."""
        return {"query": self.query.name, "matches": [found.as_dict() for found in self.matches]}


def name_fault(name: str) -> str | None:
    """Why a name cannot be looked up, in words; ``None`` where it can."""
    if not name.strip():
        return "the name is empty"
    if len(name) > NAME_LIMIT:
        return f"the name has {len(name):,} characters; {NAME_LIMIT:,} is the most that is read"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "the name is no Unicode text"
    if not any(letter.isalnum() for letter in name):
        return "the name holds no letter or digit"
    return None


def choose(matches: Sequence[Match], wanted: ScreenOptions) -> tuple[Match, ...]:
    """The matches to show of one query, the best first, with the threshold that is asked for.

    Where one alerts, those that reach the threshold. Where none does, all of them if the best reaches the floor: the
    right one is often second to fifth. Else none. ``alerts`` comes as a search with the documented threshold has it.
    """
    # 0 asks for all that was found, not for an alert on each.
    marked = [_marked(match, wanted.threshold) if wanted.threshold else match for match in matches]
    is_near = wanted.floor is not None and marked and marked[0].score >= wanted.floor
    if is_near and not any(match.alerts for match in marked):
        return tuple(marked)
    return tuple(match for match in marked if match.score >= wanted.threshold)


def _marked(match: Match, threshold: float) -> Match:
    """A weak alias does not alert alone, whatever the threshold."""
    alerts = match.score >= threshold and (match.alerts or match.matched_kind is not NameKind.WEAK)
    return match if alerts == match.alerts else replace(match, alerts=alerts)


def with_decisions(query: ScreenQuery, matches: Sequence[Match], known: Standings | None) -> ScreenAnswer:
    """The matches of a query with what was decided on each.

    A standing decision that it is another company ends an alert, one that it is the same makes one; a decision that was
    opened again, or left undecided, leaves it to the score.
    """
    if known is None or not matches:
        return ScreenAnswer(query, tuple(map(ScreenedMatch, matches)))
    return ScreenAnswer(query, tuple(_decided(match, known.of(query, match)) for match in matches))


def _decided(match: Match, standing: StandingDecision | None) -> ScreenedMatch:
    if standing is None or standing.state is not DecisionState.STANDING:
        return ScreenedMatch(match, standing)
    alerts = standing.decision.decided is DecidedAs.TRUE
    return ScreenedMatch(match if alerts == match.alerts else replace(match, alerts=alerts), standing)


def decision_words(standing: StandingDecision | None) -> str | None:
    """The decision in a few words: ``false, standing``; ``None`` without one."""
    if standing is None:
        return None
    changes = "; ".join(change.says for change in standing.changes)
    return f"{standing.decision.decided.value}, {standing.state.value}{f': {changes}' if changes else ''}"
