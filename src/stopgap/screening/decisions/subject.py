"""Normalised subject of a screening, by which its decision is found again."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from stopgap.base.errors import InputError
from stopgap.screening.entities import Identifier, clean
from stopgap.screening.matching.results import ScreenQuery

NAME_LIMIT = 1000
"""Characters of a name that a decision can be about."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who was screened: the name as the user had it, countries (ISO3) and identifiers sorted."""

    name: str
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
        """What two subjects share when they are one: the name's words, countries and numbers."""
        numbers = tuple((each.kind, each.value) for each in self.identifiers)
        return plain_name(self.name), self.countries, numbers

    def as_dict(self) -> dict[str, Any]:
        """As events carry it."""
        return {
            "name": self.name,
            "countries": list(self.countries),
            "identifiers": [f"{each.kind}:{each.value}" for each in self.identifiers],
        }


def subject_of(query: ScreenQuery) -> Subject:
    """The subject of a query: its name, countries and identifiers; address and schema do not belong to it.

    Refuses (InputError) a name that is empty, longer than 1,000 characters, or no Unicode text.
    """
    name = query.name.strip()
    if not name or len(name) > NAME_LIMIT:
        raise InputError(
            f"a decision needs a name of 1 to {NAME_LIMIT:,} characters, not of {len(name):,}",
            where=repr(name[:60]),
            fix="give the name that was screened",
        )
    numbers = {cleaned for each in query.identifiers if (cleaned := clean(each.kind, each.value)) is not None}
    countries = tuple(sorted({each.strip().upper() for each in query.countries if each.strip()}))
    try:
        json.dumps([name, countries], ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("the name is no Unicode text", where=ascii(name[:60]), fix="give it in UTF-8") from error
    return Subject(name, countries, tuple(sorted(numbers, key=lambda each: (each.kind, each.value))))


def subject_from(document: dict[str, Any]) -> Subject:
    """A subject as an event carries it; KeyError, TypeError or ValueError where a field does not hold."""
    return Subject(
        str(document["name"]),
        tuple(sorted(map(str, document["countries"]))),
        tuple(sorted(map(_identifier_from, document["identifiers"]), key=lambda each: (each.kind, each.value))),
    )


def _identifier_from(text: str) -> Identifier:
    kind, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{text[:60]!r} is no KIND:VALUE")
    return Identifier(kind, value)


def plain_name(text: str) -> str:
    """The words of a name: one width and case, marks of punctuation as spaces, what cannot be seen left out.

    Letters are as they are: no script, accent or legal form is changed. A name of punctuation alone stays as it is.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = folded.translate(_WORDS)
    return " ".join(unicodedata.normalize("NFKC", kept).split()) or folded.strip()


class PlainLetters(dict[int, str]):
    """Letters, digits and symbols as they are; punctuation and spaces as ``gap``; what cannot be seen gone."""

    def __init__(self, *, gap: str) -> None:
        super().__init__()
        self._gap = gap

    def __missing__(self, code: int) -> str:
        letter, kind = chr(code), unicodedata.category(chr(code))
        is_gap = kind[0] in "PZ" or letter.isspace()
        self[code] = self._gap if is_gap else "" if kind in ("Cf", "Cc") else letter
        return self[code]


_WORDS = PlainLetters(gap=" ")
