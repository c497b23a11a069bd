"""Append-only log of alerts, stored in the lake."""

from __future__ import annotations

from stopgap.base.event_log import Event, JsonLog, LogWriter

__all__ = ["Event", "LogWriter", "log_path", "read_events", "writing_log"]

LOG = JsonLog(
    folder="alerts",
    title="log of alerts",
    fields={"raised": ("id",), "updated": ("id",), "decided": ("id",), "ran": ()},
)

log_path, read_events, writing_log = LOG.path, LOG.read, LOG.writing
"""Path of a lake's log; all its events, oldest first; and the locked log, open for appending."""
