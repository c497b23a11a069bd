"""How the answers to a file of names are written: CSV and JSON a batch at a time, Parquet from them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stopgap.base.atomic_files import make_durable
from stopgap.base.errors import UsageError
from stopgap.base.marking import Marking
from stopgap.base.spreadsheets import guarded
from stopgap.base.sql import quoted
from stopgap.base.visible_text import json_escaped
from stopgap.screening.matching.match_selection import ScreenAnswer, decision_words
from stopgap.screening.matching.row_queries import AskedRow

FormName = Literal["csv", "json", "parquet"]

COLUMNS = {
    "row": "BIGINT",
    "query": "VARCHAR",
    "entity_id": "VARCHAR",
    "list": "VARCHAR",
    "name": "VARCHAR",
    "matched_name": "VARCHAR",
    "score": "DOUBLE",
    "rank": "BIGINT",
    "alerts": "BOOLEAN",
    "decision": "VARCHAR",
    "list_date": "DATE",
}
"""Column of the table of matches -> its type."""


def form_named(name: str | None, output: Path) -> FormName:
    """The format that is meant: what is asked for, else what the file's name ends in, else CSV.

    Raises:
        UsageError: A format that answers are not written in.
    """
    by_ending: dict[str, FormName] = {".json": "json", ".parquet": "parquet"}
    match name:
        case None:
            return by_ending.get(output.suffix.lower(), "csv")
        case "csv" | "json" | "parquet":
            return name
    raise UsageError(f"a file of names is not answered as {name}", where="--format", fix="choose csv, json or parquet")


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """A row of the file and its answer; ``None`` where the row was rejected."""

    row: AskedRow
    answer: ScreenAnswer | None


class CsvForm:
    """One row a match; text cells cannot be formulas, where a spreadsheet is to read it.

    Args:
        is_guarded: Whether cells that look like formulas get a leading ``'``.
    """

    def __init__(self, *, is_guarded: bool = True) -> None:
        self._is_guarded = is_guarded

    def head(self) -> bytes:
        """The header."""
        return (",".join(COLUMNS) + "\n").encode()

    def rows(self, answers: Sequence[RowAnswer], *, is_first: bool) -> bytes:
        """The matches of a batch."""
        del is_first
        sink = io.StringIO()
        writer = csv.writer(sink, lineterminator="\n")
        for found in answers:
            if found.answer is not None:
                for row in match_rows(found.row.number, found.answer):
                    writer.writerow([self._cell(value) for value in row])
        return sink.getvalue().encode("utf-8", "replace")

    def tail(self, summary: Mapping[str, Any]) -> bytes:
        """Nothing: a table has no end."""
        del summary
        return b""

    def _cell(self, value: object) -> object:
        if value is None:
            return ""
        return guarded(value) if self._is_guarded else value


class JsonForm:
    """One object: ``rows``, an object for each row of the file on a line of its own, and the summary."""

    def head(self) -> bytes:
        """The beginning of the object."""
        return b'{"rows": [\n'

    def rows(self, answers: Sequence[RowAnswer], *, is_first: bool) -> bytes:
        """Every row of a batch, with its matches, or with the reason why it was rejected."""
        lines = [json.dumps(_document(found), ensure_ascii=False, allow_nan=False) for found in answers]
        text = json_escaped(",\n".join(lines))
        return (text if is_first or not lines else ",\n" + text).encode("utf-8", "replace")

    def tail(self, summary: Mapping[str, Any]) -> bytes:
        """The end of the object: the fields of the summary."""
        rest = json_escaped(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        return ("\n],\n" + rest[1:] + "\n").encode()


def match_rows(number: int, answer: ScreenAnswer) -> list[tuple[Any, ...]]:
    """The matches of an answer as rows of :data:`COLUMNS`."""
    return [
        (number, answer.query.name, match.entity_id, match.list, match.name, match.matched_name, match.score, match.rank,
         match.alerts, decision_words(found.standing), match.list_date)
        for found in answer.matches
        for match in (found.match,)
    ]  # fmt: skip


def _document(found: RowAnswer) -> dict[str, Any]:
    if found.answer is None:
        return {"row": found.row.number, "query": found.row.name, "matches": [], "rejected": found.row.rejected}
    return {"row": found.row.number, **found.answer.as_dict()}


def write_parquet(table: Path, target: Path, *, marking: Marking) -> None:
    """Make Parquet of a table of matches that :class:`CsvForm` wrote unguarded, in its order and within memory.

    Args:
        table: The table.
        target: The file to write.
        marking: Stands in its metadata.

    Raises:
        OSError: It cannot be written; nothing of it is left behind.
    """
    import duckdb

    building = target.with_name(f".{target.name}.building")
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    try:
        with closing(duckdb.connect()) as con:
            con.execute("SET preserve_insertion_order = true")
            con.execute(
                f"COPY (SELECT * FROM read_csv({quoted(str(table))}, header = true, auto_detect = false, delim = ',', "
                f"quote = '\"', escape = '\"', columns = {{{columns}}}, parallel = false)) "
                f"TO {quoted(str(building))} (FORMAT parquet, KV_METADATA {{marking: {quoted(json.dumps(marking.as_dict()))}}})"
            )
        make_durable(building)
        os.replace(building, target)
    finally:
        building.unlink(missing_ok=True)
