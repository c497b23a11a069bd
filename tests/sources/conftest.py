"""Small files in the layouts of the sources, and a connection to stage them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

DEFAULTS: dict[str, Any] = {
    "typeCode": "C",
    "freqCode": "A",
    "refPeriodId": "20230101",
    "refYear": "2023",
    "refMonth": "52",
    "period": "2023",
    "reporterCode": "276",
    "reporterISO": "DEU",
    "reporterDesc": "Germany",
    "flowCode": "X",
    "flowDesc": "Export",
    "partnerCode": "643",
    "partnerISO": "RUS",
    "partnerDesc": "Russian Federation",
    "partner2Code": "0",
    "partner2ISO": "W00",
    "partner2Desc": "World",
    "classificationCode": "H6",
    "classificationSearchCode": "HS",
    "isOriginalClassification": "True",
    "cmdCode": "854231",
    "cmdDesc": 'Circuits; "processors", and controllers',
    "aggrLevel": "6",
    "isLeaf": "True",
    "customsCode": "C00",
    "customsDesc": "TOTAL CPC",
    "mosCode": "0",
    "motCode": "0",
    "motDesc": "TOTAL MOT",
    "qtyUnitCode": "5",
    "qtyUnitAbbr": "u",
    "qty": "10.0",
    "isQtyEstimated": "False",
    "altQtyUnitCode": "-1",
    "altQtyUnitAbbr": "N/A",
    "altQty": "0.0",
    "isAltQtyEstimated": "False",
    "netWgt": "2.5",
    "isNetWgtEstimated": "False",
    "grossWgt": "0.0",
    "isGrossWgtEstimated": "False",
    "cifvalue": "",
    "fobvalue": "",
    "primaryValue": "100.0",
    "legacyEstimationFlag": "0",
    "isReported": "False",
    "isAggregate": "True",
}

HEADER = list(DEFAULTS)
"""The 47 columns, in Comtrade's order."""


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
