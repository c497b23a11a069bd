"""Parameters of yente's addresses, as FastAPI reads them; those that are not known, or cannot be honoured, are refused.

The functions are asynchronous because FastAPI hands each that is not to another thread, which takes longer than the work.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from stopgap.base.errors import UsageError
from stopgap.screening.matching.request import MATCHES

Texts = Annotated[list[str], Query()]
Dataset = Annotated[
    str, Path(description="default, sanctions, an authority, a family of lists or a list", examples=["default"])
]
EntityId = Annotated[str, Path(description="Id of an entry, as its list prints it")]
OfList = Annotated[str | None, Query(description="List of the entry, where several hold one with that id")]


async def known_parameters(request: Request) -> None:
    """Refuse parameters that an address does not have: none is silently ignored.

    Raises:
        UsageError: A parameter is not known.
    """
    known = _parameters(request.scope["route"].dependant)
    if unknown := sorted(set(request.query_params) - known):
        raise UsageError(
            f"there is no parameter {unknown[0][:60]!r} here",
            where=request.url.path,
            fix=f"leave it out, or give one of {', '.join(sorted(known)) or 'none'}",
        )


def _parameters(dependant: Any) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_parameters, dependant.dependencies))


async def match_options(
    limit: Annotated[int, Query(description="Results of a query, at most")] = MATCHES,
    threshold: Annotated[float | None, Query(description="Score from which a result is a match")] = None,
    cutoff: Annotated[float | None, Query(description="Least score of a result")] = None,
    algorithm: Annotated[str | None, Query(description="best or stopgap: there is no other")] = None,
    include_dataset: Texts = [],  # noqa: B006 - FastAPI copies it
    exclude_dataset: Texts = [],  # noqa: B006
    exclude_schema: Texts = [],  # noqa: B006
    exclude_entity_ids: Texts = [],  # noqa: B006
) -> dict[str, Any]:
    """Return the options of a match that can be honoured."""
    return {
        "limit": limit, "threshold": threshold, "cutoff": cutoff, "algorithm": algorithm,
        "include_dataset": tuple(include_dataset), "exclude_dataset": tuple(exclude_dataset),
        "exclude_schema": tuple(exclude_schema), "exclude_entity_ids": tuple(exclude_entity_ids),
    }  # fmt: skip


async def unheld_options(
    topics: Texts = [],  # noqa: B006
    changed_since: Annotated[str | None, Query(description="Refused: not honoured here")] = None,
) -> dict[str, Any]:
    """Return the options that are refused where they are given."""
    return {"topics": tuple(topics), "changed_since": changed_since}


async def scope_options(
    include_dataset: Texts = [],  # noqa: B006
    exclude_dataset: Texts = [],  # noqa: B006
    exclude_schema: Texts = [],  # noqa: B006
) -> dict[str, Any]:
    """Return what a search covers."""
    return {
        "include_dataset": tuple(include_dataset), "exclude_dataset": tuple(exclude_dataset),
        "exclude_schema": tuple(exclude_schema),
    }  # fmt: skip


async def search_options(
    schema: Annotated[str | None, Query(description="Only entities of this schema, or of those under it")] = None,
    countries: Texts = [],  # noqa: B006
    datasets: Texts = [],  # noqa: B006
    filter_op: Annotated[str, Query(pattern="^(AND|OR)$")] = "OR",
    facets: Texts = ["countries", "topics", "datasets"],  # noqa: B006
    limit: int = 10,
    offset: int = 0,
) -> dict[str, Any]:
    """Return the options of a search."""
    return {
        "schema": schema, "countries": tuple(countries), "datasets": tuple(datasets), "filter_op": filter_op,
        "facets": tuple(facets), "limit": limit, "offset": offset,
    }  # fmt: skip


async def refuse_unheld(
    filter: Texts = [],  # noqa: B006
    sort: Texts = [],  # noqa: B006
    target: Annotated[bool | None, Query(description="Every entity here is a target")] = None,
    fuzzy: Annotated[bool, Query(description="Near spellings are always found")] = False,
    simple: Annotated[bool, Query(description="The text is always taken as it is")] = False,
) -> None:
    """Refuse filters and orders of a search.

    Raises:
        UsageError: One is given.
    """
    for name, given in (("filter", any(filter)), ("sort", any(sort)), ("target", target is False)):
        if given:
            raise UsageError(f"{name} cannot be honoured", where=name, fix=f"leave {name} out")


async def page_options(
    limit: int = 10,
    offset: int = 0,
    sort: Texts = [],  # noqa: B006
) -> dict[str, int]:
    """Return which part of what is adjacent is asked for.

    Raises:
        UsageError: An order is asked for.
    """
    if any(sort):
        raise UsageError("sort cannot be honoured", where="sort", fix="leave sort out")
    return {"limit": limit, "offset": offset}


MatchOptions = Annotated[dict[str, Any], Depends(match_options)]
Unheld = Annotated[dict[str, Any], Depends(unheld_options)]
Scope = Annotated[dict[str, Any], Depends(scope_options)]
SearchOptions = Annotated[dict[str, Any], Depends(search_options)]
Page = Annotated[dict[str, int], Depends(page_options)]
