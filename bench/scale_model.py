"""What a thousand million rows and more cost: lines through what was measured, and the arithmetic of the page on scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EFFICIENCY = 0.7
"""Share of the cores' time that a cluster spends on tasks: assumed, not measured."""
DRIVER_LIMIT_BYTES = 1 << 30
"""``spark.driver.maxResultSize`` as Spark ships it."""
SHUFFLE_PARTITION_BYTES = 128 << 20
"""Bytes that one shuffle partition should hold: Spark's advice for its adaptive plans is 64 MB to 128 MB."""


@dataclass(frozen=True)
class Line:
    """``fixed + per_row * rows``, through the two largest sizes measured; with one size all of it is by row."""

    fixed: float
    per_row: float

    def at(self, rows: float) -> float:
        """Return the value at a number of rows."""
        return self.fixed + self.per_row * rows


def line_through(points: Sequence[tuple[float, float]]) -> Line:
    """Return the line through the two points with most rows; a slope or start below zero is taken as zero.

    Raises:
        ValueError: There are no points.
    """
    ordered = sorted(points)
    if not ordered:
        raise ValueError("no points")
    if len(ordered) == 1:
        rows, value = ordered[0]
        return Line(0.0, value / rows)
    (fewer, less), (rows, value) = ordered[-2:]
    slope = max(0.0, (value - less) / (rows - fewer))
    return Line(max(0.0, value - slope * rows), slope)


@dataclass(frozen=True)
class StatementModel:
    """One statement of a measure on Spark: lines by rows of the lake.

    Attributes:
        statement: Its name.
        cpu_s: Processor seconds.
        rows_read: Rows read from Parquet; above 1 a row the lake is read several times.
        shuffle_rows: Rows shuffled, after each task has added up its own.
        shuffle_bytes: Bytes shuffled.
        result_bytes: Bytes that the driver collects.
        given_bytes: Bytes of the small tables that go to every worker, at the largest size measured.
    """

    statement: str
    cpu_s: Line
    rows_read: Line
    shuffle_rows: Line
    shuffle_bytes: Line
    result_bytes: Line
    given_bytes: int


def statement_models(costs: Mapping[str, Sequence[Mapping[str, Any]]], rows: Mapping[str, int]) -> list[StatementModel]:
    """Return a model of each statement, the dearest by row first.

    Args:
        costs: Costs of statements by million rows, as :mod:`scale_stages` gives them.
        rows: Rows of the lake by million rows.
    """
    names = dict.fromkeys(cost["statement"] for each in costs.values() for cost in each)
    by_size = {size: {cost["statement"]: cost for cost in each} for size, each in costs.items()}
    found = []
    for name in names:
        held = {size: each[name] for size, each in by_size.items() if name in each}

        def line(field: str, held: Mapping[str, Mapping[str, Any]] = held) -> Line:
            return line_through([(rows[size], cost[field]) for size, cost in held.items()])

        largest = max(held, key=lambda size: rows[size])
        found.append(
            StatementModel(
                name,
                line("cpu_s"),
                line("rows_read"),
                line("shuffle_rows"),
                line("shuffle_bytes"),
                line("result_bytes"),
                held[largest]["given_bytes"],
            )
        )
    return sorted(found, key=lambda one: -one.cpu_s.per_row)


def wall_s(cpu_s: float, cores: int, efficiency: float = EFFICIENCY) -> float:
    """Return seconds on so many cores."""
    return cpu_s / (cores * efficiency)
