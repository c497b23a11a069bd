"""Store people's decisions on screening matches in a hash-chained log, and look them up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainedLog
from stopgap.base.errors import IdentityError, InputError, NotFoundError, UsageError
from stopgap.base.listing import Listing
from stopgap.codes.areas import find_area
from stopgap.lake.engines.collection import no_collection
from stopgap.screening.decisions.decision import (
    REQUIRED,
    DecidedAs,
    DecisionBook,
    MatchDecision,
    decision_from,
    decisions_from,
    moment,
    new_decision,
)
from stopgap.screening.decisions.decision import MatchVerdict as Verdict
from stopgap.screening.decisions.request import DecisionsRequest, DecisionStatus, MatchDecisionRequest
from stopgap.screening.decisions.states import StandingDecision, Standings
from stopgap.screening.entities import KINDS, ListedEntity, clean
from stopgap.screening.lists.run import entities_in_force, list_states
from stopgap.screening.matching.results import ScreenQuery

LOG = ChainedLog(folder="decisions", title="log of decisions", fields={"decided": REQUIRED})

ASKED_BY_ID = 20_000
"""Maximum number of entities with decisions that are read by id; with more, all entries of the lists are read."""


def read_book(lake: Path) -> DecisionBook:
    """Read all decisions of a lake; a broken hash chain raises RefusedError, a damaged line InputError."""
    with no_collection():
        return DecisionBook(decisions_from(LOG.each(lake)))


def standings(lake: Path, *, withheld: frozenset[str] = frozenset()) -> Standings:
    """Compare the decisions of a lake with its lists in force; screening looks matches up in the result.

    Files whose receipts are in ``withheld`` are treated as never imported. A log with a broken hash chain raises
    RefusedError.
    """
    book = read_book(lake)
    if not len(book):
        return Standings(book, {}, frozenset())
    lists = [state.list for state in list_states(lake, withheld=withheld)]
    ids = sorted({entity_id for _, entity_id in book.entities})
    asked = ids if len(ids) <= ASKED_BY_ID else None
    entities = entities_in_force(lake, entity_ids=asked, withheld=withheld)
    with no_collection():
        return Standings.against(book, entities, lists)


def decide(lake: Path, verdicts: Sequence[Verdict], *, who: str, when: str) -> list[MatchDecision]:
    """Append decisions to the log, in order; they are durable on disk when the function returns.

    Raises:
        InputError: A verdict has no reason, an invalid name, or a score that is not a probability.
        RefusedError: The log cannot be written, or its hash chain is broken.
        UsageError: Two verdicts are about one pair.
    """
    programme = version("stopgap")
    with no_collection():
        made = [new_decision(each, who=who, when=when, programme=programme) for each in verdicts]
        _check_pairs(made)
        with LOG.writing(lake) as log:
            book = read_book(lake)
            heads = (tuple(each.identity for each in book.heads(decision.key)) for decision in made)
            lines = log.append(
                [replace(one, supersedes=known).as_event() for one, known in zip(made, heads, strict=True)]
            )
        return [decision_from(json.loads(line), line=number) for number, line in enumerate(lines, start=book.lines + 1)]


def _check_pairs(made: Sequence[MatchDecision]) -> None:
    seen = set()
    for decision in made:
        if decision.key in seen:
            raise UsageError(
                "two decisions of one call are about one pair",
                where=f"{decision.subject.name} × {decision.list} {decision.entity_id}",
                fix="keep one of them",
            )
        seen.add(decision.key)


def decide_on(lake: Path, request: MatchDecisionRequest, *, who: str, when: str) -> StandingDecision:
    """Store a decision on a query and a listed entity, which is looked up in the lists in force.

    The score is taken from the request, not computed. Raises the errors of :func:`decide`, :func:`screened_query` and
    :func:`listed_entity`.
    """
    query = screened_query(request.query, request.countries, request.identifiers)
    entity = listed_entity(lake, request.list, request.entity)
    decided = DecidedAs(request.decided)
    verdict = Verdict(query, entity, decided, request.why, request.score, request.model)
    [made] = decide(lake, [verdict], who=who, when=when)
    found = Standings.against(read_book(lake), [entity], [request.list]).of_pair(made.key)
    if found is None:
        raise IdentityError(
            "a decision is not found right after it was written",
            where=f"{request.list} {request.entity}, decision {made.id}",
            fix="stopgap decisions verify checks the log; report this with what it says",
        )
    return found


def listed_entity(lake: Path, list_name: str, entity_id: str) -> ListedEntity:
    """Return an entity of the lists in force; raise NotFoundError if the list or the entity is not in force."""
    for entity in entities_in_force(lake, lists=[list_name], entity_ids=[entity_id]):
        return entity
    lists = [state.list for state in list_states(lake)]
    if list_name not in lists:
        raise NotFoundError(
            f"no list {list_name!r} is in force",
            where=f"lists: {', '.join(lists[:20]) or 'none'}",
            fix="import it, or name another",
        )
    raise NotFoundError(
        f"the list {list_name} has no entity {entity_id!r} in force",
        where=f"list {list_name}",
        fix="take list and entity_id from what stopgap screen printed",
    )


def present() -> str:
    return moment(datetime.now(UTC).isoformat())


def screened_query(name: str, countries: Sequence[str], identifiers: Sequence[str]) -> ScreenQuery:
    """Build a query from user input: country names or codes of ``stopgap economies``, identifiers as ``KIND:VALUE``.

    Raises:
        InputError: An identifier cannot be parsed.
        NotFoundError: A country is unknown.
    """
    numbers = []
    for text in identifiers:
        kind, colon, value = text.partition(":")
        number = clean(kind.strip().lower(), value) if colon and kind.strip().lower() in KINDS else None
        if number is None:
            raise InputError(
                f"{text[:80]!r} is no number of a register",
                where="--identifier",
                fix=f"write KIND:VALUE, such as inn:7701234567; kinds: {', '.join(KINDS)}",
            )
        numbers.append(number)
    return ScreenQuery(name, tuple(find_area(country).code for country in countries), tuple(numbers))


def list_decisions(lake: Path, wanted: DecisionsRequest) -> list[StandingDecision]:
    """Return the decisions in force that match the options, latest first."""
    found = [
        each
        for each in standings(lake)
        if wanted.status in (DecisionStatus.ALL, each.state.value)
        or (wanted.status == DecisionStatus.OPEN and each.state.is_open)
        if wanted.list in (None, each.decision.list)
        if wanted.by is None or wanted.by.casefold() == each.decision.who.casefold()
    ]
    return sorted(found, key=lambda each: each.decision.order, reverse=True)


@dataclass(frozen=True)
class Decided(Listing[StandingDecision]):
    """Decisions in force, latest first; ``status`` is the requested filter."""

    status: str

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap decisions list --format json`` prints."""
        return {"status": self.status, "decisions": [each.as_dict() for each in self]}


def show_decision(lake: Path, wanted: str) -> StandingDecision:
    """Return the decision on a pair, found by the pair's id or a prefix of it of at least 4 characters.

    No match, or several, raise NotFoundError.
    """
    found = [
        each
        for each in standings(lake)
        if each.decision.id == wanted or (len(wanted) >= 4 and each.decision.id.startswith(wanted))
    ]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"no decision {wanted!r}" if not found else f"{len(found)} decisions begin with {wanted!r}",
        where="stopgap decisions",
        fix="stopgap decisions list shows the ids",
    )
