"""Classify legal forms in company names (LLC, ООО, GmbH, 有限公司) and strip them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

COMPANY = frozenset({"company", "corporation", "co", "corp"})
"""Words that are stripped like legal forms, but whose first letter counts in acronyms."""

_GLUED_CASE = re.compile(r"(?<=[a-z]{3})(?=(?:AG|GmbH|LLC|LTD|Ltd|Inc|INC|JSC|BV|PLC|SA)(?![^\W\d_]))")
_GLUED = ("company", "limited", "corporation")


@dataclass(frozen=True)
class Forms:
    """Legal forms (``data/forms.csv``) by spelling, mapped to their class; the class is empty for unspecific ones.

    Classes are ``llc``, ``jsc``, ``llp``, ``lp``, ``soe``, ``sole``, ``npo``; "company" has none. ``starts`` are the
    first words of phrases, ``longest`` the number of words in the longest phrase; ``any_han`` matches any Chinese,
    Japanese or Korean form.
    """

    words: dict[str, str]
    phrases: dict[tuple[str, ...], str]
    starts: frozenset[str]
    longest: int
    han: dict[str, str]
    any_han: re.Pattern[str]


@cache
def known_forms() -> Forms:
    """Read the legal forms that the package ships. Single words missing there are looked up in the rigour library."""
    text = (files("stopgap.screening") / "data" / "forms.csv").read_text(encoding="utf-8")
    words: dict[str, str] = {}
    phrases: dict[tuple[str, ...], str] = {}
    han: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        form, kind = row["form"], row["class"]
        if " " in form:
            phrases[tuple(form.split())] = kind
        elif form[0] >= "\u2e80":
            han[form] = kind
        else:
            words[form] = kind
    any_han = re.compile("|".join(sorted(map(re.escape, han), key=len, reverse=True)))
    starts = frozenset(phrase[0] for phrase in phrases)
    return Forms(words, phrases, starts, max(map(len, phrases)), han, any_han)


def part_glued(text: str) -> str:
    """Insert a space before a legal form that directly follows lower-case letters: ``VegaLLC`` becomes ``Vega LLC``."""
    return _GLUED_CASE.sub(" ", text)


def unglued(word: str) -> tuple[str, ...]:
    """Split a case-folded word at a form written together with it: ``stockcompany``, ``companyvega``."""
    if len(word) > 9 and word.isascii():
        for form in _GLUED:
            if len(word) - len(form) > 2:
                if word.startswith(form):
                    return form, word[len(form) :]
                if word.endswith(form):
                    return word[: -len(form)], form
    return (word,)


def without_han_forms(text: str) -> tuple[str, set[str]]:
    """Replace each Chinese, Japanese or Korean form in a case-folded name by a space; return the name and classes."""
    forms = known_forms()
    classes: set[str] = set()

    def taken(found: re.Match[str]) -> str:
        classes.add(forms.han[found.group()])
        return " "

    return forms.any_han.sub(taken, text), classes


def without_forms(words: list[str], is_word: Callable[[str], bool]) -> tuple[list[str], set[str]]:
    """Return the words that are not legal forms, and the classes of the forms; if no word is left, all words, no class.

    ``is_word`` tells whether a word has another meaning; such a word is not looked up as a form in rigour.
    """
    forms = known_forms()
    core: list[str] = []
    classes: set[str] = set()
    place = 0
    while place < len(words):
        size = _phrase(words, place, forms) if words[place] in forms.starts else 0
        if size:
            classes.add(forms.phrases[tuple(words[place : place + size])])
        else:
            size = 1
            kind = forms.words.get(words[place])
            if kind is None and not is_word(words[place]):
                kind = _asked_of_rigour(words[place])
            if kind is None:
                core.append(words[place])
            else:
                classes.add(kind)
        place += size
    return (core, classes) if core else (words, set())


def _phrase(words: list[str], place: int, forms: Forms) -> int:
    """Return the number of words, from a position on, that are a legal form of several words; 0 if there is none."""
    for size in range(min(forms.longest, len(words) - place), 1, -1):
        if tuple(words[place : place + size]) in forms.phrases:
            return size
    return 0


@lru_cache(65536)
def _asked_of_rigour(word: str) -> str | None:
    """Look up the class of a one-word legal form in rigour; return ``None`` for other words."""
    from rigour.names import extract_org_types

    if not 2 <= len(word) <= 30 or word.isdigit():
        return None
    found = extract_org_types(word, generic=True)
    return str(found[0][1]) if len(found) == 1 and found[0][0] == word else None
