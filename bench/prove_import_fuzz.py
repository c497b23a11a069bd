"""Imports of odd paths, options, values and types, many times over, each in text and as JSON.

    python bench/prove_import_fuzz.py [CASES] [SEED]

Each import of ``tests/helpers/odd_imports.py`` must answer, or leave with an exit code of 2 to 5, three lines (or one JSON
object) that say what, where and fix, and the lake as it was: no exit code 1, no traceback, no hang (300 s).
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from odd_imports import make_places, odd_import, owed


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=4_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    given = parser.parse_args()
    heading(f"{given.cases:,} odd imports, seed {given.seed}")
    started = time.perf_counter()
    met: Counter[str] = Counter()
    wrong: list[str] = []
    faulty: Counter[str] = Counter()
    # An odd path may be a relative one: what it makes is made there, and goes with it.
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        make_places(folder)
        for number in range(given.seed * 1_000_000, given.seed * 1_000_000 + given.cases):
            odd = odd_import(number, folder)
            kind = odd.what.split()[0] if odd.what.startswith(("file", "map", "rates", "json", "parquet", "workbook", "--")) else "value"  # fmt: skip
            met[kind] += 1
            fault = owed(odd, folder / f"lake-{number // 500}", as_json=bool(number % 2))
            if fault is not None:
                faulty[kind] += 1
                wrong.append(f"{number} {odd.what}: {fault[:300]}")
                print(wrong[-1], file=sys.stderr, flush=True)  # a long run shows it at once
    rows = [[kind.rstrip(":"), number, faulty[kind]] for kind, number in sorted(met.items())]
    table(["odd is", "imports", "faults"], [*rows, ["all", met.total(), len(wrong)]])
    print(f"{time.perf_counter() - started:.0f} s. Promise: no fault.")
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
