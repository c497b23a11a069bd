"""Rows of stages that other stages of a run read again: worked out once, and kept in the connection."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

MOST_ROWS = 10_000_000
"""Most rows kept in a connection; those used longest ago are dropped first."""

_numbers = itertools.count(1)


@dataclass
class SharedRows:
    """Tables of a connection that hold the rows of stages, by the key of their statement."""

    held: OrderedDict[bytes, tuple[str, int]] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def find(self, key: bytes) -> str | None:
        """Return the relation that holds the rows of a key; ``None`` if none does."""
        with self.lock:
            if key not in self.held:
                return None
            self.held.move_to_end(key)
            return self.held[key][0]

    def keep(
        self, cursor: duckdb.DuckDBPyConnection, key: bytes, sql: str, params: Mapping[str, str | int | float | None]
    ) -> str:
        """Run a statement, keep its rows under a key, and return the relation that holds them."""
        name = f"memory.main.shared_{next(_numbers)}"
        [(rows,)] = cursor.execute(f"CREATE TABLE {name} AS {sql}", dict(params)).fetchall()
        with self.lock:
            self.held[key] = (name, int(rows))
            while len(self.held) > 1 and sum(count for _, count in self.held.values()) > MOST_ROWS:
                _, (oldest, _) = self.held.popitem(last=False)
                cursor.execute(f"DROP TABLE {oldest}")
        return name
