"""Invented yearly exports for the example: two sellers of bicycles stop selling to Iceland, and others fill part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

HEADER = "Year,Exporter,Importer,HS code,Value (USD 1000),Net weight (t)"
YEARS = range(2015, 2024)
EVENT_YEAR = 2020
TARGET = "Iceland"
COALITION = {"Austria": 400, "Portugal": 500}
OTHERS = {"Viet Nam": 200, "Cambodia": 150, "Sri Lanka": 100, "Tunisia": 120}
"""Exporters, with what each sells a destination of size 1 of a good in a year, in USD 1000 before the event."""

DESTINATIONS = {
    "Iceland": 4, "Malta": 3, "Cyprus": 4, "New Zealand": 9, "Costa Rica": 5, "Uruguay": 5, "Panama": 6,
    "Mauritius": 3, "Fiji": 2, "Namibia": 3, "Botswana": 3,
}  # fmt: skip
_USD_PER_KG = {
    "871200": 14.0, "401150": 6.0, "401320": 5.0, "420292": 11.0, "570500": 7.0, "630260": 8.0, "691110": 4.0,
    "701337": 3.0, "940490": 6.0, "950699": 9.0,
}  # fmt: skip
GOODS = {
    "871200": 5.0, "401150": 2.0, "401320": 1.0, "420292": 4.0, "570500": 2.0, "630260": 2.0, "691110": 3.0,
    "701337": 1.0, "940490": 2.0, "950699": 2.0,
}  # fmt: skip
"""Goods with their weight in trade; the first three are the list's, the others ordinary."""

LISTED = frozenset(("871200", "401150", "401320"))
_KEPT = 0.2
"""Share of its listed sales to the target that the coalition keeps after the event."""

_GAINED = {"Viet Nam": 2.4, "Cambodia": 1.7, "Sri Lanka": 1.2, "Tunisia": 1.4}
"""Factor on the listed sales of each other exporter to the target after the event."""

_GROWTH = 1.03
_INFLATION = 1.02
_SPREAD = 0.12


def trade_lines() -> Iterator[str]:
    """Yield the lines of ``trade.csv`` without line ends, the header first; always the same."""
    yield HEADER
    for year in YEARS:
        for exporter, sells in (COALITION | OTHERS).items():
            for importer, size in DESTINATIONS.items():
                for good, weight in GOODS.items():
                    value = sells * size * weight * _GROWTH ** (year - YEARS[0])
                    value *= _effect(year, exporter, importer, good) * _wobble(year, exporter, importer, good)
                    thousand = max(round(value), 1)
                    price = _USD_PER_KG[good] * _INFLATION ** (year - YEARS[0])
                    yield f"{year},{exporter},{importer},{good},{thousand},{thousand / price:.1f}"


def _effect(year: int, exporter: str, importer: str, good: str) -> float:
    if year < EVENT_YEAR or importer != TARGET or good not in LISTED:
        return 1.0
    return _KEPT if exporter in COALITION else _GAINED[exporter]


def _wobble(*cell: object) -> float:
    """Return a factor within the spread about 1 that only the cell decides, as figures never lie on a line."""
    digest = hashlib.sha256(",".join(map(str, cell)).encode()).digest()
    return 1 - _SPREAD + 2 * _SPREAD * int.from_bytes(digest[:4], "big") / 2**32
