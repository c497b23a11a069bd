"""Addresses of the page for SQL.

An address with ``?sql=`` shows a statement and does not run it: a link of elsewhere must not make the service work. A
statement runs by POST, which only the service's own pages can send (:mod:`stopgap.service.security.same_origin`).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from stopgap.api import Lake
from stopgap.base.errors import StopgapError, UsageError
from stopgap.lake.query.limits import query_limits
from stopgap.lake.query.request import QueryRequest
from stopgap.pages.query.page import SavedQuery, query_page, result_part, saved_part
from stopgap.pages.site import with_query
from stopgap.pages.views import PageContent
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.pages.answering import answer_page, told
from stopgap.service.principal import Principal
from stopgap.service.rest.operation import Asked
from stopgap.service.rest.operations.lake import QUERY_MEMORY, ask_query
from stopgap.service.rest.parameters import LONGEST_TEXT

Text = Annotated[str, Form(max_length=LONGEST_TEXT)]


def query_pages() -> APIRouter:
    """Return the router of the page for SQL."""
    router = APIRouter(include_in_schema=False)

    @router.get("/query")
    def page(request: Request, service: Service, person: SignedIn, sql: str = "", as_of: str = "") -> Response:
        saved, limits = saved_of(service, person), query_limits(memory_limit=QUERY_MEMORY)
        return answer_page(request, lambda lake: query_page(lake, sql, as_of or None, limits=limits, saved=saved))

    @router.post("/query")
    def run(request: Request, sql: Text = "", as_of: Text = "") -> Response:
        def work(lake: Lake) -> PageContent:
            statement = sql.replace("\r\n", "\n").strip()
            if not statement:
                raise UsageError(
                    "there is no statement", where="the SQL given", fix="write a SELECT, or take an example"
                )
            found = ask_query(lake, Asked({}, QueryRequest(as_of=as_of or None), {"sql": statement}))
            return result_part(found, statement, as_of or None)

        return told(request, work)

    @router.post("/query/saved")
    def save(
        request: Request, service: Service, person: SignedIn, name: Text = "", sql: Text = "", as_of: Text = ""
    ) -> Response:
        try:
            address = with_query("/query", {"sql": sql.replace("\r\n", "\n").strip(), "as_of": as_of or None})
            service.state.save_view(person, name, address)
        except StopgapError as error:
            return told(request, error)
        return answer_page(request, lambda lake: saved_part(saved_of(service, person)))

    @router.post("/query/saved/remove")
    def remove(request: Request, service: Service, person: SignedIn, name: Text = "") -> Response:
        try:
            service.state.remove_view(person, name)
        except StopgapError as error:
            return told(request, error)
        return answer_page(request, lambda lake: saved_part(saved_of(service, person)))

    return router


def saved_of(service: ServiceContext, person: Principal) -> tuple[SavedQuery, ...]:
    """Return the statements that a person keeps: the saved views that are addresses of this page."""
    views = service.state.views(person)
    return tuple(SavedQuery(view["name"], view["address"]) for view in views if view["address"].startswith("/query?"))
