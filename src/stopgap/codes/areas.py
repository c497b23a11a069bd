"""Economies, and the aggregates that trade statistics report besides them.

Each area has one code: ISO 3166-1 alpha-3 for an economy, a code listed in
docs/reference/economies.md for everything that is not a single economy (World,
unions, "not elsewhere specified", bunkers, free zones).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.near_names import near_names, one_of
from stopgap.codes.files import data_rows, table_of

if TYPE_CHECKING:
    import pyarrow as pa

AreaKind = Literal["economy", "aggregate"]
SCHEMES = ("comtrade", "iso3", "iso2", "name", "china", "census", "geonom")
NUMBERED = frozenset({"comtrade", "china", "census", "geonom"})
"""Schemes whose codes are numbers, in which leading zeros are ignored."""


@dataclass(frozen=True, slots=True)
class Area:
    """One economy, or one aggregate (everything that is not a single economy)."""

    code: str  # ISO3, or our own for an aggregate
    name: str  # in English
    kind: AreaKind
    iso2: str | None  # ISO 3166-1 alpha-2, or Eurostat's two letters for an aggregate
    m49: int | None  # number in M49; of a dissolved economy, the one it had
    entry_year: int | None  # first year of reports, where it is later than 1962
    exit_year: int | None  # last year of existence; None for an economy of today


def normalise_value(value: str, scheme: str) -> str:
    """Normalise a code or name of a scheme for comparison.

    Codes are trimmed and in upper case, numbers without leading zeros. Names are in lower
    case, with each run of blanks as one blank.
    """
    if scheme == "name":
        return re.sub(r"\s+", " ", value).strip().lower()
    text = value.strip().upper()
    return (text.lstrip("0") or "0") if scheme in NUMBERED and text.isdigit() else text


@cache
def areas() -> Mapping[str, Area]:
    """Return every area keyed by its code, today's economies first, in the order of their codes."""
    found = (
        Area(
            code=row["code"],
            name=row["name"],
            kind=cast(AreaKind, row["kind"]),
            iso2=row["iso2"] or None,
            m49=_whole(row["m49"]),
            entry_year=_whole(row["entry_year"]),
            exit_year=_whole(row["exit_year"]),
        )
        for row in data_rows("areas.csv")
    )
    return MappingProxyType({area.code: area for area in found})


def find_area(text: str) -> Area:
    """Find an area by code or name; NotFoundError, with the nearest spellings, where there is none.

    Tried in this order: Stopgap's code and ISO3, number (M49 or Comtrade), ISO2 (including
    Eurostat's), name in English, Russian or Chinese.
    """
    code = find_area_code(text)
    if code is not None:
        return areas()[code]
    raise NotFoundError(f"no economy or aggregate is called {text!r}", where="economies", fix=_near(text))


def find_area_code(text: str) -> str | None:
    """Return the code of an area by code or name, as :func:`find_area` looks for it; ``None`` where there is none."""
    for scheme in ("iso3", "comtrade", "iso2", "name"):
        code = _spellings(scheme).get(normalise_value(text, scheme))
        if code is not None:
            return code
    return None


@dataclass(frozen=True, slots=True)
class Reused:
    """A code that refers to a different area in some years."""

    scheme: str
    value: str
    from_year: int
    to_year: int
    code: str


@cache
def reused_codes() -> tuple[Reused, ...]:
    """Return the codes that were reassigned to another area over time."""
    return tuple(
        Reused(row["scheme"], row["value"], int(row["from_year"]), int(row["to_year"]), row["code"])
        for row in data_rows("area_reused.csv")
    )


@cache
def area_table(scheme: str) -> pa.Table:
    """Return every accepted spelling of a scheme, as a table with ``value``, ``code``, ``kind``.

    One row per spelling, with ``value`` normalised by :func:`normalise_value`.
    Schemes: ``comtrade`` (numbers without leading zeros), ``iso3``,
    ``iso2`` (with Eurostat's letters), ``name``, and the numbers of China's customs
    (``china``), of the US Census Bureau (``census``) and of the EU and the United
    Kingdom (``geonom``); any other scheme is a UsageError.
    """
    rows = [(value, code, areas()[code].kind) for value, code in _spellings(scheme).items()]
    return table_of(rows, value="string", code="string", kind="string")


def _spellings(scheme: str) -> Mapping[str, str]:
    if scheme not in SCHEMES:
        raise UsageError(
            f"{scheme!r} is not a scheme of economy codes", where="area_table", fix=f"use one of {', '.join(SCHEMES)}"
        )
    return _all_spellings()[scheme]


@cache
def _all_spellings() -> Mapping[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {scheme: {} for scheme in SCHEMES}
    for row in data_rows("area_spellings.csv"):
        found[row["scheme"]][row["value"]] = row["code"]
    return found


def _near(text: str) -> str:
    """Return the fix for a name that is not known: the economy of that name in another language, else the nearest names."""
    wanted = normalise_value(text, "name")
    others = _other_names()
    named = others.get(wanted) or next(
        (code for name, code in others.items() if wanted and _bare(name) == _bare(wanted)), None
    )
    if named is not None:
        return f"did you mean {named} ({areas()[named].name})?"
    names = {**others, **_spellings("name")}
    codes = dict.fromkeys(names[value] for value in near_names(wanted, names, most=8))
    if not codes:
        return "give an ISO3 code or a name in English, Russian or Chinese (stopgap economies lists them)"
    return f"did you mean {one_of([f'{code} ({areas()[code].name})' for code in list(codes)[:4]])}?"


@cache
def _other_names() -> Mapping[str, str]:
    """Return names of economies in other languages than those that are read, in lower case -> code."""
    return {row["name"]: row["code"] for row in data_rows("area_names.csv")}


def _bare(name: str) -> str:
    """Return a name without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def _whole(text: str) -> int | None:
    return int(text) if text else None
