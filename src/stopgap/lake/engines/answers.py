"""Answers of an engine to statements that it was asked before, kept while its connection is open."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa

MOST_BYTES = 64 << 20
"""Bytes of answers that are kept; an answer of more than a quarter of it is not."""


@dataclass
class KeptAnswers:
    """Answers by statement, scalars and the content of the small tables that it names; the oldest go first."""

    most_bytes: int = MOST_BYTES
    _found: dict[bytes, pa.Table] = field(default_factory=dict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: bytes) -> pa.Table | None:
        """Return the answer kept under a key, if there is one."""
        return self._found.get(key)

    def keep(self, key: bytes, answer: pa.Table) -> None:
        """Keep an answer, as long as there is room for it."""
        if answer.nbytes > self.most_bytes // 4:
            return
        with self._lock:
            if key in self._found:
                return
            self._found[key] = answer
            self._bytes += answer.nbytes
            while self._bytes > self.most_bytes:
                self._bytes -= self._found.pop(next(iter(self._found))).nbytes


@lru_cache(maxsize=512)
def words_of(sql: str) -> frozenset[str]:
    """Return the names in a statement, and its scalars with their ``$``."""
    return frozenset(re.findall(r"\w+", sql)) | frozenset(re.findall(r"\$\w+", sql))


def statement_key(sql: str, tables: Mapping[str, pa.Table], params: Mapping[str, object]) -> bytes:
    """Return the hash of a statement with its scalars and the content of the tables whose names occur in it."""
    made = hashlib.blake2b(repr((sql, sorted(params.items()))).encode(), digest_size=20)
    for name, table in sorted(tables.items()):
        if name in words_of(sql):
            made.update(f"\0{name}\0".encode() + content_key(table))
    return made.digest()


_KEYS: dict[int, tuple[pa.Table, bytes]] = {}
_MOST_KEYS = 128
_MOST_REMEMBERED = 1 << 20
"""Bytes of a table up to which its hash is remembered: small tables are named in one statement after another."""


def content_key(table: pa.Table) -> bytes:
    """Return the hash of a table's columns and rows, in their order."""
    known = _KEYS.get(id(table))
    if known is not None and known[0] is table:
        return known[1]
    key = _content_key(table)
    if table.nbytes <= _MOST_REMEMBERED:
        if len(_KEYS) >= _MOST_KEYS:
            _KEYS.clear()
        _KEYS[id(table)] = (table, key)
    return key


def _content_key(table: pa.Table) -> bytes:
    made = hashlib.blake2b(digest_size=20)
    if table.nbytes <= _MOST_REMEMBERED:  # quicker than piece by piece
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        made.update(sink.getvalue())
        return made.digest()
    with pa.ipc.new_stream(pa.PythonFile(_Into(made), mode="w"), table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return made.digest()


class _Into:
    """A file whose bytes go into a hash."""

    closed = False

    def __init__(self, made: hashlib.blake2b) -> None:
        self._made = made
        self._at = 0

    def write(self, data: bytes) -> int:
        """Take bytes, and return how many they are."""
        self._made.update(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        """Return how many bytes came so far."""
        return self._at

    def flush(self) -> None:
        """Do nothing: no bytes are held back."""

    def close(self) -> None:
        """Do nothing: the hash goes on."""
