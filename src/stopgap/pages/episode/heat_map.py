"""Heat map of an episode: change of each supplier in each good, as a table with the number in each cell."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stopgap.briefs.vocabulary import words_of
from stopgap.measures.backfill.gross import GrossCell
from stopgap.measures.backfill.results import Finding, GoodResult
from stopgap.measures.backfill.supplier_goods import SupplierGoods
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.rows.query import FINDING, ROWS
from stopgap.pages.site import QueryValue
from stopgap.pages.views import Cell, TableColumn, TableView

GOODS = 40
"""Goods with a row: those with the largest losses."""
SUPPLIERS = 10
"""Suppliers with a column: those with the largest changes; the others are in one more."""

CUTS = (0.01, 0.05, 0.2, 0.5)
"""Lower ends of the classes 2 to 5, as shares of the largest rise in the map; class 1 is any smaller rise."""

NONE = "none"
"""Text of a cell without trade in either window."""


@dataclass(frozen=True)
class HeatMap:
    """The map.

    Attributes:
        table: Goods by suppliers; the cells have their class as tone.
        legend: Class and what it means, the lightest first.
        note: How the classes are cut, and what stands in no class.
    """

    table: TableView
    legend: tuple[tuple[int, str], ...]
    note: str


def tone_of(change_usd: float, largest_usd: float) -> int:
    """Return the class of a change, 0 to 5; 0 for none and for a fall.

    Args:
        change_usd: The change, dollars a year.
        largest_usd: The largest rise in the map.
    """
    if change_usd <= 0 or largest_usd <= 0:
        return 0
    return 1 + sum(change_usd >= cut * largest_usd for cut in CUTS)


def heat_map(finding: Finding, found: SupplierGoods, names: Mapping[str, str], query: EpisodeQuery) -> HeatMap | None:
    """Return the map; ``None`` without a supplier outside the coalition.

    Args:
        finding: The finding.
        found: Its cells.
        names: Names of economies by code.
        query: The episode and its options.
    """
    changes = {(cell.good, cell.supplier): cell for cell in found.cells}
    ranked = sorted(finding.suppliers, key=lambda row: -abs(row.gain_usd))
    columns, rest = [row.supplier for row in ranked[:SUPPLIERS]], {row.supplier for row in ranked[SUPPLIERS:]}
    if not columns:
        return None
    goods = finding.by_good[:GOODS]
    shown = {row.good for row in goods}
    of_members = found.goods_of_members
    largest = max(
        (_change(cell) for cell in found.cells if cell.supplier in columns and cell.good in shown), default=0.0
    )
    words = words_of(finding)
    heads = [
        TableColumn("Good"), TableColumn("Coalition", "number", "members together"),
        *(TableColumn(names.get(code, code), "number") for code in columns),
        *([TableColumn(f"{len(rest)} others", "number", f"all other {words.actors} together")] if rest else []),
    ]  # fmt: skip
    rows = tuple(_row(good, columns, rest, changes, of_members, largest, query) for good in goods)
    table = TableView(
        "heat-map",
        f"Change of each {words.actor} in each good, after-window minus baseline, {usd_heading()} a year",
        tuple(heads), rows, total=len(finding.by_good), source=query.data("measure", by="good"),
    )  # fmt: skip
    return HeatMap(table, _legend(largest), _note(words.actor))


def _row(
    good: GoodResult, columns: Sequence[str], rest: set[str], changes: Mapping[tuple[str, str], GrossCell],
    of_members: Collection[str], largest: float, query: EpisodeQuery,
) -> tuple[Cell, ...]:  # fmt: skip
    others = [cell for (name, supplier), cell in changes.items() if name == good.good and supplier in rest]
    return (
        Cell(f"{good.good} {short_description(good.description)}", ROWS, _rows(query, good.good)),
        Cell(table_usd(-good.loss_usd)) if good.good in of_members else Cell("", missing=NONE),
        *(
            _cell(changes.get((good.good, code)), largest, {**_rows(query, good.good), "supplier": code})
            for code in columns
        ),
        *([Cell(table_usd(math.fsum(map(_change, others)))) if others else Cell("", missing=NONE)] if rest else []),
    )


def _cell(found: GrossCell | None, largest: float, rows: Mapping[str, QueryValue]) -> Cell:
    if found is None:
        return Cell("", missing=NONE)
    change = _change(found)
    return Cell(table_usd(change), ROWS, rows, tone=tone_of(change, largest))


def _rows(query: EpisodeQuery, good: str) -> Mapping[str, QueryValue]:
    return {"behind": FINDING, "episode": query.episode, **query.options, "good": good}


def _change(cell: GrossCell) -> float:
    return cell.after_usd - cell.baseline_usd


def short_description(text: str, limit: int = 48) -> str:
    """Return a description of a good, shortened."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip(' ,;')}…"


def _legend(largest: float) -> tuple[tuple[int, str], ...]:
    if largest <= 0:
        return ((0, "no rise"),)
    ends = [cut * largest for cut in CUTS]
    between = [f"{usd(low)} to {usd(high)}" for low, high in pairwise(ends)]
    return ((0, "no rise, or a fall"), (1, f"a rise below {usd(ends[0])}"), *((at + 2, said) for at, said in enumerate(between)), (5, f"{usd(ends[-1])} or more"))  # fmt: skip


def _note(actor: str) -> str:
    cuts = [f"{cut:.0%}".replace("%", " %") for cut in CUTS]
    return (
        f"The classes are cut at {', '.join(cuts[:-1])} and {cuts[-1]} of the largest rise in the map. Each cell has its "
        f"number, so that nothing is said by colour alone. “{NONE}”: the {actor} reported both windows, and its files hold no "
        "trade of the good in either; it may be zero, or be kept confidential in another code."
    )
