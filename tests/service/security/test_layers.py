"""Layers around the service: bytes, depth, rate, origin, headers and hosts, asked as a client asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import add_problem_handlers
from stopgap.service.security import limits
from stopgap.service.security.headers import SecurityHeaders
from stopgap.service.security.limits import BodyLimits, RateLimit, depth_of
from stopgap.service.security.same_origin import HEADER, SameOrigin, csrf_token

HOST = "http://127.0.0.1:8765"


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())})


class As:
    """Puts a principal into the state of each request, as sign-in does."""

    def __init__(self, app: Any, principal: Principal | None) -> None:
        self.app, self.principal = app, principal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["principal"] = self.principal
        await self.app(scope, receive, send)


def client(layer: Callable[[Any], Any], principal: Principal | None = None) -> TestClient:
    app = FastAPI()
    add_problem_handlers(app, lambda request, error: None)
    app.router.routes.append(Route("/{rest:path}", echo, methods=["GET", "POST", "DELETE"]))
    return TestClient(As(layer(app), principal), base_url=HOST)


def limited(app: Any) -> BodyLimits:
    return BodyLimits(app, most_bytes=1_000, most_upload_bytes=5_000, uploads=("/api/v1/imports",))


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/match", 1_000, 200), ("/match", 1_001, 413), ("/api/v1/imports", 5_000, 200), ("/api/v1/imports", 5_001, 413)],
)
def test_a_body_may_be_so_long(path: str, size: int, status: int) -> None:
    found = client(limited).post(path, content=b"x" * size)
    assert found.status_code == status
    if status == 413:
        assert found.headers["content-type"] == "application/problem+json"
        assert {"what", "where", "fix"} <= found.json().keys()
    else:
        assert found.json() == {"bytes": size}


def test_a_body_without_a_stated_length_is_counted() -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    assert client(limited).post("/match", content=pieces()).status_code == 413


@pytest.mark.parametrize(
    ("text", "depth"),
    [(b"1", 0), (b'{"a": [1]}', 2), (b'"[[[["', 0), (b'{"a": "\\"[["}', 1), (b"[" * 500, 500), (b'[{"a]": [[]]}]', 4)],
)
def test_depth_counts_brackets_outside_texts(text: bytes, depth: int) -> None:
    assert depth_of(text) == depth


def test_json_may_be_so_deep() -> None:
    asked = client(lambda app: BodyLimits(app, most_bytes=10_000, most_upload_bytes=0))
    for depth, status in ((limits.MOST_DEPTH, 200), (limits.MOST_DEPTH + 1, 422), (3_000, 422)):
        body = b"[" * depth + b"]" * depth
        found = asked.post("/match", content=body, headers={"content-type": "application/json"})
        assert found.status_code == status, depth
        assert status != 200 or found.json() == {"bytes": len(body)}


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    sent: list[dict[str, Any]] = []

    async def work() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(30)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/match",
            "headers": [(b"content-type", b"application/json")],
            "state": {},
        }
        await limited(Starlette())(scope, receive, send)

    asyncio.run(work())
    assert sent[0]["status"] == 408


def test_more_than_so_many_requests_in_a_minute_are_refused_to_that_person_alone() -> None:
    app = Starlette(routes=[Route("/{rest:path}", echo)])
    layer = RateLimit(app, a_minute=3)
    ann, ben = (TestClient(As(layer, Principal(name, PersonRole.VIEWER)), base_url=HOST) for name in ("ann", "ben"))
    assert [ann.get("/a").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ann.get("/a")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "batch" in refused.json()["fix"]
    assert ben.get("/a").status_code == 200
    assert ann.get("/healthz").status_code == 200


SESSION = Principal("ann", PersonRole.ANALYST, via="session")
TOKEN = Principal("bank", PersonRole.ANALYST, via="token")
SECRET = "a-secret-of-a-session"


def same(app: Any) -> SameOrigin:
    return SameOrigin(app, cookies=("__Host-stopgap", "stopgap"), without_token=("/sign-in",))


@pytest.mark.parametrize(
    ("principal", "method", "headers", "status"),
    [
        (SESSION, "GET", {}, 200),
        (SESSION, "POST", {}, 403),
        (SESSION, "POST", {"origin": HOST}, 403),
        (SESSION, "POST", {"origin": HOST, HEADER: csrf_token(SECRET)}, 200),
        (SESSION, "DELETE", {"origin": HOST, HEADER: csrf_token(SECRET)}, 200),
        (SESSION, "POST", {"sec-fetch-site": "same-origin", HEADER: csrf_token(SECRET)}, 200),
        (SESSION, "POST", {"origin": HOST, HEADER: csrf_token("another")}, 403),
        (SESSION, "POST", {"origin": "https://evil.example", HEADER: csrf_token(SECRET)}, 403),
        (SESSION, "POST", {"origin": "null", HEADER: csrf_token(SECRET)}, 403),
        (SESSION, "POST", {"origin": HOST, "sec-fetch-site": "cross-site", HEADER: csrf_token(SECRET)}, 403),
        (SESSION, "POST", {"origin": HOST, "sec-fetch-site": "same-site", HEADER: csrf_token(SECRET)}, 403),
        (TOKEN, "POST", {}, 200),
        (TOKEN, "POST", {"origin": "https://evil.example"}, 403),
        (None, "POST", {"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_changes_come_from_our_own_pages(
    principal: Principal | None, method: str, headers: dict[str, str], status: int
) -> None:
    given = {"cookie": f"other=1; stopgap={SECRET}", **headers}
    found = client(same, principal).request(method, "/api/v1/decisions", headers=given)
    assert found.status_code == status, found.text


def test_the_form_of_sign_in_needs_no_token_but_an_origin() -> None:
    asked = client(same, SESSION)
    assert asked.post("/sign-in", headers={"origin": HOST}).status_code == 200
    assert asked.post("/sign-in", headers={"origin": "https://evil.example"}).status_code == 403


def test_every_answer_has_the_headers_and_the_policy_allows_nothing_unsafe() -> None:
    found = client(lambda app: SecurityHeaders(app, is_https=False)).get("/a")
    policy = found.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in found.headers
    assert "strict-transport-security" in client(lambda app: SecurityHeaders(app, is_https=True)).get("/a").headers
