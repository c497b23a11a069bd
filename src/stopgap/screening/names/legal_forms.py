"""Legal forms in names of companies: LLC, ООО, GmbH, 有限公司; which class each is of, and the name without them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

COMPANY = frozenset({"company", "corporation", "co", "corp"})
"""Words that are taken off as forms, and whose letter acronyms keep."""

_GLUED_CASE = re.compile(r"(?<=[a-z]{3})(?=(?:AG|GmbH|LLC|LTD|Ltd|Inc|INC|JSC|BV|PLC|SA)(?![^\W\d_]))")
_GLUED = ("company", "limited", "corporation")


@dataclass(frozen=True)
class Forms:
    """Legal forms by spelling (``data/forms.csv``), each with its class; that is empty where it tells none (company).

    Classes are ``llc``, ``jsc``, ``llp``, ``lp``, ``soe``, ``sole``, ``npo``. ``starts`` are first words of phrases,
    ``longest`` the words of the longest one; ``any_han`` matches any Chinese, Japanese or Korean form.
    """

    words: dict[str, str]
    phrases: dict[tuple[str, ...], str]
    starts: frozenset[str]
    longest: int
    han: dict[str, str]
    any_han: re.Pattern[str]


@cache
def known_forms() -> Forms:
    """The forms of the package. Those of one word that are not there are asked of rigour."""
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
    """A name as printed, with a blank before a form that follows small letters: ``VegaLLC`` is ``Vega LLC``."""
    return _GLUED_CASE.sub(" ", text)


def unglued(word: str) -> tuple[str, ...]:
    """The parts of a folded word to which a form was glued: ``stockcompany``, ``companyvega``."""
    if len(word) > 9 and word.isascii():
        for form in _GLUED:
            if len(word) - len(form) > 2:
                if word.startswith(form):
                    return form, word[len(form) :]
                if word.endswith(form):
                    return word[: -len(form)], form
    return (word,)


def without_han_forms(text: str) -> tuple[str, set[str]]:
    """A folded name with a blank in place of each Chinese, Japanese or Korean form, and their classes."""
    forms = known_forms()
    classes: set[str] = set()

    def taken(found: re.Match[str]) -> str:
        classes.add(forms.han[found.group()])
        return " "

    return forms.any_han.sub(taken, text), classes


def without_forms(words: list[str], is_word: Callable[[str], bool]) -> tuple[list[str], set[str]]:
    """Words that are no legal form, and the classes of those that are; all words and no class where none is left.

    ``is_word``: whether a word means something else than a form that rigour knows it as.
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
    """How many words from a place on are a form; 0 where none are."""
    for size in range(min(forms.longest, len(words) - place), 1, -1):
        if tuple(words[place : place + size]) in forms.phrases:
            return size
    return 0


@lru_cache(65536)
def _asked_of_rigour(word: str) -> str | None:
    """The class of a legal form of one word, as rigour knows it; ``None`` for other words."""
    from rigour.names import extract_org_types

    if not 2 <= len(word) <= 30 or word.isdigit():
        return None
    found = extract_org_types(word, generic=True)
    return str(found[0][1]) if len(found) == 1 and found[0][0] == word else None
