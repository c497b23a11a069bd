"""Options of the page on which a name is screened, and the pages beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.pages.site import QueryValue
from stopgap.pages.views import Tab
from stopgap.screening.matching.request import MATCHES, ScreenRequest

TABS = (
    ("Screen", "/companies"),
    ("Decisions", "/companies/decisions"),
    ("Ownership", "/companies/ownership"),
    ("Log of screenings", "/companies/log"),
)


def company_tabs(here: str) -> tuple[Tab, ...]:
    """Return the pages on companies; `here` is the path of the one that is open."""
    return tuple(Tab(text, path, path == here) for text, path in TABS)


@dataclass(frozen=True)
class CompanyQuery:
    """What is looked up.

    Attributes:
        name: Name of a firm or vessel; empty where none was given.
        country: ISO3 code, or any spelling of an economy.
        identifier: Number of a register, ``KIND:VALUE``.
        list: A list, or family of lists; ``None`` for all.
        threshold: Probability from which a match is shown; ``None`` for the documented one.
        limit: Matches, at most.
    """

    name: str = ""
    country: str | None = None
    identifier: str | None = None
    list: str | None = None
    threshold: float | None = None
    limit: int = MATCHES

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in addresses; those not given are left out."""
        given = {
            "name": self.name or None, "country": self.country, "identifier": self.identifier, "list": self.list,
            "threshold": self.threshold, "limit": None if self.limit == MATCHES else self.limit,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    @property
    def kind(self) -> str:
        """Kind of the identifier; empty without one."""
        return (self.identifier or "").partition(":")[0]

    @property
    def number(self) -> str:
        """The identifier without its kind."""
        return (self.identifier or "").partition(":")[2]

    def request(self) -> ScreenRequest:
        """Return the request of the look-up, with the explanation of each match."""
        return ScreenRequest(
            countries=(self.country,) if self.country else (),
            identifiers=(self.identifier,) if self.identifier else (),
            lists=(self.list,) if self.list else (),
            threshold=self.threshold,
            limit=self.limit,
            explain=True,
        )
