"""The answer that every command gives, and the formats in which it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.marking import Marking


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    MD = "md"


@dataclass
class Answer:
    """What a command answers.

    Attributes:
        document: The JSON document.
        table: Its main table, for the other formats.
        title: Line above the table on a terminal.
        notes: Lines below it on a terminal; on stderr where the answer goes to a file or a program.
        columns: Columns shown on a terminal, all when empty; files hold all.
        marking: Who may see it, by what it is known to rest on; ``None`` where that is what was read, or no evidence.
        covers: Kinds of reads that this marking accounts for (:mod:`stopgap.evidence.markings.reads`). What was read beside
            them raises it when the answer is given.
        of_damaged: Whether it is given of a damaged lake too: where its markings cannot be read, it is RED.
        exit_code: With which the command leaves once the answer is printed.
    """

    document: Any
    table: pa.Table
    title: str = ""
    notes: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    marking: Marking | None = None
    covers: Sequence[str] = ()
    of_damaged: bool = False
    exit_code: int = 0
