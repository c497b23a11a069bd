"""Page of one figure of an episode: its definition, the rows behind it, and its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import MissingDataError, NotFoundError
from stopgap.base.marking import strictest
from stopgap.base.near_names import did_you_mean
from stopgap.base.sql import listed
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import percent, sentence_case
from stopgap.briefs.vocabulary import is_loss_known
from stopgap.lake.query.request import QueryRequest
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult
from stopgap.pages.amounts import usd
from stopgap.pages.episode.basis import basis_facts
from stopgap.pages.episode.numbers import FIGURES, OF_THE_LOSS, FigureOf
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.episode.size import is_large
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

SHOWN = 200
SUPPLIER = "supplier"

_COLUMNS = (
    TableColumn("Supplier"), TableColumn("Period"), TableColumn("Good"), TableColumn("US dollars", "number"),
    TableColumn("Weight, kg", "number"), TableColumn("Source"), TableColumn("Vintage"), TableColumn("File"),
)  # fmt: skip


def figure_page(lake: Lake, query: EpisodeQuery, name: str, *, supplier: str | None = None) -> PageContent:
    """Return the page of a figure.

    Args:
        lake: The lake.
        query: The episode and its options.
        name: Name of the figure: one of :data:`FIGURES`, or ``supplier`` for the row of one supplier.
        supplier: Code of the supplier, for ``supplier``.

    Raises:
        NotFoundError: No such figure, or no such supplier in the finding.
        MissingDataError: The lake lacks the figures.
    """
    if name != SUPPLIER and name not in FIGURES:
        raise NotFoundError(
            f"no figure is called {name[:40]!r}", where="address", fix=did_you_mean(name, FIGURES) or "open the episode"
        )
    is_gross = is_large(lake) and (name == SUPPLIER or not FIGURES[name].needs_model)
    measured = query.measure(lake, gross=is_gross)
    finding, names = measured.finding, economy_names()
    figure = _supplier_figure(finding, supplier, names) if name == SUPPLIER else FIGURES[name]
    value = figure.value(finding) if is_loss_known(finding) or name not in OF_THE_LOSS else None
    if value is None:
        raise MissingDataError(
            f"this finding has no figure for {figure.label.lower()}",
            where=query.episode,
            fix="the notes of the episode's page say why",
        )
    table, sql, marking = _rows(lake, finding, _suppliers_of(finding, figure, supplier), names)
    episode = query.load()
    titles = query.titles(finding)
    return PageContent(
        "episode/figure.html",
        f"{figure.label}: {value}",
        {
            "figure": figure, "value": value, "interval": _lead(value, figure.interval(finding)), "table": table, "sql": sql, "query": query,
            "facts": basis_facts(finding, titles, names, episode.members(), measured.marking),
        },
        strictest([measured.marking, marking]), tabs=query.tabs("figures"), kicker=episode.title,
    )  # fmt: skip


def _lead(value: str, note: str) -> str:
    """Return the note of a figure as a line of its own: a note that goes on from the figure stands behind it."""
    return f"{value} {note}." if note.startswith(("a year", "of ")) else f"{sentence_case(note)}." if note else ""


def _supplier_figure(finding: Finding, supplier: str | None, names: Mapping[str, str]) -> FigureOf:
    """Return the figure of one supplier's change.

    Raises:
        NotFoundError: The finding has no such supplier.
    """
    rows: list[SupplierResult | MemberResult] = [*finding.suppliers, *finding.members]
    found = next((row for row in rows if row.supplier == supplier), None)
    if found is None:
        raise NotFoundError(
            f"{(supplier or '')[:40]!r} has no figures here",
            where="query: supplier",
            fix="take the link in the table of suppliers",
        )
    change = found.after_usd - found.baseline_usd
    share = getattr(found, "share_of_loss", None)
    return FigureOf(
        f"Change of {names.get(found.supplier, found.supplier)}",
        f"Trade with the target in the after-window, {usd(found.after_usd)} a year, minus that in the baseline, "
        f"{usd(found.baseline_usd)} a year: means over the periods reported.",
        lambda finding: usd(change),
        lambda finding: "" if share is None else f"{percent(share)} of the coalition’s loss",
    )


def _suppliers_of(finding: Finding, figure: FigureOf, supplier: str | None) -> Sequence[str]:
    """Return the suppliers whose rows are behind a figure."""
    if supplier is not None:
        return [supplier]
    members, others = [row.supplier for row in finding.members], [row.supplier for row in finding.suppliers]
    if finding.role == EpisodeRole.SUPPLIERS_TO_COALITION:
        members = [finding.target]  # members buy there: what they lost is what the target sold them
    return members + others if figure.is_of_members is None else members if figure.is_of_members else others


def _rows(
    lake: Lake, finding: Finding, suppliers: Sequence[str], names: Mapping[str, str]
) -> tuple[TableView, str, Any]:
    """Return the largest rows behind a figure, the statement that gives them, and the marking of what it read."""
    sql = next((text for text in finding.queries if "receipt" in text.partition(" FROM ")[0]), None)
    if sql is None:
        raise MissingDataError(
            "the rows behind this figure are not told",
            where=finding.finding_id,
            fix="stopgap measure --format json has its SQL",
        )
    inner = sql.partition(" ORDER BY ")[0]
    statement = f"SELECT * FROM ({inner}) WHERE supplier IN ({listed(sorted(suppliers))})"
    found = lake.query(
        f"SELECT *, count(*) OVER () AS rows_of_all FROM ({statement}) ORDER BY value_usd DESC, supplier, period, good LIMIT {SHOWN}",
        QueryRequest(as_of=finding.as_of),
    )
    rows = found.arrow.to_pylist()
    total = int(rows[0]["rows_of_all"]) if rows else 0
    view = TableView(
        "rows", "Rows of the lake behind it, the largest first; the amount leads to the row of the file", _COLUMNS,
        tuple(_row(row, finding, names, is_reporter="reporter AS supplier" in sql) for row in rows), total=total, empty="No rows.",
    )  # fmt: skip
    return view, f"{statement} ORDER BY supplier, period, good", found.marking


def _row(row: Mapping[str, Any], finding: Finding, names: Mapping[str, str], *, is_reporter: bool) -> tuple[Cell, ...]:
    period = f"{row['period']:%Y}" if finding.frequency == "A" else f"{row['period']:%Y-%m}"
    sides = (row["supplier"], row.get("member") or finding.target)
    reporter, partner = sides if is_reporter else sides[::-1]
    key = {
        "good": row["good"], "period": str(row["period"]), "reporter": reporter, "partner": partner, "value": row["value_usd"],
    }  # fmt: skip
    page = path_of("files", str(row["receipt"]), "rows")
    value, weight = row["value_usd"], row.get("net_kg")
    return (
        Cell(names.get(row["supplier"], row["supplier"])),
        Cell(period),
        Cell(str(row["good"])),
        Cell("", missing="not reported") if value is None else Cell(f"{value:,.0f}", page, key),
        Cell("", missing="not reported") if weight is None else Cell(f"{weight:,.0f}"),
        Cell(str(row["source"])),
        Cell(str(row["vintage"])),
        Cell(str(row["receipt"]), path_of("data", "files", str(row["receipt"]))),
    )
