"""Whether a lake seen without some files is the lake that never had them: random histories, each played twice.

    python bench/prove_histories.py [--cases 10000] [--first 1] [--processes 2]

Each history (imports of trade, declarations and lists with whole and partial releases, refused rows, corrections, the same
bytes read anew, several files at once; withdrawals; compactions) is played into a lake with all of its files and into others without some.
Every vintage of the first, seen without those files, is held against the others: rows, who reported, lists, receipts, counts,
vintages. A case is one vintage seen without one set of files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "lake"))

OUTCOMES = ("same", "nothing", "refused", "differs")


def one(seed: int) -> tuple[int, list[tuple[str, str, int]]]:
    """The cases of a seed: outcome, what is said, rows that are back."""
    from random_histories import compared

    with tempfile.TemporaryDirectory(prefix="stopgap-prove-") as folder:
        return seed, [(each.outcome, each.says, each.back) for each in compared(Path(folder), seed)]


def batches(first: int, size: int) -> Iterator[range]:
    """Seeds, so many at a time."""
    return (range(start, start + size) for start in count(first, size))


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    started = time.monotonic()
    with ProcessPoolExecutor(asked.processes) as pool:
        for seeds in batches(asked.first, 8 * asked.processes):
            for seed, found in pool.map(one, seeds):
                counts["histories"] += 1
                for outcome, says, back in found:
                    counts["cases"] += 1
                    counts[outcome] += 1
                    counts["with rows back"] += back > 0
                    counts["rows back"] += back
                    if outcome == "differs":
                        print(f"seed {seed}: {says}", file=sys.stderr)
            if counts["cases"] >= asked.cases:
                break
    heading(
        f"Lakes seen without some of their files, {time.monotonic() - started:.0f} s", "duckdb", "deltalake"
    )
    table(
        ("", "count"),
        [
            ("histories", f"{counts['histories']:,}"),
            ("vintages seen without some files", f"{counts['cases']:,}"),
            ("the same as the lake that never had them", f"{counts['same']:,}"),
            ("neither holds anything", f"{counts['nothing']:,}"),
            ("refused, as the log cannot tell", f"{counts['refused']:,}"),
            ("with rows in force that the whole lake has replaced", f"{counts['with rows back']:,}"),
            ("such rows", f"{counts['rows back']:,}"),
            ("different", f"{counts['differs']:,}"),
        ],
    )
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
