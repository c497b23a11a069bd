"""Options of `stopgap fetch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Completes, Option

if TYPE_CHECKING:
    from stopgap.sources.live.pieces import Query

LEAST_TIMEOUT_S = 0.05
USUAL_REPORTERS = {"eurostat": "eu27"}
"""Service -> default reporters, if the user names none."""

_REPORTER = "Who reports: economies in any spelling and groups (eu27), commas between, or all."
_FREQUENCY = Option("Years or months (default: years where --from is a year).", metavar="A|M")


@dataclass(frozen=True, kw_only=True)
class AskRequest:
    """Connection options of a fetch from a live service; refuses (UsageError) a timeout that is too short."""

    base_url: Annotated[
        str | None,
        Option(
            "Another place of the service: a mirror, or a gateway of your network; https, or this machine.",
            metavar="URL",
        ),
    ] = None
    allow_http: Annotated[
        bool, Option("Let --base-url be plain HTTP to another machine: it can be read on the way.")
    ] = False
    fresh: Annotated[bool, Option("Drop what an interrupted fetch left, and ask for all of it.")] = False
    allow_rejects: Annotated[bool, Option("Import the good rows where some are refused (default: import none).")] = (
        False
    )
    timeout: Annotated[
        float | None,
        Option("Silence after which a request counts as failed.", metavar="SECONDS", least=LEAST_TIMEOUT_S),
    ] = None

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout >= LEAST_TIMEOUT_S:
            raise UsageError(
                f"{self.timeout} seconds are too short", where="--timeout", fix=f"give {LEAST_TIMEOUT_S} or more"
            )


@dataclass(frozen=True, kw_only=True)
class KeyedAskRequest(AskRequest):
    """Connection options of a fetch from a live service that uses API keys."""

    key_env: Annotated[str | None, Option("Environment variable that holds the key.", metavar="NAME")] = None
    wait: Annotated[bool, Option("Wait until a used-up quota is renewed.")] = False


@dataclass(frozen=True, kw_only=True)
class FiguresAsked:
    """Options that select the figures to fetch: goods, periods, partners and flows."""

    codes: Annotated[
        str,
        Option(
            "Codes of goods and goods lists (by name or file), commas between.",
            metavar="CODES",
            completes=Completes.GOODS,
        ),
    ]
    first: Annotated[str, Option("First month or year.", metavar="PERIOD", flag="--from")]
    last: Annotated[str, Option("Last month or year.", metavar="PERIOD", flag="--to")]
    partner: Annotated[
        str,
        Option(
            "With whom: economies, groups, W00 for the World, commas between, or all.",
            metavar="NAMES",
            completes=Completes.ECONOMY,
        ),
    ] = "all"
    flow: Annotated[str, Option("X, M, RX, RM, commas between.", metavar="FLOWS")] = "X,M"


@dataclass(frozen=True, kw_only=True)
class ComtradeReporters:
    """Options of a fetch from Comtrade: reporters and frequency."""

    reporter: Annotated[str, Option(_REPORTER, metavar="NAMES", completes=Completes.ECONOMY)]
    frequency: Annotated[str | None, _FREQUENCY] = None


@dataclass(frozen=True, kw_only=True)
class EurostatReporters:
    """Options of a fetch from Eurostat: reporters and frequency."""

    reporter: Annotated[str, Option(_REPORTER, metavar="NAMES", completes=Completes.ECONOMY)] = USUAL_REPORTERS[
        "eurostat"
    ]
    frequency: Annotated[str | None, _FREQUENCY] = None


@dataclass(frozen=True, kw_only=True)
class FetchRequest(FiguresAsked, KeyedAskRequest):
    """All options of a fetch from any live service.

    The reporter may be omitted if the service has only one, and for Eurostat (default: the members of the EU).
    """

    reporter: Annotated[str | None, Option(_REPORTER, metavar="NAMES", completes=Completes.ECONOMY)] = None
    frequency: Annotated[str | None, _FREQUENCY] = None

    def query(self, service: str) -> Query:
        """Build the query for a service; refuses as :func:`make_query` does, and a missing reporter (UsageError)."""
        from stopgap.intake.fetch_query import make_query
        from stopgap.sources.live.registry import get_service

        reporter = self.reporter or USUAL_REPORTERS.get(service)
        if reporter is None and get_service(service).reporter is None:
            raise UsageError("it is not said who reports", where="--reporter", fix="name economies or groups, or all")
        return make_query(
            service,
            codes=_names(self.codes),
            first=self.first,
            last=self.last,
            reporters=_names(reporter or ""),
            partners=_names(self.partner),
            flows=_names(self.flow),
            frequency=self.frequency,
        )


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
