"""Find the cells of two windows that no finite effect can fit, exactly.

In the logit of :mod:`stopgap.measures.statistics.window_model` a cell with trade in one window only
pulls ``a_ik + b_ij`` in one direction, and a cell with trade in both bounds it. Each such pull is an
inequality between two effects, an arc of a directed graph; a cell is separated exactly
if its arc lies on no cycle, that is, between two strongly connected components.

Method: ours, from the condition of Correia, Guimarães and Zylkin (2019), arXiv:1903.01633;
the linear programme of :mod:`stopgap.measures.statistics.separation` is the reference in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stopgap.measures.statistics.separation import Bools, Codes, codes_of
from stopgap.measures.statistics.window_model import WindowCells


@dataclass(frozen=True)
class Usable:
    """Cells a fit can use (``rows`` of those given), and how many were dropped.

    Dropped are cells without trade in either window (``no_trade``), cells of a supplier's good or destination without
    any trade in one of the windows (``zero_groups``), and further ones that no finite effect fits (``separated``).
    ``unbounded`` is ``None`` if the figures bound the target's effect; else ``absorbed`` (no cell identifies it) or
    ``separated`` (it diverges).
    """

    cells: WindowCells
    rows: Codes
    no_trade: int
    zero_groups: int
    separated: int
    unbounded: str | None


def usable_cells(cells: WindowCells, *, target: int) -> Usable:
    """Return the cells without separated ones, and whether the target's effect is bounded."""
    traded = np.flatnonzero(cells.pulls_down | cells.pulls_up)
    no_trade = len(cells) - len(traded)
    rows = _without_zero_groups(cells, traded)
    zero_groups = len(traded) - len(rows)
    good, place = _nodes(cells.take(rows), np.zeros(len(rows), dtype=bool))
    label = _components(cells.take(rows), good, place)
    whole = label[good] == label[place]
    separated = int((~whole).sum())
    unbounded = _unbounded(cells.take(rows), target)
    rows = rows[whole]
    return Usable(cells.take(rows), rows, no_trade, zero_groups, separated, unbounded)


def _without_zero_groups(cells: WindowCells, rows: Codes) -> Codes:
    """Remove rows of groups that are all zero in one window, repeated until none is left."""
    good = codes_of(cells.supplier, cells.good)
    place = codes_of(cells.supplier, cells.destination)
    while True:
        before = len(rows)
        for codes in (good, place) if cells.has_pair_effects else (good,):
            for held in (cells.pulls_down, cells.pulls_up):
                taken = codes[rows]
                rows = rows[np.bincount(taken, weights=held[rows])[taken] > 0] if len(rows) else rows
        if len(rows) == before:
            return rows


def _nodes(cells: WindowCells, split: Bools) -> tuple[Codes, Codes]:
    """Node numbers of each cell: supplier x good, and supplier x destination (a second one for ``split`` cells).

    Without pair effects all of a supplier's destinations are one node.
    """
    good = codes_of(cells.supplier, cells.good)
    where = cells.destination if cells.has_pair_effects else np.zeros(len(cells), dtype=np.int64)
    place = codes_of(cells.supplier, where, split.astype(np.int64))
    return good, place + int(good.max(initial=-1)) + 1


def _graph(cells: WindowCells, good: Codes, place: Codes) -> Any:
    """Build the graph with an arc from the larger to the smaller of two effects, both ways if they are equal."""
    from scipy.sparse import csr_array

    size = int(place.max(initial=-1)) + 1
    up, down = cells.pulls_up, cells.pulls_down
    start = np.concatenate([good[up], place[down]])
    end = np.concatenate([place[up], good[down]])
    return csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))


def _components(cells: WindowCells, good: Codes, place: Codes) -> Codes:
    from scipy.sparse.csgraph import connected_components

    if not len(cells):
        return np.zeros(0, dtype=np.int64)
    _, label = connected_components(_graph(cells, good, place), connection="strong")
    return np.asarray(label, dtype=np.int64)


def _unbounded(cells: WindowCells, target: int) -> str | None:
    """Return why the target's effect on sanctioned goods has no finite value; ``None`` if it has one."""
    at_target = cells.destination == target
    split = at_target & cells.is_sanctioned
    good, place = _nodes(cells, split)
    beside = (at_target if cells.has_pair_effects else np.ones(len(cells), dtype=bool)) & ~split
    ordinary = dict(zip(cells.supplier[beside], place[beside], strict=True))
    sanctioned = dict(zip(cells.supplier[split], place[split], strict=True))
    pairs = [(sanctioned[supplier], ordinary[supplier]) for supplier in sanctioned if supplier in ordinary]
    if not pairs:
        return "absorbed"
    label = _components(cells, good, place)
    if any(label[one] == label[other] for one, other in pairs):
        return None
    from scipy.sparse.csgraph import breadth_first_order

    graph = _graph(cells, good, place)

    def reaches(start: int, end: int) -> bool:
        return bool(np.isin(end, breadth_first_order(graph, start, return_predecessors=False)))

    at_most = any(reaches(one, other) for one, other in pairs)
    at_least = any(reaches(other, one) for one, other in pairs)
    if at_most and at_least:
        return None
    return "separated" if at_most or at_least else "absorbed"
