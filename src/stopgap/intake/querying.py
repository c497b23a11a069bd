"""Run an SQL query, and attach the marking of the data it read to its result or error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stopgap.base.errors import MissingDataError, NotFoundError
from stopgap.base.marking import Marking
from stopgap.evidence.markings.provenance import marking_of_relations
from stopgap.lake.query.limits import QueryLimits
from stopgap.lake.query.statement import QueryFailedError, ask


@dataclass(frozen=True)
class MarkedRows:
    """Result of a statement: its rows, the vintage read, and the strictest marking of the data it reads."""

    table: pa.Table
    vintage: str
    marking: Marking


def query_lake(lake: Path, sql: str, *, as_of: str | None = None, limits: QueryLimits | None = None) -> MarkedRows:
    """Run one read-only statement over the lake's relations; return its rows with their marking.

    An error (StopgapError) carries the marking if evidence may have been read.
    """
    try:
        answer = ask(lake, sql, as_of=as_of, limits=limits)
    except QueryFailedError as failed:
        error = failed.error
        if failed.relations is not None and not isinstance(error, MissingDataError):
            # which vintages there are tells of all files
            read = frozenset({"receipts"}) if isinstance(error, NotFoundError) else failed.relations
            error.marking = marking_of_relations(lake, read, as_of=failed.vintage)
        raise error from None
    marking = marking_of_relations(lake, answer.relations, as_of=answer.vintage)
    return MarkedRows(answer.table, answer.vintage, marking)
