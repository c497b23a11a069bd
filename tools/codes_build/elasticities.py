"""Elasticities of substitution by HS6, converted from HS2007 to the package's revisions.

The source gives one trade elasticity e < 0 a code of HS2007. Codes whose own estimate is
positive or not distinguishable from zero carry the mean of their heading, where there is one.
With one elasticity of substitution a code, e = 1 - sigma, so sigma = 1 - e. What has no figure
takes the mean of its heading, then chapter, then of all codes.

HS2017 goes to HS2007 by the conversion table (one earlier code a later one), HS2012 and HS2022
go to HS2017 by the package's own concordance. A code with several counterparts takes the
weighted mean of those whose figure is the nearest to its own.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from statistics import fmean

from codes_build.common import DATA, REFERENCE, read_csv, write_csv
from codes_build.nomenclature import YEARS, hs_codes

LEVELS = ("own", "heading", "chapter", "overall")
"""Where a figure comes from, the nearest first."""

ALL = "TOTAL"

Figure = tuple[float, str]  # sigma, one of LEVELS


def build_elasticities() -> list[str]:
    """Writes substitution_elasticities.csv.gz: one row per code and figure, with the revisions that have it."""
    known = _of_2007()
    means = _means(known)
    of_2017 = {code: known.get(before) or _fallback(before, means) for code, before in _conversion()}
    found = {"2017": {code: of_2017.get(code) or _fallback(code, means) for code in _codes("2017")}}
    for year in ("2012", "2022"):
        links = _links(f"hs{year}_to_hs2017.csv.gz")
        found[year] = {code: _joined(links.get(code, []), found["2017"], code, means) for code in _codes(year)}
    rows: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for year in YEARS:
        for code, (sigma, level) in found[year].items():
            rows[code, f"{sigma:.4f}", level].append(year)
        rows[ALL, f"{means[ALL][0]:.4f}", "overall"].append(year)
    table = ((code, " ".join(years), sigma, level) for (code, sigma, level), years in sorted(rows.items()))
    return [write_csv("substitution_elasticities.csv.gz", ["good", "revisions", "sigma", "sigma_from"], table)]


def _codes(year: str) -> list[str]:
    return [code for code in hs_codes(year) if len(code) == 6]


def _of_2007() -> dict[str, Figure]:
    """Figures of HS2007: a code's own estimate, or the mean of the heading that the source put in its place."""
    found = {}
    for row in read_csv(REFERENCE / "trade-elasticities" / "ProTEE_0_1.csv"):
        if row["sigma"]:
            is_own = row["zero"] == "0" and row["positive"] == "0"
            found[row["HS6"].zfill(6)] = (1 - float(row["sigma"]), "own" if is_own else "heading")
    return found


def _means(known: dict[str, Figure]) -> dict[str, Figure]:
    """Mean of the own estimates of each heading, each chapter, and of all."""
    parts: dict[str, list[float]] = defaultdict(list)
    for code, (sigma, level) in known.items():
        if level == "own":
            for name in (code[:4], code[:2], ALL):
                parts[name].append(sigma)
    return {name: (fmean(values), _level_of(name)) for name, values in parts.items()}


def _level_of(name: str) -> str:
    return "overall" if name == ALL else "heading" if len(name) == 4 else "chapter"


def _fallback(code: str, means: dict[str, Figure]) -> Figure:
    return means.get(code[:4]) or means.get(code[:2]) or means[ALL]


def _joined(links: list[tuple[str, float]], of_2017: dict[str, Figure], code: str, means: dict[str, Figure]) -> Figure:
    figures = [(*of_2017[later], weight) for later, weight in links if later in of_2017]
    if not figures:
        return _fallback(code, means)
    nearest = min((level for _, level, _ in figures), key=LEVELS.index)
    taken = [(sigma, weight) for sigma, level, weight in figures if level == nearest]
    return sum(sigma * weight for sigma, weight in taken) / sum(weight for _, weight in taken), nearest


def _links(name: str) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in csv.DictReader(gzip.decompress((DATA / name).read_bytes()).decode("utf-8").splitlines()):
        found[row["good_from"]].append((row["good_to"], float(row["weight"])))
    return found


def _conversion() -> list[tuple[str, str]]:
    """Each code of HS2017 with its code of HS2007."""
    import openpyxl

    path = REFERENCE / "hs-concordance" / "HS2017toHS2007ConversionAndCorrelationTables.xlsx"
    book = openpyxl.load_workbook(path, read_only=True)
    pairs = ([str(cell).strip() for cell in row[:2]] for row in book.worksheets[0].iter_rows(values_only=True))
    return [(pair[0], pair[1]) for pair in pairs if pair[0].isdigit()]
