"""What pages are made of: numbers, tables and charts, each with what it rests on and where its data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from stopgap.base.marking import Marking
from stopgap.pages.site import QueryValue

Align = Literal["text", "number"]

FORMS = (("csv", "CSV"), ("parquet", "Parquet"), ("json", "JSON"), ("zip", "ZIP with sources and SQL"))
"""Forms of the data behind a figure, as its links name them."""


@dataclass(frozen=True)
class DataSource:
    """Where the data behind a figure are: an address of the REST API and its options.

    Attributes:
        path: Path under the REST root.
        query: Options.
    """

    path: str
    query: Mapping[str, QueryValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What is shown.
        page: Path of the page that it leads to; empty without.
        query: Options of that page.
        missing: Why the cell is blank (``not reported``, ``confidential``, ``not imported``); empty where it is not.
        tone: Heat of the cell, 0 to 5; ``None`` without.
        tag: Kind of the label that the cell is shown as (``warn``, ``bad``, ``good``, ``strong``, ``plain``); empty for none.
    """

    text: str
    page: str = ""
    query: Mapping[str, QueryValue] = field(default_factory=dict)
    missing: str = ""
    tone: int | None = None
    tag: str = ""


@dataclass(frozen=True)
class TableColumn:
    """Heading of a column; numbers stand right."""

    heading: str
    align: Align = "text"
    help: str = ""


@dataclass(frozen=True)
class TableView:
    """A table.

    Attributes:
        key: Name on the page.
        caption: What it shows, with its unit.
        columns: Headings.
        rows: Cells; the first of a row is its heading.
        total: Rows that there are; those beyond ``rows`` stand in the data.
        source: Where its data are.
        empty: What to do where it has no rows.
        more: Path of the page with all rows; empty where all are shown.
    """

    key: str
    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int | None = None
    source: DataSource | None = None
    empty: str = "No rows."
    more: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all rows are shown."""
        return self.total is None or self.total <= len(self.rows)


@dataclass(frozen=True)
class NumberView:
    """One figure, as a number.

    Attributes:
        label: What it is.
        value: The number, as it is shown.
        page: Path of the page with its definition, rows and SQL.
        note: What stands below: its interval, or why there is none.
        query: Options of that page.
    """

    label: str
    value: str
    page: str
    note: str = ""
    query: Mapping[str, QueryValue] = field(default_factory=dict)


@dataclass(frozen=True)
class ChartView:
    """A chart, with the table that says the same.

    Attributes:
        key: Name on the page.
        title: What it shows.
        description: The same in words, with its figures.
        specification: Vega specification as JSON; colours by name (``@ink``).
        table: Its figures.
        basis: What was measured: goods list, report, valuation, vintage, coverage.
        height: Height class: at least 8, 10, 16, 20 or 26 rem.
        source: Where its data are.
        subtitle: Unit, and what a reader must know.
        has_world: Whether it is drawn on the map of the world.
        figures: What it draws in full, one row a mark, where no address of the REST API has it (``source`` is ``None``).
    """

    key: str
    title: str
    description: str
    specification: str
    table: TableView
    basis: str = ""
    height: Literal[8, 10, 16, 20, 26] = 20
    source: DataSource | None = None
    subtitle: str = ""
    has_world: bool = False
    figures: tuple[Mapping[str, str | float | bool | None], ...] = ()


@dataclass(frozen=True)
class Tab:
    """One of several pages on the same thing."""

    text: str
    page: str
    is_here: bool = False
    query: Mapping[str, QueryValue] = field(default_factory=dict)


@dataclass(frozen=True)
class PageContent:
    """Content of a page, ready for its template.

    Attributes:
        template: File of the template.
        title: Title of the page, and its first heading.
        values: What the template shows.
        marking: Marking of what was read; ``None`` where no evidence was.
        charts: Charts on it; each has an address as PNG, SVG and PDF.
        nav: Path of the entry of the navigation that the page stands under.
        tabs: Further pages on the same thing.
        kicker: One line above the title.
        has_tables: Whether it has large tables that load rows as one scrolls.
    """

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    marking: Marking | None = None
    charts: tuple[ChartView, ...] = ()
    nav: str = "/"
    tabs: tuple[Tab, ...] = ()
    kicker: str = ""
    has_tables: bool = False

    def chart(self, key: str) -> ChartView | None:
        """Return the chart of a name."""
        return next((each for each in self.charts if each.key == key), None)


def text_cells(values: Sequence[str]) -> tuple[Cell, ...]:
    """Return plain cells."""
    return tuple(map(Cell, values))
