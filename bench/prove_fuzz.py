"""Files of every format, mutated at random many times, and what the import made of each.

    python bench/prove_fuzz.py --trials 40 --seed 1

Every sample of ``tests/helpers/samples.py`` meets every mutation of
``tests/helpers/mutations.py`` so many times. Each file must be read with the rows
that it has, or be refused with an error that says what, where and how to fix it:
never another row or value, no fault of ours, no death, no hang (30 s), no more
than 1 GiB of memory.
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

from mutations import MUTATIONS
from promises import broken_promise, put, read, trial
from reader_process import ReaderProcess
from samples import Sample, samples


def prove(sample: Sample, trials: int, seed: int, folder: Path) -> tuple[Counter[str], float, list[str]]:
    """What became of a sample's mutated files, the largest memory, and what went wrong."""
    reader = ReaderProcess()
    became: Counter[str] = Counter()
    wrong: list[str] = []
    peak_mib = 0.0
    try:
        sound = read(reader, sample, *put(folder, sample))
        if sound.kind != "loaded" or abs(sound.total - sample.total) > 1e-9 * sample.total:
            return became, sound.peak_mib, [f"{sample.name}: the sound file gives {sound.kind} {sound.total}"]
        for mutation in MUTATIONS:
            for number in range(seed * 1000, seed * 1000 + trials):
                mutated = trial(sample, mutation, number)
                if mutated is None:
                    continue
                found = read(reader, sample, *put(folder, sample, mutated))
                became["with rows rejected" if found.rejected else found.kind] += 1
                peak_mib = max(peak_mib, found.peak_mib)
                fault = broken_promise(sound, mutated, found)
                if fault is not None:
                    wrong.append(f"{sample.name}, {mutation} {number}: {fault[:500]}")
    finally:
        reader.close()
    return became, peak_mib, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=30, help="of each mutation and format")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    heading(f"{len(MUTATIONS)} mutations of {len(samples())} formats, {given.trials} times, seed {given.seed}")
    started = time.perf_counter()
    rows, wrong, total = [], [], Counter[str]()
    kinds = ("loaded", "with rows rejected", "refused")
    with tempfile.TemporaryDirectory() as name:
        for number, sample in enumerate(samples().values()):
            became, peak_mib, faulty = prove(sample, given.trials, given.seed, Path(name) / str(number))
            rows.append([sample.name, *(became[kind] for kind in kinds), became.total(), f"{peak_mib:.0f}", len(faulty)])  # fmt: skip
            wrong += faulty
            total += became
    rows.append(["all", *(total[kind] for kind in kinds), total.total(), "", len(wrong)])
    table(["format", *kinds, "files", "peak MiB", "wrong"], rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: none wrong.")
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
