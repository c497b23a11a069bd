"""Lines of declarations as files, for the saved example mapping."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def declared_line(number: int = 1, **changes: object) -> dict[str, object]:
    """One line with a key of its own; the firms are made up."""
    return {
        "declaration_number": f"10000000/{number // 3:06}",
        "line_number": 1 + number % 3,
        "declaration_date": f"2023-{1 + number % 12:02}-15",
        "direction": "import",
        "sender_name": ("深圳市晨星电子有限公司", "Nordlicht Bauteile GmbH", "ООО «Северный Ветер»")[number % 3],
        "sender_country": ("CN", "DE", "KZ")[number % 3],
        "receiver_name": "ООО «Ромашка Импорт»",
        "receiver_country": "RU",
        "tariff_code": f"85423{number % 10}9010",
        "goods_description": "circuits",
        "invoice_value": f"{number}.25",
        "invoice_currency": "USD",
        "net_weight_kg": "2.5",
        **changes,
    }


HEADER = (
    "declaration_number", "line_number", "declaration_date", "direction", "procedure_code", "customs_office",
    "sender_name", "sender_tax_number", "sender_address", "sender_country", "receiver_name",
    "receiver_tax_number", "receiver_address", "receiver_country", "declarant_name", "country_of_origin",
    "departure_country", "destination_country", "tariff_code", "goods_description", "trade_mark",
    "producer_name", "article", "invoice_value", "invoice_currency", "net_weight_kg", "gross_weight_kg",
    "supplementary_quantity", "supplementary_unit", "package_count", "delivery_terms", "delivery_place",
    "transport_mode",
)  # fmt: skip


def lines_bytes(rows: Sequence[dict[str, object]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
