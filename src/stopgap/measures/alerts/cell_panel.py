"""Panels of cells by months, with the names of their suppliers, destinations and goods as numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask

_FEW = 1_000_000  # flags that are set faster than as many numbers are sorted
ELSEWHERE = "*"  # destination of the cells that hold a supplier's exports to all but the target and the hubs


@dataclass(frozen=True, eq=False)
class Labels:
    """One name for each cell.

    Attributes:
        names: Names in use, sorted.
        codes: Position of each cell's name among them, shape (cells,).
    """

    names: tuple[str, ...]
    codes: Index

    @classmethod
    def of(cls, texts: Iterable[str]) -> Labels:
        """Build the labels of cells whose names are given one by one."""
        listed = list(texts)
        names = sorted(set(listed))
        place = {name: number for number, name in enumerate(names)}
        return cls(tuple(names), np.array([place[text] for text in listed], dtype=np.int64))

    @classmethod
    def used(cls, names: tuple[str, ...], codes: Index) -> Labels:
        """Build the labels of cells from sorted names, some of which no cell may have."""
        found, places = compressed(codes, len(names))
        return cls(tuple(names[number] for number in found.tolist()), places)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, cell: int) -> str:
        name: str = self.names[self.codes[cell]]
        return name

    def __iter__(self) -> Iterator[str]:
        return (self.names[code] for code in self.codes.tolist())

    def places_in(self, names: tuple[str, ...]) -> Index:
        """Return the position of each cell's name in another tuple of names; -1 where it is not among them."""
        place = {name: number for number, name in enumerate(names)}
        table = np.array([place.get(name, -1) for name in self.names], dtype=np.int64)
        return table[self.codes] if len(self.codes) else self.codes


def compressed(codes: Index, most: int) -> tuple[Index, Index]:
    """Return the numbers that occur among ``codes`` (all below ``most``), sorted, and each code's place among them."""
    if most > 8 * len(codes) + _FEW:
        found, places = np.unique(codes, return_inverse=True)
        return found, places.astype(np.int64)
    seen = np.zeros(most, dtype=bool)
    seen[codes] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[codes]


@dataclass(frozen=True, eq=False)
class CellPanel:
    """Panel of cells by months.

    Attributes:
        destinations: Destination of each cell; ``ELSEWHERE`` for a supplier's sum to all others.
        in_family: Whether a cell may be tested; the others only show what moved everywhere.
        values_usd: Current US dollars, shape (cells, months); NaN if the supplier did not
            report the month, 0 if it reported the month without trade in the cell.
        seasons: Month of the year of each column, 1 to 12.
    """

    suppliers: Labels
    destinations: Labels
    goods: Labels
    in_family: Mask
    values_usd: Array
    seasons: Index

    @functools.cached_property
    def reported(self) -> Mask:
        """Return where a month was reported, shape (cells, months), a month after the other in memory."""
        return np.asfortranarray(np.isfinite(self.values_usd))

    @functools.cached_property
    def filled_usd(self) -> Array:
        """Return the dollars with 0 for months that were not reported, a month after the other in memory."""
        values = np.asfortranarray(self.values_usd)
        if self.reported.all():
            return values
        return np.where(self.reported, values, 0.0)

    @functools.cached_property
    def groupings(self) -> tuple[tuple[Index, int], ...]:
        """Return groupings of cells that one cause can move together: (group of each cell, number of groups).

        They are the destination, the supplier, the good at the destination, and the supplier's good.
        """
        goods = len(self.goods.names)
        _, at = compressed(self.destinations.codes * goods + self.goods.codes, len(self.destinations.names) * goods)
        _, of = compressed(self.suppliers.codes * goods + self.goods.codes, len(self.suppliers.names) * goods)
        return (
            (self.destinations.codes, len(self.destinations.names)),
            (self.suppliers.codes, len(self.suppliers.names)),
            *((group, int(group.max(initial=-1)) + 1) for group in (at, of)),
        )
