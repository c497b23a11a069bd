"""Whose eyes read a lake: what is above a clearance is not there for any reader below the interface.

The service sets the viewer of each request (:mod:`stopgap.evidence.markings.clearance`). The few functions that read
evidence, those that report to the ledger of reads, leave out what the viewer may not see. Nobody is set on the command
line, where the lake belongs to whoever can open its folder.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
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

    def sees_log(self, lake: Path, folder: str) -> bool:
        """Return whether all of the log in a folder of the lake may be seen, with who wrote what and why."""
        ...

    def sees_finding(self, lake: Path, finding: Mapping[str, Any]) -> bool:
        """Return whether a finding that is stored in the lake may be seen."""
        ...

    def admits(self, marking: Any) -> bool:
        """Return whether an answer with a marking may be seen."""
        ...

    def stated(self, lake: Path, *, findings: bool, packs: bool) -> StatedView:
        """Return the view in plain data, for a process that reads on behalf of this one.

        Args:
            lake: Folder of the lake.
            findings: Whether that process reads stored findings; else the view shows none of them.
            packs: Whether it reads received packs; else the view shows none of them.
        """
        ...


@dataclass(frozen=True)
class StatedView:
    """A view of one lake in plain data, for a process that reads on behalf of this one.

    Attributes:
        lake: Folder of the lake; of another nothing is seen.
        receipts: Receipts of hidden files.
        findings: Ids of stored findings that are seen.
        packs: SHA-256 of received packs that are seen.
    """

    lake: str
    receipts: tuple[str, ...]
    findings: tuple[str, ...]
    packs: tuple[str, ...]

    def hidden_receipts(self, lake: Path) -> frozenset[str]:
        """See :class:`Viewer`."""
        return frozenset(self.receipts)

    def sees_event(self, lake: Path, folder: str, event: Mapping[str, Any]) -> bool:
        """See :class:`Viewer`."""
        return folder == "received" and str(lake) == self.lake and event.get("sha256") in self.packs

    def sees_log(self, lake: Path, folder: str) -> bool:
        """See :class:`Viewer`."""
        return False

    def sees_finding(self, lake: Path, finding: Mapping[str, Any]) -> bool:
        """See :class:`Viewer`."""
        return str(lake) == self.lake and finding.get("finding_id") in self.findings

    def admits(self, marking: Any) -> bool:
        """See :class:`Viewer`: who asked for the view marks the answer."""
        return True

    def stated(self, lake: Path, *, findings: bool, packs: bool) -> StatedView:
        """See :class:`Viewer`."""
        return self

    def as_dict(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return asdict(self)


class _Unset:
    """No block has said whose eyes read."""


_UNSET = _Unset()
_VIEWER: ContextVar[Viewer | _Unset | None] = ContextVar("stopgap_viewer", default=_UNSET)
_required = 0
_lock = threading.Lock()


@contextlib.contextmanager
def viewer_required() -> Iterator[None]:
    """Within the block, no thread of this process reads evidence where nobody said whose eyes read."""
    global _required
    with _lock:
        _required += 1
    try:
        yield
    finally:
        with _lock:
            _required -= 1


def current_viewer() -> Viewer | None:
    """Return whose eyes read; ``None`` if all may be seen.

    Raises:
        LookupError: Nobody said whose eyes read, and the process requires it.
    """
    found = _VIEWER.get()
    if isinstance(found, _Unset):
        if _required:
            raise LookupError("evidence is read without a viewer")
        return None
    return found


def sees_all_files(lake: Path) -> bool:
    """Whether the current viewer may see every file of a lake, so that a result may be stored as one of its vintage."""
    viewer = current_viewer()
    return viewer is None or not viewer.hidden_receipts(lake)


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
