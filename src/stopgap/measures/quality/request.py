"""Options of the quality report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import AS_OF, Completes, Option
from stopgap.lake.engines.engine_options import EngineRequest

ROWS_LISTED = 50  # most rows of each list where nothing else is asked


@dataclass(frozen=True, kw_only=True)
class QualityRequest(EngineRequest):
    """Options of the quality report.

    Raises:
        UsageError: The limit is below 1.
    """

    episode: Annotated[
        str | None,
        Option(
            "Look at trade of this episode's target and hubs, in the chapters of its goods lists.",
            metavar="EPISODE",
            is_argument=True,
            completes=Completes.EPISODE,
        ),
    ] = None
    source: Annotated[str | None, Option("Look at one source.", metavar="NAME", completes=Completes.SOURCE)] = None
    reporter: Annotated[
        str | None,
        Option(
            "Show one reporter, by code or name; it is compared with all.",
            metavar="ECONOMY",
            completes=Completes.ECONOMY,
        ),
    ] = None
    limit: Annotated[int, Option("Most rows of each list of single rows or pairs.", metavar="N")] = ROWS_LISTED
    as_of: Annotated[str | None, AS_OF] = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise UsageError(f"{self.limit} rows cannot be listed", where="--limit", fix="give 1 or more")
