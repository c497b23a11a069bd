"""All addresses under ``/api/v1``, made from the table of operations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from stopgap.service.access import least
from stopgap.service.rest.endpoints import RecentAnswers, read_endpoint, write_endpoint
from stopgap.service.rest.openapi import FORM
from stopgap.service.rest.operation import RestOperation
from stopgap.service.rest.operations import OPERATIONS

ROOT = "/api/v1"


def rest_router() -> APIRouter:
    """Return the router of the REST API."""
    router = APIRouter(prefix=ROOT)
    answers = RecentAnswers()
    for operation in OPERATIONS:
        add = _add_read if operation.is_read else _add_write
        add(router, operation, answers)
    return router


def _add_read(router: APIRouter, operation: RestOperation, answers: RecentAnswers) -> None:
    """Add a GET: its own address, and the one with the ending that names the form."""
    endpoint = read_endpoint(operation, answers)
    path = _starlette_path(operation)
    for address, ending in ((path, False), (f"{path}.{{form}}", True)):
        common: dict[str, Any] = {
            "endpoint": endpoint,
            "dependencies": [Depends(least(operation.role, operation.what))],
        }
        router.add_api_route(
            address, methods=["GET"], operation_id=operation.name + FORM * ending, response_model=None, **common
        )
        router.add_api_route(address, methods=["HEAD"], include_in_schema=False, response_model=None, **common)


def _add_write(router: APIRouter, operation: RestOperation, answers: RecentAnswers) -> None:
    router.add_api_route(
        _starlette_path(operation),
        endpoint=write_endpoint(operation),
        methods=["POST"],
        operation_id=operation.name,
        dependencies=[Depends(least(operation.role, operation.what))],
        response_model=None,
    )


def _starlette_path(operation: RestOperation) -> str:
    """Return the path as it is routed: ids of entries of lists may hold slashes."""
    return operation.path.replace("{entity}", "{entity:path}")
