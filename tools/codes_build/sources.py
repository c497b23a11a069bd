"""Where each data file comes from."""

from __future__ import annotations

from codes_build.common import DATA, INPUT, read_csv, write_csv


def build_sources() -> list[str]:
    """Writes SOURCES.csv; every data file must have its row, every row its file."""
    rows = read_csv(INPUT / "sources.csv")
    named = {row["file"] for row in rows}
    present = {path.name for path in DATA.iterdir() if path.name != "SOURCES.csv"}
    if named != present:
        raise SystemExit(f"sources and files differ: {sorted(named ^ present)}")
    return [write_csv("SOURCES.csv", list(rows[0]), (row.values() for row in rows))]
