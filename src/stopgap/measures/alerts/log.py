"""The log of alerts: kept in the lake, appended to and never rewritten."""

from __future__ import annotations

from stopgap.base.event_log import Event, JsonLog, LogWriter

__all__ = ["Event", "LogWriter", "log_path", "read_events", "writing_log"]

_LOG = JsonLog(
    folder="alerts",
    title="log of alerts",
    fields={"raised": ("id",), "updated": ("id",), "decided": ("id",), "ran": ()},
)

log_path, read_events, writing_log = _LOG.path, _LOG.read, _LOG.writing
"""Where the log of a lake stands; every event of it, oldest first; and the log with its lock, to append to."""
