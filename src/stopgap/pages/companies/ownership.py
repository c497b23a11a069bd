"""Who owns whom: whether a firm counts as owned by those who are listed, by the shortest path, as a drawing and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.api import Lake
from stopgap.pages.companies.ownership_chart import ownership_chart
from stopgap.pages.companies.query import company_tabs
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence
from stopgap.screening.ownership.request import OwnershipRequest
from stopgap.screening.ownership.rule import RULES

if TYPE_CHECKING:
    from stopgap.screening.ownership.paths import Chain, Explained, Holding
    from stopgap.screening.ownership.run import CheckedParty, OwnershipRun

_STATUS = {
    "listed": ("is listed itself", "bad"),
    "covered": ("counts as owned by those who are listed", "bad"),
    "not covered": ("does not count as owned by those who are listed", "good"),
    "cannot be told": ("may count as owned by those who are listed: shares that are not stated decide it", "warn"),
}


@dataclass(frozen=True)
class PathStep:
    """One step of a path: an owner, and its share in the next.

    Attributes:
        name: Name of the owner.
        page: Path of its page, where it is listed; else empty.
        share: Its share in the next, with what states it; empty for the last.
    """

    name: str
    page: str
    share: str


def ownership_form(party: str, problem: Mapping[str, str] | None = None) -> PageContent:
    """Return the page on which a table of ownership is sent.

    Args:
        party: What the form holds: id or name of the firm.
        problem: ``what``, ``where`` and ``fix`` of a table that was refused.
    """
    rules = tuple((rule.name, rule.says) for rule in RULES.values())
    return PageContent(
        "companies/ownership.html",
        "Who owns a firm",
        {"party": party, "rules": rules, "problem": problem, "later_charts": True},
        nav="/companies",
        tabs=company_tabs("/companies/ownership"),
    )


def ownership_answer(lake: Lake, party: str, request: OwnershipRequest) -> PageContent:
    """Return whether a firm of a table counts as owned, with the paths to those who are listed.

    Args:
        lake: The lake.
        party: Id or name of the firm in the table.
        request: The table, the rule and the lists.

    Raises:
        NotFoundError: No such party, list or rule.
        InputError: The table cannot be read.
        MissingDataError: There is no list to look at.
    """
    checked = lake.ownership.check(party, request)
    found, run = checked.found, checked.run
    said, tag = _STATUS.get(found.status.value, (found.status.value, "plain"))
    basis = _basis(checked)
    rule = run.coverage.rule.says
    chart = ownership_chart(found, run, f"{as_sentence(rule)} {basis}") if found.chains else None
    name = found.name or found.id
    return PageContent(
        "companies/owned.html",
        "Who owns a firm",
        {
            "sentence": f"{name} {said}.",
            "through": _through(found),
            "tag": tag,
            "status": found.status.value,
            "share": _range(found.low, found.high),
            "paths": tuple(_path(chain, run) for chain in found.chains),
            "has_more": found.has_more,
            "chart": chart,
            "holders": holders(found),
            "owners": owners(run, found),
            "rule": rule,
            "basis": "" if chart is not None else basis,
            "notes": tuple(map(as_sentence, run.warnings)),
        },
        marking=checked.marking,
        charts=(chart,) if chart is not None else (),
        nav="/companies",
    )


def _through(found: Explained) -> str:
    """Return the shortest path in a sentence; empty without one."""
    if not found.chains:
        return ""
    chain = found.chains[0]
    steps = [f"holds {share_text(each)} of {each.asset_name or each.asset}" for each in chain]
    return f" The shortest path to a listed party: {chain[0].owner_name or chain[0].owner} {', which '.join(steps)}."


def share_text(holding: Holding) -> str:
    """Return a share as text: ``60 %``, or ``0 to 100 %`` where it is not stated."""
    return _range(holding.low, holding.high)


def _range(low: float, high: float) -> str:
    return f"{low * 100:.6g} %" if low == high else f"{low * 100:.6g} to {high * 100:.6g} %"


def _page_of(run: OwnershipRun, party: str) -> str:
    """Return the path of the page of a listed party; empty where it is on no list of the lake."""
    names = {name for name, _ in run.lists}
    place = run.coverage.table.index.get(party)
    listed = run.listed.get(place, ()) if place is not None else ()
    entity = next((each.entity_id for each in listed if each.list in names), None)
    return path_of("companies", entity) if entity else ""


def _path(chain: Chain, run: OwnershipRun) -> tuple[PathStep, ...]:
    last = chain[-1]
    steps = [
        PathStep(each.owner_name or each.owner, _page_of(run, each.owner), f"{share_text(each)}{_source(each)}")
        for each in chain
    ]
    return (*steps, PathStep(last.asset_name or last.asset, _page_of(run, last.asset), ""))


def _source(holding: Holding) -> str:
    said = dict.fromkeys(", ".join(part for part in (each.source, each.as_of) if part) for each in holding.stated)
    text = "; ".join(each for each in said if each)
    return f" ({text})" if text else ""


def holders(found: Explained) -> TableView:
    """Return the direct owners that are listed, or on a path to one who is, as a table."""
    rows = tuple(
        (
            Cell(each.owner_name or each.owner),
            Cell(each.owner),
            Cell(share_text(each)),
            Cell("; ".join(said.text or "not stated" for said in each.stated)),
            _stated([said.source for said in each.stated]),
            _stated([said.as_of for said in each.stated]),
        )
        for each in found.holders
    )
    columns = (
        TableColumn("Owner"), TableColumn("Id"), TableColumn("Share", "number"), TableColumn("As stated"),
        TableColumn("Source"), TableColumn("As of"),
    )  # fmt: skip
    empty = "No direct owner is listed, or owned by one who is."
    return TableView("holders", "Direct owners that are listed, or owned by those who are", columns, rows, empty=empty)


def _stated(values: Sequence[str | None]) -> Cell:
    said = "; ".join(dict.fromkeys(each for each in values if each))
    return Cell(said) if said else Cell("", missing="not stated")


def owners(run: OwnershipRun, found: Explained) -> TableView:
    """Return the listed owners at the top of the paths, with the lists that hold them, as a table."""
    rows = tuple(
        (
            Cell(owner["name"] or owner["id"], _page_of(run, owner["id"])),
            Cell(owner["id"]),
            Cell("; ".join(dict.fromkeys(each["list"] for each in owner["listed"]))),
            Cell("; ".join(dict.fromkeys(each["by"] for each in owner["listed"]))),
        )
        for owner in run.owners(found)
    )
    columns = (TableColumn("Listed owner"), TableColumn("Id"), TableColumn("Lists"), TableColumn("Found by"))
    return TableView("owners", "Listed parties at the top of the paths", columns, rows, empty="None.")


def _basis(checked: CheckedParty) -> str:
    run = checked.run
    table = run.coverage.table
    days = sorted({day for _, day in run.lists if day})
    span = "" if not days else f", edition of {days[0]}" if len(days) == 1 else f", editions of {days[0]} to {days[-1]}"
    lists = f"{'1 list' if len(run.lists) == 1 else f'{len(run.lists)} lists'}{span}"
    when = f"shares as of {run.as_of}" if run.as_of else "the latest share of each pair"
    return f"{len(table.ids):,} parties and {len(table.owner):,} shares in the table, {when}; {lists}; {len(run.listed):,} parties listed."
