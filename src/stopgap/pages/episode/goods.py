"""Goods tab of an episode: groups and tiers down to each good, and the heat map of goods by suppliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stopgap.api import Lake
from stopgap.api.supplier_goods import supplier_goods_of
from stopgap.base.marking import strictest
from stopgap.base.vocab import Direction, EpisodeRole, Report
from stopgap.briefs.formats.text import percent
from stopgap.briefs.vocabulary import told, words_of
from stopgap.codes.commodities import BASKET
from stopgap.codes.goods import GoodsList
from stopgap.measures.backfill.results import Finding, GoodResult
from stopgap.pages.amounts import table_usd, usd_heading
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.heat_map import NONE, heat_map
from stopgap.pages.episode.numbers import number_view
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.explore.query import EXPLORE, ExploreQuery
from stopgap.pages.goods.page import group_name
from stopgap.pages.rows.query import FINDING, ROWS
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence

END = "/goods"

LINES = 5
"""Economies whose trade in a good is opened in Explore: those with the largest trade in the list."""

NONE_NOTE = (
    "“none”: no member of the coalition with figures in both windows has trade of the good in either; it may be zero, not "
    "reported in this source, or kept confidential in another code."
)


def goods_tab(lake: Lake, query: EpisodeQuery, *, gross: bool = False) -> PageContent:
    """Return the Goods tab.

    Args:
        lake: The lake.
        query: What is shown.
        gross: Whether to leave intervals out.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=gross)
    finding, names = measured.finding, economy_names()
    here = replace(query, goods=query.goods or finding.goods)
    cells = supplier_goods_of(lake, measured, query.request(gross=True))
    listed = episode.goods_list(here.goods or finding.goods)
    groups = groups_of(finding, cells.found.groups)
    shown = _Shown(listed, names, here, cells.found.goods_of_members)
    titles = tuple((name, episode.goods_list(name).title) for name in episode.goods)
    numbers = [number_view(finding, here, name) for name in ("loss_usd", "filled_usd", "unfilled_usd")]
    values: dict[str, Any] = {
        "query": query,
        "list": listed, "list_page": path_of("goods", listed.name),
        "numbers": [each for each in numbers if each is not None],
        "basis": basis_line(finding),
        "groups": group_table(finding, groups, shown) if len(groups) > 1 else None,
        "goods_tables": goods_tables(finding, groups, shown),
        "map": heat_map(finding, cells.found, names, here),
        "words": words_of(finding),
        "none_note": NONE_NOTE if any(row.good not in shown.of_members for row in finding.by_good) else "",
        "goods_choices": titles, "goods": finding.goods,
        "warnings": tuple(as_sentence(told(text, finding, names)) for text in finding.warnings),
    }  # fmt: skip
    return PageContent(
        "episode/goods.html",
        f"Goods: {listed.title}",
        values,
        strictest([measured.marking, cells.marking]),
        tabs=query.tabs(END),
        kicker=f"{episode.title} · since {episode.event}",
    )


@dataclass(frozen=True)
class _Shown:
    """What the tables of goods share: list, names of economies, options, and goods of which members have trade."""

    goods: GoodsList
    names: Mapping[str, str]
    query: EpisodeQuery
    of_members: Collection[str]


def groups_of(finding: Finding, groups: Mapping[str, str]) -> dict[str, list[GoodResult]]:
    """Return the goods of each group, those with the largest losses first; goods of no group under an empty name."""
    found: dict[str, list[GoodResult]] = {row.good: [] for row in finding.by_group}
    for row in finding.by_good:
        found.setdefault(groups.get(row.good, ""), []).append(row)
    return {name: rows for name, rows in found.items() if rows}


def _columns(finding: Finding, first: str) -> tuple[TableColumn, ...]:
    words = words_of(finding)
    return (
        TableColumn(first),
        TableColumn("Loss", "number", f"coalition's trade in the baseline minus in the after-window, {usd_heading()} a year"),
        TableColumn(words.filled.capitalize(), "number", f"in the same good and then in its heading, up to the loss, {usd_heading()} a year"),
        TableColumn("Of the loss", "number"),
        TableColumn(words.not_filled.capitalize(), "number", f"{usd_heading()} a year"),
        TableColumn(f"Top {words.actor}", "text", "largest rise"),
        TableColumn("Net change", "number", f"beyond what others would have sold anyway, {usd_heading()} a year"),
        TableColumn("95 % interval", "number", f"of the net change, {usd_heading()} a year"),
    )  # fmt: skip


def group_table(finding: Finding, groups: Mapping[str, Sequence[GoodResult]], shown: _Shown) -> TableView:
    """Return one row a group or tier of the list, in its order."""
    rows = tuple(
        (
            Cell(f"{group_name(row.good, shown.goods)} ({row.description})"),
            *_figures(row, shown, {}, any(each.good in shown.of_members for each in groups.get(row.good, ()))),
        )
        for row in finding.by_group
    )
    source = shown.query.data("measure", by="group")
    return TableView(
        "groups", f"Groups of the list, {usd_heading()} a year", _columns(finding, "Group"), rows, source=source
    )


def goods_tables(
    finding: Finding, groups: Mapping[str, Sequence[GoodResult]], shown: _Shown
) -> tuple[tuple[str, TableView], ...]:
    """Return the name of each group with the table of its goods."""
    found = []
    for number, (name, members) in enumerate(groups.items()):
        said = group_name(name, shown.goods)
        said = said[:1].upper() + said[1:]
        rows = tuple(_good_row(finding, row, shown) for row in members)
        view = TableView(
            f"goods-{number}", f"{said}: loss and what became of it, {usd_heading()} a year", _columns(finding, "Good"), rows,
            source=shown.query.data("measure", by="good") if number == len(groups) - 1 else None,
        )  # fmt: skip
        found.append((f"{said}: {len(rows)} good{'s' if len(rows) != 1 else ''}", view))
    return tuple(found)


def _good_row(finding: Finding, row: GoodResult, shown: _Shown) -> tuple[Cell, ...]:
    query = shown.query
    rows = {"behind": FINDING, "episode": query.episode, **query.options, "good": row.good}
    note = " (part of it allocated by a concordance)" if row.is_estimated else ""
    over_time = explore_query(finding, row.good)
    page = EXPLORE if over_time else ""
    first = Cell(f"{row.good} {row.description}{note}", page, over_time or {})
    return (first, *_figures(row, shown, rows, row.good in shown.of_members))


def explore_query(finding: Finding, good: str) -> Mapping[str, QueryValue] | None:
    """Return the options of Explore for a good's trade over time; ``None`` where it is not one with the target."""
    if finding.role == EpisodeRole.SUPPLIERS_TO_COALITION:
        return None
    largest = sorted(finding.suppliers, key=lambda row: -max(row.after_usd, row.baseline_usd))[:LINES]
    flow = Direction(finding.direction).flow(Report.REPORTED)
    goods = good.removeprefix(BASKET) if good.startswith(BASKET) else good.replace("+", ",")
    query = ExploreQuery(
        ",".join(row.supplier for row in largest), finding.target, goods, str(flow),
        by="year" if finding.frequency == "A" else "month", frequency=finding.frequency, as_of=finding.as_of,
    )  # fmt: skip
    return query.options


def _figures(row: GoodResult, shown: _Shown, rows: Mapping[str, Any], has_members: bool) -> tuple[Cell, ...]:
    page = ROWS if rows else ""
    filled = row.filled_same_good_usd + row.filled_same_heading_usd
    has_loss = row.loss_usd > 0
    no_loss = Cell("", missing="no loss" if has_members else NONE)
    return (
        Cell(table_usd(row.loss_usd), page, rows) if has_members else Cell("", missing=NONE),
        Cell(table_usd(filled), page, rows) if has_loss else no_loss,
        Cell(percent(filled / row.loss_usd)) if has_loss else no_loss,
        Cell(table_usd(row.unfilled_usd), page, rows) if has_loss else no_loss,
        Cell(shown.names.get(row.top_supplier, row.top_supplier)) if row.top_supplier else Cell("", missing="none rose"),
        Cell("", missing="not estimated") if row.net_gain_usd is None else Cell(table_usd(row.net_gain_usd)),
        Cell("", missing="no interval") if row.net_ci95 is None else Cell(f"{table_usd(row.net_ci95[0])} to {table_usd(row.net_ci95[1])}"),
    )  # fmt: skip
