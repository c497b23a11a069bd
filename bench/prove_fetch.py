"""A fetch of 200 pieces from a faulty service, killed with kill -9 again and again.

    python bench/prove_fetch.py --pieces 200 --kills 5 --rounds 3

The service runs on this machine and fails 40 of the first requests: 429 with and
without Retry-After, 500, 503, resets, replies cut in three ways, a web page, a wrong
count. The fetch is killed at random moments and started again, until it ends. Then the
lake must hold exactly the service's figures, and the service must have been asked once
for each piece, beyond the faults that it injected and the replies that were on their
way at a kill (at most one for each).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from measured import CACHE, ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from fetch_kills import Scene, Told, kill_and_go_on


def faults_of(told: Told) -> list[str]:
    """What does not hold."""
    found = [f"lake check: {fault}" for fault in told.check]
    if told.rows != told.rows_expected or told.figures_wrong:
        found.append(f"{told.rows} rows for {told.rows_expected}, {told.figures_wrong} figures wrong")
    if told.requests != told.pieces + told.faults_injected + told.in_flight:
        found.append(f"{told.requests} requests for {told.pieces} pieces")
    if told.in_flight > told.kills:
        found.append(f"{told.in_flight} replies lost at {told.kills} kills")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    heading(f"A fetch of {given.pieces} pieces, killed {given.kills} times, {given.rounds} rounds")
    CACHE.mkdir(parents=True, exist_ok=True)
    rows, wrong = [], []
    for number in range(given.rounds):
        seed = given.seed + number
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            scene = Scene(Path(name), given.pieces, given.kills, given.faults, seed)
            told = kill_and_go_on(scene)
        faults = faults_of(told)
        wrong += [f"seed {seed}: {fault}" for fault in faults]
        kept = ", ".join(map(str, told.kept_at_kills))
        rows.append(
            [seed, kept, told.pieces, told.faults_injected, told.in_flight, told.requests, told.rows,
             told.rows_expected, f"{told.seconds:.0f}", "yes" if not faults else "NO"]
        )  # fmt: skip
    columns = (
        "seed", "pieces kept at each kill", "pieces", "faults injected", "on their way at a kill", "requests", "rows",
        "rows expected", "s", "holds",
    )  # fmt: skip
    table(columns, rows)
    print(
        "Promise: requests = pieces + faults injected + on their way at a kill; rows = rows expected, each figure right."
    )
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
