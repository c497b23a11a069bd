"""Showing markings on answers: in documents and tables, in the metadata of Parquet, in names of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.marking import Tlp, says_marking
from stopgap.base.read_ledger import current_ledger
from stopgap.cli.terminal.telling import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.api.results import ResultTable
    from stopgap.base.marking import Marking
    from stopgap.cli.terminal.options import Answer


def settle(answer: Answer) -> None:
    """Raise the marking of an answer to that of what was read for it.

    Where the answer says nothing of its marking, and nothing above CLEAR was read, it stays without one.
    """
    if not current_ledger().reads:
        return
    from stopgap.base.marking import CLEAR
    from stopgap.evidence.markings.reads import with_reads, with_reads_or_strictest

    found = with_reads_or_strictest() if answer.of_damaged else with_reads(answer.marking, covers=answer.covers)
    if answer.marking is not None or found != CLEAR:
        answer.marking = found


def marked_document(answer: Answer) -> Any:
    """The document of an answer, with its marking beside what it says."""
    if answer.marking is None:
        return answer.document
    return {**answer.document, "marking": answer.marking.as_dict()}


def result_answer(result: Any, table: pa.Table, lines: Sequence[str], columns: tuple[str, ...] = ()) -> Answer:
    """The answer of a measure: its document and table, the first line as title, and its marking.

    Args:
        result: What was measured, as the Python API gives it.
        table: Its main table.
        lines: What it says, one sentence a line.
        columns: Columns shown on a terminal.
    """
    from stopgap.cli.terminal.options import Answer
    from stopgap.evidence.markings.reads import EVERYTHING

    return Answer(result.as_dict(), table, lines[0], list(lines[1:]), columns, result.marking, EVERYTHING)


def table_answer(
    found: ResultTable, document: Any, title: str, notes: Sequence[str] = (), columns: tuple[str, ...] = ()
) -> Answer:
    """The answer of a table, with its marking.

    Args:
        found: The table, as the Python API gives it.
        document: What JSON holds.
        title: Line above the table.
        notes: Lines below it.
        columns: Columns shown on a terminal.
    """
    from stopgap.cli.terminal.options import Answer
    from stopgap.evidence.markings.reads import EVERYTHING

    return Answer(document, found.arrow, title, list(notes), columns, found.marking, EVERYTHING)


def marking_line(answer: Answer) -> list[str]:
    """What stands below a table: ``marking: TLP:AMBER``; nothing where the answer holds no evidence."""
    return [] if answer.marking is None else [f"marking: {answer.marking.label}"]


def marked_table(answer: Answer) -> pa.Table:
    """The table of an answer with its marking in the metadata of the file; its columns are as they were."""
    if answer.marking is None:
        return answer.table
    metadata = {**(answer.table.schema.metadata or {}), b"marking": json.dumps(answer.marking.as_dict()).encode()}
    return answer.table.replace_schema_metadata(metadata)


def note_marking(path: Path | None, marking: Marking) -> None:
    """Say on stderr what an answer is marked whose lines cannot carry it."""
    note_name(path, marking)
    tell(f"marking: {marking.label}")


def note_name(path: Path | None, marking: Marking | None) -> None:
    """Say on stderr where a file that the user named does not say that it is marked above CLEAR."""
    if path is None or marking is None or marking.tlp is Tlp.CLEAR or says_marking(path.name, marking):
        return
    better = f"{marking.tlp.slug}_{path.name}"
    tell(f"note: the file is {marking.label}, and its name does not say so; {better} would")
