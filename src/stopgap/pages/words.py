"""Sentences that pages share: notes, and the course of a series in a title."""

from __future__ import annotations

import re

from stopgap.briefs.formats.text import MINUS, NBSP
from stopgap.pages.amounts import usd

_PERCENT = re.compile(r"(?<=\d) ?%")
_MINUS = re.compile(r"(?<![\w)])-(?=\d)")
_PLAIN = re.compile(r"[a-z]+(?=[ ,;:.]|$)(?!:)")


_OF_A_PROGRAM = re.compile(r"^(?:--|(?:query|body|form|path): ?)")


def place_words(where: str) -> str:
    """Return the place of an error as a person knows it: a field of a form, without the mark of a command or an address."""
    short = _OF_A_PROGRAM.sub("", where.strip())
    return short.replace("_", " ") if short != where.strip() else short


def as_sentence(text: str) -> str:
    """Return a note as a sentence: its first word begins with a capital unless it is a name, and a full stop ends it.

    Per cent stands apart from its figure, and a minus is one, as in every other figure of the pages.
    """
    said = _MINUS.sub(MINUS, _PERCENT.sub(f"{NBSP}%", text.strip()))
    if _PLAIN.match(said):
        said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."


def course_words(first: tuple[str, float], last: tuple[str, float], *, with_periods: bool = True) -> str:
    """Return how a series went from its first period to its last: ``rose from USD 7.9 m in 2020 to USD 208 m in 2024``.

    Args:
        first: Period and US dollars.
        last: The same of the last.
        with_periods: Whether the periods are named.
    """
    (start, before), (end, after) = first, last
    since, until = (f" in {start}", f" in {end}") if with_periods else ("", "")
    if usd(before) == usd(after):
        return f"was {usd(after)}{since} and{until}" if with_periods else f"stayed at {usd(after)}"
    return f"{'rose' if after > before else 'fell'} from {usd(before)}{since} to {usd(after)}{until}"
