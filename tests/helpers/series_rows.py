"""Rows of months and years for lakes of series tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lake_rows import trade_row

from stopgap.measures.series.request import SeriesRequest
from stopgap.measures.series.results import SeriesFinding
from stopgap.measures.series.run import series


def month_rows(year: int, value: float, months: range = range(1, 13), **fields: Any) -> list[dict[str, object]]:
    """One row a month, each of the same value; ``fields`` as of ``trade_row``."""
    row = {"frequency": "M", "reporter": "DEU", "partner": "KGZ", "good": "854231", "source": "eurostat"} | fields
    return [trade_row(**row, period=f"{year}-{month:02d}-01", value_usd=value) for month in months]


def year_row(year: int, value: float, **fields: Any) -> dict[str, object]:
    """One annual row."""
    row = {"frequency": "A", "reporter": "DEU", "partner": "KGZ", "good": "854231", "source": "comtrade"} | fields
    return trade_row(**row, period=f"{year}-01-01", value_usd=value)


def series_of(lake: Path, **options: Any) -> SeriesFinding:
    """The series of Germany's exports of integrated circuits to Kyrgyzstan, or as the options say."""
    asked = {"reporters": "DEU", "partners": "KGZ", "goods": "8542"} | options
    return series(lake, SeriesRequest(**asked).options())


def values(finding: SeriesFinding) -> dict[str, float | None]:
    """Period -> dollars, of a series of one pair."""
    return {row.period: row.value_usd for row in finding.rows}
