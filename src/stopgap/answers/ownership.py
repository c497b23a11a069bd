"""Ownership as tables: parties that are covered, and the holders of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.ownership.paths import Explained
    from stopgap.screening.ownership.run import OwnershipRun


def covered_table(found: Sequence[Explained], run: OwnershipRun) -> pa.Table:
    """Return one row per party."""
    text = ("id", "name", "status", "owners", "lists", "path")
    rows: list[dict[str, Any]] = []
    for each in found:
        owners = run.owners(each)
        rows.append(
            {
                "id": each.id,
                "name": each.name,
                "status": each.status.value,
                "owners": "; ".join(owner["name"] or owner["id"] for owner in owners),
                "lists": "; ".join(dict.fromkeys(why["list"] for owner in owners for why in owner["listed"])),
                "path": " | ".join(each.says) or None,
                "share_low": each.low,
                "share_high": each.high,
                "chains": len(each.chains),
                "has_more": each.has_more,
            }
        )
    return rows_table(rows, text=text, numbers=("share_low", "share_high"), integers=("chains",), flags=("has_more",))


def holders_table(found: Explained) -> pa.Table:
    """Return one row per direct owner."""
    text = ("owner", "owner_name", "stated", "source", "as_of")
    rows = [
        {
            "owner": each.owner,
            "owner_name": each.owner_name,
            "stated": "; ".join(said.text or "not stated" for said in each.stated),
            "source": "; ".join(said.source or "" for said in each.stated) or None,
            "as_of": "; ".join(said.as_of or "" for said in each.stated) or None,
            "share_low": each.low,
            "share_high": each.high,
        }
        for each in found.holders
    ]
    return rows_table(rows, text=text, numbers=("share_low", "share_high"))
