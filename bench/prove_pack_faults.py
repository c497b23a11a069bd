"""Every fault that a pack's container may have, and the check that names it.

    python bench/prove_pack_faults.py

A small pack is changed in every byte (three ways), cut off at every length, changed in every byte of every file inside
(two ways, with the archive made anew), and given each of the faults of ``tests/helpers/container_faults.py``: files added,
removed, renamed, swapped, doubled, in another order; links, folders, names that lead out; other programs' archives; bombs;
wrong keys and statements. Each must be named by the check that the table says, in the process of this proof, which sees
every file that is written meanwhile. Then sizes: packs made and verified, up to one of a gigabyte.

``--step N`` takes every Nth byte alone.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from measured import PYTHON, ROOT, heading, run_child, spread, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

import container_faults as faults
from container_faults import Fault, missed, verified, watched
from sealed_samples import OURS, PAYLOAD, known, sealed

from stopgap.evidence.archives.writing import write_archive
from stopgap.evidence.packs.pack_format import container_checks

MIB = 1 << 20


@dataclass
class Kind:
    """What became of the faults of one kind."""

    named: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    elsewhere: int = 0
    slowest_s: float = 0.0
    peak_mib: float = 0.0


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tried(all_faults: Iterable[Fault], folder: Path) -> dict[str, Kind]:
    """Each fault verified, by kind."""
    kinds: dict[str, Kind] = defaultdict(Kind)
    private = folder / "private"
    private.mkdir()
    path = folder / "pack.zip"
    for fault in all_faults:
        kind = kinds[fault.kind]
        path.write_bytes(fault.data)
        before, began = peak_mib(), time.perf_counter()
        with watched(private) as written:
            _, failed = verified(fault, path)
        kind.slowest_s = max(kind.slowest_s, time.perf_counter() - began)
        kind.peak_mib = max(kind.peak_mib, peak_mib() - before)
        kind.elsewhere += sum(not name.startswith(f"{private}/") for name in written) + len(list(private.iterdir()))
        if missed(fault, failed):
            kind.missed += 1
            print(f"MISSED: {fault.kind}: {fault.check} expected, {failed} found", file=sys.stderr)
        else:
            kind.named[fault.check] += 1
    return kinds


def show(kinds: dict[str, Kind]) -> bool:
    """The table; whether nothing was missed and nothing written elsewhere."""
    table(
        ("fault", "cases", "named by", "missed", "written elsewhere", "slowest, ms", "memory added, MiB"),
        (
            (
                name, sum(kind.named.values()) + kind.missed, ", ".join(f"{check} {n:,}" for check, n in kind.named.items()),
                kind.missed, kind.elsewhere, f"{kind.slowest_s * 1000:.1f}", f"{kind.peak_mib:.1f}",
            )
            for name, kind in kinds.items()
        ),
    )  # fmt: skip
    total = sum(sum(kind.named.values()) + kind.missed for kind in kinds.values())
    lost = sum(kind.missed + kind.elsewhere for kind in kinds.values())
    print(f"{total:,} faults; missed, or written elsewhere: {lost}\n", flush=True)
    return lost == 0


def times(repeats: int, folder: Path) -> None:
    """How long the small pack takes to make and to verify."""
    making, verifying = [], []
    path = folder / "pack.zip"
    for _ in range(repeats):
        began = time.perf_counter()
        data = write_archive(sealed())
        making.append((time.perf_counter() - began) * 1000)
        path.write_bytes(data)
        began = time.perf_counter()
        assert container_checks(path, public_key_for=known(OURS)).holds
        verifying.append((time.perf_counter() - began) * 1000)
    table(
        (f"small pack, {len(PAYLOAD)} files, {repeats} times", "least, ms", "median, ms", "largest, ms"),
        (("make and sign", *spread(making)), ("verify the container", *spread(verifying))),
    )


LARGE = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from sealed_samples import OURS, PAYLOAD, known, sealed
from stopgap.evidence.archives.writing import write_archive_to
from stopgap.evidence.packs.pack_format import container_checks
folder = Path(sys.argv[2])
began = time.perf_counter()
if sys.argv[3] == "make":
    payload = {**PAYLOAD, **{f"rows/TLP-GREEN_{path.name}": path for path in sorted(folder.glob("large-*"))}}
    write_archive_to(sealed(payload=payload), folder / "pack.zip")
else:
    assert container_checks(folder / "pack.zip", public_key_for=known(OURS)).holds
took = time.perf_counter() - began
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, int(peak) / 1024)
"""


def sizes(folder: Path) -> None:
    """Time and memory by size of the pack; each made and verified by a process of its own."""
    rows = []
    for files, each_mib in ((1, 1), (1, 100), (1, 1000), (9_000, 0)):
        for number in range(files):
            with (folder / f"large-{number}.parquet").open("wb") as out:
                out.write(f"{number}".encode())
                for piece in range(each_mib):
                    out.write(bytes([piece % 251]) * MIB)
        cells = []
        for step in ("make", "verify"):
            took, peak = run_child(PYTHON, "-c", LARGE, str(ROOT / "tests" / "helpers"), folder, step).stdout.split()
            cells += [f"{float(took):.2f}", f"{float(peak):.0f}"]
        size = (folder / "pack.zip").stat().st_size / MIB
        rows.append((f"{files:,} more files", f"{size:.1f}", *cells))
        for path in folder.iterdir():
            path.unlink()
    table(("pack", "MiB", "make, s", "peak, MiB", "verify, s", "peak, MiB"), rows)


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--zeros", type=int, default=1024, help="MiB of the deflated bomb")
    options = parser.parse_args()
    heading("Faults of a pack's container", "bagit", "rocrate", "cryptography")
    with tempfile.TemporaryDirectory(prefix="prove-packs-") as name:
        folder = Path(name)
        times(200, folder)
        good = True
        for series in (
            faults.few(), faults.bombs(options.zeros * MIB, 100_000), faults.byte_changes(options.step),
            faults.truncations(options.step), faults.content_changes(options.step),
        ):  # fmt: skip
            with tempfile.TemporaryDirectory(dir=folder) as own:
                good &= show(tried(series, Path(own)))
        (folder / "pack.zip").unlink()
        sizes(folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
