"""What changed in the figures of an episode since the vintage before, and through which rows."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.briefs.formats.text import percent, signed
from stopgap.measures.revisions.request import DiffRequest
from stopgap.measures.revisions.results import FigureChange, Revision
from stopgap.pages.amounts import usd
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

SHOWN = 10
_FIGURES = {
    "baseline_usd": "baseline", "after_usd": "after", "gain_usd": "change", "loss_usd": "loss",
    "loss_share": "loss, share of baseline", "gross_ratio": "rise of others, of the loss",
}  # fmt: skip
_SUBJECTS = {"coalition": "Coalition", "others": "All others"}
_COLUMNS = (
    TableColumn("Who"), TableColumn("Figure"), TableColumn("Before", "number"), TableColumn("Now", "number"),
    TableColumn("Change", "number"), TableColumn("Revised", "number"), TableColumn("New rows", "number"),
    TableColumn("Withdrawn", "number"), TableColumn("Other selection", "number"),
)  # fmt: skip


def changes(lake: Lake, query: EpisodeQuery, *, at_once: bool = True) -> PageContent:
    """Return the part that says what changed since the last vintage with trade figures.

    Args:
        lake: The lake.
        query: The episode and its options.
        at_once: Whether the vintages are compared; else only which they are is said, for lakes where it takes long.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    pair = _vintages(lake, query.as_of)
    values = {"earlier": pair[0], "later": pair[1], "table": None, "why": "", "query": query, "is_asked": at_once}
    if pair[0] is None or not at_once:
        return PageContent("episode/changes.html", "What changed", values)
    try:
        request = DiffRequest(
            goods=query.goods, baseline=query.baseline, after=query.after, earlier=pair[0], later=pair[1]
        )
        found = lake.diff(query.episode, request)
    except StopgapError as error:
        return PageContent("episode/changes.html", "What changed", {**values, "why": error.what})
    rows = _changed(found, economy_names())
    table = TableView(
        "changes", f"Figures that changed between {pair[0]} and {pair[1]}, US dollars a year, and why", _COLUMNS, rows[:SHOWN],
        total=len(rows), source=query.data("diff", earlier=pair[0], later=pair[1]), empty="No figure of this episode changed.",
    )  # fmt: skip
    return PageContent("episode/changes.html", "What changed", {**values, "table": table}, found.marking)


def _vintages(lake: Lake, as_of: str | None) -> tuple[str | None, str | None]:
    """Return the newest vintage that brought trade figures, and the one before it; ``None`` where there is none."""
    listed = lake.vintages().to_pylist()
    numbers = [str(each["vintage"]) for each in listed]
    if as_of in numbers:
        listed = listed[: numbers.index(as_of) + 1]
    with_trade = [place for place, each in enumerate(listed) if str(each["table"]).startswith("trade")]
    if not with_trade or with_trade[-1] == 0:
        return None, str(listed[with_trade[-1]]["vintage"]) if with_trade else None
    place = with_trade[-1]
    return str(listed[place - 1]["vintage"]), str(listed[place]["vintage"])


def _changed(found: Revision, names: Mapping[str, str]) -> tuple[tuple[Cell, ...], ...]:
    headline = [row for row in found.headline if row.is_changed]
    suppliers = sorted((row for row in found.suppliers if row.is_changed), key=lambda row: -abs(row.change or 0.0))
    return tuple(_row(row, names) for row in (*headline, *suppliers))


def _row(row: FigureChange, names: Mapping[str, str]) -> tuple[Cell, ...]:
    def said(value: float | None, *, sign: bool = False) -> Cell:
        if value is None:
            return Cell("", missing="undefined")
        text = usd(value) if row.figure.endswith("_usd") else percent(value)
        return Cell(signed(text, value) if sign else text)

    parts = (row.change, row.revised, row.new, row.withdrawn, row.basis)
    who = _SUBJECTS.get(row.subject) or names.get(row.subject, row.subject)
    return (
        Cell(who), Cell(_FIGURES.get(row.figure, row.figure)), said(row.from_value), said(row.to_value),
        *(said(part, sign=True) for part in parts),
    )  # fmt: skip
