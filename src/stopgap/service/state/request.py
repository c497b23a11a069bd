"""Options of the commands about people, tokens and the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.marking import Marking, Tlp, parse_economies, parse_tlp
from stopgap.base.request import Completes, Option
from stopgap.service.principal import PersonRole

_CLEARANCE = Option("What the person may see: a level of TLP.", metavar="TLP", completes=Completes.MARKING)
_ECONOMIES = Option(
    "Economies that the person is cleared for, such as FRA.", metavar="ISO3,...", completes=Completes.ECONOMY
)
_EMAIL = Option("E-mail address by which OpenID Connect knows the person.", metavar="ADDRESS")


@dataclass(frozen=True, kw_only=True)
class StateRequest:
    """Where the service's database is; each command finds it as ``stopgap serve`` does."""

    database_url: Annotated[
        str | None,
        Option(
            "Database of the service (default: $STOPGAP_SERVE_DATABASE_URL, else a SQLite file in the lake's folder).",
            metavar="URL",
            is_late=True,
        ),
    ] = None
    config: Annotated[Path | None, Option("Settings of the service in a TOML file.", metavar="FILE", is_late=True)] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class AddPersonRequest:
    """Options of ``stopgap people add``."""

    role: Annotated[PersonRole, Option("What the person may do.", choices=PersonRole)]
    clearance: Annotated[
        str, Option("What the person may see: a level of TLP.", metavar="TLP", completes=Completes.MARKING)
    ] = "CLEAR"
    releasable_to: Annotated[str | None, _ECONOMIES] = None
    email: Annotated[str | None, _EMAIL] = None

    @property
    def marking(self) -> Marking:
        """The clearance as a marking."""
        economies = None if self.releasable_to is None else parse_economies(self.releasable_to)
        return Marking(parse_tlp(self.clearance, where="--clearance"), economies)


@dataclass(frozen=True, kw_only=True)
class ChangePersonRequest:
    """Options of ``stopgap people change``; what is not given stays."""

    role: Annotated[PersonRole | None, Option("What the person may do.", choices=PersonRole)] = None
    clearance: Annotated[str | None, _CLEARANCE] = None
    releasable_to: Annotated[str | None, _ECONOMIES] = None
    email: Annotated[str | None, _EMAIL] = None

    def changed(self, clearance: Marking) -> Marking:
        """Return a clearance after the change; ``none`` as economies takes them away."""
        level = clearance.tlp if self.clearance is None else parse_tlp(self.clearance, where="--clearance")
        if self.releasable_to is None:
            return Marking(level, clearance.releasable_to)
        if self.releasable_to.strip().lower() == "none":
            return Marking(level)
        return Marking(level, parse_economies(self.releasable_to))


@dataclass(frozen=True, kw_only=True)
class NewTokenRequest:
    """Options of ``stopgap tokens new``."""

    days: Annotated[int, Option("Days that it holds.", metavar="N", least=1, most=3_650)] = 90
    label: Annotated[str, Option("What it is for, as the list shows it.", metavar="TEXT")] = ""
    role: Annotated[
        PersonRole | None, Option("What it may do at most (default: as its person).", choices=PersonRole)
    ] = None
    clearance: Annotated[
        str | None,
        Option("Level that it sees at most (default: as its person).", metavar="TLP", completes=Completes.MARKING),
    ] = None

    @property
    def tlp(self) -> Tlp | None:
        """The level that it sees at most; ``None`` for that of its person."""
        return None if self.clearance is None else parse_tlp(self.clearance, where="--clearance")
