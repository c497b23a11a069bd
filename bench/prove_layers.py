"""Error rates of the layers *rose* and *more than before*, on simulated worlds and records of listings.

    python bench/prove_layers.py --worlds 1500 --lakes 60 --records 4000

*Rose*: worlds of 50 economies in which nothing is planted, or a rise of prices alone, or a code whose content moved;
each supplier outside the coalition is held against its other destinations, and all of them together. Draws of one
world share its shocks, so the bound is taken over worlds, one supplier each; the frequency over all draws stands
beside it. Power: backfill planted at a quarter, half and three quarters of the loss.
*More than before*: records of packages with and without trends, and with a planted jump.
Promise: "supported" in at most 2.5 % where nothing is planted. The table gives the exact one-sided 95 % bounds
(Clopper-Pearson) of each frequency; a class breaks the promise where the lower one lies above 2.5 %.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from layer_lakes import MOVES, moved_draws
from listing_worlds import ListingClass, more_of
from measured import heading, table
from rise_worlds import ANY, MIDDLE, SMALLEST, RiseClass, RiseDraw, rise_draws

ALLOWED = 0.025
SUPPORTED, PARTLY, NOT, CANNOT = "supported", "partly supported", "not supported", "not testable"
BIG = (("economies", 84), ("goods", 3), ("sanctioned_goods", 2))
MONTHLY = (("annual", False), ("zero_share", 0.2))

CHANCE = {
    "chance, target as simulated": RiseClass(),
    "chance, any destination": RiseClass(target=ANY),
    "chance, a middling destination": RiseClass(target=MIDDLE),
    "chance, a small destination": RiseClass(target=SMALLEST),
    "chance, months": RiseClass("basic", MONTHLY, target=ANY),
    "chance, some 80 destinations": RiseClass("basic", BIG, target=ANY),
    "destination shocks": RiseClass("shocks", target=ANY),
    "suppliers grow": RiseClass("growth", target=ANY),
    "sparse, any destination": RiseClass("sparse", target=ANY),
    "sparse, a small destination": RiseClass("sparse", target=SMALLEST),
    "all price, +87 %": RiseClass("prices", (("price_markup", 0.87),)),
    "all price, weights for 70 %": RiseClass("prices", (("price_markup", 0.87),), weights=(0.7, 0.7)),
    "all price, weights lost after": RiseClass("prices", (("price_markup", 0.87),), weights=(0.95, 0.3)),
}
PLANTED = (0.25, 0.50, 0.75)

LISTINGS = {
    "no change": ListingClass(),
    "no change, campaigns": ListingClass(campaign_sd=0.8),
    "linear trend": ListingClass(share=0.05, rise=0.4, shape="line"),
    "S-shaped trend": ListingClass(share=0.05, rise=0.4, shape="s"),
    "S-shaped, steepest at the statement": ListingClass(share=0.05, rise=0.4, shape="s", middle="statement"),
    "number of listings grows eightfold": ListingClass(growth=8.0, packages=1.0),
    "packages of one economy": ListingClass(one_economy=1.0),
    "packages of one economy, linear trend": ListingClass(one_economy=1.0, share=0.05, rise=0.4, shape="line"),
}
SHARP = {
    "S-shaped within nine months of the statement": ListingClass(
        share=0.05, rise=0.4, shape="s", middle="statement", steepness=2.0
    )
}
JUMPS = {
    "jump of 20 points": ListingClass(jump=0.2),
    "jump of 40 points": ListingClass(jump=0.4),
    "jump of 60 points": ListingClass(jump=0.6),
    "jump of 40 points on a linear trend": ListingClass(share=0.05, rise=0.2, shape="line", jump=0.4),
}  # fmt: skip


def exact_bounds(hits: int, count: int) -> tuple[float, float]:
    """The exact one-sided 95 % bounds of a share: what it is at least, and what it is at most."""
    from scipy.stats import beta

    low = float(beta.ppf(0.05, hits, count - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.95, hits + 1, count - hits)) if hits < count else 1.0
    return low, high


def bounded(hits: int, count: int) -> str:
    """A share in percent with its exact bounds."""
    if not count:
        return "–"
    low, high = exact_bounds(hits, count)
    return f"{100 * hits / count:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def clustered(draws: list[RiseDraw]) -> str:
    """The share of supported draws in percent, with an error that counts worlds and not draws."""
    if not draws:
        return "–"
    mean = np.mean([each.verdict == SUPPORTED for each in draws])
    by_world: dict[int, list[float]] = {}
    for each in draws:
        by_world.setdefault(each.world, []).append((each.verdict == SUPPORTED) - mean)
    sums = np.array([sum(values) for values in by_world.values()])
    error = float(np.sqrt((sums**2).sum())) / len(draws)
    return f"{100 * mean:.2f} ± {100 * error:.2f}"


def row_of(name: str, draws: list[RiseDraw]) -> tuple[list[object], list[str]]:
    """A line on one class, and what breaks the promise."""
    single = [each for each in draws if each.supplier is not None]
    together = [each for each in draws if each.supplier is None]
    firsts = list({each.world: each for each in reversed(single)}.values())
    faults, cells = [], []
    for of, who in ((firsts, "one supplier"), (together, "all together")):
        hits = sum(each.verdict == SUPPORTED for each in of)
        cells.append(bounded(hits, len(of)))
        if of and exact_bounds(hits, len(of))[0] > ALLOWED:
            faults.append(f"{name}, {who}: supported in {hits} of {len(of)}")
    partly = sum(each.verdict == PARTLY for each in single) / max(len(single), 1)
    places = np.mean([each.destinations for each in single]) if single else 0
    row = [
        name,
        len(firsts),
        cells[0],
        cells[1],
        len(single),
        clustered(single),
        f"{100 * partly:.1f}",
        f"{places:.0f}",
    ]
    return row, faults


def show_rises(worlds: range, suppliers: int, lakes: range, pool: ProcessPoolExecutor) -> list[str]:
    """The tables of chance, prices and moved codes, and what breaks the promise."""
    rows, faults = [], []
    for name, made in CHANCE.items():
        drawn = [
            each for found in pool.map(partial(rise_draws, made, most=suppliers), worlds, chunksize=5) for each in found
        ]
        row, wrong = row_of(name, drawn)
        rows.append(row)
        faults += wrong
    for name, move in MOVES.items():
        drawn = [
            each for found in pool.map(partial(moved_draws, move, most=suppliers), lakes, chunksize=2) for each in found
        ]
        row, wrong = row_of(f"{name} (lake)", drawn)
        rows.append(row)
        faults += wrong
    table(
        ["rose: nothing planted", "worlds", "supported, one supplier a world, %", "supported, all suppliers together, %",
         "draws", "supported, all draws, %", "partly, %", "destinations"],
        rows,
    )  # fmt: skip
    return faults


def show_power(worlds: range, suppliers: int, pool: ProcessPoolExecutor) -> None:
    """The table of planted backfill: how often it is found, by its size against what the supplier sold before."""
    rows = []
    for kind in ("basic", "shocks", "sparse"):
        for ratio in PLANTED:
            made = RiseClass(kind, (("backfill_ratio", ratio), ("entrants", 2)))
            drawn = [
                each
                for found in pool.map(partial(rise_draws, made, most=suppliers), worlds, chunksize=5)
                for each in found
            ]
            together = Counter(each.verdict for each in drawn if each.supplier is None)
            single = [each for each in drawn if each.supplier is not None]
            cells = []
            for low, high in ((0.0, 0.5), (0.5, 1.0), (1.0, 3.0), (3.0, np.inf)):
                inside = [each for each in single if low <= each.planted < high or (each.planted == high == np.inf)]
                hits = sum(each.verdict == SUPPORTED for each in inside)
                cells.append(f"{100 * hits / len(inside):.0f} ({len(inside)})" if inside else "–")
            count = sum(together.values())
            rows.append([f"{kind}, planted {ratio:.2f}", count, f"{100 * together[SUPPORTED] / count:.1f}", *cells])
    table(
        ["rose: backfill planted", "worlds", "supported, all suppliers together, %", "one supplier, under +50 %, % (draws)",
         "+50 to +100 %", "+100 to +300 %", "above +300 %"],
        rows,
    )  # fmt: skip


def show_listings(records: range, pool: ProcessPoolExecutor) -> list[str]:
    """The table of listings, and what breaks the promise."""
    rows, faults = [], []
    for name, made in (LISTINGS | SHARP | JUMPS).items():
        found = Counter(pool.map(partial(more_of, made), records, chunksize=20))
        hits, count = found[SUPPORTED], sum(found.values())
        rows.append(
            [name, count, bounded(hits, count), *(f"{100 * found[each] / count:.1f}" for each in (NOT, CANNOT))]
        )
        if name in LISTINGS and exact_bounds(hits, count)[0] > ALLOWED:
            faults.append(f"{name}: supported in {hits} of {count}")
    table(["more than before", "records", "supported, %", "not supported, %", "not testable, %"], rows)
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=1500, help="worlds of each class of chance and prices")
    parser.add_argument("--power-worlds", type=int, default=200)
    parser.add_argument("--suppliers", type=int, default=4, help="suppliers of each world held against figures alone")
    parser.add_argument("--lakes", type=int, default=60, help="worlds of each moved code, put into a lake")
    parser.add_argument("--records", type=int, default=4000)
    parser.add_argument("--first-seed", type=int, default=20_000)
    parser.add_argument("--only", choices=["rose", "listings"], help="one of the two layers alone")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    heading("Layers of claims: what chance, prices, moved codes and trends are taken for", "numpy", "scipy")
    started = time.perf_counter()

    def seeds(count: int) -> range:
        return range(given.first_seed, given.first_seed + count)

    with ProcessPoolExecutor(given.workers) as pool:
        faults = []
        if given.only != "listings":
            faults += show_rises(seeds(given.worlds), given.suppliers, seeds(given.lakes), pool)
            show_power(seeds(given.power_worlds), given.suppliers, pool)
        if given.only != "rose":
            faults += show_listings(seeds(given.records), pool)
    print(f"{time.perf_counter() - started:.0f} s. Broken promises: {', '.join(faults) or 'none'}.")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
