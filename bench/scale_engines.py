"""Engines side by side: DuckDB, Spark on this machine, a Spark cluster of two workers on loopback, and Sail."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measured import PYTHON, ROOT, run_child
from scale_tables import CLUSTER, SAIL

CHILD = Path(__file__).with_name("scale_engine_child.py")
SAIL_PYTHON = ROOT / ".venv-sail" / "bin" / "python"
LOCAL = "Spark, this machine"
WORKER_MEMORY = "2g"


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def no_spark() -> str:
    """Return why Spark cannot run here; empty if it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    if shutil.which("java") is None:
        return "no Java runtime on the path"
    return ""


@dataclass(frozen=True)
class Cluster:
    """A master with its workers.

    Attributes:
        address: Address of the master.
        workers: Numbers of the workers' processes.
    """

    address: str
    workers: tuple[int, ...]

    def cpu_s(self) -> float:
        """Processor seconds of the workers and of the executors that have ended."""
        ticks = 0
        for number in self.workers:
            fields = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()
            ticks += sum(int(fields[place]) for place in (11, 12, 13, 14))  # own and waited-for, user and system
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def cluster(workers: int = 2, *, wait_s: float = 60) -> Iterator[Cluster]:
    """Yield a master with workers of one core each, and end them.

    Raises:
        TimeoutError: The workers did not register in time.
    """
    import pyspark

    home = Path(pyspark.__file__).parent
    port, web = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home)}

        def start(name: str, *arguments: str) -> None:
            command = [
                str(home / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{name}",
                "--host",
                "127.0.0.1",
                *arguments,
            ]
            quiet = subprocess.DEVNULL
            started.append(subprocess.Popen(command, stdout=quiet, stderr=quiet, env=given, cwd=folder))

        try:
            start("master.Master", "--port", str(port), "--webui-port", str(web))
            for number in range(workers):
                place = ("--work-dir", f"{folder}/{number}", "--webui-port", str(free_port()))
                start("worker.Worker", "--cores", "1", "--memory", WORKER_MEMORY, *place, address)
            _await_workers(web, workers, wait_s)
            yield Cluster(address, tuple(process.pid for process in started[1:]))
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait()


def _await_workers(web: int, workers: int, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    alive = 0
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{web}/json/", timeout=5) as answer:
            alive = json.load(answer)["aliveworkers"]
        if alive >= workers:
            return
        time.sleep(0.2)
    raise TimeoutError(f"{alive} of {workers} workers registered within {wait_s:.0f} s")


def engines_at(millions: int, runs: int) -> list[dict[str, Any]]:
    """Return one row for each engine; ``why`` says why one was not run.

    Raises:
        SystemExit: The figures of an engine are not those of DuckDB.
    """
    found = [_row("DuckDB", millions, runs, PYTHON, "duckdb")]
    why = no_spark()
    if why:
        found += [{"engine": name, "millions": millions, "why": why} for name in (LOCAL, CLUSTER)]
    else:
        found.append(_row(LOCAL, millions, runs, PYTHON, "local"))
        with cluster() as on:
            found.append(_row(CLUSTER, millions, runs, PYTHON, on.address))
    if not SAIL_PYTHON.exists():
        found.append({"engine": SAIL, "millions": millions, "why": "its environment (.venv-sail) is not made"})
    else:
        found.append(_row(SAIL, millions, runs, str(SAIL_PYTHON), "sail"))
    for row in found[1:]:
        for name, value in row.get("sums", {}).items():
            expected = found[0]["sums"][name]
            if abs(value - expected) > 1e-9 * max(abs(value), abs(expected)):
                sys.exit(f"{row['engine']}: {name} is {value}, DuckDB has {expected}")
    return found


def _row(engine: str, millions: int, runs: int, python: str, where: str) -> dict[str, Any]:
    run = run_child(python, CHILD, str(millions), str(runs), where, check=False)
    try:
        answer = dict(json.loads(run.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        return {"engine": engine, "millions": millions, "why": "the process failed"}
    return {"engine": engine, "millions": millions, **answer}
