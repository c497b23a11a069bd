"""Every stage on DuckDB, Spark and Sail over the same tables, by stage; and ``measure`` on a cluster that loses a worker.

    python bench/prove_engines.py [--worlds 10] [--without spark|sail]

The cases are every stage as the measures call it, and each stage that it needs alone; the worlds are the rows of
simulated lakes, those rows with changes drawn by hypothesis, and no rows. Keys and counts are to be the same, sums to the
ninth digit. Tests of a cluster are in tests/engines; ``make prove`` runs them with all figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measured import ROOT, heading, table

sys.path[:0] = [str(ROOT / "tools")]

import lint_stages  # noqa: E402
from sail_engine import ABSENT, PYTHON, sail_engine  # noqa: E402
from spark_cluster import why_no_cluster  # noqa: E402
from stage_calls import LAKES, record  # noqa: E402
from stage_cases import Compared, World, cases_of, compared, local_spark, made_worlds, plain_world, with_inner  # noqa: E402
from whole_lake import home  # noqa: E402

Found = dict[str, dict[str, list[Compared]]]
"""Stage -> engine -> its comparisons, over cases and worlds."""


def on_spark(worlds: list[World], look: Callable[[World, Any], None]) -> None:
    """Look at each world with Spark."""
    for world in worlds:
        with local_spark(*world.files) as spark:
            look(world, spark)


def on_sail(worlds: list[World], look: Callable[[World, Any], None]) -> None:
    """Look at each world with Sail."""
    with sail_engine() as sail:
        for world in worlds:
            sail.read(*world.files)
            look(world, sail)


def proved(folder: Path, count: int, without: str | None) -> tuple[Found, int, int]:
    """Compare all cases on all worlds; with them, how many cases and worlds there were."""
    with home(folder / "home"):
        (folder / "lakes").mkdir()
        whole, calls = record(folder / "lakes")
    called = cases_of(calls, lint_stages.all_stages().values())
    plain = plain_world(folder / "plain", [whole.folder / name for name in LAKES])
    worlds = [plain, *made_worlds(folder / "made", plain, called, count)]
    cases = with_inner(called)
    found: Found = defaultdict(lambda: defaultdict(list))
    for name, reason, run in (
        ("spark", why_no_cluster(), on_spark),
        ("sail", None if PYTHON.exists() else ABSENT, on_sail),
    ):
        if reason is not None or name == without:
            print(f"{name}: left out{f', {reason}' if reason else ''}", file=sys.stderr)
            continue

        def look(world: World, engine: Any, name: str = name) -> None:
            for case, each in compared(world, engine, cases).items():
                found[each.stage][name].append(each)
                for says in each.differs:
                    print(f"{name}, {world.name}, {case}: {says}", file=sys.stderr)

        run(worlds, look)
    return found, len(cases), len(worlds)


def main() -> int:
    """Run and print the table by stage; leaves with 1 where anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10, help="worlds of hypothesis")
    parser.add_argument("--without", choices=("spark", "sail"), help="an engine to leave out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stopgap-prove-") as folder:
        found, cases, worlds = proved(Path(folder), asked.worlds, asked.without)
    heading(f"Stages on three engines: {cases} cases on {worlds} worlds", "sqlglot")
    engines = sorted({name for each in found.values() for name in each})
    rows = []
    for stage in sorted(found):
        known = next(iter(found[stage].values()))
        row = [
            stage,
            f"{len(known):,}",
            f"{sum(each.rows for each in known):,}",
            f"{sum(each.duckdb_s for each in known):.2f}",
        ]
        for name in engines:
            own = found[stage][name]
            row += [f"{sum(each.other_s for each in own):.2f}", str(sum(bool(each.differs) for each in own))]
        rows.append(row)
    more = [title for name in engines for title in (f"{name} s", f"{name} differs")]
    table(("stage", "runs", "rows", "duckdb s", *more), rows)
    return 1 if any(each.differs for stage in found.values() for own in stage.values() for each in own) else 0


if __name__ == "__main__":
    sys.exit(main())
