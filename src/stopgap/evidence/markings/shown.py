"""List all markings, and explain the marking of one subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import NotFoundError, StopgapError
from stopgap.base.marking import Markable, Marking, strictest
from stopgap.base.read_ledger import HISTORY, Read, bookkeeping, record
from stopgap.claims.register.texts import read_register
from stopgap.evidence.markings.changes import find_item, item_behind
from stopgap.evidence.markings.effective import DEFAULTS, LakeMarkings, open_markings
from stopgap.evidence.markings.provenance import Behind, alert_behind
from stopgap.lake.history import read_log
from stopgap.lake.marking_log import Mark, MarkingBook, MarkingRelease, parse_subject
from stopgap.lake.receipts import Receipt


@dataclass(frozen=True, kw_only=True)
class ListedMarking:
    """A mark, a release or a default, as a row of the list of markings.

    Attributes:
        kind: ``mark``, ``release`` or ``default``.
        state: Whether it is in force, in words.
        who: Who set it; this and the following fields are ``None`` for a default.
        when: When it was set (UTC).
        id: Id of a release; ``None`` for a mark.
        about: For a mark on a file, the file name; for a release, the marking that it lowered.
    """

    kind: str
    subject: str
    marked: Marking
    state: str = "in force"
    who: str | None = None
    when: str | None = None
    why: str | None = None
    id: str | None = None
    about: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        rest = {name: getattr(self, name) for name in ("state", "who", "when", "why", "id", "about")}
        return {"kind": self.kind, "subject": self.subject, **self.marked.as_dict(), **rest}


@dataclass(frozen=True)
class ShownMarking(Markable):
    """The marking of one subject, and what determines it.

    Attributes:
        effective: The marking in force.
        own: The marking that people set; ``None`` where none is set.
        behind: The inputs that determine the marking, with the marking of each.
        release: The release of the subject that was not withdrawn; ``None`` where there is none.
        holds: Whether that release covers the subject's inputs as they are now.
        history: All marks of the subject, oldest first.
    """

    subject: str
    effective: Marking
    own: Marking | None
    behind: tuple[tuple[str, Marking], ...]
    release: MarkingRelease | None = None
    holds: bool = False
    history: tuple[Mark, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the marking and its explanation as a JSON object."""
        return {
            "subject": self.subject,
            "effective": self.effective.as_dict(),
            "own": None if self.own is None else self.own.as_dict(),
            "rests_on": [{"what": what, "marked": marking.as_dict()} for what, marking in self.behind],
            "release": None if self.release is None else {**self.release.as_dict(), "holds": self.holds},
            "history": [mark.as_dict() for mark in self.history],
        }


def show_marking(lake: Path, wanted: str) -> ShownMarking:
    """Return the marking of a subject, and what determines it.

    ``wanted`` is a subject as in ``markings set``, or a finding or ``verdict:ID`` as in ``markings release``. Raises
    UsageError if it is not a subject, NotFoundError if it is not in the lake.
    """
    opened = open_markings(lake)
    kind = wanted.strip().partition(":")[0]
    if kind in ("verdict", "finding", "sha256") or wanted.strip().startswith("c-"):
        return _derived(opened, find_item(lake, wanted))
    subject = parse_subject(wanted)
    opened = _as_seen(opened)
    markings = opened.markings
    behind = _behind(opened, subject)
    return ShownMarking(
        subject=subject,
        effective=strictest(marking for _, marking in behind),
        own=markings.own(subject),
        behind=tuple(behind),
        history=markings.book.history(subject),
    )


def _behind(opened: LakeMarkings, subject: str) -> Behind:
    kind, _, name = subject.partition(":")
    markings = opened.markings
    if kind == "receipt":
        return markings.behind_receipt(_receipt(opened, name))
    if kind == "alert":
        return alert_behind(opened, name)
    own = markings.own(subject)
    if own is not None:
        return [(subject, own)]
    if kind == "claim":
        entry = read_register(opened.lake).claims.get(name)
        if entry is not None:
            chain = ", ".join(str(link.form or "unknown") for link in entry.claim.chain) or "none"
            return [(f"chain of sources: {chain}", markings.of_claim(entry))]
    return [("default", markings.default(subject if kind == "table" else kind))]


def _receipt(opened: LakeMarkings, name: str) -> Receipt:
    for receipt in (each for commit in opened.commits for each in commit.receipts):
        if receipt.receipt == name:
            return receipt
    record(Read(HISTORY, opened.lake, commit.table) for commit in opened.commits)
    raise NotFoundError(
        f"the lake has no receipt {name}",
        where=str(opened.lake),
        fix='stopgap query "SELECT receipt, file_name FROM receipts" lists them',
    )


def _derived(opened: LakeMarkings, item: str) -> ShownMarking:
    behind = item_behind(opened, item)
    inputs = strictest(marking for _, marking in behind)
    release = opened.markings.releases().get(item)
    return ShownMarking(
        subject=item,
        effective=opened.markings.released(item, inputs),
        own=opened.markings.own(item),
        behind=tuple(behind),
        release=release,
        holds=release is not None and release.covers(inputs),
        history=opened.markings.book.history(item),
    )


@bookkeeping()
def marking_of_shown(lake: Path, subjects: Iterable[str], *, is_said: bool, with_history: bool = False) -> Marking:
    """Return the marking of a display of marks: of the subjects, their names and the reasons of their marks.

    A name has the marking of the thing named: a file's that of the file, a source's that of all its files, the name of
    a released item that of its inputs. ``is_said``: the display names people and their reasons. ``with_history``: it
    includes marks that are no longer in force.
    """
    opened = _as_seen(open_markings(lake))
    wanted = set(subjects)
    book = opened.markings.book
    marks = book.marks if with_history else book.in_force.values()
    return strictest(
        [
            *([DEFAULTS["decision"]] if is_said else []),
            *(mark.marking for mark in marks if mark.subject in wanted),
            *(
                marking
                for release in book.decided
                if release.item in wanted
                for marking in (release.marking, release.decided_on)
            ),
            *(marking for subject in wanted for marking in _named(opened, subject)),
        ]
    )


def _named(opened: LakeMarkings, subject: str) -> list[Marking]:
    """Return the markings of the thing in the lake that a subject names; empty if the lake does not contain it."""
    kind, _, name = subject.partition(":")
    if kind in ("receipt", "source"):
        return [
            opened.markings.of_receipt(receipt)
            for commit in opened.commits
            for receipt in commit.receipts
            if name == (receipt.receipt if kind == "receipt" else receipt.source)
        ]
    if kind == "table":
        return []
    try:
        is_derived = kind in ("finding", "verdict")
        behind = item_behind(opened, subject) if is_derived else _behind(opened, subject)
    except (StopgapError, KeyError):  # marked, and not there
        return []
    return [marking for _, marking in behind]


def list_markings(lake: Path) -> list[ListedMarking]:
    """Return all marks in force, all releases, and all unchanged defaults; raise RefusedError if the log is broken.

    The current viewer sees those alone whose subject, marking and reason fit the clearance.
    """
    book = _as_seen(open_markings(lake)).markings.book
    known = {receipt.receipt: receipt.file_name for commit in read_log(lake) for receipt in commit.receipts}
    marks = [
        ListedMarking(
            kind="mark",
            subject=mark.subject,
            marked=mark.marking,
            state="lowered" if mark.lowers else "in force",
            who=mark.who,
            when=mark.when,
            why=mark.why,
            about=known.get(mark.subject.removeprefix("receipt:")),
        )
        for mark in book.in_force.values()
    ]
    releases = [
        ListedMarking(
            kind="release",
            subject=release.item,
            marked=release.marking,
            state=_state(release, book.releases.get(release.item)),
            who=release.who,
            when=release.when,
            why=release.why,
            id=release.id,
            about=f"from {release.decided_on.label}",
        )
        for release in book.decided
    ]
    defaults = [
        ListedMarking(kind="default", subject=subject, marked=marking)
        for subject, marking in DEFAULTS.items()
        if subject not in book.in_force
    ]
    return [*marks, *releases, *defaults]


def _as_seen(opened: LakeMarkings) -> LakeMarkings:
    """Return the markings with the marks and releases alone that the current viewer may see."""
    viewer, book = current_viewer(), opened.markings.book
    if viewer is None:
        return opened

    def is_seen(subject: str, *own: Marking) -> bool:
        return viewer.admits(strictest([DEFAULTS["decision"], *own, *_named(opened, subject)]))

    seen = MarkingBook(
        tuple(mark for mark in book.marks if is_seen(mark.subject, mark.marking)),
        tuple(each for each in book.decided if is_seen(each.item, each.marking, each.decided_on)),
    )
    return replace(opened, markings=replace(opened.markings, book=seen))


def _state(release: MarkingRelease, standing: MarkingRelease | None) -> str:
    if release.withdrawn is not None:
        return f"taken back by {release.withdrawn[0]} on {release.withdrawn[1]}: {release.withdrawn[2]}"
    return "in force" if standing is not None and standing.id == release.id else "followed by another"
