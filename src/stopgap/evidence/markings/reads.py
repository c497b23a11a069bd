"""Compute the marking of an answer from the reads that a read ledger recorded.

An answer gets this marking unless a command computes a more exact one: a finding uses only the figures of its
frequency, a person releases a verdict. An exact marking replaces only the kinds of reads that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import RefusedError, StopgapError
from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.base.read_ledger import FINDINGS, HISTORY, RELEASES, ROWS, SUBJECT, Read, bookkeeping, current_ledger
from stopgap.base.settings import load_settings
from stopgap.evidence.markings.effective import DEFAULTS, LakeMarkings, Resting, open_markings
from stopgap.evidence.markings.provenance import (
    ALL_TABLES,
    IN_FINDINGS,
    marking_of_claims,
    marking_of_verdict,
    marks_in_force,
    statements_in,
)
from stopgap.lake.partner_evidence import read_received
from stopgap.lake.schema import LISTED, TRADE
from stopgap.measures.alerts.log import read_events

if TYPE_CHECKING:
    from stopgap.claims.testing.results import TestedClaim

ALERTS, CLAIMS, DECISIONS, RECEIVED = "alerts", "claims", "decisions", "received"
"""Kinds of reads for the logs of a lake, named by their folders."""

LISTS_LOG = "lists"

EVERYTHING = (ROWS, HISTORY, FINDINGS, RELEASES, SUBJECT, ALERTS, CLAIMS, DECISIONS, RECEIVED, LISTS_LOG)
"""All kinds of reads: those covered by the marking of a pack, which contains nothing stricter."""

MEASURED = (ROWS, SUBJECT)
"""Kinds of reads that the marking of a measure covers: its rows, its goods list and its episode."""

VERDICTS = (*MEASURED, FINDINGS, CLAIMS, ALERTS)
"""Kinds of reads that the marking of tested statements covers; a changed verdict raises an alert, hence ``ALERTS``."""

ONE_ALERT = (ROWS, HISTORY, FINDINGS, ALERTS, CLAIMS)
"""Kinds of reads that the marking of one alert covers."""

QUERIED = (ROWS, HISTORY, FINDINGS, RECEIVED)
"""Kinds of reads that the marking of a SQL query over the lake's views covers."""

_NO_EVIDENCE = frozenset({"markings", "trust"})
"""Logs without evidence: markings (``markings list`` computes its own marking) and trusted keys."""

UNKNOWN = Marking(Tlp.RED)
"""Marking assumed where the markings of a lake cannot be read."""


@bookkeeping()
def marking_of_reads(reads: Iterable[Read], asked: Path, *, but: Collection[str] = ()) -> Marking:
    """Return the strictest marking of the recorded reads, except for kinds that a more exact marking covers (``but``).

    ``asked`` is the lake of the command: its marks apply to goods lists and episodes, which are stored in no lake.
    Raises RefusedError if the hash chain of a marking log is broken, InputError if the log is damaged.
    """
    counted = [read for read in reads if read.kind not in but and read.kind not in _NO_EVIDENCE]
    subjects = [read.name for read in counted if read.kind == SUBJECT]
    by_lake: dict[Path, list[Read]] = {asked: []} if subjects else {}
    for read in counted:
        if read.lake is not None:
            by_lake.setdefault(read.lake, []).append(read)
    found = []
    for lake, own in by_lake.items():
        opened = open_markings(lake)
        found += [_marking_of(opened, read) for read in own]
        found += map(opened.markings.of_subject, subjects)
    return strictest(found)


def _marking_of(opened: LakeMarkings, read: Read) -> Marking:
    match read.kind:
        case "rows":  # with the names of files that were taken back: receipts go with the rows
            return opened.of(Resting((read.name,), as_of=read.vintage, is_history=True))
        case "history":
            return opened.of(Resting((read.name,), is_history=True))
        case "findings":
            return strictest([opened.of(Resting(is_history=True)), *marks_in_force(opened, IN_FINDINGS)])
        case "alerts":
            return _of_alerts(opened)
        case "claims":
            return marking_of_claims(opened.lake, statements_in(opened.lake).values(), opened=opened)
        case "decisions":
            from stopgap.screening.decisions.log import read_book

            decided_on = {opened.markings.of_decision(decision.id) for decision in read_book(opened.lake)}
            return strictest([opened.of(Resting((LISTED.name,), is_history=True)), *decided_on])  # which they repeat
        case "received":
            return strictest(pack.marking for pack in read_received(opened.lake))
        case "releases":
            decided = opened.markings.book.decided
            said = [marking for each in decided for marking in (each.marking, each.decided_on)]
            return strictest([*said, *([DEFAULTS["decision"]] if decided else [])])
        case "lists":
            return opened.of(Resting((LISTED.name,), is_history=True))
    return _of_all(opened)  # a log that nobody told us of


def _of_alerts(opened: LakeMarkings) -> Marking:
    """Return the strictest marking of alerts, their claims and decisions, and the trade figures.

    The trade figures count even if there are no alerts.
    """
    events = read_events(opened.lake)
    alerts = [event["alert"] for event in events if isinstance(event.get("alert"), dict)]
    ids = [str(alert["claim_id"]) for alert in alerts if alert.get("claim_id") is not None]
    register = statements_in(opened.lake) if ids else {}
    claims = (register.get(id) for id in ids)
    return strictest(
        [
            opened.of(Resting((TRADE.name,), is_history=True)),
            *marks_in_force(opened, ("alert",)),
            *(opened.markings.of_claim(claim) for claim in claims if claim is not None),
            *{opened.markings.of_decision(str(event["id"])) for event in events if event["event"] == "decided"},
        ]
    )


def _of_all(opened: LakeMarkings) -> Marking:
    files = opened.of(Resting(ALL_TABLES, is_history=True))
    kinds = (FINDINGS, ALERTS, CLAIMS, DECISIONS, RECEIVED)
    return strictest([files, *(_marking_of(opened, Read(kind, opened.lake)) for kind in kinds)])


@bookkeeping()
def marking_of_all(lake: Path) -> Marking:
    """Return the strictest marking of a lake's content in all vintages.

    It covers files, findings, statements, alerts, decisions and received packs.
    """
    return _of_all(open_markings(lake))


@bookkeeping()
def marking_of_tests(lake: Path, results: Iterable[TestedClaim]) -> Marking:
    """Return the marking of tested statements, including the earlier verdicts that are displayed with them."""
    from stopgap.claims.testing.verdict_log import Retest

    opened = open_markings(lake)
    tested = list(results)
    before = {each.claim_id for each in tested if isinstance(each, Retest) and each.before}
    entries = [entry for entry in statements_in(lake).values() if entry.id in before]
    return strictest(
        [
            *(marking_of_verdict(lake, each, opened=opened) for each in tested),
            marking_of_claims(lake, entries, opened=opened),
        ]
    )


@bookkeeping()
def marking_of_files(lake: Path, hashes: Iterable[str]) -> Marking:
    """Return the strictest marking of the user's own files, by the SHA-256 of their bytes; :data:`CLEAR` for none."""
    markings = open_markings(lake).markings
    return strictest(markings.of_subject(f"attachment:sha256:{each}") for each in hashes)


@bookkeeping()
def marking_of_own(lake: Path, *files: Path) -> Marking:
    """Return the marking of the user's own files used in an answer; they are hashed only if any such file is marked."""
    from stopgap.lake.receipts import hash_file

    opened = open_markings(lake)
    if not marks_in_force(opened, ("attachment",)):
        return DEFAULTS["attachment"] if files else CLEAR
    return marking_of_files(lake, map(hash_file, files))


def with_reads(marking: Marking | None = None, *, covers: Collection[str] = ()) -> Marking:
    """Return a marking, raised to that of the recorded reads except for the kinds that it covers (``covers``).

    ``marking`` is ``None`` where the command does not compute the marking of its answer. Raises RefusedError if the
    current viewer may not see it.
    """
    ledger = current_ledger()
    asked = ledger.lake or load_settings().lake
    found = strictest([marking or CLEAR, marking_of_reads(ledger.reads, asked, but=covers)])
    admit(found)
    return found


def admit(marking: Marking) -> None:
    """Refuse an answer, whatever is in it, that the current viewer may not see.

    Raises:
        RefusedError: The marking is above the viewer's clearance.
    """
    viewer = current_viewer()
    if viewer is not None and not viewer.admits(marking):
        raise RefusedError(ABOVE, fix="ask someone with that clearance, or for less")


ABOVE = "the answer is above your clearance"


def with_reads_or_strictest() -> Marking:
    """Return the marking as :func:`with_reads`, or RED if it cannot be read; for answers about damaged lakes."""
    try:
        return with_reads()
    except StopgapError:
        return UNKNOWN


def mark_error(error: StopgapError) -> None:
    """Set the marking of an error to that of the reads before it was raised, if that is above CLEAR.

    If the markings cannot be read, the strictest is assumed, except for the error that reports this itself, since it
    contains no evidence.
    """
    if error.marking is not None:
        return
    try:
        found = with_reads()
    except Exception as unreadable:  # whatever it is, the error that was meant must be said
        found = CLEAR if str(unreadable) == str(error) else UNKNOWN
    if found != CLEAR:
        error.marking = found
