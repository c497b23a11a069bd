"""Lists of companies, vessels and organisations in the lake, and how old each is."""

from __future__ import annotations

from stopgap.api import Lake
from stopgap.pages.views import Cell, DataSource, PageContent, Tab, TableColumn, TableView
from stopgap.screening.lists.request import ListDayRequest
from stopgap.screening.lists.titles import list_title

OLD_DAYS = 30
"""Days after which a list is called old."""


def lists_page(lake: Lake, *, tabs: tuple[Tab, ...], may_import: bool) -> PageContent:
    """Return the lists in force, each with its day, age and number of entries.

    Raises:
        MissingDataError: There is no lake.
    """
    states = lake.lists.list(ListDayRequest())
    columns = (
        TableColumn("List"), TableColumn("Edition of"), TableColumn("Age", "number", "days from the edition to today"), TableColumn("State"),
        TableColumn("Entries", "number"), TableColumn("Without a day of listing", "number"), TableColumn("Imported on"),
        TableColumn("Vintage"), TableColumn("File"),
    )  # fmt: skip
    rows = []
    for state in states:
        row = state.as_dict(states.today)
        age = row["age_days"]
        said, tag = ("old", "warn") if age > OLD_DAYS else ("recent", "good")
        if row["refused"]:
            said, tag = "a newer edition was refused", "bad"
        rows.append(
            (
                Cell(list_title(row["list"]), "/companies", {"list": row["list"]}),
                Cell(row["list_date"]) if row["list_date"] else Cell("", missing="not known"),
                Cell(f"{age:,} days{'' if row['list_date'] else ' since its import'}"),
                Cell(said, tag=tag),
                Cell(f"{row['entities']:,}"),
                Cell(f"{row['undated']:,}"),
                Cell(row["imported_on"] or ""),
                Cell(row["vintage"], f"/data/vintages/{row['vintage']}"),
                Cell(row["receipt"], f"/data/files/{row['receipt']}"),
            )
        )
    table = TableView(
        "lists", f"Lists in force on {states.today}; older than {OLD_DAYS} days is called old", columns, tuple(rows),
        source=DataSource("/lists"), empty="The lake holds no list of companies that you may see.",
    )  # fmt: skip
    return PageContent(
        template="data/lists.html",
        title="Lists",
        kicker="A screening is as old as the lists behind it",
        marking=states.marking,
        nav="/data",
        tabs=tabs,
        values={"lists": table, "may_import": may_import},
    )
