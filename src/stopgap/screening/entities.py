"""Data model of listed entities: names, places and identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """A number that a register gave.

    Attributes:
        kind: ``inn``, ``ogrn``, ``kpp``, ``okpo``, ``uscc`` (China's 18 characters), ``lei``, ``imo``, ``mmsi``,
            ``swift``, ``duns``, ``registration``, ``tax`` or ``id`` (what the list does not say more closely).
        value: Capital letters and digits, as :func:`stopgap.screening.identifiers.clean` leaves them.
    """

    kind: str
    value: str


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
        addresses: As the list prints them.
        identifiers: Registration and tax numbers, LEI, IMO.
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
