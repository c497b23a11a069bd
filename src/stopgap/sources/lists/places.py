"""Convert country names, codes and nationalities as lists spell them to ISO3 codes."""

from __future__ import annotations

import re
from functools import cache

from stopgap.codes.areas import area_table, normalise_value

_OWN_BY_CODE = {
    "PRK": (
        "korea, north",
        "north korea",
        "dprk",
        "democratic people’s republic of korea",
        "democratic people's republic of korea",
    ),
    "KOR": ("rok", "korea, south", "republic of korea"),
    "COD": ("drc", "democratic republic of the congo (drc)", "congolese (drc)"),
    "MMR": ("myanmar/burma", "myanmar/ burma", "burma"),
    "MDA": ("republic of moldova",),
    "PSE": ("region: west bank", "palestinian", "west bank", "region: gaza", "gaza"),
    "MKD": ("north macedonia, the republic of",),
    "COG": ("congo, republic of the",),
    "BLR": ("belarussian",),
    "USA": ("us", "united states", "united states of america"),
    "CHN": ("prc", "people’s republic of china", "people's republic of china"),
    "IRN": ("the islamic republic of iran",),
    "RUS": ("the russian federation",),
    "ARE": ("uae", "u.a.e"),
    "HKG": ("hong kong", "hongkong", "hong kong sar", "hong kong, china"),
    "VNM": ("socialist republic of vietnam",),
    "IND": ("republic of india",),
    "MAC": ("macau",),
    "TWN": ("taiwan",),
    "CIV": ("cote d ivoire",),
    "UKR": ("crimea",),
}
"""Spellings that occur in lists but not in trade statistics, by ISO3 code."""

_PEOPLE = {
    "russian": "RUS", "belarusian": "BLR", "iranian": "IRN", "syrian": "SYR", "ukrainian": "UKR",
    "chinese": "CHN", "turkish": "TUR", "british": "GBR", "french": "FRA", "german": "DEU", "iraqi": "IRQ",
    "libyan": "LBY", "congolese": "COD", "sudanese": "SDN", "somali": "SOM", "afghan": "AFG", "pakistani": "PAK",
    "venezuelan": "VEN", "haitian": "HTI", "malian": "MLI", "yemeni": "YEM", "lebanese": "LBN", "moldovan": "MDA",
    "tunisian": "TUN", "egyptian": "EGY", "saudi": "SAU", "saudi arabian": "SAU", "american": "USA", "israeli": "ISR",
    "uzbek": "UZB", "kazakh": "KAZ", "georgian": "GEO", "serbian": "SRB", "nicaraguan": "NIC", "rwandan": "RWA",
    "myanmar": "MMR", "burmese": "MMR", "indian": "IND", "cypriot": "CYP", "jordanian": "JOR", "algerian": "DZA",
    "canadian": "CAN", "australian": "AUS", "kuwaiti": "KWT", "indonesian": "IDN", "filipino": "PHL",
    "ugandan": "UGA", "south sudanese": "SSD", "guatemalan": "GTM", "romanian": "ROU", "mauritanian": "MRT",
    "tanzanian": "TZA", "moroccan": "MAR", "azerbaijani": "AZE", "armenian": "ARM", "central african": "CAF", "zimbabwean": "ZWE",
}  # fmt: skip
"""Nationality adjectives in entries of persons -> ISO3 code."""


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for scheme in ("name", "iso2", "iso3"):
        table = area_table(scheme).to_pydict()
        for value, code, kind in zip(table["value"], table["code"], table["kind"], strict=True):
            if kind == "economy":
                found[value.lower()] = code
    return _PEOPLE | found | {spelling: code for code, spellings in _OWN_BY_CODE.items() for spelling in spellings}


@cache
def iso3(words: str) -> str | None:
    """Return the ISO3 code of a country by code, name or nationality; ``None`` where the words are not known."""
    text = normalise_value(words, "name").rstrip(".")
    known = _spellings()
    if text in known:
        return known[text]
    bare = re.sub(r"^the |\s*\([^)]*\)$", "", text).strip()
    return known.get(bare)
