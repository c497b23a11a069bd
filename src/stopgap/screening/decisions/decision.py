"""People's decisions on screening matches: stored permanently; the latest decision on a pair is in force."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stopgap.base.errors import InputError
from stopgap.screening.decisions.material import Material, content_hash, material_from, material_of
from stopgap.screening.decisions.request import DecidedAs as DecidedAs
from stopgap.screening.decisions.subject import Subject, subject_from, subject_of
from stopgap.screening.entities import ListedEntity
from stopgap.screening.matching.results import Match, ScreenQuery

Event = dict[str, Any]
PairKey = tuple[str, str, tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]]
"""Key of a pair of subject and listed entity: list name, entity id, and the subject's key."""

REQUIRED = (
    "as", "subject", "list", "entity_id", "entity", "material", "content", "list_date", "receipt", "score", "model",
    "programme", "who", "when", "why", "supersedes",
)  # fmt: skip
"""Required fields of a decision event."""

_REPLAYED = ("origin", "taken_by", "taken_on")
_SHOWN = ("who", "when", "why", "list_date", "receipt", "content", "score", "model", "programme", "hash", *_REPLAYED)
_TEXTS = ("list", "entity_id", "who", "why", "material", "content", "programme")

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """A person's decision on whether a screened subject is a listed entity.

    Attributes:
        who: Person who decided.
        when: Time of the decision in UTC, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
        entity: Material fields of the listed entity at the time of the decision.
        material: Hash of those fields.
        content: Hash of everything that the list stated for the entity.
        list_date: Day of the list's edition; ``None`` if the list had none.
        receipt: Receipt of the file from which the entity was read; ``None`` if not given.
        score: Probability that was shown, 0 to 1; ``None`` if there was none.
        model: Version of the model that gave the score; ``None`` if there was none.
        programme: Version of Stopgap.
        supersedes: Identities of the decisions on the pair that were known at the time and that this one replaces.
        hash: Hash of its event in the log.
        origin: Hash of its event in the log in which it was decided, if that is another log.
        taken_by: Person who replayed it into this log; ``None`` if it was decided here.
        taken_on: Time of the replay (UTC).
        line: Line number in the log, from 1; 0 while it is not in one.
    """

    subject: Subject
    list: str
    entity_id: str
    decided: DecidedAs
    who: str
    when: str
    why: str
    entity: Material
    material: str
    content: str
    list_date: str | None
    receipt: str | None
    score: float | None
    model: str | None
    programme: str
    supersedes: tuple[str, ...] = ()
    hash: str = ""
    origin: str | None = None
    taken_by: str | None = None
    taken_on: str | None = None
    line: int = 0

    @property
    def key(self) -> PairKey:
        """Return the key of the pair that the decision is about."""
        return self.list, self.entity_id, self.subject.key

    @property
    def id(self) -> str:
        """Return the id of the pair: ``d-`` and twelve hexadecimal digits."""
        said = json.dumps(self.key, ensure_ascii=False).encode("utf-8")
        return "d-" + hashlib.sha256(said).hexdigest()[:12]

    @property
    def identity(self) -> str:
        """Return the hash of its event in the original log, the same in every log that it is replayed into."""
        return self.origin or self.hash

    @property
    def order(self) -> tuple[str, str]:
        """Return the sort key: if neither of two decisions on a pair supersedes the other, the greater is in force."""
        return self.when, self.identity

    @property
    def entity_name(self) -> str:
        """Return the listed entity's own name at the time of the decision, or its id if it had none."""
        return self.entity.names[0] if self.entity.names else self.entity_id

    def as_dict(self) -> dict[str, Any]:
        """Return the decision as a dict; ``entity`` is the listed entity at the time of the decision."""
        subject = self.subject.as_dict()
        return {
            "as": self.decided.value,
            "query": subject["name"],
            "countries": subject["countries"],
            "identifiers": subject["identifiers"],
            "list": self.list,
            "entity_id": self.entity_id,
            "entity_name": self.entity_name,
            "entity": self.entity.as_dict(),
            **{name: getattr(self, name) for name in _SHOWN},
        }

    def as_event(self) -> Event:
        """Return the decision as a log event, without the fields that the hash chain adds."""
        taken = {name: getattr(self, name) for name in _REPLAYED}
        return {
            "event": "decided",
            "as": self.decided.value,
            "subject": self.subject.as_dict(),
            "entity": self.entity.as_dict(),
            "supersedes": list(self.supersedes),
            **{name: getattr(self, name) for name in REQUIRED if name not in ("as", "subject", "entity", "supersedes")},
            **{name: value for name, value in taken.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class MatchVerdict:
    """A decision to be stored, on a query and a currently listed entity; see :class:`MatchDecision` for the fields."""

    query: ScreenQuery
    entity: ListedEntity
    decided: DecidedAs
    why: str
    score: float | None = None
    model: str | None = None


def new_decision(verdict: MatchVerdict, *, who: str, when: str, programme: str) -> MatchDecision:
    """Create a decision on a query and an entity as currently listed.

    Raises:
        InputError: The screened name is invalid, the person or the reason is missing, the time is invalid, or the score
            is not a probability.
    """
    entity, why, score = verdict.entity, verdict.why, verdict.score
    subject = subject_of(verdict.query)
    where = f"{subject.name} × {entity.list} {entity.entity_id}"
    for said, name, fix in ((why, "reason", "say in a sentence why"), (who, "name of who decides", "give it")):
        if not said.strip():
            raise InputError(f"a decision needs the {name}", where=where, fix=fix)
    if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
        raise InputError(f"the score is {score}", where=where, fix="give a probability, 0 to 1")
    material = material_of(entity)
    return MatchDecision(
        subject=subject,
        list=entity.list,
        entity_id=entity.entity_id,
        decided=verdict.decided,
        who=who.strip(),
        when=moment(when),
        why=why.strip(),
        entity=material,
        material=material.hash,
        content=content_hash(entity),
        list_date=entity.list_date,
        receipt=entity.receipt,
        score=score,
        model=verdict.model,
        programme=programme,
    )


def decisions_from(events: Iterable[Event]) -> Iterator[MatchDecision]:
    """Yield the decisions of a log's events in order; raise InputError with the line number for an invalid event."""
    entities: dict[str, Material] = {}
    for number, event in enumerate(events, start=1):
        yield decision_from(event, line=number, entities=entities)


def decision_from(event: Event, *, line: int = 0, entities: dict[str, Material] | None = None) -> MatchDecision:
    """Parse the decision of an event; raise InputError if a field is missing or invalid.

    ``entities`` is a cache that maps the hash of an entity's content to its material fields; it is extended, so that
    each entity is held in memory only once.
    """
    try:
        for name in _TEXTS:
            if not isinstance(event[name], str) or not event[name]:
                raise ValueError(f"{name} is {str(event[name])[:40]!r}")
        when, score, content = event["when"], event["score"], event["content"]
        known = {} if entities is None else entities
        if not isinstance(event["entity"], dict):
            raise ValueError("entity is no object")
        if content not in known:
            known[content] = material_from(event["entity"])
        if not _MOMENT.fullmatch(when):
            raise ValueError(f"when is {when[:40]!r}")
        if score is not None and not (isinstance(score, int | float) and 0 <= score <= 1):
            raise ValueError(f"score is {str(score)[:40]}")
        return MatchDecision(
            subject=subject_from(event["subject"]),
            decided=DecidedAs(event["as"]),
            entity=known[content],
            **{name: event[name] for name in (*_TEXTS, "when", "score", "list_date", "receipt", "model")},
            supersedes=tuple(map(str, event["supersedes"])),
            **{name: event[name] for name in ("hash", *_REPLAYED) if name in event},
            line=line,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"a decision cannot be read: {str(error)[:200]}",
            where=f"line {line} of the log of decisions",
            fix="bring the log back from a copy; or ask its sender for it again",
        ) from error


def moment(text: str) -> str:
    """Convert a time to UTC with microseconds, as decisions store it.

    A text that is not an ISO 8601 time, or has no time zone, raises InputError.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise InputError(f"{text[:60]!r} is no time in UTC", where="when", fix="write it as 2024-06-01T12:00:00Z")
    return read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class DecisionBook:
    """All decisions of a log, grouped by pair.

    The decision in force on a pair is the one that no other supersedes; if several are left because logs of two desks
    were merged, the latest of those. The result does not depend on the order in which decisions were added.

    Attributes:
        lines: Number of decisions.
    """

    def __init__(self, decisions: Iterable[MatchDecision] = ()) -> None:
        self._pairs: dict[PairKey, list[MatchDecision]] = {}
        self.lines = 0
        for decision in decisions:
            self._pairs.setdefault(decision.key, []).append(decision)
            self.lines += 1
        for found in self._pairs.values():
            if len(found) > 1:
                gone = {identity for each in found for identity in each.supersedes}
                found.sort(key=lambda each: (each.identity not in gone, each.order))

    def __len__(self) -> int:
        """Return the number of pairs with a decision."""
        return len(self._pairs)

    def __iter__(self) -> Iterator[MatchDecision]:
        """Yield the decision in force on each pair."""
        return (found[-1] for found in self._pairs.values())

    def history(self, key: PairKey) -> tuple[MatchDecision, ...]:
        """Return all decisions on a pair, the one in force last; empty if there are none."""
        return tuple(self._pairs.get(key, ()))

    def in_force(self, key: PairKey) -> MatchDecision | None:
        """Return the decision in force on a pair; ``None`` if there is none."""
        found = self._pairs.get(key)
        return found[-1] if found else None

    def heads(self, key: PairKey) -> tuple[MatchDecision, ...]:
        """Return the decisions on a pair that no other supersedes: one, or several if logs were merged."""
        found = self._pairs.get(key, [])
        gone = {identity for each in found for identity in each.supersedes}
        return tuple(each for each in found if each.identity not in gone)

    @property
    def entities(self) -> frozenset[tuple[str, str]]:
        """Return the list and id of every entity with a decision."""
        return frozenset((key[0], key[1]) for key in self._pairs)


def pair_key(query: ScreenQuery, match: Match) -> PairKey | None:
    """Return the key of the pair of a query and a match; ``None`` if the query's name is invalid for a decision."""
    try:
        return match.list, match.entity_id, subject_of(query).key
    except InputError:
        return None
