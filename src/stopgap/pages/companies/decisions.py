"""Decisions on matches: those in force, and the block of a match after a further one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.base.marking import CLEAR, strictest
from stopgap.pages.companies.hits import DECIDED, block_of, probability
from stopgap.pages.companies.query import CompanyQuery, company_tabs
from stopgap.pages.deciding import moment_words
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView
from stopgap.screening.decisions.request import DecisionsRequest, DecisionStatus, MatchDecisionRequest
from stopgap.screening.decisions.states import StandingDecision

STATUSES = tuple(str(each) for each in DecisionStatus)

_COLUMNS = (
    TableColumn("Name that was screened"), TableColumn("Entry"), TableColumn("List"), TableColumn("Decided"),
    TableColumn("State"), TableColumn("Who"), TableColumn("When (UTC)"), TableColumn("Reason"),
    TableColumn("Score shown", "number"), TableColumn("Changed since"),
)  # fmt: skip


def decided_block(lake: Lake, key: str, entries: Sequence[tuple[str, str]], common: Mapping[str, Any]) -> PageContent:
    """Decide on each listing of a match, and return its block of decisions as it is now.

    Args:
        lake: The lake.
        key: Name of the match on the page.
        entries: List and id of each listing.
        common: Further options of :class:`MatchDecisionRequest`, the same for each.

    Raises:
        NotFoundError: No list in force has an entry.
        InputError: There is no reason, or the score is no probability.
        UsageError: No such decision.
    """
    requests = [MatchDecisionRequest(list=name, entity=entity, **common) for name, entity in entries]
    standings = [lake.decisions.decide(request) for request in requests]
    hidden = [
        ("key", key), ("query", common["query"]), *(("country", each) for each in common["countries"]),
        *(("identifier", each) for each in common["identifiers"]), *(("list", name) for name, _ in entries),
        *(("entity", entity) for _, entity in entries),
        *([("score", repr(common["score"]))] if common["score"] is not None else []),
        *([("model", common["model"])] if common["model"] else []),
    ]  # fmt: skip
    block = block_of(key, f"{common['query']} and {entries[0][1]}", hidden, standings)
    marking = strictest(each.marking or CLEAR for each in standings)
    return PageContent("decided.html", "Decision", {"block": block}, marking=marking, nav="/companies")


def decisions_page(lake: Lake, status: str) -> PageContent:
    """Return the decisions in force, the latest first.

    Args:
        lake: The lake.
        status: Which; one of :class:`DecisionStatus`.

    Raises:
        UsageError: No such status.
        RefusedError: The chain of the log is broken.
    """
    found = lake.decisions.list(DecisionsRequest(status=status))
    table = TableView(
        "decisions",
        f"Decisions on matches, the latest first: {status}",
        _COLUMNS,
        tuple(map(_row, found)),
        source=DataSource("/decisions", {"status": status}),
        empty="No decision of this status. Screen a name, and confirm, dismiss or watch one of its hits.",
    )
    return PageContent(
        "companies/decisions.html",
        "Decisions on matches",
        {"table": table, "status": status, "statuses": STATUSES},
        marking=found.marking,
        nav="/companies",
        tabs=company_tabs("/companies/decisions"),
    )


def _row(each: StandingDecision) -> tuple[Cell, ...]:
    decision = each.decision
    subject = decision.subject
    number = next((f"{one.kind}:{one.value}" for one in subject.identifiers), None)
    screen = CompanyQuery(subject.name, next(iter(subject.countries), None), number)
    changes = "; ".join(change.says for change in each.changes)
    return (
        Cell(subject.name, "/companies", screen.options),
        Cell(decision.entity_id, path_of("companies", decision.entity_id), {"list": decision.list}),
        Cell(f"{decision.list}{f' of {decision.list_date}' if decision.list_date else ''}"),
        Cell(DECIDED[decision.decided.value]),
        Cell(each.state.value, tag="warn" if each.state.is_open else "plain"),
        Cell(decision.who),
        Cell(moment_words(decision.when)),
        Cell(decision.why),
        Cell("", missing="not noted") if decision.score is None else Cell(probability(decision.score)),
        Cell(changes) if changes else Cell("", missing="nothing"),
    )
