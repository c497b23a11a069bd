"""Decisions on matches, kept in a chained log."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Decisions(Reader):
    """Decisions on matches, kept in a chained log."""
