"""Hubs that fall, in worlds where the fall and what other hubs took of it are planted.

In each world one hub falls between two years by 70 % in its listed goods (or not at all), and two other hubs take a
part of it. Intervals of the fall and of the share that followed are held against what was planted.
Prints a Markdown table; exits 1 when a promise fails.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from measured import heading, table
from scipy.stats import beta

from stopgap.measures.levers.hub_switching import hub_switches
from stopgap.measures.statistics.cells import WorldCells

SUPPLIERS = tuple(f"S{at:02d}" for at in range(14))
PLACES = ("TTT", *(f"D{at:02d}" for at in range(24)))
GOODS = tuple(f"8542{at:02d}" for at in range(10))
LISTED = 5
FALLS = 0.7


def draw(seed: int, *, falls: float, follows: float, noise: float) -> tuple[WorldCells, float]:
    """Both years of a world, and the dollars planted as the fall of S02."""
    rng = np.random.default_rng(seed)
    shape = (len(SUPPLIERS), len(PLACES), len(GOODS))
    before = np.exp(13 + rng.normal(0, 1.0, (1, shape[1], 1)) + rng.normal(0, 1.2, shape))
    before[:, 0] *= 3
    after = before * np.exp(rng.normal(0, 0.2, (shape[0], 1, shape[2])) + rng.normal(0, noise, shape))
    lost = falls * after[2, 0, :LISTED]
    after[2, 0, :LISTED] -= lost
    after[3:5, 0, :LISTED] += follows * lost / 2
    i, j, k = (axis.ravel() for axis in np.indices(shape))
    listed = np.arange(len(GOODS)) < LISTED
    cells = WorldCells(SUPPLIERS, PLACES, GOODS, listed, i, j, k, before.ravel(), after.ravel())
    return cells, float(lost.sum())


def reaches(covered: int, worlds: int) -> bool:
    """Whether a 99 % Clopper-Pearson interval of the coverage reaches 92 %."""
    return bool(covered == worlds or beta.ppf(0.995, covered + 1, worlds - covered) >= 0.92)


def main() -> int:
    """Print the table; 1 when a promise fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    heading(f"Hubs that fall, {given.seeds} worlds a kind", "numpy", "scipy")
    rows, kept = [], True
    for name, falls, follows, noise in (
        ("no fall", 0.0, 0.0, 0.05),
        ("fall, nothing follows", FALLS, 0.0, 0.05),
        ("fall, 60 % follows", FALLS, 0.6, 0.05),
        ("fall, 60 % follows, cells scatter twice", FALLS, 0.6, 0.1),
    ):
        named = fell = told = share = 0
        for seed in range(given.first, given.first + given.seeds):
            cells, lost = draw(seed, falls=falls, follows=follows, noise=noise)
            found = hub_switches(cells, target="TTT", members=SUPPLIERS[:2], hubs=SUPPLIERS[2:5])
            for row in (row for row in found if row.hub == "S02" and row.fell_ci95 is not None):
                named += 1
                fell += row.fell_ci95[0] <= lost <= row.fell_ci95[1]
                if row.share is not None and row.share_ci95 is not None:
                    told += 1
                    share += row.share_ci95[0] <= follows <= row.share_ci95[1]
        kept &= not falls or (reaches(fell, named) and reaches(share, told))
        rows.append((name, named, f"{fell / named:.3f}" if named else "", told, f"{share / told:.3f}" if told else ""))
    table(("world", "named", "fall covered", "share told", "share covered"), rows)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
