"""The score that screening gives a pair, to be kept with the decision on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stopgap.base.errors import InputError, UsageError
from stopgap.lake.importer import Progress
from stopgap.screening.decisions.log import decide_on, listed_entity, screened_query
from stopgap.screening.decisions.request import MatchDecisionRequest
from stopgap.screening.decisions.states import StandingDecision
from stopgap.screening.index.build import model_version
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.run import open_screener, screen_wanted

NEAREST = 50
"""Matches of a query among which a listed entity is looked for."""


def score_of_pair(
    lake: Path, query: ScreenQuery, *, list_name: str, entity_id: str, progress: Progress | None = None
) -> tuple[float, str] | None:
    """Probability that a query and a listed entity are the same company, and the version of what gave it.

    Args:
        lake: Folder of the lake; its index is built where it is not.
        query: What was screened.
        list_name: Name of the list.
        entity_id: Of the list.
        progress: Told what is done.

    Returns:
        ``None`` where the entity is not among the nearest 50, or the query is one that screening does not take.

    Raises:
        MissingDataError: The lake holds no lists.
    """
    screener = open_screener(lake, decisions=False, progress=progress)
    try:
        wanted = screener.restricted(screen_wanted(threshold=0, limit=NEAREST), [list_name])
        [answer] = screener.screen([query], wanted)
    except (InputError, UsageError):
        return None
    for each in answer.matches:
        if each.match.list == list_name and each.match.entity_id == entity_id:
            return each.match.score, model_version()
    return None


def decide_as_asked(
    lake: Path, request: MatchDecisionRequest, *, who: str, when: str, progress: Progress | None = None
) -> StandingDecision:
    """Keep a decision on a match; where no score is given, with the one that screening gives the pair now.

    Raises:
        NotFoundError: No list in force has the entity, or a country is not known.
        InputError: There is no reason, the name or a number cannot be read, or the score is no probability.
        RefusedError: The log cannot be written, or its chain is broken.
    """
    query = screened_query(request.query, request.countries, request.identifiers)
    listed_entity(lake, request.list, request.entity)
    if request.score is None:
        found = score_of_pair(lake, query, list_name=request.list, entity_id=request.entity, progress=progress)
        if found is not None:
            request = replace(request, score=found[0], model=request.model or found[1])
    return decide_on(lake, request, who=who, when=when)
