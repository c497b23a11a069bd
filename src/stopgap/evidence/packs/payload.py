"""Collect the files of a pack's payload, each with its item's marking in its name and, where possible, its content."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stopgap.base.documents import json_bytes
from stopgap.base.marking import Marking
from stopgap.base.spreadsheets import csv_text, plain

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Payload:
    """Payload files by path relative to ``data/``; the same content under the same name is stored once.

    ``goes`` are the ids of the items included in the pack; ``places`` maps what other files refer to (``trade``,
    ``reported``, the digest of a small table) to its path.
    """

    goes: frozenset[str] = frozenset()
    places: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def put(self, folder: str, stem: str, ending: str, content: bytes, marking: Marking) -> str:
        """Store a file in a folder below ``data/`` and return its path; its name begins with the marking's slug."""
        base = f"{folder}/{marking.tlp.slug}_{safe_stem(stem)}"
        path, count = f"{base}{ending}", 1
        while self.files.get(path, content) != content:
            count += 1
            path = f"{base}-{count}{ending}"
        self.files[path] = content
        return path

    def json(self, folder: str, stem: str, document: Mapping[str, Any], marking: Marking) -> str:
        """Store a document with its marking as JSON, keys sorted, and return its path."""
        return self.put(
            folder, stem, ".json", json_bytes({**document, "marking": marking.as_dict()}, default=plain), marking
        )

    def parquet(self, folder: str, stem: str, table: pa.Table, marking: Marking) -> str:
        """Store a table as Parquet, with the marking in the file's metadata, and return its path."""
        return self.put(folder, stem, ".parquet", parquet_bytes(table, marking), marking)

    def csv(self, folder: str, stem: str, table: pa.Table, marking: Marking) -> str:
        """Store a table as CSV and return its path; missing values are empty, and no cell can be a formula."""
        return self.put(folder, stem, ".csv", csv_text(table).encode(), marking)


def safe_stem(text: str) -> str:
    """Return a text as part of a file name valid on every system: at most 80 characters of ``A-Z a-z 0-9 . _ + -``."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-. ")[:80].rstrip("-. ") or "unnamed"


def parquet_bytes(table: pa.Table, marking: Marking) -> bytes:
    """Return a table as Parquet bytes, with the marking's label in its metadata; the same rows give the same bytes."""
    import pyarrow.parquet as pq

    kept = {name: value for name, value in (table.schema.metadata or {}).items() if name != b"marking"}
    marked = table.replace_schema_metadata({**kept, b"marking": marking.label.encode()})
    sink = io.BytesIO()
    pq.write_table(marked, sink, compression="zstd")
    return sink.getvalue()
