"""Many ask a real server at the same time, with different clearances: each gets what is theirs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import uvicorn
from rest_cases import EPISODE
from service_app import service_app, someone
from starlette.requests import HTTPConnection
from whole_lake import RED, Whole, mark

from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole, Principal

PEOPLE = {
    "high": someone(PersonRole.ADMIN, name="high"),
    "amber": someone(PersonRole.VIEWER, Marking(Tlp.AMBER), name="amber"),
    "green": someone(PersonRole.VIEWER, Marking(Tlp.GREEN), name="green"),
}
ADDRESSES = (
    "lists",
    "lists/listed.csv",
    "vintages",
    "decisions",
    f"episodes/{EPISODE}/measure?gross=true",
    "series?from=COL&to=AND&goods=84&by=month",
    "alerts?status=all",
    "claims",
    "markings",
)


@pytest.fixture(scope="module")
def address(served: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a lake whose list is RED; the header ``x-as`` says who asks."""
    lake = served.copied(tmp_path_factory.mktemp("at-once") / "lake")
    mark(lake, (f"receipt:{served.receipts['listed.csv']}", RED))
    app = service_app(lake, None)

    def principal_of(connection: HTTPConnection) -> Principal | None:
        return PEOPLE.get(connection.headers.get("x-as", ""))

    app.state.service.principal_of = principal_of
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/api/v1"
    server.should_exit = True
    thread.join(30)


@pytest.mark.prove_only
def test_each_gets_what_is_theirs(address: str, served: Whole) -> None:
    def asked(who: str, path: str) -> tuple[int, str, str]:
        answer = httpx.get(f"{address}/{path}", headers={"x-as": who}, timeout=120, trust_env=False)
        return answer.status_code, answer.headers["x-stopgap-marking"], answer.text

    alone = {(who, path): asked(who, path) for who in PEOPLE for path in ADDRESSES}
    assert alone["high", "lists/listed.csv"][0] == 200
    assert alone["green", "lists/listed.csv"][0] == 404
    name = served.listed[1]
    assert name in alone["high", "lists/listed.csv"][2]
    for (who, path), (_, _, text) in alone.items():
        assert who == "high" or name not in text, (who, path)
    calls: list[tuple[str, str]] = [*alone] * 3
    with ThreadPoolExecutor(8) as pool:
        together: list[Any] = list(pool.map(lambda call: asked(*call), calls))
    assert [found[:2] for found in together] == [alone[call][:2] for call in calls]
    assert [found[2] for found in together] == [alone[call][2] for call in calls]


def test_nobody_is_told_so(address: str) -> None:
    answer = httpx.get(f"{address}/lists", timeout=60, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-stopgap-marking"] == "TLP:CLEAR"
    assert "Bearer" in answer.headers["www-authenticate"]
