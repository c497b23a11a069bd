"""Reads the UN Security Council's consolidated list as XML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry
from stopgap.sources.lists.xmlstream import stream

NAME = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
ADDRESS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
_OF = ("ALIAS", "ADDRESS", "DATE_OF_BIRTH", "PLACE_OF_BIRTH", "DOCUMENT", "COUNTRY", "LOCATION", "CONTACT")
KNOWN = frozenset([
    *NAME, *ADDRESS, "CONSOLIDATED_LIST", "INDIVIDUALS", "INDIVIDUAL", "ENTITIES", "ENTITY", "DATAID", "VERSIONNUM",
    "UN_LIST_TYPE", "REFERENCE_NUMBER", "LISTED_ON", "SUBMITTED_ON", "SUBMITTED_BY", "GENDER", "NAME_ORIGINAL_SCRIPT", "COMMENTS1",
    "TITLE", "DESIGNATION", "VALUE", "NATIONALITY", "NATIONALITY2", "LIST_TYPE", "LAST_DAY_UPDATED", "DELISTED_ON", "QUALITY",
    "ALIAS_NAME", "DATE_OF_BIRTH", "CITY_OF_BIRTH", "COUNTRY_OF_BIRTH", "PLACE_OF_BIRTH", "NOTE", "TYPE_OF_DATE", "DATE", "YEAR",
    "FROM_YEAR", "TO_YEAR", "TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER", "ISSUING_COUNTRY", "DATE_OF_ISSUE",
    "CITY_OF_ISSUE", "COUNTRY_OF_ISSUE", "SORT_KEY", "SORT_KEY_LAST_MOD", "INTERPOL_LINK",
    *(f"{kind}_{part}" for kind in ("INDIVIDUAL", "ENTITY") for part in _OF),
])  # fmt: skip
"""Names of all elements of the format, including those that are not read."""
_DATE = re.compile(r'(?<=\s)dateGenerated="(\d{4}-\d{2}-\d{2})')

QUALITIES = frozenset({"", "good", "low", "a.k.a.", "f.k.a."})
"""Values of QUALITY that the list uses for an alias."""


class UnXml(ListSource):
    """List format: the UN list of individuals and entities."""

    name = "un-xml"
    title = "UN Security Council consolidated list (XML)"
    how = "scsanctions.un.org/consolidated: XML"
    terms = "United Nations, free use with attribution"
    parser = "un-xml/1"

    def recognises(self, head: FileHead) -> bool:
        return head.is_markup and "<CONSOLIDATED_LIST" in head.text[:2000]

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return list ``un``, with the date on which the file was generated."""
        date = _DATE.search(head.text[:2000])
        return Edition(told.list or "un", list_date=date[1] if date else None)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per individual and entity, identified by its permanent reference number."""
        for node in stream(reading, "INDIVIDUAL", "ENTITY", known=KNOWN, notes=edition.notes):
            prefix = node.tag
            schema = "Person" if prefix == "INDIVIDUAL" else "LegalEntity"
            own = node.get("REFERENCE_NUMBER") or node.get("DATAID")
            entry = ListEntry(own, schema, edition.doubts, row=node.line)
            entry.name(" ".join(part for name in NAME if (part := node.get(name))))
            entry.need_name()
            entry.name(node.get("NAME_ORIGINAL_SCRIPT"), Property.ALIAS)
            for alias in node.all(f"{prefix}_ALIAS"):
                quality = alias.get("QUALITY").lower()
                kind = {"low": Property.WEAK_ALIAS, "f.k.a.": Property.PREVIOUS_NAME}.get(quality, Property.ALIAS)
                if quality not in QUALITIES:
                    entry.doubts.names[quality] += 1
                entry.name(alias.get("ALIAS_NAME"), kind)
            for place in node.all("NATIONALITY", "VALUE"):
                entry.country(place.text)
            for address in node.all(f"{prefix}_ADDRESS"):
                entry.address(", ".join(part for name in ADDRESS if (part := address.get(name))))
                entry.country(address.get("COUNTRY"))
            for document in node.all(f"{prefix}_DOCUMENT"):
                entry.identifier("id", document.get("NUMBER"))
            entry.add(Property.PROGRAMME, node.get("UN_LIST_TYPE"))
            entry.day(Property.LISTED_ON, node.get("LISTED_ON"))
            entry.add(Property.REMARK, node.get("COMMENTS1"))
            for imo in re.findall(r"IMO(?: number)?:? ?(\d{7})\b", node.get("COMMENTS1")):
                entry.identifier("imo", imo)
            yield entry
