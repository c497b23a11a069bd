"""Sanitise text for exchange formats: visible characters only, limited length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from stopgap.base.marking import Marking, strictest
from stopgap.base.visible_text import visible
from stopgap.codes.areas import Area, areas

NAME_LIMIT = 500
"""Maximum length of a name, a title or a code, in characters."""

TEXT_LIMIT = 20_000
"""Maximum length of a text, in characters; a note of a finding has about 2,000."""

_LINE_END = re.compile(r"\r\n?")


def plain(value: object, limit: int = TEXT_LIMIT) -> str:
    """Return a text without invisible characters (:func:`stopgap.base.visible_text.visible`), tabs as spaces.

    Line ends are kept. A text longer than ``limit`` is cut, with a note of how many characters are missing. The result
    is valid in XML 1.0, and is displayed exactly as it is stored.
    """
    text = str(value)
    cut = max(0, len(text) - limit)
    text = visible(_LINE_END.sub("\n", text[:limit]).replace("\t", " "))
    cut += max(0, len(text) - limit)
    return f"{text[:limit]} … ({cut:,} more characters)" if cut > 0 else text


def name(value: object) -> str:
    """Clean a name, a title or a code: one line, at most :data:`NAME_LIMIT` characters; ``?`` where nothing is left."""
    return " ".join(plain(value, NAME_LIMIT).split()) or "?"


def economy(code: object) -> Area | None:
    """Return the economy of an ISO3 code; ``None`` for unknown, former or aggregate codes, and those without ISO2."""
    area = areas().get(code) if isinstance(code, str) else None
    if area is None or area.kind != "economy" or not area.iso2 or area.exit_year is not None:
        return None
    return area


def economy_name(code: object) -> str:
    """Format an economy as ``Türkiye (TUR)``; the code itself where it is unknown."""
    area = areas().get(code) if isinstance(code, str) else None
    return f"{name(area.name)} ({area.code})" if area is not None else name(code)


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a number; ``True`` and ``False`` are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: object, unit: str = "") -> str:
    """Format a figure for a sentence: whole dollars, other decimals to four significant digits, ``none`` if missing."""
    if not is_number(value):
        return "none"
    if unit.startswith("USD"):
        return f"USD {value:,.0f}{unit.removeprefix('USD')}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def releasable(marking: Marking) -> str | None:
    """Format the list of states of a marking as ``REL DEU, FRA``, which TLP cannot express; ``None`` without a list."""
    if marking.releasable_to is None:
        return None
    return f"REL {', '.join(sorted(marking.releasable_to)) or 'nobody'}"


def loosest(markings: Iterable[Marking]) -> Marking:
    """Return the least strict of the markings of several items that state the same name.

    It allows everyone whom any of the others allows. Where none does, return :func:`stopgap.base.marking.strictest`
    of all.
    """
    found = sorted(set(markings), key=lambda each: (each.tlp, each.label))
    for one in found:
        if all(one.fits(other) for other in found):
            return one
    return strictest(found)


def text_of(document: Mapping[str, Any], key: str) -> str:
    """Return a text field of a document; empty where it is missing or of another type."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def list_of(document: Mapping[str, Any], key: str) -> list[Any]:
    """Return a list field of a document; empty where it is missing or of another type."""
    value = document.get(key)
    return value if isinstance(value, list) else []


def dict_of(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object field of a document; empty where it is missing or of another type."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}
