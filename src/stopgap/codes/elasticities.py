"""Elasticities of substitution between suppliers of a good, by HS6."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from stopgap.codes.commodities import REVISIONS, TOTAL
from stopgap.codes.files import data_tuples


class Elasticity(NamedTuple):
    """Elasticity of substitution of a good.

    Attributes:
        sigma: Elasticity of substitution, above 1.
        sigma_from: ``own`` for the code's own estimate; ``heading``, ``chapter`` or ``overall`` for a mean.
    """

    sigma: float
    sigma_from: str


def elasticity_of(good: str, revision: str) -> Elasticity:
    """Return the elasticity of substitution of an HS6 code; the mean of all for a code that the table lacks.

    A revision that is not in the package is read as the newest that has the code.

    Method: docs/methods/levers.md. One less the trade elasticity of Fontagné, Guimbard and Orefice (2022).
    """
    known = _table()
    years = [revision, *reversed(REVISIONS)]
    return next((known[good, year] for year in years if (good, year) in known), known[TOTAL, REVISIONS[-1]])


@cache
def _table() -> dict[tuple[str, str], Elasticity]:
    found = {}
    for good, years, sigma, level in data_tuples("substitution_elasticities.csv.gz"):
        for year in years.split():
            found[good, f"HS{year}"] = Elasticity(float(sigma), level)
    return found
