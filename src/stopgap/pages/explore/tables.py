"""Tables of Explore: one column a pair, or both reports of a flow and their gap; a blank cell says why it is blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stopgap.briefs.formats.text import percent
from stopgap.measures.series.results import SeriesFinding
from stopgap.measures.series.words import pair_label
from stopgap.pages.explore.lines import ShownLine, ShownPoint, ShownUnit
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.rows.query import ROWS, SERIES
from stopgap.pages.site import QueryValue
from stopgap.pages.views import Cell, DataSource, TableColumn, TableView


def series_table(
    finding: SeriesFinding, lines: Sequence[ShownLine], unit: ShownUnit, query: ExploreQuery, source: DataSource
) -> TableView:
    """Return one row a period, and one column a pair; of a single pair also how much was reported."""
    columns = [TableColumn("Period"), *(TableColumn(line.name, "number", unit.words) for line in lines)]
    rows = [
        [Cell(each.period), *(figure_cell(line, at, unit, query) for line in lines)]
        for at, each in enumerate(lines[0].points)
    ]
    if len(lines) == 1:
        columns += [
            TableColumn("Reported", "number", "months or years reported of those in the period"),
            TableColumn("Note"),
        ]
        for row, found in zip(rows, finding.rows_of(finding.series[0]), strict=True):
            row += [Cell(f"{found.parts_reported} of {found.parts}"), Cell(found.reason)]
    return TableView(
        "figures", unit.words[:1].upper() + unit.words[1:], tuple(columns), tuple(map(tuple, rows)), source=source
    )


def figure_cell(line: ShownLine, at: int, unit: ShownUnit, query: ExploreQuery) -> Cell:
    """Return one figure, which leads to its rows; a blank one says why."""
    point = line.points[at]
    if point.value is None:
        return Cell("", missing=point.reason)
    said = unit.said(point.value) + (" in part" if point.is_part else "")
    return Cell(said, ROWS, rows_query(line, point, query))


def rows_query(line: ShownLine, point: ShownPoint, query: ExploreQuery) -> Mapping[str, QueryValue]:
    """Return the options of the page with the rows of one figure."""
    kept = {"goods": query.goods, "flow": query.flow, "by": query.by, "of": query.of, "currency": query.currency,
            "frequency": query.frequency or None, "as_of": query.as_of or None}  # fmt: skip
    period = f"{point.period}:{point.period}"
    return {
        "behind": SERIES,
        "reporters": line.reporter,
        "partners": line.partner,
        "report": line.report,
        "period": period,
        **kept,
    }


def gap_table(
    pairs: Sequence[tuple[ShownLine | None, ShownLine | None]], unit: ShownUnit, query: ExploreQuery
) -> TableView:
    """Return both reports of each pair by period, the importer's minus the exporter's, and that of the exporter's.

    Args:
        pairs: The exporter's report and the importer's of each pair; ``None`` where the lake has none.
        unit: Unit of the figures.
        query: What is asked for.
    """
    columns = [TableColumn("Period"), *([TableColumn("Pair")] if len(pairs) > 1 else [])]
    columns += [
        TableColumn("Exporter’s report", "number"), TableColumn("Importer’s report", "number"),
        TableColumn("Gap", "number", "importer’s report minus exporter’s"), TableColumn("Of the exporter’s", "number"),
    ]  # fmt: skip
    rows = []
    for exporter, importer in pairs:
        periods = sorted({each.period for line in (exporter, importer) if line for each in line.points})
        for period in periods:
            cells = [_of_period(line, period, unit, query) for line in (exporter, importer)]
            named = next(line for line in (exporter, importer) if line)
            label = [Cell(f"{named.reporter} – {named.partner}")] if len(pairs) > 1 else []
            rows.append((Cell(period), *label, *cells, *_gap(exporter, importer, period, unit)))
    return TableView("figures", unit.words[:1].upper() + unit.words[1:], tuple(columns), tuple(rows))


def _place(line: ShownLine | None, period: str) -> int | None:
    if line is None:
        return None
    return next((at for at, each in enumerate(line.points) if each.period == period), None)


def _of_period(line: ShownLine | None, period: str, unit: ShownUnit, query: ExploreQuery) -> Cell:
    at = _place(line, period)
    if line is None or at is None:
        return Cell("", missing="no figures in the lake" if line is None else "not reported")
    return figure_cell(line, at, unit, query)


def _gap(exporter: ShownLine | None, importer: ShownLine | None, period: str, unit: ShownUnit) -> tuple[Cell, Cell]:
    found = [
        line.points[at] if line and (at := _place(line, period)) is not None else None for line in (exporter, importer)
    ]
    ends = [each.value if each and not each.is_part else None for each in found]
    if ends[0] is None or ends[1] is None:
        said = Cell("", missing="one report alone" if any(each is not None for each in ends) else "no whole period")
        return said, said
    gap = ends[1] - ends[0]
    return Cell(unit.said(gap)), Cell(percent(gap / ends[0])) if ends[0] else Cell("", missing="exporter’s is zero")


def built_facts(finding: SeriesFinding) -> tuple[tuple[str, str], ...]:
    """Return how each pair is put together: whose reports, from which sources and codes."""
    told = []
    for line in finding.series:
        sources = "; ".join(f"{name}: {words}" for name, words in line.goods_from.items())
        said = f"{line.built or 'no figures in the lake'}{f' ({sources})' if sources else ''}"
        told.append((pair_label(line), said))
    return tuple(told)
