"""Bytes put into files of every source, taken out of them or appended, and what the readers said of it.

    python bench/prove_readers.py [CASES] [SEED]

Every sample of ``tests/helpers/reader_samples.py`` (one or more for each registered source) meets every kind of change of
``tests/helpers/unread.py``. A file that no longer says what the sample says (told by the standard library alone) must be
refused with what, where and fix, or give other rows, counts or warnings. Samples that are read quickly get more cases.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from reader_samples import ReaderSample, reader_samples
from unread import KINDS, Read, mutated, passed_over, read


def became(sound: Read, found: Read) -> str:
    """In which way a reader spoke of a change."""
    if found.error is not None:
        return "refused"
    return "read alike" if found.said == sound.said else "read otherwise, or told of"


def prove(sample: ReaderSample, cases: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """What became of a sample's changed files, and what was passed over."""
    sound = read(sample, sample.content, folder)
    if sound.said is None:
        return Counter(), [f"{sample.name}: the sound file: {sound.error or sound.fault}"]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(cases):
        kind = KINDS[number % len(KINDS)]
        content = mutated(sample, kind, seed * 100_000 + number)
        found = read(sample, content, folder)
        counts[became(sound, found)] += 1
        fault = passed_over(sample, content, sound, found)
        if fault is not None:
            wrong.append(f"{sample.name}, {kind} {seed * 100_000 + number}: {fault[:300]}")
            print(wrong[-1], file=sys.stderr, flush=True)  # a long run shows it at once
    return counts, wrong


def shares(cases: int, folder: Path) -> dict[str, int]:
    """Cases of each sample, more of those that are read quickly."""
    seconds: dict[str, float] = {}
    for sample in reader_samples().values():
        read(sample, sample.content, folder)
        started = time.perf_counter()
        read(sample, sample.content, folder)
        seconds[sample.name] = max(time.perf_counter() - started, 0.001)
    weights = {name: 1 / max(took, 0.02) for name, took in seconds.items()}
    total = sum(weights.values())
    return {name: max(8, -int(-cases * weight // total)) for name, weight in weights.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    kinds = ("refused", "read otherwise, or told of", "read alike")
    rows, wrong, total = [], [], Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        taken = shares(given.cases, Path(name))
        heading(
            f"{len(KINDS)} kinds of change to {len(taken)} samples, {sum(taken.values()):,} files, seed {given.seed}"
        )
        for sample in reader_samples().values():
            counts, faulty = prove(sample, taken[sample.name], given.seed, Path(name))
            rows.append([sample.source, sample.name, counts.total(), *(counts[kind] for kind in kinds), len(faulty)])  # fmt: skip
            wrong += faulty
            total += counts
    rows.append(["all", "", total.total(), *(total[kind] for kind in kinds), len(wrong)])
    table(["source", "sample", "files", *kinds, "passed over"], rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: nothing passed over. What is read alike says the same.")
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
