"""kill -9 of writers of the register of statements at random moments, many times, and what each left.

    python bench/prove_claim_register.py --kills 300 --seed 1

Each writer registers claims with their texts, changes them and withdraws them, and says so after each. Kills
fall within milliseconds of a report. All write into one register, one after another, some of them two at a
time. At the end everything that was reported must be there, whole, with texts that match their hashes; and the
register must take a claim without repair.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from claim_kills import Told, killed_writer, lost

from stopgap.claims.register.texts import LOG, read_register


def main() -> None:
    """Kill, look, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    told: list[Told] = []
    torn = 0
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        lake = Path(folder) / "lake"
        number = 0
        while number < asked.kills:
            pair = min(draw.choice((1, 1, 2)), asked.kills - number)
            waits = [draw.expovariate(1 / 0.08) for _ in range(pair)]
            starts = [(number + each) * 1000 for each in range(pair)]
            for reported in pool.map(lambda job: killed_writer(lake, *job), zip(starts, waits, strict=True)):
                told += reported
            torn += not LOG.path(lake).read_bytes().endswith(b"\n")
            number += pair
        faults = lost(lake, told)
        [last] = killed_writer(lake, 10**9, 0)[:1]
        faults += lost(lake, [last])
        register = read_register(lake)
        size = LOG.path(lake).stat().st_size
    heading(f"{asked.kills} kills of writers of the register, seed {asked.seed}")
    table(
        ("", "count"),
        [
            ("kills", asked.kills),
            ("reported as done", len(told)),
            ("claims in the register", len(register.claims)),
            ("texts in the register", len(register.texts)),
            ("logs left with a torn line", torn),
            ("bytes of the log", size),
            ("lost or damaged", len(faults)),
            ("seconds", round(time.perf_counter() - started)),
        ],
    )
    for fault in faults[:20]:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
