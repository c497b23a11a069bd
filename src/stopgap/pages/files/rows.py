"""Page of the rows of an imported file that a figure comes from."""

from __future__ import annotations

from stopgap.api import Lake
from stopgap.intake.request import SourceRowsRequest
from stopgap.intake.source_rows import SourceRows
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView

_SAID = {
    "value": "These rows of the file state the figure itself.",
    "value alone": "These rows state the figure, but not all of its codes were found in them: the file may write them in another way, or they are other rows.",
    "codes": "No row of the file states the figure itself; these have its good, period and economies, and it may be their sum.",
    "none": "No row of the file has this figure, or its good, period and economies: the file may write them in another way.",
}

UPRIGHT = 3
"""Most rows that are shown as columns, one line for each column of the file."""


def file_rows(lake: Lake, receipt: str, request: SourceRowsRequest) -> PageContent:
    """Return the page.

    Raises:
        NotFoundError: No such file is in the lake.
        MissingDataError: The lake keeps no copy of it, or its rows cannot be searched.
    """
    found = lake.source_rows(receipt, request)
    asked = {
        "good": request.good,
        "period": request.period,
        "reporter": request.reporter,
        "partner": request.partner,
        "value": request.value,
    }
    return PageContent(
        "files/rows.html",
        f"Rows of {found.file_name}",
        {
            "found": found, "said": _SAID[found.matched_by], "table": _table(found, DataSource(f"/receipts/{receipt}/rows", asked)),
            "asked": tuple((name, value) for name, value in asked.items() if value), "file": path_of("data", "files", receipt),
        },
        found.marking, nav="/data", kicker=f"File with receipt {receipt}",
    )  # fmt: skip


def _table(found: SourceRows, source: DataSource) -> TableView:
    """Return the rows; few of them stand upright, so that the figure is in sight however many columns the file has."""
    caption = f"Rows of {found.file_name} as the file has them"
    if 0 < len(found.rows) <= UPRIGHT:
        numbers, *values = zip(*found.rows, strict=True)
        return TableView(
            "file-rows",
            caption,
            (TableColumn("Column"), *(TableColumn(f"Row {number}") for number in numbers)),
            tuple(
                (Cell(name), *(_cell(value) for value in row)) for name, row in zip(found.columns, values, strict=True)
            ),
            source=source,
        )
    columns = (TableColumn("Row", "number"), *(TableColumn(name) for name in found.columns))
    rows = tuple(tuple(map(_cell, row)) for row in found.rows)
    return TableView("file-rows", caption, columns, rows, total=found.rows_matched, source=source)


def _cell(value: str | None) -> Cell:
    return Cell("", missing="empty") if value is None else Cell(value)
