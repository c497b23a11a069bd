"""Options of matching and searching as yente's API has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.errors import InputError, UsageError
from stopgap.base.request import AS_OF, Completes, Option
from stopgap.screening.matching.request import MATCHES

DEFAULT = "default"
"""Name of the scope of all lists."""

ALGORITHM = "stopgap"
"""Name of the one algorithm; ``best`` and ``default`` name it too."""

MOST_RESULTS = 500
"""Largest ``limit`` of a request, as in yente."""

MOST_EXCLUDED = 50
"""Largest number of entities that a request may exclude, as in yente."""

_SCOPE = Option(
    "Lists to search: default, sanctions, an authority (eu, us), a list or a family of lists.",
    metavar="NAME",
    completes=Completes.LISTED,
)
_INCLUDED = Option("Only these lists, or families of lists, of the scope.", metavar="NAME", completes=Completes.LISTED)
_EXCLUDED = Option(
    "Leave these lists, or families of lists, out of the scope.", metavar="NAME", completes=Completes.LISTED
)
_SCHEMAS = Option("Leave out entities that the list files under this schema.", metavar="SCHEMA")
_TOPICS = Option("Not taken: lists here have no topics.", metavar="TOPIC")
_SINCE = Option("Not taken: yente's filter by the day of a change.", metavar="DAY")


@dataclass(frozen=True, kw_only=True)
class ScopeRequest:
    """Which entities are searched."""

    dataset: Annotated[str, _SCOPE] = DEFAULT
    include_dataset: Annotated[tuple[str, ...], _INCLUDED] = ()
    exclude_dataset: Annotated[tuple[str, ...], _EXCLUDED] = ()
    exclude_schema: Annotated[tuple[str, ...], _SCHEMAS] = ()
    topics: Annotated[tuple[str, ...], _TOPICS] = ()
    changed_since: Annotated[str | None, _SINCE] = None
    as_of: Annotated[str | None, AS_OF] = None

    def refuse_unheld(self) -> None:
        """Refuse what cannot be honoured.

        Raises:
            UsageError: The request asks for topics, or for entities by the day of a change.
        """
        if any(self.topics):
            raise _not_taken("topics", "lists here have no topics; every entity that is found is on a list in force")
        if self.changed_since:
            raise _not_taken("changed_since", "stopgap lists changes tells which entries changed between two days")


@dataclass(frozen=True, kw_only=True)
class MatchRequest(ScopeRequest):
    """Options of a request in the shape of yente's ``POST /match/{dataset}``."""

    limit: Annotated[int, Option("Results of a query, at most.", metavar="N")] = MATCHES
    threshold: Annotated[
        float | None, Option("Score from which a result is a match (default: the documented threshold).", metavar="P")
    ] = None
    cutoff: Annotated[
        float | None,
        Option(
            "Least score of a result. Default: that of matches; where there is none, the nearest, from 0.1.",
            metavar="P",
        ),
    ] = None
    algorithm: Annotated[str | None, Option("best, or stopgap: there is no other.", metavar="NAME")] = None
    exclude_entity_ids: Annotated[tuple[str, ...], Option("Leave out the entities with these ids.", metavar="ID")] = ()

    def refuse_unheld(self) -> None:
        """Refuse what cannot be honoured.

        Raises:
            UsageError: The request asks for topics, days of a change or another algorithm.
            InputError: A number is out of its bounds.
        """
        super().refuse_unheld()
        if (self.algorithm or ALGORITHM) not in (ALGORITHM, "best", "default"):
            raise UsageError(
                f"there is no algorithm {self.algorithm!r:.60} here",
                where="algorithm",
                fix=f"give best or {ALGORITHM}, or leave it out: scores are probabilities, and not those of yente's algorithms",
            )
        check_number("limit", self.limit, 1, MOST_RESULTS)
        for name in ("threshold", "cutoff"):
            if (value := getattr(self, name)) is not None:
                check_number(name, value, 0, 1)
        if len(self.exclude_entity_ids) > MOST_EXCLUDED:
            raise InputError(
                f"{len(self.exclude_entity_ids)} entities are to be left out; {MOST_EXCLUDED} is the most",
                where="exclude_entity_ids",
                fix="leave out those found for this query alone",
            )


@dataclass(frozen=True, kw_only=True)
class FindRequest(ScopeRequest):
    """Options of a search by text in the shape of yente's ``GET /search/{dataset}``."""

    schema: Annotated[str | None, Option("Only entities of this schema, or of those under it.", metavar="SCHEMA")] = (
        None
    )
    countries: Annotated[tuple[str, ...], Option("Only entities of these countries.", metavar="CODE")] = ()
    datasets: Annotated[tuple[str, ...], Option("Only entities of these lists.", metavar="NAME")] = ()
    filter_op: Annotated[str, Option("Whether one (OR) or all (AND) of several countries must be there.")] = "OR"
    facets: Annotated[tuple[str, ...], Option("What is counted: countries, topics, datasets, schema.")] = (
        "countries",
        "topics",
        "datasets",
    )
    limit: Annotated[int, Option("Results of a page.", metavar="N")] = 10
    offset: Annotated[int, Option("Results before the page.", metavar="N")] = 0


def check_number(name: str, value: float, least: float, most: float) -> None:
    """Refuse a number that is out of bounds.

    Raises:
        InputError: It is less than the least or more than the most, or none at all.
    """
    if not least <= value <= most:
        raise InputError(f"{name} is {value}", where=name, fix=f"give {least} to {most}")


def _not_taken(name: str, fix: str) -> UsageError:
    return UsageError(f"{name} cannot be honoured", where=name, fix=f"leave {name} out: {fix}")
