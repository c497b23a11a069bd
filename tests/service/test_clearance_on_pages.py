"""Someone cleared for GREEN opens every page of a lake that is RED throughout: each is that of an empty lake."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute
from rest_cases import EPISODE
from starlette.testclient import TestClient
from whole_lake import Whole

from stopgap.service.pages.router import pages_router

NONCE = re.compile(r"nonce[-=]\"?[\w-]+\"?")
OWN = ("x-request-id", "date", "content-length")
NOT_OF_THE_LAKE = ("/assets", "/people", "/audit", "/settings", "/me")
"""Pages that hold nothing of a lake, or what the person did."""


def _routes() -> list[str]:
    found = []

    def walk(routes: Any) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                if "GET" in route.methods and not route.path.startswith(NOT_OF_THE_LAKE):
                    found.append(route.path)
            elif hasattr(route, "original_router"):
                walk(route.original_router.routes)

    walk(pages_router().routes)
    return sorted(set(found))


def _filled(path: str, served: Whole) -> str:
    """The path with what someone would put into it who knows every id."""
    receipt = next(iter(served.receipts.values()))
    values = {
        "episode": EPISODE, "receipt": receipt, "vintage": "v1", "id": served.claims[0], "code": "AND", "name": "loss_usd",
        "part": "series", "entity": served.listed[0], "alert": served.alert, "claim": served.claims[0], "list": "chips",
        "pack": served.pack.name, "job": "j-1", "number": "1", "key": "1", "screening": "s-1",
    }  # fmt: skip
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(values[found[1]]), path)


def _said(answer: Any) -> tuple[Any, ...]:
    headers = {name: NONCE.sub("", value) for name, value in answer.headers.items() if name not in OWN}
    return answer.status_code, headers, NONCE.sub("", answer.text).replace("/hidden/", "/nothing/")


@pytest.mark.one_in(4)
@pytest.mark.parametrize("path", _routes())
def test_a_page_is_that_of_an_empty_lake(served: Whole, hidden: TestClient, nothing: TestClient, path: str) -> None:
    for form in ({"accept": "text/html"}, {"hx-request": "true"}):
        address = _filled(path, served)
        one, other = (client.get(address, headers=form, follow_redirects=False) for client in (hidden, nothing))
        assert _said(one) == _said(other), address


def _asked(served: Whole) -> list[str]:
    """Addresses with options, as someone asks who knows what is there."""
    name, receipt = served.listed[1], next(iter(served.receipts.values()))
    return [
        "/explore?reporters=DEU&partners=AND&goods=TOTAL&by=month",
        "/explore?reporters=DEU&partners=AND&goods=TOTAL&by=month&both=true",
        f"/find?q={name}", f"/find?q={receipt}", f"/find?q={served.claims[0]}", f"/find/companies?q={name}",
        f"/companies?name={name}", "/rows?behind=series&reporters=DEU&partners=AND&goods=TOTAL&by=month",
        f"/files/{receipt}/rows?good=854231&period=2020-01", "/alerts?status=all", "/claims?verdict=supported",
        f"/episodes/{EPISODE}?chart=waterfall&form=png", f"/episodes/{EPISODE}?as_of=v1", f"/episodes/{EPISODE}/figures/supplier?supplier=CHN",
        "/query?sql=SELECT+*+FROM+receipts", f"/nowhere/{receipt}",
    ]  # fmt: skip


def test_pages_that_are_asked_for_something_tell_nothing(
    served: Whole, hidden: TestClient, nothing: TestClient
) -> None:
    for address in _asked(served):
        one, other = (client.get(address, headers={"accept": "text/html"}) for client in (hidden, nothing))
        assert _said(one) == _said(other), address


def test_actions_on_what_is_not_seen_are_refused_alike(served: Whole, hidden: TestClient, nothing: TestClient) -> None:
    receipt, claim = next(iter(served.receipts.values())), served.claims[0]
    tries: list[tuple[str, dict[str, str]]] = [
        (f"/alerts/{served.alert}/decisions", {"decision": "dismissed", "why": "x"}), (f"/claims/{claim}/test", {}),
        ("/companies/screen", {"name": served.listed[1]}), (f"/data/files/{receipt}/withdraw", {"why": "x"}),
        ("/packs/preview", {"episode": EPISODE, "marking": "CLEAR"}), ("/query", {"sql": "SELECT * FROM receipts"}),
        ("/companies/decisions", {"query": served.listed[1], "entity_id": served.listed[0], "decision": "confirmed", "why": "x"}),
    ]  # fmt: skip
    for address, form in tries:
        sent = {"headers": {"hx-request": "true", "accept": "text/html"}, "data": form}
        one, other = (client.post(address, **sent) for client in (hidden, nothing))  # type: ignore[arg-type]
        assert _said(one) == _said(other), address


def test_there_are_many_pages() -> None:
    assert len(_routes()) > 40
