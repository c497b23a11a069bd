"""My work: what one made, decided and was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.api import Lake
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.claims.register.request import ClaimFilter
from stopgap.measures.alerts.request import AlertFilter, Listed
from stopgap.pages.jobs.view import JobView, jobs_table, moment
from stopgap.pages.people.acts import act_words, outcome_words
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, Tab, TableColumn, TableView
from stopgap.screening.decisions.request import DecisionsRequest, DecisionStatus

SHOWN = 30
"""Rows of each list."""

DECISION_STATES = {
    "standing": ("stands", "good"),
    "reopened": ("reopened: the list changed", "warn"),
    "undecided": ("undecided", "warn"),
    "unknown": ("cannot be compared with the list", "plain"),
}


@dataclass(frozen=True)
class OwnRecords:
    """What the service's own database has of a person.

    Attributes:
        jobs: Jobs that the person asked for, the last first.
        views: Saved views: ``name``, ``address``, ``created``.
        acts: Entries of the audit log: ``at``, ``what``, ``outcome``, the last first.
    """

    jobs: Sequence[JobView] = ()
    views: Sequence[Mapping[str, Any]] = ()
    acts: Sequence[Mapping[str, Any]] = ()


def people_tabs(here: str, *, is_admin: bool) -> tuple[Tab, ...]:
    """Return the pages on oneself, and those on people for an admin."""
    tabs = [("My work", "/me"), ("Settings", "/settings")]
    tabs += [("People", "/people"), ("Audit log", "/audit")] if is_admin else []
    return tuple(Tab(text, page, page == here) for text, page in tabs)


def work_page(lake: Lake, name: str, own: OwnRecords, *, tabs: tuple[Tab, ...]) -> PageContent:
    """Return what a person made, decided and was asked.

    Args:
        lake: The lake.
        name: The person's name, as logs keep it.
        own: What the service's database has of the person.
        tabs: Further pages.

    Raises:
        RefusedError: A log of the lake is not as it was written.
    """
    has_lake = lake.no_lake is None
    markings = [job.marking for job in own.jobs if job.marking]
    decisions, alerts, claims, received = _empty(), _empty(), _empty(), _empty()
    waiting: list[tuple[str, str]] = []
    if has_lake:
        decisions, reopened = _decisions(lake, name, markings)
        alerts, is_open = _alerts(lake, name, markings)
        claims = _claims(lake, name, markings)
        received = _received(lake, name, markings)
        if reopened:
            waiting.append(
                (
                    f"{reopened:,} of your decisions on companies are undecided, or were reopened because a list changed",
                    "/companies",
                )
            )
        if is_open:
            waiting.append((f"{is_open:,} alerts are open", "/alerts"))
    under_way = sum(not job.is_final for job in own.jobs)
    if under_way:
        waiting.append((f"{under_way} of your jobs are under way", "/me"))
    sections = (
        ("Decisions on companies", decisions),
        ("Decisions on alerts", alerts),
        ("Claims that I registered", claims),
        ("Packs that I received", received),
        ("What I did on this service", _acts(own.acts)),
    )
    return PageContent(
        template="people/work.html",
        title="My work",
        kicker=f"Signed in as {name}",
        marking=strictest(markings),
        nav="/me",
        tabs=tabs,
        values={
            "waiting": tuple(waiting),
            "jobs": jobs_table(
                own.jobs[:SHOWN],
                caption="Jobs, the last asked for first",
                empty="You have asked for no import, brief, pack or screening yet.",
            ),
            "views": tuple(own.views),
            "sections": sections,
            "blank": tuple(dict.fromkeys(table.empty for _, table in sections if not table.rows)),
        },
    )


def _empty() -> TableView:
    return TableView("none", "", (), (), empty="There is no lake yet: import files first.")


def _said(marking: Marking | None) -> Marking:
    return marking or CLEAR


def _decisions(lake: Lake, name: str, markings: list[Marking]) -> tuple[TableView, int]:
    found = lake.decisions.list(DecisionsRequest(status=DecisionStatus.ALL, by=name))
    mine = [each for each in found if each.decision.who == name]
    if mine:
        markings.append(_said(found.marking))
    reopened = sum(str(each.state.value) in ("reopened", "undecided") for each in mine)
    rows = tuple(
        (
            Cell(each.decision.subject.name),
            Cell(f"{each.decision.list}: {each.decision.entity_id}"),
            Cell(
                {"true": "the same company", "false": "another company", "undecided": "undecided"}.get(
                    str(each.decision.decided), str(each.decision.decided)
                )
            ),
            Cell(each.decision.why),
            Cell(moment(each.decision.when)),
            Cell(
                *DECISION_STATES.get(str(each.state.value), (str(each.state.value), "plain"))[:1],
                tag=DECISION_STATES.get(str(each.state.value), ("", "plain"))[1],
            ),
        )
        for each in mine[:SHOWN]
    )
    columns = ("Name", "Listed entity", "Decided as", "Reason", "When", "State")
    table = TableView(
        "decisions", "Decisions on matches, the latest first", tuple(map(TableColumn, columns)), rows, total=len(mine),
        empty="You have decided on no match. Screen a name or a file under Companies.",
    )  # fmt: skip
    return table, reopened


def _alerts(lake: Lake, name: str, markings: list[Marking]) -> tuple[TableView, int]:
    found = lake.alerts.list(AlertFilter(status=Listed.ALL))
    is_open = sum(case.status == "open" for case in found)
    mine = [(decision, case) for case in found for decision in case.decisions if decision.get("who") == name]
    mine.sort(key=lambda each: str(each[0]["when"]), reverse=True)
    if mine or is_open:
        markings.append(_said(found.marking))
    rows = tuple(
        (
            Cell(case.id, path_of("alerts", case.id)),
            Cell(str(case.alert["episode"])),
            Cell(str(decision["as"])),
            Cell(str(decision["why"])),
            Cell(moment(str(decision["when"]))),
        )
        for decision, case in mine[:SHOWN]
    )
    columns = ("Alert", "Episode", "Decided as", "Reason", "When")
    table = TableView(
        "alert-decisions", "Decisions on alerts, the latest first", tuple(map(TableColumn, columns)), rows, total=len(mine),
        empty="You have decided on no alert.",
    )  # fmt: skip
    return table, is_open


def _claims(lake: Lake, name: str, markings: list[Marking]) -> TableView:
    found = lake.claims.list(ClaimFilter(withdrawn=True))
    mine = [row for each in found if (row := each.row())["who"] == name]
    if mine:
        markings.append(_said(found.marking))
    rows = tuple(
        (
            Cell(row["title"], path_of("claims", row["id"])),
            Cell(row["said_by"]),
            Cell(row["said_on"]),
            Cell(row["status"]),
            Cell(moment(row["when"])),
        )
        for row in mine[:SHOWN]
    )
    columns = ("Claim", "Said by", "Said on", "State", "Registered on")
    return TableView(
        "claims", "Statements that I put into the register", tuple(map(TableColumn, columns)), rows, total=len(mine),
        empty="You have registered no statement.",
    )  # fmt: skip


def _received(lake: Lake, name: str, markings: list[Marking]) -> TableView:
    mine = [pack for pack in lake.packs.received() if pack.who == name]
    markings += [pack.marking for pack in mine]
    rows = tuple(
        (
            Cell(pack.name, path_of("packs", "received", pack.sha256)),
            Cell(pack.called or pack.origin),
            Cell(pack.marking.label),
            Cell(moment(pack.when)),
        )
        for pack in reversed(mine)
    )
    columns = ("Pack", "From", "Marking", "Received on")
    return TableView(
        "packs",
        "Packs, the last received first",
        tuple(map(TableColumn, columns)),
        rows[:SHOWN],
        total=len(rows),
        empty="You have received no pack.",
    )


def _acts(acts: Sequence[Mapping[str, Any]]) -> TableView:
    rows = tuple(
        (Cell(moment(str(each["at"]))), Cell(act_words(str(each["what"]))), Cell(outcome_words(str(each["outcome"]))))
        for each in acts[:SHOWN]
    )
    columns = ("When", "What", "Outcome")
    return TableView(
        "acts",
        "From the audit log, the latest first",
        tuple(map(TableColumn, columns)),
        rows,
        empty="The audit log has nothing of you yet.",
    )
