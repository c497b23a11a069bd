"""Choose one unit of quantity for each good, pieces before kilograms, and read quantities beside a measure's dollars."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

import pyarrow as pa

from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import Engine
from stopgap.panel.prepare import Prepared
from stopgap.panel.quantity_stages import unit_coverage

PIECES, KILOGRAMS, TONNES = "pieces", "kilograms", "tonnes"
KG_PER_TONNE = 1000.0
ENERGY_CHAPTER = "27"
MOST = 0.5
"""A unit is taken if more than this share of the dollars has it, in each window, at the target and elsewhere."""

PIECE_UNITS: Mapping[str, float] = {
    **dict.fromkeys(("u", "p/st", "pst", "nar", "c62", "pcs", "pc", "piece", "pieces", "item", "items"), 1.0),
    **dict.fromkeys(("no", "nos", "number", "unit", "units", "head"), 1.0),
    **dict.fromkeys(("2u", "pa", "npr", "prs", "pair", "pairs"), 2.0),
    **dict.fromkeys(("12u", "doz", "dzn", "dozen"), 12.0),
    **dict.fromkeys(("100u", "100 p/st"), 100.0),
    **dict.fromkeys(("1000u", "1000 p/st"), 1000.0),
}
"""Unit of a row in lower case -> number of pieces in one of it."""


@dataclass(frozen=True)
class GoodUnit:
    """The unit of quantity that a good is counted in, for every supplier and destination.

    Attributes:
        unit: ``pieces``, ``kilograms``, ``tonnes`` (energy), or another unit as the rows name it.
        unit_share: Share of the good's dollars that has a quantity in this unit; the least of both windows,
            at the target and elsewhere.
        pieces_share: The same for pieces, whether taken or not.
        weighed_share: The same for net weight.
    """

    good: str
    unit: str
    unit_share: float | None
    pieces_share: float | None
    weighed_share: float | None

    @property
    def by_weight(self) -> bool:
        """Whether the quantity is the net weight."""
        return self.unit in (KILOGRAMS, TONNES)

    @property
    def per_stage_unit(self) -> float:
        """How many of ``unit`` one unit of the stages' quantity is: they count weight in kilograms."""
        return 1.0 / KG_PER_TONNE if self.unit == TONNES else 1.0


class UnitRow(TypedDict):
    """A row of the stage ``unit_coverage``."""

    good: str
    part: str
    place: str
    unit: str
    value_usd: float
    weighed_usd: float


def choose_units(rows: Iterable[UnitRow], goods: Collection[str]) -> tuple[GoodUnit, ...]:
    """Choose one unit for each good, sorted by good.

    Pieces where the rows of a six-digit good have them for most of the dollars in both windows, at the target and
    elsewhere; else net weight, in tonnes for energy (HS chapter 27), which is never counted in pieces. Where weight
    covers no such part and one other unit does, that unit, as given. Windows and places without trade do not bear on it.
    """
    found: dict[str, list[UnitRow]] = {good: [] for good in goods}
    for row in rows:
        found.setdefault(row["good"], []).append(row)
    return tuple(_good_unit(good, own) for good, own in sorted(found.items()))


def _good_unit(good: str, rows: list[UnitRow]) -> GoodUnit:
    is_energy = good.startswith(ENERGY_CHAPTER)
    pieces = _least_share(rows, lambda row: row["value_usd"] if row["unit"] in PIECE_UNITS else 0.0)
    weighed = _least_share(rows, lambda row: row["weighed_usd"])
    if not is_energy and _is_six_digits(good) and pieces is not None and pieces > MOST:
        return GoodUnit(good, PIECES, pieces, pieces, weighed)
    if weighed is not None and weighed <= MOST:
        for unit in sorted({row["unit"] for row in rows} - {"", *PIECE_UNITS}):
            share = _least_share(rows, _in_unit(unit))
            if share is not None and share > MOST:
                return GoodUnit(good, unit, share, pieces, weighed)
    return GoodUnit(good, TONNES if is_energy else KILOGRAMS, weighed, pieces, weighed)


def _in_unit(unit: str) -> Callable[[UnitRow], float]:
    return lambda row: row["value_usd"] if row["unit"] == unit else 0.0


def _is_six_digits(good: str) -> bool:
    """Return whether a good is of six digits or more: the pieces of a heading would be of unlike goods."""
    return good.isdigit() and len(good) >= 6


def _least_share(rows: Iterable[UnitRow], held_usd: Callable[[UnitRow], float]) -> float | None:
    """Return the least share of dollars held over windows and places with trade; ``None`` without any."""
    total: dict[tuple[str, str], float] = {}
    held: dict[tuple[str, str], float] = {}
    for row in rows:
        where = (row["part"], row["place"])
        total[where] = total.get(where, 0.0) + row["value_usd"]
        held[where] = held.get(where, 0.0) + held_usd(row)
    return min((held[where] / usd for where, usd in total.items() if usd > 0), default=None)


@dataclass(frozen=True)
class Units:
    """The unit of each good, and the tables that the stages of quantities read."""

    goods: tuple[GoodUnit, ...]
    tables: Mapping[str, pa.Table]

    def counts(self) -> dict[str, int]:
        """Return the number of goods by unit, units in alphabetical order."""
        names = [row.unit for row in self.goods]
        return {unit: names.count(unit) for unit in sorted(set(names))}


def read_units(engine: Engine, prepared: Prepared, report: Report) -> Units:
    """Choose the units of the goods of a measure from the rows in both windows."""
    rows = engine.run(unit_coverage(report), tables=prepared.tables, params=prepared.params)
    rows = rows.sort_by([(name, "ascending") for name in ("good", "part", "place", "unit")])
    units = choose_units(rows.to_pylist(), list(prepared.basis.items))
    return Units(units, unit_tables(units))


def unit_tables(units: Iterable[GoodUnit]) -> dict[str, pa.Table]:
    """Build the tables ``good_units`` and ``unit_factors`` that the stages of quantities read."""
    units = list(units)
    own = sorted({row.unit for row in units if not row.by_weight and row.unit != PIECES})
    factors = [(PIECES, unit, factor) for unit, factor in PIECE_UNITS.items()] + [(unit, unit, 1.0) for unit in own]
    return {
        "good_units": pa.table(
            {
                "good": pa.array([row.good for row in units], pa.string()),
                "unit": pa.array([row.unit for row in units], pa.string()),
                "by_weight": pa.array([row.by_weight for row in units], pa.bool_()),
            }
        ),
        "unit_factors": pa.table(
            {
                "unit": pa.array([row[0] for row in factors], pa.string()),
                "quantity_unit": pa.array([row[1] for row in factors], pa.string()),
                "factor": pa.array([row[2] for row in factors], pa.float64()),
            }
        ),
    }
