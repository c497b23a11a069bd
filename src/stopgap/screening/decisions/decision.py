"""Decisions of people on screening matches: kept for ever, the latest in force."""

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
"""List, entity, and the subject's key."""

REQUIRED = (
    "as", "subject", "list", "entity_id", "entity", "material", "content", "list_date", "receipt", "score", "model",
    "programme", "who", "when", "why", "supersedes",
)  # fmt: skip
"""Fields that the event of a decision cannot do without."""

_REPLAYED = ("origin", "taken_by", "taken_on")
_SHOWN = ("who", "when", "why", "list_date", "receipt", "content", "score", "model", "programme", "hash", *_REPLAYED)
_TEXTS = ("list", "entity_id", "who", "why", "material", "content", "programme")

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """What a person made of a subject and a listed entity.

    Attributes:
        who: Who decided.
        when: UTC, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
        entity: Material fields of the listed entity as they were.
        material: Hash of those.
        content: Hash of all that the list said of the entity.
        list_date: Day of the list's edition; ``None`` where the list had none.
        receipt: File that the entity was read from; ``None`` where it was not told.
        score: Probability that was shown, 0 to 1; ``None`` where none was.
        model: Version of what gave the score; ``None`` with it.
        programme: Version of Stopgap.
        supersedes: Identities of the decisions on the pair that it was made in knowledge of, and takes the place of.
        hash: Of its event in the log.
        origin: Hash of its event in the log where it was decided, where that is another.
        taken_by: Who replayed it into this log; ``None`` where it was decided here.
        taken_on: When (UTC).
        line: Of the log, from 1; 0 while it is not in one.
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
        """The pair that it is about."""
        return self.list, self.entity_id, self.subject.key

    @property
    def id(self) -> str:
        """Id of the pair: ``d-`` and twelve digits."""
        said = json.dumps(self.key, ensure_ascii=False).encode("utf-8")
        return "d-" + hashlib.sha256(said).hexdigest()[:12]

    @property
    def identity(self) -> str:
        """Hash of its event where it was decided: the same in every log that it was replayed into."""
        return self.origin or self.hash

    @property
    def order(self) -> tuple[str, str]:
        """Sort key: of two decisions on a pair, neither of which supersedes the other, the greater is in force."""
        return self.when, self.identity

    @property
    def entity_name(self) -> str:
        """The listed entity's own name as it was."""
        return self.entity.names[0] if self.entity.names else self.entity_id

    def as_dict(self) -> dict[str, Any]:
        """The decision in plain values; ``entity`` is the listed entity as it was."""
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
        """The decision as a log event, without the fields that the hash chain adds."""
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
    """A decision to be kept, on a query and a listed entity as it is; see :class:`MatchDecision` for the fields."""

    query: ScreenQuery
    entity: ListedEntity
    decided: DecidedAs
    why: str
    score: float | None = None
    model: str | None = None


def new_decision(verdict: MatchVerdict, *, who: str, when: str, programme: str) -> MatchDecision:
    """A decision on a query and an entity as it is listed.

    Raises:
        InputError: The name cannot be kept, nobody decides, there is no reason, the time is none, or the score is no
            probability.
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
    """The decisions of a log's events, in their order; refuses (InputError) what is no decision, and tells its line."""
    entities: dict[str, Material] = {}
    for number, event in enumerate(events, start=1):
        yield decision_from(event, line=number, entities=entities)


def decision_from(event: Event, *, line: int = 0, entities: dict[str, Material] | None = None) -> MatchDecision:
    """The decision of an event; refuses (InputError) one in which a field is missing, or does not hold.

    ``entities`` maps the hash of an entity's content to its material fields, of events read before; it is added to, so
    that each is held once.
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
    """A time as decisions carry it, UTC with microseconds; refuses (InputError) what is no time in UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise InputError(f"{text[:60]!r} is no time in UTC", where="when", fix="write it as 2024-06-01T12:00:00Z")
    return read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class DecisionBook:
    """All decisions of a log, by pair.

    In force on a pair is the one that no other supersedes; where logs of two desks were put together and several are
    left, the latest of those. So the answer is the same in whatever order decisions were taken up.

    Attributes:
        lines: How many decisions there are.
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
        """How many pairs were decided on."""
        return len(self._pairs)

    def __iter__(self) -> Iterator[MatchDecision]:
        """The decision in force on each pair."""
        return (found[-1] for found in self._pairs.values())

    def history(self, key: PairKey) -> tuple[MatchDecision, ...]:
        """All decisions on a pair, the one in force last; none where nobody decided."""
        return tuple(self._pairs.get(key, ()))

    def in_force(self, key: PairKey) -> MatchDecision | None:
        """The decision in force on a pair; ``None`` where nobody decided."""
        found = self._pairs.get(key)
        return found[-1] if found else None

    def heads(self, key: PairKey) -> tuple[MatchDecision, ...]:
        """Decisions on a pair that no other supersedes: one, or several where logs were put together."""
        found = self._pairs.get(key, [])
        gone = {identity for each in found for identity in each.supersedes}
        return tuple(each for each in found if each.identity not in gone)

    @property
    def entities(self) -> frozenset[tuple[str, str]]:
        """List and id of every entity that was decided on."""
        return frozenset((key[0], key[1]) for key in self._pairs)


def pair_key(query: ScreenQuery, match: Match) -> PairKey | None:
    """The pair of a query and a match; ``None`` where no decision can be about the query's name."""
    try:
        return match.list, match.entity_id, subject_of(query).key
    except InputError:
        return None
