"""Alerts as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.measures.alerts.cases import AlertCase

_TEXT = (
    "id", "episode", "kind", "role", "supplier", "destination", "good", "good_description", "month", "last_month",
    "began", "status", "explanation", "vintage", "goods",
)  # fmt: skip
_NUMBERS = (
    "value_usd", "expected_usd", "ratio", "value_at_stake_usd", "p_value", "q_value", "common_factor",
)  # fmt: skip


def alerts_table(cases: Sequence[AlertCase]) -> pa.Table:
    """Return one row per alert."""
    return rows_table([case.as_dict() for case in cases], text=_TEXT, numbers=_NUMBERS)
