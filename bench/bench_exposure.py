"""How long, and how much memory, an exposure of a million lines of declarations takes.

python bench/bench_exposure.py [--lines N] [--rows N]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measured import heading, stopgap, table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=200_000)
    given = parser.parse_args()
    heading(f"Exposure of about {given.lines:,} lines of simulated declarations", "numpy")
    with tempfile.TemporaryDirectory() as folder:
        world, lake = Path(folder) / "world", Path(folder) / "lake"
        at: tuple[str | Path, ...] = ("--lake", lake, "--format", "json")
        made = stopgap(
            "simulate", "--output", world, "--seed", "3", "--rows", str(given.rows), "--kind", "routing",
            "--declarations", str(given.lines), "--format", "json",
        )  # fmt: skip
        rows = [("simulate", made)]
        files = sorted(world.glob("declarations*.csv*"))
        rows.append(("import", stopgap("import", *files, "--map", world / "declarations.yml", *at)))
        stopgap("import", world / "trade.csv", *at)
        listed = stopgap("import", world / "listed.csv", "--source", "list", *at, check=False)
        exposed: tuple[str | Path, ...] = ("exposure", world / "episode.yml", "--register", world / "register.csv", *at)
        variants: dict[str, tuple[str, ...]] = {
            "exposure, equal names, no lists": ("--merge", "name", "--no-screen"),
            "exposure, name matcher, no lists": ("--no-screen",),
            "exposure, name matcher and lists": (),
        }
        for name, words in variants.items():
            rows.append((name, stopgap(*exposed, *words)))
        found = json.loads(rows[-1][1].stdout)
    table(
        ("step", "wall s", "CPU s", "peak MiB"),
        [(name, f"{run.wall_s:.1f}", f"{run.cpu_s:.1f}", f"{run.peak_mib:.0f}") for name, run in rows],
    )
    print(
        f"{found['total']['lines']:,} lines of the goods in the window, {found['merging']['declared_names']:,} spellings, "
        f"{found['merging']['companies']:,} companies, {found['screened']['companies']:,} looked up; "
        f"{len(found['screened']['lists'])} lists.",
        "" if listed.stdout else "The list could not be loaded.",
    )


if __name__ == "__main__":
    main()
