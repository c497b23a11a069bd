"""Drafting claims from long texts as whole processes, by rules and with the network, against what is promised of it.

    python packages/drafting/bench/bench_drafts.py --runs 5

The texts are the made-up statements of labels/made_up one after the other, as often as it takes.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import claim_paths  # noqa: F401  (the benches of Stopgap are on the path from here on)
from claim_labels import MADE_UP
from measured import Run, heading, spread, stopgap, table

if TYPE_CHECKING:
    from stopgap.claims.drafting.reader import ReaderName

SIZES_KB = (60, 150)
PROMISED_S = {(60, "rules"): 2.0, (60, "network"): 6.0}


def long_text(size_kb: int) -> str:
    """Made-up statements one after the other, 1000 bytes of UTF-8 to the kB."""
    texts = [path.read_text("utf-8") for path in sorted((MADE_UP / "texts").iterdir()) if path.suffix != ".html"]
    out = ""
    for text in cycle(texts):
        out += text.rstrip() + "\n\n"
        if len(out.encode("utf-8")) >= size_kb * 1000:
            break
    return out.encode("utf-8")[: size_kb * 1000].decode("utf-8", errors="ignore")


READERS: dict[ReaderName, str] = {"rules": "rules", "network": "with the network"}
"""Each with its name in tables."""


def print_times(runs: int) -> None:
    """The table: each size with each reader."""
    heading("Drafting claims from a long text", "onnxruntime", "tokenizers")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES_KB:
            path = Path(name) / f"made-up-{size}.txt"
            path.write_text(long_text(size), encoding="utf-8")
            for reader, called in READERS.items():
                command = ("claims", "draft", path, "--reader", reader, "--format", "json")
                stopgap(*command)
                timed: list[Run] = [stopgap(*command) for _ in range(runs)]
                promise = PROMISED_S.get((size, reader))
                middle = median(run.wall_s for run in timed)
                rows.append([
                    f"{size} kB, {called}", *spread(run.wall_s for run in timed),
                    "–" if promise is None else f"{promise:.0f}", "–" if promise is None else "yes" if middle < promise else "no",
                    f"{median(run.cpu_s for run in timed):.2f}", f"{max(run.peak_mib for run in timed):,.0f}",
                    len(timed[0].stdout.splitlines()),
                ])  # fmt: skip
    table(["whole process", "min s", "median s", "max s", "promise s", "kept", "cpu s", "peak MiB", "drafts"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    print_times(parser.parse_args().runs)


if __name__ == "__main__":
    main()
