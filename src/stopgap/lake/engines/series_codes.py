"""Texts of each series as numbers, in the native copy: built once, and read without a text.

A stage on trade with all destinations asks each series for its source, code and economies. As numbers they are read in a
tenth of the time, and met with small tables by looking up a place. ``trade_series_codes`` has one row for each series
between two different economies, in the order of ``series``, with its ``frequency`` and ``flow``, and the number of each
text of :data:`CODED`; ``series_texts`` has the texts by ``name`` and ``code``, numbered in their order from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from stopgap.lake.reading import interruptible

CODED = ("source", "revision", "good", "reporter", "partner", "quantity_unit")
"""Columns whose texts are numbered; a quantity's unit is in small letters, and empty where there is none."""

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class SeriesCodes:
    """Series of one frequency and flow between two different economies, in the order of their numbers.

    Attributes:
        series: Numbers of the series, (series,).
        codes: For each column of :data:`CODED` the number of its text, (series,).
        texts: For each column the texts by number, of this and all other frequencies and flows, ascending.
    """

    series: Codes
    codes: Mapping[str, Codes]
    texts: Mapping[str, tuple[str, ...]]


def build_series_codes(con: duckdb.DuckDBPyConnection) -> None:
    """Write both tables from ``trade_series``."""
    con.execute("CREATE TABLE series_texts (name VARCHAR, code INTEGER, text VARCHAR)")
    for name in CODED:
        con.execute(
            f"INSERT INTO series_texts SELECT '{name}', row_number() OVER (ORDER BY text) - 1, text "
            f"FROM (SELECT DISTINCT {_text(name)} AS text FROM trade_series AS s)"
        )
    joins = " ".join(
        f"JOIN series_texts AS t{at} ON t{at}.name = '{name}' AND t{at}.text = {_text(name)}"
        for at, name in enumerate(CODED)
    )
    columns = ", ".join(f"t{at}.code AS {name}" for at, name in enumerate(CODED))
    con.execute(
        f"CREATE TABLE trade_series_codes AS SELECT s.series, s.frequency, s.flow, {columns} FROM trade_series AS s {joins} "
        "WHERE s.kind = 'economy' AND s.reporter <> s.partner ORDER BY s.series"
    )


def _text(name: str) -> str:
    return f"lower(coalesce(s.{name}, ''))" if name == "quantity_unit" else f"s.{name}"


def read_series_codes(con: duckdb.DuckDBPyConnection, frequency: str, flow: str) -> SeriesCodes:
    """Return the series of a frequency and flow in the attached copy."""
    cursor = interruptible(con.cursor())
    rows = cursor.sql(
        f"SELECT series, {', '.join(CODED)} FROM native.trade_series_codes WHERE frequency = $frequency AND flow = $flow",
        params={"frequency": frequency, "flow": flow},
    ).to_arrow_table()
    columns = {name: rows[name].combine_chunks().to_numpy() for name in rows.column_names}
    if not bool((np.diff(columns["series"]) > 0).all()):
        order = np.argsort(columns["series"], kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
    texts: dict[str, list[str]] = {name: [] for name in CODED}
    for name, text in cursor.execute("SELECT name, text FROM native.series_texts ORDER BY name, code").fetchall():
        texts[name].append(text)
    return SeriesCodes(columns.pop("series"), columns, {name: tuple(each) for name, each in texts.items()})
