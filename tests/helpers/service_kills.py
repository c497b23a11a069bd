"""A service in a process of its own that is killed and started again, and clients that ask it for work meanwhile."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from job_calls import ROOT, trade_file
from killing import SOURCE, environment

from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole
from stopgap.service.state.store import ActingPerson, open_state

SERVE = """
import sys
from pathlib import Path
from stopgap.service.serve import serve
from stopgap.service.settings import ServiceSettings
lake, home, url, port, workers = sys.argv[1:6]
settings = ServiceSettings(
    lake=Path(lake), home=Path(home), database_url=url, port=int(port), is_team=True, workers=int(workers),
    requests_a_minute=1_000_000,
)
serve(settings, lambda served: None, open_browser=False)
"""

SERVICE, WORKER, BOTH = "service", "worker", "service and workers"
TARGETS = (SERVICE, WORKER, BOTH)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """Processes that a process started and that are there yet."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class ServedLake:
    """A service on a lake, started again whenever it ends, as systemd would.

    Attributes:
        folder: Where the lake, the service's folder and its log are.
        url: Its database.
        workers: Its workers.
        keys: Folder of its keys, and the passphrase of each; ``None`` for none.
        back_after: Seconds from the end of each service to the first answer of the next.
    """

    folder: Path
    url: str
    workers: int = 2
    keys: tuple[Path, str] | None = None
    back_after: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)
    token: str = ""
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def home(self) -> Path:
        return self.folder / "service"

    def client(self, **options: Any) -> httpx.Client:
        """A client that signs in with the token."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=options.pop("timeout", 60.0),
            **options,
        )

    def start(self) -> None:
        """Add a person with a token, start the service, and keep it up."""
        state = open_state(self.url)
        actor = ActingPerson("test")
        state.add_person(actor, "ann", PersonRole.ADMIN, Marking(Tlp.RED))
        self.token = state.new_token(actor, "ann", days=1).token
        state.close()
        self._begin()
        self.wait_until_up()
        self._thread = threading.Thread(target=self._keep_up, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the service as systemd would."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def kill(self, target: str, draw: random.Random) -> list[int]:
        """Kill the service, one of its workers, or all of them at once; return the workers of before."""
        assert self.process is not None
        pid = self.process.pid
        workers = children_of(pid)
        doomed = {SERVICE: [pid], WORKER: draw.sample(workers, min(1, len(workers))), BOTH: [pid, *workers]}[target]
        for each in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        return workers

    def wait_until_up(self, within_s: float = 60.0) -> None:
        """Wait until the service answers."""
        until = time.monotonic() + within_s
        with httpx.Client(timeout=2.0) as client:
            while time.monotonic() < until:
                try:
                    if client.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200:
                        return
                except httpx.HTTPError:
                    time.sleep(0.02)
        raise AssertionError(f"the service does not answer: {(self.folder / 'log.txt').read_text()[-2000:]}")

    def _begin(self) -> None:
        asked = [self.lake, self.home, self.url, self.port, self.workers]
        given = {} if self.keys is None else {"STOPGAP_HOME": str(self.keys[0]), "STOPGAP_PASSPHRASE": self.keys[1]}
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, *map(str, asked)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment() | given | {"PYTHONPATH": str(SOURCE)},
            )

    def _keep_up(self) -> None:
        while not self._ending.is_set():
            assert self.process is not None
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            ended = time.monotonic()
            self._begin()
            self.wait_until_up()
            self.back_after.append(time.monotonic() - ended)


@dataclass
class Asker:
    """A client that sends one request after the other, and each again until it is answered.

    Attributes:
        served: The service.
        send: Sends a request by its number and key, and returns the answer.
        answers: Number of the request -> what was answered with success.
        refused: Answers that are neither success nor of a service that is not there.
    """

    served: ServedLake
    send: Callable[[httpx.Client, int, str], httpx.Response]
    first: int
    answers: dict[int, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, pause_s: float) -> None:
        self._thread = threading.Thread(target=self._ask, args=(pause_s,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the request under way."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _ask(self, pause_s: float) -> None:
        number = self.first
        while not self._ending.is_set():
            if self._answered(number):
                number += 1
            self._ending.wait(pause_s)

    def _answered(self, number: int) -> bool:
        """Whether a request was answered, for good or bad; one whose answer never came is sent again."""
        try:
            with self.served.client(timeout=30.0) as client:
                answer = self.send(client, number, f"{self.send.__name__}-{number}")
        except httpx.HTTPError:
            time.sleep(0.05)
            return False
        if answer.is_success:
            self.answers[number] = answer.json()
        else:
            self.refused.append(f"{answer.status_code}: {answer.text[:500]}")
        return True


def an_import(client: httpx.Client, number: int, key: str) -> httpx.Response:
    name, content = trade_file(number)
    return client.post(
        f"{ROOT}/imports",
        files=[("files", (name, content))],
        data={"source": "comtrade"},
        headers={"Idempotency-Key": key},
    )


def a_screening(client: httpx.Client, number: int, key: str) -> httpx.Response:
    names = "id,name\n" + "".join(f"{row},Northwind Trading {number} {row}\n" for row in range(50))
    return client.post(
        f"{ROOT}/screenings",
        files=[("files", (f"names-{number}.csv", names.encode()))],
        data={"name_column": "name"},
        headers={"Idempotency-Key": key},
    )


def ends_of(served: ServedLake, ids: list[str], within_s: float = 180.0) -> dict[str, dict[str, Any]]:
    """The jobs, once all have ended."""
    until = time.monotonic() + within_s
    found: dict[str, dict[str, Any]] = {}
    with served.client() as client:
        while time.monotonic() < until:
            for id in ids:
                if id not in found:
                    job = client.get(f"{ROOT}/jobs/{id}").json()
                    if job["state"] in ("done", "failed", "cancelled"):
                        found[id] = job
            if len(found) == len(ids):
                return found
            time.sleep(0.2)
    raise AssertionError(f"{len(ids) - len(found)} jobs have not ended")


def a_pack(client: httpx.Client, number: int, key: str) -> httpx.Response:
    asked = {
        "episode": "russia-2022",
        "goods": "machinery-electronics",
        "marking": "CLEAR",
        "key": "desk",
        "redact": True,
        "without": ["exposure", "alerts", "claims", "brief"],
    }
    return client.post(f"{ROOT}/packs", json=asked, headers={"Idempotency-Key": key})


def a_decision(client: httpx.Client, number: int, key: str) -> httpx.Response:
    del key
    asked = {
        "query": f"Northwind Trading {number}",
        "list": "made-up",
        "entity": "E1",
        "decided": "false",
        "why": "another register number",
    }
    return client.post(f"{ROOT}/decisions", json=asked)
