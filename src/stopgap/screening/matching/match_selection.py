"""Select which matches of a query are shown and which alert, and apply people's decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stopgap.screening.decisions.decision import DecidedAs
from stopgap.screening.decisions.states import DecisionState, StandingDecision, Standings
from stopgap.screening.decisions.subject import NAME_LIMIT
from stopgap.screening.entities import NameKind
from stopgap.screening.matching.language_warning import UnheldLanguage
from stopgap.screening.matching.match_listing import MatchListing
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
        match: The match found; ``alerts`` takes the decisions into account.
        standing: The decision on it; ``None`` if there is none, or decisions are disabled.
        listings: Every listing of the matched entity on the lists asked, that of the match first. Of entries that
            screening takes for one entity, see :mod:`stopgap.screening.index.same_entity`.
    """

    match: Match
    standing: StandingDecision | None = None
    listings: tuple[MatchListing, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that ``screen --format json`` prints."""
        found = {**self.match.as_dict(), "decision": _decision_dict(self.standing)}
        if self.listings:
            first = self.listings[0]
            listings = [{**one.as_dict(), "decision": _decision_dict(one.standing)} for one in self.listings]
            found |= {"list_name": first.list_name, **first.details(), "listings": listings}
        return found


def _decision_dict(standing: StandingDecision | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    decision = standing.decision
    return {
        "id": decision.id,
        "as": decision.decided.value,
        "status": standing.state.value,
        **{name: getattr(decision, name) for name in ("who", "when", "why")},
        "changes": [change.as_dict() for change in standing.changes],
    }


@dataclass(frozen=True, slots=True)
class ScreenAnswer:
    """Matches of one query, best first; empty if nothing is similar.

    Attributes:
        query: The query.
        matches: One match for each entity, on however many lists it is.
        unheld: Set where the name is in a language or script in which the lists asked hold next to no names.
    """

    query: ScreenQuery
    matches: tuple[ScreenedMatch, ...]
    unheld: UnheldLanguage | None = None

    @property
    def alerts(self) -> bool:
        """Whether any match alerts."""
        return any(found.match.alerts for found in self.matches)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What limits this answer: the language of the name, and an alert on another kind than was looked up."""
        said = [self.unheld.says()] if self.unheld else []
        alerting = [found for found in self.matches if found.match.alerts]
        if alerting and all(found.match.is_other_kind for found in alerting):
            kinds = sorted({found.listings[0].kind.value for found in alerting if found.listings})
            said.append(
                f"what alerts is of another kind than what was looked up ({', '.join(kinds) or 'see its kind'}): nothing of "
                "that kind is as near"
            )
        return tuple(said)

    def as_dict(self) -> dict[str, Any]:
        """Return ``query``, ``matches`` and ``warnings``, as ``screen --format json`` prints them."""
        matches = [found.as_dict() for found in self.matches]
        return {"query": self.query.name, "matches": matches, "warnings": list(self.warnings)}


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
    floor, because the right one is often second to fifth; otherwise those that reach the threshold. A match of another
    kind than was looked up alerts only if none of that kind does; it then stands after the others. The ``alerts`` of
    the given matches must be those of a search with the documented threshold.
    """
    # 0 asks for all that was found, not for an alert on each.
    marked = [_marked(match, wanted.threshold) if wanted.threshold else match for match in matches]
    if any(match.alerts and not match.is_other_kind for match in marked):
        marked = _others_last(marked)
    is_near = wanted.floor is not None and marked and marked[0].score >= wanted.floor
    if is_near and not any(match.alerts for match in marked):
        return tuple(marked)
    return tuple(match for match in marked if match.score >= wanted.threshold)


def reaching(matches: Sequence[Match], wanted: ScreenOptions, cutoff: float) -> tuple[Match, ...]:
    """Select the matches of one query whose score is at least a cutoff, as :func:`choose` orders and marks them."""
    marked = [_marked(match, wanted.threshold) for match in matches]
    if any(match.alerts and not match.is_other_kind for match in marked):
        marked = _others_last(marked)
    return tuple(match for match in marked if match.score >= cutoff)


def _others_last(matches: Sequence[Match]) -> list[Match]:
    """Put matches of another kind than was looked up last, without alerts."""
    ordered = sorted(matches, key=lambda match: match.is_other_kind)
    return [
        replace(match, rank=rank, alerts=match.alerts and not match.is_other_kind)
        for rank, match in enumerate(ordered, start=1)
    ]


def _marked(match: Match, threshold: float) -> Match:
    """Set ``alerts`` of a match by the threshold; a weak alias alone never alerts."""
    alerts = match.score >= threshold and (match.alerts or match.matched_kind is not NameKind.WEAK)
    return match if alerts == match.alerts else replace(match, alerts=alerts)


ListingsOf = Callable[[Match], tuple[MatchListing, ...]]
"""Function that returns every listing of the entity of a match, that of the match first."""


def with_decisions(
    query: ScreenQuery,
    matches: Sequence[Match],
    known: Standings | None,
    *,
    listings_of: ListingsOf = lambda match: (),
    unheld: UnheldLanguage | None = None,
) -> ScreenAnswer:
    """Attach to the matches of a query their listings, and the decisions on them.

    A standing decision for the same company sets the alert. One for a different company clears it if it stands for
    every listing of the match; otherwise, and with a reopened or undecided decision, the score determines the alert.
    """
    found = tuple(_decided(query, match, known, listings_of(match)) for match in matches)
    return ScreenAnswer(query, found, unheld)


def _decided(
    query: ScreenQuery, match: Match, known: Standings | None, listings: tuple[MatchListing, ...]
) -> ScreenedMatch:
    if known is None:
        return ScreenedMatch(match, None, listings)
    standing = known.of(query, match)
    others = [replace(match, list=one.list, entity_id=one.entity_id) for one in listings[1:]]
    standings = [standing, *(known.of(query, other) for other in others)]
    if any(each is not None for each in standings[1:]) or (standing is not None and listings):
        listings = tuple(replace(one, standing=each) for one, each in zip(listings, standings, strict=True))
    decided = [
        each.decision.decided if each is not None and each.state is DecisionState.STANDING else None
        for each in standings
    ]
    alerts = match.alerts
    if DecidedAs.TRUE in decided:
        alerts = True
    elif all(each is DecidedAs.FALSE for each in decided):
        alerts = False
    return ScreenedMatch(match if alerts == match.alerts else replace(match, alerts=alerts), standing, listings)
