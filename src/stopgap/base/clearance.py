"""Whose eyes read a lake: what is above a clearance is not there for any reader below the interface.

The service sets the viewer of each request (:mod:`stopgap.evidence.markings.clearance`). The few functions that read
evidence, those that report to the ledger of reads, leave out what the viewer may not see. Nobody is set on the command
line, where the lake belongs to whoever can open its folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol


class Viewer(Protocol):
    """Decides what of a lake may be seen."""

    def hidden_receipts(self, lake: Path) -> frozenset[str]:
        """Return the receipts of files that may not be seen."""
        ...

    def sees_event(self, lake: Path, folder: str, event: Mapping[str, Any]) -> bool:
        """Return whether an event of the log in a folder of the lake may be seen."""
        ...

    def sees_finding(self, lake: Path, finding: Mapping[str, Any]) -> bool:
        """Return whether a finding that is stored in the lake may be seen."""
        ...

    def admits(self, marking: Any) -> bool:
        """Return whether an answer with a marking may be seen."""
        ...


_VIEWER: ContextVar[Viewer | None] = ContextVar("stopgap_viewer", default=None)


def current_viewer() -> Viewer | None:
    """Return whose eyes read; ``None`` if all may be seen."""
    return _VIEWER.get()


@contextlib.contextmanager
def viewed_by(viewer: Viewer | None) -> Iterator[None]:
    """Within the block, evidence is read with a viewer's eyes."""
    before = _VIEWER.set(viewer)
    try:
        yield
    finally:
        _VIEWER.reset(before)


@contextlib.contextmanager
def whole_lake() -> Iterator[None]:
    """Within the block, all is read: for what is written to the lake, and to work out what may be seen."""
    with viewed_by(None):
        yield
