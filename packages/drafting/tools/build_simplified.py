"""Writes the table by which Chinese in traditional characters is read: each with its simplified form.

Run by a maintainer, from the checkout:

    pip install --no-deps opencc-python-reimplemented==0.1.7
    python packages/drafting/tools/build_simplified.py

Takes the characters of OpenCC's table that Big5 has and GB 2312 has not, so that a text in simplified characters stays as it
is, and of several simplified forms the first. Writes ``src/stopgap_drafting/data/simplified.csv``.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

WRITTEN = Path(__file__).resolve().parents[1] / "src" / "stopgap_drafting" / "data" / "simplified.csv"


def has(character: str, encoding: str) -> bool:
    """Whether an encoding has a character."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def main() -> None:
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text("utf-8")
    pairs = (line.split()[:2] for line in table.splitlines() if line.strip())
    chosen = sorted(
        (full, simple)
        for full, simple in pairs
        if has(full, "big5") and not has(full, "gb2312") and has(simple, "gb2312")
    )
    with WRITTEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["traditional", "simplified"])
        writer.writerows(chosen)
    print(f"{len(chosen)} characters")


if __name__ == "__main__":
    main()
