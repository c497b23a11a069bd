"""Addresses of Explore and of saved views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR
from stopgap.pages.explore.examples import examples_part
from stopgap.pages.explore.page import explore_page
from stopgap.pages.explore.query import EXPLORE, ExploreQuery
from stopgap.pages.site import path_of, with_query
from stopgap.pages.views import PageContent
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.pages.answering import answer_page, ask_for, drawn
from stopgap.service.principal import Principal
from stopgap.service.rest.names import check_goods

VIEWS = f"{EXPLORE}/views"


def explore_query(request: Request) -> ExploreQuery:
    """Return the options of Explore; empty ones count as not given."""
    given = request.query_params
    texts = {each.name: given[each.name].strip() for each in fields(ExploreQuery) if given.get(each.name, "").strip()}
    both = texts.pop("both", "") == "true"
    return ExploreQuery(**texts, both=both)


Asked = Annotated[ExploreQuery, Depends(explore_query)]


def explore_pages() -> APIRouter:
    """Return the router of Explore."""
    router = APIRouter(include_in_schema=False)

    @router.get(EXPLORE)
    def explore(request: Request, service: Service, person: SignedIn, query: Asked) -> Response:
        if "" in request.query_params.values():  # a form sends its empty fields: the permanent address is without them
            return RedirectResponse(with_query(EXPLORE, dict(query.options)), 303)
        if "chart" in request.query_params:
            return answer_page(request, lambda lake: explore_page(lake, query, check=check_goods))
        views = _views(service, person)

        def work(lake: Any) -> PageContent:
            return explore_page(lake, query, views, check=check_goods)

        content, marking = ask_for(request, person, work)
        return drawn(request, content, marking, status=content.values["status"])

    @router.get(f"{EXPLORE}/examples")
    def examples(request: Request) -> Response:
        return answer_page(request, examples_part)

    _add_views(router)
    return router


def _add_views(router: APIRouter) -> None:
    @router.post(VIEWS)
    def save(
        request: Request,
        service: Service,
        person: SignedIn,
        name: Annotated[str, Form()],
        address: Annotated[str, Form()],
    ) -> Response:
        return _changed(request, service, person, address, lambda: service.state.save_view(person, name, address))

    @router.delete(f"{VIEWS}/{{name:path}}")
    def remove(request: Request, service: Service, person: SignedIn, name: str) -> Response:
        return _changed(request, service, person, "", lambda: service.state.remove_view(person, name))


def _views(service: ServiceContext, person: Principal) -> list[dict[str, Any]]:
    return [{**each, "remove": VIEWS + path_of(each["name"])} for each in service.state.views(person)]


def _changed(
    request: Request, service: ServiceContext, person: Principal, address: str, change: Callable[[], object]
) -> Response:
    """Make a change and return the list of views; an error stands above it."""
    said = None
    status = 200
    try:
        change()
    except StopgapError as error:
        said, status = (
            {"what": f"{error.what[:1].upper()}{error.what[1:]}.", "where": error.where, "fix": error.fix},
            error.http_status,
        )
    values = {"views": _views(service, person), "can_save": bool(address), "address": address, "view_error": said}
    return drawn(request, PageContent("explore/views.html", "Saved views", values), CLEAR, status=status)
