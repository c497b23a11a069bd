"""Listed entities, and register numbers in one spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

KINDS = (
    "inn", "ogrn", "kpp", "okpo", "uscc", "lei", "imo", "mmsi", "swift", "duns", "registration", "tax", "id",
)  # fmt: skip
"""Kinds of numbers, the sharpest first."""

UNIQUE_KINDS = frozenset({"inn", "ogrn", "uscc", "lei", "imo", "duns"})
"""Kinds of which a company or vessel has one: two different ones speak against a match."""


class NameKind(StrEnum):
    """How a list calls a name."""

    NAME = "name"  # the entry's own
    ALIAS = "alias"  # also known as, of good quality
    PREVIOUS = "previous"  # formerly known as
    WEAK = "weak"  # of low quality: never alerts alone


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of an entity, as the list prints it."""

    text: str
    kind: NameKind = NameKind.NAME


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that a register gave, as :func:`clean` leaves it: capital letters and digits.

    Attributes:
        kind: ``inn``, ``ogrn``, ``kpp``, ``okpo``, ``uscc`` (China's 18 characters), ``lei``, ``imo``, ``mmsi``,
            ``swift``, ``duns``, ``registration``, ``tax`` or ``id`` (what the list does not say more closely).
    """

    kind: str
    value: str


def clean(kind: str, text: str) -> Identifier | None:
    """The number in one spelling; ``None`` where the text holds none (fewer than 4 letters and digits)."""
    value = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text[:200]).upper())
    if kind == "imo":
        value = value.removeprefix("IMO")
    return Identifier(kind if kind in KINDS else "id", value) if len(value) >= 4 else None


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """An entry of a list on a day.

    Attributes:
        entity_id: The list's own id where it prints one; unique within the list.
        list: Name of the list: ``eu-833-2014-IV``, ``us-csl``, ``ofac-sdn``, ``un``, ``jp-meti-russia``, a user's own.
        list_date: Day of the edition in force, ``YYYY-MM-DD``; ``None`` where neither file nor user says.
        schema: FollowTheMoney's: ``Company``, ``Organization``, ``LegalEntity``, ``PublicBody``, ``Vessel``, ``Person`` …
        names: At least one; the entry's own first.
        countries: ISO3, of registration, flag and address, without repetition.
        programmes: Programmes, acts or annexes.
        listed_on: ``YYYY-MM-DD``; ``None`` where the list does not say.
        delisted_on: Day it was taken off; ``None`` while it is on.
        receipt: Receipt of the file that it was read from.
    """

    entity_id: str
    list: str
    list_date: str | None
    schema: str
    names: tuple[ListedName, ...]
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    programmes: tuple[str, ...] = ()
    listed_on: str | None = None
    delisted_on: str | None = None
    receipt: str | None = None
