"""Reads OFAC's lists as enhanced XML: names by script and quality, documents, features, relations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry
from stopgap.sources.lists.numbers import kind_of
from stopgap.sources.lists.places import iso3
from stopgap.sources.lists.xmlstream import Node, stream

SCHEMAS = {"Individual": "Person", "Vessel": "Vessel", "Aircraft": "Airplane"}
PLACES = ("Nationality Country", "Citizenship Country", "Vessel Flag", "Flag")
KNOWN = frozenset([
    "sanctionsData", "publicationInfo", "dataAsOf", "filters", "filter", "sanctionsLists", "sanctionsList", "sanctionsPrograms",
    "sanctionsProgram", "sanctionsTypes", "sanctionsType", "legalAuthorities", "legalAuthority", "referenceValues",
    "referenceValue", "type", "value", "code", "isoCode", "isDefaultCountry", "featureTypes", "featureType", "detailType", "detailLookup", "entities", "entity", "generalInfo",
    "identityId", "entityType", "remarks", "title", "names", "name", "isPrimary", "isLowQuality", "aliasType", "translations",
    "translation", "script", "formattedFirstName", "formattedLastName", "formattedFullName", "nameParts", "namePart",
    "addresses", "address", "country", "addressParts", "addressPart", "features", "feature", "versionId", "featureVersions",
    "featureVersion", "reliability", "valueDate", "fromDateBegin", "fromDateEnd", "toDateBegin", "toDateEnd", "isApproximate",
    "isDateRange", "valueRefId", "identityDocuments", "identityDocument", "documentNumber", "issuingCountry", "issueDate",
    "expirationDate", "isValid", "comment", "relationships", "relationship", "relatedEntity", "dateType",
])  # fmt: skip
"""Names of all elements of the format, including those that are not read."""
_DATE = re.compile(r"<dataAsOf>\s*(\d{4}-\d{2}-\d{2})")
_LIST = re.compile(r"<sanctionsList [^>]*>\s*([^<]+?)\s*</sanctionsList>")


class OfacEnhanced(ListSource):
    """List format: OFAC's SDN list and consolidated non-SDN list as enhanced XML."""

    name = "ofac-enhanced"
    title = "OFAC's SDN and non-SDN lists, enhanced XML (also zipped)"
    how = "sanctionslist.ofac.treas.gov: SDN_ENHANCED.XML, CONS_ENHANCED.XML"
    terms = "US government work, public domain"
    parser = "ofac-enhanced/1"

    def recognises(self, head: FileHead) -> bool:
        return head.is_markup and "<sanctionsData" in head.text[:2000]

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return list ``ofac-sdn`` or ``ofac-cons``, as the file states; ``ofac`` where it holds both or names none."""
        start = head.text.split("<referenceValues", 1)[0]
        named = set(_LIST.findall(start))
        otherwise = {frozenset({"SDN List"}): "ofac-sdn", frozenset({"Consolidated List"}): "ofac-cons"}
        date = _DATE.search(start)
        return Edition(told.list or otherwise.get(frozenset(named), "ofac"), list_date=date[1] if date else None)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per ``entity`` element."""
        for node in stream(reading, "entity", known=KNOWN, notes=edition.notes):
            kind = node.get("generalInfo", "entityType")
            own, schema = node.attributes.get("id", ""), SCHEMAS.get(kind, "LegalEntity")
            entry = ListEntry(own, schema, edition.doubts, row=node.line)
            if kind not in SCHEMAS and kind != "Entity":
                entry.doubts.types[kind] += 1
            for name in node.all("names", "name"):
                _read_name(entry, name)
            entry.need_name()
            for address in node.all("addresses", "address"):
                _read_address(entry, address)
            for feature in node.all("features", "feature"):
                _read_feature(entry, feature.get("type"), feature.get("value"))
            for document in node.all("identityDocuments", "identityDocument"):
                country = iso3(document.get("issuingCountry")) if document.get("issuingCountry") else None
                number = document.get("documentNumber")
                if found := kind_of(document.get("type"), number, country):
                    entry.identifier(found, number)
            lists = list(node.all("sanctionsLists", "sanctionsList"))
            for programme in (*node.all("sanctionsPrograms", "sanctionsProgram"), *lists):
                entry.add(Property.PROGRAMME, programme.text)
            days = [day for listed in lists if (day := listed.attributes.get("datePublished"))]
            entry.day(Property.LISTED_ON, min(days, default=""))
            for relation in node.all("relationships", "relationship"):
                if other := next(relation.all("relatedEntity"), None):
                    entry.add(Property.LINKED, other.attributes.get("entityId") or other.text, relation.get("type"))
            entry.add(Property.REMARK, node.get("generalInfo", "remarks"))
            yield entry


def _read_name(entry: ListEntry, name: Node) -> None:
    is_primary = name.get("isPrimary") == "true"
    is_weak = name.get("isLowQuality") == "true"
    for told in (name.get("isPrimary"), name.get("isLowQuality")):
        if told not in ("true", "false", ""):
            entry.doubts.names[told] += 1
    former = name.get("aliasType").upper().startswith("F.K.A")
    kind = Property.WEAK_ALIAS if is_weak else Property.PREVIOUS_NAME if former else Property.ALIAS
    for translation in name.all("translations", "translation"):
        own = is_primary and translation.get("isPrimary") == "true"
        entry.name(translation.get("formattedFullName"), Property.NAME if own else kind)


def _read_address(entry: ListEntry, address: Node) -> None:
    country = address.get("country")
    for translation in address.all("translations", "translation"):
        parts = [part.get("value") for part in translation.all("addressParts", "addressPart")]
        if parts:
            entry.address(", ".join([*parts, country] if country else parts))
    entry.country(country)


def _read_feature(entry: ListEntry, words: str, value: str) -> None:
    if words in PLACES:
        entry.country(value)
        return
    kind = kind_of(words, value, None)
    if kind == "swift" or (kind and kind != "id" and re.search(r"\d", value)):
        entry.identifier(kind, value)
    elif value:
        entry.add(Property.REMARK, value, words)
