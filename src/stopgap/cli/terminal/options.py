"""The answer that every command returns, and the formats in which it is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Detail:
    """How much of an answer is shown on a terminal.

    Attributes:
        is_full: Whether figures are printed in full, with all columns and rows.
        with_notes: Whether all notes are printed.
    """

    is_full: bool = False
    with_notes: bool = False


@dataclass
class Answer:
    """The result of a command, ready to be printed in any format.

    Attributes:
        document: The JSON document.
        table: Its main table, for the other formats.
        title: Line above the table on a terminal.
        above: Further results between the title and the table, one a line.
        notes: Lines below it on a terminal; on stderr where the answer goes to a file or a program.
        more: Further notes, shown with ``--notes`` and in every document.
        columns: Columns shown on a terminal, all when empty; files hold all.
        least_needed: Those that are left out first where a terminal is too narrow; then the last ones are.
        headers: Words of headers on a terminal, by column, where a column's name does not say what it is.
        marking: Marking by the answer's known inputs; ``None`` where it is derived from what was read, or no evidence.
        covers: Kinds of reads that this marking accounts for (:mod:`stopgap.evidence.markings.reads`). Any other read
            raises the marking when the answer is printed.
        of_damaged: Whether the command also works on a damaged lake: where its markings cannot be read, the answer
            is RED.
        exit_code: Exit code of the command once the answer is printed.
    """

    document: Any
    table: pa.Table
    title: str = ""
    notes: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list, kw_only=True)
    above: list[str] = field(default_factory=list, kw_only=True)
    columns: tuple[str, ...] = ()
    least_needed: tuple[str, ...] = field(default=(), kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    marking: Marking | None = None
    covers: Sequence[str] = ()
    of_damaged: bool = False
    exit_code: int = 0
