"""Small lists in a lake, and writers of decisions that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.decisions.decision import DecidedAs
from stopgap.screening.decisions.log import Verdict
from stopgap.screening.entities import ListedEntity, ListedName
from stopgap.screening.matching.results import ScreenQuery

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEADER = "entity_id,name,alias,schema,country,identifier"
FIRST = ("E1,Northwind Trading OOO,,Company,RUS,7701234567", "E2,Blue Harbour Shipping Ltd,,Company,ARE,")


def listed(lake: Path, folder: Path, rows: tuple[str, ...] = FIRST, *, date: str | None = None) -> None:
    """Import an edition of the list ``made-up``."""
    folder.mkdir(exist_ok=True)
    path = folder / "made-up.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    import_paths(lake, [path], ImportRequest(source="list", list_date=date, allow_shrink=True))


def entity(number: int) -> ListedEntity:
    return ListedEntity(f"E{number}", "made-up", "2024-06-01", "Company", (ListedName(f"Listed company {number}"),))


def verdict(name: str, number: int = 1, decided: str = "false", **fields: object) -> Verdict:
    return Verdict(ScreenQuery(name), entity(number), DecidedAs(decided), "a reason", **fields)  # type: ignore[arg-type]


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from decision_lists import verdict
    from stopgap.screening.decisions.log import decide, present
    lake, who = Path(sys.argv[1]), sys.argv[2]
    for number in range(100000):
        names = [f"{who} {number} {part} " + "x" * 600 for part in range(3)]
        made = decide(lake, [verdict(name) for name in names], who=who, when=present())
        print(*(each.hash for each in made), flush=True)
    """
)


def start_writer(lake: Path, who: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(SOURCE), str(Path(__file__).parent)])
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(lake), who],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


def kill(child: subprocess.Popen[str], after_s: float) -> list[str]:
    """Hashes of the decisions that a writer reported as done before it was killed, that long after its first report."""
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    return [each for line in lines if line.endswith("\n") for each in line.split()]
