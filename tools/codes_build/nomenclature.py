"""The Harmonized System's codes and descriptions in three revisions, in one table."""

from __future__ import annotations

from codes_build.common import REFERENCE, read_csv, write_csv

YEARS = ("2012", "2017", "2022")


def hs_codes(year: str) -> dict[str, str]:
    """Code to description of one revision: chapters, headings and subheadings."""
    rows = read_csv(REFERENCE / "hs-bdeignan" / f"hs{year}.csv")
    return {r["hscode"]: r["description"].strip() for r in rows if r["hscode"].isdigit() and len(r["hscode"]) <= 6}


def build_nomenclature() -> list[str]:
    """Writes hs_nomenclature.csv.gz: one row per code and wording, with the revisions that have it."""
    revisions: dict[tuple[str, str], list[str]] = {}
    for year in YEARS:
        for code, description in hs_codes(year).items():
            revisions.setdefault((code, description), []).append(year)
    rows = [(code, " ".join(years), text) for (code, text), years in sorted(revisions.items())]
    return [write_csv("hs_nomenclature.csv.gz", ["code", "revisions", "description"], rows)]
