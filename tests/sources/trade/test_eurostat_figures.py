"""One set of figures reads to the same rows from every layout of Eurostat's."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from eurostat_files import LAYOUTS, PRODUCTS, Figure
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.codes.fx import annual_rates, monthly_rates
from stopgap.sources.registry import read_file

COLUMNS = (
    "period::VARCHAR, frequency, reporter, partner, flow, good, revision, value_reported, value_usd, net_kg, "
    "valuation, currency, kind, source, is_estimated"
)
REPORTERS = {"AT": "AUT", "DE": "DEU", "FR": "FRA", "IE": "IRL", "GR": "GRC", "EU27_2020": "EU27_2020"}
PARTNERS = {"RU": "RUS", "BY": "BLR", "KZ": "KAZ", "KG": "KGZ", "GB": "GBR"}


def read(content: bytes, name: str, folder: Path) -> list[tuple[Any, ...]]:
    """The staged rows of a file, none refused."""
    path = folder / name
    path.write_bytes(content)
    with duckdb.connect() as con:
        staging = read_file(con, path)
        assert staging.rows_rejected == 0, con.execute("FROM rejects").fetchall()
        assert staging.source == "eurostat"
        return con.execute(f"SELECT {COLUMNS} FROM staged ORDER BY ALL").fetchall()


def expected(figure: Figure) -> tuple[Any, ...]:
    """The row that a figure makes, worked out apart from the reader."""
    is_month = "-" in figure.period
    table = (monthly_rates() if is_month else annual_rates()).to_pylist()
    dated = "month" if is_month else "year"
    rates = {str(row[dated]): row["usd_per_unit"] for row in table if row["currency"] == "EUR"}
    is_aggregate = figure.product == "TOTAL" or figure.reporter == "EU27_2020"
    return (
        f"{figure.period}-01" if is_month else f"{figure.period}-01-01",
        "M" if is_month else "A",
        REPORTERS[figure.reporter],
        PARTNERS[figure.partner],
        {"1": "M", "2": "X"}[figure.flow],
        figure.product,
        f"CN{figure.period[:4]}",
        float(figure.euro),
        pytest.approx(figure.euro * rates[figure.period], rel=1e-12),
        float(figure.kg) or None,
        {"1": "CIF", "2": "FOB"}[figure.flow],
        "EUR",
        "aggregate" if is_aggregate else "economy",
        "eurostat",
        False,
    )


months = st.builds(lambda y, m: f"{y}-{m:02}", st.integers(2008, 2024), st.integers(1, 12))
figures = st.builds(
    Figure,
    reporter=st.sampled_from(sorted(REPORTERS)),
    partner=st.sampled_from(sorted(PARTNERS)),
    product=st.sampled_from(sorted(PRODUCTS)),
    flow=st.sampled_from(["1", "2"]),
    period=months | st.integers(2008, 2024).map(str),
    euro=st.integers(0, 10**12),
    kg=st.integers(0, 10**10),
)


@pytest.mark.in_parts
@settings(max_examples=examples(15), deadline=None)
@given(table=st.lists(figures, min_size=1, max_size=8, unique_by=lambda f: (*f.__dict__.values(),)[:5]))
def test_every_layout_reads_to_the_same_rows(table: list[Figure], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("layouts")
    wanted = sorted(map(expected, table), key=lambda row: row[:8])
    for layout, (name, made) in LAYOUTS.items():
        assert sorted(read(made(table), name, folder), key=lambda row: row[:8]) == wanted, layout


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "workbook"])
def test_compressed_files_read_alike(layout: str, tmp_path: Path) -> None:
    table = [Figure("DE", "RU", "85423110", "2", "2021-03", 1234567, 4321)]
    name, made = LAYOUTS[layout]
    plain = read(made(table), name, tmp_path)
    assert plain == read(gzip.compress(made(table)), f"{name}.gz", tmp_path)
    assert plain == [expected(table[0])]
