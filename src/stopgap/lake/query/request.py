"""Options of an SQL statement over the lake's relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import AS_OF, Option
from stopgap.lake.query.limits import MEMORY, RESULT, TIMEOUT_S


@dataclass(frozen=True, kw_only=True)
class QueryRequest:
    """Limits of one statement, and the vintage that it reads.

    Attributes:
        timeout: Maximum run time in seconds.
        memory_limit: Maximum memory, such as ``500MB``; at most half of the machine's.
        result_limit: Maximum size of the result in Arrow format.
        as_of: Vintage or day; the newest vintage when ``None``.
    """

    timeout: Annotated[float, Option("Time that the statement may take.", metavar="SECONDS")] = TIMEOUT_S
    memory_limit: Annotated[str, Option("Memory that it may use; at most half of the machine's.", metavar="SIZE")] = (
        MEMORY
    )
    result_limit: Annotated[str, Option("Size of the answer that is taken.", metavar="SIZE")] = RESULT
    as_of: Annotated[str | None, AS_OF] = None
