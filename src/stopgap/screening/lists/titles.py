"""Names of lists for people: the parts of the US list told apart, acts and annexes of the EU."""

from __future__ import annotations

import re

from stopgap.screening.entities import ListedEntity

_US_PART = re.compile(r"(.+?) - (Bureau of Industry and Security|Treasury Department|State Department)")
"""A part of the US Consolidated Screening List as its column ``source`` has it, and the department."""
_DEPARTMENTS = {
    "Bureau of Industry and Security": "BIS",
    "Treasury Department": "OFAC",
    "State Department": "State Department",
}
_ABBREVIATION = re.compile(r"\(([A-Z]+(?:-[A-Z]+)*)(?: List)?\)")
_US_LISTS = {
    "SDN": "US SDN List",
    "EL": "US Entity List",
    "MEU": "US Military End User (MEU) List",
    "UVL": "US Unverified List",
    "DPL": "US Denied Persons List",
    "CMIC": "US Chinese military companies (NS-CMIC List)",
    "SSI": "US Sectoral Sanctions (SSI) List",
    "CAP": "US CAPTA List",
    "NS-MBS": "US Menu-Based Sanctions (NS-MBS) List",
    "FSE": "US Foreign Sanctions Evaders List",
    "PLC": "US Palestinian Legislative Council List",
    "ISN": "US Nonproliferation Sanctions",
    "DTC": "US ITAR Debarred",
}
"""Abbreviation of a part of the US Consolidated Screening List -> its name, as its publisher abbreviates it."""
_EU_PART = re.compile(r"(.+)\.(ENTITIES|INDIVIDUALS|PERSONS|VESSELS)")
_US = re.compile(r"us-|ofac-")
_EU_ACT = re.compile(r"eu-(\d+)-(\d+)(?:-(.+))?")
_OF_FORMAT = {
    "un-xml": "UN Security Council Consolidated List",
    "uk-conlist": "UK Consolidated List of Financial Sanctions Targets",
    "us-dpl": "US Denied Persons List, BIS",
}
_OF_NAME = {
    "ofac-sdn": "US SDN List, OFAC",
    "ofac-cons": "US Consolidated (non-SDN) List, OFAC",
    "jp-meti-russia": "Japan, METI: Russia",
    "jp-meti-third": "Japan, METI: third countries",
}


def part_of(entity: ListedEntity) -> tuple[str, str]:
    """Return the list of an entry and its part: of the US Consolidated Screening List, which of its lists; else ``""``."""
    found = _us_part(entity.programmes)
    return entity.list, found[0] if found else ""


def list_title(name: str, programmes: tuple[str, ...] = (), source: str = "") -> str:
    """Return the name of a list for people.

    Args:
        name: Name of the list in the lake: ``us-csl``, ``eu-833-2014-IV``.
        programmes: Programmes of an entry, which tell the part of the US Consolidated Screening List.
        source: Format that the list was read by.
    """
    if (found := _us_part(programmes)) is not None:
        short = _ABBREVIATION.search(found[0])
        known = _US_LISTS.get(short[1]) if short else None
        return f"{known or f'US {found[0]}'}, {_DEPARTMENTS[found[1]]}"
    if (act := _EU_ACT.fullmatch(name)) and source in ("eu-journal", ""):
        return f"EU {act[1]}/{act[2]}{f', Annex {_annex(act[3])}' if act[3] else ''}"
    return _OF_NAME.get(name) or _OF_FORMAT.get(source) or name


def own_programmes(programmes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the programmes of an entry without the part of the US list, which :func:`list_title` names."""
    return tuple(each for each in programmes if _us_part((each,)) is None)


def publisher_of(name: str) -> str | None:
    """Return ``EU`` or ``US`` for the name of a list of theirs; ``None`` for other lists."""
    return "EU" if _EU_ACT.fullmatch(name) else "US" if _US.match(name) else None


def _annex(text: str) -> str:
    part = _EU_PART.fullmatch(text)
    return f"{part[1]} ({part[2].lower()})" if part else text


def _us_part(programmes: tuple[str, ...]) -> tuple[str, str] | None:
    found = next((match for each in programmes if (match := _US_PART.fullmatch(each))), None)
    return (found[1], found[2]) if found else None
