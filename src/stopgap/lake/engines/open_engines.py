"""Engines that stay open in a process, so that what was worked out once is not worked out again.

Engines on a native copy and those on the lake's files (earlier vintages, and lakes of which a viewer sees a part) stay
open apart: a walk through the vintages closes no engine on the newest.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.native_copy import derived_path
from stopgap.lake.snapshot import connect, kept_stages

if TYPE_CHECKING:
    from stopgap.lake.snapshot import Snapshot

MOST_OPEN = 3
"""Engines of a kind that stay open; the one used longest ago goes first."""

_Key = tuple[object, ...]
_Open = OrderedDict[_Key, DuckDBEngine]
_on_copies: _Open = OrderedDict()
_on_files: _Open = OrderedDict()
_lock = threading.Lock()


def duckdb_engine(snapshot: Snapshot, memory_bytes: int | None = None) -> DuckDBEngine:
    """Return an engine on a snapshot: the one that is open on the same rows and files, where there is one.

    A copy that was replaced, and files that changed, are opened anew.
    """
    is_whole = _is_whole(snapshot)
    engines = _on_copies if is_whole else _on_files
    key = _key(snapshot, memory_bytes)
    if key is not None:
        with _lock:
            found = engines.get(key)
            if found is not None:
                engines.move_to_end(key)
                return found
    con = connect(snapshot, memory_bytes=memory_bytes)
    made = DuckDBEngine(con, answers=KeptAnswers(), kept=kept_stages(con, snapshot))
    key = _key(snapshot, memory_bytes)
    if key is not None and (made.kept or not is_whole):
        with _lock:
            engines[key] = made
            while len(engines) > MOST_OPEN:
                engines.popitem(last=False)
    return made


def close_engines() -> None:
    """Forget all open engines; their connections close with their last users."""
    with _lock:
        _on_copies.clear()
        _on_files.clear()


def _is_whole(snapshot: Snapshot) -> bool:
    """Return whether a snapshot is all of the newest version, which a native copy holds."""
    return snapshot.is_newest and not snapshot.withheld


def _key(snapshot: Snapshot, memory_bytes: int | None) -> _Key | None:
    """Return what an engine's answers depend on; ``None`` where a file that it reads is not there.

    Whatever a viewer may not see is not among the receipts and vintages of the snapshot.
    """
    files = [path for paths in snapshot.tables.values() for path in paths]
    try:
        states = tuple(_state(path) for path in ([derived_path(snapshot)] if _is_whole(snapshot) else files))
    except OSError:
        return None
    return (
        snapshot.lake.resolve(),
        states,
        tuple((name, paths) for name, paths in sorted(snapshot.tables.items())),
        tuple((receipt.receipt, vintage) for receipt, vintage in snapshot.receipts),
        tuple(sorted(snapshot.withdrawn.items())),
        tuple(snapshot.moments.items()),
        tuple(commit.number for commit in snapshot.commits),
        snapshot.withheld,
        snapshot.vintage,
        memory_bytes,
    )


def _state(path: Path) -> tuple[int, int, int]:
    about = path.stat()
    return about.st_ino, about.st_size, about.st_mtime_ns
