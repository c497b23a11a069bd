"""How files are to be read when they are imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.lake.marking_log import ReceiptMark
    from stopgap.sources.base import Told
    from stopgap.sources.mapping import Mapping


@dataclass(frozen=True)
class ImportOptions:
    """How files are to be read; what is ``None`` is told by the files themselves, or by the source.

    Attributes:
        rates: Exchange rates of the user's own (currency, month, usd_per_unit).
        complete: The files are the whole release of each slice they hold.
        allow_rejects: Import the good rows where some are refused.
        retrieved: Day the files were taken from their publisher.
        terms: Terms of use, where the source's own are not these files'.
        replaces: Receipts of earlier files that these replace whole.
        allow_shrink: Import a list that holds far fewer entries than the edition in force.
        mark: What the files are marked; as the lake's defaults say when ``None``.
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
