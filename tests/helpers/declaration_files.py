"""Files of declarations and bills of lading made for tests: firms in three scripts, none of them real."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence

EXPORTERS = (
    ("Nordlicht Bauteile GmbH", "DE"),
    ("Miller & Daughters Parts, Inc.", "US"),
    ("深圳市晨星电子有限公司", "CN"),
    ("香港遠東貿易有限公司", "HK"),
    ("ООО «Северный Ветер»", "KZ"),
    ("شركة النجمة للتجارة", "AE"),
)
IMPORTERS = ("ООО «Ромашка Импорт»", "АО НПП «Пример»", "LLC Primer Trade", "莫斯科示例公司", "Пример 🚢 Логистик")
GOODS = ("8542319010", "85423190", "847150", "8471")
DECLARATION_HEADER = (
    "declaration_number", "line_number", "declaration_date", "direction", "procedure_code", "customs_office",
    "sender_name", "sender_tax_number", "sender_address", "sender_country", "receiver_name",
    "receiver_tax_number", "receiver_address", "receiver_country", "declarant_name", "country_of_origin",
    "departure_country", "destination_country", "tariff_code", "goods_description", "trade_mark",
    "producer_name", "article", "invoice_value", "invoice_currency", "net_weight_kg", "gross_weight_kg",
    "supplementary_quantity", "supplementary_unit", "package_count", "delivery_terms", "delivery_place",
    "transport_mode",
)  # fmt: skip
BILL_HEADER = (
    "bill_of_lading", "arrival_date", "shipper", "shipper_address", "shipper_country", "consignee",
    "consignee_address", "consignee_country", "notify_party", "notify_address", "carrier", "hs_code", "cargo",
    "gross_weight_kg", "packages", "container_numbers", "port_of_loading", "port_of_discharge", "vessel",
    "vessel_imo", "voyage",
)  # fmt: skip


def declaration(number: int = 1, item: int = 1, **changes: object) -> dict[str, object]:
    """One line of a declaration."""
    sender, economy = EXPORTERS[number % len(EXPORTERS)]
    return {
        "declaration_number": f"10702070/150123/{number:07}",
        "line_number": item,
        "declaration_date": "2023-01-15",
        "direction": "import",
        "procedure_code": "40",
        "customs_office": "10702070",
        "sender_name": sender,
        "sender_address": "1 Example Street",
        "sender_country": economy,
        "receiver_name": IMPORTERS[number % len(IMPORTERS)],
        "receiver_tax_number": f"{7_700_000_000 + number}",
        "receiver_country": "RU",
        "country_of_origin": "CN",
        "departure_country": economy,
        "destination_country": "RU",
        "tariff_code": GOODS[number % len(GOODS)],
        "goods_description": 'Integrated circuits; processors, "new"',
        "invoice_value": "100.5",
        "invoice_currency": "USD",
        "net_weight_kg": "2.5",
        "gross_weight_kg": "3",
        "supplementary_quantity": "10",
        "supplementary_unit": "pcs",
        "delivery_terms": "CIP",
        **changes,
    }


def declarations(seed: int, lines: int) -> list[dict[str, object]]:
    """Lines with keys of their own and values that tell them apart."""
    draw = random.Random(seed)
    return [
        declaration(
            number=1 + place // 3,
            item=1 + place % 3,
            invoice_value=f"{draw.randint(1, 10**7) / 100:.2f}",
            net_weight_kg=f"{draw.randint(1, 10**6) / 1000:.3f}",
            declaration_date=f"2023-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        )
        for place in range(lines)
    ]


def bill(number: int = 1, **changes: object) -> dict[str, object]:
    """One bill of lading."""
    shipper, economy = EXPORTERS[number % len(EXPORTERS)]
    return {
        "bill_of_lading": f"EXMP{number:08}",
        "arrival_date": "03/28/2023",
        "shipper": shipper,
        "shipper_country": economy,
        "consignee": IMPORTERS[number % len(IMPORTERS)],
        "consignee_country": "RU",
        "notify_party": "SAME AS CONSIGNEE",
        "carrier": "EXAMPLE LINES",
        "hs_code": "8471.50",
        "cargo": "1 X 40HC CONTAINER SAID TO CONTAIN COMPUTERS",
        "gross_weight_kg": "18250",
        "packages": "640",
        "container_numbers": "EXMU1234567",
        "port_of_loading": "SHANGHAI",
        "port_of_discharge": "ST PETERSBURG",
        "vessel": "EXAMPLE STAR",
        "vessel_imo": "IMO 9074729",
        "voyage": "023W",
        **changes,
    }


def table(rows: Sequence[dict[str, object]], header: Sequence[str] = DECLARATION_HEADER) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
