"""How long evidence packs take on the bundled figures, beside the same files in a bag of the bagit library, zipped and signed by OpenSSL.

    python bench/bench_packs.py [--rounds 5]

The rival keeps files from being changed and says who made them. It does not know what may leave, and makes no number again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from measured import Run, heading, stopgap, table

PASSPHRASE = "a passphrase for the bench"
MAKE = """
import sys, bagit
bagit.make_bag(sys.argv[1], checksums=["sha256"])
"""
CHECK = """
import sys, bagit
bagit.Bag(sys.argv[1]).validate()
"""


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = perf_counter()
    work()
    return perf_counter() - started


def rival_make(files: Path, folder: Path, key: Path) -> None:
    """A bag, its zip, and a detached signature of it."""
    bag = folder / "bag"
    shutil.rmtree(bag, ignore_errors=True)
    shutil.copytree(files, bag)
    subprocess.run([sys.executable, "-c", MAKE, bag], check=True)
    archive = shutil.make_archive(str(folder / "rival"), "zip", bag)
    subprocess.run(
        ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", archive, "-out", folder / "sig"], check=True
    )


def rival_check(folder: Path, key: Path) -> None:
    """The signature, then every hash of the bag."""
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", key, "-in", folder / "rival.zip", "-sigfile", folder / "sig"],
        check=True, capture_output=True,
    )  # fmt: skip
    opened = folder / "opened"
    shutil.rmtree(opened, ignore_errors=True)
    with zipfile.ZipFile(folder / "rival.zip") as archive:
        archive.extractall(opened)
    subprocess.run([sys.executable, "-c", CHECK, opened], check=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "home")
        secret = folder / "passphrase.txt"
        secret.write_text(PASSPHRASE)
        lake, pack = folder / "lake", folder / "pack.zip"
        stopgap("demo", "--output", folder / "demo", "--lake", lake)
        stopgap("keys", "new", "bench", "--passphrase-file", secret)
        words: tuple[str | Path, ...] = (
            "pack", "create", "russia-2022", "--goods", "machinery-electronics", "--marking", "GREEN", "--key", "bench",
            "--passphrase-file", secret, "--output", pack, "--lake", lake,
        )  # fmt: skip
        stopgap(*words)
        with zipfile.ZipFile(pack) as archive:
            archive.extractall(folder / "unpacked")
        key = folder / "rival.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        files = folder / "unpacked" / "data"
        verify: tuple[str | Path, ...] = ("pack", "verify", pack)
        steps: dict[str, tuple[str | Path, ...]] = {
            "pack create": words,
            "pack create, without brief": (*words, "--without", "brief"),
            "pack verify": verify,
            "pack verify, numbers not made again": (*verify, "--no-numbers"),
            "pack compare, with itself": ("pack", "compare", pack, pack, "--lake", lake),
            "pack export, STIX": ("pack", "export", pack, "--as", "stix", "--output", folder / "bundle.json"),
        }
        times: dict[str, list[Run]] = {step: [] for step in steps}
        rivals: dict[str, list[float]] = {"make": [], "check": []}
        for _ in range(rounds):
            for step, command in steps.items():
                times[step].append(stopgap(*command))
                if step.endswith("without brief"):
                    stopgap(*words)  # the pack that is checked has one
            rivals["make"].append(timed(lambda: rival_make(files, folder, key)))
            rivals["check"].append(timed(lambda: rival_check(folder, key)))
        size = pack.stat().st_size
        heading(f"Evidence packs of the bundled figures, {size / 1e6:.1f} MB, medians of {rounds}", "cryptography")
        against = {"pack create": "make", "pack verify": "check", "pack verify, numbers not made again": "check"}
        rows = []
        for step, runs in times.items():
            seconds = median(run.wall_s for run in runs)
            rival = median(rivals[against[step]]) if step in against else None
            rows.append(
                (
                    step,
                    f"{seconds:.2f}",
                    f"{median(run.peak_mib for run in runs):.0f}",
                    "" if rival is None else f"{rival:.2f}",
                    "" if rival is None else f"{seconds / rival:.1f}",
                )
            )
        table(("step", "s", "peak MiB", "bag, zip, OpenSSL s", "ratio"), rows)


if __name__ == "__main__":
    main()
