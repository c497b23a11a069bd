"""Log of markings in the lake: chained and append-only.

The last mark of a subject is in force. A release lowers the marking of one derived item below that of its inputs, as
long as it is not withdrawn and the marking of the inputs has not become stricter than when the release was decided.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainedLog, canonical
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.event_log import Event
from stopgap.base.marking import Marking, marking_of, strictest

LOG = ChainedLog(
    folder="markings",
    title="log of markings",
    fields={
        "marked": ("subject", "marking", "who", "when", "why"),
        "released": ("id", "item", "marking", "from", "who", "when", "why"),
        "release-withdrawn": ("id", "who", "when", "why"),
    },
)

KINDS: dict[str, tuple[str, str]] = {
    "receipt": (r"[0-9a-f]{16}", "the 16 digits of a receipt, as import prints them"),
    "source": (r"[\w][\w.-]{0,79}", "the name of a source, as receipts have it"),
    "table": ("trade|declarations|listed", "trade, declarations or listed"),
    "claim": (r"[\w][\w.-]{0,79}", "the id of a statement, as claims list prints it"),
    "alert": (r"a-[0-9a-f]{10}", "the id of an alert, as alerts list prints it"),
    "decision": (r"a-[0-9a-f]{10}|d-[0-9a-f]{12}", "the id of an alert or of a decision on a match"),
    "finding": (r"sha256:[0-9a-f]{64}", "the id of a finding, sha256: and 64 digits"),
    "goods": (r"[\w][\w.+-]{0,79}", "the name of a goods list"),
    "episode": (r"[\w][\w.-]{0,79}", "the name of an episode"),
    "attachment": (r"sha256:[0-9a-f]{64}", "the hash of the file, sha256: and 64 digits"),
}
"""Kind of subject -> format of its names: a regular expression, and its description."""

DERIVED = ("finding", "alert")
"""Kinds derived from other subjects: their own mark is never lowered; a finding is lowered by a release."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Log entry that marks one subject (``receipt:ID`` …), with the subject's previous own marking; ``when`` is UTC."""

    subject: str
    marking: Marking
    before: Marking | None
    who: str
    when: str
    why: str

    @property
    def lowers(self) -> bool:
        """Whether it allows disclosure to an audience that the previous marking excluded."""
        return self.before is not None and lowers(self.before, self.marking)

    def as_dict(self) -> dict[str, Any]:
        """Return the mark as a JSON document, with its marking in ``marked``."""
        return {
            "subject": self.subject,
            "marked": self.marking.as_dict(),
            "before": None if self.before is None else self.before.as_dict(),
            "lowers": self.lowers,
            "who": self.who,
            "when": self.when,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class MarkingRelease:
    """Decision that a derived item may be disclosed under a lower marking than its inputs.

    ``item`` is ``finding:sha256:…`` or ``verdict:…``; ``decided_on`` is its marking without the release at the time of
    the decision. ``withdrawn``: who withdrew the release, when (UTC) and why; ``None`` if it is in force.
    """

    id: str
    item: str
    marking: Marking
    decided_on: Marking
    who: str
    when: str
    why: str
    withdrawn: tuple[str, str, str] | None = None

    def covers(self, inputs: Marking) -> bool:
        """Return whether it applies to an item with this input marking: one not stricter than ``decided_on``."""
        return strictest([inputs, self.decided_on]) == self.decided_on

    def as_dict(self) -> dict[str, Any]:
        """Return the release as a JSON document, as in packs and outputs."""
        return {
            "id": self.id,
            "item": self.item,
            "marking": self.marking.as_dict(),
            "from": self.decided_on.as_dict(),
            "who": self.who,
            "when": self.when,
            "why": self.why,
        }


@dataclass(frozen=True)
class MarkingBook:
    """Content of the log, oldest first: marks, and releases including withdrawn ones."""

    marks: tuple[Mark, ...] = ()
    decided: tuple[MarkingRelease, ...] = ()

    @cached_property
    def in_force(self) -> Mapping[str, Mark]:
        """Subject -> its last mark."""
        return {mark.subject: mark for mark in self.marks}

    @cached_property
    def releases(self) -> Mapping[str, MarkingRelease]:
        """Item -> its last release that is not withdrawn."""
        return {release.item: release for release in self.decided if release.withdrawn is None}

    def own(self, subject: str) -> Marking | None:
        """Return the marking given to a subject; ``None`` if it was not marked."""
        mark = self.in_force.get(subject)
        return None if mark is None else mark.marking

    def history(self, subject: str) -> tuple[Mark, ...]:
        """Return all marks of a subject, oldest first."""
        return tuple(mark for mark in self.marks if mark.subject == subject)


@dataclass(frozen=True, slots=True)
class ReceiptMark:
    """Marking given to files when they are imported; ``when`` is UTC."""

    marking: Marking
    who: str
    when: str
    why: str


def lowers(before: Marking, after: Marking) -> bool:
    """Return whether a marking allows disclosure to an audience that the previous one excluded."""
    # ``after`` as an audience is the strictest to which ``after`` itself lets the thing go.
    return not before.fits(after)


def parse_subject(text: str) -> str:
    """Normalise a subject, ``KIND:NAME``; refuses (UsageError) an unknown kind or an invalid name."""
    kind, colon, name = text.strip().partition(":")
    if not colon or kind not in KINDS:
        raise UsageError(
            f"{text[:80]!r} is nothing that can be marked",
            where="SUBJECT",
            fix=f"write KIND:NAME; kinds: {', '.join(KINDS)}",
        )
    pattern, words = KINDS[kind]
    if re.fullmatch(pattern, name) is None:
        raise UsageError(f"{name[:80]!r} names no {kind}", where="SUBJECT", fix=f"give {words}")
    return f"{kind}:{name}"


def read_book(lake: Path) -> MarkingBook:
    """Read the log of a lake; an empty book if there is no log. Refuses (RefusedError) a broken chain."""
    return book_of(LOG.read(lake), where=str(LOG.path(lake)))


def book_of(events: Iterable[Event], *, where: str) -> MarkingBook:
    """Build the book from events; refuses (InputError) an invalid marking, or withdrawal of an unknown release."""
    marks: list[Mark] = []
    last: dict[str, Marking] = {}
    releases: dict[str, MarkingRelease] = {}
    for number, event in enumerate(events, start=1):
        try:
            who, when, why = (str(event[name]) for name in ("who", "when", "why"))
            if event["event"] == "marked":
                subject = parse_subject(event["subject"])
                marking = marking_of(event["marking"], where=subject)
                marks.append(Mark(subject, marking, last.get(subject), who, when, why))
                last[subject] = marking
            elif event["event"] == "released":
                id, item = str(event["id"]), str(event["item"])
                marking, decided_on = (marking_of(event[name], where=event["item"]) for name in ("marking", "from"))
                releases[id] = MarkingRelease(id, item, marking, decided_on, who, when, why)
            else:
                taken_back = releases[event["id"]]
                releases[taken_back.id] = replace(taken_back, withdrawn=(who, when, why))
        except (UsageError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "the log of markings cannot be understood",
                where=f"{where}, line {number}: {str(error).splitlines()[0][:200]}",
                fix="bring this file back from a copy of the lake",
            ) from error
    return MarkingBook(tuple(marks), tuple(releases.values()))


def marked_event(subject: str, marking: Marking, *, who: str, when: str, why: str) -> Event:
    """Return the log event of a mark; refuses (UsageError) an invalid subject, and an empty name or reason."""
    return {
        "event": "marked",
        "subject": parse_subject(subject),
        "marking": marking.as_dict(),
        "who": _said(who, "who marks it", "--by"),
        "when": when,
        "why": _said(why, "the reason", "--why"),
    }


def released_event(item: str, marking: Marking, *, decided_on: Marking, who: str, when: str, why: str) -> Event:
    """Return the log event of a release, with a content hash as id; refuses (UsageError) an empty name or reason."""
    said = {
        "item": item,
        "marking": marking.as_dict(),
        "from": decided_on.as_dict(),
        "who": _said(who, "who releases it", "--by"),
        "when": when,
        "why": _said(why, "the reason", "--why"),
    }
    return {"event": "released", "id": "r-" + hashlib.sha256(canonical(said)).hexdigest()[:10], **said}


def withdrawn_event(release: str, *, who: str, when: str, why: str) -> Event:
    """Return the log event that withdraws a release; refuses (UsageError) an empty name or reason."""
    return {
        "event": "release-withdrawn",
        "id": release,
        "who": _said(who, "who takes it back", "--by"),
        "when": when,
        "why": _said(why, "the reason", "--why"),
    }


def _said(text: str, what: str, option: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise UsageError(f"{what} is missing", where=option, fix="say it in a sentence")
    return said


def mark_receipts(lake: Path, receipts: Sequence[str], mark: ReceiptMark) -> None:
    """Mark files, before or after their rows are in the lake; files that have this marking already are skipped.

    Refuses (RefusedError) to lower the marking of a file.
    """
    with LOG.writing(lake) as log:
        book = read_book(lake)
        events = []
        for receipt in dict.fromkeys(receipts):
            subject = f"receipt:{receipt}"
            own = book.own(subject)
            if own is not None and lowers(own, mark.marking):
                raise RefusedError(
                    f"the file is marked {own.label}, and {mark.marking.label} would open it to some to whom it is closed",
                    where=subject,
                    fix=f"leave --marking out; or mark it so with the reason: stopgap markings set {subject}",
                )
            if own != mark.marking:
                events.append(marked_event(subject, mark.marking, who=mark.who, when=mark.when, why=mark.why))
        log.append(events)
