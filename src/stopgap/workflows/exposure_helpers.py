"""What an exposure looks names up with: the index that merges declared names, and the lake's lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stopgap.errors import MissingDataError
from stopgap.screening.decision_states import DecisionState, Standings
from stopgap.screening.index import NameIndex
from stopgap.screening.results import Match, ScreenQuery
from stopgap.workflows.exposure import Helpers
from stopgap.workflows.exposure_lists import Decided, ListSearch
from stopgap.workflows.screening import open_screener

NOT_ASKED = "not asked for (--no-screen)"


def exposure_helpers(lake: Path, *, as_of: str | None, screen: bool, decisions: bool = True) -> Helpers:
    """What the lake offers to look names up with.

    Args:
        lake: Folder of the lake.
        as_of: Vintage or day of the lists.
        screen: Whether to search the lists.
        decisions: Whether to say what was decided on a match.

    Raises:
        RefusedError: The log of decisions is not as it was written.
    """
    if not screen:
        return Helpers(build=NameIndex.build, because=NOT_ASKED)
    try:
        screener = open_screener(lake, as_of=as_of)
    except MissingDataError as error:
        return Helpers(build=NameIndex.build, because=error.what)
    lists = tuple((state.list, state.list_date) for state in screener.lists.states)
    search = ListSearch(screener.ready.index, lists, decided_by(screener.known if decisions else None))
    return Helpers(build=NameIndex.build, search=search, notes=tuple(screener.lists.warnings()))


def decided_by(known: Standings | None) -> Decided:
    """What was decided on a match: asked for as it was looked up, else without numbers, else by name alone."""

    def decided(query: ScreenQuery, match: Match) -> str | None:
        if known is None:
            return None
        for asked in (query, replace(query, identifiers=()), ScreenQuery(query.name)):
            standing = known.of(asked, match)
            if standing is not None:
                reopened = ", reopened" if standing.state is DecisionState.REOPENED else ""
                return f"{standing.decision.decided.value}{reopened}"
        return None

    return decided
