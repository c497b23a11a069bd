"""A small list in a lake, files of names, and a screening that is killed at a chosen moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.matching.file_run import FileRun
from stopgap.screening.matching.match_selection import ScreenOptions
from stopgap.screening.matching.rows import name_columns
from stopgap.screening.matching.run import screen_wanted

SOURCE = Path(__file__).resolve().parents[2] / "src"
LISTED = (
    "E1,Northwind Trading OOO,Северный ветер,Company,RUS,inn:7701234567",
    "E2,Blue Harbour Shipping Ltd,,Company,ARE,",
    "E3,Sea Falcon,,Vessel,PAN,imo:9074729",
    "E4,Johannes Bergstrom,,Person,USA,",
    "E5,Vega Microelectronics JSC,,Company,RUS,",
)
NAMES = ("Northwind Trading LLC", "Vega Mikroelectronics", "Quiet Orchard Bakery", "Blue Harbor")


def load(
    lake: Path, folder: Path, rows: Sequence[str] = LISTED, *, name: str = "made-up", day: str | None = "2024-06-01"
) -> None:
    """Import an edition of a list."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    path.write_text("\n".join(["entity_id,name,alias,schema,country,identifier", *rows]) + "\n", "utf-8")
    import_paths(lake, [path], ImportRequest(source="list", list_date=day))


def names_file(path: Path, rows: Sequence[str], header: str = "id,name") -> Path:
    """A CSV; each row as given."""
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def run_of(path: Path, *, wanted: ScreenOptions | None = None, jobs: int = 1, **columns: object) -> FileRun:
    """How a file of :func:`names_file` is screened."""
    return FileRun(path, name_columns("name", **columns), wanted or screen_wanted(), jobs=jobs)  # type: ignore[arg-type]


DYING = """
import os, signal, sys
from stopgap.screening.matching import file_run, output
calls = 0
place, last = sys.argv[1], int(sys.argv[2])
file_run.BATCH = 3
if place.startswith("finish"):
    whole = output.PartFile.finish
    def finish(self, tail, form):
        if place == "finish-after":
            whole(self, tail, form)
        os.kill(os.getpid(), signal.SIGKILL)
    output.PartFile.finish = finish
keep = output.PartFile._keep
def dying(self):
    global calls
    calls += 1
    if calls == last and place == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    keep(self)
    if calls == last and place == "after":
        os.kill(os.getpid(), signal.SIGKILL)
output.PartFile._keep = dying
from stopgap.cli.main import run
sys.exit(run(sys.argv[3:]))
"""
"""A screening in batches of three that dies at the nth time that it keeps what it has, or at its end."""


def dying(place: str, last: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``stopgap screen`` until it dies, or to its end where it never gets there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOPGAP_")}
    done = subprocess.run(
        [sys.executable, "-c", DYING, place, str(last), "screen", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=kept | {"PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
    return done
