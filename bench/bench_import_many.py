"""Import of many small files by one command against pandas' ``read_csv`` of each and ``concat``.

    python bench/bench_import_many.py --pairs 3

A is ``stopgap import FOLDER`` as a whole process into a fresh lake: raw bytes hashed, checked and kept, every row
validated, each file with its own receipt, one vintage. B is a process that imports pandas, reads each file, puts them
together and writes one Parquet file; nothing is checked, kept or told. They run in turn. The files are made up, in the
layouts of two publishers: EasyComext, one file a month and partner, 30 reporters in each; Comtrade, one a reporter, year
and group of goods. Promise: A takes less than 6 s.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from measured import CACHE, PYTHON, Run, heading, run_child, spread, stopgap, table

# isort: split
from comtrade_files import PARTNERS, comtrade_row, csv_bytes

PROMISE_S = 6.0
PANDAS = """
import sys
from pathlib import Path
import pandas as pd
files = sorted(Path(sys.argv[1]).glob("*.csv"))
pd.concat([pd.read_csv(path) for path in files]).to_parquet(sys.argv[2])
"""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MEMBERS = (
    "Austria", "Belgium", "Bulgaria", "Croatia", "Cyprus", "Czechia", "Denmark", "Estonia", "Finland", "France",
    "Germany", "Greece", "Hungary", "Ireland", "Italy", "Latvia", "Lithuania", "Luxembourg", "Malta", "Netherlands",
    "Poland", "Portugal", "Romania", "Slovakia", "Slovenia", "Spain", "Sweden", "United Kingdom",
)  # fmt: skip
BUYERS = (
    "Kyrgyzstan", "Russia", "Armenia", "Kazakhstan", "Georgia", "Uzbekistan", "Belarus", "Tajikistan", "Azerbaijan", "Mongolia",
    "Ukraine", "China", "India", "Japan", "Thailand", "Malaysia", "Singapore", "Indonesia", "Philippines", "Pakistan",
    "Egypt", "Morocco", "Tunisia", "Algeria", "Kenya", "Nigeria", "Ghana", "South Africa", "Brazil", "Argentina",
    "Chile", "Peru", "Colombia", "Mexico", "Canada", "Australia", "New Zealand", "Israel", "Jordan", "Lebanon",
    "Saudi Arabia", "Kuwait", "Oman", "Qatar", "Norway", "Switzerland", "Iceland", "Albania", "Serbia", "Montenegro",
)  # fmt: skip
MONTHS_EACH = 240
YEARS = 36
REPORTERS = ("156", "276", "842", "251", "757", "579", "699", "792")


def easycomext(files: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Name and content of EasyComext's files: total exports of the members to one partner in one month."""
    header = ("REPORTER", "PARTNER", "PRODUCT", "FLOW", "STAT_PROCEDURE", "PERIOD", "VALUE_IN_EUR")
    for number in range(files):
        buyer, month = divmod(number, MONTHS_EACH)
        period = f"{MONTHS[month % 12]}. {2005 + month // 12}"
        sink = io.StringIO()
        writer = csv.writer(sink, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(header)
        for member in draw.sample(MEMBERS, len(MEMBERS)):
            writer.writerow((member, BUYERS[buyer], "Total", "EXPORT", "Total", period, draw.randint(1_000, 10**9)))
        yield f"Relational_View_{number:05}.csv", sink.getvalue().encode()


def comtrade(files: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Name and content of Comtrade's files: exports of one reporter in one year, all columns."""
    for number in range(files):
        rest, reporter = divmod(number, len(REPORTERS))
        group, year = divmod(rest, YEARS)
        period = str(1988 + year)
        rows = [
            comtrade_row(
                reporterCode=REPORTERS[reporter], period=period, refYear=period, refPeriodId=f"{period}0101",
                partnerCode=partner, cmdCode=str(good), primaryValue=f"{draw.randint(1, 10**9)}.25",
            )
            for partner in PARTNERS
            for good in range(840000 + 3 * group, 840003 + 3 * group)
        ]  # fmt: skip
        yield f"TradeData_{number:05}.csv", csv_bytes(rows)


LAYOUTS: dict[str, Callable[[int, random.Random], Iterator[tuple[str, bytes]]]] = {
    "EasyComext": easycomext,
    "Comtrade": comtrade,
}


def made_folder(layout: str, files: int, seed: int) -> Path:
    """The folder of made-up files, written once and kept."""
    folder = CACHE / f"many-{layout.lower()}-{files}-{seed}"
    if not folder.exists():
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for name, content in LAYOUTS[layout](files, random.Random(seed)):
            (half / name).write_bytes(content)
        half.rename(folder)
    return folder


def import_run(folder: Path, scratch: Path) -> Run:
    """A: a whole import into a lake that is not there yet."""
    lake = scratch / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    return stopgap("import", folder, "--lake", lake, "--format", "json")


def pandas_run(folder: Path, scratch: Path) -> Run:
    """B: the rival."""
    return run_child(PYTHON, "-c", PANDAS, folder, scratch / "all.parquet")


def measured(layout: str, files: int, seed: int, pairs: int) -> tuple[list[Run], list[Run]]:
    """The runs of both, in turn."""
    folder = made_folder(layout, files, seed)
    imports: list[Run] = []
    rivals: list[Run] = []
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        pandas_run(folder, Path(name))  # warms the page cache for both
        for _ in range(pairs):
            imports.append(import_run(folder, Path(name)))
            rivals.append(pandas_run(folder, Path(name)))
    return imports, rivals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, nargs="+", default=[272])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    heading("Import of many small files by one command", "pandas")
    lines = []
    kept = True
    for layout in LAYOUTS:
        for files in given.files:
            imports, rivals = measured(layout, files, given.seed, given.pairs)
            answer = json.loads(imports[-1].stdout)
            ours, theirs = (median(run.wall_s for run in runs) for runs in (imports, rivals))
            kept &= files > 272 or ours < PROMISE_S
            lines.append(
                [layout, f"{files:,}", f"{answer['rows_loaded']:,}", *spread(run.wall_s for run in imports),
                 f"{median(run.cpu_s for run in imports):.2f}", f"{max(run.peak_mib for run in imports):,.0f}",
                 f"{theirs:.2f}", f"{ours / theirs:.1f}"]
            )  # fmt: skip
    table(["layout", "files", "rows", "min s", "median s", "max s", "cpu s", "peak MiB", "pandas s", "ratio"], lines)
    print(f"Promise: 272 files in less than {PROMISE_S:g} s: {'kept' if kept else 'broken'}.")


if __name__ == "__main__":
    main()
