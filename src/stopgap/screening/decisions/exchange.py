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
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event, whole_lines
from stopgap.base.marking import Markable
from stopgap.base.spreadsheets import guarded
from stopgap.screening.decisions.decision import DecisionBook, MatchDecision, decision_from, decisions_from, moment
from stopgap.screening.decisions.log import LOG
from stopgap.screening.decisions.request import ReplayRequest

CSV_COLUMNS = (
    "line", "id", "as", "who", "when", "why", "query", "countries", "identifiers", "list", "entity_id", "entity_name",
    "list_date", "receipt", "score", "model", "programme", "previous", "hash", "event",
)  # fmt: skip
"""Columns of an exported CSV; ``event`` is the line of the log, and the only one that is read back."""


@dataclass(frozen=True)
class CheckedLog(ChainCheck, Markable):
    """Whether a log's chain holds, and what stands after its last line."""

    def as_dict(self) -> dict[str, Any]:
        """As ``stopgap decisions verify --format json`` prints it."""
        return {**super().as_dict(), "torn_bytes": self.torn_bytes}


@dataclass(frozen=True)
class ExportedLog(Markable):
    """A log of decisions as it leaves a lake: JSON lines, byte for byte as the log has them, or CSV."""

    text: str


def export(lake: Path, form: str) -> ExportedLog:
    """The log, for an auditor or another lake: ``json`` (JSON lines, as it stands) or ``csv``."""
    if form not in ("json", "csv"):
        raise UsageError(f"a log of decisions is not written as {form}", where="--format", fix="choose json or csv")
    return ExportedLog(export_lines(lake).decode("utf-8") if form == "json" else export_csv(lake))


def export_lines(lake: Path) -> bytes:
    """The log as JSON lines: its whole lines, byte for byte; empty where nobody decided. A broken chain is refused."""
    content = LOG.content(lake)
    LOG.events_of(content, LOG.path(lake))
    return content[: content.rfind(b"\n") + 1]


def export_csv(lake: Path) -> str:
    """The log as CSV: a row an event, its line in the last column."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    lines = whole_lines(export_lines(lake))
    writer.writerows(_row(number, line) for number, line in enumerate(lines, start=1))
    return sink.getvalue()


def read_export(file: Path) -> bytes:
    """The log in an exported file, as JSON lines; from CSV the lines are taken out of its last column.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is no exported log.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", where=str(file), fix="check the path") from error
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
    """Whether a log's chain holds: the lake's own, or that of an exported file."""
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
    """A pair on which both logs hold a decision, and not the same: those in force before, and the one after."""

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
    """What a replay does.

    Attributes:
        events: What is to be appended.
        known: Decisions read that are here already.
        conflicts: Pairs on which the logs differ, by name.
        is_continued: Whether the other log goes on where one's own ends: then its lines are taken as they are.
    """

    events: tuple[Event, ...]
    read: int
    known: int
    conflicts: tuple[Conflict, ...]
    is_continued: bool


def replay_plan(own: Sequence[Event], theirs: Sequence[Event], *, who: str, when: str) -> ReplayPlan:
    """What of another log, whose chain was checked, is new, and what conflicts with one's own.

    Decisions keep who, when and why. Where the other log goes on from the end of one's own, or one's own is empty, its
    events are taken as they are, and both logs have the same head after. Elsewhere each carries where it comes from
    (``origin``), who took it up and when. Two lakes that replay each other's logs come to the same answers. An event of
    the other log that is no decision is refused (InputError).
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
    """Whether the other log goes on from the end of one's own, in lines that this programme writes the same."""
    if [event["hash"] for event in own] != [event["hash"] for event in theirs[: len(own)]]:
        return False
    return all(chained(event, event["previous"])[1] == event["hash"] for event in theirs[len(own) :])


def _conflicts(
    here: Sequence[MatchDecision], fresh: Sequence[MatchDecision], there: Sequence[MatchDecision]
) -> tuple[Conflict, ...]:
    """Pairs that the other log says something new and different of."""
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
    """What a replay did.

    Attributes:
        plan: What was new, and what conflicts.
        taken: Decisions that were appended; none in a dry run.
        head: Head of one's own log after.
        events: Its events after.
        torn_bytes: Bytes at the end of the file that are no whole line.
    """

    plan: ReplayPlan
    taken: int
    head: str
    events: int
    torn_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """As ``stopgap decisions replay --format json`` prints it."""
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
    """Take the decisions of another log into a lake; a second time changes nothing. ``when`` is in UTC.

    Raises:
        RefusedError: The other log's chain is broken, or one's own; or the lake cannot be written.
        InputError: The file is no log of decisions.
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
