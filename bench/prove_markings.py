"""No answer is marked below what it rests on, whatever is marked and whether it shows anything.

    python bench/prove_markings.py [CASES] [SEED]

A small lake with some of everything (``tests/helpers/whole_lake.py``) is made several times, each time with one file of other content,
or without a statement, a decision, a finding or a received pack. Commands that answer otherwise then (``tests/helpers/marking_cases.py``:
answers, empty ones, errors) rest on that part. Then random subjects get random levels and economies, the commands run in
random formats, and no label may be below the marking of a part that the command rests on. Of cases that answer
otherwise each time nothing can be told; they are counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

import marking_oracle
from whole_lake import home

from stopgap.evidence.keys import files as key_files


def main() -> None:
    """Make the lakes, run the cases, print the table; leaves with 1 where a label is too low."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("cases", nargs="?", type=int, default=10_000)
    asked.add_argument("seed", nargs="?", type=int, default=1)
    chosen = asked.parse_args()
    key_files._COST = 16  # what locking a key costs in earnest is no matter here
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, home(Path(place) / "home"):
        os.environ["STOPGAP_LAKE"] = str(Path(place) / "no-lake")
        oracle = marking_oracle.make_oracle(
            Path(place), say=lambda text: print(f"{time.perf_counter() - began:6.0f} s  {text}", file=sys.stderr)
        )
        made_s = time.perf_counter() - began
        known = oracle.cases()
        counts: Counter[str] = Counter()
        faults: Counter[str] = Counter()
        strictly: Counter[str] = Counter()
        for key, case, _, fault in marking_oracle.trials(oracle, chosen.cases, chosen.seed):
            counts[case.way] += 1
            strictly[case.way] += bool(oracle.rests_on[key])
            if fault is not None:
                faults[case.way] += 1
                if sum(faults.values()) <= 20:
                    print(fault, file=sys.stderr)
    heading("Markings of answers", "duckdb")
    rows = [
        (
            way,
            len({key for key in oracle.rests_on if known[key].way == way and key not in oracle.noisy}),
            f"{counts[way]:,}",
            f"{strictly[way]:,}",
            faults[way],
        )
        for way in ("answer", "empty", "error")
    ]
    table(("kind of answer", "commands", "runs", "of which rest on a part that was told", "labels too low"), rows)
    parts = Counter(part.partition(":")[0] for key in oracle.rests_on for part in oracle.rests_on[key])
    print(f"\nCommands that rest on each part: {', '.join(f'{name} {n}' for name, n in sorted(parts.items()))}.")
    print(f"Commands of which nothing could be told, as they answer otherwise each time: {len(oracle.noisy)}.")
    print(f"The lakes were made in {made_s:.0f} s, all of it took {time.perf_counter() - began:.0f} s.")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
