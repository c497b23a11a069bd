"""The figures of a chart as a file, in full: for charts whose data no address of the REST API has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stopgap.base.marking import Marking
from stopgap.base.parquet import parquet_bytes
from stopgap.base.spreadsheets import csv_text, finite

if TYPE_CHECKING:
    from stopgap.pages.views import ChartView

FIGURE_FORMS = (("csv", "CSV"), ("parquet", "Parquet"), ("json", "JSON"))
"""Forms of the figures, as links name them."""


def figures_file(chart: ChartView, form: str, marking: Marking) -> bytes:
    """Return the figures that a chart draws, one row a mark, as a file.

    Args:
        chart: The chart; it has figures.
        form: ``csv`` (without cells that a spreadsheet would execute), ``parquet`` or ``json``; the last two also say what was
            measured, and the marking.
        marking: Who may see it.
    """
    about = {"title": chart.title, "subtitle": chart.subtitle, "basis": chart.basis, "marking": marking.label}
    if form == "json":
        return json.dumps({**about, "rows": finite(chart.figures)}, ensure_ascii=False, indent=2).encode()
    import pyarrow as pa

    table = pa.Table.from_pylist([dict(row) for row in chart.figures])
    if form == "csv":
        return csv_text(table).encode()
    return parquet_bytes(table.replace_schema_metadata({f"stopgap.{name}": said for name, said in about.items()}))
