"""Quality of the figures: an overview by source, how far two reports agree, rows unlike the others, series that stop."""

from __future__ import annotations

import re

from stopgap.api import Lake
from stopgap.briefs.formats.text import percent
from stopgap.measures.quality.report import MirrorPair, Overview, SeriesGap, UnlikeUnitValue
from stopgap.measures.quality.request import QualityRequest
from stopgap.pages.amounts import usd
from stopgap.pages.data.coverage import FLOWS, FREQUENCIES
from stopgap.pages.episode.query import economy_names
from stopgap.pages.views import Cell, DataSource, PageContent, Tab, TableColumn, TableView

SHOWN = 20
"""Rows of each list; the data hold more."""


def quality_frame(lake: Lake, *, tabs: tuple[Tab, ...]) -> PageContent:
    """Return the page of quality; its tables are loaded when it is open."""
    del lake
    return PageContent(
        template="data/quality.html",
        title="Quality",
        kicker="No verdicts: a row that is unlike the others may be right, and one that is not may be wrong",
        nav="/data",
        tabs=tabs,
    )


def quality_tables(lake: Lake) -> PageContent:
    """Return the tables of the quality report.

    Raises:
        MissingDataError: The lake is empty.
    """
    report = lake.quality(QualityRequest(limit=SHOWN))
    return PageContent(
        template="data/quality_tables.html",
        title="Quality",
        marking=report.marking,
        nav="/data",
        values={
            "as_of": report.as_of,
            "lines": tuple(in_names(line.partition(" (--table")[0]) for line in report.summary().measured),
            "tables": (
                ("By source, frequency and flow", _overview(report.overview)),
                ("Two reports of the same trade", _mirror(report.mirror)),
                ("Rows whose unit value is unlike the others", _unit_values(report.unit_values)),
                ("Regular series that stop", _stops(report.stops)),
            ),
        },
    )


def in_names(line: str) -> str:
    """Return a line of the report with economies by their names, and flows in words.

    ``UKR X RUS`` is *Ukraine (exports to Russia)*, ``BRA X`` *Brazil (exports)*, ``TWN to HKG`` *Taiwan to Hong Kong*.
    """
    names = economy_names()

    def worded(found: re.Match[str]) -> str:
        reporter, flow, partner = found.groups()
        if reporter not in names or (partner and partner not in names):
            return found[0]
        towards = "" if not partner else f" {'to' if flow == 'X' else 'from'} {names[partner]}"
        return f"{names[reporter]} ({FLOWS[flow]}{towards})" if flow else names[reporter]

    return re.sub(r"\b([A-Z]{3})(?: ([XM])(?: ([A-Z]{3})\b|\b))?", worded, line)


def _source(table: str) -> DataSource:
    return DataSource("/quality", {"table": table})


def _share(value: float | None) -> Cell:
    return Cell("", missing="not told") if value is None else Cell(percent(value))


def _overview(rows: tuple[Overview, ...]) -> TableView:
    columns = (
        TableColumn("Source"), TableColumn("Flow"), TableColumn("Reporters", "number"), TableColumn("Periods", "number"),
        TableColumn("Reported", "number", "of reporter × period"), TableColumn("Silent", "number", "of reporter × period"),
        TableColumn("Estimated by the source", "number", "of value"), TableColumn("Without a net weight", "number", "of rows"),
        TableColumn("Within the band that freight explains", "number", "of value that both sides report"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(row.source),
            Cell(f"{FREQUENCIES.get(row.frequency, row.frequency)} {FLOWS.get(row.flow, row.flow)}"),
            Cell(f"{row.reporters:,}"),
            Cell(f"{row.first} to {row.last}"),
            _share(row.reported_share),
            _share(row.silent_share),
            _share(row.estimated_share),
            _share(row.unweighed_share),
            _share(row.within_band_share),
        )
        for row in rows
    )
    return TableView(
        "overview",
        "Shares of reports (reporter × period), of value, and of rows, as each column says",
        columns,
        cells,
        source=_source("overview"),
    )


def _mirror(rows: tuple[MirrorPair, ...]) -> TableView:
    names = economy_names()
    columns = (
        TableColumn("Exporter"), TableColumn("Importer"), TableColumn("Source"), TableColumn("Exporter reports", "number"),
        TableColumn("Importer reports", "number"), TableColumn("Ratio", "number", "imports divided by exports"),
        TableColumn("Rows", "number"), TableColumn("Within the band", "number", "share of value that freight explains"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(names.get(row.exporter, row.exporter)),
            Cell(names.get(row.importer, row.importer)),
            Cell(f"{row.source}, {FREQUENCIES.get(row.frequency, row.frequency)}"),
            Cell(usd(row.exports_usd)),
            Cell(usd(row.imports_usd)),
            Cell(f"{row.ratio:.2f}"),
            Cell(f"{row.rows_compared:,}"),
            _share(row.within_share),
        )
        for row in rows
    )
    empty = "No trade is reported by both sides in one source, so that nothing can be compared."
    return TableView(
        "mirror",
        "Sums over rows that both sides report, all periods; the largest differences first",
        columns,
        cells,
        source=_source("mirror"),
        empty=empty,
    )


def _unit_values(rows: tuple[UnlikeUnitValue, ...]) -> TableView:
    names = economy_names()
    columns = (
        TableColumn("Reporter"), TableColumn("Partner"), TableColumn("Good"), TableColumn("Flow"), TableColumn("Period"),
        TableColumn("Value", "number"), TableColumn("USD a kg", "number"), TableColumn("Median of the good", "number"),
        TableColumn("File"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(names.get(row.reporter, row.reporter)),
            Cell(names.get(row.partner, row.partner)),
            Cell(f"{row.good} ({row.revision})"),
            Cell(FLOWS.get(row.flow, row.flow)),
            Cell(row.period),
            Cell(usd(row.value_usd)),
            Cell(f"{row.price_usd_per_kg:,.2f}"),
            Cell(f"{row.median_usd_per_kg:,.2f}"),
            Cell(row.receipt, f"/data/files/{row.receipt}"),
        )
        for row in rows[:SHOWN]
    )
    empty = "No row stands out, or too few rows have a net weight to compare."
    return TableView(
        "unit-values",
        "Dollars a kilogram, against the rows of the same good and flow",
        columns,
        cells,
        source=_source("unit-values"),
        empty=empty,
    )


def _stops(rows: tuple[SeriesGap, ...]) -> TableView:
    names = economy_names()
    columns = (
        TableColumn("Reporter"), TableColumn("Partner"), TableColumn("Good"), TableColumn("Flow"), TableColumn("From"),
        TableColumn("Form"), TableColumn("Periods", "number"), TableColumn("Before, a period", "number"), TableColumn("Resumed"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(names.get(row.reporter, row.reporter)),
            Cell(names.get(row.partner, row.partner)),
            Cell(row.good),
            Cell(FLOWS.get(row.flow, row.flow)),
            Cell(row.first_missing),
            Cell(row.form),
            Cell(f"{row.periods_missing:,}"),
            Cell(usd(row.mean_usd)),
            Cell("yes" if row.has_resumed else "no"),
        )
        for row in rows[:SHOWN]
    )
    empty = "No regular series stops while its reporter reports the chapter."
    return TableView(
        "stops",
        "Series with trade for a year or more, then none while the reporter reports the chapter",
        columns,
        cells,
        source=_source("stops"),
        empty=empty,
    )
