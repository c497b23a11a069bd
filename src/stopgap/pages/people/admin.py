"""People of the service and its audit log, for admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.pages.jobs.view import moment
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, Tab, TableColumn, TableView

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Grants:
    """What an admin may grant: roles with what each may do, and levels with what each allows."""

    roles: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]


def people_page(people: Sequence[Document], grants: Grants, *, tabs: tuple[Tab, ...]) -> PageContent:
    """Return all people with role, clearance and state, and the form that adds one."""
    columns = ("Name", "Role", "Clearance", "Releasable to", "E-mail", "State", "Since")
    rows = tuple(
        (
            Cell(each["name"], path_of("people", each["name"])),
            Cell(each["role"]),
            Cell(each["clearance"]),
            Cell(economies_said(each)),
            Cell(each["email"]) if each["email"] else Cell("", missing="none"),
            Cell("active", tag="good")
            if each["active"]
            else Cell(f"deactivated on {str(each['deactivated'])[:10]}", tag="warn"),
            Cell(str(each["created"])[:10]),
        )
        for each in people
    )
    return PageContent(
        template="people/people.html",
        title="People",
        kicker="Who may use the service, what each may do, and what each may see",
        nav="/me",
        tabs=tabs,
        values={
            "people": TableView(
                "people", "People, by name; those who were deactivated too", tuple(map(TableColumn, columns)), rows,
                empty="Nobody is in the database: one analyst uses the service alone. With --team those who are added here sign in.",
            ),
            "grants": grants,
        },
    )  # fmt: skip


def economies_said(each: Document) -> str:
    """Return the economies that someone is cleared for, in words."""
    return ", ".join(each["releasable_to"] or ()) or "the level alone decides"


def person_page(
    each: Document,
    grants: Grants,
    tokens: Sequence[Document],
    sessions: Sequence[Document],
    *,
    tabs: tuple[Tab, ...],
    is_self: bool,
) -> PageContent:
    """Return the page of a person: changes, invitation, tokens, sessions, deactivation."""
    return PageContent(
        template="people/person.html",
        title=each["name"],
        kicker="Person of the service",
        nav="/me",
        tabs=tabs,
        values={
            "person": each,
            "page": path_of("people", each["name"]),
            "economies": ", ".join(each["releasable_to"] or ()),
            "grants": grants,
            "tokens": tokens,
            "sessions": sessions,
            "is_self": is_self,
            "moment": moment,
        },
    )


def audit_page(
    entries: Sequence[Document],
    *,
    total: int,
    older: int | None,
    who: str,
    what: str,
    acts: Sequence[str],
    tabs: tuple[Tab, ...],
) -> PageContent:
    """Return the audit log, the latest entry first.

    Args:
        entries: Entries of this page.
        total: Entries that the filters leave.
        older: Number below which the next page begins; ``None`` on the last.
        who: Name that is filtered by; empty for all.
        what: Act that is filtered by; empty for all.
        acts: Acts that the log holds.
        tabs: Further pages.
    """
    columns = (
        TableColumn("Number", "number"),
        TableColumn("When"),
        TableColumn("Who"),
        TableColumn("What"),
        TableColumn("About"),
        TableColumn("Outcome"),
        TableColumn("Request"),
    )
    rows = tuple(
        (
            Cell(f"{each['number']:,}"),
            Cell(moment(str(each["at"]))),
            Cell(str(each["who"])),
            Cell(str(each["what"])),
            Cell(str(each["about"])),
            Cell(str(each["outcome"])),
            Cell(str(each["request_id"])) if each["request_id"] else Cell("", missing="command line"),
        )
        for each in entries
    )
    table = TableView(
        "audit", "Audit log of the service, the latest entry first", columns, rows, total=total,
        empty="No entry is left by these filters." if who or what else "Nothing was done on this service yet.",
    )  # fmt: skip
    return PageContent(
        template="people/audit.html",
        title="Audit log",
        kicker="Each entry holds the hash of the one before: what is changed or taken out later is found",
        nav="/me",
        tabs=tabs,
        values={"audit": table, "who": who, "what": what, "acts": acts, "older": older},
    )


def audit_checked(document: Document) -> PageContent:
    """Return what the check of the log's chain found."""
    holds = bool(document["holds"])
    said = (
        f"The chain holds: {document['events']:,} entries, as they were written."
        if holds
        else f"The chain is broken at entry {document['line']}: {document['fault']}."
    )
    return PageContent(
        template="people/audit_checked.html",
        title="Audit log",
        nav="/me",
        values={"holds": holds, "said": said, "head": document["head"]},
    )


def shown_once(title: str, secret: str, facts: tuple[tuple[str, str], ...], advice: str) -> PageContent:
    """Return a secret, which is shown this once.

    Args:
        title: What it is.
        secret: The link or token.
        facts: What is to be known of it.
        advice: What to do with it.
    """
    return PageContent(
        template="people/shown_once.html",
        title=title,
        nav="/me",
        values={"secret": secret, "facts": facts, "advice": advice},
    )
