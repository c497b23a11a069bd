"""Cursor pages: a table in parts that together hold every row once."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from stopgap.base.errors import UsageError
from stopgap.base.request import Option, RequestField
from stopgap.service.problems import ConflictError

MOST_ROWS = 1_000_000
"""Most rows that a page may be asked to hold."""

LIMIT = RequestField(
    "limit", int | None, Option("Rows of a page; without it all rows come.", least=1, most=MOST_ROWS), None
)
ROWS = RequestField(
    "rows", int | None, Option("Rows of a page; without it all rows of the answer come.", least=1, most=MOST_ROWS), None
)
"""In place of :data:`LIMIT` where the capability has a limit of its own, which says how many rows the answer has."""

CURSOR = RequestField(
    "cursor", str | None, Option("Where the page begins: as `next` of the page before says.", metavar="CURSOR"), None
)


@dataclass(frozen=True)
class RowPage:
    """Rows of a table that are given.

    Attributes:
        first: First row, from 0.
        limit: Most rows; ``None`` for all.
        state: State of what the answer rests on.
    """

    first: int
    limit: int | None
    state: str

    @property
    def is_whole(self) -> bool:
        """Whether all rows are given."""
        return self.first == 0 and self.limit is None

    def next_cursor(self, rows: int) -> str | None:
        """Return the cursor of the page behind this one; ``None`` on the last.

        Args:
            rows: Rows of the table.
        """
        if self.limit is None or self.first + self.limit >= rows:
            return None
        text = json.dumps([self.first + self.limit, self.state], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_of(limit: int | None, cursor: str | None, state: str, *, where: str = "query") -> RowPage:
    """Return the page that was asked for.

    Args:
        limit: Rows of a page.
        cursor: As the page before said.
        state: State of what the answer rests on, now.
        where: Where the cursor was given.

    Raises:
        UsageError: The cursor is none.
        ConflictError: What the answer rests on has changed since the page before, so that rows could be missed.
    """
    if cursor is None:
        return RowPage(0, limit, state)
    try:
        first, then = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not (
            isinstance(first, int) and not isinstance(first, bool) and 0 <= first < 2**53 and isinstance(then, str)
        ):
            raise ValueError(cursor)
    except (ValueError, TypeError):
        raise UsageError(
            f"{cursor[:60]!r} is no cursor", where=f"{where}: cursor", fix="take it from next of the page before"
        ) from None
    if then != state:
        raise ConflictError(
            "the figures, or the options, have changed since the first page",
            where=f"{where}: cursor",
            fix="begin with the first page again",
        )
    return RowPage(first, limit, state)


def address_of(path: str, query: list[tuple[str, str]], cursor: str) -> str:
    """Return the address of the next page: the same query, with another cursor."""
    kept = [(name, value) for name, value in query if name != "cursor"]
    return f"{path}?{urlencode([*kept, ('cursor', cursor)])}"
