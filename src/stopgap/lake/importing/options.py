"""Options of an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.lake.marking_log import ReceiptMark
    from stopgap.sources.base import Told
    from stopgap.sources.mapping import Mapping


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import; a value that is ``None`` is taken from the files themselves, or from the source.

    Attributes:
        rates: The user's own exchange rates (currency, month, usd_per_unit).
        complete: The files are the whole release of each slice they hold.
        allow_rejects: Import the valid rows if some are rejected.
        retrieved: Day the files were taken from their publisher.
        terms: Terms of use, if those of the source do not apply to these files.
        replaces: Receipts of earlier files that these replace whole.
        allow_shrink: Import a list that holds far fewer entries than the edition in force.
        mark: Marking of the files; the lake's defaults apply when ``None``.
        engine: What reads the files; all else is done in this process, by DuckDB.
    """

    source: str | None = None
    mapping: Mapping | None = None
    encoding: str | None = None
    rates: pa.Table | None = None
    complete: bool = False
    allow_rejects: bool = False
    retrieved: str | None = None
    published: str | None = None
    terms: str | None = None
    replaces: tuple[str, ...] = ()
    allow_shrink: bool = False
    told: Told | None = None
    mark: ReceiptMark | None = None
    engine: EngineOptions = DUCKDB
