"""Source for Eurostat's trade datasets (as DS-045409): SDMX-CSV, one cell per row, and TSV, one period per column."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import Bundle, Reading, Staging
from stopgap.sources.files.file_head import FileHead, first_record
from stopgap.sources.live.service import LiveService
from stopgap.sources.mappings.periods import is_period
from stopgap.sources.mappings.raw_table import Given, load_files
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.trade.eurostat_figures import (
    KEY,
    EurostatTable,
    cell_sql,
    code_sql,
    figures_of,
    refuse_foreign,
    refuse_twice,
)

DIMENSIONS = ("reporter", "partner", "product", "flow", "indicators")
SPLITS = ("stat_procedure", "stat_regime", "trade_type", "transport_mode", "transport", "tra_mode", "container")
"""Dimensions that split a figure into parts and have a code for the total."""

_TSV_CORNER = re.compile(r"([a-z_]+(?:,[a-z_]+)*)\\TIME(?:_PERIOD)?\s*", re.IGNORECASE)
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{2})\b")


class Eurostat(EurostatTable):
    """Source for tables of Eurostat's dissemination service (SDMX-CSV and TSV)."""

    name = "eurostat"
    title = "Eurostat trade datasets (DS-045409, DS-059341) as SDMX-CSV or TSV"
    how = "Eurostat data browser (Download, SDMX-CSV or TSV), or the API for Comext datasets"
    parser = "eurostat/1"
    bundles = True

    def request(self) -> LiveService:
        from stopgap.sources.live.eurostat import LiveEurostat

        return LiveEurostat()

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by the trade datasets' dimensions, as columns or joined in a TSV's first header cell."""
        corner = _corner(head)
        if corner is not None:
            return set(DIMENSIONS) <= set(corner)
        header = _header(head.columns)
        return all(name in header for name in (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE"))

    def bundle_key(self, reading: Reading) -> Hashable | None:
        """Return header, layout and mapping of SDMX-CSV; None for TSV, in which each file has columns of its own."""
        return None if _corner(reading.head) is not None else super().bundle_key(reading)

    def parse_bundle(self, con: duckdb.DuckDBPyConnection, files: Bundle) -> list[Staging]:
        """Parse the cells; ``published`` is the date of the last update, if the file states it."""
        return [
            replace(staging, published=_last_update(reading.head))
            for staging, reading in zip(super().parse_bundle(con, files), files.readings, strict=True)
        ]

    def given_of(self, con: duckdb.DuckDBPyConnection, files: Bundle, spec: Spec) -> Given:
        """Load one row for each figure, its indicators in columns; raise InputError for an unknown dimension."""
        corner = _corner(files.first.head)
        if corner is not None:
            spec = spec.model_copy(update={"delimiter": "\t"})
        raw = load_files(con, files, spec)
        refuse_twice(raw.columns, raw.name)
        cells = _tsv_cells(raw, corner) if corner is not None else _sdmx_cells(con, raw)
        return figures_of(con, raw, cells, len(files))


def _corner(head: FileHead) -> list[str] | None:
    """Return the dimensions named in the first header cell of a TSV; None for other files."""
    first = head.text.split("\n", 1)[0].split("\t", 1) if head.container == "text" else []
    found = _TSV_CORNER.fullmatch(first[0].strip()) if len(first) == 2 else None
    return found[1].lower().split(",") if found else None


def _header(columns: Sequence[str]) -> dict[str, int]:
    """Return code -> position of each column; ``reporter: REPORTER`` and ``REPORTER`` count as ``reporter`` too."""
    codes = [name.split(":", 1)[0].strip() for name in columns]
    found: dict[str, int] = {}
    for place, code in enumerate(codes):
        found.setdefault(code, place)
    # A file with labels has a second column after each, named by the label: REPORTER after reporter.
    for place, code in enumerate(codes):
        for name in (code.lower(), code.upper()):
            found.setdefault(name, place)
    return found


def _split(names: Sequence[str], where: str) -> str | None:
    """Return the dimension that splits the figures, or None; raise InputError for several or unknown dimensions."""
    others = [name for name in names if name not in (*DIMENSIONS, "freq")]
    unknown = [name for name in others if name not in SPLITS]
    if unknown or len(others) > 1:
        raise InputError(
            f"the dimension {(unknown or others)[-1]!r} of the dataset is not known"
            if unknown
            else f"the figures are split in several ways: {', '.join(others)}",
            where=where,
            fix="select a dataset by reporter, partner, product and flow alone (DS-045409), or use a mapping",
        )
    return others[0] if others else None


def _sdmx_cells(con: duckdb.DuckDBPyConnection, raw: Given) -> str:
    """Return the SQL query for the cells of a table with one cell per row (SDMX-CSV)."""
    header = _header(raw.columns)
    for name in ("DATAFLOW", "STRUCTURE_ID"):
        if name in header:
            rows = con.execute(f"SELECT DISTINCT c{header[name]} FROM given WHERE c{header[name]} <> ''").fetchall()
            for (dataset,) in rows:
                refuse_foreign(dataset, raw.name)
    dimensions = [
        code
        for name in raw.columns[: header["TIME_PERIOD"]]
        if re.fullmatch(r"[a-z][a-z0-9_]*", code := name.split(":", 1)[0].strip())
    ]
    split = _split(dimensions, f"{raw.name}, header")
    value, flags = cell_sql(f"c{header['OBS_VALUE']}")
    if "OBS_FLAG" in header:
        flags = f"concat({flags}, split_part(c{header['OBS_FLAG']}, ':', 1))"
    if "CONF_STATUS" in header:
        status = code_sql(f"c{header['CONF_STATUS']}")
        flags = f"concat({flags}, CASE WHEN coalesce(upper({status}), '') NOT IN ('', 'F') THEN 'c' ELSE '' END)"
    places = {name: header[name] for name in ("reporter", "partner", "product", "flow")}
    places |= {"period": header["TIME_PERIOD"], "indicator": header["indicators"]}
    fields = ", ".join(f"trim(c{place}) AS {name}" for name, place in places.items())
    procedure = f"trim(c{header[split]})" if split else "''"
    return f"SELECT row, {fields}, {procedure} AS procedure, {value} AS value, {flags} AS flags FROM raw"


def _tsv_cells(raw: Given, corner: Sequence[str]) -> str:
    """Return the SQL query for the cells of a TSV with one period per column; raise InputError for other columns."""
    split = _split(corner, f"{raw.name}, header")
    periods = [name.strip() for name in raw.columns[1:]]
    wrong = [name for name in periods if not is_period(name)]
    if wrong or not periods:
        raise InputError(
            f"the column {wrong[0]!r} is no year or month" if wrong else "the file has no periods",
            where=f"{raw.name}, header",
            fix="select annual or monthly data",
        )
    texts = dict(zip(corner, (f"trim(string_split(c0, ',')[{n + 1}])" for n in range(len(corner))), strict=True))
    names = {"reporter": "reporter", "partner": "partner", "product": "product", "flow": "flow"}
    names |= {"indicators": "indicator"}
    fields = ", ".join(f"{texts[name]} AS {field}" for name, field in names.items())
    fields += f", {texts[split] if split else quoted('')} AS procedure"
    listed = ", ".join(quoted(name) for name in periods)
    cells = ", ".join(f"c{place + 1}" for place in range(len(periods)))
    value, flags = cell_sql("cell")
    keys = ", ".join(name for name in KEY if name != "period")
    return (
        f"SELECT row, {keys}, indicator, period, {value} AS value, {flags} AS flags FROM ("
        f"SELECT row, {fields}, unnest([{listed}]) AS period, unnest([{cells}]) AS cell FROM raw)"
    )


def _last_update(head: FileHead) -> str | None:
    """Return the date of the last update in an SDMX-CSV file (2026-07-16 for 16/07/26 11:00:00); None if absent."""
    if _corner(head) is not None or "LAST UPDATE" not in (header := _header(head.columns)):
        return None
    row = first_record(head.text.splitlines()[1:2], head.delimiter, head.name)
    place = header["LAST UPDATE"]
    found = _DAY.match(row[place].strip()) if len(row) > place else None
    return f"20{found[3]}-{found[2]}-{found[1]}" if found else None
