"""Reads OFAC's lists as plain XML, in the layout of OFAC's specification (``sdnList`` of ``sdnEntry``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import DayStyle, ListEntry, read_day
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.ofac_csv import NON_SDN, SCHEMAS, read_remarks
from stopgap.sources.lists.places import iso3
from stopgap.sources.lists.xmlstream import Node, stream

ADDRESS = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country")
KNOWN = frozenset([
    *ADDRESS, "sdnList", "publshInformation", "Publish_Date", "Record_Count", "sdnEntry", "uid", "firstName", "lastName", "title", "sdnType",
    "remarks", "programList", "program", "idList", "id", "idType", "idNumber", "idCountry", "issueDate", "expirationDate",
    "akaList", "aka", "type", "category", "addressList", "address", "nationalityList", "nationality", "citizenshipList",
    "citizenship", "mainEntry", "dateOfBirthList", "dateOfBirthItem", "dateOfBirth", "placeOfBirthList", "placeOfBirthItem",
    "placeOfBirth", "vesselInfo", "callSign", "vesselType", "vesselFlag", "vesselOwner", "tonnage", "grossRegisteredTonnage",
])  # fmt: skip
"""Names of all elements of the format, including those that are not read."""
_DATE = re.compile(r"<Publish_Date>\s*([\d/]+)\s*<")
_COUNT = re.compile(r"<Record_Count>\s*(\d{1,9})\s*</Record_Count>")


class OfacXml(ListSource):
    """List format: OFAC's SDN list and consolidated non-SDN list as plain XML."""

    name = "ofac-xml"
    title = "OFAC's SDN and non-SDN lists, XML (sdn.xml, consolidated.xml)"
    how = "sanctionslist.ofac.treas.gov: SDN.XML, CONSOLIDATED.XML"
    terms = "US government work, public domain"
    parser = "ofac-xml/1"

    def recognises(self, head: FileHead) -> bool:
        return head.is_markup and "<sdnList" in head.text[:2000]

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return ``ofac-cons`` if the file name begins with ``cons``, else ``ofac-sdn``, and the publication date."""
        date = _DATE.search(head.text[:10_000])
        day = read_day(date[1], DayStyle.MONTH_FIRST) if date else None
        otherwise = "ofac-cons" if NON_SDN.match(head.name) else "ofac-sdn"
        return Edition(told.list or otherwise, list_date=day)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per ``sdnEntry``; a count that differs from ``Record_Count`` is reported in a note."""
        held = 0
        for node in stream(reading, "sdnEntry", known=KNOWN, notes=edition.notes):
            held += 1
            kind = node.get("sdnType").lower()
            entry = ListEntry(node.get("uid"), SCHEMAS.get(kind, "LegalEntity"), edition.doubts, row=node.line)
            if kind not in SCHEMAS and kind != "entity":
                entry.doubts.types[kind] += 1
            entry.name(_name(node))
            entry.need_name()
            for alias in node.all("akaList", "aka"):
                is_weak = alias.get("category").lower() == "weak"
                former = alias.get("type").lower().startswith("f.k.a")
                if alias.text.strip():  # words where its parts should stand
                    entry.doubts.names[alias.text.strip()] += 1
                known_as = Property.PREVIOUS_NAME if former else Property.ALIAS
                entry.name(_name(alias), Property.WEAK_ALIAS if is_weak else known_as)
            for address in node.all("addressList", "address"):
                entry.address(", ".join(text for part in ADDRESS if (text := address.get(part))))
                entry.country(address.get("country"))
            for place in (*node.all("nationalityList", "nationality"), *node.all("citizenshipList", "citizenship")):
                entry.country(place.get("country"))
            entry.country(node.get("vesselInfo", "vesselFlag"))
            entry.add(Property.LINKED, node.get("vesselInfo", "vesselOwner"), "vessel owner")
            for number in node.all("idList", "id"):
                country = iso3(number.get("idCountry")) if number.get("idCountry") else None
                if found := kind_of(number.get("idType"), number.get("idNumber"), country):
                    entry.identifier(found, number.get("idNumber"))
            for programme in node.all("programList", "program"):
                entry.add(Property.PROGRAMME, programme.text)
            entry.add(Property.REMARK, node.get("title"), "title")
            if node.get("remarks"):
                read_remarks(entry, node.get("remarks"))
            yield entry
        said = _COUNT.search(reading.head.text[:10_000])
        if said is None:
            edition.notes.append("the file does not say how many entries it has (Record_Count)")
        elif int(said[1]) != held:
            edition.notes.append(f"the file says that it has {int(said[1]):,} entries and holds {held:,}")


def _name(node: Node) -> str:
    """Return a name in OFAC's order: last name, then first."""
    return ", ".join(part for part in (node.get("lastName"), node.get("firstName")) if part)
