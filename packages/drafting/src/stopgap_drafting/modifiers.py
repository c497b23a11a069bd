"""Find the time, degree and audience of a claim."""

from __future__ import annotations

from stopgap_drafting.lexicon.economies import COALITION, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.word_lists import word_list

_PERIOD = pattern(word_list("period"))
_DEGREE = pattern(word_list("degree"))
_AUDIENCE = pattern(word_list("audience"))
_AUDIENCE_CODES = (
    (pattern(r"^(?:Chinese|China|PRC|Beijing|Xi)"), "CHN"),
    (pattern(r"^(?:North Korea|Pyongyang)"), "PRK"),
)


def period_of(text: str) -> tuple[str, int, int] | None:
    """The words of time in a clause, with their place."""
    found = _PERIOD.search(text)
    return (" ".join(found.group().split()), found.start(), found.end()) if found else None


def degree_of(text: str) -> tuple[str, int, int] | None:
    """The words of scale in a clause, with their place."""
    found = _DEGREE.search(text)
    return (" ".join(found.group().split()), found.start(), found.end()) if found else None


def audience_of(text: str, mentions: list[EconomyMention]) -> tuple[str, int, int] | None:
    """Whom the words are said to be addressed to: a code for China, North Korea and the USA, else the words."""
    found = _AUDIENCE.search(text)
    if not found:
        return None
    who = " ".join(found["who"].split())
    for form, code in _AUDIENCE_CODES:
        if form.search(who):
            return code, found.start("who"), found.end("who")
    if any(m.start == found.start("who") and m.code in COALITION and m.code == "USA" for m in mentions):
        return "USA", found.start("who"), found.end("who")
    return who, found.start("who"), found.end("who")
