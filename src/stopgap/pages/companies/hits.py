"""Hits of a name: who is listed where since when, what speaks for and against, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.pages.deciding import DecisionBlock, DecisionChoice, history_table, moment_words
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import Cell, TableColumn, TableView
from stopgap.screening.matching.highlight import NamePart, name_parts

if TYPE_CHECKING:
    from stopgap.screening.decisions.states import StandingDecision
    from stopgap.screening.matching.match_listing import MatchListing
    from stopgap.screening.matching.match_selection import ScreenedMatch
    from stopgap.screening.matching.results import FeatureScore, ScreenQuery

DECIDE = "/companies/decisions"

CHOICES = (
    DecisionChoice("true", "Confirm", "c", "the same company"),
    DecisionChoice("false", "Dismiss", "d", "another company"),
    DecisionChoice("undecided", "Watch", "w", "cannot be told yet; it stays open"),
)

DECIDED = {"true": "the same company", "false": "another company", "undecided": "cannot be told yet"}
"""What a decision on a match says, by its value."""

_STATES = {
    "standing": "",
    "undecided": "",
    "reopened": "; reopened, because the list changed what it says of the entry",
    "unknown": "; the list is not in this lake",
}


@dataclass(frozen=True)
class ListedOn:
    """One listing of a matched entity, as text.

    Attributes:
        title: Name of the list for people.
        page: Path of the page of the entry.
        query: Options of that page.
        facts: Terms and values.
    """

    title: str
    page: str
    query: Mapping[str, QueryValue]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Hit:
    """One match, as a page shows it.

    Attributes:
        key: Name on the page.
        parts: The listed name that matched, with the parts that the query has too.
        own_name: Name of the entry, where another one matched; else empty.
        score: Probability that both are the same, as text.
        alerts: Whether it alerts.
        said: Where it is listed since when, in a sentence.
        listings: Each listing of the entity.
        features: What speaks for and against.
        decision: What was decided, and the form for it.
    """

    key: str
    parts: tuple[NamePart, ...]
    own_name: str
    score: str
    alerts: bool
    said: str
    listings: tuple[ListedOn, ...]
    features: TableView
    decision: DecisionBlock


def hit_of(query: ScreenQuery, found: ScreenedMatch, names: Mapping[str, str], model: str) -> Hit:
    """Return a match as a page shows it."""
    match = found.match
    key = f"hit-{match.rank}"
    return Hit(
        key=key,
        parts=name_parts(query.name, match.matched_name),
        own_name=match.name if match.name != match.matched_name else "",
        score=probability(match.score),
        alerts=match.alerts,
        said=listed_where(found.listings),
        listings=tuple(_listing(each, names) for each in found.listings),
        features=_features(key, match.features),
        decision=decision_block(key, query, found, model),
    )


def probability(score: float) -> str:
    """Return a probability as text that never says 0 or 1."""
    if score > 0.99:
        return "over 0.99"
    return "under 0.01" if score < 0.01 else f"{score:.2f}"


def listed_where(listings: Sequence[MatchListing]) -> str:
    """Return where an entity is listed since when, in one sentence without its subject."""
    said = [_since(each) for each in listings]
    if not said:
        return "on a list that is not open"
    rest = len(said) - 2
    shown = said[:2] + ([f"{rest} more {'listing' if rest == 1 else 'listings'}"] if rest > 0 else [])
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _since(listing: MatchListing) -> str:
    since = f"since {listing.listed_on}" if listing.listed_on else "since when, the list does not state"
    edition = f"edition of {listing.list_date}" if listing.list_date else "edition of an unknown day"
    return (
        f"on {listing.list_name} {since} ({edition})"
        if listing.listed_on
        else f"on {listing.list_name} ({edition}; {since})"
    )


def _listing(listing: MatchListing, names: Mapping[str, str]) -> ListedOn:
    facts = (
        ("Listed since", listing.listed_on or "not stated by the list"),
        ("Edition of the list", listing.list_date or "day not known"),
        ("Name on the list", listing.name),
        ("Kind", listing.kind.value + ("" if listing.kind_basis else " (nothing tells it)")),
        ("Programme", listing.programme),
        ("Economies", ", ".join(f"{names.get(each, each)} ({each})" for each in listing.economies)),
        ("Numbers", listing.numbers),
        ("Addresses", "; ".join(listing.addresses)),
        ("Reason", listing.reason or ""),
        ("Decision on this listing", listing.decision or ""),
        ("Receipt", listing.receipt or ""),
    )
    page = path_of("companies", listing.entity_id)
    return ListedOn(
        listing.list_name, page, {"list": listing.list}, tuple((term, said) for term, said in facts if said)
    )


def _features(key: str, features: Sequence[FeatureScore]) -> TableView:
    rows = tuple(
        (
            Cell(each.feature[:1].upper() + each.feature[1:]),
            Cell(each.says),
            Cell(f"{each.weight:+.2f}"),
            Cell("for" if each.weight > 0 else "against"),
        )
        for each in features
    )
    return TableView(
        f"features-{key}",
        "What speaks for and against, the weightiest first; weights are log odds and add up to the score, with a constant",
        (TableColumn("Evidence"), TableColumn("What it says"), TableColumn("Weight", "number"), TableColumn("Speaks")),
        rows,
        empty="No feature moved the score by much.",
    )


def decision_block(key: str, query: ScreenQuery, found: ScreenedMatch, model: str) -> DecisionBlock:
    """Return what was decided on a match, and the form for a further decision on each of its listings."""
    match = found.match
    entries = [(each.list, each.entity_id) for each in found.listings] or [(match.list, match.entity_id)]
    hidden = [
        ("key", key), ("query", query.name), *(("country", each) for each in query.countries),
        *(("identifier", f"{each.kind}:{each.value}") for each in query.identifiers),
        *(("list", name) for name, _ in entries), *(("entity", entity) for _, entity in entries),
        ("score", repr(match.score)), ("model", model),
    ]  # fmt: skip
    standings = {each.decision.id: each for each in (found.standing, *(one.standing for one in found.listings)) if each}
    return block_of(key, f"{query.name} and {match.name}", hidden, list(standings.values()))


def block_of(
    key: str, subject: str, hidden: Sequence[tuple[str, str]], standings: Sequence[StandingDecision]
) -> DecisionBlock:
    """Return the block of decisions on the listings of one match.

    Args:
        key: Name on the page.
        subject: What is decided on.
        hidden: Fields of the form.
        standings: Decision in force on each listing that has one.
    """
    lists = sum(1 for name, _ in hidden if name == "list")
    note = f"The decision is noted for each of the {lists} listings of this entity." if lists > 1 else ""
    changes = tuple(f"{each.decision.list}: {change.says}" for each in standings for change in each.changes)
    return DecisionBlock(
        key=key,
        action=DECIDE,
        subject=subject,
        choices=CHOICES,
        hidden=tuple(hidden),
        status=_status(standings),
        tag=_tag(standings),
        history=history_table(key, _history(standings), ("List", "Score shown")),
        changes=changes,
        note=note,
    )


def _status(standings: Sequence[StandingDecision]) -> str:
    if not standings:
        return "Not decided"
    latest = max(standings, key=lambda each: each.decision.when)
    decision = latest.decision
    said = DECIDED[decision.decided.value]
    return f"Decided: {said}, {decision.who}, {decision.when[:10]}{_STATES[latest.state.value]}"


def _tag(standings: Sequence[StandingDecision]) -> str:
    if not standings or any(each.state.is_open for each in standings):
        return "warn" if standings else "plain"
    return "bad" if any(each.decision.decided.value == "true" for each in standings) else "good"


def _history(standings: Sequence[StandingDecision]) -> list[tuple[str, ...]]:
    found = sorted((one for each in standings for one in each.history), key=lambda one: one.when)
    return [
        (
            moment_words(each.when), each.who, DECIDED[each.decided.value], each.why,
            f"{each.list}{f' of {each.list_date}' if each.list_date else ''}",
            "not noted" if each.score is None else probability(each.score),
        )
        for each in found
    ]  # fmt: skip
