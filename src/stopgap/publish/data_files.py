"""Files with the data behind the figures of a published site: the answers of the REST API, without a server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from stopgap.api import Lake
from stopgap.publish.static_site import DataRequest
from stopgap.service.rest.answering import answered, asked_of, sources_of
from stopgap.service.rest.forms import AnswerForm
from stopgap.service.rest.operation import RestOperation, Shaped
from stopgap.service.rest.operations import OPERATIONS
from stopgap.service.rest.parameters import read_values
from stopgap.service.rest.rendering import AnsweredFigure, written


@dataclass
class DataFiles:
    """Answers that were worked out, for the next form of them."""

    lake: Lake
    _kept: dict[tuple[str, tuple[tuple[str, str], ...]], Shaped] = field(default_factory=dict)

    def content(self, request: DataRequest) -> bytes:
        """Return the bytes of a file.

        Raises:
            StopgapError: Of the capability.
        """
        found = matched(request.path)
        assert found is not None
        operation, path = found
        shaped = self._kept.get((request.path, request.query))
        if shaped is None:
            given: dict[str, list[Any]] = {}
            for name, value in request.query:
                given.setdefault(name, []).append(value)
            values = read_values(operation.parameters, given, where="data")
            shaped = self._kept[request.path, request.query] = answered(
                self.lake, operation, asked_of(operation, path, values)
            )
        sources = sources_of(self.lake, shaped) if request.form == AnswerForm.ZIP else ()
        figure = AnsweredFigure(shaped, request.file, operation.summary, sources, operation.page)
        return b"".join(written(figure, AnswerForm(request.form)))


def matched(path: str) -> tuple[RestOperation, dict[str, str]] | None:
    """Return the operation that answers a path under the REST root, and what stands in the path."""
    for operation in OPERATIONS:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
        found = re.fullmatch(pattern, path)
        if found is not None and operation.is_read:
            return operation, found.groupdict()
    return None
