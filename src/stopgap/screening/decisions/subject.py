"""Normalised subject of a screening: the key under which decisions on it are found."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from stopgap.base.errors import InputError
from stopgap.screening.entities import Identifier, clean
from stopgap.screening.matching.results import ScreenQuery

NAME_LIMIT = 1000
"""Maximum number of characters of a name in a decision."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The screened party: name as the user gave it, countries (ISO3) and identifiers, both sorted."""

    name: str
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Return the comparison key: normalised name, countries and identifiers; equal keys mean the same subject."""
        numbers = tuple((each.kind, each.value) for each in self.identifiers)
        return plain_name(self.name), self.countries, numbers

    def as_dict(self) -> dict[str, Any]:
        """Return the subject as stored in events."""
        return {
            "name": self.name,
            "countries": list(self.countries),
            "identifiers": [f"{each.kind}:{each.value}" for each in self.identifiers],
        }


def subject_of(query: ScreenQuery) -> Subject:
    """Return the subject of a query: its name, countries and identifiers, without address and schema.

    A name that is empty, longer than 1,000 characters, or not Unicode text raises InputError.
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
    """Parse the subject of an event; raises KeyError, TypeError or ValueError if a field is invalid."""
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
    """Normalise a name: width and case are unified, punctuation becomes spaces, invisible characters are removed.

    Script, accents and legal forms are unchanged. A name of punctuation alone keeps it.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = folded.translate(_WORDS)
    return " ".join(unicodedata.normalize("NFKC", kept).split()) or folded.strip()


class PlainLetters(dict[int, str]):
    """Translation table that keeps letters, digits and symbols, replaces punctuation and spaces by ``gap``, and removes
    invisible characters.
    """

    def __init__(self, *, gap: str) -> None:
        super().__init__()
        self._gap = gap

    def __missing__(self, code: int) -> str:
        letter, kind = chr(code), unicodedata.category(chr(code))
        is_gap = kind[0] in "PZ" or letter.isspace()
        self[code] = self._gap if is_gap else "" if kind in ("Cf", "Cc") else letter
        return self[code]


_WORDS = PlainLetters(gap=" ")
