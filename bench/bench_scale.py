"""Stopgap beside hand-written SQL, Polars, pandas and the machine's own rates, on 1, 10 and 100 million rows.

    python bench/bench_scale.py --sizes 1 10 --runs 5 --markdown scale.md

Programs take turns, round after round. Figures are compared with those by hand before a time is shown, to a billionth.
Lakes (simulated, sorted, one file) and the native copies by hand are kept in the cache folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from measured import CACHE, PYTHON, run_child, stopgap
from scale_child import PANDAS_MOST
from scale_engines import engines_at, no_spark
from scale_limits import limits_measured
from scale_ours import GROSS_FLAG, measure_command
from scale_question import question
from scale_rivals import Sums, cold_sql, copy_path
from scale_stages import stage_costs
from scale_stats import Timed, timed_from
from scale_tables import BARE_COPY, OURS, PANDAS, POLARS, SQL_NATIVE, SQL_PARQUET, markdown, tables_of

CHILD = Path(__file__).with_name("scale_child.py")


def told(text: str) -> None:
    """Say on stderr what is being measured."""
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def child(task: str, millions: int, runs: int, *more: str) -> Any:
    """Run one task in a process of its own, and return what it printed."""
    return json.loads(run_child(PYTHON, CHILD, task, str(millions), str(runs), *more).stdout.splitlines()[-1])


def prepared(millions: int) -> dict[str, Any]:
    """Make lake, copies and goods of a size, and return its rows and bytes."""
    made = child("by_hand", millions, 1)
    goods = child("panel_goods", millions, 1)
    made["our_copy_bytes"] = child("own_copy", millions, 1)["bytes"]
    (copy_path(millions).parent / f"goods-{millions}m.json").write_text(json.dumps(goods), "utf-8")
    return dict(made)


def gross(millions: int, rows: int, runs: int) -> list[Timed]:
    """The selective measure without intervals beside the same table by hand."""
    found = child("gross", millions, runs)
    return [Timed("gross", who, millions, rows, tuple(wall), tuple(cpu)) for who, (wall, cpu) in found.items()]


def intervals(millions: int, rows: int, runs: int) -> list[Timed]:
    """The measure with all intervals: first in a vintage, each in a process of its own, and again."""
    found = [child("first", millions, runs) for _ in range(runs)]
    if not all(each["has_interval"] for each in found):
        sys.exit("the measure has no intervals")
    wall, cpu = (tuple(each[name] for each in found) for name in ("wall_s", "cpu_s"))
    peak = max(each["peak_mib"] for each in found)
    again_wall, again_cpu = (
        tuple(one for each in found for one in each[name]) for name in ("again_wall_s", "again_cpu_s")
    )
    note = "no rival gives intervals"
    return [
        Timed("intervals", OURS, millions, rows, wall, cpu, peak, note),
        Timed("again", OURS, millions, rows, again_wall, again_cpu),
    ]


def cold(millions: int, rows: int, runs: int) -> list[Timed]:
    """Whole processes, in turn: the command, the command without intervals, and the SQL by hand."""
    from scale_lakes import scale_lake

    lake, asked = scale_lake(millions), question(0)
    commands = {OURS: lambda: stopgap(*measure_command(lake, asked))}
    commands[f"{OURS} {GROSS_FLAG}"] = lambda: stopgap(*measure_command(lake, asked, GROSS_FLAG))
    commands[SQL_NATIVE] = lambda: run_child(PYTHON, "-c", cold_sql(millions, asked))
    found: dict[str, list[Any]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, once in commands.items():
            found[name].append(once())
    return [
        Timed(
            "cold", who, millions, rows, tuple(run.wall_s for run in each), tuple(run.cpu_s for run in each),
            max(run.peak_mib for run in each),
        )
        for who, each in found.items()
    ]  # fmt: skip


def in_turn(task: str, names: Sequence[str], millions: int, rows: int, runs: int) -> list[Timed]:
    """A task by each program in turn, every run in a process of its own; sums must agree."""
    found: dict[str, list[Any]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            found[name].append(child(task, millions, 1, name))
    if task == "panel":
        own = Sums(**found[OURS][0]["sums"])
        for name, each in found.items():
            if not Sums(**each[0]["sums"]).agrees(own):
                sys.exit(f"panel of {millions} million rows: {name} gives {each[0]['sums']}, Stopgap {own}")
    return [
        Timed(
            task, who, millions, rows, tuple(run["wall_s"] for run in each), tuple(run["cpu_s"] for run in each),
            max(run["peak_mib"] for run in each), size_note(each[0]),
        )
        for who, each in found.items()
    ]  # fmt: skip


def size_note(run: dict[str, Any]) -> str:
    """What a copy takes on disk, in words."""
    return f"{run['bytes'] / 1e6:,.0f} MB on disk" if "bytes" in run else ""


def within_limit(millions: int, rows: int, limit: str = "1GB") -> list[Timed]:
    """The panel under a small memory limit of the engine: it must end, and agree."""
    run = child("panel", millions, 1, OURS, limit)
    note = f"memory limit of the engine {limit}, the rest spilled"
    return [
        Timed(
            "panel", f"{OURS}, limit {limit}", millions, rows, (run["wall_s"],), (run["cpu_s"],), run["peak_mib"], note
        )
    ]


def machine() -> dict[str, Any]:
    """Day, machine and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("duckdb", "polars", "pandas", "pyarrow", "numpy", "pyspark")
    return {
        "day": dt.date.today().isoformat(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }


@dataclass(frozen=True)
class Plan:
    """What is measured: million rows of the tables, of engines side by side and of the costs of statements; and how often."""

    sizes: tuple[int, ...]
    engines: tuple[int, ...]
    costs: tuple[int, ...]
    runs: int
    gross_runs: int


def measured(plan: Plan, results: Path) -> dict[str, Any]:
    """Measure everything, and return it as one document, which is written after each part of the work."""
    runs = plan.runs
    result: dict[str, Any] = {"machine": machine(), "sizes": {}, "engines": [], "timed": []}

    def add(found: Sequence[Timed]) -> None:
        for each in found:
            told(f"  {each.task}, {each.who}: {median(each.wall_s):.3f} s")
        result["timed"] += [each.as_dict() for each in found]
        keep(result, results)

    prepared(0)
    for millions in plan.sizes:
        told(f"{millions} million rows: lake and copies")
        made = prepared(millions)
        result["sizes"][str(millions)] = made
        rows = made["rows"]
        told(f"{millions} million rows: selective measure, cold command, panel, native copy")
        add(gross(millions, rows, plan.gross_runs))
        add(intervals(millions, rows, runs))
        add(cold(millions, rows, runs))
        panels = [OURS, SQL_NATIVE, SQL_PARQUET, POLARS, *([PANDAS] if millions <= PANDAS_MOST["panel"] else [])]
        add(in_turn("panel", panels, millions, rows, runs))
        if millions >= 10:
            add(within_limit(millions, rows))
        add(in_turn("copy", [OURS, BARE_COPY], millions, rows, runs if millions < 100 else min(runs, 3)))
    told("rates of the machine")
    rates = run_child(PYTHON, CHILD.with_name("scale_machine.py"), str(min(10, max(plan.sizes))), str(runs)).stdout
    result["rates"] = json.loads(rates)
    keep(result, results)
    for millions in plan.engines:
        told(f"{millions} million rows: engines side by side")
        result["engines"] += engines_at(millions, runs)
        keep(result, results)
    if plan.costs and not no_spark():
        told("costs of statements on Spark, log and index of names")
        result["stage_costs"] = {str(millions): stage_costs(millions) for millions in plan.costs}
        result["limits"] = limits_measured(min(10, max(plan.sizes)))
    keep(result, results)
    return result


def keep(result: dict[str, Any], path: Path) -> None:
    """Write the results so far."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def page(result: dict[str, Any]) -> str:
    """Return the section of the page of benchmarks."""
    found = result["machine"]
    names = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    sizes = " and ".join(result["sizes"])
    head = (
        f"### One machine: {sizes} million rows\n\n"
        f"{found['day']} · {found['cores']} cores, {found['memory_gib']:.0f} GiB · load before {found['load_before']} · "
        f"Python {found['python']}, {names}\n"
    )
    timed = [timed_from(each) for each in result["timed"]]
    return "\n".join([head, *(markdown(each) for each in tables_of(result, timed))])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", choices=(1, 10, 100), default=[1, 10], help="million rows")
    parser.add_argument(
        "--full", action="store_true", help="1, 10 and 100 million rows; engines and costs on Spark at 1 and 10"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--gross-runs", type=int, default=21, help="runs of the selective measure")
    parser.add_argument("--engines", type=int, nargs="*", default=[1], help="million rows for engines side by side")
    parser.add_argument(
        "--costs", type=int, nargs="*", default=[], help="million rows for the costs of statements on Spark"
    )
    parser.add_argument("--json", type=Path, default=CACHE / "scale.json", help="where the results go")
    parser.add_argument("--from-json", type=Path, help="print the tables of these results, and measure nothing")
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    given = parser.parse_args()
    sizes, engines, costs = (
        ([1, 10, 100], [1, 10], [1, 10]) if given.full else (given.sizes, given.engines, given.costs)
    )
    if given.from_json:
        result = json.loads(given.from_json.read_text("utf-8"))
    else:
        result = measured(Plan(tuple(sizes), tuple(engines), tuple(costs), given.runs, given.gross_runs), given.json)
    text = page(result)
    print(text)
    if given.markdown:
        given.markdown.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
