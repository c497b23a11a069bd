"""Writes the table of measures of russia-2022 from the reference files beside the repository.

Run by a maintainer: ``python tools/build_measures.py``. The same inputs give the same bytes. The other tables of
``src/stopgap/panel/measures_data`` are kept by hand; where each comes from stands in ``SOURCES.csv`` there.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import Any

import pandas as pd
from codes_build.common import REFERENCE, REPOSITORY

from stopgap.codes.commodities import is_code
from stopgap.codes.files import data_rows

OUTPUT = REPOSITORY / "src" / "stopgap" / "panel" / "measures_data" / "russia-2022.csv"
CLASSES = (
    "aviation", "dual_use", "firearms", "industrial_cap", "luxury", "military_tech", "oil_exploration", "oil_refining",
)  # fmt: skip
REVISION = (
    "HS2017"  # all but seven of its 5,369 codes are of it; 101 of the listed ones are not of HS2012, 84 not of HS2022
)
SOURCE = "Chupilkin, Javorcik and Plekhanov, openICPSR 229004"
# The file's days are the first of a code's entries. Seventeen codes, all of the class military_tech, say 2016-12-22,
# when no such measure came: the ninth package's 16-12-22 with day and year turned round. Where another of the code's
# classes began on one day only, that earlier day holds; else the package's own.
MISREAD = "2016-12-22"
NINTH_PACKAGE = "2022-12-16"
FIRST_OF_CLASS = {"dual_use": "2022-02-25", "luxury": "2022-03-15"}
# A code in these classes alone is covered in part: dual-use goods by technical properties, luxury above a price.
IN_PART = {"dual_use", "luxury"}


def main() -> None:
    """Writes the table: the EU's codes, then the days from which other members had measures."""
    listed = pd.read_stata(REFERENCE / "eu-sanctions-hs6-dates" / "EU_sanctions_HS6.dta")
    listed = listed[listed.EU_sanction == 1]
    unknown = [code for code in listed.Code if not is_code(code, REVISION)]
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entry in listed.to_dict("records"):
        if entry["Code"] not in unknown:
            rows[_measure(entry)].append(entry["Code"])
    lines = [["eu27", " ".join(sorted(codes)), *key[:1], "", *key[1:]] for key, codes in sorted(rows.items())]
    lines += [
        [row["economy"], "*", row["member_from"], "", "untold", "", row["note"], row["source"]]
        for row in data_rows("groups.csv")
        if row["group"] == "coalition-russia-2022"
        and not row["source"].startswith("Regulation (EU)")
        and "approximate" not in row["note"]
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["member", "code", "from", "until", "covers", "revision", "note", "source"])
    writer.writerows(lines)
    OUTPUT.write_text(text.getvalue(), encoding="utf-8")
    print(
        f"{OUTPUT.name}: {sum(map(len, rows.values()))} codes of the EU in {len(rows)} rows, others {len(lines) - len(rows)}"
    )
    print(f"left out, in no revision: {' '.join(unknown)}")


def _measure(entry: dict[str, Any]) -> tuple[str, ...]:
    """The cells from, covers, revision, note and source of one listed code."""
    classes = [name for name in CLASSES if entry[name] == 1]
    day = entry["Date"].date().isoformat()
    if day == MISREAD:
        day = min([NINTH_PACKAGE, *(FIRST_OF_CLASS[name] for name in classes if name in FIRST_OF_CLASS)])
    is_part = entry["partially_exempt"] == 1 or set(classes) <= IN_PART
    return day, "part" if is_part else "whole", REVISION, " ".join(classes), SOURCE


if __name__ == "__main__":
    main()
