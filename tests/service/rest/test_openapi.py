"""The OpenAPI document is valid and complete, and has every address that others build on."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from rest_cases import rest_cases
from starlette.testclient import TestClient
from whole_lake import Whole

from stopgap.base.request import request_fields
from stopgap.service.rest.openapi import FORM, TAGS
from stopgap.service.rest.operations import OPERATIONS

OF_EPISODES = (
    "measure", "counterfactual", "routes", "mirror", "prices", "nowcast", "levers", "alerts", "quality", "diff", "exposure",
    "claims",
)  # fmt: skip
GETS = (
    "episodes", "episodes/{}", "goods", "goods/{}", "economies", "series", "vintages", "lists", "lists/{}", "listed/{}",
    "alerts", "alerts/{}", "claims", "claims/{}", "packs", "decisions", "decisions/{}", "ownership", "markings", "quality",
    "sources", *(f"episodes/{{}}/{name}" for name in OF_EPISODES),
)  # fmt: skip
POSTS = (
    "query", "screen", "claims/draft", "claims", "claims/{}/test", "claims/{}/withdraw", "decisions", "alerts/{}/decide",
    "markings", "packs/verify", "packs/compare", "packs/receive",
)  # fmt: skip
"""Addresses of the contract; those of jobs and matching stand with their own tests."""

BY_NAME = {operation.name: operation for operation in OPERATIONS}


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    found = client.get("/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    return found


def described(document: Any) -> dict[str, Any]:
    """Id of an operation of the table -> what is said of it."""
    return {
        given["operationId"]: given
        for methods in document["paths"].values()
        for given in methods.values()
        if given.get("operationId", "").removesuffix(FORM) in BY_NAME
    }


def test_every_operation_is_described(document: Any) -> None:
    found = described(document)
    reads = {f"{operation.name}{FORM}" for operation in OPERATIONS if operation.is_read}
    assert found.keys() == BY_NAME.keys() | reads
    for name, given in found.items():
        assert given["summary"]
        assert given["tags"][0] in TAGS, name
        assert set(given["responses"]) >= {"200", "400", "401", "403", "404"}
        for parameter in given["parameters"]:
            assert parameter["description"].rstrip("`)").endswith((".", "line")), (name, parameter["name"])
            assert parameter["schema"]["type"]
        names = [(parameter["in"], parameter["name"]) for parameter in given["parameters"]]
        assert len(set(names)) == len(names)


def test_every_schema_is_a_json_schema(document: Any) -> None:
    for given in described(document).values():
        schemas = [parameter["schema"] for parameter in given["parameters"]]
        schemas += [media["schema"] for media in given.get("requestBody", {}).get("content", {}).values()]
        for schema in schemas:
            jsonschema.Draft202012Validator.check_schema(schema)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_and_parameter_of_a_path_is_there(document: Any) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        place = document
        for part in reference.split("/"):
            place = place[part]
    for path, methods in document["paths"].items():
        for given in methods.values():
            if given.get("operationId", "").removesuffix(FORM) in BY_NAME:
                named = {each["name"] for each in given["parameters"] if each["in"] == "path"}
                assert named == set(re.findall(r"\{(\w+)\}", path))


def test_parameters_are_those_of_the_request(document: Any) -> None:
    """Each with the help, the choices and the limits of its declaration; nothing names a file, an engine or a person."""
    found = described(document)
    for name, operation in BY_NAME.items():
        given = found[name]
        if operation.is_read:
            said = {each["name"]: each for each in given["parameters"] if each["in"] == "query"}
        else:
            [media] = given["requestBody"]["content"].values()
            said = media["schema"]["properties"]
        for field in request_fields(operation.request) if operation.request else ():
            if field.name not in said:
                continue
            schema = said[field.name].get("schema", said[field.name])
            each = schema.get("items", schema)
            if field.option.choices is not None:
                assert each["enum"] == [choice.value for choice in field.option.choices]
            if field.option.least is not None:
                assert each["minimum"] == field.option.least
        assert not said.keys() & {
            "engine",
            "spark_master",
            "spark_remote",
            "memory_limit",
            "passphrase",
            "home",
            "who",
            "page",
            "output",
        }
        if operation.name != "get_decisions":
            assert "by" not in said or "enum" in said["by"].get("schema", said["by"])


@pytest.mark.parametrize("address", GETS)
def test_every_get_that_others_build_on_is_there(document: Any, address: str) -> None:
    assert _has(document, "get", f"/api/v1/{address}")
    assert _has(document, "get", f"/api/v1/{address}.{{}}")


@pytest.mark.parametrize("address", POSTS)
def test_every_post_that_others_build_on_is_there(document: Any, address: str) -> None:
    assert _has(document, "post", f"/api/v1/{address}")


def _has(document: Any, method: str, address: str) -> bool:
    """Whether a document has an address, whatever its parameters are called."""
    return any(
        method in found and re.sub(r"\{\w+\}", "{}", path) == address for path, found in document["paths"].items()
    )


@pytest.mark.prove_only
def test_examples_have_the_fields_that_answers_have(client: TestClient, served: Whole, document: Any) -> None:
    found = described(document)
    for name, case in rest_cases(served).items():
        example = found[name]["responses"]["200"]["content"]["application/json"]["example"]
        assert example, f"{name} has no example: tools/record_rest_examples.py"
        if not case.changes and name.startswith("get_"):
            assert example.keys() == case.ask(client).json().keys()
        assert not re.search(r"(?<![\w.])/(?:\w+/)+\w+\.(?:csv|yml|zip|jsonl)", json.dumps(example))
