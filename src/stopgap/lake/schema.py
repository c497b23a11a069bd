"""The lake's columns, in one place.

``trade`` table, one row per (kind, period, frequency, reporter, partner, flow,
good, revision, source): values in current US dollars; missing weight or
quantity is NULL, never 0; a period that a reporter did not report has no row.
"""

from __future__ import annotations

TRADE_COLUMNS: dict[str, str] = {
    "period": "DATE",  # first day of the month or year
    "frequency": "VARCHAR",  # A | M
    "reporter": "VARCHAR",  # ISO3, or the code of an aggregate
    "partner": "VARCHAR",
    "flow": "VARCHAR",  # X | M | RX | RM (breakdowns may hold others)
    "good": "VARCHAR",  # digits with leading zeros, or a composite (84+85, basket:chips)
    "revision": "VARCHAR",  # HS2012 | HS2017 | HS2022 | HS (mixed) | CN2021 …
    "value_usd": "DOUBLE",
    "net_kg": "DOUBLE",
    "quantity": "DOUBLE",
    "quantity_unit": "VARCHAR",
    "valuation": "VARCHAR",  # FOB | CIF
    "is_estimated": "BOOLEAN",
    "source": "VARCHAR",
    "vintage": "VARCHAR",
    "receipt": "VARCHAR",
    "kind": "VARCHAR",  # economy | aggregate | breakdown
    "currency": "VARCHAR",  # as reported
    "value_reported": "DOUBLE",  # in that currency, units of 1
    "usd_per_unit": "DOUBLE",  # value_usd = value_reported * usd_per_unit
}
"""Columns of the stored table, in order. The canonical views leave ``kind`` out."""

VIEW_COLUMNS = [name for name in TRADE_COLUMNS if name != "kind"]

SORT_KEY = ["partner", "good", "period", "reporter", "flow"]
