"""Economies, aggregates and their spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from codes_build.common import INPUT, REFERENCE, read_csv, write_csv
from stopgap.codes.areas import normalise_value

# Comtrade gives these numbers an ISO3 that belongs to someone else, or none that
# can be told apart: its 492 "Europe EU, nes" carries Monaco's, 473 and 636 share A79.
OWN_CODE = {"0": "W00", "97": "EU", "412": "XKX", "473": "A79_LAIA", "490": "TWN", "492": "E49", "975": "R4"}
AGGREGATE_NUMBERS = {"711", "837", "838", "839", "899"}
NAME_OF = {"TWN": "Taiwan", "W00": "World", "XKX": "Kosovo", "HKG": "Hong Kong", "MAC": "Macao", "FRA": "France"}
FIRST_YEAR_OF_REPORTS = 1962


def build_areas() -> list[str]:
    """Writes areas.csv and area_spellings.csv."""
    comtrade = [r for r in read_csv(REFERENCE / "comtrade-ref" / "country_codes.converted.csv") if r["id"]]
    standard = read_csv(REFERENCE / "country-codes" / "country-codes.csv")
    areas = _areas(comtrade, standard)
    spellings = _spellings(comtrade, standard, areas)
    order = sorted(areas.values(), key=lambda a: (a[2] != "economy", bool(a[6]), a[0]))
    return [
        write_csv("areas.csv", ["code", "name", "kind", "iso2", "m49", "entry_year", "exit_year"], order),
        write_csv(
            "area_spellings.csv",
            ["scheme", "value", "code"],
            sorted((scheme, value, code) for (scheme, value), code in spellings.items()),
        ),
    ]


def _is_aggregate(row: dict[str, str]) -> bool:
    nes = "nes" in re.split(r"[ ,]+", row["country"])
    return (row["group"] == "True" or nes or row["id"] in AGGREGATE_NUMBERS) and row["id"] != "490"


def code_of(row: dict[str, str]) -> str:
    """Our code for a row of Comtrade's table."""
    return OWN_CODE.get(row["id"], row["iso_3"].strip())


def _areas(comtrade: list[dict[str, str]], standard: list[dict[str, str]]) -> dict[str, list[object]]:
    names = {r["ISO3166-1-Alpha-3"]: r for r in standard if r["ISO3166-1-Alpha-3"]}
    areas: dict[str, list[object]] = {}
    # Rows without an exit year come first, so that a living economy keeps its own
    # years where Comtrade gives a predecessor the same ISO3 (886 and 887, YEM).
    for row in sorted(comtrade, key=lambda r: bool(r["exit_year"])):
        code = code_of(row)
        if code in areas:
            continue
        known = names.get(code)
        name = NAME_OF.get(code) or (known["CLDR display name"] if known else "") or row["country"].strip()
        iso2 = known["ISO3166-1-Alpha-2"] if known else row["iso_2"].strip()
        m49 = known["ISO3166-1-numeric"] if known else row["id"]
        entry = int(float(row["entry_year"])) if row["entry_year"] else 0
        areas[code] = [
            code,
            _NAME_IN_FULL.get(code) or _in_full(_NAME_FIX.get(name, name)),
            "aggregate" if _is_aggregate(row) else "economy",
            _ISO2_FIX.get(code, iso2),
            int(m49),
            entry if entry > FIRST_YEAR_OF_REPORTS else "",
            int(float(row["exit_year"])) if row["exit_year"] else "",
        ]
    for row in read_csv(INPUT / "areas_extra.csv"):
        areas[row["code"]] = [row[k] for k in ("code", "name", "kind", "iso2", "m49", "entry_year", "exit_year")]
    for code, known in names.items():
        if code not in areas:
            areas[code] = [
                code,
                known["CLDR display name"],
                "economy",
                known["ISO3166-1-Alpha-2"],
                known["M49"],
                "",
                "",
            ]
    return areas


def _in_full(name: str) -> str:
    """A name of Comtrade without its abbreviations."""
    name = re.sub(r"\(\.\.\.(\d{4})\)", r"(until \1)", name)
    name = re.sub(r",? nes\b", ", not elsewhere specified", name)
    return re.sub(r"\bIsds?\b", "Islands", name)


_NAME_IN_FULL = {
    "_RN": "Rhodesia and Nyasaland (until 1964)",
    "_RI": "Ryukyu Islands (until 1972)",
    "_ZP": "Zanzibar and Pemba (until 1964)",
    "SCG": "Serbia and Montenegro (until 2006)",
    "_SK": "Sarawak (until 1963)",
    "_SM": "Sikkim, protectorate of India (until 1974)",
    "_AC": "Central African Customs and Economic Union, not elsewhere specified",
    "_X": "Areas not elsewhere specified",
    "A79_LAIA": "Latin American Integration Association, not elsewhere specified",
    "R91": "Central American Common Market, not elsewhere specified",
    "R20": "European Free Trade Association, not elsewhere specified",
    "E49": "European Union, not elsewhere specified",
    "DDR": "German Democratic Republic (until 1990)",
    "VDR": "Democratic Republic of Vietnam (until 1974)",
    "YMD": "Democratic Yemen (until 1990)",
    "PUS": "United States Miscellaneous Pacific Islands",
    "PCI": "Pacific Islands, trust territory (until 1991)",
    "PCZ": "Panama Canal Zone (until 1977)",
    "X1": "Bunkers (fuel of ships and aircraft)",
    "X2": "Free zones",
    "XX": "Special categories (partner or good withheld)",
}
_NAME_FIX = {"UK": "United Kingdom", "US": "United States"}
_ISO2_FIX = {"XKX": "XK", "CSK": "", "ATB": "", "E49": ""}


def _spellings(
    comtrade: list[dict[str, str]], standard: list[dict[str, str]], areas: dict[str, list[object]]
) -> dict[tuple[str, str], str]:
    by_hand = read_csv(INPUT / "spellings_extra.csv") + read_csv(INPUT / "national_codes.csv")
    found: dict[tuple[str, str], str] = {}
    for row in by_hand:
        _add(found, row["scheme"], row["value"], row["code"])
    hand = dict(found)
    for code, area in areas.items():
        _add(found, "iso3", code, code)
        if area[3] and ("iso2", str(area[3])) not in hand:
            _add(found, "iso2", str(area[3]), code)
        if area[2] == "aggregate" or area[6] or ("name", normalise_value(str(area[1]), "name")) not in hand:
            _add(found, "name", str(area[1]), code)
    for row in comtrade:
        code = code_of(row)
        _add(found, "comtrade", row["id"], code)
        _add_names(found, code, [row["country"], re.sub(r"\s*\(\.\.\.\d{4}\)", "", row["country"])], hand)
        if not row["exit_year"] and "," not in row["note"]:
            _add_names(found, code, [row["note"]], hand)
    for row in read_csv(REFERENCE / "comtrade-ref" / "PARTNER_untrader.converted.csv"):
        _add_names(found, OWN_CODE.get(row["id"], row["PartnerCodeIsoAlpha3"].strip()), [row["PartnerDesc"]], hand)
    for row in standard:
        code = row["ISO3166-1-Alpha-3"]
        if not code:
            continue
        _add(found, "comtrade", row["ISO3166-1-numeric"], code, keep=True)
        _add_names(found, code, list(_names_of(row)), hand)
    for language in ("en", "ru", "cn"):
        for row in read_csv(REFERENCE / "country-codes" / f"UNSD-{language}.csv"):
            _add_names(found, row["ISO-alpha3 Code"], [row["Country or Area"]], hand)
    unknown = {code for code in found.values() if code not in areas}
    if unknown:
        raise SystemExit(f"spellings of codes that are no areas: {sorted(unknown)}")
    return found


def _names_of(row: dict[str, str]) -> Iterator[str]:
    for field in (
        "CLDR display name",
        "official_name_en",
        "official_name_ru",
        "official_name_cn",
        "UNTERM English Short",
        "UNTERM English Formal",
        "UNTERM Russian Short",
        "UNTERM Russian Formal",
        "UNTERM Chinese Short",
        "UNTERM Chinese Formal",
        "ISO4217-currency_country_name",
    ):
        # The currency's own table names one economy per row, but for unions it names the union.
        if field.startswith("ISO4217") and "," in row[field]:
            continue
        name = row[field].strip()
        yield name
        yield re.sub(r"\s*\((the|l'|la|le|les)\)$", "", name)
        yield re.sub(r"^the ", "", name)


def _add_names(
    found: dict[tuple[str, str], str], code: str, names: list[str], hand: dict[tuple[str, str], str]
) -> None:
    for name in names:
        for variant in _variants(name):
            key = ("name", normalise_value(variant, "name"))
            if key not in hand:
                _add(found, *key, code, keep=True)


def _variants(name: str) -> Iterator[str]:
    """The name, with a straight apostrophe, with the letter ё as е, and without accents."""
    if not name.strip():
        return
    yield name
    straight = name.replace("’", "'")
    yield straight
    yield straight.replace("ё", "е").replace("Ё", "Е")
    if not re.search(r"[\u0400-\u04ff]", straight):
        plain = unicodedata.normalize("NFKD", straight)
        yield "".join(c for c in plain if not unicodedata.combining(c))


def _add(found: dict[tuple[str, str], str], scheme: str, value: str, code: str, *, keep: bool = False) -> None:
    key = (scheme, normalise_value(value, scheme))
    if not key[1]:
        return
    holder = found.setdefault(key, code)
    if holder != code:
        if not keep:
            raise SystemExit(f"{scheme} {value!r} means both {holder} and {code}")
        print(f"note: {scheme} {value!r} stays {holder}, not {code}")
