"""Set names beside codes on a terminal: economies and goods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ECONOMIES = frozenset(
    {"reporter", "partner", "supplier", "hub", "exporter", "importer", "destination", "economy", "country", "target",
     "origin", "top_supplier", "top_carrier", "from", "to", "subject", "actor", "member"}
)  # fmt: skip
"""Columns whose codes may be those of economies."""
GOODS = frozenset({"good"})
"""Columns whose codes are those of goods."""


def economy_name(code: object) -> str | None:
    """Return the name of an economy; ``None`` for anything that is not the code of one."""
    from stopgap.codes.areas import areas

    area = areas().get(code) if isinstance(code, str) else None
    return None if area is None else area.name


def good_name(code: object, row: Mapping[str, Any]) -> str | None:
    """Return the description of a good in the Harmonized System; ``None`` where it is no code of it.

    A row without a revision gets the description of the latest revision that has the code.
    """
    from stopgap.codes.commodities import REVISIONS, describe_code, is_composite

    if not isinstance(code, str) or is_composite(code) or not code.isdigit():
        return None
    asked = row.get("revision")
    if asked is not None:
        return describe_code(code, asked) if asked in REVISIONS else None
    return next((text for each in sorted(REVISIONS, reverse=True) if (text := describe_code(code, each))), None)
