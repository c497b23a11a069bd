"""Look-ups of an exposure: the index that merges declared names, and the lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from stopgap.base.errors import MissingDataError
from stopgap.screening.decisions.states import DecisionState, StandingDecision, Standings
from stopgap.screening.exposure.list_hits import Decided, ListSearch
from stopgap.screening.exposure.run import Helpers
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.run import open_screener

Shows = Callable[[StandingDecision], bool]
"""Whether a decision on a match is shown beside it."""

NOT_ASKED = "not asked for (--no-screen)"


def every_decision(standing: StandingDecision) -> bool:
    """All decisions are shown."""
    return True


def exposure_helpers(
    lake: Path,
    *,
    as_of: str | None,
    screen: bool,
    decisions: Shows | None = every_decision,
    withheld: frozenset[str] = frozenset(),
) -> Helpers:
    """What the lake offers to look names up with.

    Args:
        lake: Folder of the lake.
        as_of: Vintage or day of the lists.
        screen: Whether to search the lists.
        decisions: Which decisions on matches are shown; none where ``None``.
        withheld: Receipts of files that are taken as if they had never been imported.

    Raises:
        RefusedError: The log of decisions is not as it was written.
    """
    if not screen:
        return Helpers(build=NameIndex.build, because=NOT_ASKED)
    try:
        screener = open_screener(lake, as_of=as_of, decisions=decisions is not None, withheld=withheld)
    except MissingDataError as error:
        return Helpers(build=NameIndex.build, because=error.what)
    lists = tuple((state.list, state.list_date) for state in screener.lists.states)
    search = ListSearch(screener.ready.index, lists, decided_by(screener.known, decisions))
    return Helpers(build=NameIndex.build, search=search, notes=tuple(screener.lists.warnings()))


def decided_by(known: Standings | None, shows: Shows | None) -> Decided:
    """What was decided on a match: asked for as it was looked up, else without numbers, else by name alone."""

    def decided(query: ScreenQuery, match: Match) -> str | None:
        if known is None or shows is None:
            return None
        for asked in (query, replace(query, identifiers=()), ScreenQuery(query.name)):
            standing = known.of(asked, match)
            if standing is not None and shows(standing):
                reopened = ", reopened" if standing.state is DecisionState.REOPENED else ""
                return f"{standing.decision.decided.value}{reopened}"
        return None

    return decided
