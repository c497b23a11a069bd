"""Extract the companies and vessels that a pack names. Natural persons are withheld and counted.

Two kinds of documents name them: exposures, from customs declarations, and decisions on matches with a sanctions list,
whose subject is a company or a vessel. The listed entry itself is never extracted, since it may be a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from stopgap.base.marking import Marking
from stopgap.evidence.exchange.texts import dict_of, economy, list_of, loosest, name, text_of
from stopgap.evidence.packs.view import Document

_SOLE = ("ip ", "individual entrepreneur ", "sole proprietor ", "sole trader ", "einzelunternehmer ")
"""Prefixes of names of sole traders (natural persons), in addition to the legal forms that the screening knows."""


@dataclass(frozen=True)
class Named:
    """A company or a vessel as one document names it, in its most common spelling.

    ``key`` is the company's id in an exposure, or ``subject:`` and the name of a decision's subject. ``economy`` is an
    ISO3 code, ``None`` where it is missing or not an economy; ``identifiers`` are register numbers; ``roles`` describe
    what it did, in words. A vessel has a ship's number (IMO, MMSI) and no legal form of a company.
    """

    key: str
    name: str
    economy: str | None
    identifiers: tuple[str, ...]
    aliases: tuple[str, ...]
    roles: tuple[str, ...]
    is_vessel: bool


@dataclass(frozen=True)
class ExportedCompany:
    """A company of a pack, merged only from items that every reader allowed to see its name may also see.

    Its ``marking`` states who may see its name (:func:`stopgap.evidence.exchange.texts.loosest`).
    """

    named: Named
    marking: Marking


def named_in(document: Document) -> tuple[tuple[Named, ...], int]:
    """Return the companies and vessels that a document names, and its number of names of natural persons."""
    found: dict[str, list[Named]] = defaultdict(list)
    persons = set()
    for each in (*_exposed(document), *_paired(document), *_subject(document)):
        if is_sole_trader(each.name):
            persons.add(each.key)
        else:
            found[each.key].append(each)
    for key in persons:
        found.pop(key, None)
    return tuple(_together(rows) for rows in found.values()), len(persons)


def companies_of(entries: Iterable[tuple[Marking, tuple[Named, ...]]]) -> list[ExportedCompany]:
    """Merge the companies of all items, given as (marking of the item, companies), each once, in order of appearance.

    A company named by a CLEAR and an AMBER item is CLEAR, and has no details that only the AMBER item contains.
    """
    found: dict[str, list[tuple[Marking, Named]]] = defaultdict(list)
    for own, companies in entries:
        for each in companies:
            found[each.key].append((own, each))
    made = []
    for rows in found.values():
        marking = loosest(own for own, _ in rows)
        made.append(ExportedCompany(_together([each for own, each in rows if own.fits(marking)]), marking))
    return made


def is_sole_trader(text: str) -> bool:
    """Return whether a name is that of a sole trader, who is a natural person."""
    from stopgap.screening.names.company_name import read_name

    folded = " ".join(text.casefold().split())
    return folded.startswith(_SOLE) or "sole" in read_name(text).forms


def _together(rows: list[Named]) -> Named:
    first = rows[0]
    aliases = (other for row in rows for other in (row.name, *row.aliases) if other != first.name)
    return Named(
        first.key,
        first.name,
        next((row.economy for row in rows if row.economy), None),
        tuple(dict.fromkeys(each for row in rows for each in row.identifiers)),
        tuple(dict.fromkeys(aliases)),
        tuple(dict.fromkeys(each for row in rows for each in row.roles)),
        any(row.is_vessel for row in rows),
    )


def _exposed(document: Document) -> Iterator[Named]:
    for row in list_of(document, "companies"):
        if isinstance(row, dict) and text_of(row, "company") and text_of(row, "name"):
            numbers = tuple(map(name, list_of(row, "identifiers")))
            spelled = [text_of(each, "name") for each in list_of(row, "spellings") if isinstance(each, dict)]
            role = name(row.get("role", "?"))
            days = f"first seen {name(row.get('first_seen', '?'))}, last seen {name(row.get('last_seen', '?'))}"
            yield Named(
                row["company"],
                name(row["name"]),
                _code(row.get("economy")),
                numbers,
                tuple(each for each in map(name, filter(None, spelled)) if not is_sole_trader(each)),
                (f"{role}: {_lines(row)}, {days}",),
                _is_vessel(name(row["name"]), numbers),
            )


def _lines(row: dict[str, Any]) -> str:
    value, lines = row.get("value_usd"), row.get("lines")
    said = f"USD {value:,.0f} declared" if isinstance(value, int | float) else "no value declared"
    return f"{said} in {lines:,} lines" if isinstance(lines, int) else said


def _paired(document: Document) -> Iterator[Named]:
    for row in list_of(document, "pairs"):
        if isinstance(row, dict):
            for side in ("exporter", "importer"):
                if text_of(row, side) and text_of(row, f"{side}_name"):
                    yield Named(row[side], name(row[f"{side}_name"]), None, (), (), (), False)


def _subject(document: Document) -> Iterator[Named]:
    """Yield the subject of a decision on a match, in either of the two document forms of decisions."""
    subject = dict_of(document, "subject") or document
    said = text_of(subject, "name") or text_of(subject, "query")
    if not said or not text_of(document, "list") or "as" not in document:
        return
    countries = [code for code in map(_code, list_of(subject, "countries")) if code]
    numbers = tuple(map(name, list_of(subject, "identifiers")))
    yield Named(
        f"subject:{said}",
        name(said),
        countries[0] if len(countries) == 1 else None,
        numbers,
        (),
        (f"screened against {name(document['list'])}: {name(document['as'])}",),
        _is_vessel(name(said), numbers),
    )


def _code(value: object) -> str | None:
    area = economy(value)
    return area.code if area is not None else None


def _is_vessel(text: str, identifiers: Iterable[str]) -> bool:
    """Return whether a name is a vessel's: it has an IMO or MMSI number, and no legal form.

    Shipping companies have IMO numbers too, so a name with a legal form is not a vessel's.
    """
    from stopgap.screening.names.company_name import read_name

    numbered = any(each.casefold().startswith(("imo:", "mmsi:")) for each in identifiers)
    return numbered and not read_name(text).forms
