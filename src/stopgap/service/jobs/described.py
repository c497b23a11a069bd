"""What OpenAPI says of the addresses of jobs: answers with examples, and errors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel

from stopgap.service.jobs.job import JobKind, JobState
from stopgap.service.problems import PROBLEM

ID = "0f3b5c1e9a7d4e2f8b6a1c3d5e7f9a0b"
MARKING = {"tlp": "TLP:GREEN", "releasable_to": None}
JOB: dict[str, Any] = {
    "id": ID,
    "kind": "import",
    "state": "done",
    "request": {
        "files": [{"name": "TradeData.csv", "bytes": 48213, "sha256": "9f" * 32}],
        "options": {"source": "comtrade", "marking": "GREEN"},
    },
    "by": "jane",
    "submitted_at": "2026-12-01T08:00:00Z",
    "started_at": "2026-12-01T08:00:01Z",
    "ended_at": "2026-12-01T08:00:04Z",
    "attempts": 1,
    "events": 4,
    "marking": MARKING,
    "files": [],
    "error": None,
}
RESULT: dict[str, Any] = {
    "source": "comtrade",
    "vintage": "v7",
    "rows_loaded": 1204,
    "already_loaded": False,
    "marking": MARKING,
}
EVENTS = (
    "id: 1\nevent: progress\n"
    'data: {"number": 1, "at": "2026-12-01T08:00:01Z", "text": "begun, attempt 1 of 3", "share": null}\n\n'
    'event: end\ndata: {"state": "done"}\n\n'
)

_TEXT = {"type": "string"}
_TIME = {"type": ["string", "null"], "description": "UTC."}
_MARKING = {"type": ["object", "null"], "description": "Who may see the result; null before there is one."}
JOB_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": list(JOB),
    "properties": {
        "id": _TEXT,
        "kind": {"type": "string", "enum": list(JobKind)},
        "state": {"type": "string", "enum": list(JobState)},
        "request": {"type": "object", "description": "What was asked for."},
        "by": {"type": "string", "description": "Who asked."},
        "submitted_at": _TEXT,
        "started_at": _TIME,
        "ended_at": _TIME,
        "attempts": {"type": "integer", "description": "How often a worker began with it."},
        "events": {"type": "integer", "description": "Number of the last event."},
        "marking": _MARKING,
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": _TEXT,
                    "bytes": {"type": "integer"},
                    "sha256": _TEXT,
                    "kept": {"type": "boolean", "description": "Whether the file is still there."},
                },
                "required": ["name", "bytes", "sha256", "kept"],
            },
        },
        "error": {"type": ["object", "null"], "description": "What, where and fix of a job that failed."},
    },
}
LIST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["jobs", "next", "total"],
    "properties": {
        "jobs": {"type": "array", "items": JOB_SCHEMA},
        "next": {"type": ["integer", "null"], "description": "The cursor of the next page."},
        "total": {"type": "integer", "description": "Jobs that you may see, on all pages."},
    },
}

_ERRORS = {
    400: "An option is not known, lacks, or has a value that it cannot have.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "Role or clearance do not allow it.",
    404: "Nothing has this name, or you may not see it.",
    408: "The body did not come in time.",
    409: "The idempotency key was used for another request; or the job has no result.",
    413: "The body is larger than is taken.",
    422: "The request is not valid.",
    429: "More requests than a person may make in a minute.",
    502: "A source is unreachable.",
}
_READ = (401, 403, 404, 422, 429)

Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """Return how errors are answered."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _ERRORS[status], "content": content} for status in statuses}


def accepted() -> Responses:
    """Return the answers of an address that submits a job."""
    headers = {"Location": {"description": "Address of the job.", "schema": _TEXT}}
    waits = dict.fromkeys(("started_at", "ended_at", "marking"))
    example = {**JOB, **waits, "state": "queued", "attempts": 0, "events": 0}
    content = {"application/json": {"schema": JOB_SCHEMA, "example": example}}
    return {
        202: {"description": "The job; it is done by and by.", "headers": headers, "content": content},
        **problems(*_ERRORS),
    }


def answered(
    schema: dict[str, Any], example: Any, *, media_type: str = "application/json", more: Sequence[int] = ()
) -> Responses:
    """Return the answers of an address that shows something.

    Args:
        schema: Schema of the answer.
        example: One.
        media_type: Its form.
        more: Statuses of errors beside the usual ones.
    """
    shown = {"schema": schema, **({} if example is None else {"example": example})}
    return {200: {"description": "The answer.", "content": {media_type: shown}}, **problems(*_READ, *more)}


def form(field: str, model: type[BaseModel], several: Collection[str]) -> dict[str, Any]:
    """Return how OpenAPI describes a form with files and options.

    Args:
        field: Field of the files.
        model: Model of the options.
        several: Options that may be given several times; the others are text.
    """
    schema = model.model_json_schema()
    properties: dict[str, Any] = {
        field: {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    }
    for name, said in schema["properties"].items():
        text = {"type": "string", "description": said.get("description", "")}
        properties[name] = {"type": "array", "items": text} if name in several else text
    body = {"type": "object", "properties": properties, "required": [field, *schema.get("required", [])]}
    return {
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": {**body, "additionalProperties": False}}},
        }
    }
