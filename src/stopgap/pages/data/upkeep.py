"""Import, check and compact the lake."""

from __future__ import annotations

from collections.abc import Sequence

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.pages.jobs.view import JobView, jobs_table, size_text
from stopgap.pages.views import Cell, PageContent, Tab, TableColumn, TableView
from stopgap.sources.live.registry import NAMES
from stopgap.sources.mapping import mapping_names


def import_page(
    lake: Lake, jobs: Sequence[JobView], *, tabs: tuple[Tab, ...], clearance: Marking | None
) -> PageContent:
    """Return the page on which files are imported, or fetched from a live source.

    Args:
        lake: The lake.
        jobs: Imports and fetches that the person may see.
        tabs: Further pages on data.
        clearance: Clearance of the person; markings above it are not offered.
    """
    levels = [level for level in Tlp if clearance is None or level <= clearance.tlp]
    empty = "Nothing was imported or fetched on this service that you may see."
    return PageContent(
        template="data/import.html",
        title="Import",
        nav="/data",
        tabs=tabs,
        values={
            "sources": tuple((row["source"], row["title"]) for row in lake.sources.list().arrow.to_pylist()),
            "mappings": mapping_names(),
            "levels": tuple((level.name.replace("_", "+"), f"{level.label}: {level.allows}") for level in levels),
            "services": NAMES,
            "jobs": jobs_table(
                jobs,
                key="imports",
                caption="Imports and fetches on this service, the last asked for first",
                empty=empty,
            ),
        },
    )


def checked(lake: Lake) -> PageContent:
    """Check the lake and return what each check found.

    Raises:
        MissingDataError: There is no lake.
    """
    found = lake.check()
    rows = tuple(
        (
            Cell(row["check"]),
            Cell("holds", tag="good") if row["passed"] else Cell("fails", tag="bad"),
            Cell(row["found"]),
        )
        for row in found.arrow.to_pylist()
    )
    failed = sum(not row["passed"] for row in found.arrow.to_pylist())
    columns = (TableColumn("Check"), TableColumn("Result"), TableColumn("What was found"))
    said = "Every check of the lake holds." if found.passed else f"{failed} of {len(rows)} checks of the lake fail."
    return _done(said, TableView("checks", "Checks of the lake", columns, rows), found.marking, passed=found.passed)


def compacted(lake: Lake) -> PageContent:
    """Compact the lake and return what was done.

    Raises:
        RefusedError: The lake cannot be written.
    """
    found = lake.compact()
    rows = tuple(
        (
            Cell(name.replace("_", " ")),
            Cell(size_text(value) if "bytes" in name else f"{value:,}" if isinstance(value, int) else str(value)),
        )
        for name, value in found.items()
    )
    columns = (TableColumn("What"), TableColumn("How many", "number"))
    return _done(
        "The lake is compact. Figures and vintages are as they were.",
        TableView("compacted", "What was done", columns, rows),
        found.marking,
    )


def _done(said: str, table: TableView, marking: Marking | None, *, passed: bool = True) -> PageContent:
    return PageContent(
        template="data/upkeep_done.html", title="Upkeep", marking=marking, nav="/data",
        values={"said": said, "table": table, "passed": passed},
    )  # fmt: skip
