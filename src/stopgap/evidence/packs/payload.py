"""Files of a pack's payload, each with the marking of its item in its name and, where it has text, in its content."""

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
    """Files by path relative to ``data/``. The same content under the same name is kept once.

    ``goes`` are the ids of the items that go into the pack; ``places`` maps what other files refer to (``trade``,
    ``reported``, the digest of a small table) to its path.
    """

    goes: frozenset[str] = frozenset()
    places: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def put(self, folder: str, stem: str, ending: str, content: bytes, marking: Marking) -> str:
        """Keep a file in a folder below ``data/``, and give its path: the marking's slug begins its name."""
        base = f"{folder}/{marking.tlp.slug}_{safe_stem(stem)}"
        path, count = f"{base}{ending}", 1
        while self.files.get(path, content) != content:
            count += 1
            path = f"{base}-{count}{ending}"
        self.files[path] = content
        return path

    def json(self, folder: str, stem: str, document: Mapping[str, Any], marking: Marking) -> str:
        """Keep a document with its marking; keys sorted."""
        return self.put(
            folder, stem, ".json", json_bytes({**document, "marking": marking.as_dict()}, default=plain), marking
        )

    def parquet(self, folder: str, stem: str, table: pa.Table, marking: Marking) -> str:
        """Keep a table; the marking is in the file's metadata."""
        return self.put(folder, stem, ".parquet", parquet_bytes(table, marking), marking)

    def csv(self, folder: str, stem: str, table: pa.Table, marking: Marking) -> str:
        """Keep a table as text; missing is empty, and no cell can be a formula."""
        return self.put(folder, stem, ".csv", csv_text(table).encode(), marking)


def safe_stem(text: str) -> str:
    """A text as part of a file name that every system takes: 80 characters of ``A-Z a-z 0-9 . _ + -``."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-. ")[:80].rstrip("-. ") or "unnamed"


def parquet_bytes(table: pa.Table, marking: Marking) -> bytes:
    """A table as Parquet, the marking's label in its metadata; the same rows give the same bytes."""
    import pyarrow.parquet as pq

    kept = {name: value for name, value in (table.schema.metadata or {}).items() if name != b"marking"}
    marked = table.replace_schema_metadata({**kept, b"marking": marking.label.encode()})
    sink = io.BytesIO()
    pq.write_table(marked, sink, compression="zstd")
    return sink.getvalue()
