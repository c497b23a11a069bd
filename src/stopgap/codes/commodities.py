"""Codes of goods: HS codes in three revisions, CN8 and other codes below HS6, and composites (sums of codes)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import islice, takewhile
from typing import Literal

from stopgap.base.errors import UsageError
from stopgap.codes.files import data_tuples

Level = Literal["composite", "HS2", "HS4", "HS6", "CN8", "HS10", "TOTAL", "other"]

REVISIONS = ("HS2012", "HS2017", "HS2022")
COMTRADE_REVISION: Mapping[str, str] = {
    "H0": "HS1992",
    "H1": "HS1996",
    "H2": "HS2002",
    "H3": "HS2007",
    "H4": "HS2012",
    "H5": "HS2017",
    "H6": "HS2022",
    "HS": "HS",
}
TOTAL = "TOTAL"
BASKET = "basket:"
_LEVELS: Mapping[int, Level] = {2: "HS2", 4: "HS4", 6: "HS6", 8: "CN8", 10: "HS10"}
BENEATH_HS6 = frozenset({"CN8", "HS10"})
"""Levels of codes that a union or an economy defines below HS6: eight digits (not only the EU's), or ten."""
_FIRST_YEARS = (2022, 2017, 2012, 2007, 2002, 1996)


def is_composite(good: str) -> bool:
    """Whether the good is a sum of codes (``84+85``) or a named basket (``basket:chips``)."""
    return "+" in good or ":" in good


@lru_cache(maxsize=1 << 16)
def level_of(good: str) -> Level:
    """Return the level of a good's code; ``other`` where it is neither an HS or finer code, total nor composite."""
    if good == TOTAL:
        return "TOTAL"
    if is_composite(good):
        return "composite"
    return _LEVELS.get(len(good), "other") if good.isascii() and good.isdigit() else "other"


def heading_of(good: str) -> str:
    """Return the HS heading (first four digits); a shorter code, a composite or TOTAL is returned unchanged."""
    return good[:4] if level_of(good) in ("HS6", *BENEATH_HS6) else good


def revision_in_force(year: int) -> str:
    """Return the HS revision on which the CN codes of a year are based."""
    return next((f"HS{first}" for first in _FIRST_YEARS if year >= first), "HS1992")


def is_code(code: str, revision: str) -> bool:
    """Whether a revision has a code; true for ``TOTAL``, and a code below HS6 is looked up by its HS6.

    UsageError where the revision is not in the package.
    """
    known = _descriptions(revision)
    level = level_of(code)
    return level == "TOTAL" or (level not in ("other", "composite") and code[:6] in known)


def describe_code(code: str, revision: str) -> str | None:
    """Return the revision's description of a code; ``None`` where the revision does not have it.

    A code below HS6 gets the description of its HS6, marked as such. UsageError where the revision is not in the
    package.
    """
    known = _descriptions(revision)
    level = level_of(code)
    if level == "TOTAL":
        return "All goods"
    text = known.get(code[:6]) if level not in ("other", "composite") else None
    return f"{text} (part of HS {code[:6]})" if text and level in BENEATH_HS6 else text


def subheadings(prefix: str, revision: str) -> tuple[str, ...]:
    """Return all HS6 codes of a revision that begin with a code, sorted; UsageError where it is not in the package."""
    first = prefix[:6]
    codes = _subheadings(revision)
    at = bisect_left(codes, first)
    return tuple(takewhile(lambda code: code.startswith(first), islice(codes, at, None)))


@cache
def _subheadings(revision: str) -> tuple[str, ...]:
    return tuple(sorted(code for code in _descriptions(revision) if len(code) == 6))


def _descriptions(revision: str) -> Mapping[str, str]:
    if revision not in REVISIONS:
        raise UsageError(
            f"no nomenclature of {revision!r} is in the package",
            where="HS revision",
            fix=f"use one of {', '.join(REVISIONS)}",
        )
    return _nomenclature()[revision]


@cache
def _nomenclature() -> Mapping[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {revision: {} for revision in REVISIONS}
    for code, years, description in data_tuples("hs_nomenclature.csv.gz"):
        for year in years.split():
            found[f"HS{year}"][code] = description
    return found
