"""Answer an operation: its options from their values, the answer with its marking, and the sources it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stopgap.answers.documents import settled_marking
from stopgap.api import Lake
from stopgap.base.read_ledger import open_ledger
from stopgap.base.request import request_fields
from stopgap.service.rest.operation import Asked, RestOperation, Shaped
from stopgap.service.rest.rendering import sources_in


def answered(lake: Lake, operation: RestOperation, asked: Asked) -> Shaped:
    """Ask a lake, and return the answer with the marking of all that was read for it."""
    with open_ledger(lake.path):
        shaped = operation.answer(lake, asked)
        return replace(shaped, marking=settled_marking(shaped.marking, shaped.covers))


def asked_of(operation: RestOperation, path: Mapping[str, str], values: dict[str, Any], **more: Any) -> Asked:
    """Return a request with its options, made of values by name."""
    extra = {each.name: values.pop(each.name) for each in operation.extra if each.name in values}
    request = None
    if operation.request is not None:
        files: Mapping[str, tuple[Path, ...]] = more.get("files", {})
        for each in request_fields(operation.request):
            if each.name in files:
                values[each.name] = files[each.name] if "tuple" in str(each.kind) else files[each.name][0]
        request = operation.request(**values)
    return Asked(path, request, extra, **more)


def sources_of(lake: Lake, shaped: Shaped) -> tuple[dict[str, Any], ...]:
    """Return the sources that an answer was made of, by the statements behind it, with title and terms."""
    names = sources_in(shaped.document) if isinstance(shaped.document, dict) else []
    if not names:
        return ()
    titles = {row["source"]: row["title"] for row in lake.sources.list().arrow.to_pylist()}
    return tuple(
        {
            "source": name,
            "title": titles.get(name, name),
            "terms": lake.sources.show(name).document["terms"] if name in titles else None,
        }
        for name in names
    )
