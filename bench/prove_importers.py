"""Bias and coverage where the coalition buys: who replaced the target in its imports, over simulated worlds.

    python bench/prove_importers.py --seeds 60

Each world of ``prove_coverage.py`` is turned round (``tests/helpers/importer_worlds.py``): three members report what they
import, one of them not in the last three months of monthly worlds; every third supplier reports no exports, so that its
growth elsewhere comes from other importers. Truths and promises are those of ``prove_coverage.py``.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from measured import heading, table
from prove_coverage import Outcome, row_of

KINDS = ("basic", "no-backfill", "growth", "shocks", "annual")
GAPS = 3


def measured_world(kind: str, seed: int) -> Outcome:
    """One world, drawn, turned round, measured through its stages and compared with its truth."""
    from importer_worlds import CIF, importer_lake

    from stopgap.measures.backfill.run import measure_list_on
    from stopgap.panel.prepare import MeasureOptions
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    world = make_world(world_spec(kind, seed))
    with importer_lake(world, gaps=0 if world.spec.annual else GAPS) as lake:
        found = measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
    truth, backfill = world.truth, found.backfill
    net, share = truth["backfill"]["net_ratio"], truth["loss"]["expected_share"]
    planted = {row["supplier"]: row["planted_usd"] for row in truth["backfill"]["suppliers"]}
    intervals = {row.supplier: row.ci95 for row in found.suppliers if row.ci95 is not None}
    held = [low <= planted[name] * CIF <= high for name, (low, high) in intervals.items() if name in planted]
    false = [low > 0 for name, (low, _) in intervals.items() if planted.get(name) == 0]
    is_known = backfill.net_ratio is not None and net is not None
    interval = backfill.net_ci95 if is_known else None
    loss = found.suspended.ci95
    rank = backfill.placebo_rank
    return Outcome(
        backfill.net_ratio - net if is_known else None,
        None if interval is None else interval[0] <= net <= interval[1],
        None if interval is None else interval[1] - interval[0],
        None if loss is None else loss[0] <= share <= loss[1],
        (sum(held), len(held)),
        (sum(false), len(false)),
        rank[0] / rank[1] if rank else None,
        interval is not None and interval[0] > 0.25,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    heading(f"Substitute suppliers, {given.seeds} worlds a kind, seeds from {given.first_seed}", "numpy", "duckdb")
    started = time.perf_counter()
    rows, faults = [], []
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    with ProcessPoolExecutor(given.workers) as pool:
        for kind in given.kinds.split(","):
            row, wrong = row_of(kind, list(pool.map(partial(measured_world, kind), seeds, chunksize=5)))
            rows.append(row)
            print(f"{kind}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
            faults += wrong
    columns = (
        "kind", "worlds", "undefined", "bias, points", "spread, points", "coverage net", "width, points", "coverage loss",
        "coverage suppliers", "false gains", "rank in top 5 %", "above a quarter",
    )  # fmt: skip
    table(columns, rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: coverage meets 92 to 98 %, bias within 2 points.")
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
