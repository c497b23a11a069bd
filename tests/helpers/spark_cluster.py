"""A Spark cluster of one master and some workers on loopback, started by pyspark's own scripts, ended with its executors."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SMALL_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
PATIENCE_S = 60.0
_CONF = """
spark.driver.memory 512m
spark.executor.memory {executor_memory}
spark.driver.extraJavaOptions {jvm}
spark.executor.extraJavaOptions {jvm}
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.eventLog.enabled true
spark.eventLog.dir file://{events}
spark.eventLog.compress false
spark.eventLog.rolling.enabled false
"""


@dataclass
class Worker:
    """A worker, and where its executors write.

    Attributes:
        process: Its JVM; its executors are in its group.
        local: Its executors' temporary files.
        work: Its executors' logs.
    """

    process: subprocess.Popen[bytes]
    local: Path
    work: Path

    def kill(self) -> None:
        """End the worker and its executors at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Cluster:
    """A running cluster.

    Attributes:
        master: Its address (``spark://127.0.0.1:…``).
        page: Address of the master's page.
        folder: All of its files.
        workers: Its workers.
    """

    master: str
    page: str
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def add_worker(self, local: Path | None = None, *, memory: str = "600m") -> Worker:
        """Start a worker of one core, whose executors write to a folder (default: one of the cluster)."""
        own = self.folder / f"worker-{len(self.workers)}"
        place, work = local or own / "local", own / "work"
        for each in (place, work):
            each.mkdir(parents=True, exist_ok=True)
        options = ("--host", "127.0.0.1", "--cores", "1", "--memory", memory, "--webui-port", "0", "--work-dir", work)
        process = _daemon("worker.Worker", *options, self.master, folder=own, SPARK_LOCAL_DIRS=str(place))
        self.workers.append(Worker(process, place, work))
        return self.workers[-1]

    def state(self) -> dict[str, Any]:
        """What the master says of its workers and applications."""
        with urllib.request.urlopen(f"{self.page}/json/", timeout=10) as answer:
            return dict(json.load(answer))

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many workers are alive."""
        until(lambda: sum(each["state"] == "ALIVE" for each in self.state()["workers"]) == count, "workers")

    def environment(self, name: str, executor_memory: str = "512m", **conf: str) -> dict[str, str]:
        """Environment of a driver: small, with the event log under a name, and what else the operator sets."""
        own, events = self.folder / name, self.events(name)
        for each in (own / "conf", own / "driver", events):
            each.mkdir(parents=True)
        text = _CONF.format(executor_memory=executor_memory, jvm=SMALL_JVM, events=events)
        text += "".join(f"{key.replace('__', '.')} {value}\n" for key, value in conf.items())
        (own / "conf" / "spark-defaults.conf").write_text(text, "utf-8")
        more = {"SPARK_CONF_DIR": str(own / "conf"), "SPARK_LOCAL_DIRS": str(own / "driver")}
        return dict(os.environ) | more | {"SPARK_LOCAL_IP": "127.0.0.1"}

    def events(self, name: str) -> Path:
        """Folder of the event log of a driver."""
        return self.folder / name / "events"

    def log(self, name: str) -> list[dict[str, Any]]:
        """Events of a driver so far."""
        found = []
        for path in self.events(name).iterdir():
            with contextlib.suppress(OSError):
                for line in path.read_text("utf-8", "replace").splitlines():
                    with contextlib.suppress(ValueError):
                        found.append(json.loads(line))
        return found


def running_on(events: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Executor -> tasks that it started and did not end, by an event log."""
    found: dict[str, int] = {}
    for event in events:
        step = {"SparkListenerTaskStart": 1, "SparkListenerTaskEnd": -1}.get(event.get("Event", ""), 0)
        if step:
            executor = event["Task Info"]["Executor ID"]
            found[executor] = found.get(executor, 0) + step
    return found


def until(holds: Any, what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds; an error of the network counts as not yet."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if holds():
                return
        time.sleep(0.05)
    raise TimeoutError(f"waited {patience_s:.0f} s for {what}")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def why_no_cluster() -> str | None:
    """Why no cluster can be started here; ``None`` if it can."""
    if shutil.which("java") is None:
        return "no Java runtime on this machine"
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed (extra stopgap[spark])"
    return None


@contextlib.contextmanager
def spark_cluster(folder: Path) -> Iterator[Cluster]:
    """A master without workers; it and all workers added are ended at the end."""
    port, page = free_port(), free_port()
    options = ("--host", "127.0.0.1", "--port", port, "--webui-port", page)
    master = _daemon("master.Master", *options, folder=folder / "master")
    cluster = Cluster(f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{page}", folder)
    try:
        until(lambda: cluster.state()["status"] == "ALIVE", "the master")
        yield cluster
    finally:
        for process in (*(worker.process for worker in cluster.workers), master):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _daemon(name: str, *options: object, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": SMALL_JVM,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *map(str, options)],
            env=dict(os.environ) | settings | more,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path | None]:
    """A folder on a file system of its own with so much room; ``None`` where this machine does not let us mount one."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
