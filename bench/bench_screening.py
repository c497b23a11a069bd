"""Screening: a file of made-up names against a list of made-up entities, with one command; and one name alone.

    python bench/bench_screening.py --names 1000000 --entities 100000

The list is imported as any CSV is; then measured, each as a process of its own: building the index (the first screening),
opening it, the file of names on all cores, and one name in a process that is warm. One name in twenty is a listed one, altered.
Promises, for a million names and a hundred thousand entities on two cores: under 6 minutes and 4 GB all processes together,
index built under 60 s, opened under 3 s, one name under 20 ms.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measured import CACHE, PYTHON, environment, heading, run_child, spread, stopgap, table


def _words(text: str, between: str = " ") -> list[str]:
    return text.split(between)


KINDS = _words(
    "Trading Shipping Logistics Electronics Technologies Engineering Industries Holding Systems Metals Chemicals Optics "
    "Instruments Energy Marine Supply Components Machinery Semiconductors Aviation Materials Equipment Research Capital"
)
FORMS = _words("LLC;Ltd;GmbH;JSC;OOO;Co., Ltd.;S.A.;FZE;Inc;AO;PLC;B.V.", ";")
PLACES = _words("Asia Ural Baltic Pacific Orient Volga Delta Northern Global East Royal Golden Prime United Sino Euro")
COUNTRIES = _words("RUS CHN ARE TUR HKG KAZ DEU IRN GBR SGP")
ONSETS = _words("b br d dr f g gr k kl kr l m n p pr r s sk st t tr v vl z zh sh ch")
VOWELS = _words("a e i o u ya ei ou")
CODAS = ["", "", "n", "r", "s", "l", "k", "x", "m", "nd", "st"]

WARM = """
import json, sys, time
import stopgap
lake = stopgap.open(sys.argv[1])
names = json.loads(sys.stdin.read())
started = time.perf_counter()
lake.screen(names[0])
opened = time.perf_counter() - started
taken = []
for name in names:
    started = time.perf_counter()
    lake.screen(name)
    taken.append(time.perf_counter() - started)
print(json.dumps({"first_s": opened, "each_s": taken}))
"""
OPEN = """
import sys, time
from pathlib import Path
from stopgap.screening.index.build import ready_index
started = time.perf_counter()
ready = ready_index(Path(sys.argv[1]))
ready.index
print(time.perf_counter() - started)
"""


def made_name(rng: random.Random) -> str:
    """A company's name that nobody bears: one or two invented words, a common one, a legal form."""
    words = [
        "".join(
            rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(rng.randint(2, 3))
        ).capitalize()
        for _ in range(rng.choice((1, 1, 2)))
    ]
    if rng.random() < 0.3:
        words.insert(0, rng.choice(PLACES))
    return " ".join([*words, rng.choice(KINDS), rng.choice(FORMS)])


def altered(name: str, rng: random.Random) -> str:
    """The name with a letter changed, its words turned, or another legal form."""
    kind = rng.randrange(3)
    if kind == 0:
        place = rng.randrange(len(name))
        return name[:place] + rng.choice("abcdefghijklmnopqrstuvwxyz") + name[place + 1 :]
    words = name.split()
    return " ".join([*words[1:], words[0]] if kind == 1 else [*words[:-1], rng.choice(FORMS)])


def write_world(folder: Path, names: int, entities: int, seed: int) -> tuple[Path, Path]:
    """The list and the file of names, written once and kept."""
    folder.mkdir(parents=True, exist_ok=True)
    listed, asked = folder / f"listed-{entities}-{seed}.csv", folder / f"asked-{names}-{entities}-{seed}.csv"
    rng = random.Random(seed)
    own = [made_name(rng) for _ in range(entities)]
    if not listed.exists():
        rows = ([f"E{number}", name, "Company", rng.choice(COUNTRIES)] for number, name in enumerate(own))
        _write(listed, ["entity_id", "name", "schema", "country"], rows)
    if not asked.exists():
        rng = random.Random(seed + 1)
        rows = (
            [number, altered(rng.choice(own), rng) if rng.random() < 0.05 else made_name(rng)]
            for number in range(names)
        )
        _write(asked, ["id", "name"], rows)
    return listed, asked


def _write(path: Path, header: list[str], rows: Iterator[list[object]]) -> None:
    half = path.with_suffix(".part")
    with half.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    half.rename(path)


class Family:
    """The most memory that a process and its children held together, looked at ten times a second."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.most_mib = 0.0
        self._process = process
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while self._process.poll() is None:
            self.most_mib = max(self.most_mib, sum(map(_resident_mib, _family(self._process.pid))))
            time.sleep(0.1)

    def join(self) -> float:
        self._thread.join()
        return self.most_mib


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _resident_mib(pid: int) -> float:
    """Memory of a process, what it shares with others divided between them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def screen_file(
    lake: Path, asked: Path, output: Path, jobs: int | None, master: str | None = None
) -> tuple[float, float, float, str]:
    """Wall seconds, CPU seconds and memory of one command, and what it said; on Spark, if its master is given."""
    output.unlink(missing_ok=True)
    command = [PYTHON, "-m", "stopgap", "screen", asked, "--name-column", "name", "--lake", lake, "--output", output]
    if jobs:
        command += ["--jobs", jobs]
    if master:
        command += ["--engine", "spark", "--spark-master", master]
    before, started = os.times(), time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True, env=environment())
    family = Family(process)
    said = process.communicate()[1]
    wall, after = time.perf_counter() - started, os.times()
    if process.returncode:
        sys.exit(said)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, family.join(), said.splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--spark-master", help="screen the file on Spark too, and compare the answers")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = CACHE / "screening"
    listed, asked = write_world(folder, given.names, given.entities, given.seed)
    lake = folder / f"lake-{given.entities}-{given.seed}"
    if not lake.exists():
        stopgap("import", listed, "--source", "list", "--list-date", "2026-01-01", "--lake", lake)
    heading(f"Screening of {given.names:,} names against {given.entities:,} entities", "lightgbm", "rapidfuzz")
    for kept in (lake / "screening").glob("index-*"):
        run_child("rm", "-r", kept)
    opening = [PYTHON, "-c", OPEN, lake]
    built = run_child(*opening)
    opened = [run_child(*opening) for _ in range(3)]
    index = max((lake / "screening").glob("index-*"), key=lambda path: path.stat().st_mtime)
    size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file()) / 2**20
    wall, cpu, memory, said = screen_file(lake, asked, folder / "hits.csv", given.jobs)
    on_spark: list[list[str]] = []
    if given.spark_master:
        s_wall, s_cpu, s_memory, _ = screen_file(lake, asked, folder / "spark.csv", None, given.spark_master)
        if (folder / "spark.csv").read_bytes() != (folder / "hits.csv").read_bytes():
            sys.exit("the answers on Spark differ")
        on_spark = [
            [f"file on Spark, {given.spark_master}, s (the same answers)", f"{s_wall:.1f}", ""],
            ["  CPU, s; names per CPU second", f"{s_cpu:.1f}; {given.names / s_cpu:,.0f}", ""],
            ["  memory of all processes, MiB", f"{s_memory:,.0f}", ""],
        ]
    some = [row["name"] for _, row in zip(range(200), csv.DictReader(asked.open(encoding="utf-8")), strict=False)]
    done = subprocess.run(
        [PYTHON, "-c", WARM, str(lake)],
        input=json.dumps(some),
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    warm = json.loads(done.stdout)
    each = sorted(1000 * taken for taken in warm["each_s"])
    table(
        ["what", "measured", "promise"],
        [
            ["index built, s", f"{float(built.stdout):.1f}", "60"],
            ["  its memory, MiB", f"{built.peak_mib:,.0f}", ""],
            ["  its size on disk, MiB", f"{size:,.0f}", ""],
            ["index opened, s (least, median, most)", " ".join(spread(float(run.stdout) for run in opened)), "3"],
            ["  memory of the process, MiB", f"{median(run.peak_mib for run in opened):,.0f}", ""],
            ["file, whole command, s", f"{wall:.1f}", "360"],
            ["  CPU, s", f"{cpu:.1f}", ""],
            ["  names per CPU second", f"{given.names / cpu:,.0f}", ""],
            ["  memory of all processes, MiB", f"{memory:,.0f}", "4096"],
            *on_spark,
            ["one name in a warm process, ms (median, 95th)", f"{median(each):.1f} {each[int(0.95 * len(each))]:.1f}", "20"],
            ["  the first, opening the lists, s", f"{warm['first_s']:.2f}", ""],
        ],
    )  # fmt: skip
    print(f"{said}. Promises are for 1,000,000 names and 100,000 entities on two cores.")


if __name__ == "__main__":
    main()
