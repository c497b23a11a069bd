"""Markings as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    import pyarrow as pa

_LISTED = ("kind", "subject", "tlp", "releasable_to", "state", "who", "when", "why", "id", "about")


def markings_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return one row per marking; economies to release to as text."""
    shown = [
        {
            **dict.fromkeys(_LISTED),
            **row,
            "releasable_to": None if row["releasable_to"] is None else ", ".join(row["releasable_to"]) or "nobody",
        }
        for row in rows
    ]
    return rows_table(shown, text=_LISTED)
