"""Routes in simulated worlds: how often chance looks like a route, and how much of a planted one is found.

    python bench/prove_routes.py --seeds 30

Worlds of 40 economies and 24 goods, half of them sanctioned. Promises: without routing
the net share of the loss is below 3 % in at least 95 % of the worlds of a kind, by a 99 %
Clopper-Pearson interval; where about 30 % are planted, it is within 5 points on average.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from measured import heading, table
from simulated_legs import world_legs

from stopgap.measures.routes.matching import measure_routes
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

SHORT = {"baseline_months": 24, "after_months": 6}
NULL: Mapping[str, tuple[str, dict[str, Any]]] = {
    "basic": ("basic", {}),
    "basic, 24+6 months": ("basic", SHORT),
    "no backfill": ("no-backfill", {}),
    "general growth": ("growth", {}),
    "destination shocks": ("shocks", {}),
    "sparse": ("sparse", {}),
    "annual": ("annual", {}),
    "gaps": ("gaps", {}),
    "a hub grows in everything": ("hub-growth", {}),
    "hubs alone backfill": ("basic", {"economies": 17, "members": 12, "hubs": 3, "entrants": 0}),
}
ROUTED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "routing": ("routing", {}),
    "routing, 24+6 months": ("routing", SHORT),
    "routing, no markup": ("routing", {"routing_markup": 0.0}),
    "routing, a hub grows": ("routing", {"hub_growth": 0.5}),
    "routing, sparse": ("routing", {"zero_share": 0.4, "shipment_usd": 250_000.0}),
    "routing, annual": ("routing", {"annual": True}),
}
LEAST_SHARE = 0.03
TOLERANCE = 0.05
HARD = {"routing, sparse", "routing, annual"}
"""Shown, not promised: single shipments and a single year hold too little of each hub."""


def world(given: tuple[str, int]) -> tuple[str, float, float, float, int, int]:
    """Name, truth, net and raw share of the loss, hubs counted, hubs."""
    name, seed = given
    kind, changes = {**NULL, **ROUTED}[name]
    made = make_world(world_spec(kind, seed, **changes))
    legs, loss = world_legs(made)
    found = measure_routes(legs, loss, seed=seed, markups=(1.0,))
    case, lost = found.headline, float(loss.sum())
    truth = made.truth["routing"]["share_of_loss"] or 0.0
    net, raw = float(case.net_usd.sum()) / lost, float(case.match_usd.sum()) / lost
    return name, truth, net, raw, int(case.gate.counted.sum()), len(legs.hubs)


def clopper_pearson(hits: int, trials: int, level: float = 0.99) -> tuple[float, float]:
    """Exact interval of a share."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30, help="worlds of each kind")
    parser.add_argument("--first", type=int, default=4_000, help="first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    heading(f"Routes in simulated worlds, {given.seeds} of each kind, seeds from {given.first}", "numpy")
    started = time.perf_counter()
    jobs = [(name, given.first + seed) for seed in range(given.seeds) for name in (*NULL, *ROUTED)]
    found: dict[str, list[tuple[float, float, float, int, int]]] = {}
    with ProcessPoolExecutor(given.jobs) as pool:
        for name, *figures in pool.map(world, jobs, chunksize=4):
            found.setdefault(name, []).append(tuple(figures))  # type: ignore[arg-type]
    broken, rows = [], []
    for name in NULL:
        _, net, raw, counted, hubs = np.array(found[name]).T
        below = int((net < LEAST_SHARE).sum())
        low, high = clopper_pearson(below, len(net))
        if high < 0.95:
            broken.append(name)
        rows.append([name, len(net), f"{raw.mean():.3f}", f"{net.mean():.4f}", f"{net.max():.3f}", f"{counted.sum() / hubs.sum():.3f}", f"{below / len(net):.3f}", f"{low:.2f}-{high:.2f}"])  # fmt: skip
    table(["without routing", "worlds", "raw", "net", "largest net", "hubs counted", "below 3 %", "99 % interval"], rows)  # fmt: skip
    rows = []
    for name in ROUTED:
        truth, net, raw, counted, hubs = np.array(found[name]).T
        bias, spread = float((net - truth).mean()), float((net - truth).std(ddof=min(1, len(net) - 1)))
        if abs(bias) > TOLERANCE and name not in HARD:
            broken.append(name)
        rows.append([name, len(net), f"{truth.mean():.3f}", f"{raw.mean():.3f}", f"{net.mean():.3f}", f"{bias:+.3f}", f"{spread:.3f}", f"{spread / len(net) ** 0.5:.3f}", f"{counted.sum() / hubs.sum():.2f}"])  # fmt: skip
    table(["with routing", "worlds", "truth", "raw", "net", "bias", "spread", "error of the mean", "hubs counted"], rows)  # fmt: skip
    print(f"{len(jobs)} worlds, {time.perf_counter() - started:.0f} s. Shares of the loss. Broken promises: {', '.join(broken) or 'none'}.")  # fmt: skip
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
