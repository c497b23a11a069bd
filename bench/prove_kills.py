"""kill -9 of real commands at random moments, many times, and what each left.

    python bench/prove_kills.py --kills 220 --seed 1

Five things are killed: a first import, an import that replaces figures, ``lake
compact``, ``lake withdraw``, and ``measure`` while it builds the native copy. Half of the kills fall
anywhere in the time that an undisturbed run takes, half within milliseconds of a
data file, a commit or a native copy appearing. After each kill the lake must be
exactly the old or exactly the new one (row count and a hash over every value of
every row of every vintage), an answer that was printed must be in it, ``lake
check`` must pass, and the same command run again must work without repair and
leave the new lake.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from make_comtrade import write
from measured import CACHE, ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from killing import STAGES, after_a_kill, kill_after, new_commit, new_data_file, new_file, stopgap
from lake_state import digests, faults

from stopgap.demo.run import load_demo
from stopgap.lake.store import orphans

MEASURE = (
    "measure", "russia-2022", "--goods", "machinery-electronics", "--baseline", "2021-01:2021-12", "--after", "2023-01:2023-12",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """One command on one lake.

    Attributes:
        name: For the table.
        base: The lake before, or None for an empty one.
        command: What is killed.
        share: Its share of all kills.
        is_import: Whether it writes rows.
        is_once: Whether it cannot be run again once it is done: what was withdrawn is no longer in force.
    """

    name: str
    base: Path | None
    command: tuple[object, ...]
    share: float
    is_import: bool = True
    is_once: bool = False

    def fresh(self, folder: Path) -> Path:
        """The lake before, in a folder of its own."""
        lake = folder / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        if self.base is not None:
            shutil.copytree(self.base, lake)
        return lake


def scenes(folder: Path) -> list[Scene]:
    """The lakes and files that the kills need."""
    files = {}
    for rows in (20_000, 200_000):
        files[rows] = [folder / f"{rows}-{seed}.csv" for seed in (1, 2)]
        write(files[rows][0], rows=rows, seed=1)
        write(files[rows][1], rows=rows * 2 // 3, seed=2)
        stopgap(folder / f"lake-{rows}", "import", files[rows][0])
    shutil.copytree(folder / "lake-20000", folder / "lake-many")
    stopgap(folder / "lake-many", "import", files[20_000][1])
    load_demo(folder / "lake-demo")
    shutil.rmtree(folder / "lake-demo" / "derived", ignore_errors=True)
    return [
        Scene("first import, 20,000 rows", None, ("import", files[20_000][0]), 0.15),
        Scene("first import, 200,000 rows", None, ("import", files[200_000][0]), 0.15),
        Scene("replacing import, 20,000 rows", folder / "lake-20000", ("import", files[20_000][1]), 0.15),
        Scene("replacing import, 200,000 rows", folder / "lake-200000", ("import", files[200_000][1]), 0.15),
        Scene("lake compact", folder / "lake-many", ("lake", "compact"), 0.1, is_import=False),
        Scene("lake withdraw, 20,000 rows", folder / "lake-many", withdrawal(folder / "lake-many"), 0.15, is_once=True),
        Scene(
            "lake withdraw, 200,000 rows",
            folder / "lake-200000",
            withdrawal(folder / "lake-200000"),
            0.05,
            is_once=True,
        ),
        Scene("measure, native copy missing", folder / "lake-demo", MEASURE, 0.1, is_import=False),
    ]


def withdrawal(lake: Path) -> tuple[object, ...]:
    """The command that takes a lake's newest file back: the figures that it replaced return."""
    [row] = stopgap(lake, "query", "SELECT receipt FROM receipts ORDER BY vintage DESC LIMIT 1")["rows"]
    return ("lake", "withdraw", row["receipt"], "--why", "a proof")


def prove(scene: Scene, kills: int, draw: random.Random, folder: Path) -> tuple[Counter[str], list[str]]:
    """Where the kills of a scene fell, and what went wrong."""
    lake = scene.fresh(folder)
    old = digests(lake)
    duration_s, answer = 0.0, {}
    for _ in range(2):
        lake = scene.fresh(folder)
        started = time.perf_counter()
        answer = stopgap(lake, *scene.command)
        duration_s = time.perf_counter() - started
    new = digests(lake)
    assert (new == old) is not scene.is_import
    fell: Counter[str] = Counter()
    wrong = []
    for number in range(kills):
        lake = scene.fresh(folder)
        aim, delay_s = moment(scene, number, lake, draw, duration_s)
        killed = kill_after(lake, delay_s, *scene.command, aim=aim)
        fell[killed.stage] += 1
        fault = after_a_kill(lake, killed, old=old, new=new)
        if fault is None and not (scene.is_once and digests(lake) == new):
            again = stopgap(lake, *scene.command)
            fault = aftermath(scene, lake, again, answer, new)
        if fault is not None:
            wrong.append(f"{scene.name}, kill {number} ({killed.stage}): {fault}")
            print("  " + wrong[-1], flush=True)
    print(f"  {scene.name}: {kills} kills over {duration_s:.2f} s", flush=True)
    return fell, wrong


def moment(
    scene: Scene, number: int, lake: Path, draw: random.Random, duration_s: float
) -> tuple[Callable[[], bool] | None, float]:
    """When to kill: half of the kills at any moment, half soon after a file appears."""
    if number % 2 == 0:
        return None, draw.uniform(0.05, 1.05) * duration_s
    if scene.command is MEASURE:
        return new_file(lake / "derived", "*.building"), draw.uniform(0, 0.3)
    if number % 4 == 1:
        return new_data_file(lake), draw.uniform(0, 0.06)
    return new_commit(lake), draw.uniform(0, 0.02)


def aftermath(
    scene: Scene, lake: Path, again: dict[str, object], answer: dict[str, object], new: dict[str, tuple[int, int]]
) -> str | None:
    """What is wrong after the command ran again; None when nothing is."""
    if digests(lake) != new:
        return "the next run did not give the new lake"
    if scene.command[0] == "import" and not again["already_loaded"] and again["rows_loaded"] != answer["rows_loaded"]:
        return f"the next import loaded {again['rows_loaded']} rows"
    if scene.command is MEASURE and again != answer:
        return "the next measure gave another answer"
    if scene.command is not MEASURE and orphans(lake):
        return "stray files were left"
    failed = faults(lake)
    return f"lake check after the next run: {failed}" if failed else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=220)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="scenes whose name holds this text")
    given = parser.parse_args()
    heading(f"kill -9, {given.kills} times, seed {given.seed}")
    CACHE.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    rows, wrong, total = [], [], Counter[str]()
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        for number, scene in enumerate(scenes(folder)):
            if given.only not in scene.name:
                continue
            fell, faulty = prove(
                scene, round(given.kills * scene.share), random.Random(given.seed * 1000 + number), folder
            )
            rows.append([scene.name, *(fell[stage] for stage in STAGES), fell.total(), len(faulty)])
            wrong += faulty
            total += fell
    rows.append(["all", *(total[stage] for stage in STAGES), total.total(), len(wrong)])
    print("\nWhere the kills fell (read off what they left), and how many lakes were wrong afterwards:\n")
    table(["killed", *STAGES, "kills", "wrong"], rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: none wrong.")
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
