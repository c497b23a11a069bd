"""Diagnose an installation: check versions, packages, lake and lists, with a fix for each fault."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pyarrow as pa

from stopgap.base.settings import Settings
from stopgap.lake.engines.native_copy import derived_path
from stopgap.lake.history import read_log, vintages
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.store import now
from stopgap.screening.lists.run import list_states
from stopgap.sources.registry import other_sources

_PACKAGES = (
    "duckdb", "deltalake", "pyarrow", "altair", "vl-convert-python", "typst", "xlsxwriter", "fastapi", "uvicorn", "sqlalchemy",
)  # fmt: skip
_EXTRAS = {
    "postgresql": ("psycopg", "a database of PostgreSQL for the service"),
    "oidc": ("authlib", "sign-in by OpenID Connect"),
    "mcp": ("mcp", "tools for assistants"),
}
"""Extra -> package that it brings, and what it is for."""


def examine(settings: Settings) -> pa.Table:
    """Return one row per check: what was found, whether it passed, and the fix if it did not."""
    rows = [
        _row("stopgap", True, importlib.metadata.version("stopgap")),
        _row("python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer"),
        *(_package(name) for name in _PACKAGES),
        *_lake(settings.lake),
        _lists(settings.lake),
        _fonts(),
        _spark(),
        *(_extra(name, *about) for name, about in _EXTRAS.items()),
        *(_row("other sources", False, fault, "update or remove that package") for fault in other_sources().faults),
    ]
    kinds = {"check": pa.string(), "passed": pa.bool_(), "found": pa.string(), "fix": pa.string()}
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _row(check: str, passed: bool, found: str, fix: str = "") -> dict[str, object]:
    return {"check": check, "passed": passed, "found": found, "fix": "" if passed else fix}


def _package(name: str) -> dict[str, object]:
    try:
        return _row(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return _row(name, False, "missing", f"pip install {name}, or make demo, which installs all")


def _extra(name: str, package: str, purpose: str) -> dict[str, object]:
    try:
        return _row(purpose, True, f"{package} {importlib.metadata.version(package)}")
    except importlib.metadata.PackageNotFoundError:
        return _row(purpose, True, f"optional, lacks {package}: pip install 'stopgap[{name}]'")


def _lake(lake: Path) -> list[dict[str, object]]:
    """Return the checks of the lake and its native copy."""
    imports = vintages(read_log(lake))
    if not imports:
        empty = f"{lake}: empty; stopgap import FILE or stopgap demo fills one"
        return [_row("lake", True, empty), _row("native copy", True, "none needed yet")]
    nearest = lake if lake.exists() else lake.parent
    writable = "" if os.access(nearest, os.W_OK) else "; read-only"
    found = f"{lake}: {len(imports)} vintages, newest {imports[-1].vintage} of {imports[-1].committed}{writable}"
    copy = "fresh" if derived_path(take_snapshot(lake)).exists() else "stale: the next measure rebuilds it"
    return [_row("lake", True, found), _row("native copy", True, copy)]


def _lists(lake: Path) -> dict[str, object]:
    """Check the lists: their number, the oldest and its age, and those with an import refused since."""
    states = list_states(lake)
    if not states:
        return _row("lists", True, "none; stopgap import FILE imports lists of companies")
    today = dt.date.fromisoformat(now()[:10])
    oldest = max(states, key=lambda state: state.age_days(today))
    total = sum(state.entities for state in states)
    found = (
        f"{len(states)} lists, {total:,} entries; the oldest is {oldest.list} of "
        f"{oldest.list_date or oldest.imported_on} ({oldest.age_days(today):,} days)"
    )
    refused = sorted({state.family for state in states if state.refused})
    if refused:
        found += f"; an import was refused of {', '.join(refused)}"
    return _row("lists", not refused, found, "stopgap lists tells why; download the list again and import it")


def _fonts() -> dict[str, object]:
    folder = Path(__file__).resolve().parents[1] / "briefs" / "fonts"
    fonts = sorted(path.name for path in folder.glob("*.otf"))
    return _row("fonts", bool(fonts), ", ".join(fonts) or "missing", "reinstall stopgap: its fonts are part of it")


def _spark() -> dict[str, object]:
    package = importlib.util.find_spec("pyspark") is not None
    java = shutil.which("java")
    if package and java:
        found = importlib.metadata.packages_distributions()["pyspark"][0]  # pyspark, or its client alone
        return _row("spark engine", True, f"{found} {importlib.metadata.version(found)}, java at {java}")
    lacking = " and ".join(name for name, there in (("pyspark", package), ("a Java runtime", java)) if not there)
    install = "pip install 'stopgap[spark]' and install Java 17 for --engine spark"
    return _row("spark engine", True, f"optional, lacks {lacking}: {install}")
