"""The score that screening gives a pair, to be kept with the decision on it."""

from __future__ import annotations

from pathlib import Path

from stopgap.base.errors import InputError, UsageError
from stopgap.lake.importer import Progress
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
