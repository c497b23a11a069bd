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


def decide_as_asked(
    lake: Path, request: MatchDecisionRequest, *, who: str, when: str, progress: Progress | None = None
) -> StandingDecision:
    """Keep a decision on a match; where no score is given, with the one that screening gives the pair now.

    Raises what :func:`stopgap.screening.decisions.log.decide_on` does.
    """
    query = screened_query(request.query, request.countries, request.identifiers)
    listed_entity(lake, request.list, request.entity)
    if request.score is None:
        score = _score_of(lake, query, request, progress)
        if score is not None:
            request = replace(request, score=score, model=request.model or model_version())
    return decide_on(lake, request, who=who, when=when)


def _score_of(lake: Path, query: ScreenQuery, request: MatchDecisionRequest, progress: Progress | None) -> float | None:
    """Probability that a query and the entity of a request are the same company; the index is built where it is not.

    ``None`` where the entity is not among the nearest 50, or the query is one that screening does not take.
    """
    screener = open_screener(lake, decisions=False, progress=progress)
    try:
        wanted = screener.restricted(screen_wanted(threshold=0, limit=NEAREST), [request.list])
        [answer] = screener.screen([query], wanted)
    except (InputError, UsageError):
        return None
    matches = (each.match for each in answer.matches)
    pair = (request.list, request.entity)
    return next((match.score for match in matches if (match.list, match.entity_id) == pair), None)
