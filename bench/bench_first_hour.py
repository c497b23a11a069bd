"""The commands of a first hour on the demo lake, each as a whole cold process, beside their limits.

    python bench/bench_first_hour.py --runs 5 --only brief,pack

Each run is a process of its own on a lake whose native copy is there; nothing else is kept from one run to the next.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median

from measured import CACHE, Run, heading, spread, stopgap, table

LIST = "machinery-electronics"
SERIES = ("series", "--from", "EU27", "--to", "KGZ", "--goods", LIST, "--by", "year")
PASSPHRASE = "a passphrase of the bench"


def commands(lake: Path, folder: Path) -> dict[str, tuple[float | None, tuple[str | Path, ...]]]:
    """Limit in seconds and arguments of each command, by the words that name it in the table."""
    at = ("--lake", lake)
    keyed = ("--key", "bench", "--passphrase-file", folder / "passphrase")
    pack = ("pack", "create", "russia-2022", "--marking", "CLEAR", *keyed, "--output", folder / "pack.zip")

    def brief(ending: str, *more: str) -> tuple[str | Path, ...]:
        return ("brief", "russia-2022", "--output", folder / f"brief{ending}", *more, *at)

    return {
        "--help": (0.4, ("--help",)),
        "measure": (1.0, ("measure", "russia-2022", "--goods", LIST, *at)),
        "levers": (None, ("levers", "russia-2022", "--goods", LIST, *at)),
        "routes": (None, ("routes", "russia-2022", "--goods", LIST, *at)),
        "series": (None, (*SERIES, *at)),
        "screen": (None, ("screen", "Rosneft", *at)),
        "brief, HTML": (6.0, brief(".html")),
        "brief, PDF": (6.0, brief(".pdf")),
        "brief, PDF, one page": (6.0, brief("-1.pdf", "--form", "one-page")),
        "brief, Excel": (6.0, brief(".xlsx")),
        "brief, Markdown": (6.0, brief(".md")),
        "pack create": (8.0, (*pack, *at)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="words with which the names of commands begin, with commas")
    given = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        lake = folder / "lake"
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")  # keys of the bench, not the user's
        (folder / "passphrase").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        demo = stopgap("demo", "--lake", lake, "--output", folder / "demo")
        stopgap("keys", "new", "bench", "--passphrase-file", folder / "passphrase", "--lake", lake)
        wanted = tuple(each.strip() for each in given.only.split(",") if each.strip())
        rows = []
        for label, (limit, arguments) in commands(lake, folder).items():
            if not wanted or label.startswith(wanted):
                rows.append(_row(label, limit, [stopgap(*arguments) for _ in range(given.runs)]))
        heading("The first hour: whole processes on the demo lake")
        table(["stopgap …", "min s", "median s", "max s", "limit s", "kept", "cpu s", "peak MiB"], rows)
        print(f"The demo before it, once: {demo.wall_s:.1f} s, {demo.cpu_s:.1f} s of processor time.")


def _row(label: str, limit: float | None, runs: list[Run]) -> list[str]:
    kept = "–" if limit is None else "yes" if median(run.wall_s for run in runs) <= limit else "no"
    return [
        label, *spread(run.wall_s for run in runs), "–" if limit is None else f"{limit:g}", kept,
        f"{median(run.cpu_s for run in runs):.2f}", f"{max(run.peak_mib for run in runs):,.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
