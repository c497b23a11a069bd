"""What the lake holds for a series: which reporter reported which period with whom, in which source, and the figures."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum
from typing import Any

BROAD_FILE = 100
"""Partners of a reporter from which on a file is taken to cover all of them, so that one without a row had no trade."""

Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, order=True)
class FigureSource:
    """Where figures stand: a source, its frequency (A or M), and codes or published totals."""

    source: str
    frequency: str
    way: str  # codes | total


@dataclass(frozen=True)
class Amounts:
    """Sums of figures: value, weight and quantity, with the part of the value that has a weight, or a quantity."""

    value_usd: float = 0.0
    value_reported: float = 0.0
    weighed_usd: float = 0.0
    net_kg: float = 0.0
    counted_usd: float = 0.0
    quantity: float = 0.0
    estimated_usd: float = 0.0
    currencies: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


_NUMBERS = ("value_usd", "value_reported", "weighed_usd", "net_kg", "counted_usd", "quantity", "estimated_usd")


def total_of(parts: Iterable[Amounts]) -> Amounts:
    """Add amounts; the result does not depend on their order."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    numbers = {name: fsum(getattr(each, name) for each in found) for name in _NUMBERS}
    currencies = frozenset().union(*(each.currencies for each in found))
    units = frozenset().union(*(each.units for each in found))
    return Amounts(**numbers, currencies=currencies, units=units)


@dataclass(frozen=True)
class ReporterFigures:
    """One reporter's figures as a series takes them.

    Attributes:
        place: Source, frequency and way.
        present: Periods that it reported, with all of the partners.
        partners: Partners that are counted.
        unseen: Partners that none of its files of this source names; not counted.
    """

    place: FigureSource
    present: frozenset[dt.date]
    partners: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass
class Holdings:
    """Rows of the stages of a series, arranged for look-up."""

    reported: dict[tuple[FigureSource, str], set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    file_periods: dict[tuple[FigureSource, str], set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    file_pairs: dict[tuple[FigureSource, str], set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    file_partners: dict[tuple[FigureSource, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    broad: set[tuple[FigureSource, str, str]] = field(default_factory=set)
    cells: dict[tuple[FigureSource, str, dt.date], dict[str, Amounts]] = field(default_factory=dict)

    def add_reported(self, rows: Rows) -> None:
        """Take in the rows of the stage ``series_reported``."""
        for row in rows:
            self.reported[_place(row), row["reporter"]].add(row["period"])

    def add_files(self, files: Rows, periods: Rows, pairs: Rows) -> None:
        """Take in the rows of the stages on files."""
        for row in files:
            if row["partners"] >= BROAD_FILE:
                self.broad.add((_place(row), row["receipt"], row["reporter"]))
        for row in periods:
            self.file_periods[_place(row), row["receipt"]].add(row["period"])
        for row in pairs:
            file = (_place(row), row["receipt"])
            self.file_pairs[file].add((row["reporter"], row["partner"]))
            self.file_partners[file].add(row["partner"])

    def add_cells(self, rows: Rows) -> None:
        """Take in the rows of the stage ``series_cells``; of several revisions of one period the newest is taken."""
        newest: dict[tuple[FigureSource, str, dt.date], str] = {}
        found: dict[tuple[FigureSource, str, dt.date, str], dict[str, Amounts]] = defaultdict(dict)
        for row in rows:
            key = (_place(row), row["reporter"], row["period"])
            newest[key] = max(newest.get(key, ""), row["revision"])
            found[*key, row["revision"]][row["partner"]] = _amounts(row)
        self.cells = {key: found[*key, revision] for key, revision in newest.items()}

    def taken(self, reporter: str, partners: tuple[str, ...], place: FigureSource) -> ReporterFigures | None:
        """Return what one reporter reported in one place; ``None`` where no file holds it with any of the partners.

        A partner is covered where a file holds the pair, or the reporter with :data:`BROAD_FILE` partners. A period is
        covered for a partner where such a file, or another with the partner, holds the period.
        """
        files = [receipt for own, receipt in self.file_periods if own == place]
        broad = {receipt for receipt in files if (place, receipt, reporter) in self.broad}
        others = tuple(each for each in partners if each != reporter)
        paired = tuple(
            each for each in others if broad or any((reporter, each) in self.file_pairs[place, file] for file in files)
        )
        if not paired:
            return None
        present = set(self.reported[place, reporter])
        for covering in {
            frozenset(broad.union(file for file in files if partner in self.file_partners[place, file]))
            for partner in paired
        }:
            present &= {day for receipt in covering for day in self.file_periods[place, receipt]}
        unseen = tuple(each for each in others if each not in paired)
        return ReporterFigures(place, frozenset(present), paired, unseen)

    def amounts(self, reporter: str, taken: ReporterFigures, period: dt.date) -> Amounts:
        """Return a reporter's figures of one period with the partners that are counted; zeros where it had no trade."""
        cell = self.cells.get((taken.place, reporter, period), {})
        return total_of(cell[partner] for partner in taken.partners if partner in cell)

    def estimated_share(self, reporter: str, taken: ReporterFigures) -> float:
        """Return the share of a reporter's figures that is estimated; 0 without any figure."""
        found = total_of(self.amounts(reporter, taken, day) for day in taken.present)
        return found.estimated_usd / found.value_usd if found.value_usd > 0 else 0.0


def _place(row: Mapping[str, Any]) -> FigureSource:
    return FigureSource(row["source"], row["frequency"], row["way"])


def _amounts(row: Mapping[str, Any]) -> Amounts:
    currencies = frozenset(each for each in (row["currency"], row["other_currency"]) if each)
    units = frozenset(each for each in (row["quantity_unit"], row["other_unit"]) if each)
    return Amounts(**{name: row[name] or 0.0 for name in _NUMBERS}, currencies=currencies, units=units)
