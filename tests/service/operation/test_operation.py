"""Health, metrics and logs of the service."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stopgap.service.app import create_app
from stopgap.service.operation.logs import ACCESS, JsonLines
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.settings import ServeRequest, service_settings

HOST = "http://127.0.0.1:8765"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    app = create_app(service_settings(tmp_path / "lake", ServeRequest()))
    who = {"Bearer good": Principal("bank", PersonRole.VIEWER, via="token", session="7")}
    monkeypatch.setattr(
        type(app.state.service), "principal_of", lambda self, asking: who.get(asking.headers.get("authorization", ""))
    )
    with TestClient(app, base_url=HOST) as client:
        yield client


def test_health_is_open_and_tells_nothing(asked: TestClient) -> None:
    assert asked.get("/healthz").json() == {"status": "ok"}
    assert asked.get("/readyz").json() == {"status": "ok"}


def test_a_lake_that_cannot_be_read_is_not_ready(asked: TestClient, tmp_path: Path) -> None:
    log = tmp_path / "lake" / "tables" / "trade" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("{", "utf-8")
    found = asked.get("/readyz")
    assert found.status_code == 503
    assert str(tmp_path) not in found.text


def test_metrics_count_by_route_and_name_nothing(asked: TestClient) -> None:
    assert asked.get("/metrics").status_code == 401
    signed = {"authorization": "Bearer good"}
    for episode in ("secret-episode-1", "secret-episode-2"):
        asked.get(f"/api/v1/episodes/{episode}/measure", headers=signed)
    text = asked.get("/metrics", headers=signed).text
    assert 'route="/api/v1/episodes/{episode}/measure"' in text
    assert "secret-episode" not in text
    assert "stopgap_request_seconds_bucket" in text


def test_a_request_has_one_line_with_its_id_and_no_secret(asked: TestClient) -> None:
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    ACCESS.addHandler(handler)
    ACCESS.setLevel(logging.INFO)
    try:
        found = asked.get(
            "/api/v1/episodes/russia-2022/measure?goods=secret-list",
            headers={"authorization": "Bearer good", "x-request-id": "abc-123", "cookie": "stopgap=secret-cookie"},
        )
        asked.get("/healthz", headers={"x-request-id": "a\tb"})
    finally:
        ACCESS.removeHandler(handler)
    first, second = map(json.loads, kept.getvalue().splitlines())
    assert found.headers["x-request-id"] == first["request"] == "abc-123"
    assert (first["who"], first["method"], first["status"]) == ("bank", "GET", found.status_code)
    assert len(second["request"]) == 32
    assert "secret" not in kept.getvalue()
    assert "good" not in kept.getvalue()


def test_another_host_is_not_answered(asked: TestClient) -> None:
    assert asked.get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_an_unexpected_error_shows_the_id_of_the_request_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(service_settings(tmp_path / "lake", ServeRequest()))

    def fails(self: object, asking: object) -> None:
        raise ValueError("a secret in an exception")

    monkeypatch.setattr(type(app.state.service), "readiness", fails)
    monkeypatch.setattr(type(app.state.service), "principal_of", lambda self, asking: None)
    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as client:
        found = client.get("/readyz", headers={"x-request-id": "abc"})
    assert found.status_code == 500
    assert "secret" not in found.text
    assert found.json()["where"] == "request abc"
