"""One set of figures reads to the same rows from every layout of Eurostat's; what may be taken off a label."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from eurostat_files import LABELS, LAYOUTS, PRODUCTS, Figure
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.codes.fx import annual_rates, monthly_rates
from stopgap.sources.registry import read_file
from stopgap.sources.trade.eurostat_figures import area_of, code_of, code_sql

COLUMNS = (
    "period::VARCHAR, frequency, reporter, partner, flow, good, revision, value_reported, value_usd, net_kg, "
    "valuation, currency, kind, source, is_estimated"
)
REPORTERS = {"AT": "AUT", "DE": "DEU", "FR": "FRA", "IE": "IRL", "GR": "GRC", "EU27_2020": "EU27_2020"}
MEMBERS = "AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IT, LT, LU, LV, MT, NL, PL, PT, RO, SE, SI, SK"
EURO = "AT, BE, CY, DE, EE, ES, FI, FR, GR, HR, IE, IT, LT, LU, LV, MT, NL, PT, SI, SK"
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


@pytest.mark.one_in(8)
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "workbook"])
def test_compressed_files_read_alike(layout: str, tmp_path: Path) -> None:
    table = [Figure("DE", "RU", "85423110", "2", "2021-03", 1234567, 4321)]
    name, made = LAYOUTS[layout]
    plain = read(made(table), name, tmp_path)
    assert plain == read(gzip.compress(made(table)), f"{name}.gz", tmp_path)
    assert plain == [expected(table[0])]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (LABELS["FR"], "FRA"),
        (LABELS["DE"], "DEU"),
        ("Spain (incl. Canary Islands 'XB' from 1997)", "ESP"),
        ("United States (incl. Navassa Island (part of 'UM') from 1995 -> 2000)", "USA"),
        ("Norway (incl. Svalbard and Jan Mayen 'SJ' -> 1994 and again from 1997)", "NOR"),
        ("Viet Nam (incl. North Viet Nam 'VD' from 1977)", "VNM"),
        ("Indonesia (incl. East Timor 'TP' from 1977 -> 2000)", "IDN"),
        ("Russian Federation (Russia)", "RUS"),
        ("Ireland (Eire)", "IRL"),
        ("Belarus (Belorussia)", "BLR"),
        ("Korea, Republic of (South Korea)", "KOR"),
        ("Côte d'Ivoire (Ivory Coast)", "CIV"),
        ("Iran, Islamic Republic of", "IRN"),
        ("Moldova, Republic of", "MDA"),
        ("United Kingdom (Northern Ireland)", "XI"),
        ("United Kingdom (excluding Northern Ireland)", "XU"),
        (LABELS["EU27_2020"], "EU27_2020"),
        (f"European Union - 27 countries ({MEMBERS.replace('HR, ', '').replace('FR, ', 'FR, GB, ')})", "EU27_2007"),
        (f"European Union - 28 countries ({MEMBERS.replace('FR, ', 'FR, GB, ')})", "EU28"),
        ("European Union (AT-01/1995, GB-01/1973->01/2020, HR-07/2013)", "EU"),
        ("Euro area (AT-01/1999, BE-01/1999)", "EA"),
        (f"Euro area - 20 countries ({EURO})", "EA20"),
        (f"Euro area - 21 countries ({EURO.replace('BE, ', 'BE, BG, ')})", "EA21"),
        (f"Euro area - 19 countries ({EURO.replace('HR, ', '')})", "EA19"),
        ("RU: Russian Federation (Russia)", "RUS"),
        ("EU27_2020: European Union", "EU27_2020"),
        ("RU-Russian Federation (Russia)", "RUS"),
        ("Russian Federation (Russia) [RU]", "RUS"),
        ("EL", "GRC"),
        ("Guinea-Bissau", "GNB"),
    ],
)  # fmt: skip
def test_what_a_label_means(label: str, code: str) -> None:
    assert area_of(label) == code


@pytest.mark.parametrize(
    "label",
    [
        "Congo (Leopoldville)",
        "Congo (of some kind)",
        "China (incl. Hong Kong)",  # no code, so no notice of Eurostat's
        "Serbia (Kosovo)",
        "Germany (excl. Saarland 'SA')",
        "Russia)",
        "(Russia)",
        "European Union - 26 countries (AT, BE, BG)",
        "Atlantis",
        "",
        "((((((",
        "(" * 1000 + ")" * 1000,
    ],
)
def test_what_is_not_taken_for_an_economy(label: str) -> None:
    assert area_of(label) is None


def test_congo_kinshasa_is_not_congo() -> None:
    assert area_of("Congo (Kinshasa)") in (None, "COD")
    assert area_of("Congo") == "COG"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("M: Monthly", "M"),
        ("85423110: Processors: fast", "85423110"),
        ("85423111: Multi-component circuits [MCO]", "85423111"),
        ("Processors [85423110]", "85423110"),
        ("Processors [fast] [85423110]", "85423110"),
        ("2-EXPORT", "2"),
        ("EXPORT", "EXPORT"),
        (" 8542 ", "8542"),
        ("", ""),
        ("2024-01", "2024-01"),
    ],
)
def test_codes_beside_labels_in_python_and_in_sql(text: str, code: str) -> None:
    assert code_of(text) == code
    with duckdb.connect() as con:
        assert con.execute(f"SELECT {code_sql('$1')}", [text]).fetchall() == [(code,)]


def test_a_quarter_is_no_year() -> None:
    with duckdb.connect() as con:
        assert con.execute(f"SELECT {code_sql('$1', joined=False)}", ["2024-Q1"]).fetchall() == [("2024-Q1",)]
