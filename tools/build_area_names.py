"""Writes the names of economies in other languages, which errors suggest from, out of Babel's copy of Unicode CLDR.

Run by a maintainer with Babel installed: ``python tools/build_area_names.py``. Names that the spellings of the package
know already, and names that two economies share, are left out.
"""

from __future__ import annotations

from babel import Locale
from codes_build.common import write_csv

from stopgap.codes.areas import area_table, areas, normalise_value

LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "tr", "uk")


def main() -> None:
    """Writes area_names.csv."""
    known = set(area_table("name")["value"].to_pylist())
    codes: dict[str, set[str]] = {}
    for language in LANGUAGES:
        territories = Locale(language).territories
        for area in areas().values():
            name = normalise_value(territories.get(area.iso2 or "", ""), "name") if area.kind == "economy" else ""
            if name and name not in known and area.exit_year is None:
                codes.setdefault(name, set()).add(area.code)
    rows = sorted((name, *found) for name, found in codes.items() if len(found) == 1)
    print(write_csv("area_names.csv", ["name", "code"], rows))


if __name__ == "__main__":
    main()
