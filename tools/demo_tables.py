"""Tables in Stopgap's own format from official extracts that no source reads: India by month, Taiwan's chips."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

from stopgap.codes.areas import area_table

HEADER = (
    "period", "frequency", "reporter", "partner", "flow", "good", "revision", "value_usd", "valuation", "is_estimated",
    "source", "kind",
)  # fmt: skip
INDIA_HS2022 = "2022-04"
"""Month from which India's codes are of HS 2022: no code that HS 2017 alone has appears later, none of HS 2022 before."""
TAIWAN_YEARS = range(2013, 2025)
"""Whole years of Taiwan's extract; its 2025 ends in July."""
ELSEWHERE = "_X"
"""Area of destinations that the extract does not name."""


def india_table(official: Path, written: Path) -> None:
    """Write India's exports to Russia by HS6 and month, in dollars; a zero is a flow below USD 5,000."""
    with official.open(encoding="utf-8", newline="") as stream:
        rows = [
            [f"{row['month']}-01", "M", "IND", "RUS", "X", row["hs6"], _india_revision(row["month"]),
             f"{float(row['value_usd']):.0f}", "FOB", "false", "india-meidb", "economy"]
            for row in csv.DictReader(stream)
        ]  # fmt: skip
    _write(written, rows)


def _india_revision(month: str) -> str:
    return "HS2022" if month >= INDIA_HS2022 else "HS2017"


def taiwan_table(official: Path, names: Path, written: Path) -> None:
    """Write Taiwan's exports of HS 8542, re-exports included, by HS6, destination and whole year, in dollars.

    Destinations without a name of their own ("Others") become the area ``_X``, an aggregate. A destination whose name
    is not known stops the run.
    """
    english = json.loads(names.read_text(encoding="utf-8"))
    codes = _codes_by_name()
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    with official.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            year, name = int(row["Year"]), english[row["Country"]]
            if year in TAIWAN_YEARS:
                code = ELSEWHERE if name == "Others" else codes[name.lower()]
                sums[year, code, row["HS Code"][:6]] += float(row["Export Value (USD)"])
    rows = [
        [f"{year}-01-01", "A", "TWN", code, "X", good, _hs_of(year), f"{value:.2f}", "FOB", "false", "taiwan-customs",
         "aggregate" if code == ELSEWHERE else "economy"]
        for (year, code, good), value in sorted(sums.items())
    ]  # fmt: skip
    _write(written, rows)


def _hs_of(year: int) -> str:
    return "HS2022" if year >= 2022 else "HS2017" if year >= 2017 else "HS2012"


def _codes_by_name() -> dict[str, str]:
    table = area_table("name").to_pydict()
    return {name.lower(): code for name, code in zip(table["value"], table["code"], strict=True)}


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
