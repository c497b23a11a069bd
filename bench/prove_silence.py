"""Reporters that fall silent in simulated worlds, and whether the measure names each of them.

    python bench/prove_silence.py 150

In each world two reporters, drawn at random, lose their rows from the event on; one in two
loses its earlier sales to the target too, so that nothing but its other trade shows that
it reported the baseline. The measure must name it and nobody else besides, and must tell
those who sold to the target before from those who did not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from silent_worlds import Fallen, fallen_in


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("worlds", type=int, nargs="?", default=150)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    heading(f"Two reporters that fall silent in each of {given.worlds} simulated worlds")
    started = time.perf_counter()
    seeds = range(given.seed, given.seed + given.worlds)
    with ProcessPoolExecutor(given.processes) as pool:
        found = [fallen for world in pool.map(fallen_in, seeds) for fallen in world]
    by_kind: dict[str, list[Fallen]] = defaultdict(list)
    for fallen in found:
        by_kind[fallen.kind].append(fallen)
    faults = [fault for fallen in found for fault in fallen.faults()]
    rows = [row_of(kind, by_kind[kind]) for kind in sorted(by_kind)]
    table(
        ["kind of world", "fell silent", "sold before", "named", "sold nothing before", "named", "faults"],
        [*rows, row_of("all", found)],
    )
    print(f"{time.perf_counter() - started:.0f} s. Promise: all named, no faults.")
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults else 0)


def row_of(kind: str, fallen: list[Fallen]) -> list[object]:
    """A line of the table."""
    cells: list[object] = [kind, len(fallen)]
    for sold in (True, False):
        of_kind = [each for each in fallen if each.sold_before is sold]
        cells += [len(of_kind), sum(each.reporter in each.named for each in of_kind)]
    return [*cells, sum(len(each.faults()) for each in fallen)]


if __name__ == "__main__":
    main()
