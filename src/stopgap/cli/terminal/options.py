"""Options that every command takes, and the answer that every command gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.base.vocab import Frequency, Report

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


LakeOption = Annotated[
    Path | None,
    typer.Option(
        "--lake",
        metavar="DIR",
        help="Folder of the lake (default: $STOPGAP_LAKE, else the user's data folder).",
        show_default=False,
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the answer is printed.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write the answer to FILE instead of stdout.", show_default=False),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="VINTAGE",
        help="Read an earlier vintage (v3), or the last one up to a day (2024-06-01).",
        show_default=False,
    ),
]

GoodsOption = Annotated[
    str | None,
    typer.Option(
        "--goods",
        metavar="LIST",
        help="Goods list by name (stopgap goods) or file (default: the episode's first that can be measured).",
        show_default=False,
    ),
]

BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline", metavar="FROM:TO", help="Baseline in months, such as 2021-01:2021-12.", show_default=False
    ),
]

AfterOption = Annotated[
    str | None,
    typer.Option(
        "--after", metavar="FROM:TO", help="After-window in months, such as 2023-01:2023-12.", show_default=False
    ),
]

FrequencyOption = Annotated[
    Frequency | None,
    typer.Option(
        "--frequency",
        help="Annual (A) or monthly (M) figures (default: those that hold most of the trade).",
        show_default=False,
    ),
]

ReportOption = Annotated[
    Report, typer.Option("--report", help="Reports of the target's partners, or the target's own (mirror).")
]


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
