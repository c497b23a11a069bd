"""Write answers in their forms: JSON, CSV, Parquet, Arrow, metadata, and a ZIP with all that belongs to a figure."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from stopgap.base.documents import json_text
from stopgap.base.parquet import parquet_bytes
from stopgap.base.spreadsheets import csv_rows, finite
from stopgap.service.rest.columns import described_columns
from stopgap.service.rest.forms import AnswerForm
from stopgap.service.rest.operation import Shaped

BATCH = 5_000
"""Rows that are written at once."""

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can name: the same figure gives the same bytes


@dataclass(frozen=True)
class AnsweredFigure:
    """An answer with what belongs to it.

    Attributes:
        shaped: The answer.
        address: Its address, with its options.
        title: What it is, in one line.
        sources: Sources of the figures, with title and terms.
        page: Page of the reference on it.
    """

    shaped: Shaped
    address: str
    title: str
    sources: tuple[dict[str, Any], ...] = ()
    page: str = "rest"


def json_of(document: Any) -> str:
    """Return a document as JSON; a number that is not finite, which JSON lacks, is null."""
    try:
        return json_text(document) + "\n"
    except ValueError:
        return json_text(finite(document)) + "\n"


def json_pieces(shaped: Shaped) -> Iterator[bytes]:
    """Write an answer as JSON; rows that its document does not hold are read from the table, a few at a time."""
    text = json_of(shaped.marked)
    if shaped.has_rows or not shaped.table.num_rows:
        yield text.encode()
        return
    head, place, tail = text.partition(f'\n  "{shaped.rows_at}": [')
    yield f"{head}{place}".encode()
    for first in range(0, shaped.table.num_rows, BATCH):
        rows = finite(shaped.table.slice(first, BATCH).to_pylist())
        lines = json_text(rows)[2:-2].replace("\n", "\n  ")  # without the brackets, two levels deep
        yield f"{',' if first else ''}\n  {lines}".encode()
    yield f"\n  {tail}".encode()


def marked_table(shaped: Shaped) -> pa.Table:
    """Return the table with its marking in the metadata of its schema."""
    if shaped.marking is None:
        return shaped.table
    marking = json.dumps(shaped.marking.as_dict()).encode()
    return shaped.table.replace_schema_metadata({**(shaped.table.schema.metadata or {}), b"marking": marking})


def written(figure: AnsweredFigure, form: AnswerForm) -> Iterator[bytes]:
    """Write an answer in a form, piece by piece."""
    shaped = figure.shaped
    match form:
        case AnswerForm.JSON:
            yield from json_pieces(shaped)
        case AnswerForm.CSV:
            yield from csv_pieces(shaped.table)
        case AnswerForm.PARQUET:
            yield parquet_bytes(marked_table(shaped))
        case AnswerForm.ARROW:
            yield from arrow_pieces(marked_table(shaped))
        case AnswerForm.METADATA:
            yield json_of(metadata_of(figure)).encode()
        case AnswerForm.ZIP:
            yield zip_bytes(figure)


def csv_pieces(table: pa.Table) -> Iterator[bytes]:
    """Write a table as CSV, header first; text cells cannot be formulas."""
    yield csv_rows([table.column_names]).encode()
    for first in range(0, table.num_rows, BATCH):
        yield csv_rows(row.values() for row in table.slice(first, BATCH).to_pylist()).encode()


def arrow_pieces(table: pa.Table) -> Iterator[bytes]:
    """Write a table as a stream of Arrow."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        yield _taken(sink)
        for batch in table.to_batches(max_chunksize=BATCH):
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


def metadata_of(figure: AnsweredFigure) -> dict[str, Any]:
    """Return what is to be known of an answer: columns, coverage, vintage, marking, sources, citation."""
    shaped = figure.shaped
    document = shaped.document if isinstance(shaped.document, dict) else {}
    kept = ("finding_id", "episode", "goods", "goods_version", "unit", "valuation", "frequency", "route", "windows")
    return {
        "title": figure.title,
        "address": figure.address,
        **{name: document[name] for name in kept if name in document},
        "as_of": document.get("as_of"),
        "rows": shaped.table.num_rows,
        "columns": described_columns(shaped.table, document.get("unit"), figure.page),
        "coverage": document.get("coverage"),
        "warnings": document.get("warnings", []),
        "marking": None if shaped.marking is None else shaped.marking.as_dict(),
        "sources": list(figure.sources),
        "queries": queries_of(document),
        "software": f"Stopgap {version('stopgap')}",
        "citation": citation_of(figure),
    }


def queries_of(document: dict[str, Any]) -> list[str]:
    """Return the SQL by which an answer was made; above a statement on another vintage than the answer's, which."""
    found = document.get("queries", [])
    each = found.values() if isinstance(found, dict) else found
    return [f"-- as of {one['as_of']}\n{one['sql']}" if isinstance(one, dict) else str(one) for one in each]


def sources_in(document: dict[str, Any]) -> list[str]:
    """Return the sources that the statements behind an answer read; none where these name none."""
    found: set[str] = set()
    for sql in queries_of(document):
        for several, one in re.findall(r"\bsource (?:IN \(([^)]*)\)|= ('[^']*'))", sql):
            found |= set(re.findall(r"'([^']*)'", several or one))
    return sorted(found)


def citation_of(figure: AnsweredFigure) -> str:
    """Return how an answer is cited: what it is, its vintage, its sources and its address."""
    document = figure.shaped.document if isinstance(figure.shaped.document, dict) else {}
    vintage = f", vintage {document['as_of']}" if document.get("as_of") else ""
    finding = f", finding {document['finding_id']}" if document.get("finding_id") else ""
    names = "; ".join(str(each["title"]) for each in figure.sources)
    return f"{figure.title.rstrip('.')}{vintage}{finding}. Stopgap {version('stopgap')}, {figure.address}." + (
        f" Figures of: {names}." if names else ""
    )


def zip_bytes(figure: AnsweredFigure) -> bytes:
    """Return a ZIP with the data as CSV, Parquet and JSON, its metadata, the SQL, its citation and a README."""
    shaped = figure.shaped
    document = shaped.document if isinstance(shaped.document, dict) else {}
    label = "TLP:CLEAR" if shaped.marking is None else shaped.marking.label
    files: dict[str, bytes] = {
        "README.md": _readme(figure, label).encode(),
        "CITATION.txt": f"{citation_of(figure)}\n".encode(),
        "data.csv": b"".join(csv_pieces(shaped.table)),
        "data.json": b"".join(json_pieces(shaped)),
        "data.parquet": parquet_bytes(marked_table(shaped)),
        "metadata.json": json_of(metadata_of(figure)).encode(),
    }
    for number, sql in enumerate(queries_of(document), start=1):
        files[f"sql/{number:02}.sql"] = f"{sql.rstrip()}\n".encode()
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return sink.getvalue()


def _readme(figure: AnsweredFigure, label: str) -> str:
    from stopgap.base.markdown import escape

    document = figure.shaped.document if isinstance(figure.shaped.document, dict) else {}
    lines = [
        f"# {escape(figure.title)}",
        "",
        f"- Marking: {label}",
        f"- Vintage: {escape(str(document.get('as_of') or 'none'))}",
        f"- Rows: {figure.shaped.table.num_rows}",
        f"- Address: `{figure.address.replace('`', '%60')}`",
        *(
            f"- Source: {escape(str(each['title']))}"
            + (f"; terms: {escape(str(each['terms']))}" if each["terms"] else "")
            for each in figure.sources
        ),
        *(f"- Note: {escape(str(each))}" for each in document.get("warnings", []) if isinstance(each, str)),
        "",
        "`data.csv`, `data.parquet` and `data.json` hold the same figures; a text cell of the CSV that a spreadsheet",
        "could take for a formula begins with an apostrophe. `metadata.json` says what each column is, in which unit.",
        "The statements under `sql/` give the rows behind the figures: `stopgap query` runs them on the same vintage.",
        "",
    ]
    return "\n".join(lines)
