"""Addresses of the rows behind a figure: the page, pages of rows, and the place of a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import Marking
from stopgap.pages.rows.page import PAGE, PLACE, rows_page
from stopgap.pages.rows.query import FINDING, ROWS, SERIES, RowsQuery
from stopgap.pages.rows.table import MOST, RowTable
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.pages.answering import MARKING_HEADER, answer_page
from stopgap.service.pages.episodes import episode_query
from stopgap.service.pages.explore import explore_query
from stopgap.service.pages.kept_rows import KeptRows
from stopgap.service.principal import Principal
from stopgap.service.rest.names import check_goods


def rows_query(request: Request, behind: str = FINDING, supplier: str = "", good: str = "") -> RowsQuery:
    """Return which rows are asked for.

    Raises:
        NotFoundError: Neither a finding nor a series is named, or no such episode or goods list.
    """
    if behind == FINDING:
        given = request.query_params
        options = (given.get(name) for name in ("goods", "as_of", "baseline", "after"))
        return RowsQuery(episode_query(given.get("episode", ""), *options), supplier=supplier, good=good)
    if behind != SERIES:
        raise NotFoundError(
            f"no rows are behind {behind[:40]!r}", where="query: behind", fix=f"use {FINDING} or {SERIES}"
        )
    asked = explore_query(request)
    check_goods(asked.goods)
    return RowsQuery(series=asked)


Asked = Annotated[RowsQuery, Depends(rows_query)]


@dataclass(frozen=True)
class _Read:
    """What a request reads of the rows; its marking is checked against the clearance of the one who asks."""

    document: dict[str, Any]
    marking: Marking


def row_pages(kept: KeptRows | None = None) -> APIRouter:
    """Return the router of rows."""
    tables = kept or KeptRows()
    router = APIRouter(include_in_schema=False)

    @router.get(ROWS)
    def rows(request: Request, person: SignedIn, query: Asked) -> Response:
        return answer_page(request, lambda lake: rows_page(tables.get(lake, query, person.clearance), query))

    @router.get(PAGE)
    def page(
        service: Service,
        person: SignedIn,
        query: Asked,
        offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
        limit: Annotated[int, Query(ge=0, le=MOST)] = 200,
    ) -> Response:
        def document(found: RowTable) -> dict[str, Any]:
            texts, links = found.page(offset, limit)
            return {"offset": offset, "total": found.table.num_rows, "rows": texts, "links": links}

        return _answer(service, person, query, tables, document)

    @router.get(PLACE)
    def place(
        service: Service, person: SignedIn, query: Asked, text: Annotated[str, Query(max_length=200)]
    ) -> Response:
        def document(found: RowTable) -> dict[str, Any]:
            row = found.row_of(text)
            said = (
                ""
                if row is not None
                else f"No row is {text!r}: give 1 to {found.table.num_rows:,}, or the first letters of a {found.headings[0].lower()}."
            )
            return {"row": row, "said": said}

        return _answer(service, person, query, tables, document)

    return router


def _answer(service: ServiceContext, person: Principal, query: RowsQuery, tables: KeptRows, document: Any) -> Response:
    def work(lake: Any) -> _Read:
        found = tables.get(lake, query, person.clearance)
        return _Read(document(found), found.marking)

    read = service.ask(person, work)
    return JSONResponse(read.document, headers={MARKING_HEADER: read.marking.label, "Cache-Control": "no-store"})
