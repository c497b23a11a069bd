"""Change markings: set a marking, release an item, withdraw a release, check the log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainCheck
from stopgap.base.clearance import current_viewer
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Markable, Marking, parse_marking, strictest
from stopgap.base.read_ledger import FINDINGS, RELEASES, Read, bookkeeping, record
from stopgap.evidence.markings.effective import LakeMarkings, finding_behind, open_markings
from stopgap.evidence.markings.provenance import Behind, alert_behind, statements_in, verdict_behind
from stopgap.lake.history import read_log
from stopgap.lake.marking_log import (
    DERIVED,
    KINDS,
    LOG,
    Mark,
    MarkingRelease,
    book_of,
    lowers,
    marked_event,
    parse_subject,
    read_book,
    released_event,
    withdrawn_event,
)
from stopgap.lake.receipts import Receipt
from stopgap.measures.alerts.log import read_events


@dataclass(frozen=True)
class MarkingSet(Markable):
    """Result of setting a marking: the mark as recorded in the log, and warnings for the user."""

    mark: Mark
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the mark and its warnings as a JSON object."""
        return {**self.mark.as_dict(), "warnings": list(self.notes)}


@dataclass(frozen=True)
class Released(Markable):
    """Result of a release or its withdrawal: the release as recorded in the log."""

    release: MarkingRelease

    def as_dict(self) -> dict[str, Any]:
        """Return the release as a JSON object; ``marked`` is the marking that it gives the item."""
        release = self.release
        document = {("marked" if name == "marking" else name): value for name, value in release.as_dict().items()}
        if release.withdrawn is not None:
            document["withdrawn"] = dict(zip(("who", "when", "why"), release.withdrawn, strict=True))
        return document


def asked_marking(text: str | None, releasable_to: str | Sequence[str] | None) -> Marking | None:
    """Parse the marking from ``--marking`` and ``--releasable-to``; ``None`` if neither is given.

    Raises UsageError for economies without a level.
    """
    if text is None:
        if releasable_to is not None:
            raise UsageError(
                "economies are named, but no level",
                where="--releasable-to",
                fix="add --marking, such as --marking TLP:AMBER",
            )
        return None
    return parse_marking(text, releasable_to)


def set_marking(lake: Path, subject: str, marking: Marking, *, who: str, when: str, why: str) -> MarkingSet:
    """Mark a subject (see :data:`stopgap.lake.marking_log.KINDS`); earlier marks stay in the log. ``when`` is UTC.

    Raises:
        UsageError: The subject or the reason is invalid.
        NotFoundError: The lake does not contain the subject.
        RefusedError: The mark would put a finding or an alert below its inputs or its earlier mark.
    """
    wanted = parse_subject(subject)
    notes = _known(lake, wanted)
    event = marked_event(wanted, marking, who=who, when=when, why=why)
    with LOG.writing(lake) as log:
        book = read_book(lake)
        own = book.own(wanted)
        if wanted.partition(":")[0] in DERIVED:
            _refuse_lowering(lake, wanted, marking, own)
        log.append([event])
    earlier = (
        marked_event(mark.subject, mark.marking, who=mark.who, when=mark.when, why=mark.why)
        for mark in book.history(wanted)
    )
    made = book_of([*earlier, event], where=str(LOG.path(lake))).marks[-1]
    if made.lowers and made.before is not None:
        notes.append(
            f"{wanted} was {made.before.label}: {marking.label} opens it to some to whom it was closed; the log keeps both"
        )
    return MarkingSet(made, tuple(notes))


def _refuse_lowering(lake: Path, subject: str, marking: Marking, own: Marking | None) -> None:
    opened = open_markings(lake)
    kind, _, name = subject.partition(":")
    behind = item_behind(opened, subject) if kind == "finding" else alert_behind(opened, name)
    inputs = strictest(marking for _, marking in behind)
    if lowers(inputs, marking):
        raise RefusedError(
            f"the {kind} is {inputs.label} by its own mark and all that it rests on, and {marking.label} would lower it"
            if own is None or own == inputs
            else f"the {kind} is {inputs.label} by what it rests on, and {marking.label} would lower it",
            where=subject,
            fix="a finding is lowered by a release: stopgap markings release"
            if kind == "finding"
            else "lower the marking of the files that it rests on, with the reason",
        )


def _known(lake: Path, subject: str) -> list[str]:
    """Return warnings about a subject that matches nothing in the lake yet, such as a source without files.

    Raises NotFoundError for a receipt, claim, alert, decision or finding that is not in the lake.
    """
    kind, _, name = subject.partition(":")
    strict: dict[str, tuple[Callable[[], bool], str]] = {
        "receipt": (lambda: any(each.receipt == name for each in _receipts(lake)), "stopgap query \"SELECT receipt, file_name FROM receipts\" lists them; a file gets its marking before it is in the lake with stopgap import --marking"),
        "claim": (lambda: name in statements_in(lake), "stopgap claims list --all shows the ids"),
        "alert": (lambda: name in _alerts(lake), "stopgap alerts list --status all shows the ids"),
        "decision": (lambda: name in (_alerts(lake) if name.startswith("a-") else _decisions(lake)), "stopgap decisions list and stopgap alerts list show the ids"),
        "finding": (lambda: finding_path(lake, name).is_file(), "measure first: the lake keeps what it measured"),
    }  # fmt: skip
    if kind in strict:
        is_there, fix = strict[kind]
        if not is_there():
            raise NotFoundError(f"the lake has no {kind} {name}", where=str(lake), fix=fix)
    if kind == "source" and all(each.source != name for each in _receipts(lake)):
        return [f"no file of the source {name} is in the lake yet; the mark holds for those to come"]
    return []


def _receipts(lake: Path) -> list[Receipt]:
    return [receipt for commit in read_log(lake) for receipt in commit.receipts]


def _alerts(lake: Path) -> set[str]:
    return {str(event["id"]) for event in read_events(lake) if event["event"] == "raised"}


def _decisions(lake: Path) -> set[str]:
    from stopgap.screening.decisions.log import read_book as read_decisions

    return {decision.id for decision in read_decisions(lake)}


def finding_path(lake: Path, id: str) -> Path:
    """Return the path of the file in which the lake keeps a finding (``sha256:…``)."""
    return lake / "findings" / f"{id.removeprefix('sha256:')}.json"


def stored_finding(lake: Path, id: str) -> dict[str, object]:
    """Read a finding stored in the lake, as JSON; raise NotFoundError if it is missing, InputError if it is damaged."""
    path, viewer = finding_path(lake, id), current_viewer()
    record([Read(FINDINGS, lake)])
    try:
        content: dict[str, object] = json.loads(path.read_text("utf-8"))
        for name in ("finding_id", "as_of", "frequency", "goods", "episode"):
            content[name]
        if viewer is not None and not viewer.sees_finding(lake, content):
            raise FileNotFoundError
    except FileNotFoundError as error:
        raise NotFoundError(
            f"the lake keeps no finding {id}", where=str(lake), fix="measure it again with stopgap measure"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "a finding kept in the lake is damaged",
            where=f"{path}: {str(error)[:200]}",
            fix="delete this file: measuring again writes it anew",
        ) from error
    return content


def find_item(lake: Path, wanted: str) -> str:
    """Resolve the item of a release to ``finding:sha256:…`` or ``verdict:ID``.

    ``wanted`` is either of these, the id of a finding or its first digits (at least 8), or the id of a statement.

    Raises:
        NotFoundError: The item is not in the lake, or several findings match.
        RefusedError: The item is neither a finding nor a verdict.
        UsageError: ``wanted`` is not a valid id.
    """
    kind, _, name = wanted.strip().partition(":")
    if kind == "verdict" or wanted.startswith("c-"):
        from stopgap.claims.register.register import find_claim
        from stopgap.claims.register.texts import read_register

        return f"verdict:{find_claim(read_register(lake), name or wanted.strip()).id}"
    if kind in KINDS and kind != "finding":
        raise RefusedError(
            f"{wanted[:80]} is no finding and no verdict: only sums that rest on others are released",
            where="stopgap markings release",
            fix=f"mark it with its reason: stopgap markings set {wanted[:80]}",
        )
    digits = wanted.strip().removeprefix("finding:").removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        raise UsageError(
            f"{wanted[:80]!r} is no id of a finding",
            where="FINDING",
            fix="give sha256: and 8 digits at least, as stopgap measure prints them, or verdict:ID",
        )
    record([Read(FINDINGS, lake)])
    found = sorted(path.stem for path in (lake / "findings").glob(f"{digits}*.json") if _is_seen(lake, path.stem))
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found)} findings begin with {digits}" if found else f"the lake keeps no finding {digits}",
            where=str(lake),
            fix="give more of its digits" if found else "stopgap measure keeps what it measures",
        )
    return f"finding:sha256:{found[0]}"


def _is_seen(lake: Path, digits: str) -> bool:
    """Whether the current viewer may see a stored finding; all may be seen where there is no viewer."""
    if current_viewer() is None:
        return True
    try:
        stored_finding(lake, f"sha256:{digits}")
    except NotFoundError:
        return False
    return True


def item_behind(opened: LakeMarkings, item: str) -> Behind:
    """Return the inputs of an item with their markings; without a release, the strictest is the item's marking."""
    kind, _, name = item.partition(":")
    if kind == "finding":
        return finding_behind(opened, stored_finding(opened.lake, name))
    return verdict_behind(opened, statements_in(opened.lake)[name])


def release(lake: Path, wanted: str, marking: Marking, *, who: str, when: str, why: str) -> MarkingRelease:
    """Lower the marking of a finding or verdict below that of its inputs, by a decision logged with its reason.

    The release is in force while the inputs are no stricter than now: if one of the item's files is marked higher
    later, the release lapses, and must be decided anew. Raises as :func:`find_item` does, and RefusedError if the
    marking would not lower the item's.
    """
    item = find_item(lake, wanted)
    with LOG.writing(lake) as log:
        opened = open_markings(lake)
        with bookkeeping():
            inputs = strictest(marking for _, marking in item_behind(opened, item))
        now_marked = opened.markings.released(item, inputs)
        if not lowers(now_marked, marking):
            raise RefusedError(
                f"{marking.label} does not lower it: it is {now_marked.label}",
                where=item,
                fix="a release lowers; to mark it higher: stopgap markings set",
            )
        event = released_event(item, marking, decided_on=inputs, who=who, when=when, why=why)
        log.append([event])
    return read_book(lake).releases[item]


def withdraw_release(lake: Path, wanted: str, *, who: str, when: str, why: str) -> MarkingRelease:
    """Withdraw a release; it stays in the log, and an earlier release of the item is in force again.

    Raises NotFoundError if there is no such release, RefusedError if it was already withdrawn.
    """
    record([Read(RELEASES, lake)])
    with LOG.writing(lake) as log:
        found = [each for each in read_book(lake).decided if each.id == wanted.strip()]
        if not found:
            raise NotFoundError(
                f"there is no release {wanted[:40]!r}", where=str(lake), fix="stopgap markings list shows the ids"
            )
        if found[0].withdrawn is not None:
            by, on, reason = found[0].withdrawn
            raise RefusedError(
                f"{found[0].id} was taken back already", where=f"by {by} on {on}: {reason}", fix="nothing is left to do"
            )
        log.append([withdrawn_event(found[0].id, who=who, when=when, why=why)])
    return next(each for each in read_book(lake).decided if each.id == found[0].id)


def check_log(lake: Path, *, head: str | None = None) -> ChainCheck:
    """Verify the hash chain of the marking log; raise InputError if an intact chain has a line that is not a marking.

    ``head`` is the hash of a line that the log is known to have had: without it, lines cut off at the end go unnoticed.
    Raises UsageError if it is not a hash.
    """
    if head is not None and not re.fullmatch(r"[0-9a-f]{64}", head):
        raise UsageError(
            f"{head[:80]!r} is no hash", where="--head", fix="give the 64 digits that markings check printed"
        )
    check = LOG.check(LOG.content(lake), head=head)
    if check.holds:
        read_book(lake)
    return check
