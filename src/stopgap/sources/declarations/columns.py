"""Columns of ``staged`` for customs declarations and bills of lading."""

from __future__ import annotations

DECLARATION_COLUMNS: dict[str, str] = {
    "date": "DATE",  # of the declaration, or of the bill of lading
    "document": "VARCHAR",  # declaration | bill-of-lading
    "declaration": "VARCHAR",  # number of the document, as it stands
    "item": "VARCHAR",  # number of the line in it
    "line": "VARCHAR",  # the key that the mapping names; NULL where it names none
    "flow": "VARCHAR",  # X | M | RX | RM, as the customs service sees it; NULL in transit or where not told
    "procedure": "VARCHAR",  # customs procedure or regime, as it stands
    "office": "VARCHAR",  # customs office, as it stands
    "exporter": "VARCHAR",  # names as they stand, in any script
    "exporter_id": "VARCHAR",  # tax or registration number
    "exporter_address": "VARCHAR",
    "exporter_economy": "VARCHAR",  # ISO3, or the code of an aggregate
    "importer": "VARCHAR",
    "importer_id": "VARCHAR",
    "importer_address": "VARCHAR",
    "importer_economy": "VARCHAR",
    "consignee": "VARCHAR",  # where it is not the importer
    "consignee_id": "VARCHAR",
    "consignee_address": "VARCHAR",
    "notify_party": "VARCHAR",
    "notify_address": "VARCHAR",
    "declarant": "VARCHAR",  # broker or agent who lodged the document
    "carrier": "VARCHAR",
    "made_in": "VARCHAR",  # economy where the goods were made
    "shipped_from": "VARCHAR",  # economy that the goods left for this journey
    "shipped_to": "VARCHAR",  # economy for which they are bound
    "good": "VARCHAR",  # 4 to 10 digits, with leading zeros
    "description": "VARCHAR",
    "brand": "VARCHAR",
    "manufacturer": "VARCHAR",
    "model": "VARCHAR",  # model or article number
    "value_usd": "DOUBLE",  # NULL where the document states none
    "value_reported": "DOUBLE",
    "currency": "VARCHAR",
    "usd_per_unit": "DOUBLE",  # value_usd = value_reported * usd_per_unit
    "net_kg": "DOUBLE",
    "gross_kg": "DOUBLE",
    "quantity": "DOUBLE",
    "quantity_unit": "VARCHAR",
    "packages": "DOUBLE",
    "containers": "VARCHAR",  # numbers, as they stand
    "incoterms": "VARCHAR",
    "delivery_place": "VARCHAR",
    "loading_place": "VARCHAR",
    "discharge_place": "VARCHAR",
    "transport": "VARCHAR",  # mode of transport, as it stands
    "vessel": "VARCHAR",
    "imo": "VARCHAR",  # seven digits
    "voyage": "VARCHAR",
    "source": "VARCHAR",
}
"""Column -> DuckDB type, in order: the lake's table ``declarations`` without vintage and receipt."""
