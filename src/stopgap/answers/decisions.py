"""Decisions on matches as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.decisions.states import StandingDecision

_TEXT = (
    "id", "status", "as", "query", "countries", "identifiers", "list", "entity_id", "entity_name", "who", "when", "why",
    "changed", "list_date", "receipt", "model", "programme", "content", "hash", "origin", "taken_by", "taken_on",
)  # fmt: skip


def decisions_table(found: Sequence[StandingDecision]) -> pa.Table:
    """Return one row per decided pair."""
    rows: list[dict[str, Any]] = []
    for each in found:
        document = each.as_dict()
        for name in ("countries", "identifiers"):
            document[name] = " ".join(document[name])
        document["changed"] = "; ".join(change.says for change in each.changes) or None
        rows.append(document)
    return rows_table(rows, text=_TEXT, numbers=("score",))
