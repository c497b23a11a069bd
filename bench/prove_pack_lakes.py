"""Packs of random lakes: from files, statements, alerts, decisions, attachments and releases with random markings to the bytes.

    python bench/prove_pack_lakes.py [--lakes 200] [--first 1000]

Each lake is packed for a random audience with everything in it, the pack is unpacked to the last (Parquet as rows,
workbooks, PDF text, the signed statement), and searched for every word and value that the rule of markings keeps in. Each pack is verified too:
its numbers are made again. Files revise figures of each other under markings of their own; so the pack is also held against that of
a lake which never had the files that may not go: every figure must be the same. Exits with 1 where anything got out,
differs or does not verify.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from measured import heading, table
from pack_made import ON, key, trust_in
from random_lakes import differences, leaks, make_lake, pack_of, twin_of

from stopgap.evidence.packs.verify import verify_pack


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lakes", type=int, default=200)
    parser.add_argument("--first", type=int, default=1000)
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    started = time.monotonic()
    for seed in range(asked.first, asked.first + asked.lakes):
        with tempfile.TemporaryDirectory(prefix="stopgap-prove-") as folder:
            made = make_lake(Path(folder), seed)
            path = pack_of(made, Path(folder) / "p.zip", brief=seed % 5 == 0)
            counts["lakes"] += 1
            counts["with a release"] += bool(made.released)
            if path is None:
                counts["nothing left to send"] += 1
                continue
            counts["packs"] += 1
            hidden = [*made.hidden(made.words), *made.hidden(made.values)]
            counts["words and values that may not get out"] += len(hidden)
            found = leaks(made, path)
            counts["got out"] += len(found)
            for each in found:
                print(f"seed {seed}: {each}", file=sys.stderr)
            twin = twin_of(made, Path(folder))
            counts["files"] += len(made.files)
            counts["files that may not go"] += len(made.files) - sum(made.allows(each.marks) for each in made.files)
            differs = differences(path, pack_of(twin, Path(folder) / "twin.zip", brief=False))
            counts["figures that differ"] += len(differs)
            for each in differs:
                print(f"seed {seed}: {each}", file=sys.stderr)
            checked = verify_pack(path, trust_in(key()), on=ON)
            counts["do not verify"] += not checked.holds
            if checked.failed is not None:
                print(f"seed {seed}: {checked.failed}", file=sys.stderr)
            assert checked.evidence is not None
            counts["items that went"] += len(checked.evidence["items"])
            counts["extracts of released findings"] += sum(
                item["kind"] == "extract" for item in checked.evidence["items"]
            )
            counts["left out"] += sum(each["count"] for each in checked.evidence["left_out"])
    heading(f"Packs of {asked.lakes} random lakes, {time.monotonic() - started:.0f} s")
    table(
        ("", "count"),
        [
            (name, f"{counts[name]:,}")
            for name in (
                "lakes", "nothing left to send", "packs", "items that went", "left out", "with a release",
                "extracts of released findings", "words and values that may not get out", "got out", "files",
                "files that may not go", "figures that differ", "do not verify",
            )
        ],
    )  # fmt: skip
    return 1 if counts["got out"] or counts["figures that differ"] or counts["do not verify"] else 0


if __name__ == "__main__":
    sys.exit(main())
