"""What the lake holds for a series: which reporter reported which period with whom, in which source, and the figures."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum
from typing import Any

BROAD_FILE = 30
"""Partners from which on a file is taken to cover all partners, so that one without a row had no trade."""

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
    file_reporters: dict[tuple[FigureSource, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    file_partners: dict[tuple[FigureSource, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    breadth: dict[tuple[FigureSource, str], int] = field(default_factory=dict)
    cells: dict[tuple[FigureSource, str, dt.date], dict[str, Amounts]] = field(default_factory=dict)

    def add_reported(self, rows: Rows) -> None:
        """Take in the rows of the stage ``series_reported``."""
        for row in rows:
            self.reported[_place(row), row["reporter"]].add(row["period"])

    def add_files(self, files: Rows, periods: Rows, reporters: Rows, partners: Rows) -> None:
        """Take in the rows of the stages on files."""
        for row in files:
            self.breadth[_place(row), row["receipt"]] = row["partners"]
        for row in periods:
            self.file_periods[_place(row), row["receipt"]].add(row["period"])
        for row in reporters:
            self.file_reporters[_place(row), row["receipt"]].add(row["reporter"])
        for row in partners:
            self.file_partners[_place(row), row["receipt"]].add(row["partner"])

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
        """Return what one reporter reported in one place; ``None`` where no file names it with any of the partners."""
        files = [receipt for own, receipt in self.file_reporters if own == place]
        mine = [receipt for receipt in files if reporter in self.file_reporters[place, receipt]]
        seen = tuple(
            each
            for each in partners
            if each != reporter and any(each in self.file_partners[place, file] for file in mine)
        )
        if not seen:
            return None
        is_broad = any(self.breadth.get((place, receipt), 0) >= BROAD_FILE for receipt in mine)
        unseen = () if is_broad else tuple(each for each in partners if each != reporter and each not in seen)
        present = set(self.reported[place, reporter])
        for partner in seen:
            covered: set[dt.date] = set()
            for own, receipt in list(self.file_periods):
                if own == place and (
                    partner in self.file_partners[place, receipt] or self.breadth.get((place, receipt), 0) >= BROAD_FILE
                ):
                    covered |= self.file_periods[place, receipt]
            present &= covered
        return ReporterFigures(place, frozenset(present), seen, unseen)

    def amounts(self, reporter: str, taken: ReporterFigures, period: dt.date) -> Amounts:
        """Return a reporter's figures of one period with the partners that are counted; zeros where it had no trade."""
        cell = self.cells.get((taken.place, reporter, period), {})
        return total_of(cell[partner] for partner in taken.partners if partner in cell)


def _place(row: Mapping[str, Any]) -> FigureSource:
    return FigureSource(row["source"], row["frequency"], row["way"])


def _amounts(row: Mapping[str, Any]) -> Amounts:
    currencies = frozenset(each for each in (row["currency"], row["other_currency"]) if each)
    units = frozenset(each for each in (row["quantity_unit"], row["other_unit"]) if each)
    return Amounts(**{name: row[name] or 0.0 for name in _NUMBERS}, currencies=currencies, units=units)
