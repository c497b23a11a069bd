"""Audit log of the service: a hash chain that is only added to, and tampering with it is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from stopgap.base.chained_log import ChainCheck, ChainedLog, chained
from stopgap.service.state.database import Database
from stopgap.service.state.tables import AuditRow, iso

AUDIT_LOG = ChainedLog(
    folder="service-audit",
    title="audit log of the service",
    fields={"done": ("at", "who", "what", "about", "outcome", "request_id", "number")},
)
"""Form of the log: its export is a file that can be verified as every chained log."""

_LOCK = 0x61756469


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is written to the audit log: never a secret, never evidence.

    Attributes:
        who: Name of the one who did it; ``-`` where nobody signed in.
        what: What was done, such as ``people add``.
        about: Name or id of what it was done to.
        outcome: ``done``, ``refused``, or the status of the answer.
        request_id: Id of the request, as the service's log has it; ``None`` on the command line.
    """

    who: str
    what: str
    about: str = ""
    outcome: str = "done"
    request_id: str | None = None


def add_entry(session: Session, entry: AuditEntry, at: datetime) -> None:
    """Add a line to the log within a transaction that writes; it stands or falls with the rest of the transaction."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.execute(select(AuditRow.number, AuditRow.line).order_by(AuditRow.number.desc()).limit(1)).first()
    number = 1 if last is None else last.number + 1
    before = AUDIT_LOG.genesis() if last is None else json.loads(last.line)["hash"]
    about = entry.about[:1_000]
    line, _ = chained(
        {
            "format": AUDIT_LOG.format,
            "event": "done",
            "number": number,
            "at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "who": entry.who,
            "what": entry.what,
            "about": about,
            "outcome": entry.outcome,
            "request_id": entry.request_id,
        },
        before,
    )
    session.add(
        AuditRow(
            number=number, at=at, who=entry.who[:120], what=entry.what[:80], about=about, outcome=entry.outcome[:80],
            request_id=entry.request_id, line=line.decode(),
        )
    )  # fmt: skip
    session.flush()


@dataclass(frozen=True)
class AuditPage:
    """A part of the audit log.

    Attributes:
        entries: Entries as JSON, the oldest first.
        total: Number of all entries that were asked for, on all pages.
        after: Number of the last entry of this page where more follow; ``None`` on the last page.
    """

    entries: tuple[dict[str, Any], ...]
    total: int
    after: int | None


@dataclass(frozen=True)
class Audit:
    """The audit log of a database."""

    database: Database

    def page(self, *, after: int = 0, limit: int = 1_000, who: str | None = None, what: str | None = None) -> AuditPage:
        """Return entries behind a number, of one person or one act if given."""
        wanted = [AuditRow.number > 0]
        wanted += [AuditRow.who == who] if who is not None else []
        wanted += [AuditRow.what == what] if what is not None else []
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(AuditRow).where(*wanted)) or 0
            found = session.scalars(
                select(AuditRow).where(*wanted, AuditRow.number > after).order_by(AuditRow.number).limit(limit + 1)
            ).all()
        rows = found[:limit]
        return AuditPage(tuple(map(_document, rows)), total, rows[-1].number if len(found) > limit else None)

    def latest(
        self, *, before: int | None = None, limit: int = 100, who: str | None = None, what: str | None = None
    ) -> AuditPage:
        """Return the last entries before a number, the latest first; ``after`` is where the next page begins."""
        wanted = [AuditRow.who == who] if who is not None else []
        wanted += [AuditRow.what == what] if what is not None else []
        earlier = [AuditRow.number < before] if before is not None else []
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(AuditRow).where(*wanted)) or 0
            asked = select(AuditRow).where(*wanted, *earlier).order_by(AuditRow.number.desc()).limit(limit + 1)
            found = session.scalars(asked).all()
        rows = found[:limit]
        return AuditPage(tuple(map(_document, rows)), total, rows[-1].number if len(found) > limit else None)

    def acts(self) -> list[str]:
        """Return the acts that the log holds, by name."""
        with self.database.reading() as session:
            return list(session.scalars(select(AuditRow.what).distinct().order_by(AuditRow.what)))

    def lines(self) -> Iterator[str]:
        """Iterate over all lines, the oldest first, as the export has them."""
        with self.database.reading() as session:
            yield from session.scalars(
                select(AuditRow.line).order_by(AuditRow.number).execution_options(yield_per=1_000)
            )

    def check(self, *, head: str | None = None) -> ChainCheck:
        """Verify the log; see :func:`check_log`."""
        with self.database.reading() as session:
            return check_log(session, head=head)


def check_log(session: Session, *, head: str | None = None) -> ChainCheck:
    """Verify the chain, and that the columns of each row say what its line says.

    Args:
        session: A session.
        head: Hash of a line that the log is known to hold: without it, lines cut off the end are not found.
    """
    lines: list[str] = []
    fault: tuple[int, str] | None = None
    rows = session.scalars(select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=1_000))
    for place, row in enumerate(rows, start=1):
        lines.append(row.line)
        fault = fault or _fault_of(row, place)
    check = AUDIT_LOG.check("".join(f"{line}\n" for line in lines).encode(), head=head)
    if fault is None or (check.line is not None and check.line <= fault[0]):
        return check
    before = AUDIT_LOG.check("".join(f"{line}\n" for line in lines[: fault[0] - 1]).encode())
    return ChainCheck(before.events, before.head, *fault)


def _fault_of(row: AuditRow, place: int) -> tuple[int, str] | None:
    """Return place and fault of a row whose columns differ from its line; ``None`` for one that is as written."""
    try:
        said = json.loads(row.line)
        at = datetime.fromisoformat(said["at"])
    except (ValueError, KeyError, TypeError):
        return place, "its line is not one of this log"
    kept = (row.number, row.who, row.what, row.about, row.outcome, row.request_id)
    told = (said.get("number"), str(said.get("who"))[:120], str(said.get("what"))[:80], said.get("about"),
            str(said.get("outcome"))[:80], said.get("request_id"))  # fmt: skip
    if kept != told or abs((row.at - at).total_seconds()) > 0.001:
        return place, "its columns say something else than its line: one of both was changed"
    return (place, "its number is not its place: lines were taken out or put in") if row.number != place else None


def _document(row: AuditRow) -> dict[str, Any]:
    said = json.loads(row.line)
    return {
        "number": row.number, "at": iso(row.at), "who": row.who, "what": row.what, "about": row.about,
        "outcome": row.outcome, "request_id": row.request_id, "hash": said.get("hash"),
    }  # fmt: skip
