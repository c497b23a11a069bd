"""Labels of Eurostat's: what may be taken off, and what may not."""

from __future__ import annotations

import duckdb
import pytest
from eurostat_files import LABELS

from stopgap.sources.trade.eurostat_labels import area_of, code_of, code_sql

MEMBERS = "AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IT, LT, LU, LV, MT, NL, PL, PT, RO, SE, SI, SK"
EURO = "AT, BE, CY, DE, EE, ES, FI, FR, GR, HR, IE, IT, LT, LU, LV, MT, NL, PT, SI, SK"


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
