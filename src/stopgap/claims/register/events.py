"""Rebuild claims from the register's events: versions, history, links, stored texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stopgap.base.event_log import Event
from stopgap.base.marking import Markable
from stopgap.claims.claim import Claim
from stopgap.claims.claim_file import claim_document, claim_from
from stopgap.claims.register.goods_snapshot import FixedGoods, FixedGoodsEntry, fixed_from
from stopgap.sources.texts.text import clean_words

ACTIVE = "active"
WITHDRAWN = "withdrawn"
EVENT_FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("id", "name", "kind", "who", "when"),
    "registered": ("id", "version", "claim", "goods", "who", "when"),
    "withdrawn": ("id", "who", "when", "why"),
    "tested": ("id", "version", "as_of", "verdict", "hypotheses", "software", "when"),
}


@dataclass(frozen=True)
class FieldChange:
    """One field of the claim file that a version changed; a value is ``None`` where the field is absent."""

    field: str
    old: Any
    new: Any

    def as_dict(self) -> dict[str, Any]:
        return {"field": self.field, "from": self.old, "to": self.new}


@dataclass(frozen=True)
class Version:
    """One registered version of a claim.

    Attributes:
        number: Number of the version, from 1.
        document: The claim in the format of a claim file.
        lists: Its goods lists as recorded in the log.
        when: Time of registration, UTC.
        why: Reason of a change; ``None`` for a first version without one.
        yes: Person who approved the draft, or who registered the claim file.
        draft: Unchanged draft that the claim was made from; ``None`` for a claim file.
        is_checked: Whether the quoted words were checked against the source text.
        before: Previous version; ``None`` for the first.
    """

    number: int
    document: dict[str, Any]
    lists: tuple[FixedGoodsEntry, ...]
    who: str
    when: str
    why: str | None
    yes: str
    draft: dict[str, Any] | None
    is_checked: bool
    before: Version | None = None

    @cached_property
    def claim(self) -> Claim:
        return claim_from(self.document, where=f"{self.document.get('id')} in the register", is_registered=True)

    @cached_property
    def goods(self) -> tuple[FixedGoods, ...]:
        """Goods lists as they were at registration."""
        return tuple(map(fixed_from, self.lists))

    @cached_property
    def changed(self) -> tuple[FieldChange, ...]:
        """Fields that differ from the previous version; empty for the first."""
        return changes(self.before.claim, self.claim) if self.before else ()


@dataclass(frozen=True)
class ClaimWithdrawal:
    """Withdrawal of a claim: version, person, time (UTC) and reason; the claim stays in the register."""

    version: int
    who: str
    when: str
    why: str


@dataclass
class RegisteredClaim(Markable):
    """A claim of the register; versions, withdrawals and tests are in order of time, oldest first.

    Attributes:
        id: ``c-`` and ten digits.
        tests: Events of its tests, each on the newest vintage at the time.
    """

    id: str
    versions: list[Version] = field(default_factory=list)
    withdrawals: list[ClaimWithdrawal] = field(default_factory=list)
    tests: list[Event] = field(default_factory=list)

    @property
    def current(self) -> Version:
        return self.versions[-1]

    @property
    def claim(self) -> Claim:
        """The claim in its newest version."""
        return self.current.claim

    @property
    def status(self) -> str:
        """``active``, or ``withdrawn`` where the newest version was withdrawn."""
        last = self.withdrawals[-1].version if self.withdrawals else 0
        return WITHDRAWN if last == self.current.number else ACTIVE

    @property
    def episodes(self) -> frozenset[str]:
        """Episode that the claim names, and those on which it was tested."""
        named = (self.claim.episode, *(event.get("episode") for event in self.tests))
        return frozenset(str(name) for name in named if name)

    def row(self) -> dict[str, Any]:
        """Row for tables, and for the JSON of the list of claims."""
        claim = self.claim
        return {
            "id": self.id,
            "version": self.current.number,
            "status": self.status,
            "said_on": claim.said_on,
            "said_by": claim.said_by.name,
            "office": claim.said_by.office,
            "stance": str(claim.stance),
            "actor": claim.actor,
            "action": str(claim.action),
            "target": claim.target,
            "goods": [each.name for each in claim.goods],
            "threshold": claim.threshold,
            "title": claim.title,
            "words": claim.words.text,
            "links": len(claim.links),
            "who": self.current.who,
            "when": self.current.when,
        }

    def as_dict(self) -> dict[str, Any]:
        """The row, and the history of the claim."""
        return {**self.row(), "history": self.history()}

    def history(self) -> list[dict[str, Any]]:
        """Registrations and withdrawals of the claim, oldest first."""
        found: list[dict[str, Any]] = []
        for version in self.versions:
            found.append(
                {
                    "event": "registered",
                    "version": version.number,
                    "who": version.who,
                    "when": version.when,
                    "why": version.why,
                    "yes": version.yes,
                    "from_draft": version.draft is not None,
                    "changed": [change.as_dict() for change in version.changed],
                }
            )
            found += [
                {
                    "event": WITHDRAWN, "version": each.version, "who": each.who, "when": each.when, "why": each.why,
                    "yes": each.who, "from_draft": False, "changed": [],
                }
                for each in self.withdrawals
                if each.version == version.number
            ]  # fmt: skip
        return found


@dataclass(frozen=True)
class StoredText:
    """A source text stored in the register.

    Attributes:
        sha256: Hash of the text in UTF-8, and its key in the register.
        name: Base name of the file it came from.
        kind: ``plain``, ``markdown``, ``html``, ``pdf`` or ``jsonl``.
        meta: Metadata of the file.
        language: ISO 639-1 code; ``None`` where unknown.
        body_start: Offset at which the body begins, in characters.
        record: Number of the record in a file of JSON lines.
        notes: Remarks on how the text was read.
        who: Person who imported it.
        when: Time of import, UTC.
    """

    sha256: str
    name: str
    kind: str
    meta: dict[str, str]
    language: str | None
    body_start: int
    record: int | None
    notes: tuple[str, ...]
    characters: int
    who: str
    when: str

    def as_dict(self) -> dict[str, Any]:
        own = ("sha256", "name", "record", "kind", "language", "characters")
        return {
            **{name: getattr(self, name) for name in own},
            **{name: self.meta.get(name) for name in ("date", "title", "url")},
            "who": self.who,
            "when": self.when,
            "notes": list(self.notes),
        }


@dataclass
class Register:
    """All claims by id and texts by hash, in order of arrival."""

    claims: dict[str, RegisteredClaim] = field(default_factory=dict)
    texts: dict[str, StoredText] = field(default_factory=dict)

    def links_to(self, wanted: str) -> list[tuple[str, str]]:
        """Relation and id of each active claim that links to the claim `wanted`."""
        return [
            (link["relation"], other.id)
            for other in self.claims.values()
            if other.status == ACTIVE
            for link in other.current.document.get("links", ())
            if link["claim"] == wanted
        ]


def register_of(events: Iterable[Event]) -> Register:
    register = Register()
    for event in events:
        if event["event"] == "text":
            register.texts[event["id"]] = StoredText(
                sha256=event["id"],
                name=event["name"],
                kind=event["kind"],
                meta=dict(event.get("meta") or {}),
                language=event.get("language"),
                body_start=int(event.get("body_start") or 0),
                record=event.get("record"),
                notes=tuple(event.get("notes") or ()),
                characters=int(event.get("characters") or 0),
                who=event["who"],
                when=event["when"],
            )
            continue
        entry = register.claims.setdefault(event["id"], RegisteredClaim(event["id"]))
        if event["event"] == "registered":
            entry.versions.append(
                Version(
                    number=int(event["version"]),
                    document=event["claim"],
                    lists=tuple(event["goods"]),
                    who=event["who"],
                    when=event["when"],
                    why=event.get("why"),
                    yes=event.get("yes") or event["who"],
                    draft=event.get("draft"),
                    is_checked=bool(event.get("is_checked")),
                    before=entry.versions[-1] if entry.versions else None,
                )
            )
        elif event["event"] == "tested":
            entry.tests.append(event)
        elif entry.versions:
            entry.withdrawals.append(ClaimWithdrawal(entry.current.number, event["who"], event["when"], event["why"]))
    return register


def claim_id(claim: Claim) -> str:
    """Id of a new claim: a hash of speaker, day, words, stance, actor, action and target."""
    parts = (
        claim.said_by.name, claim.said_on, claim.words.text, str(claim.stance), claim.actor, str(claim.action), claim.target,
    )  # fmt: skip
    said = json.dumps([clean_words(part).casefold() for part in parts], ensure_ascii=False)
    return "c-" + hashlib.sha256(said.encode("utf-8")).hexdigest()[:10]


def changes(old: Claim, new: Claim) -> tuple[FieldChange, ...]:
    """Fields that differ between two claims, as in a claim file and in its order."""
    one, other = claim_document(old), claim_document(new)
    return tuple(
        FieldChange(name, one.get(name), other.get(name))
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    )
