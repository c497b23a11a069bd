"""Codes and names of economies, and the quirks of those who publish them."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.codes.areas import area_table, areas, find_area, normalise_value

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
PAIRS = SHARED / "trade" / "comtrade-pairs-2020-2024"


def spellings(scheme: str) -> dict[str, str]:
    table = area_table(scheme).to_pydict()
    return dict(zip(table["value"], table["code"], strict=True))


@pytest.mark.parametrize(
    ("number", "code", "why"),
    [
        ("842", "USA", "Comtrade: with Puerto Rico and the US Virgin Islands"),
        ("840", "USA", "M49"),
        ("251", "FRA", "Comtrade: with Monaco"),
        ("250", "FRA", "M49"),
        ("757", "CHE", "Comtrade: with Liechtenstein"),
        ("756", "CHE", "M49"),
        ("579", "NOR", "Comtrade: with Svalbard"),
        ("578", "NOR", "M49"),
        ("699", "IND", "Comtrade: from 1975"),
        ("356", "IND", "M49"),
        ("490", "TWN", "Comtrade: Other Asia, nes"),
        ("158", "TWN", "ISO"),
        ("412", "XKX", "Kosovo, _KS in Comtrade"),
        ("344", "HKG", "apart from China"),
        ("446", "MAC", "apart from China"),
        ("810", "SUN", "dissolved"),
        ("891", "SCG", "dissolved"),
        ("0", "W00", "World"),
        ("97", "EU", "European Union"),
        ("899", "_X", "not specified"),
        ("492", "E49", "Europe EU, nes carries Monaco's ISO3 in Comtrade"),
    ],
)
def test_comtrade_numbers(number: str, code: str, why: str) -> None:
    assert spellings("comtrade")[number] == code, why


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S19", "TWN"),
        ("W00", "W00"),
        ("X1 ", "X1"),
        ("_x", "_X"),
        ("EL", "GRC"),
        ("UK", "GBR"),
        ("XK", "XKX"),
        ("XS", "SRB"),
        ("EU27_2020", "EU27_2020"),
        ("004", "AFG"),
        ("Russian Federation (Russia)", "RUS"),
        ("Belgium (incl. Luxembourg 'LU' -> 1998)", "BEL"),
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("  viet   nam ", "VNM"),
        ("Vietnam", "VNM"),
        ("China, Hong Kong SAR", "HKG"),
        ("Côte d’Ivoire", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("Россия", "RUS"),
        ("Киргизия", "KGZ"),
        ("俄罗斯", "RUS"),
        ("吉尔吉斯斯坦", "KGZ"),
        ("NA", "NAM"),
    ],
)
def test_find_area(text: str, code: str) -> None:
    assert find_area(text).code == code


def test_an_unknown_name_names_near_ones() -> None:
    with pytest.raises(NotFoundError, match="Rusia") as caught:
        find_area("Rusia")
    assert "RUS" in caught.value.fix


def test_what_is_not_one_economy_is_an_aggregate() -> None:
    kinds = {code: area.kind for code, area in areas().items()}
    for code in (
        "W00",
        "EU",
        "EU27_2020",
        "EU_EXTRA",
        "X1",
        "X2",
        "XX",
        "_X",
        "A59",
        "A79",
        "E19",
        "O19",
        "F19",
        "ZA1",
        "QX",
    ):
        assert kinds[code] == "aggregate", code
    for code in ("TWN", "HKG", "MAC", "XKX", "PSE", "SUN", "ATA"):
        assert kinds[code] == "economy", code


@pytest.mark.parametrize(
    ("code", "year"),
    [
        ("SUN", 1990),
        ("YUG", 1991),
        ("CSK", 1992),
        ("DDR", 1990),
        ("ANT", 2010),
        ("SCG", 2006),
        ("RUS", None),
        ("YEM", None),
    ],
)
def test_dissolved_economies_have_an_exit_year(code: str, year: int | None) -> None:
    assert areas()[code].exit_year == year


def test_every_spelling_leads_to_an_area_and_is_in_its_compared_form() -> None:
    for scheme in ("comtrade", "iso3", "iso2", "name"):
        table = area_table(scheme)
        assert table.column_names == ["value", "code", "kind"]
        assert len(set(table["value"].to_pylist())) == table.num_rows
        for row in table.to_pylist():
            assert row["kind"] == areas()[row["code"]].kind
            assert normalise_value(row["value"], scheme) == row["value"]


def test_every_own_code_is_an_iso3_spelling() -> None:
    assert all(spellings("iso3")[code] == code for code in areas())


def test_an_unknown_scheme_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="fips"):
        area_table("fips")


@needs_shared
def test_comtrade_numbers_agree_with_the_iso3_in_comtrade_files() -> None:
    comtrade, iso3 = spellings("comtrade"), spellings("iso3")
    seen = 0
    for file in sorted((PAIRS / "raw_comtrade_HS26").glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as stream:
            pairs = {
                (r[f"{side}Code"], r[f"{side}ISO"]) for r in csv.DictReader(stream) for side in ("reporter", "partner")
            }
        for number, code in pairs:
            assert comtrade[normalise_value(number, "comtrade")] == iso3[normalise_value(code, "iso3")], (number, code)
        seen += len(pairs)
    assert seen > 1000


@needs_shared
def test_every_iso3_of_the_pair_files_is_known() -> None:
    iso3 = spellings("iso3")
    for file in sorted((PAIRS / "data_pairs_named").glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            codes = {r[column] for r in csv.DictReader(stream) for column in ("exporterISO", "importerISO")}
        assert len(codes) > 200
        assert {code for code in codes if normalise_value(code, "iso3") not in iso3} == set()


@needs_shared
def test_every_label_of_the_easycomext_files_is_known() -> None:
    names = spellings("name")
    labels: set[str] = set()
    for file in sorted((SHARED / "trade" / "easycomext-totals").glob("*/*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            labels |= {r[column] for r in csv.DictReader(stream) for column in ("REPORTER", "PARTNER")}
    found = {label: names.get(normalise_value(label, "name")) for label in labels}
    assert None not in found.values(), found
    aggregates = {code for code in found.values() if code and areas()[code].kind == "aggregate"}
    assert aggregates == {"EU", "EU27_2020", "EA", "EA20"}


@needs_shared
def test_every_label_of_the_eurostat_monthly_table_is_known() -> None:
    import pyarrow.parquet as pq

    names = spellings("name")
    table = pq.read_table(
        SHARED / "trade" / "eurostat-cn8-monthly" / "derived" / "ruimpeks_long.parquet", columns=["reporter", "partner"]
    )
    for column, count in (("reporter", 27), ("partner", 7)):
        codes = {names[normalise_value(label, "name")] for label in table[column].unique().to_pylist()}
        assert len(codes) == count
