"""Small files in the layouts of the sources, and a connection to stage them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from comtrade_row import DEFAULTS, HEADER


def comtrade_text(*rows: dict[str, Any], header: list[str] | None = None) -> str:
    """A Comtrade CSV in which each row differs from ``DEFAULTS`` in the given columns."""
    columns = header or HEADER
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**DEFAULTS, **row})
    return stream.getvalue()


@pytest.fixture
def comtrade(tmp_path: Path) -> Callable[..., Path]:
    """Writes a Comtrade CSV from the rows' differences and returns its path."""

    def write(*rows: dict[str, Any], header: list[str] | None = None, name: str = "comtrade.csv") -> Path:
        path = tmp_path / name
        path.write_text(comtrade_text(*rows, header=header), encoding="utf-8")
        return path

    return write


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A staging database on disk, as the lake makes one."""
    with duckdb.connect(str(tmp_path / "staging.duckdb")) as connection:
        connection.execute("SET threads = 2")
        connection.execute("SET memory_limit = '500MB'")
        yield connection


@pytest.fixture
def staged(con: duckdb.DuckDBPyConnection) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of ``staged`` in the given columns, sorted."""

    def read(*columns: str) -> list[tuple[Any, ...]]:
        return con.execute(f"SELECT {', '.join(columns)} FROM staged ORDER BY ALL").fetchall()

    return read


@pytest.fixture
def rejects(con: duckdb.DuckDBPyConnection) -> Callable[[], list[tuple[int, str]]]:
    """Row and reason of each rejected row."""

    def read() -> list[tuple[int, str]]:
        return con.execute("SELECT row, reason FROM rejects ORDER BY row").fetchall()

    return read
