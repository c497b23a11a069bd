"""Log of screenings: who screened what, when, against which edition, with which outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.base.marking import Marking
from stopgap.pages.companies.hits import probability
from stopgap.pages.companies.query import CompanyQuery, company_tabs
from stopgap.pages.deciding import moment_words
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView
from stopgap.screening.lists.titles import list_title

Event = Mapping[str, Any]

SHOWN = 50
"""Screenings on one page of the log."""

_COLUMNS = (
    TableColumn("When (UTC)"), TableColumn("Who"), TableColumn("What"), TableColumn("Names", "number"),
    TableColumn("Alerting", "number"), TableColumn("Vintage"), TableColumn("Address"), TableColumn("Id"),
)  # fmt: skip
_KEPT_AS_HASH = "only a hash was kept"


def log_page(
    events: Sequence[Event], total: int, start: int, wanted: Mapping[str, str], marking: Marking
) -> PageContent:
    """Return the log, the latest first.

    Args:
        events: Screenings of the page.
        total: Screenings that there are.
        start: Screenings that are passed over.
        wanted: What was chosen: ``who``, ``from``, ``to``, ``query``.
        marking: The strictest of what is shown.
    """
    table = TableView(
        "screenings",
        "Screenings, the latest first",
        _COLUMNS,
        tuple(map(_row, events)),
        empty="No screening of this choice.",
    )
    last = start + len(events)
    return PageContent(
        "companies/log.html",
        "Log of screenings",
        {
            "table": table, "total": total, "first": start + 1, "last": last, "wanted": wanted,
            "source": DataSource("/screenings", dict(wanted)),
            "earlier": {**wanted, "start": max(start - SHOWN, 0)} if start else None,
            "later": {**wanted, "start": last} if last < total else None,
        },
        marking=marking,
        nav="/companies",
        tabs=company_tabs("/companies/log"),
    )  # fmt: skip


def _row(event: Event) -> tuple[Cell, ...]:
    outcome = event.get("outcome", {})
    counts = event.get("counts", {})
    names = counts.get("rows", len(event.get("queries", {})))
    alerting = counts.get("alerting", sum(any(one["match"] for one in each["results"]) for each in outcome.values()))
    has_outcome = event["event"] in ("asked", "file")
    nothing = "given again" if event["event"] == "replayed" else "refused"
    return (
        Cell(moment_words(event["when"]), path_of("companies", "log", event["id"])),
        Cell(event["who"]),
        Cell(_what(event)),
        Cell(f"{names:,}") if has_outcome else Cell("", missing=nothing),
        Cell(f"{alerting:,}") if has_outcome else Cell("", missing=nothing),
        Cell(event["vintage"]) if event.get("vintage") else Cell("", missing="none"),
        Cell(event["address"]),
        Cell(event["id"], path_of("companies", "log", event["id"])),
    )


def _what(event: Event) -> str:
    if event["event"] == "replayed":
        return f"{event['screening']} given again: {'the same' if event['same'] else 'different'}"
    if event["event"] == "refused":
        return f"refused: {event['what']}"
    if event["event"] == "file":
        return f"file {event['file']['name']}"
    if event.get("hashed"):
        return _KEPT_AS_HASH
    names = [str(name) for query in event["queries"].values() for name in query["properties"].get("name", ())]
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def screening_page(event: Event, edition: Event | None, marking: Marking) -> PageContent:
    """Return the page of one screening, with the edition of each list.

    Args:
        event: The screening.
        edition: The edition that it names; ``None`` if it names none.
        marking: Marking of the answer.
    """
    facts = (
        ("When (UTC)", moment_words(event["when"])),
        ("Who", f"{event['who']} ({event.get('role', '')}, by {event.get('via', '')})"),
        ("Address", event["address"]),
        ("What", _what(event)),
        ("Vintage", event.get("vintage") or ""),
        ("Model", event.get("model") or ""),
        ("Index", event.get("index") or ""),
        ("Threshold", str((event.get("options") or {}).get("threshold") or "")),
        ("Rows of the file", _counts(event.get("counts"))),
        ("Hash of the file", (event.get("file") or event.get("upload") or {}).get("sha256", "")),
        ("Hash of the answers", ", ".join(each["sha256"] for each in event.get("answers", ()))),
    )
    editions = tuple(
        (Cell(list_title(each["list"])), Cell(each["list_date"]) if each["list_date"] else Cell("", missing="day not known"),
         Cell(each["vintage"]), Cell(f"{each['entities']:,}"), Cell(each["receipt"]))
        for each in (edition or {}).get("editions", ())
    )  # fmt: skip
    columns = (
        TableColumn("List"), TableColumn("Edition of"), TableColumn("Vintage"), TableColumn("Entries", "number"), TableColumn("Receipt"),
    )  # fmt: skip
    return PageContent(
        "companies/screening.html",
        f"Screening of {moment_words(event['when'])}",
        {
            "facts": tuple((term, said) for term, said in facts if said),
            "outcome": _outcome(event),
            "editions": TableView("editions", "Editions of the lists that were asked", columns, editions, empty="No list was asked."),
            "id": event["id"],
            "may_replay": event["event"] == "asked" and not event.get("hashed"),
            "again": None,
        },
        marking=marking,
        nav="/companies",
        tabs=company_tabs(""),
        kicker=event["id"],
    )  # fmt: skip


def _counts(counts: Mapping[str, int] | None) -> str:
    if not counts:
        return ""
    return f"{counts['rows']:,} read, {counts['rejected']:,} not looked up, {counts['matched']:,} with a match, {counts['alerting']:,} alert"


def _outcome(event: Event) -> TableView:
    rows: list[tuple[Cell, ...]] = []
    for key, query in event.get("queries", {}).items():
        said = query["properties"]
        name = _KEPT_AS_HASH if event.get("hashed") else ", ".join(map(str, said.get("name", ())))
        screen = CompanyQuery(name, next(iter(map(str, said.get("country", ()))), None))
        first = Cell(name) if event.get("hashed") else Cell(name, "/companies", screen.options)
        results = event["outcome"][key]["results"]
        if not results:
            rows.append((first, Cell("", missing="nothing is like it"), *(Cell("", missing="–"),) * 4))
        rows += [(first, *_result(each)) for each in results]
    columns = (
        TableColumn("Name"), TableColumn("Entry"), TableColumn("List"), TableColumn("Probability", "number"),
        TableColumn("Alert"), TableColumn("Decision"),
    )  # fmt: skip
    empty = (
        "The names of a file stand in its answers, which the job keeps."
        if event["event"] == "file"
        else "Nothing was looked up."
    )
    return TableView("outcome", "Outcome, as it was then", columns, tuple(rows), empty=empty)


def _result(each: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(each["entity_id"], path_of("companies", each["entity_id"]), {"list": each["list"]}),
        Cell(f"{list_title(each['list'])}{_of(each['list_date'])}"),
        Cell("", missing="none") if each["score"] is None else Cell(probability(each["score"])),
        Cell("alerts", tag="bad") if each["match"] else Cell("no"),
        Cell(each["decision"]) if each["decision"] else Cell("", missing="none then"),
    )


def replay_part(document: Mapping[str, Any], marking: Marking) -> PageContent:
    """Return what came of a screening that was given again, as a part of its page."""
    same = document["same"]
    different = ", ".join(document["different_queries"])
    said = (
        f"Given again against the same edition (vintage {document['vintage']}): list, entry and score of every match are the same."
        if same
        else f"Given again against the same edition (vintage {document['vintage']}), these queries differ: {different}."
    )
    return PageContent(
        "companies/replayed.html", "Given again", {"said": said, "same": same}, marking=marking, nav="/companies"
    )


def _of(day: str | None) -> str:
    return f" of {day}" if day else ""
