"""Select which matches of a query are shown and which alert, and apply people's decisions."""

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
"""Minimum probability of the best match for matches to be shown although none alerts."""


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """Search options of a screening, other than the names.

    Attributes:
        threshold: Probability from which a match alerts.
        limit: Maximum number of matches per query.
        floor: If no match alerts, all are shown if the best has at least this probability; ``None``: only matches that
            reach the threshold are shown.
        explain: Whether matches include their features.
        lists: Names of the lists to search; all if ``None``.
    """

    threshold: float
    limit: int = MATCHES
    floor: float | None = None
    explain: bool = False
    lists: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ScreenedMatch:
    """A match, with a person's decision on it.

    Attributes:
        match: The match found; ``alerts`` takes the decision into account.
        standing: The decision on it; ``None`` if there is none, or decisions are disabled.
    """

    match: Match
    standing: StandingDecision | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that ``screen --format json`` prints."""
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
    """Matches of one query, best first; empty if nothing is similar."""

    query: ScreenQuery
    matches: tuple[ScreenedMatch, ...]

    @property
    def alerts(self) -> bool:
        """Whether any match alerts."""
        return any(found.match.alerts for found in self.matches)

    def as_dict(self) -> dict[str, Any]:
        """Return ``query`` and ``matches``, as ``screen --format json`` prints them."""
        return {"query": self.query.name, "matches": [found.as_dict() for found in self.matches]}


def name_fault(name: str) -> str | None:
    """Return the reason why a name cannot be looked up, as text; ``None`` if it can."""
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
    """Select the matches of one query to show, best first, by the requested threshold.

    If a match alerts, those that reach the threshold are shown. If none does, all are shown if the best reaches the
    floor, because the right one is often second to fifth; otherwise those that reach the threshold. The ``alerts`` of
    the given matches must be those of a search with the documented threshold.
    """
    # 0 asks for all that was found, not for an alert on each.
    marked = [_marked(match, wanted.threshold) if wanted.threshold else match for match in matches]
    is_near = wanted.floor is not None and marked and marked[0].score >= wanted.floor
    if is_near and not any(match.alerts for match in marked):
        return tuple(marked)
    return tuple(match for match in marked if match.score >= wanted.threshold)


def _marked(match: Match, threshold: float) -> Match:
    """Set ``alerts`` of a match by the threshold; a weak alias alone never alerts."""
    alerts = match.score >= threshold and (match.alerts or match.matched_kind is not NameKind.WEAK)
    return match if alerts == match.alerts else replace(match, alerts=alerts)


def with_decisions(query: ScreenQuery, matches: Sequence[Match], known: Standings | None) -> ScreenAnswer:
    """Attach to the matches of a query the decisions on them.

    A standing decision for a different company clears the alert, one for the same company sets it; with a reopened or
    undecided decision, the score determines the alert.
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
    """Return a decision as short text, such as ``false, standing``; ``None`` without one."""
    if standing is None:
        return None
    changes = "; ".join(change.says for change in standing.changes)
    return f"{standing.decision.decided.value}, {standing.state.value}{f': {changes}' if changes else ''}"
