"""Calls of the addresses of jobs, for tests: submit, wait, listen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comtrade_files import PARTNERS, comtrade_row, csv_bytes
from lake_state import lake_state
from starlette.testclient import TestClient

from stopgap.base.clearance import whole_lake
from stopgap.service.principal import Principal

ROOT = "/api/v1"
MOST_S = 120.0


def trade_file(number: int) -> tuple[str, bytes]:
    """Name and bytes of a file of Comtrade with one figure; those of the first 216 numbers are figures of their own."""
    year = str(2018 + number % 6)
    partner = list(PARTNERS)[number // 6 % len(PARTNERS)]
    good = ("854231", "854232", "850440", "847150")[number // 54 % 4]
    row = comtrade_row(
        period=year, refYear=year, refPeriodId=f"{year}0101", partnerCode=partner, partnerISO=PARTNERS[partner],
        cmdCode=good, primaryValue=100.0 + number,
    )  # fmt: skip
    return f"figures-{number}.csv", csv_bytes([row])


def upload(client: Any, *files: tuple[str, bytes], to: str = "imports", **fields: Any) -> Any:
    """The answer to an upload; ``key`` is the key of idempotency."""
    key = fields.pop("key", None)
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"{ROOT}/{to}", files=[("files", file) for file in files], data=fields, headers=headers)


def accepted(answer: Any) -> str:
    """The address of the job that was accepted."""
    assert answer.status_code == 202, answer.text
    address = str(answer.headers["location"])
    assert address == f"{ROOT}/jobs/{answer.json()['id']}"
    return address


def ended(client: Any, address: str) -> dict[str, Any]:
    """The job, once it has ended."""
    until = time.monotonic() + MOST_S
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(address).json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job has not ended: {job}")


def result(client: Any, address: str) -> dict[str, Any]:
    """What a job that must be done answered."""
    job = ended(client, address)
    assert job["state"] == "done", job
    answer: dict[str, Any] = client.get(f"{address}/result").json()
    return answer


def listened(client: Any, address: str, after: int | None = None) -> list[tuple[int | None, str, dict[str, Any]]]:
    """Events of a stream to its end: id, name, data."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    found: list[tuple[int | None, str, dict[str, Any]]] = []
    with client.stream("GET", f"{address}/events", headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                id = fields.get("id")
                found.append((int(id) if id else None, fields["event"], json.loads(fields["data"])))
                fields = {}
    return found


def state_of(lake: Path) -> dict[str, Any]:
    """What the lake holds, for this process sees nothing of it unless it says whose eyes read."""
    with whole_lake():
        return lake_state(lake)


@contextmanager
def asked_by(client: TestClient, person: Principal | None) -> Iterator[TestClient]:
    """The same service, asked by someone else."""
    service = client.app.state.service  # type: ignore[attr-defined]
    before = service.principal_of
    service.principal_of = lambda connection: person
    try:
        yield client
    finally:
        service.principal_of = before


def uploads_left(client: TestClient) -> list[str]:
    home = client.app.state.service.settings.home  # type: ignore[attr-defined]
    return [str(path) for path in home.glob("jobs/*/inputs")]
