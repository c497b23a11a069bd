"""Text of evidence made safe to write into another format: nothing hidden in it, and a length with an end."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from stopgap.codes.areas import Area, areas
from stopgap.marking import Marking, strictest

NAME_LIMIT = 500
"""Characters of a name, a title or a code."""

TEXT_LIMIT = 20_000
"""Characters of a text; a note of a finding has some 2,000."""

STANDS_FOR_HIDDEN = "\ufffd"

# Marks that reorder or hide what a reader sees; joiners within words stay.
_HIDDEN = frozenset(
    {*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0x200E, 0x200F, 0x061C, 0xFEFF, 0x00AD}
    | {*range(0xE0000, 0xE0080)}
)


def plain(value: object, limit: int = TEXT_LIMIT) -> str:
    """Text without control characters, marks of direction, lone surrogates and noncharacters.

    Each of them is shown as U+FFFD, a tab as a blank; line ends stay. What is longer than ``limit`` is cut, and says
    so. So the text is valid in XML 1.0, and reads as it is written.
    """
    text = str(value)
    cut = len(text) - limit
    if cut > 0:
        text = text[:limit]
    text = "".join(map(_shown, text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")))
    return f"{text} … ({cut:,} more characters)" if cut > 0 else text


def _shown(char: str) -> str:
    code = ord(char)
    if 0x20 <= code < 0x7F or char == "\n":
        return char
    if code in _HIDDEN or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return STANDS_FOR_HIDDEN
    return STANDS_FOR_HIDDEN if unicodedata.category(char) in ("Cc", "Cs") else char


def name(value: object) -> str:
    """A name, a title or a code: one line, :data:`NAME_LIMIT` characters at most; ``?`` where nothing is left."""
    return " ".join(plain(value, NAME_LIMIT).split()) or "?"


def ids_text(*parts: object) -> str:
    """What an id is the hash of: no two different parts give the same text."""
    return json.dumps([str(part) for part in parts], ensure_ascii=True)


def economy(code: object) -> Area | None:
    """The economy that a code is, with an ISO 3166 alpha-2 code; ``None`` for aggregates and what is not known."""
    area = areas().get(code) if isinstance(code, str) else None
    if area is None or area.kind != "economy" or not area.iso2 or area.exit_year is not None:
        return None
    return area


def economy_name(code: object) -> str:
    """``Türkiye (TUR)``; the code itself where it is no economy that is known."""
    area = areas().get(code) if isinstance(code, str) else None
    return f"{name(area.name)} ({area.code})" if area is not None else name(code)


def number(value: object, unit: str = "") -> str:
    """A figure as it reads in a sentence: dollars whole, other figures with four digits, ``none`` for missing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
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
    """The marking of who may see a name that several items say: the one that lets everybody see it whom any other lets.

    Where no single one does, all of them together as :func:`stopgap.marking.strictest` has it.
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
