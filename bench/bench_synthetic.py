"""How long ten thousand synthetic controls take, and how well each is solved.

python bench/bench_synthetic.py [--series N] [--donors D] [--periods T] [--before B]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from measured import heading, table

from stopgap.measures.statistics.synthetic_control import SyntheticControl, synthetic_control

LIMIT_S = 20.0
LIMIT_GAP = 1e-6


def factor_series(rng: np.random.Generator, count: int, periods: int) -> np.ndarray:
    """Monthly trade with shared slow factors, a season, and noise of a tenth; sizes over four orders."""
    factors = rng.normal(size=(periods, 3)).cumsum(axis=0) * 0.1
    season = 0.1 * np.sin(np.arange(periods) * np.pi / 6)
    shape = np.exp((factors @ rng.random((3, count))).T + season + 0.1 * rng.normal(size=(count, periods)))
    return shape * 10 ** rng.uniform(3, 7, (count, 1))


def timed(call: Callable[[], SyntheticControl]) -> tuple[float, SyntheticControl]:
    """Seconds of one call, and what it gave."""
    started = time.perf_counter()
    found = call()
    return time.perf_counter() - started, found


def main() -> int:
    """Print the table; 1 when it takes longer, or solves worse, than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--donors", type=int, default=40)
    parser.add_argument("--periods", type=int, default=48)
    parser.add_argument("--before", type=int, default=36)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    world = factor_series(rng, given.series + given.donors, given.periods)
    treated, donors = world[given.donors :], world[: given.donors]
    own = world[rng.integers(0, given.series + given.donors, (given.series, given.donors))]
    heading(f"{given.series:,} synthetic controls, {given.donors} donors, {given.periods} months", "numpy")
    rows, kept = [], True
    for name, call in (
        ("shared donors, ranked among placebos", lambda: synthetic_control(treated, donors, given.before)),
        ("donors of its own each", lambda: synthetic_control(treated, own, given.before, placebos=False)),
    ):
        seconds, found = timed(call)
        gap = found.kkt_gap
        kept &= seconds < LIMIT_S and float(np.nanmax(gap)) < LIMIT_GAP
        rows.append(
            (name, f"{seconds:.1f}", f"{np.nanmedian(gap):.1e}", f"{np.nanmax(gap):.1e}", found.reasons.count(None))
        )
    table(("series", "seconds", "median gap", "largest gap", "solved"), rows)
    print(
        f"The gap bounds how far the mean squared gap could still fall, by the series' mean square. Limits: {LIMIT_S:.0f} s, {LIMIT_GAP:g}."
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
