"""Options of the inbox of alerts, and the pages beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.measures.alerts.request import Listed
from stopgap.pages.site import QueryValue
from stopgap.pages.views import Tab

TABS = (("Inbox", "/alerts"), ("On watch", "/alerts/watch"))

STATUSES = tuple(str(each) for each in Listed)
"""Which alerts may be shown."""


def alert_tabs(here: str) -> tuple[Tab, ...]:
    """Return the pages on alerts; `here` is the path of the one that is open."""
    return tuple(Tab(text, path, path == here) for text, path in TABS)


@dataclass(frozen=True)
class InboxQuery:
    """Which alerts are shown.

    Attributes:
        episode: Of this episode alone; ``None`` for all.
        status: One of :data:`STATUSES`.
        month: Of this month alone, ``YYYY-MM``; ``None`` for all.
        start: Alerts that are passed over.
    """

    episode: str | None = None
    status: str = str(Listed.OPEN)
    month: str | None = None
    start: int = 0

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in addresses; those not given are left out."""
        given = {"episode": self.episode, "status": self.status, "month": self.month, "start": self.start or None}
        return {name: value for name, value in given.items() if value is not None}
