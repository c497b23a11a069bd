"""Medians, ninety-fifth percentiles, ratios and growth exponents of measured times."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import linear_regression, median
from typing import Any


@dataclass(frozen=True)
class Timed:
    """Repeated runs of one task by one program on one lake.

    Attributes:
        task: What was asked, such as ``gross``.
        who: Program, such as ``Stopgap`` or ``Polars``.
        millions: Size of the lake by name: 1, 10 or 100.
        rows: Rows of the lake.
        wall_s: Seconds of each run; empty if the task was not run.
        cpu_s: User and system seconds of each run.
        peak_mib: Largest resident memory of a process of its own; ``None`` where others ran in the same process.
        note: Why it was not run, or what differs.
    """

    task: str
    who: str
    millions: int
    rows: int
    wall_s: tuple[float, ...] = ()
    cpu_s: tuple[float, ...] = ()
    peak_mib: float | None = None
    note: str = ""

    @property
    def median_s(self) -> float:
        """Median seconds; NaN if the task was not run."""
        return median(self.wall_s) if self.wall_s else math.nan

    @property
    def p95_s(self) -> float:
        """Ninety-fifth percentile of the seconds; see :func:`p95`."""
        return p95(self.wall_s) if self.wall_s else math.nan

    @property
    def median_cpu_s(self) -> float:
        """Median processor seconds; NaN if they were not taken."""
        return median(self.cpu_s) if self.cpu_s else math.nan

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for JSON."""
        return asdict(self)


def timed_from(fields: Mapping[str, Any]) -> Timed:
    """Return the runs that :meth:`Timed.as_dict` wrote."""
    return Timed(**{**fields, "wall_s": tuple(fields["wall_s"]), "cpu_s": tuple(fields["cpu_s"])})


def p95(values: Sequence[float]) -> float:
    """Return the ninety-fifth percentile by nearest rank: of fewer than twenty values, the largest.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def fitted_exponent(rows: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the exponent of ``seconds = a * rows ** exponent``, by least squares on logarithms; NaN below two sizes."""
    if len(set(rows)) < 2:
        return math.nan
    return linear_regression([math.log(each) for each in rows], [math.log(each) for each in seconds]).slope


def alternate(
    calls: Mapping[str, Callable[[int], object]], runs: int
) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Call each in turn, round after round, and return wall and processor seconds by name.

    Each call is given the number of the round. Round 0 warms caches and is not counted.
    """
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in calls}
    for number in range(runs + 1):
        for name, call in calls.items():
            started, spent = time.perf_counter(), time.process_time()
            call(number)
            if number:
                found[name][0].append(time.perf_counter() - started)
                found[name][1].append(time.process_time() - spent)
    return {name: (tuple(wall), tuple(cpu)) for name, (wall, cpu) in found.items()}
