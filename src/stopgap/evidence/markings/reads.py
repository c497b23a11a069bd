"""Compute the marking of what a read ledger holds.

An answer is marked so unless it says what it is marked by something more exact: a finding rests on the figures of its
frequency alone, a person releases a verdict. Such a marking stands in for the reads that it names, and for no others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.base.read_ledger import FINDINGS, HISTORY, RELEASES, ROWS, SUBJECT, Read, bookkeeping, current_ledger
from stopgap.base.settings import load_settings
from stopgap.claims.register.texts import read_register
from stopgap.evidence.markings.effective import DEFAULTS, LakeMarkings, Resting, open_markings
from stopgap.evidence.markings.provenance import (
    ALL_TABLES,
    IN_FINDINGS,
    marking_of_claims,
    marking_of_verdict,
    marks_in_force,
)
from stopgap.lake.partner_evidence import read_received
from stopgap.lake.schema import LISTED, TRADE
from stopgap.measures.alerts.log import read_events

if TYPE_CHECKING:
    from stopgap.claims.testing.results import TestedClaim

ALERTS, CLAIMS, DECISIONS, RECEIVED = "alerts", "claims", "decisions", "received"
"""Logs of a lake, as the ledger calls them: by their folder."""

LISTS_LOG = "lists"

EVERYTHING = (ROWS, HISTORY, FINDINGS, RELEASES, SUBJECT, ALERTS, CLAIMS, DECISIONS, RECEIVED, LISTS_LOG)
"""What a marking stands in for that accounts for all that was read: that of a pack, which nothing above it enters."""

MEASURED = (ROWS, SUBJECT)
"""What the marking of a measure accounts for: the rows that it rests on, its goods list and its episode."""

VERDICTS = (*MEASURED, FINDINGS, CLAIMS, ALERTS)
"""What the marking of tested statements accounts for; a verdict that turned raises an alert of its own."""

ONE_ALERT = (ROWS, HISTORY, FINDINGS, ALERTS, CLAIMS)
"""What the marking of one alert accounts for."""

QUERIED = (ROWS, HISTORY, FINDINGS, RECEIVED)
"""What the marking of a statement over the views accounts for."""

_NO_EVIDENCE = frozenset({"markings", "trust"})
"""Logs that say nothing of evidence: what is marked (``markings list`` says by itself what it shows), and whose keys count."""

UNKNOWN = Marking(Tlp.RED)
"""What is assumed where the markings of a lake cannot be read."""


@bookkeeping()
def marking_of_reads(reads: Iterable[Read], asked: Path, *, but: Collection[str] = ()) -> Marking:
    """The strictest marking of what a ledger holds, but for kinds of reads that something more exact stands in for.

    ``asked`` is the lake that a command was given: its marks count for goods lists and episodes, which stand in no
    lake. Refuses a log of markings that is broken (RefusedError) or damaged (InputError).
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
            return marking_of_claims(opened.lake, read_register(opened.lake).claims.values(), opened=opened)
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
    """Strictest marking of alerts, decisions on them, and the trade figures, which count even without alerts."""
    events = read_events(opened.lake)
    alerts = [event["alert"] for event in events if isinstance(event.get("alert"), dict)]
    ids = [str(alert["claim_id"]) for alert in alerts if alert.get("claim_id") is not None]
    register = read_register(opened.lake).claims if ids else {}
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
    """The strictest marking of all that a lake holds: files of all vintages, findings, statements, alerts, decisions, packs."""
    return _of_all(open_markings(lake))


@bookkeeping()
def marking_of_tests(lake: Path, results: Iterable[TestedClaim]) -> Marking:
    """The marking of tested statements, with the verdicts before that are shown beside."""
    from stopgap.claims.testing.verdict_log import Retest

    opened = open_markings(lake)
    tested = list(results)
    before = {each.claim_id for each in tested if isinstance(each, Retest) and each.before}
    entries = [entry for entry in read_register(lake).claims.values() if entry.id in before]
    return strictest(
        [
            *(marking_of_verdict(lake, each, opened=opened) for each in tested),
            marking_of_claims(lake, entries, opened=opened),
        ]
    )


@bookkeeping()
def marking_of_files(lake: Path, hashes: Iterable[str]) -> Marking:
    """The strictest marking of files of a user's own, by the SHA-256 of their bytes; :data:`CLEAR` of none."""
    markings = open_markings(lake).markings
    return strictest(markings.of_subject(f"attachment:sha256:{each}") for each in hashes)


@bookkeeping()
def marking_of_own(lake: Path, *files: Path) -> Marking:
    """The marking of files of a user's own that an answer rests on; they are hashed only where such files are marked."""
    from stopgap.lake.receipts import hash_file

    opened = open_markings(lake)
    if not marks_in_force(opened, ("attachment",)):
        return DEFAULTS["attachment"] if files else CLEAR
    return marking_of_files(lake, map(hash_file, files))


def with_reads(marking: Marking | None = None, *, covers: Collection[str] = ()) -> Marking:
    """A marking, raised to that of what was read beside the kinds of reads that it accounts for (``covers``).

    ``None`` where the command says nothing of its answer.
    """
    ledger = current_ledger()
    asked = ledger.lake or load_settings().lake
    return strictest([marking or CLEAR, marking_of_reads(ledger.reads, asked, but=covers)])


def with_reads_or_strictest() -> Marking:
    """As :func:`with_reads`; RED where the markings cannot be read, for what must answer of a damaged lake all the same."""
    try:
        return with_reads()
    except StopgapError:
        return UNKNOWN


def mark_error(error: StopgapError) -> None:
    """Give an error the marking of what was read before it was raised, where that is above CLEAR.

    Where the markings cannot be read, the strictest is assumed; the error that says so says nothing of evidence.
    """
    if error.marking is not None:
        return
    try:
        found = with_reads()
    except Exception as unreadable:  # whatever it is, the error that was meant must be said
        found = CLEAR if str(unreadable) == str(error) else UNKNOWN
    if found != CLEAR:
        error.marking = found
