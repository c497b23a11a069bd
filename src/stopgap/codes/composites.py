"""Goods of any kind by code: single codes, sums of codes (``84+85``) and named baskets (``basket:chips``)."""

from __future__ import annotations

from stopgap.codes.commodities import describe_code, is_code, is_composite
from stopgap.codes.goods import composite_codes


def is_known(good: str, revision: str) -> bool:
    """Whether a revision has the good. A code beneath HS6 is known when its HS6 is; a composite when all its codes are.

    Raises:
        UsageError: The revision's nomenclature is not in the package.
        NotFoundError: The basket's goods list is not known.
    """
    if is_composite(good):
        return all(is_known(code, revision) for code in composite_codes(good))
    return is_code(good, revision)


def describe(good: str, revision: str) -> str | None:
    """The revision's wording for a good; None when the revision does not have it.

    A code beneath HS6 gets its HS6's wording and says so; a composite that of its codes.

    Raises:
        UsageError: The revision's nomenclature is not in the package.
        NotFoundError: The basket's goods list is not known.
    """
    if is_composite(good):
        parts = [describe(code, revision) for code in composite_codes(good)]
        return None if None in parts else "; ".join(f"{part}" for part in parts)
    return describe_code(good, revision)
