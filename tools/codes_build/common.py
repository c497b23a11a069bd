"""Paths, readers and writers that every table shares."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY.parent / "shared" / "data" / "reference"
INPUT = REPOSITORY / "tools" / "codes_input"
DATA = REPOSITORY / "src" / "stopgap" / "codes" / "data"
GOODS_LISTS = REPOSITORY / "src" / "stopgap" / "codes" / "goods_lists"


def read_csv(path: Path) -> list[dict[str, str]]:
    """All rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write_csv(name: str, header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Writes one data file; the same rows give the same bytes. Returns a line for the log."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    content = text.getvalue().encode("utf-8")
    if name.endswith(".gz"):
        content = gzip.compress(content, compresslevel=9, mtime=0)
    (DATA / name).write_bytes(content)
    return f"{name}: {count:,} rows, {len(content):,} bytes"
