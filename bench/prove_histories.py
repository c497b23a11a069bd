"""Whether a lake seen without some files is the lake that never had them.

    python bench/prove_histories.py [10000] [--lakes 300] [--first 1] [--processes 2]

Two proofs over random histories. *Views*: histories of trade (whole and partial releases, corrections of earlier files, several files
at once, withdrawals, compactions), each seen at random vintages without random files, against the documented rule
told by code that shares nothing with the lake's. *Lakes*: histories of trade, declarations and lists from real files (refused
rows, the same bytes read anew, shared rows besides), played into a lake with all files and into others without some: every row of
every relation, receipts, counts, vintages are compared. A case is one vintage seen without one set of files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

VIEWS = 100
"""Views of one history that are held against the rule."""

Outcomes = list[tuple[str, str, bool]]
"""Outcome, what is said, and whether figures are in force that the whole lake has replaced."""


def against_rule(seed: int) -> Outcomes:
    """Views of the history of a seed."""
    from ruled_histories import held_against_rule

    with tempfile.TemporaryDirectory(prefix="stopgap-prove-") as folder:
        found = held_against_rule(Path(folder), seed, views=VIEWS)
        return [("differs" if says else "same", says, back) for says, back in found]


def against_lakes(seed: int) -> Outcomes:
    """Vintages of the history of a seed, against lakes that never had the files."""
    from random_histories import compared

    with tempfile.TemporaryDirectory(prefix="stopgap-prove-") as folder:
        return [(each.outcome, f"seed {seed}: {each.says}", each.back > 0) for each in compared(Path(folder), seed)]


def until(cases: int, prove: Callable[[int], Outcomes], first: int, processes: int) -> Counter[str]:
    """Prove seed after seed until there were so many cases."""
    counts: Counter[str] = Counter()
    seeds: Iterator[int] = count(first)
    with ProcessPoolExecutor(processes) as pool:
        while counts["cases"] < cases:
            for found in pool.map(prove, islice(seeds, 4 * processes)):
                counts["histories"] += 1
                for outcome, says, back in found:
                    counts["cases"] += 1
                    counts[outcome] += 1
                    counts["back"] += back
                    if outcome == "differs":
                        print(says, file=sys.stderr)
    return counts


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=10_000, help="views held against the rule")
    parser.add_argument("--lakes", type=int, default=300, help="cases held against lakes that never had the files")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    started = time.monotonic()
    views = until(asked.cases, against_rule, asked.first, asked.processes)
    between = time.monotonic()
    lakes = until(asked.lakes, against_lakes, asked.first, asked.processes)
    heading(
        f"Lakes seen without some of their files, {between - started:.0f} s and {time.monotonic() - between:.0f} s",
        "duckdb", "deltalake",
    )  # fmt: skip
    rows = (
        ("histories", "histories"),
        ("vintages seen without some files", "cases"),
        ("the same as what never had them", "same"),
        ("neither holds anything", "nothing"),
        ("refused, as the log cannot tell", "refused"),
        ("with figures in force that the whole lake has replaced", "back"),
        ("different", "differs"),
    )
    table(
        ("", "views and the rule", "lakes and lakes"),
        [(says, f"{views[name]:,}", f"{lakes[name]:,}") for says, name in rows],
    )
    return 1 if views["differs"] or lakes["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
