"""Search goods by words and by codes: lists of the package, and the descriptions of the HS nomenclature."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from stopgap.base.near_names import near_names
from stopgap.codes.commodities import REVISIONS
from stopgap.codes.files import data_tuples
from stopgap.codes.goods import GoodsList, goods_names, load_goods


@dataclass(frozen=True)
class FoundCode:
    """A code of the HS nomenclature that a search found.

    Attributes:
        code: Chapter, heading or subheading.
        description: Description in the newest of its revisions.
        revisions: Revisions that have it with this description.
        lists: Names of the lists that cover it, sorted.
    """

    code: str
    description: str
    revisions: tuple[str, ...]
    lists: tuple[str, ...]

    @property
    def text(self) -> str:
        """The code as a field of goods takes it: with its revision where the newest lacks it."""
        newest = REVISIONS[-1]
        return self.code if newest in self.revisions else f"{self.revisions[-1]}:{self.code}"


@cache
def packaged_lists() -> Mapping[str, GoodsList]:
    """Return the lists of the package by name; names that stand for another list are left out."""
    found = {name: load_goods(name) for name in goods_names()}
    return {name: goods for name, goods in found.items() if goods.name == name}


@cache
def other_names() -> Mapping[str, tuple[str, ...]]:
    """Return the further names of lists: name of the list -> names that stand for it, sorted."""
    found: dict[str, list[str]] = {}
    for name in goods_names():
        listed = load_goods(name).name
        if listed != name:
            found.setdefault(listed, []).append(name)
    return {name: tuple(sorted(others)) for name, others in found.items()}


def search_lists(text: str) -> tuple[GoodsList, ...]:
    """Return the lists in which all words of a text stand (name, title, groups, source), or that cover a code.

    Without words all lists are returned, by name.
    """
    words = _words(text)
    return tuple(
        goods
        for name, goods in sorted(packaged_lists().items())
        if all(f" {word}" in _text_of(name) or (word.isdigit() and covers(goods, word)) for word in words)
    )


def search_codes(text: str, *, most: int = 50) -> tuple[tuple[FoundCode, ...], int]:
    """Return codes that begin with the digits of a text and whose descriptions hold its other words.

    Returns:
        At most `most` codes, those that name the first word earliest in front, chapters before their headings and
        subheadings; and how many there are.
    """
    words = _words(text)
    if not words:
        return (), 0
    found = sorted(_matching(words))
    return tuple(_found(*row[2:]) for row in found[:most]), len(found)


def near_lists(text: str) -> list[str]:
    """Return the names of the lists that are nearest to a name that none has."""
    return near_names(text, goods_names())


def near_words(text: str) -> list[str]:
    """Return words of titles and descriptions that are nearest to the words of a text that stand in none of them."""
    known = _vocabulary()
    unknown = [word for word in _words(text) if not word.isdigit() and not any(each.startswith(word) for each in known)]
    return list(dict.fromkeys(near for word in unknown[:3] for near in near_names(word, known)))


@cache
def _vocabulary() -> frozenset[str]:
    texts = [plain for _, _, _, plain in _nomenclature()] + [_text_of(name) for name in packaged_lists()]
    return frozenset(word for text in texts for word in text.split() if len(word) > 3 and word.isalpha())


def covers(goods: GoodsList, code: str) -> bool:
    """Whether a list has a code, a code that it is part of, or codes that are part of it; revisions are not converted."""
    return any(item.code.startswith(code) or code.startswith(item.code) for item in goods.items)


def _matching(words: list[str]) -> Iterator[tuple[int, int, str, str, tuple[str, ...]]]:
    """Yield where the first word stands, length of the code, code, description and revisions of each that matches."""
    named = next((word for word in words if not word.isdigit()), "")
    for code, revisions, description, plain in _nomenclature():
        if all(code.startswith(word) if word.isdigit() else f" {word}" in plain for word in words):
            yield plain.find(f" {named}"), len(code), code, description, revisions


def _found(code: str, description: str, revisions: tuple[str, ...]) -> FoundCode:
    lists = tuple(
        name
        for name, goods in sorted(packaged_lists().items())
        if goods.revision in revisions and any(code.startswith(item.code) for item in goods.items)
    )
    return FoundCode(code, description, revisions, lists)


@cache
def _nomenclature() -> tuple[tuple[str, tuple[str, ...], str, str], ...]:
    """Return code, revisions, description and description for comparison of each entry."""
    return tuple(
        (code, tuple(f"HS{year}" for year in sorted(years.split())), description, _plain(description))
        for code, years, description in data_tuples("hs_nomenclature.csv.gz")
    )


@cache
def _text_of(name: str) -> str:
    goods = packaged_lists()[name]
    groups = " ".join({item.group for item in goods.items})
    return _plain(" ".join([name, *other_names().get(name, ()), goods.title, groups, goods.source]))


def _words(text: str) -> list[str]:
    """Return the words of a text; of a plural the singular, which its descriptions hold as well."""
    found = _plain(text.replace(".", ""))[:200].split()
    return [word[:-1] if len(word) > 4 and word.endswith("s") else word for word in found]


def _plain(text: str) -> str:
    """Return the words of a text without case and accents, each behind a blank."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " " + " ".join(re.findall(r"[^\W_]+", plain))
