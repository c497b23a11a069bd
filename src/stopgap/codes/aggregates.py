"""Kinds of aggregates: the world, unions of economies, regions, parts of an economy, and what has no destination."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from stopgap.codes.areas import areas


class AggregateKind(StrEnum):
    """What an aggregate is the sum of, from the widest to the narrowest."""

    WORLD = "world"  # all partners
    UNION = "union"  # economies that form a union or organisation: EU, euro area, ASEAN, OECD; and trade within or beyond it
    REGION = "region"  # economies of a part of the world, and remainders "not elsewhere specified"
    PART = "part"  # a part of an economy: Northern Ireland, Ceuta
    SPECIAL = "special"  # no economy: stores, bunkers, free zones, not specified, confidential


WORLD = "W00"
_UNION_CODES = frozenset(
    {"R4", "ZA1", "US_0014", "US_0020", "US_0022", "US_0023", "US_0024", "US_0026", "US_0028", "US_0001", "US_0017"}
)
_UNION = re.compile(r"(EU|EA)(\d*|_.*|\d\d_\d{4})")
_PARTS = frozenset({"XC", "XI", "XL", "XU"})
_SPECIAL = re.compile(r"Q[A-Z]|XX|X1|X2|_X|INT_ORG")

NAMED_UNIONS = frozenset(
    {
        "MERCOSUR", "NAFTA", "EFTA", "CIS", "EAEU", "BRICS", "GCC", "OPEC", "OECD", "APEC", "G7", "G8", "G20", "G77", "ACP",
        "SADC", "ECOWAS", "COMESA", "CARICOM", "CACM", "ANDEAN", "SAARC", "SACU", "EAC", "CEMAC", "WAEMU", "AMU", "PAFTA",
        "ARAB_LEAGUE", "LAIA", "RCEP", "CPTPP", "SCO", "OIC", "COMMONWEALTH", "NATO", "EEA", "AFCFTA", "VISEGRAD", "BENELUX",
        "EU12", "EU15", "EU25",
    }
)  # fmt: skip
"""Codes of unions that no table lists; a file names them (:func:`stopgap.codes.aggregate_names.named_aggregate`)."""

PUBLISHED_SUM = {"eu27": "EU27_2020", "asean": "R4"}
"""Group of economies -> the aggregate of the same members that sources publish."""


def aggregate_kind(code: str) -> AggregateKind:
    """Return the kind of an aggregate by its code; a code that is not known is taken for a region."""
    if code == WORLD:
        return AggregateKind.WORLD
    if code in _UNION_CODES | NAMED_UNIONS or _UNION.fullmatch(code):
        return AggregateKind.UNION
    if code in _PARTS:
        return AggregateKind.PART
    return AggregateKind.SPECIAL if _SPECIAL.fullmatch(code) else AggregateKind.REGION


@cache
def codes_of_kind(kind: AggregateKind) -> tuple[str, ...]:
    """Return the codes of all aggregates of a kind, sorted."""
    listed = (code for code, area in areas().items() if area.kind == "aggregate")
    return tuple(sorted(code for code in {*listed, *NAMED_UNIONS} if aggregate_kind(code) is kind))
