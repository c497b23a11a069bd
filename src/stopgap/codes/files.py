"""Reads the code tables that the package carries."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
GOODS_LISTS = Path(__file__).parent / "goods_lists"


def data_rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of one data file (``.csv`` or ``.csv.gz``), every value text, a gap the empty string."""
    path = DATA / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
