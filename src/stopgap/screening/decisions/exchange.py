"""Export and import logs of decisions."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainCheck
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event, whole_lines
from stopgap.base.marking import Markable
from stopgap.base.spreadsheets import guarded
from stopgap.screening.decisions.decision import decision_from, moment
from stopgap.screening.decisions.exchange_format import ReplayPlan, replay_plan
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
    """A log of decisions as it leaves a lake.

    Attributes:
        text: JSON lines, byte for byte as the log has them, or CSV.
    """

    text: str


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


def export(lake: Path, form: str) -> ExportedLog:
    """The log, to be read by an auditor or replayed on another lake.

    Args:
        lake: Folder of the lake.
        form: ``json``: JSON lines, as the log stands; or ``csv``.

    Raises:
        RefusedError: Its chain is broken.
        UsageError: Another form.
    """
    if form not in ("json", "csv"):
        raise UsageError(f"a log of decisions is not written as {form}", where="--format", fix="choose json or csv")
    return ExportedLog(export_lines(lake).decode("utf-8") if form == "json" else export_csv(lake))


def export_lines(lake: Path) -> bytes:
    """The log as JSON lines: its whole lines, byte for byte; empty where nobody decided.

    Raises:
        RefusedError: Its chain is broken.
    """
    content = LOG.content(lake)
    LOG.events_of(content, LOG.path(lake))
    return content[: content.rfind(b"\n") + 1]


def export_csv(lake: Path) -> str:
    """The log as CSV: a row an event, its line in the last column.

    Raises:
        RefusedError: Its chain is broken.
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    lines = whole_lines(export_lines(lake))
    for number, line in enumerate(lines, start=1):
        writer.writerow(_row(number, line))
    return sink.getvalue()


def exported_lines(content: bytes, name: str) -> bytes:
    """The log in an exported file, as JSON lines.

    Raises:
        InputError: The file is no exported log.
    """
    body = content.removeprefix(b"\xef\xbb\xbf")
    if not body or (body.startswith(b"{") and b'"previous":"' in body):
        return body
    if not body.startswith(b"line,id,as,"):
        raise InputError(
            "the file is no log of decisions",
            where=name,
            fix="take a file that decisions export wrote (JSON lines, or CSV)",
        )
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
    return exported_lines(content, file.name)


def verify(lake: Path, *, file: Path | None = None, head: str | None = None) -> CheckedLog:
    """Whether a log's chain holds: the lake's own, or that of an exported file.

    Raises:
        NotFoundError: There is no such file.
        InputError: It cannot be read.
        UsageError: The head is no hash.
    """
    if head is not None and not (len(head) == 64 and all(digit in "0123456789abcdef" for digit in head)):
        raise UsageError(
            f"{head[:80]!r} is no hash", where="--head", fix="give the 64 digits that decisions verify printed"
        )
    content = LOG.content(lake) if file is None else read_export(file)
    return CheckedLog(**asdict(LOG.check(content, head=head)))


def replay(lake: Path, file: Path, request: ReplayRequest, *, who: str, when: str) -> ReplayResult:
    """Take the decisions of another log into a lake; a second time changes nothing.

    Args:
        lake: Folder of the lake.
        file: What ``decisions export`` wrote elsewhere.
        request: Hash that the log is known to have had, and whether to say only what would be done.
        who: Who takes it up.
        when: UTC.

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
