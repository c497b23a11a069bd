"""Say whose code an area has: of ISO, of a source, or of Stopgap."""

from __future__ import annotations

import re

from stopgap.codes.areas import areas

_ISO = "ISO 3166-1 alpha-3"
_COMTRADE_REST = (
    "Comtrade's own code, not ISO's, for what remains of a region: the letter is the region (A America, E Europe, F Africa, O "
    "Oceania, R an organisation), the number tells remainders of one region apart"
)
_ORIGINS = (
    (r"XKX", "code that ISO leaves to users, for Kosovo, which has none of ISO's"),
    (r"W00|X1|X2|XX", "Comtrade's own code, not ISO's"),
    (r"_X", "Comtrade's own code, not ISO's: the partner is not told, or is none of those that the reporter lists"),
    (
        r"_[A-Z]+",
        "Comtrade's own code, not ISO's: a territory without letters of its own has two letters after the line",
    ),
    (r"R4", "Stopgap's code for ASEAN, Comtrade's number 975"),
    (r"A79_LAIA", "Stopgap's code: Comtrade gives A79 to two remainders, 636 (which keeps it) and 473 (this one)"),
    (r"E49", "Comtrade's own code: its table gives Monaco's letters to this remainder, number 492"),
    (r"ZA1", "Comtrade's own code, not ISO's, number 711"),
    (r"[AEFORS]\d+", _COMTRADE_REST),
    (r"(EU|EA).*|INT_ORG|ASIA_NES", "Stopgap's code for what several sources publish under codes of their own"),
    (r"Q[A-Z]|X[CILU]", "Eurostat's code (two letters), not ISO's"),
    (r"IMF_.*", "Stopgap's code for a group of the IMF: its letters follow IMF_"),
    (r"US_.*", "Stopgap's code for a group of the US Census Bureau: its number follows US_"),
    (r"GB_.*", "Stopgap's code for a group of HMRC: its number follows GB_"),
)


def code_origin(code: str) -> str:
    """Return whose code an area has, with Comtrade's number where the code is Comtrade's own."""
    said = next((text for pattern, text in _ORIGINS if re.fullmatch(pattern, code)), "")
    area = areas()[code]
    if not said:
        return _ISO if area.exit_year is None else "ISO 3166-3, or Comtrade's, for an economy that is no more"
    if said.startswith("Comtrade's own code") and area.m49 is not None and "number" not in said:
        said += f"; its number there is {area.m49}"
    return said
