"""How long the 50 % rule takes on a large table of ownership.

python bench/bench_ownership.py [--shares N] [--listed N]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measured import PYTHON, heading, run_child, table

CHILD = """
import json, sys, time
from pathlib import Path
from stopgap.screening.ownership.request import Method
from stopgap.screening.ownership.rule import RULES, OwnershipRule, cover
from stopgap.screening.ownership.paths import explain
from stopgap.screening.ownership.table import ownership_table
from stopgap.sources.registers.ownership_files import read_ownership

path, listed, found = Path(sys.argv[1]), int(sys.argv[2]), {}

def timed(name, call):
    started, cpu = time.perf_counter(), time.process_time()
    made = call()
    found[name] = [time.perf_counter() - started, time.process_time() - cpu]
    return made

file = timed("read the CSV", lambda: read_ownership(path))
table = timed("one share a pair, bounds", lambda: ownership_table(file.statements, file.names))
places = [table.index[f"c{n}"] for n in range(listed) if f"c{n}" in table.index]
effective = OwnershipRule("effective", method=Method.EFFECTIVE)
for name, rule in (("ofac: cascade, together", RULES["ofac"]), ("uk: cascade, each alone", RULES["uk"]), ("effective shares", effective)):
    coverage = timed(name, lambda: cover(table, places, rule))
    found[name] += [len(part) for part in coverage.found()]
coverage = cover(table, places, RULES["ofac"])
some = coverage.found()[0][:10_000].tolist()
timed("chains of 10,000", lambda: [explain(coverage, place) for place in some])
print(json.dumps(found))
"""

WRITE = """
import sys
import numpy as np
rng, shares, listed = np.random.default_rng(1), int(sys.argv[2]), int(sys.argv[3])
parties = shares * 7 // 10
asset = rng.integers(listed, parties, shares)
owner = (asset * rng.random(shares) ** 2).astype(int)
back = rng.random(shares) < 0.02
owner[back] = rng.integers(0, parties, back.sum())
said = np.where(rng.random(shares) < 0.1, "25-50", rng.choice([100, 51, 50, 33.3, 25, 20, 10, 5], shares).astype(str))
with open(sys.argv[1], "w") as file:
    file.write("owner_id,asset_id,share_pct,as_of,source\\n")
    file.writelines(f"c{o},c{a},{s},2024-01-{1 + a % 28:02},register\\n" for o, a, s in zip(owner, asset, said))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shares", type=int, default=1_000_000)
    parser.add_argument("--listed", type=int, default=100_000)
    given = parser.parse_args()
    heading(
        f"{given.shares:,} shares, {given.listed:,} listed, a tenth of the shares ranges, some in circles",
        "numpy",
        "scipy",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "owners.csv"
        run_child(PYTHON, "-c", WRITE, path, str(given.shares), str(given.listed))
        run = run_child(PYTHON, "-c", CHILD, path, str(given.listed))
    rows = []
    for name, (wall, cpu, *counts) in json.loads(run.stdout).items():
        covered, unknown = (f"{count:,}" for count in counts) if counts else ("", "")
        rows.append((name, f"{wall:.2f}", f"{cpu:.2f}", covered, unknown))
    table(("step", "wall s", "CPU s", "covered", "cannot be told"), rows)
    print(f"Peak {run.peak_mib:.0f} MiB.")


if __name__ == "__main__":
    main()
