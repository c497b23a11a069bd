"""Export, check and merge logs of decisions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainCheck, chained
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.event_log import Event, whole_lines
from stopgap.base.marking import Markable
from stopgap.base.paths import no_file
from stopgap.base.spreadsheets import guarded
from stopgap.screening.decisions.decision import DecisionBook, MatchDecision, decision_from, decisions_from, moment
from stopgap.screening.decisions.log import LOG
from stopgap.screening.decisions.request import ReplayRequest

CSV_COLUMNS = (
    "line", "id", "as", "who", "when", "why", "query", "countries", "identifiers", "list", "entity_id", "entity_name",
    "list_date", "receipt", "score", "model", "programme", "previous", "hash", "event",
)  # fmt: skip
"""Columns of an exported CSV file; ``event`` is the line of the log, and the only column that is read back."""


@dataclass(frozen=True)
class CheckedLog(ChainCheck, Markable):
    """Result of verifying a log's hash chain, with the number of bytes after its last whole line."""

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap decisions verify --format json`` prints."""
        return {**super().as_dict(), "torn_bytes": self.torn_bytes}


@dataclass(frozen=True)
class ExportedLog(Markable):
    """A log of decisions exported from a lake: JSON lines, byte for byte as in the log, or CSV."""

    text: str


def export(lake: Path, form: str) -> ExportedLog:
    """Export the log for an auditor or another lake, as ``json`` (JSON lines, byte for byte) or ``csv``."""
    if form not in ("json", "csv"):
        raise UsageError(f"a log of decisions is not written as {form}", where="--format", fix="choose json or csv")
    return ExportedLog(export_lines(lake).decode("utf-8") if form == "json" else export_csv(lake))


def export_lines(lake: Path) -> bytes:
    """Return the log's whole lines (JSON lines) byte for byte; empty without decisions; reject a broken hash chain."""
    content = LOG.content(lake)
    LOG.events_of(content, LOG.path(lake))
    return content[: content.rfind(b"\n") + 1]


def export_csv(lake: Path) -> str:
    """Return the log as CSV: one row per event, with the event's log line in the last column."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    lines = whole_lines(export_lines(lake))
    writer.writerows(_row(number, line) for number, line in enumerate(lines, start=1))
    return sink.getvalue()


def read_export(file: Path) -> bytes:
    """Read the log from an exported file, as JSON lines; from CSV, the lines are taken from its last column.

    Raises:
        NotFoundError: There is no such file.
        InputError: The file cannot be read or is not an exported log.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise no_file(file, "a log of decisions", suffixes=(".jsonl", ".csv")) from error
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}", where=str(file), fix="check that you may read it"
        ) from error
    body = content.removeprefix(b"\xef\xbb\xbf")
    if not body or (body.startswith(b"{") and b'"previous":"' in body):
        return body
    if not body.startswith(b"line,id,as,"):
        raise InputError(
            "the file is no log of decisions",
            where=file.name,
            fix="take a file that decisions export wrote (JSON lines, or CSV)",
        )
    return _lines_of_csv(body, file.name)


def _lines_of_csv(body: bytes, name: str) -> bytes:
    limit = csv.field_size_limit(max(len(body), csv.field_size_limit()))
    try:
        rows = csv.DictReader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
        lines = [row["event"] for row in rows]
        return b"".join(line.encode() + b"\n" for line in lines)
    except (csv.Error, UnicodeDecodeError, KeyError, AttributeError) as error:
        raise InputError(
            f"the file is a damaged log of decisions: {str(error)[:200] or 'a row is cut off'}",
            where=name,
            fix="ask for the file again",
        ) from error
    finally:
        csv.field_size_limit(limit)


def verify(lake: Path, *, file: Path | None = None, head: str | None = None) -> CheckedLog:
    """Verify the hash chain of the lake's log, or of an exported ``file``; ``head`` is a hash that it must contain."""
    if head is not None and not (len(head) == 64 and all(digit in "0123456789abcdef" for digit in head)):
        raise UsageError(
            f"{head[:80]!r} is no hash", where="--head", fix="give the 64 digits that decisions verify printed"
        )
    content = LOG.content(lake) if file is None else read_export(file)
    return CheckedLog(**asdict(LOG.check(content, head=head)))


def _row(number: int, line: bytes) -> list[str]:
    event: Event = json.loads(line)
    decision = decision_from(event, line=number)
    cells = [
        decision.id, decision.decided.value, decision.who, decision.when, decision.why, decision.subject.name,
        " ".join(decision.subject.countries), " ".join(event["subject"]["identifiers"]), decision.list, decision.entity_id,
        decision.entity_name, decision.list_date, decision.receipt, decision.score, decision.model, decision.programme,
        event["previous"], event["hash"],
    ]  # fmt: skip
    shown = [str(guarded("" if cell is None else str(cell))) for cell in cells]
    return [str(number), *shown, line.decode()]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pair on which two logs hold different decisions: that in force in each log, and that in force after merging."""

    own: MatchDecision
    theirs: MatchDecision
    in_force: MatchDecision

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.own.id,
            "query": self.own.subject.name,
            "list": self.own.list,
            "entity_id": self.own.entity_id,
            "own": _short(self.own),
            "theirs": _short(self.theirs),
            "in_force": "own" if self.in_force.identity == self.own.identity else "theirs",
        }


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Planned effect of replaying another log.

    Attributes:
        events: Events to append.
        read: Number of decisions in the other log.
        known: Number of those that the own log already contains.
        conflicts: Pairs on which the logs differ, sorted by name.
        is_continued: Whether the other log continues the own log; then its lines are appended unchanged.
    """

    events: tuple[Event, ...]
    read: int
    known: int
    conflicts: tuple[Conflict, ...]
    is_continued: bool


def replay_plan(own: Sequence[Event], theirs: Sequence[Event], *, who: str, when: str) -> ReplayPlan:
    """Determine what another log, whose hash chain was verified, adds to the own log and where the two conflict.

    Decisions keep who, when and why. If the other log continues the own log, or the own log is empty, its events are
    appended unchanged, and both logs then have the same head. Otherwise each new event records its origin (``origin``),
    who replayed it and when. Two lakes that replay each other's logs arrive at the same decisions in force. An event of
    the other log that is not a decision raises InputError.
    """
    here = list(decisions_from(own))
    there = list(decisions_from(theirs))
    known = {decision.identity for decision in here}
    is_continued = _goes_on(own, theirs)
    fresh: list[tuple[MatchDecision, Event]] = []
    for decision, event in zip(there, theirs, strict=True):
        if decision.identity not in known:
            known.add(decision.identity)
            fresh.append((decision, event))
    if is_continued:
        events = tuple(theirs[len(own) :])
    else:
        taken = {"taken_by": who, "taken_on": when}
        events = tuple({**event, "origin": decision.identity, **taken} for decision, event in fresh)
    return ReplayPlan(
        events=events,
        read=len(there),
        known=len(there) - len(fresh),
        conflicts=_conflicts(here, [decision for decision, _ in fresh], there),
        is_continued=is_continued,
    )


def _goes_on(own: Sequence[Event], theirs: Sequence[Event]) -> bool:
    """Whether the other log starts with the own log, and this version would write its further lines identically."""
    if [event["hash"] for event in own] != [event["hash"] for event in theirs[: len(own)]]:
        return False
    return all(chained(event, event["previous"])[1] == event["hash"] for event in theirs[len(own) :])


def _conflicts(
    here: Sequence[MatchDecision], fresh: Sequence[MatchDecision], there: Sequence[MatchDecision]
) -> tuple[Conflict, ...]:
    """Return the pairs on which the other log has a new decision that differs from the own one."""
    own, theirs, after = DecisionBook(here), DecisionBook(there), DecisionBook([*here, *fresh])
    found = []
    for key in dict.fromkeys(decision.key for decision in fresh):
        mine, other, now = own.in_force(key), theirs.in_force(key), after.in_force(key)
        if mine and other and now and mine.decided is not other.decided:
            found.append(Conflict(mine, other, now))
    return tuple(sorted(found, key=lambda each: (each.own.subject.name, each.own.list, each.own.entity_id)))


def _short(decision: MatchDecision) -> dict[str, str]:
    return {"as": decision.decided.value, "who": decision.who, "when": decision.when, "why": decision.why}


@dataclass(frozen=True)
class ReplayResult(Markable):
    """Outcome of a replay.

    Attributes:
        plan: New decisions and conflicts.
        taken: Number of decisions appended; 0 in a dry run.
        head: Head (last hash) of the own log afterwards.
        events: Number of events in it afterwards.
        torn_bytes: Number of bytes at the end of the file that are not a whole line.
    """

    plan: ReplayPlan
    taken: int
    head: str
    events: int
    torn_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap decisions replay --format json`` prints."""
        return {
            "read": self.plan.read,
            "known": self.plan.known,
            "new": self.plan.read - self.plan.known,
            "taken": self.taken,
            "conflicts": [each.as_dict() for each in self.plan.conflicts],
            "head": self.head,
            "events": self.events,
            "torn_bytes": self.torn_bytes,
        }


def replay(lake: Path, file: Path, request: ReplayRequest, *, who: str, when: str) -> ReplayResult:
    """Merge the decisions of another log into a lake; repeating it changes nothing. ``when`` is in UTC.

    Raises:
        RefusedError: The hash chain of the other log or of the lake's log is broken, or the lake cannot be written.
        InputError: The file is not a log of decisions, or has none.
        NotFoundError: There is no such file.
    """
    content = read_export(file)
    check = LOG.check(content, head=request.head)
    if not check.holds:
        raise RefusedError(
            f"the log is not as it was written, and nothing of it was taken: {check.fault}",
            where=f"{file.name}, line {check.line}",
            fix="ask its sender for it again, and for its head (decisions verify --head)",
            details={"line": check.line},
        )
    theirs = list(LOG.events_of(content, file))
    if not theirs:
        raise InputError("the file holds no decision", where=file.name, fix="take a file that decisions export wrote")
    if request.dry_run:
        own = LOG.read(lake)
        plan = replay_plan(own, theirs, who=who, when=moment(when))
        return ReplayResult(plan, 0, LOG.check(LOG.content(lake)).head, len(own), check.torn_bytes)
    with LOG.writing(lake) as log:
        own = log.events()
        plan = replay_plan(own, theirs, who=who, when=moment(when))
        log.append(plan.events)
        after = LOG.check(LOG.content(lake))
    return ReplayResult(plan, len(plan.events), after.head, after.events, check.torn_bytes)
