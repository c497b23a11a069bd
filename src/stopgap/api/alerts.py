"""Months that stand out as first released: found, listed, decided on."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Alerts(Reader):
    """Months that stand out as first released: found, listed, decided on."""
