"""Record a decision on a match together with the score that screening gives the pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stopgap.base.errors import InputError, UsageError
from stopgap.base.progress import Progress
from stopgap.screening.decisions.log import decide_on, listed_entity, screened_query
from stopgap.screening.decisions.request import MatchDecisionRequest
from stopgap.screening.decisions.states import StandingDecision
from stopgap.screening.index.build import model_version
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.run import open_screener, screen_wanted

NEAREST = 50
"""Number of best matches of a query in which the listed entity is searched."""


def decide_as_asked(
    lake: Path, request: MatchDecisionRequest, *, who: str, when: str, progress: Progress | None = None
) -> StandingDecision:
    """Store a decision on a match; if no score is given, with the score that screening gives the pair now.

    Raises the errors of :func:`stopgap.screening.decisions.log.decide_on`.
    """
    query = screened_query(request.query, request.countries, request.identifiers)
    listed_entity(lake, request.list, request.entity)
    if request.score is None:
        score = _score_of(lake, query, request, progress)
        if score is not None:
            request = replace(request, score=score, model=request.model or model_version())
    return decide_on(lake, request, who=who, when=when)


def _score_of(lake: Path, query: ScreenQuery, request: MatchDecisionRequest, progress: Progress | None) -> float | None:
    """Return the probability that a query and the requested entity are the same company; build the index if needed.

    ``None`` if the entity is not among the 50 best matches, or if screening rejects the query.
    """
    screener = open_screener(lake, decisions=False, progress=progress)
    try:
        wanted = screener.restricted(screen_wanted(threshold=0, limit=NEAREST), [request.list])
        [answer] = screener.screen([query], wanted)
    except (InputError, UsageError):
        return None
    pair = (request.list, request.entity)
    held = (each for each in answer.matches if any((one.list, one.entity_id) == pair for one in each.listings))
    return next((each.match.score for each in held), None)
