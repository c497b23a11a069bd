"""Provenance of derived answers: the marked inputs of alerts, verdicts, queries and other results."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.clearance import current_viewer, whole_lake
from stopgap.base.errors import NotFoundError
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.base.read_ledger import bookkeeping
from stopgap.evidence.markings.effective import DEFAULTS, LakeMarkings, Resting, inputs_of_finding, open_markings
from stopgap.lake.history import vintages
from stopgap.lake.partner_evidence import read_received
from stopgap.lake.partner_views import PREFIX
from stopgap.lake.schema import DECLARATIONS, LISTED, TABLES, TRADE
from stopgap.measures.alerts.log import read_events

if TYPE_CHECKING:
    from stopgap.claims.register.events import RegisteredClaim
    from stopgap.claims.testing.results import TestedClaim
    from stopgap.measures.alerts.cases import AlertCase, AlertDocument
    from stopgap.screening.exposure.results import ExposureFinding

ALL_TABLES = tuple(TABLES)

LISTS = (LISTED.name,)

IN_FINDINGS = ("finding", "goods", "episode")
"""Kinds of subjects whose marks count for the findings stored in a lake."""

VIEW_TABLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("trade", "trade_aggregates", "trade_breakdowns", "reported", "findings"), (TRADE.name,)),
    "declarations": (DECLARATIONS.name,),
    **dict.fromkeys(("listed", "listed_state"), (LISTED.name,)),
    "receipts": ALL_TABLES,
    **dict.fromkeys(("received_packs", "received_findings"), ()),  # marked as the packs are
}
"""Relation of a SQL query -> tables whose files it may disclose."""

Behind = list[tuple[str, Marking]]


@bookkeeping()
def alert_behind(opened: LakeMarkings, alert: str) -> Behind:
    """Return what determines an alert's marking: its own mark, its claim, and the trade figures of all vintages.

    All vintages count, since alerts use the first releases of figures. Raises NotFoundError if there is no such alert.
    """
    events = (event for event in read_events(opened.lake) if event["event"] == "raised")
    raised = next((event for event in events if event["id"] == alert), None)
    if raised is None:
        fix = "stopgap alerts list --status all shows the ids"
        raise NotFoundError(f"the lake has no alert {alert}", where=str(opened.lake), fix=fix)
    return _alert_behind(opened, alert, raised["alert"])


def _alert_behind(opened: LakeMarkings, id: str, alert: AlertDocument) -> Behind:
    own = opened.markings.own(f"alert:{id}")
    named = alert.get("claim_id")
    claim = None if named is None else statements_in(opened.lake).get(str(named))
    return [
        *([] if own is None else [(f"alert:{id}", own)]),
        *([] if claim is None else [(f"claim:{claim.id}", opened.markings.of_claim(claim))]),
        *opened.behind(Resting(is_history=True)),
    ]


@bookkeeping()
def marking_of_alerts(lake: Path, cases: Iterable[AlertCase], *, opened: LakeMarkings | None = None) -> Marking:
    """Return the marking of alerts as displayed: with their decisions, which name people and their reasons."""
    found = opened or open_markings(lake)
    return strictest(
        marking
        for case in cases
        for marking in (
            strictest(marking for _, marking in _alert_behind(found, case.id, case.alert)),
            found.markings.of_decision(case.id) if case.decisions else CLEAR,
        )
    )


@bookkeeping()
def inputs_of_verdict(opened: LakeMarkings, entry: RegisteredClaim) -> Marking:
    """Return the marking of a statement's verdict without a release."""
    return strictest(marking for _, marking in verdict_behind(opened, entry))


@bookkeeping()
def verdict_behind(opened: LakeMarkings, entry: RegisteredClaim) -> Behind:
    """Return what determines a verdict's marking: the statement, the findings of its tests, and all trade figures."""
    ids = [id for test in entry.tests for id in test.get("finding_ids", ())]
    return [
        (f"claim:{entry.id}", opened.markings.of_claim(entry)),
        *_findings_behind(opened, ids),
        *opened.behind(Resting()),
    ]


def _findings_behind(opened: LakeMarkings, ids: Sequence[str]) -> Behind:
    """Return findings with their markings; one that is not stored may use any figure that the lake ever contained."""
    found = []
    for id in dict.fromkeys(ids):
        path = opened.lake / "findings" / f"{id.removeprefix('sha256:')}.json"
        try:
            content = json.loads(path.read_text("utf-8"))
            marking = opened.markings.released(f"finding:{id}", inputs_of_finding(opened, content))
        except (OSError, ValueError, KeyError, TypeError):
            marking = opened.of(Resting(is_history=True))
        found.append((f"finding:{id}", marking))
    return found


@bookkeeping()
def marking_of_verdict(lake: Path, tested: TestedClaim, *, opened: LakeMarkings | None = None) -> Marking:
    """Return the marking of a tested statement: that of a release that covers it, else the strictest of its inputs.

    The inputs are the statement, its findings, and all trade figures of its vintage.
    """
    found = opened or open_markings(lake)
    entry = statements_in(lake).get(tested.claim_id)
    statement = found.markings.default_of_claim(tested.claim) if entry is None else found.markings.of_claim(entry)
    findings = [marking for _, marking in _findings_behind(found, tested.finding_ids)]
    inputs = strictest([statement, *findings, found.of(Resting(as_of=tested.as_of))])
    return inputs if entry is None else found.markings.released(f"verdict:{entry.id}", inputs)


@bookkeeping()
def marking_of_claims(lake: Path, entries: Iterable[RegisteredClaim], *, opened: LakeMarkings | None = None) -> Marking:
    """Return the marking of statements as the register displays them: with their last verdicts."""
    found = opened or open_markings(lake)
    return strictest(
        marking
        for entry in entries
        for marking in (
            found.markings.of_claim(entry),
            found.markings.released(f"verdict:{entry.id}", inputs_of_verdict(found, entry)) if entry.tests else CLEAR,
        )
    )


def marking_of_tables(
    lake: Path,
    tables: Iterable[str] = (TRADE.name,),
    *,
    as_of: str | None = None,
    is_history: bool = False,
    also: Iterable[Marking] = (),
) -> Marking:
    """Return the strictest marking of the files in some tables of the lake, and of ``also``.

    ``as_of`` is the vintage, the newest when ``None``.
    """
    resting = Resting(tuple(tables), as_of=as_of, is_history=is_history)
    return strictest([open_markings(lake).of(resting), *also])


def marking_of_result(
    lake: Path, result: Any, *, tables: Iterable[str] = (TRADE.name,), also: Iterable[Marking] = ()
) -> Marking:
    """Return the marking of the result of a measure other than ``measure``: routes, prices, levers, exposure and so on.

    The result has ``as_of``, ``goods`` and ``episode``; its inputs may be the files of ``tables``, and ``also``.
    """
    opened = open_markings(lake)
    return strictest(
        [
            opened.of(Resting(tuple(tables), as_of=result.as_of)),
            *(opened.markings.of_subject(f"{kind}:{getattr(result, kind)}") for kind in ("goods", "episode")),
            *also,
        ]
    )


def marking_of_exposure(lake: Path, finding: ExposureFinding) -> Marking:
    """Return the marking of an exposure finding: the strictest of declarations, lists, figures and shown decisions."""
    is_decided = any(hit.decision is not None for company in finding.companies for hit in company.hits or ())
    also = [DEFAULTS["decision"]] if is_decided else []
    return marking_of_result(lake, finding, tables=ALL_TABLES, also=also)


def marking_of_receipts(lake: Path, ids: Iterable[str]) -> Marking:
    """Return the strictest marking of files, given by receipt ids, in all tables that contain their rows."""
    wanted = set(ids)
    with whole_lake():  # also those that whoever imported them may not see
        opened = open_markings(lake)
        return strictest(
            opened.markings.of_receipt(receipt)
            for commit in opened.commits
            for receipt in commit.receipts
            if receipt.receipt in wanted
        )


@bookkeeping()
def marking_of_decisions(lake: Path, ids: Iterable[str]) -> Marking:
    """Return the strictest marking of decisions on matches, and of the lists whose entries they quote."""
    opened = open_markings(lake)
    return strictest([opened.of(Resting((LISTED.name,), is_history=True)), *map(opened.markings.of_decision, ids)])


@bookkeeping()
def marking_of_relations(lake: Path, relations: frozenset[str], *, as_of: str | None = None) -> Marking:
    """Return the strictest marking of the files that a SQL statement over some of the lake's relations may disclose.

    ``relations`` are those that it reads, from :func:`stopgap.lake.query.relations.relations_read`.
    """
    opened = open_markings(lake)
    if not vintages(opened.commits):
        as_of = None  # the lake holds packs of others alone
    tables = tuple(sorted({table for name in relations for table in VIEW_TABLES[name]}))
    is_received = any(name.startswith(PREFIX) for name in relations)
    return strictest(
        [
            opened.of(Resting(tables, as_of=as_of)),
            *_beside_rows(opened, relations),
            *(pack.marking for pack in (read_received(lake) if is_received else ())),
        ]
    )


@bookkeeping()
def marking_of_view(lake: Path, view: str, *, as_of: str | None = None) -> Marking:
    """Return the strictest marking of the files that a view of the lake discloses."""
    opened = open_markings(lake)
    resting = Resting(VIEW_TABLES[view], as_of=as_of)
    return strictest([opened.of(resting), *_beside_rows(opened, frozenset({view}))])


def _beside_rows(opened: LakeMarkings, relations: frozenset[str]) -> list[Marking]:
    """Return the markings of what relations disclose beside the rows of a vintage.

    These are findings of any vintage, and withdrawn receipts.
    """
    found = []
    if "receipts" in relations:
        found.append(opened.of(Resting(ALL_TABLES, is_history=True)))
    if "findings" in relations:
        found += [opened.of(Resting(is_history=True)), *marks_in_force(opened, IN_FINDINGS)]
    return found


def marks_in_force(opened: LakeMarkings, kinds: Collection[str]) -> list[Marking]:
    """Return the markings in force of some kinds of subjects; what the current viewer may not see is not shown either."""
    viewer = current_viewer()
    marks = [mark for mark in opened.markings.book.in_force.values() if mark.subject.partition(":")[0] in kinds]
    return [mark.marking for mark in marks if viewer is None or viewer.admits(mark.marking)]


def statements_in(lake: Path) -> Mapping[str, RegisteredClaim]:
    """Return the registered statements by their ids."""
    from stopgap.claims.register.texts import read_register

    return read_register(lake).claims
