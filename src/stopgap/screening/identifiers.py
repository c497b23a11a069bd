"""Normalise register numbers and validate their check digits."""

from __future__ import annotations

import re
import unicodedata

from stopgap.screening.entities import Identifier

KINDS = (
    "inn", "ogrn", "kpp", "okpo", "uscc", "lei", "imo", "mmsi", "swift", "duns", "registration", "tax", "id",
)  # fmt: skip
"""Kinds of numbers, the sharpest first."""

UNIQUE_KINDS = frozenset({"inn", "ogrn", "uscc", "lei", "imo", "duns"})
"""Kinds of which a company or vessel has one: two different ones speak against a match."""


def clean(kind: str, text: str) -> Identifier | None:
    """The number in one spelling; ``None`` where the text holds none (fewer than 4 letters and digits)."""
    value = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text[:200]).upper())
    if kind == "imo":
        value = value.removeprefix("IMO")
    return Identifier(kind if kind in KINDS else "id", value) if len(value) >= 4 else None
