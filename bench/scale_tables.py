"""Tables of the scale bench, made from its results alone: what is printed, and what the page of benchmarks shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scale_stats import Timed, fitted_exponent

OURS = "Stopgap"
SQL_NATIVE, SQL_PARQUET = "DuckDB SQL, native sorted copy", "DuckDB SQL, Parquet"
POLARS, PANDAS = "Polars lazy, streaming, Parquet", "pandas, filters of pyarrow"
BARE_COPY = "bare copy of eight columns"
CLUSTER, SAIL = "Spark, cluster of two workers", "Sail, one process"
TITLES = {
    "gross": "Selective measure, 50 goods × 1 target, in a running process",
    "intervals": "With all intervals, first time in a vintage",
    "again": "The same question again",
    "cold": "Cold command, from the start of Python to its end",
    "panel": "Panel of all destinations, each run in a process of its own",
    "copy": "Native copy of a lake that has none, each run in a process of its own",
}


@dataclass(frozen=True)
class MadeTable:
    """A table: title, columns, cells as text, and a sentence below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit of what is promised, and what was measured; ``measured`` is NaN where it was not."""

    promise: str
    limit: float
    measured: float
    digits: int = 2

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table of promises."""
        if math.isnan(self.measured):
            return self.promise, f"{self.limit:.{self.digits}f}", "not measured", "–"
        kept = "yes" if self.measured <= self.limit else "NO"
        return self.promise, f"{self.limit:.{self.digits}f}", f"{self.measured:.{self.digits}f}", kept


def number(value: float | None, digits: int = 1) -> str:
    """Return a figure as a cell; an en dash for none."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def find(timed: Iterable[Timed], task: str, who: str, millions: int) -> Timed:
    """Return the runs of a task by a program at a size; without runs if there are none."""
    for each in timed:
        if (each.task, each.who, each.millions) == (task, who, millions):
            return each
    return Timed(task, who, millions, 0)


def task_table(timed: Sequence[Timed], task: str) -> MadeTable:
    """Return the table of one task: every program at every size, with our time as a multiple of its."""
    rows = []
    notes: dict[str, list[int]] = {}
    for each in sorted((each for each in timed if each.task == task), key=lambda one: one.millions):
        ours = find(timed, task, OURS, each.millions)
        is_rival = each.who != OURS
        rows.append(
            (
                each.who,
                f"{each.rows:,}",
                str(len(each.wall_s)),
                number(each.median_s * 1000),
                number(each.p95_s * 1000),
                number(each.median_cpu_s * 1000),
                number(None if each.peak_mib is None else each.peak_mib / 1024, 2),
                number(ours.median_s / each.median_s, 2) if is_rival else "",
                number(ours.median_cpu_s / each.median_cpu_s, 2) if is_rival else "",
            )
        )
        if each.note:
            notes.setdefault(f"{each.who}: {each.note}", []).append(each.millions)
    columns = (
        "program", "rows", "runs", "median ms", "p95 ms", "CPU ms", "peak GiB", "Stopgap / this", "the same, CPU",
    )  # fmt: skip
    said = (f"{note} ({' and '.join(map(str, sizes))} million rows)." for note, sizes in notes.items())
    return MadeTable(TITLES[task], columns, tuple(rows), " ".join(said))


def growth_table(timed: Sequence[Timed]) -> MadeTable:
    """Return fitted exponents of median seconds by rows, of every program and task with two sizes or more."""
    rows = []
    for task in TITLES:
        names = dict.fromkeys(each.who for each in timed if each.task == task and each.wall_s)
        for who in names:
            runs = sorted(
                (each for each in timed if (each.task, each.who) == (task, who) and each.wall_s),
                key=lambda one: one.rows,
            )
            if len(runs) > 1:
                sizes = " · ".join(f"{each.millions}" for each in runs)
                medians = " · ".join(f"{each.median_s * 1000:,.1f}" for each in runs)
                spent = " · ".join(f"{each.median_cpu_s * 1000:,.1f}" for each in runs)
                size = [each.rows for each in runs]
                wall = fitted_exponent(size, [each.median_s for each in runs])
                cpu = fitted_exponent(size, [each.median_cpu_s for each in runs])
                rows.append((f"{task}: {who}", sizes, medians, number(wall, 2), spent, number(cpu, 2)))
    below = "Time = a × rows ^ exponent, by least squares on logarithms."
    columns = ("task", "million rows", "median ms", "exponent", "CPU ms", "exponent of CPU")
    return MadeTable("Growth", columns, tuple(rows), below)


def machine_table(rates: Mapping[str, Any], timed: Sequence[Timed], cores: int) -> MadeTable:
    """Return the machine's rates, and how long decoding alone would take for the panels measured."""
    arrow = rates["arrow"]
    rows = [
        ("memory copied by numpy, one thread", number(rates["memory_copy_gb_per_s"]), "–"),
        ("Parquet decoded by pyarrow, one core, bytes in memory", number(arrow["arrow_gb_per_s"], 2), number(arrow["rows_per_s"] / 1e6)),
        ("the same, bytes as stored", number(arrow["stored_gb_per_s"], 3), number(arrow["rows_per_s"] / 1e6)),
        ("Parquet read and summed by DuckDB, one thread", "–", number(rates["duckdb_parquet_rows_per_s"] / 1e6)),
        ("native copy read and summed by DuckDB, one thread", "–", number(rates["duckdb_native_rows_per_s"] / 1e6)),
    ]  # fmt: skip
    found = [each for each in timed if each.task == "panel" and each.who == OURS and each.wall_s]
    floor = []
    for each in found:
        least = each.rows / rates["duckdb_native_rows_per_s"] / cores
        floor.append(
            f"{each.millions} million rows {least * 1000:,.0f} ms, the panel takes {each.median_s / least:.1f} times that"
        )
    below = f"Reading the native copy alone on {cores} cores would take: {'; '.join(floor)}." if floor else ""
    title = f"What the machine gives, on {rates['millions']} million rows and seven columns"
    return MadeTable(title, ("", "GB/s", "million rows/s"), tuple(rows), below)


def engines_table(engines: Sequence[Mapping[str, Any]]) -> MadeTable:
    """Return engines side by side; a row without figures says why it was not run."""
    rows = []
    for each in engines:
        if each.get("why"):
            rows.append((each["engine"], str(each["millions"]), f"not run: {each['why']}", "–", "–", "–", "–"))
            continue
        rows.append(
            (
                each["engine"],
                str(each["millions"]),
                number(each["first_s"], 2),
                number(each["measure_s"], 2),
                number(each["statements_s"], 2),
                number(each["measure_s"] / each["statements_s"], 2),
                number(each["panel_s"], 2),
            )
        )
    columns = (
        "engine", "million rows", "measure, first s", "measure, later s", "its statements by hand s",
        "measure / statements", "panel s",
    )  # fmt: skip
    below = "Loss, gain and panel of every engine are equal to DuckDB's to a billionth." if rows else ""
    return MadeTable("Engines side by side, measure with all intervals", columns, tuple(rows), below)


def limits(timed: Sequence[Timed], engines: Sequence[Mapping[str, Any]]) -> list[Limit]:
    """Return what is promised of one machine beside what was measured."""

    def ms(task: str, millions: int, *, is_p95: bool = False) -> float:
        found = find(timed, task, OURS, millions)
        return (found.p95_s if is_p95 else found.median_s) * 1000

    def peak(task: str, millions: int) -> float:
        value = find(timed, task, OURS, millions).peak_mib
        return math.nan if value is None else value / 1024

    panel = find(timed, "panel", OURS, 100).median_s / find(timed, "panel", SQL_NATIVE, 100).median_s
    sizes = [each for each in timed if each.task == "gross" and each.who == OURS and each.wall_s]
    exponent = math.nan
    if any(each.millions == 100 for each in sizes):
        exponent = fitted_exponent([each.rows for each in sizes], [each.median_s for each in sizes])
    by_name = {(each["engine"], each["millions"]): each for each in engines if not each.get("why")}
    cluster, duckdb, sail = (by_name.get((name, 1)) for name in (CLUSTER, "DuckDB", SAIL))
    return [
        Limit("gross measure, 10 million rows, median ms", 25, ms("gross", 10), 0),
        Limit("gross measure, 100 million rows, median ms", 40, ms("gross", 100), 0),
        Limit("gross measure, 100 million rows, p95 ms", 100, ms("gross", 100, is_p95=True), 0),
        Limit("with all intervals, first, 10 million rows, s", 0.6, ms("intervals", 10) / 1000),
        Limit("with all intervals, first, 100 million rows, s", 8, ms("intervals", 100) / 1000),
        Limit("with all intervals, first, 100 million rows, peak GiB", 3, peak("intervals", 100)),
        Limit("the same question again, 10 million rows, ms", 60, ms("again", 10), 0),
        Limit("the same question again, 100 million rows, ms", 60, ms("again", 100), 0),
        Limit("cold command beyond the first time in a process, 1 million rows, s", 0.6, (ms("cold", 1) - ms("intervals", 1)) / 1000),
        Limit("cold command beyond the first time in a process, 10 million rows, s", 0.6, (ms("cold", 10) - ms("intervals", 10)) / 1000),
        Limit("panel / hand-written SQL, 100 million rows, times", 1.5, panel),
        Limit("panel, 100 million rows, peak GiB", 3, peak("panel", 100)),
        Limit("native copy, 100 million rows, CPU s", 60, find(timed, "copy", OURS, 100).median_cpu_s, 0),
        Limit("native copy, 100 million rows, peak GiB", 2, peak("copy", 100)),
        Limit("growth of the gross measure, 1 to 100 million rows, exponent", 0.35, exponent),
        Limit("cluster: measure / its statements by hand, 1 million rows, times", 1.5, math.nan if cluster is None else cluster["measure_s"] / cluster["statements_s"]),
        Limit("Sail / DuckDB, panel, 1 million rows, times", 1.5, math.nan if sail is None or duckdb is None else sail["panel_s"] / duckdb["panel_s"]),
    ]  # fmt: skip


def limits_table(timed: Sequence[Timed], engines: Sequence[Mapping[str, Any]]) -> MadeTable:
    """Return the table of promises."""
    rows = tuple(each.cells() for each in limits(timed, engines))
    return MadeTable("What is promised", ("promise", "at most", "measured", "kept"), rows)


def tables_of(result: Mapping[str, Any], timed: Sequence[Timed]) -> list[MadeTable]:
    """Return every table of a result, in the order of the page."""
    made = [machine_table(result["rates"], timed, result["machine"]["cores"])]
    made += [task_table(timed, task) for task in TITLES if any(each.task == task for each in timed)]
    if (growth := growth_table(timed)).rows:
        made.append(growth)
    if result["engines"]:
        made.append(engines_table(result["engines"]))
    return [*made, limits_table(timed, result["engines"])]


def markdown(made: MadeTable, level: int = 4) -> str:
    """Return a table as Markdown with its title and the sentence below; the first column is text."""
    rows = [made.columns, *made.rows]
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(len(made.columns))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        return f"| {' | '.join(cells)} |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    body = "\n".join([line(made.columns), rule, *map(line, made.rows)])
    title = f"{'#' * level} {made.title}\n\n" if made.title else ""
    return f"{title}{body}\n" + (f"\n{made.below}\n" if made.below else "")
