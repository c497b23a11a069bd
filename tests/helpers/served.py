"""The service as a process of its own, and requests to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTS_S = 60.0


@dataclass
class ServedProcess:
    """A service that runs.

    Attributes:
        process: Its process.
        said: What it printed once it listened.
        log: File with what it logs.
    """

    process: subprocess.Popen[str]
    said: dict[str, Any]
    log: Path

    @property
    def port(self) -> int:
        return int(str(self.said["address"]).rpartition(":")[2])

    @property
    def key(self) -> str:
        """Key of the link of the analyst alone."""
        return str(self.said["sign_in"]).partition("key=")[2]

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send a request; status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            content = None if body is None else json.dumps(body)
            kind = {} if body is None else {"content-type": "application/json"}
            connection.request(method, path, content, {**kind, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def sign_in(self) -> str:
        """Sign the analyst alone in; the header ``Cookie``."""
        status, headers, body = self.ask("POST", "/sign-in", {"key": self.key})
        assert status == 200, body
        line = next(each for each in headers.get_all("set-cookie", []) if each.startswith("__Host-stopgap="))
        return line.partition(";")[0]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def served(
    lake: Path, *options: object, port: int = 0, environment: Mapping[str, str] | None = None
) -> Iterator[ServedProcess]:
    """Run ``stopgap serve`` until the block ends."""
    lake.mkdir(parents=True, exist_ok=True)
    log = lake / "served.log"
    with log.open("a") as err:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "stopgap", "serve", "--lake", str(lake), "--port", str(port),
             "--format", "json", *map(str, options)],
            stdout=subprocess.PIPE, stderr=err, text=True, env={**os.environ, **(environment or {})},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        found = ServedProcess(process, json.loads(line), log)
        _wait(found)
        yield found
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
        process.stdout.close()


def _wait(found: ServedProcess) -> None:
    until = time.monotonic() + STARTS_S
    while True:
        try:
            if found.ask("GET", "/healthz")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        assert found.process.poll() is None, found.log.read_text()
        assert time.monotonic() < until, found.log.read_text()
        time.sleep(0.1)
