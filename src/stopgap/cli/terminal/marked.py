"""Add markings to answers: in documents and tables, in Parquet metadata, and in notes on file names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.answers.documents import settled_marking
from stopgap.base.marking import Tlp, says_marking
from stopgap.cli.terminal.telling import tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from stopgap.api.results import ResultTable
    from stopgap.base.marking import Marking
    from stopgap.base.notes import Summary
    from stopgap.cli.terminal.options import Answer


def settle(answer: Answer) -> None:
    """Raise the marking of an answer to that of the evidence read for it.

    An answer without a marking stays so where nothing above CLEAR was read.
    """
    answer.marking = settled_marking(answer.marking, answer.covers, of_damaged=answer.of_damaged)


def marked_document(answer: Answer) -> Any:
    """Return the document of an answer, with its marking as the field ``marking``."""
    if answer.marking is None:
        return answer.document
    return {**answer.document, "marking": answer.marking.as_dict()}


def result_answer(
    result: Any,
    table: pa.Table,
    lines: Sequence[str],
    columns: tuple[str, ...] = (),
    more: Sequence[str] = (),
    *,
    least_needed: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Build the answer of a measure: its document and table, the first line as title, and its marking.

    Args:
        result: Result of the measure, from the Python API.
        table: Its main table.
        lines: Sentences that summarise it, one per line.
        columns: Columns shown on a terminal.
        more: Further notes, shown with ``--notes``.
        least_needed: Columns that a narrow terminal leaves out first.
        headers: Words of headers, by column.
    """
    from stopgap.cli.terminal.options import Answer
    from stopgap.evidence.markings.reads import EVERYTHING

    return Answer(
        result.as_dict(),
        table,
        lines[0],
        list(lines[1:]),
        columns,
        result.marking,
        EVERYTHING,
        more=list(more),
        least_needed=least_needed,
        headers=headers or {},
    )


def summary_answer(
    result: Any,
    table: pa.Table,
    columns: tuple[str, ...] = (),
    summary: Summary | None = None,
    *,
    least_needed: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Build the answer of a measure from its summary.

    Args:
        result: Result of the measure, from the Python API.
        table: Its main table.
        columns: Columns shown on a terminal.
        summary: Its lines of text; ``None`` for those of the result.
        least_needed: Columns that a narrow terminal leaves out first.
        headers: Words of headers, by column.
    """
    said: Summary = result.summary() if summary is None else summary
    lines = [said.title, *said.shown()]
    answer = result_answer(result, table, lines, columns, said.more(), least_needed=least_needed, headers=headers)
    answer.above = list(said.answers)
    return answer


def table_answer(
    found: ResultTable, document: Any, title: str, notes: Sequence[str] = (), columns: tuple[str, ...] = ()
) -> Answer:
    """Build an answer from a table, with its marking.

    Args:
        found: The table, from the Python API.
        document: The JSON document.
        title: Line above the table.
        notes: Lines below it.
        columns: Columns shown on a terminal.
    """
    from stopgap.cli.terminal.options import Answer
    from stopgap.evidence.markings.reads import EVERYTHING

    return Answer(document, found.arrow, title, list(notes), columns, found.marking, EVERYTHING)


def marking_line(answer: Answer) -> list[str]:
    """Return the line shown below a table, such as ``marking: TLP:AMBER``; empty where the answer has no marking."""
    return [] if answer.marking is None else [f"marking: {answer.marking.label}"]


def marked_table(answer: Answer) -> pa.Table:
    """Return the table of an answer with its marking in the schema metadata; the columns are unchanged."""
    if answer.marking is None:
        return answer.table
    metadata = {**(answer.table.schema.metadata or {}), b"marking": json.dumps(answer.marking.as_dict()).encode()}
    return answer.table.replace_schema_metadata(metadata)


def note_marking(path: Path | None, marking: Marking) -> None:
    """Print on stderr the marking of an answer whose format cannot carry it."""
    note_name(path, marking)
    tell(f"marking: {marking.label}")


def note_name(path: Path | None, marking: Marking | None) -> None:
    """Print a note on stderr where the file's content is marked above CLEAR and its name does not show the marking."""
    if path is None or marking is None or marking.tlp is Tlp.CLEAR or says_marking(path.name, marking):
        return
    better = f"{marking.tlp.slug}_{path.name}"
    tell(f"note: the file is {marking.label}, and its name does not say so; {better} would")
