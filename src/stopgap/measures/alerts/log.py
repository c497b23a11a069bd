"""The log of alerts: kept in the lake, appended to and never rewritten."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from stopgap.base.event_log import Event, JsonLog, LogWriter

__all__ = ["Event", "LogWriter", "log_path", "read_events", "writing_log"]

_LOG = JsonLog(
    folder="alerts",
    title="log of alerts",
    fields={"raised": ("id",), "updated": ("id",), "decided": ("id",), "ran": ()},
)


def log_path(lake: Path) -> Path:
    """Where the log stands."""
    return _LOG.path(lake)


def read_events(lake: Path) -> list[Event]:
    """Every event, oldest first; none where there is no log.

    Raises:
        InputError: A line that is whole is damaged.
    """
    return _LOG.read(lake)


def writing_log(lake: Path) -> AbstractContextManager[LogWriter]:
    """The log with its lock: what is read in it stays true until what is appended is on the disk.

    Raises:
        RefusedError: The lake cannot be written.
    """
    return _LOG.writing(lake)
