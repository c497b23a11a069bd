"""The figures in the package: small, in our own format, each with its source, date and terms."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from pathlib import Path


@dataclass(frozen=True)
class DemoFile:
    """One bundled file, as SOURCES.csv describes it."""

    path: Path
    what: str
    source: str
    retrieved: str
    published: str
    terms: str


def demo_files() -> list[DemoFile]:
    """The bundled files, in the order they are loaded."""
    folder = Path(str(resources.files("stopgap.demo") / "data"))
    with (folder / "SOURCES.csv").open(encoding="utf-8", newline="") as table:
        return [
            DemoFile(folder / row["file"], row["what"], row["source"], row["retrieved"], row["published"], row["terms"])
            for row in csv.DictReader(table)
        ]
