"""Who is listed since which day: entries in force with economy, programme, annex, act and authority."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stopgap.codes.areas import areas
from stopgap.screening.entities import ListedEntity
from stopgap.screening.lists.run import entities_in_force
from stopgap.screening.lists.view import opened_lists

ORGANISATIONS = frozenset({"Company", "LegalEntity", "Organization", "PublicBody"})
"""FollowTheMoney schemas of organisations; a list may file a person who trades under ``LegalEntity``."""
VESSELS = frozenset({"Vessel"})
"""FollowTheMoney schema of ships."""

_BY_FORMAT = {
    "eu-journal": "EU",
    "us-csl": "US",
    "us-dpl": "US",
    "ofac-csv": "US",
    "ofac-enhanced": "US",
    "ofac-xml": "US",
    "un-xml": "UN",
    "uk-conlist": "UK",
    "jp-meti": "Japan",
}
"""Format of a list -> authority that publishes it."""
_BY_NAME = {"eu": "EU", "us": "US", "un": "UN", "gb": "UK", "jp": "Japan", "ua": "Ukraine", "ch": "Switzerland",
            "ca": "Canada", "au": "Australia", "cn": "China"}  # fmt: skip
"""First two letters of a data set of OpenSanctions, and of the package's own mappings -> authority."""
_NAMED = ("opensanctions-csv", "ftm", "mapped-list")
"""Formats whose lists are named after their publisher."""

_ACT = re.compile(r"eu-(\d+)-(\d+)(?:-(.+))?")
_PUBLISHER = re.compile(r"([a-z]{2})[_-].+")
_EU_KEY = re.compile(r"EU-([A-Z]{3})\b")
_TARGETS = (
    ("RUS", re.compile(r"RUSSIA|UKRAINE-EO|PEESA|EU-UKR\b|EU-RUSDA\b|jp-meti-(russia|third)", re.IGNORECASE)),
    ("BLR", re.compile(r"BELARUS", re.IGNORECASE)),
    ("IRN", re.compile(r"\bIRAN|\bIFSR\b|\bIRGC\b", re.IGNORECASE)),
    ("PRK", re.compile(r"\bDPRK|NORTH KOREA", re.IGNORECASE)),
    ("SYR", re.compile(r"SYRIA", re.IGNORECASE)),
    ("VEN", re.compile(r"VENEZUELA", re.IGNORECASE)),
)
"""Economy -> words in the programmes or the list's name that tie an entry to measures against it."""


@dataclass(frozen=True, slots=True)
class ListingInForce:
    """One entry of a list with what is known of its listing.

    Attributes:
        entity_id: The list's own id; unique within the list.
        name: Name of the entry, as the list prints it.
        schema: FollowTheMoney schema: ``Company``, ``LegalEntity``, ``Organization``, ``PublicBody``, ``Vessel`` …
        economies: ISO3 codes by registration, flag, address and register, each once; empty where the list tells none.
        list: Name of the list: ``eu-833-2014-IV``, ``us-csl`` …
        programme: Programmes as the list words them, joined by ``; ``; empty where it has none.
        annex: Annex of an EU act (``IV``, ``I.ENTITIES``); ``None`` elsewhere.
        act: EU act (``833/2014``, ``2024/1485``); ``None`` elsewhere.
        authority: Who lists: ``EU``, ``US``, ``UN``, ``UK``, ``Japan`` …; ``None`` for a list of one's own.
        targets: ISO3 codes of the economies against which act or programme is directed; empty where it does not say
            (BIS's Entity List names none).
        listed_on: First day of listing that the list states, ``YYYY-MM-DD``; ``None`` where it states none.
    """

    entity_id: str
    name: str
    schema: str
    economies: tuple[str, ...]
    list: str
    programme: str
    annex: str | None
    act: str | None
    authority: str | None
    targets: tuple[str, ...]
    listed_on: str | None

    def line(self) -> str:
        """Return what the list says of the entry, in one line."""
        day = f"listed on {self.listed_on}" if self.listed_on else "day of listing not stated"
        return "; ".join(each for each in (self.programme, ", ".join(self.economies), day) if each)


def listings(
    lake: Path,
    *,
    lists: Sequence[str] | None = None,
    as_of: str | None = None,
    on: str | None = None,
    schemas: Collection[str] | None = ORGANISATIONS | VESSELS,
    entity_ids: Sequence[str] | None = None,
) -> tuple[ListingInForce, ...]:
    """Return the entries in force of every list in the lake, by list and id; empty if the lake holds no lists.

    Who was taken off a list before its edition in force is not among them. One company on two lists, or in two
    annexes, is two entries.

    Args:
        lake: Folder of the lake.
        lists: Names of lists; all if ``None``. A name not in the lake gives nothing.
        as_of: A vintage (``v3``), or a day; see :func:`stopgap.screening.lists.run.list_states`.
        on: The day, where ``as_of`` is a vintage: entries listed after it are left out.
        schemas: FollowTheMoney schemas to keep: organisations and vessels unless told otherwise; ``None`` keeps all,
            persons too.
        entity_ids: Only these entries; all if ``None``.
    """
    formats = list_formats(lake, as_of=as_of, on=on)
    return tuple(
        listing_of(entity, formats.get(entity.list, ""))
        for entity in entities_in_force(lake, lists=lists, as_of=as_of, on=on, entity_ids=entity_ids)
        if schemas is None or entity.schema in schemas
    )


def list_formats(
    lake: Path, *, as_of: str | None = None, on: str | None = None, withheld: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return the format that each list was read by; see :func:`stopgap.screening.lists.run.list_states`."""
    with opened_lists(lake, as_of, on, withheld=withheld) as view:
        if view is None:
            return {}
        return dict(
            view.con.execute("SELECT list, arg_max(source, (step, source)) FROM listed_state GROUP BY list").fetchall()
        )


def listing_of(entity: ListedEntity, source: str) -> ListingInForce:
    """Return the listing of an entry; ``source`` is the format that its list was read by."""
    authority = authority_of(entity.list, source)
    act = _ACT.fullmatch(entity.list) if source == "eu-journal" else None
    return ListingInForce(
        entity_id=entity.entity_id,
        name=entity.names[0].text,
        schema=entity.schema,
        economies=entity.countries,
        list=entity.list,
        programme="; ".join(entity.programmes),
        annex=act[3] if act else None,
        act=f"{act[1]}/{act[2]}" if act else None,
        authority=authority,
        targets=_targets(entity.list, entity.programmes) if authority else (),
        listed_on=entity.listed_on,
    )


def authority_of(name: str, source: str) -> str | None:
    if source in _NAMED:
        publisher = _PUBLISHER.fullmatch(name)
        return _BY_NAME.get(publisher[1]) if publisher else None
    return _BY_FORMAT.get(source)


@cache
def _targets(name: str, programmes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the economies against which a list's programmes are directed, by code."""
    words = " ".join((name, *programmes))
    keys = {key for key in _EU_KEY.findall(words) if key != "UKR" and key in _economies()}
    return tuple(sorted(keys | {code for code, pattern in _TARGETS if pattern.search(words)}))


@cache
def _economies() -> frozenset[str]:
    return frozenset(area.code for area in areas().values() if area.kind == "economy")
