"""Entities on sanctions lists, and register numbers (identifiers) in normalised spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

KINDS = (
    "inn", "ogrn", "kpp", "okpo", "uscc", "lei", "imo", "mmsi", "swift", "duns", "registration", "tax", "id",
)  # fmt: skip
"""Kinds of identifiers, the most specific first."""

UNIQUE_KINDS = frozenset({"inn", "ogrn", "uscc", "lei", "imo", "duns"})
"""Kinds of identifiers of which a company or vessel has only one: two different values speak against a match."""


BROAD_KINDS = frozenset({"registration", "tax", "id"})
"""Kinds of identifiers that may hold a number of a more specific kind."""


class NameKind(StrEnum):
    """Category that a list gives to a name: own name, alias, previous name or weak alias."""

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
    """A number issued by a register, normalised by :func:`clean` to capital letters and digits.

    Attributes:
        kind: ``inn``, ``ogrn``, ``kpp``, ``okpo``, ``uscc`` (China's 18 characters), ``lei``, ``imo``, ``mmsi``,
            ``swift``, ``duns``, ``registration``, ``tax`` or ``id`` (where the list does not state the kind).
    """

    kind: str
    value: str


def clean(kind: str, text: str) -> Identifier | None:
    """Normalise a register number; return ``None`` if the text has fewer than 4 letters and digits."""
    value = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text[:200]).upper())
    if kind == "imo":
        value = value.removeprefix("IMO")
    return Identifier(kind if kind in KINDS else "id", value) if len(value) >= 4 else None


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """An entry of a sanctions list as of one day.

    Attributes:
        entity_id: The list's own id where it has one; unique within the list.
        list: Name of the list: ``eu-833-2014-IV``, ``us-csl``, ``ofac-sdn``, ``un``, ``jp-meti-russia``, a user's own.
        list_date: Day of the edition in force, ``YYYY-MM-DD``; ``None`` if neither the file nor the user states it.
        schema: FollowTheMoney schema: ``Company``, ``Organization``, ``LegalEntity``, ``PublicBody``, ``Vessel``,
            ``Person`` …
        names: At least one name; the entry's own name comes first.
        countries: ISO3 codes of the countries of registration, flag and address, without duplicates.
        programmes: Sanctions programmes, acts or annexes.
        listed_on: Day of listing, ``YYYY-MM-DD``; ``None`` if the list does not state it.
        delisted_on: Day of delisting; ``None`` while the entity is listed.
        receipt: Receipt of the file from which the entry was read.
        remarks: What the list says of it beside: (label, text), such as ``reason``; read on request only.
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
    remarks: tuple[tuple[str, str], ...] = ()
