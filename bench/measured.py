"""What every bench needs: a child process measured, a table printed, the machine named."""

from __future__ import annotations

import compileall
import datetime as dt
import functools
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "helpers"))  # simulated worlds as lakes in memory
CACHE = ROOT / "out" / "bench"
PYTHON = sys.executable


@dataclass(frozen=True)
class Run:
    """One finished child process.

    Attributes:
        wall_s: Seconds from start to end.
        cpu_s: User and system seconds.
        peak_mib: Largest resident memory.
        stdout: What it printed.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    stdout: str


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: this one, with the package on the path and nothing of the user's lake."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOPGAP_")}
    sources = (ROOT / "src", ROOT / "packages" / "drafting" / "src")
    return kept | {"PYTHONPATH": os.pathsep.join(map(str, sources))} | more


def run_child(*command: str | Path, check: bool = True) -> Run:
    """Run a process to its end, with its own use of time and memory.

    Raises:
        SystemExit: It failed, and ``check`` is on.
    """
    import time

    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, env=environment())
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if check and child.returncode:
            sys.exit(f"{' '.join(map(str, command))[:300]} left with {child.returncode}\n{err.read()}{out.read()}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())


@functools.cache
def compiled() -> bool:
    """Compile the package, as an installed one is: else a process compiles each file that was changed."""
    return all(compileall.compile_dir(folder, quiet=1) for folder in (ROOT / "src", ROOT / "packages"))


def stopgap(*arguments: str | Path, check: bool = True) -> Run:
    """Run one command of Stopgap as a process of its own."""
    compiled()
    return run_child(PYTHON, "-m", "stopgap", *arguments, check=check)


def spread(values: Iterable[float], digits: int = 2) -> list[str]:
    """Least, median and largest, as cells."""
    found = sorted(values)
    return [f"{value:.{digits}f}" for value in (found[0], median(found), found[-1])]


def heading(title: str, *packages: str) -> None:
    """Title, day, machine and versions, as Markdown."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        memory = float("nan")
    names = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "deltalake", "pyarrow", *packages))
    print(f"\n### {title}\n")
    print(
        f"{dt.date.today().isoformat()} · {os.cpu_count()} cores, {memory:.0f} GiB · load before {os.getloadavg()[0]:.1f} · "
        f"{platform.system()} · Python {platform.python_version()}, {names}\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Markdown table; the first column is text, the others are figures."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(name), 3, *(len(row[i]) for row in cells)) for i, name in enumerate(columns)]

    def line(row: Sequence[str]) -> str:
        parts = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        return "| " + " | ".join(parts) + " |"

    print(line(columns))
    print("|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|")
    for row in cells:
        print(line(row), flush=True)
    print(flush=True)
