"""The SQL of a series gives the rows of its periods, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_rows import put
from series_rows import month_rows, series_of, year_row

from stopgap.api.lake import open_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Monthly figures of three years, and annual ones of the last two."""
    folder = tmp_path_factory.mktemp("queries") / "lake"
    rows = [row for year in (2020, 2021, 2022) for row in month_rows(year, 1e6)]
    put(folder, [*rows, year_row(2021, 12e6), year_row(2022, 12e6)])
    return folder


@pytest.mark.parametrize(
    ("options", "first", "last", "count"),
    [
        ({"by": "month", "period": "2021-03:2021-03"}, "2021-03", "2021-03", 1),
        ({"by": "quarter", "period": "2021Q1:2021Q2"}, "2021-01", "2021-06", 6),
        ({"by": "year", "period": "2021:2021", "frequency": "M"}, "2021-01", "2021-12", 12),
        ({"by": "year", "period": "2021:2021", "frequency": "A"}, "2021-01", "2021-01", 1),
    ],
)
def test_rows_are_those_of_the_periods_shown(
    lake: Path, options: dict[str, str], first: str, last: str, count: int
) -> None:
    finding = series_of(lake, **options)
    [sql] = finding.queries
    periods = [f"{day:%Y-%m}" for day in open_lake(lake).query(sql).arrow["period"].to_pylist()]
    assert (min(periods), max(periods), len(periods)) == (first, last, count)
