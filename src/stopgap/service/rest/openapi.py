"""Describe operations for OpenAPI: parameters, bodies, answers in every form, errors, examples."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

from stopgap.service.problems import PROBLEM
from stopgap.service.rest.forms import AnswerForm
from stopgap.service.rest.operation import Operation
from stopgap.service.rest.operations.catalogue import EXAMPLE_NAMES
from stopgap.service.rest.pages import CURSOR, LIMIT
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

_ERRORS = {
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

_HEADERS = {
    "X-Total-Rows": {"description": "Rows of the table, over all pages.", "schema": {"type": "integer", "minimum": 0}},
    "X-Stopgap-Marking": {
        "description": "Who may see the answer.",
        "schema": {"type": "string"},
        "example": "TLP:GREEN",
    },
}
_READ_HEADERS = {
    **_HEADERS,
    "ETag": {"description": "Stays the same as long as the answer does.", "schema": {"type": "string"}},
    "Link": {"description": "The next page, where there is one.", "schema": {"type": "string"}},
}
_MARKING_EXAMPLE = {"tlp": "TLP:CLEAR", "releasable_to": None}


def responses_of(operation: Operation, *, by_ending: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an operation, errors included.

    Args:
        operation: The operation.
        by_ending: Whether the address ends in the name of a form.
    """
    document = {"schema": {"type": "object"}, "example": example_of(operation)}
    content: dict[str, Any] = {"application/json": document}
    for form in AnswerForm:
        media_type = form.media_type.partition(";")[0]
        if media_type not in content and (operation.is_read or form is not AnswerForm.ZIP):
            is_text = form is AnswerForm.CSV
            content[media_type] = {"schema": {"type": "string", **({} if is_text else {"format": "binary"})}}
    answer = {
        "description": operation.summary,
        "headers": _READ_HEADERS if operation.is_read else _HEADERS,
        "content": content,
    }
    found: dict[int | str, dict[str, Any]] = {200: answer}
    if operation.is_read:
        found[304] = {"description": "The client has this answer already (If-None-Match)."}
    left_out = {413, 422} if operation.is_read and not operation.request else set()
    for status, says in _ERRORS.items():
        if status not in left_out and not (by_ending and status == 406):
            found[status] = {"description": says, "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}}}
    return found


def extra_of(operation: Operation, *, by_ending: bool = False) -> dict[str, Any]:
    """Return the parameters and the body of an operation, as OpenAPI describes them."""
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
    if operation.is_read:
        fields = (*operation.parameters, *((LIMIT, CURSOR) if operation.has_pages else ()))
        for field in fields:
            schema = schema_of(field)
            parameters.append(
                {
                    "name": field.name, "in": "query", "required": field.default is MISSING,
                    "description": description_of(field), "schema": schema,
                    **({"example": operation.example[field.name]} if field.name in operation.example else {}),
                }
            )  # fmt: skip
        return {"parameters": parameters}
    return {"parameters": parameters, **_body(operation)}


def _body(operation: Operation) -> dict[str, Any]:
    """Return the body of a POST."""
    properties: dict[str, Any] = {}
    needed: list[str] = []
    for field in operation.parameters:
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
    return {"requestBody": {"required": bool(needed or operation.body), "content": {kind: media}}}


def example_of(operation: Operation) -> dict[str, Any]:
    """Return an example of an answer: the fields that every answer of its kind has."""
    from stopgap.service.rest.examples import EXAMPLES

    return {**EXAMPLES.get(operation.name, {}), **({"marking": _MARKING_EXAMPLE} if operation.rests_on else {})}
