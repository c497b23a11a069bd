"""Schemathesis asks every operation by its schema: no failure of the service, no breach of what the schema says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from service_app import service_app, someone
from whole_lake import Whole

from stopgap.service.rest.operations import OPERATIONS

CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NAMES = [operation.name for operation in OPERATIONS]
READS = [operation.name for operation in OPERATIONS if operation.is_read]


@pytest.fixture(scope="module")
def schema(served: Whole, tmp_path_factory: pytest.TempPathFactory) -> Any:
    lake = served.copied(tmp_path_factory.mktemp("schemathesis") / "lake")
    app = service_app(lake, someone(), allowed_hosts=("localhost", "testserver", "127.0.0.1"))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def breaches(schema: Any, name: str, examples: int, mode: GenerationMode) -> None:
    """Ask an operation by its schema, or against it, with a fixed seed."""

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema.find_operation_by_id(name).as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    asked()


@pytest.mark.parametrize("name", NAMES)
def test_no_operation_fails(schema: Any, name: str) -> None:
    breaches(schema, name, 3, GenerationMode.POSITIVE)
    breaches(schema, name, 3, GenerationMode.NEGATIVE)


@pytest.mark.prove_only
@pytest.mark.parametrize("name", [*NAMES, *(f"{name}_form" for name in READS)])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_operation_fails_in_many_examples(schema: Any, name: str, mode: GenerationMode) -> None:
    breaches(schema, name, 80, mode)
