"""Which table of a result is given, where it has several."""

from __future__ import annotations

from enum import StrEnum


class By(StrEnum):
    """What a row of the table of a measure is."""

    SUPPLIER = "supplier"
    GOOD = "good"
    GROUP = "group"


class RoutesBy(StrEnum):
    """What a row of the table of routes is."""

    HUB = "hub"
    GOOD = "good"
    MONTH = "month"
    CANDIDATE = "candidate"
    DECLARED = "declared"


class ExposureBy(StrEnum):
    """What a row of the table of companies is."""

    COMPANY = "company"
    PAIR = "pair"
    HUB = "hub"


class QualityTable(StrEnum):
    """Tables of the report on quality."""

    OVERVIEW = "overview"
    FIGURES = "figures"
    REPORTERS = "reporters"
    MIRROR = "mirror"
    UNIT_VALUES = "unit-values"
    STOPS = "stops"
    TOTALS = "totals"
    ROUNDING = "rounding"
    RECEIPTS = "receipts"
