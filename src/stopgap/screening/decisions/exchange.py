"""Logs of decisions that leave a lake, and come into one."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.chained_log import ChainCheck
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event, whole_lines
from stopgap.base.spreadsheets import guarded
from stopgap.screening.decisions.decision import decision_from, moment
from stopgap.screening.decisions.exchange_format import ReplayPlan, replay_plan
from stopgap.screening.decisions.log import LOG

CSV_COLUMNS = (
    "line", "id", "as", "who", "when", "why", "query", "countries", "identifiers", "list", "entity_id", "entity_name",
    "list_date", "receipt", "score", "model", "programme", "previous", "hash", "event",
)  # fmt: skip
"""Columns of an exported CSV; ``event`` is the line of the log, and the only one that is read back."""


@dataclass(frozen=True, slots=True)
class Replay:
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
            f"the file cannot be read: {error.strerror or error}",
            where=str(file),
            fix="check that you may read it",
        ) from error
    return exported_lines(content, file.name)


def verify(lake: Path, *, file: Path | None = None, head: str | None = None) -> ChainCheck:
    """Whether a log's chain holds: the lake's own, or that of an exported file.

    Raises:
        NotFoundError: There is no such file.
        InputError: It cannot be read, or the head is no hash.
    """
    if head is not None and not (len(head) == 64 and all(digit in "0123456789abcdef" for digit in head)):
        raise UsageError(
            f"{head[:80]!r} is no hash",
            where="--head",
            fix="give the 64 digits that decisions verify printed",
        )
    content = LOG.content(lake) if file is None else read_export(file)
    return LOG.check(content, head=head)


def replay(
    lake: Path, file: Path, *, who: str, when: str, head: str | None = None, is_dry: bool = False
) -> Replay:
    """Take the decisions of another log into a lake; a second time changes nothing.

    Args:
        lake: Folder of the lake.
        file: What ``decisions export`` wrote elsewhere.
        who: Who takes it up.
        when: UTC.
        head: Hash that the log is known to have had.
        is_dry: Only say what would be done.

    Raises:
        RefusedError: The other log's chain is broken, or one's own; or the lake cannot be written.
        InputError: The file is no log of decisions.
        NotFoundError: There is no such file.
    """
    content = read_export(file)
    check = LOG.check(content, head=head)
    if not check.holds:
        raise RefusedError(
            f"the log is not as it was written, and nothing of it was taken: {check.fault}",
            where=f"{file.name}, line {check.line}",
            fix="ask its sender for it again, and for its head (decisions verify --head)",
            details={"line": check.line},
        )
    theirs = list(LOG.events_of(content, file))
    if not theirs:
        raise InputError(
            "the file holds no decision", where=file.name, fix="take a file that decisions export wrote"
        )
    if is_dry:
        own = LOG.read(lake)
        plan = replay_plan(own, theirs, who=who, when=moment(when))
        return Replay(plan, 0, LOG.check(LOG.content(lake)).head, len(own), check.torn_bytes)
    with LOG.writing(lake) as log:
        own = log.events()
        plan = replay_plan(own, theirs, who=who, when=moment(when))
        log.append(plan.events)
        after = LOG.check(LOG.content(lake))
    return Replay(plan, len(plan.events), after.head, after.events, check.torn_bytes)


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
