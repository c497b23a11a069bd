"""Names that were looked up: what the lists say to each, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from stopgap.base.listing import Listing
from stopgap.screening.decisions.log import screened_query
from stopgap.screening.matching.match_selection import ScreenAnswer, ScreenOptions
from stopgap.screening.matching.request import LookUpRequest, ScreenRequest
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.run import AnswersRestOn, ListsInForce, Screener, about, screen_wanted


@dataclass(frozen=True)
class ScreenedNames(Listing[ScreenAnswer]):
    """What the lists say to each of several names.

    Attributes:
        lists: The lists that were looked in.
        about: Lists, threshold and model, as :func:`stopgap.screening.matching.run.about` has them.
    """

    lists: ListsInForce
    about: AnswersRestOn = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Of one name, as ``stopgap screen NAME --format json`` prints it; of several, ``answers`` in place of ``matches``."""
        if len(self) == 1:
            return {**self[0].as_dict(), **self.about}
        return {"answers": [answer.as_dict() for answer in self], **self.about}


def wanted_of(request: LookUpRequest) -> ScreenOptions:
    """What is asked beside the names.

    Raises:
        UsageError: The threshold is no probability, or the limit is below 1.
    """
    return screen_wanted(threshold=request.threshold, limit=request.limit, explain=request.explain)


def screened(
    screener: Screener, names: Iterable[str | ScreenQuery], request: ScreenRequest, wanted: ScreenOptions
) -> ScreenedNames:
    """Look names up.

    Args:
        screener: The lists.
        names: As text, or as queries: what is known of those stands in them.
        request: What is known of the names that are text.
        wanted: What is asked beside the names, in which of the lists.

    Raises:
        InputError: A name or a number cannot be looked up.
        NotFoundError: A country is not known.
        UsageError: A query is for a person.
    """
    queries = [name if isinstance(name, ScreenQuery) else _query(name, request) for name in names]
    answers = screener.screen(queries, wanted)
    return ScreenedNames(tuple(answers), screener.lists.only(wanted.lists), about(screener, wanted))


def _query(name: str, request: ScreenRequest) -> ScreenQuery:
    query = screened_query(name, request.countries, request.identifiers)
    return replace(query, address=request.address, schema=request.schema)
