"""A client written for yente: recorded requests are answered in yente's shapes, whoever signs in and however."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from matching_service import ADMIN, asking, asking_with_tokens

EXCHANGES = sorted((Path(__file__).parent / "exchanges").glob("*.json"))
SHAPES = json.loads((Path(__file__).parent / "exchanges" / "shapes" / "yente.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def client(kept_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of one service for all exchanges."""
    with asking(kept_lake, home=tmp_path_factory.mktemp("home")) as found:
        yield found


def in_shape(document: Any, name: str) -> None:
    """Check a document against one of the shapes of yente's public OpenAPI."""
    jsonschema.validate(document, {"$ref": f"#/$defs/{name}", "$defs": SHAPES["$defs"]})


def sent(client: Any, request: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """Send a recorded request."""
    body = request.get("json")
    return client.request(
        request["method"], request["path"], params=request.get("params"), json=body,
        headers={**request.get("headers", {}), **(headers or {})},
    )  # fmt: skip


def held(expected: Any, found: Any, where: str) -> None:
    """Check that what an exchange expects is there: members of objects, lists whole, other values equal."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert name in found, f"{where}.{name} is missing"
            held(value, found[name], f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{where} has {len(found)} entries: {found}"
        for number, value in enumerate(expected):
            held(value, found[number], f"{where}[{number}]")
    else:
        assert found == expected, where


@pytest.mark.parametrize("path", EXCHANGES, ids=[path.stem for path in EXCHANGES])
def test_a_recorded_exchange_is_answered_in_its_shape(path, client):
    exchange = json.loads(path.read_text("utf-8"))
    response = sent(client, exchange["request"])
    assert response.status_code == exchange["status"], response.text
    document = response.json()
    in_shape(document, exchange["shape"])
    held(exchange["expect"], document, "response")


def test_there_is_an_exchange_for_every_address():
    asked = {json.loads(path.read_text("utf-8"))["request"]["path"].split("/")[1] for path in EXCHANGES}
    assert asked == {"match", "search", "entities", "catalog", "algorithms"}


@pytest.mark.parametrize("scheme", ["ApiKey", "apikey", "Bearer"])
def test_a_key_is_taken_as_opensanctions_takes_it(scheme, kept_lake, tmp_path):
    request = json.loads((Path(__file__).parent / "exchanges" / "match-company.json").read_text("utf-8"))["request"]
    with asking_with_tokens(kept_lake, {"secret": ADMIN}) as client:
        assert sent(client, request, {"Authorization": f"{scheme} secret"}).status_code == 200
        for header in ({}, {"Authorization": f"{scheme} other"}, {"Authorization": "Basic secret"}):
            refused = sent(client, request, header)
            assert refused.status_code == 401
            in_shape(refused.json(), "ErrorResponse")


ODD = [None, 1, 1.5, True, "northwind", [], {}, ["northwind"], [1, None], [["x"]], [{"a": 1}], "\ud800", float("nan")]


@pytest.mark.parametrize("odd", ODD, ids=[json.dumps(each) for each in ODD])
def test_odd_bodies_are_answered_or_refused_and_the_log_holds_what_was_read(odd, client):
    query = {"schema": "Company", "properties": {"name": ["northwind"]}}
    bodies = [
        odd,
        {"queries": odd},
        {"queries": {"q": odd}},
        {"queries": {"q": {**query, "schema": odd}}},
        {"queries": {"q": {**query, "id": odd}}},
        {"queries": {"q": {**query, "properties": odd}}},
        {"queries": {"q": {**query, "properties": {"name": odd}}}},
        {"queries": {"q": {**query, "properties": {"name": ["northwind"], "address": [odd], "innCode": [odd]}}}},
        {"queries": {"q": query}, "weights": odd},
    ]
    before = client.get("/api/v1/screenings").json()["total"]
    headers = {"content-type": "application/json"}
    statuses = [client.post("/match/default", content=json.dumps(body).encode(), headers=headers) for body in bodies]
    logged = client.get("/api/v1/screenings").json()["screenings"][before:]
    assert {each.status_code for each in statuses} <= {200, 400, 422}
    answered = [each for each in logged if each["event"] == "asked"]
    assert len(answered) == sum(each.status_code == 200 for each in statuses)
    texts = [text for each in answered for values in each["queries"]["q"]["properties"].values() for text in values]
    assert all(isinstance(text, str) for text in texts)
