"""Names of economies for use within a sentence."""

from __future__ import annotations

from stopgap.codes.areas import areas

_WITH_ARTICLE = frozenset({"USA", "GBR", "ARE", "NLD", "PHL", "DOM", "CAF", "MDV", "BHS", "GMB", "COM", "SYC"})


def name_of(code: str) -> str:
    """English name of an economy for use in a sentence, with article where it takes one; else the code."""
    if code not in areas():
        return code
    name = areas()[code].name
    return f"the {name}" if code in _WITH_ARTICLE else name
