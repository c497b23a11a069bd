"""Sanitise text for exchange formats: visible characters only, limited length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from stopgap.base.marking import Marking, strictest
from stopgap.base.visible_text import visible
from stopgap.codes.areas import Area, areas

NAME_LIMIT = 500
"""Characters of a name, a title or a code."""

TEXT_LIMIT = 20_000
"""Characters of a text; a note of a finding has some 2,000."""

_LINE_END = re.compile(r"\r\n?")


def plain(value: object, limit: int = TEXT_LIMIT) -> str:
    """Text with nothing hidden in it (:func:`stopgap.base.visible_text.visible`), a tab as a blank; line ends stay.

    What is longer than ``limit`` is cut, and says so. So the text is valid in XML 1.0, and reads as it is written.
    """
    text = str(value)
    cut = max(0, len(text) - limit)
    text = visible(_LINE_END.sub("\n", text[:limit]).replace("\t", " "))
    cut += max(0, len(text) - limit)
    return f"{text[:limit]} … ({cut:,} more characters)" if cut > 0 else text


def name(value: object) -> str:
    """A name, a title or a code: one line, :data:`NAME_LIMIT` characters at most; ``?`` where nothing is left."""
    return " ".join(plain(value, NAME_LIMIT).split()) or "?"


def economy(code: object) -> Area | None:
    """The economy of a code, which has an ISO 3166 alpha-2 code; ``None`` for aggregates and unknown codes."""
    area = areas().get(code) if isinstance(code, str) else None
    if area is None or area.kind != "economy" or not area.iso2 or area.exit_year is not None:
        return None
    return area


def economy_name(code: object) -> str:
    """``Türkiye (TUR)``; the code itself where it is no economy that is known."""
    area = areas().get(code) if isinstance(code, str) else None
    return f"{name(area.name)} ({area.code})" if area is not None else name(code)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; ``True`` and ``False`` are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: object, unit: str = "") -> str:
    """A figure as it reads in a sentence: dollars whole, other figures with four digits, ``none`` for missing."""
    if not is_number(value):
        return "none"
    if unit.startswith("USD"):
        return f"USD {value:,.0f}{unit.removeprefix('USD')}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def releasable(marking: Marking) -> str | None:
    """``REL DEU, FRA``, the half of the marking that TLP has no word for; ``None`` where there is none."""
    if marking.releasable_to is None:
        return None
    return f"REL {', '.join(sorted(marking.releasable_to)) or 'nobody'}"


def loosest(markings: Iterable[Marking]) -> Marking:
    """The marking of who may see a name that several items say: the one under which all see it whom any other lets.

    Where no single one does, all of them together as :func:`stopgap.base.marking.strictest` has it.
    """
    found = sorted(set(markings), key=lambda each: (each.tlp, each.label))
    for one in found:
        if all(one.fits(other) for other in found):
            return one
    return strictest(found)


def text_of(document: Mapping[str, Any], key: str) -> str:
    """A text field of a document; empty where it is absent or another type."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def list_of(document: Mapping[str, Any], key: str) -> list[Any]:
    """A list field of a document; empty where it is absent or another type."""
    value = document.get(key)
    return value if isinstance(value, list) else []


def dict_of(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object field of a document; empty where it is absent or another type."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}
