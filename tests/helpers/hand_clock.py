"""A clock that tests set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class HandClock:
    """A clock that tells what it was set to."""

    at: datetime = datetime(2026, 12, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        """Set it on by days, hours, minutes."""
        self.at += timedelta(**by)
