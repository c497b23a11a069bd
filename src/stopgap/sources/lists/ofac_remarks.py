"""The remarks of OFAC's delimited files: numbers, weak aliases, places and links, parted by semicolons."""

from __future__ import annotations

import re

from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.places import iso3

_WEAK = re.compile(r"(?:alt\. )?[afn]\.k\.a\. '(.+)'")
_LINKED = re.compile(r"\(?Linked To: (.+?)\)?")
_PLACE = re.compile(r"(?:alt\. )?(?:nationality|citizen|Vessel Flag) (.+)")
_NUMBER = re.compile(r"(?:alt\. )?([A-Za-z][A-Za-z ./'()-]*?\.?) (?:# ?)?((?:IMO )?[A-Z0-9][\w./-]*\d[\w./-]*|[A-Z]{6,11})(?: \(([^)]+)\))?")  # fmt: skip
_SENTENCE = re.compile(r"\.(?:\s*\(Linked To: )")


def read_remarks(entry: ListEntry, remarks: str) -> None:
    """Puts into an entry what its remarks say; the remarks themselves stay as one text."""
    entry.add(Property.REMARK, remarks)
    for piece in _SENTENCE.sub("; (Linked To: ", remarks).split(";"):
        text = piece.strip()
        if text.endswith(".") and not text.endswith("'."):
            text = text[:-1]
        text = text.removesuffix(".") if text.endswith("'.") else text
        if match := _WEAK.fullmatch(text):
            entry.name(match[1], Property.WEAK_ALIAS)
        elif match := _LINKED.fullmatch(text):
            entry.add(Property.LINKED, match[1], "linked to")
        elif match := _PLACE.fullmatch(text):
            entry.country(match[1])
        elif match := _NUMBER.fullmatch(text):
            kind = kind_of(match[1], match[2], iso3(match[3]) if match[3] else None)
            if kind:
                entry.identifier(kind, match[2])
