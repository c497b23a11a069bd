"""Describe operations for OpenAPI: parameters, bodies, answers in every form, errors, examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING
from functools import cache
from importlib import resources
from typing import Any

from fastapi import FastAPI

from stopgap.service.principal import PersonRole
from stopgap.service.problems import PROBLEM
from stopgap.service.rest.forms import AnswerForm
from stopgap.service.rest.operation import RestOperation
from stopgap.service.rest.operations import OPERATIONS
from stopgap.service.rest.operations.catalogue import EXAMPLE_NAMES
from stopgap.service.rest.pages import CURSOR
from stopgap.service.rest.parameters import alias_of, description_of, schema_of

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title", "status", "what", "where", "fix", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "instance": {"type": "string"},
        "what": {"type": "string", "description": "The fault, in one line."},
        "where": {"type": "string", "description": "Parameter, file, row or vintage concerned."},
        "fix": {"type": "string", "description": "What can be done about it."},
        "code": {"type": "integer", "description": "Exit code of the command line for this class of errors."},
        "marking": {"type": "object", "description": "Marking of the evidence read before the error."},
    },
}

FORM = "_form"
"""What the id of an operation ends in where its address ends in the name of a form."""

ERRORS = {
    400: "A parameter is not known, lacks, or has a value that it cannot have.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "Role or clearance do not allow it, or a check does not hold.",
    404: "Nothing has this name, or the lake lacks the figures.",
    406: "The answer has none of the forms that are accepted.",
    409: "The figures have changed since the first page, or what is there contradicts the request.",
    413: "The body is larger than is taken.",
    422: "A value or file from outside cannot be read.",
    429: "More requests than a person may make in a minute.",
}

_HEADERS: dict[str, dict[str, Any]] = {
    "X-Total-Rows": {"description": "Rows of the table, over all pages.", "schema": {"type": "integer", "minimum": 0}},
    "X-Stopgap-Marking": {
        "description": "Who may see the answer.",
        "schema": {"type": "string"},
        "example": "TLP:GREEN",
    },
    "ETag": {"description": "Stays the same as long as the answer does.", "schema": {"type": "string"}},
    "X-Next-Cursor": {
        "description": "Of a POST that comes in pages: `cursor` of the next page, where there is one.",
        "schema": {"type": "string"},
    },
    "Link": {"description": "The next page, where there is one.", "schema": {"type": "string"}},
}
_OF_READS = ("ETag", "Link")
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "stopgap tokens new NAME"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-stopgap",
        "description": "Of a person who signed in.",
    },
}


TAGS = {
    "episodes": "Who stopped which trade with whom, and when.",
    "goods": "Lists of goods, each with its version, hash and source.",
    "economies": "Economies and aggregates, with their codes and groups.",
    "sources": "What files can be imported, and where to get them.",
    "measures": "Trade by period; of an episode, what each measure finds.",
    "quality": "Who reported what, how far two reports agree, which rows are unlike the others.",
    "vintages": "States of the lake: one an import or a withdrawal.",
    "query": "Read-only SQL over the views.",
    "receipts": "Imported files.",
    "alerts": "Months that stand out as first released, and what was decided on them.",
    "markings": "Who may see what (TLP 2.0 and releasability).",
    "lists": "Lists of companies, vessels and organisations.",
    "listed": "Entries of lists.",
    "screen": "Names looked up in the lists.",
    "decisions": "Decisions on matches, in a chained log.",
    "ownership": "What counts as owned by those who are listed.",
    "claims": "Statements: drafted, registered, tested.",
    "packs": "Evidence packs: received, verified, compared.",
}
"""Headings of the documentation, in its order."""


def described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what gives the OpenAPI document of an app, with all that the table of operations says.

    Args:
        app: The app, whose other addresses are described as FastAPI does.
    """
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    return openapi


def _complete(document: dict[str, Any]) -> None:
    by_id = {operation.name: operation for operation in OPERATIONS}
    for methods in document["paths"].values():
        for method, given in methods.items():
            name = given.get("operationId", "")
            operation = by_id.get(name.removesuffix(FORM))
            if operation is not None:
                methods[method] = _described(operation, name, by_ending=name not in by_id)
    document["tags"] = [{"name": name, "description": says} for name, says in TAGS.items()]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["headers"] = _HEADERS
    components["securitySchemes"] = {**_SECURITY, **components.get("securitySchemes", {})}
    components["responses"] = {
        f"Problem{status}": {
            "description": says,
            "headers": {"X-Stopgap-Marking": {"$ref": "#/components/headers/X-Stopgap-Marking"}},
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, says in ERRORS.items()
    }


def _described(operation: RestOperation, id: str, *, by_ending: bool) -> dict[str, Any]:
    """Return an operation as OpenAPI describes it."""
    summary = operation.summary.rstrip(".") + (", in the form that the address ends in" if by_ending else "")
    described: dict[str, Any] = {
        "operationId": id,
        "summary": summary,
        "description": _told(operation),
        "tags": [tag_of(operation)],
        "security": [{"token": []}, {"session": []}],
        "parameters": _parameters(operation, by_ending=by_ending),
        "responses": _responses(operation, by_ending=by_ending),
    }
    if not operation.is_read:
        described["requestBody"] = _body(operation)
    return described


def tag_of(operation: RestOperation) -> str:
    """Return the heading under which an operation stands."""
    parts = operation.path.strip("/").split("/")
    return "measures" if parts[0] == "series" or (len(parts) > 2 and parts[0] == "episodes") else parts[0]


def _told(operation: RestOperation) -> str:
    role = f" PersonRole {operation.role} or higher." if operation.role is not PersonRole.VIEWER else ""
    return f"{operation.summary} In Python: `lake.{operation.api.removesuffix('.list')}`.{role}"


def _responses(operation: RestOperation, *, by_ending: bool) -> dict[str, Any]:
    """Return the answers of an operation, errors included."""
    if operation.file_types:
        content: dict[str, Any] = {
            name: {"schema": {"type": "string", "format": "binary"}} for name in operation.file_types
        }
        return _answers(operation, content, left_out={406})
    content = {"application/json": {"schema": {"type": "object"}, "example": example_of(operation)}}
    for form in AnswerForm:
        media_type = form.media_type.partition(";")[0]
        if media_type not in content and (operation.is_read or form is not AnswerForm.ZIP):
            is_text = form is AnswerForm.CSV
            content[media_type] = {"schema": {"type": "string", **({} if is_text else {"format": "binary"})}}
    return _answers(operation, content, left_out={406} if by_ending else set())


def _answers(operation: RestOperation, content: dict[str, Any], *, left_out: set[int]) -> dict[str, Any]:
    names = [name for name in _HEADERS if operation.is_read or name not in _OF_READS]
    if operation.is_read or not operation.has_pages:
        names.remove("X-Next-Cursor")
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    answer = {"description": operation.summary, "headers": headers, "content": content}
    found: dict[str, Any] = {"200": answer}
    if operation.is_read:
        kept = ("ETag", "X-Stopgap-Marking")
        found["304"] = {
            "description": "The client has this answer already (If-None-Match).",
            "headers": {name: headers[name] for name in kept},
        }
    if operation.is_read:
        left_out = {413, *left_out}
    return found | {
        str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in ERRORS if status not in left_out
    }


def _parameters(operation: RestOperation, *, by_ending: bool) -> list[dict[str, Any]]:
    """Return the parameters of path and query, as OpenAPI describes them."""
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": says,
            "schema": {"type": "string", "minLength": 1, "maxLength": 500},
            **({"example": EXAMPLE_NAMES[name]} if name in EXAMPLE_NAMES else {}),
        }
        for name, says in operation.path_help.items()
    ]
    if by_ending:
        parameters.append(
            {
                "name": "form", "in": "path", "required": True, "description": "Form of the answer.",
                "schema": {"type": "string", "enum": [form.value for form in AnswerForm]},
            }
        )  # fmt: skip
    fields = (*operation.parameters, *((operation.page_rows, CURSOR) if operation.has_pages else ()))
    return parameters + [
        {
            "name": field.name, "in": "query", "required": field.default is MISSING,
            "description": description_of(field), "schema": schema_of(field),
            **({"example": operation.example[field.name]} if field.name in operation.example else {}),
        }
        for field in (fields if operation.is_read else ())
    ]  # fmt: skip


def _body(operation: RestOperation) -> dict[str, Any]:
    """Return the body of a POST."""
    properties: dict[str, Any] = {}
    needed: list[str] = []
    for field in (*operation.parameters, *((operation.page_rows, CURSOR) if operation.has_pages else ())):
        described = {**schema_of(field), "description": description_of(field)}
        properties[field.name] = described
        alias = alias_of(field)
        if field.default is MISSING and alias is None:
            needed.append(field.name)
    properties |= {name: dict(schema) for name, schema in operation.body.items()}
    for upload in operation.uploads:
        file = {"type": "string", "format": "binary", "description": upload.help}
        properties[upload.name] = (
            file
            if upload.most == 1
            else {"type": "array", "items": file, "maxItems": upload.most, "description": upload.help}
        )
        if upload.is_needed:
            needed.append(upload.name)
    schema = {"type": "object", "properties": properties, "additionalProperties": False, "required": needed}
    if not needed:
        del schema["required"]
    kind = "multipart/form-data" if operation.uploads else "application/json"
    media: dict[str, Any] = {"schema": schema}
    if operation.example:
        media["example"] = dict(operation.example)
    return {"required": bool(needed or operation.body), "content": {kind: media}}


def example_of(operation: RestOperation) -> dict[str, Any]:
    """Return an example of an answer, recorded on a simulated world by ``tools/record_rest_examples.py``."""
    found: dict[str, Any] = _examples().get(operation.name, {})
    return found


@cache
def _examples() -> dict[str, Any]:
    text = (resources.files("stopgap.service.rest") / "examples.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
