"""Schemathesis asks every address of jobs by its schema: no failure of the service, no breach of the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from examples import examples
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)  # fmt: skip
from screen_lake import load
from service_app import service_app, someone

CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
ADDRESSES = [
    ("POST", "/imports"), ("POST", "/screenings"), ("POST", "/fetches"), ("POST", "/briefs"), ("POST", "/packs"),
    ("POST", "/episodes/{episode}/alerts"), ("GET", "/jobs"), ("GET", "/jobs/{id}"), ("DELETE", "/jobs/{id}"),
    ("GET", "/jobs/{id}/events"), ("GET", "/jobs/{id}/result"), ("GET", "/jobs/{id}/files/{name}"),
]  # fmt: skip


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("schema")
    load(folder / "lake", folder / "lists")
    app = service_app(
        folder / "lake", someone(), workers=0, allowed_hosts=("localhost", "testserver", "127.0.0.1"),
        requests_a_minute=100_000,
    )  # fmt: skip
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.in_parts
@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_no_address_of_jobs_fails(schema: Any, method: str, address: str) -> None:
    for mode in GenerationMode:

        @settings(
            max_examples=examples(6), derandomize=True, deadline=None, database=None,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=schema[f"/api/v1{address}"][method].as_strategy(generation_mode=mode))
        def asked(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        asked()


def test_every_address_of_jobs_has_an_example_and_errors(schema: Any) -> None:
    for method, address in ADDRESSES:
        said = schema.raw_schema["paths"][f"/api/v1{address}"][method.lower()]
        done = said["responses"]["202" if method == "POST" else "200"]
        assert said["description"]
        if not address.endswith("{name}"):
            assert all("example" in each for each in done["content"].values()), address
        assert {"401", "403", "404", "422"} <= set(said["responses"])


def test_uploads_are_described_as_forms(schema: Any, tmp_path: Path) -> None:
    for address, needed in (("/imports", ["files"]), ("/screenings", ["files", "name_column"])):
        body = schema.raw_schema["paths"][f"/api/v1{address}"]["post"]["requestBody"]["content"]
        assert body["multipart/form-data"]["schema"]["required"] == needed
