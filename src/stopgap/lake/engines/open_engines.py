"""Engines on native copies that stay open in a process, so that what was worked out once is not worked out again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.native_copy import derived_path
from stopgap.lake.snapshot import connect, kept_stages

if TYPE_CHECKING:
    from stopgap.lake.snapshot import Snapshot

MOST_OPEN = 3
"""Engines that stay open; the one used longest ago goes first."""

_Key = tuple[object, ...]
_open: OrderedDict[_Key, DuckDBEngine] = OrderedDict()
_lock = threading.Lock()


def duckdb_engine(snapshot: Snapshot, memory_bytes: int | None = None) -> DuckDBEngine:
    """Return an engine on a snapshot: the one that is open on the same copy, where there is one.

    Only engines on a native copy stay open; the connection of another closes with its last user. A copy that was
    replaced or changed is opened anew.
    """
    key = _key(snapshot, memory_bytes)
    if key is not None:
        with _lock:
            found = _open.get(key)
            if found is not None:
                _open.move_to_end(key)
                return found
    con = connect(snapshot, memory_bytes=memory_bytes)
    made = DuckDBEngine(con, answers=KeptAnswers(), kept=kept_stages(con, snapshot))
    key = _key(snapshot, memory_bytes)
    if made.kept and key is not None:
        with _lock:
            _open[key] = made
            while len(_open) > MOST_OPEN:
                _open.popitem(last=False)
    return made


def close_engines() -> None:
    """Forget all open engines; their connections close with their last users."""
    with _lock:
        _open.clear()


def _key(snapshot: Snapshot, memory_bytes: int | None) -> _Key | None:
    """Return what an engine's answers depend on; ``None`` where the snapshot is not read from a native copy."""
    if snapshot.withheld or not snapshot.is_newest:
        return None
    path = derived_path(snapshot)
    try:
        stat = path.stat()
    except OSError:
        return None
    files = tuple((name, paths) for name, paths in sorted(snapshot.tables.items()))
    seen = tuple(receipt.receipt for receipt, _ in snapshot.receipts)
    return (path.resolve(), stat.st_ino, stat.st_size, stat.st_mtime_ns, files, seen, snapshot.vintage, memory_bytes)
