"""Addresses of the pages of what the lake holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from stopgap.pages.data.coverage import coverage_frame, coverage_grid
from stopgap.pages.data.lists import lists_page
from stopgap.pages.data.overview import data_page, data_tabs, file_page, vintage_page
from stopgap.pages.data.quality import quality_frame, quality_tables
from stopgap.pages.data.upkeep import checked, compacted, import_page
from stopgap.pages.views import PageContent, Tab
from stopgap.service.access import service_of, signed_in
from stopgap.service.jobs.job import JobKind
from stopgap.service.jobs.orders import FetchBody, fetch_order
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.jobs import jobs_seen, submitted
from stopgap.service.principal import PersonRole

Text = Annotated[str, Form(max_length=500)]
Vintage = Annotated[str, Path(pattern=r"^v[0-9]{1,9}$")]
Receipt = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def data_pages() -> APIRouter:
    """Return the router of ``/data``."""
    router = APIRouter(include_in_schema=False)
    _add_vintages(router)
    _add_quality(router)
    _add_imports(router)
    _add_upkeep(router)
    return router


def _tabs(request: Request, here: str) -> tuple[Tab, ...]:
    role = signed_in(request).role
    return data_tabs(here, may_import=role.rank >= PersonRole.ANALYST.rank, is_admin=role is PersonRole.ADMIN)


def _may(request: Request, role: PersonRole) -> bool:
    return signed_in(request).role.rank >= role.rank


def _add_vintages(router: APIRouter) -> None:
    @router.get("/data")
    def data(request: Request) -> Response:
        tabs, may_import = _tabs(request, "/data"), _may(request, PersonRole.ANALYST)
        return answer_page(request, lambda lake: data_page(lake, tabs=tabs, may_import=may_import))

    @router.get("/data/vintages/{vintage}")
    def one(request: Request, vintage: Vintage) -> Response:
        tabs = _tabs(request, "")
        return answer_page(request, lambda lake: vintage_page(lake, vintage, tabs=tabs))

    @router.get("/data/files/{receipt}")
    def file(request: Request, receipt: Receipt) -> Response:
        tabs, may_withdraw = _tabs(request, ""), _may(request, PersonRole.RELEASER)
        return answer_page(request, lambda lake: file_page(lake, receipt, tabs=tabs, may_withdraw=may_withdraw))

    @router.post("/data/files/{receipt}/withdraw")
    def withdraw(request: Request, receipt: Receipt, why: Text) -> Response:
        person = signed_in(request)
        person.need(PersonRole.RELEASER, "take files back")
        done: Any = service_of(request).ask(person, lambda lake: lake.withdraw(receipt, why=why))
        return Response(status_code=204, headers={"HX-Redirect": f"/data/vintages/{done.vintage}"})


def _add_quality(router: APIRouter) -> None:
    @router.get("/data/coverage")
    def coverage(request: Request, scope: str | None = None) -> Response:
        tabs = _tabs(request, "/data/coverage")
        return answer_page(request, lambda lake: coverage_frame(lake, tabs=tabs, scope=scope or None))

    @router.get("/data/coverage/grid")
    def grid(request: Request, scope: str | None = None) -> Response:
        return answer_page(request, lambda lake: coverage_grid(lake, scope=scope or None))

    @router.get("/data/quality")
    def quality(request: Request) -> Response:
        tabs = _tabs(request, "/data/quality")
        return answer_page(request, lambda lake: quality_frame(lake, tabs=tabs))

    @router.get("/data/quality/tables")
    def tables(request: Request) -> Response:
        return answer_page(request, quality_tables)

    @router.get("/data/lists")
    def lists(request: Request) -> Response:
        tabs, may_import = _tabs(request, "/data/lists"), _may(request, PersonRole.ANALYST)
        return answer_page(request, lambda lake: lists_page(lake, tabs=tabs, may_import=may_import))


def _add_imports(router: APIRouter) -> None:
    @router.get("/data/import")
    def imports(request: Request) -> Response:
        person = signed_in(request)
        person.need(PersonRole.ANALYST, "import files")
        tabs = _tabs(request, "/data/import")
        jobs = jobs_seen(service_of(request), person, JobKind.IMPORT, JobKind.FETCH)
        return answer_page(request, lambda lake: import_page(lake, jobs, tabs=tabs, clearance=person.clearance))

    @router.post("/data/fetches")
    def fetch(
        request: Request, service: Text, codes: Text, first: Text, last: Text, reporter: Text = "", partner: Text = "", flow: Text = ""
    ) -> Response:  # fmt: skip
        person, context = signed_in(request), service_of(request)
        person.need(PersonRole.ANALYST, "submit jobs")
        given = {"codes": codes, "first": first, "last": last, "reporter": reporter, "partner": partner, "flow": flow}
        body = FetchBody(service=service, **{name: value.strip() for name, value in given.items() if value.strip()})
        return submitted(context.jobs.submit(fetch_order(context.ask, person, body), person))


def _add_upkeep(router: APIRouter) -> None:
    @router.get("/data/upkeep")
    def upkeep(request: Request) -> Response:
        signed_in(request).need(PersonRole.ADMIN, "look after the lake")
        content = PageContent("data/upkeep.html", "Upkeep", nav="/data", tabs=_tabs(request, "/data/upkeep"))
        return answer_page(request, lambda lake: content)

    @router.post("/data/upkeep/check")
    def check(request: Request) -> Response:
        signed_in(request).need(PersonRole.ADMIN, "check the lake")
        return answer_page(request, checked)

    @router.post("/data/upkeep/compact")
    def compact(request: Request) -> Response:
        signed_in(request).need(PersonRole.ADMIN, "compact the lake")
        return answer_page(request, compacted)
