"""Saved views: addresses of the service that someone keeps under a name; each person sees the own ones alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.service.state.people import checked_name
from stopgap.service.state.tables import ViewRow, as_document

MOST = 1_000
"""Views that one person may have."""

LONGEST_ADDRESS = 8_000

ALONE = 0
"""Owner of the views of the analyst alone."""


def views_of(session: Session, owner: int | None) -> list[dict[str, Any]]:
    """Return the views of a person, by name, as JSON."""
    rows = session.scalars(select(ViewRow).where(ViewRow.owner == (owner or ALONE)).order_by(ViewRow.name))
    return [as_document(row, "name", "address", "created") for row in rows]


def save_view(session: Session, owner: int | None, name: str, address: str, at: datetime) -> dict[str, Any]:
    """Save an address under a name, in place of the one that had it.

    Raises:
        UsageError: The name is none, or the address is not a path of this service.
        RefusedError: The person has too many views.
    """
    name = checked_name(name)
    if not _is_path(address):
        raise UsageError(
            "a view is an address of this service",
            where=address[:60],
            fix="give its path and query, such as /api/v1/episodes/russia-2022/measure?goods=chips",
        )
    owner = owner or ALONE
    row = session.scalar(select(ViewRow).where(ViewRow.owner == owner, ViewRow.name == name))
    if row is None:
        count = session.scalar(select(func.count()).select_from(ViewRow).where(ViewRow.owner == owner)) or 0
        if count >= MOST:
            raise RefusedError(f"{MOST:,} views are saved", where=name, fix="remove one that is no longer needed")
        row = ViewRow(owner=owner, name=name, address=address, created=at)
        session.add(row)
    row.address, row.created = address, at
    session.flush()
    return as_document(row, "name", "address", "created")


def remove_view(session: Session, owner: int | None, name: str) -> None:
    """Remove a view.

    Raises:
        NotFoundError: The person has none of that name.
    """
    row = session.scalar(select(ViewRow).where(ViewRow.owner == (owner or ALONE), ViewRow.name == name))
    if row is None:
        raise NotFoundError(f"no view is called {name[:60]!r}", where="saved views", fix="GET views lists them")
    session.delete(row)


def _is_path(address: str) -> bool:
    """Return whether an address is a path of this service: no other host, no script, no line end."""
    is_plain = address.isprintable() and "\\" not in address and len(address) <= LONGEST_ADDRESS
    return is_plain and address.startswith("/") and not address.startswith("//")
