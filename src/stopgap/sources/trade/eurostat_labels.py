"""Eurostat's labels: "France (incl. …)", "RU: Russian Federation", "Chips [854231]"."""

from __future__ import annotations

import re

from stopgap.sources.mappings.areas import area_code

_IN_FRONT = re.compile(r"([A-Z0-9_]{1,32}): .+", re.DOTALL)
_JOINED = re.compile(r"([A-Z0-9_]{1,20})-[^0-9].*", re.DOTALL)
_BEHIND = re.compile(r".+\[([A-Za-z0-9_-]{1,32})\]", re.DOTALL)
_NOTICE = re.compile(r"incl\. .*'[A-Z]{2}'.*", re.DOTALL)
_MEMBER = r"[A-Z]{2}(-\d{2}/\d{4}(->\d{2}/\d{4})?)?"
_MEMBERS = re.compile(rf"{_MEMBER}(, {_MEMBER})+")
LABEL_LIMIT = 2_000
"""Characters of a label that are looked at; the longest lists the members of the Union."""


def code_of(text: str) -> str:
    """The code in ``RU: Russia``, ``Russia [RU]`` and ``RU-Russia``; other texts as they are."""
    plain = text.strip()
    found = _JOINED.fullmatch(plain) or _IN_FRONT.fullmatch(plain) or _BEHIND.fullmatch(plain)
    return found[1] if found else plain


def code_sql(text: str, *, joined: bool = True) -> str:
    """SQL for :func:`code_of`; without ``joined`` for periods, where 2024-Q1 is no year."""
    patterns = [r"^([A-Z0-9_]{1,20})-[^0-9].*$"] if joined else []
    patterns += [r"^([A-Z0-9_]{1,32}): .+$", r"^.+\[([A-Za-z0-9_-]{1,32})\]$"]
    found = ", ".join(f"nullif(regexp_extract(trim({text}), '(?s){pattern}', 1), '')" for pattern in patterns)
    return f"coalesce({found}, trim({text}))"


def area_of(text: str) -> str | None:
    """The economy or aggregate that one of Eurostat's codes or labels means; None when it is not known.

    What stands in brackets is taken off only where it changes nothing: a notice of which codes
    the economy's took in ("incl. … 'DD' from 1991"), the members of a union, or a second name of the same economy.
    "Congo (Kinshasa)" is never read as "Congo".
    """
    code = code_of(text[:LABEL_LIMIT])
    known = area_code(code, "iso2") or area_code(code, "name")
    if known is not None:
        return known
    parts = _brackets(code)
    if parts is None:
        return None
    name, inside = parts
    if _MEMBERS.fullmatch(inside):
        return _union(name, inside)
    if _NOTICE.fullmatch(inside):
        return area_of(name)
    first, second = area_of(name), area_of(inside)
    return first if first == second else None


def _brackets(text: str) -> tuple[str, str] | None:
    """What stands before the last pair of brackets, and in it; None when the text does not end in one."""
    if not text.endswith(")"):
        return None
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth == 0:
            name = text[:place].strip()
            return (name, text[place + 1 : -1].strip()) if name else None
    return None


def _union(name: str, inside: str) -> str | None:
    """The Union or the euro area of a list of members; with dates, in the composition of the time."""
    family = {"european union": "EU", "euro area": "EA"}.get(re.split(r" - | \d", name.lower())[0].strip())
    if family is None or "-" in inside:
        return family
    members = set(inside.split(", "))
    if family == "EA":
        return {19: "EA19", 20: "EA20", 21: "EA21"}.get(len(members))
    return {(27, False): "EU27_2020", (27, True): "EU27_2007", (28, True): "EU28"}.get((len(members), "GB" in members))
