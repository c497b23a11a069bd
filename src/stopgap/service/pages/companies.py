"""Addresses of the pages on companies: names and files that are screened, and decisions on matches."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError, StopgapError, UsageError
from stopgap.pages.companies.decisions import decided_block, decisions_page
from stopgap.pages.companies.files import MOST_AT_ONCE, file_answers
from stopgap.pages.companies.query import CompanyQuery
from stopgap.pages.companies.screen import screen_page, start_page
from stopgap.pages.views import PageContent
from stopgap.screening.matching.names_upload import UploadedNames, as_table_file, read_names
from stopgap.screening.matching.request import MATCHES, ScreenRequest
from stopgap.screening.matching.rows import name_columns
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.folders import folder_of
from stopgap.service.jobs.job import Job, JobKind
from stopgap.service.jobs.queue import NewJob, new_id
from stopgap.service.jobs.uploads import UploadedForm, receive
from stopgap.service.matching.noting import noted_screening
from stopgap.service.pages.answering import answer_page, ask_for, drawn, marked_work
from stopgap.service.pages.job_progress import job_answer
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.rest.endpoints import without_folders
from stopgap.service.rest.names import check_subject

FILE = "/companies/file"
_ABOUT_FILES = {"most_at_once": MOST_AT_ONCE, "screening": ""}
_HERE = (400, 404, 422)
"""Statuses of errors that are shown above the form, which the person can mend."""


class DecisionForm(BaseModel):
    """A decision on a match, as its form sends it.

    Attributes:
        key: Place of the match on the page.
        lists: Lists of the entries, in the order of ``entity``.
    """

    key: str = Field(pattern="^[a-z0-9-]{1,80}$")
    query: str
    decided: str
    why: str = Field(max_length=2000)
    lists: list[str] = Field(alias="list")
    entity: list[str]
    country: list[str] = []
    identifier: list[str] = []
    score: float | None = None
    model: str | None = None


def asked_company(given: Mapping[str, str]) -> CompanyQuery:
    """Return what is looked up by an address."""
    names = ("country", "identifier", "kind", "number", "list", "threshold", "limit")
    return company_query(given.get("name", ""), *(given.get(name) for name in names))


def company_query(
    name: str = "",
    country: str | None = None,
    identifier: str | None = None,
    kind: str | None = None,
    number: str | None = None,
    list_: str | None = None,
    threshold: str | None = None,
    limit: str | None = None,
) -> CompanyQuery:
    """Return what is looked up; empty fields of the form count as not given."""
    given = identifier or (f"{kind or 'id'}:{number.strip()}" if number and number.strip() else None)
    return CompanyQuery(
        name.strip(), country or None, given, list_ or None, _number(threshold, "threshold", float),
        int(_number(limit, "limit", int) or MATCHES),
    )  # fmt: skip


def _number(text: str | None, name: str, kind: type[int] | type[float]) -> float | None:
    if not text or not text.strip():
        return None
    try:
        return kind(text.replace(",", "."))
    except ValueError as error:
        raise UsageError(f"{text[:40]!r} is no number", where=f"query: {name}", fix="write it in digits") from error


def company_pages() -> APIRouter:
    """Return the router of the pages on companies."""
    router = APIRouter(include_in_schema=False)
    _add_screen(router)
    _add_decisions(router)
    _add_files(router)
    return router


def _add_screen(router: APIRouter) -> None:
    @router.get("/companies")
    def companies(request: Request, service: Service, person: SignedIn) -> Response:
        query = asked_company(request.query_params)
        if not query.name:
            return answer_page(request, lambda lake: with_values(start_page(lake, query), _ABOUT_FILES))
        try:
            return _screened(request, service, person, query)
        except StopgapError as error:
            if error.http_status not in _HERE:
                raise
            return _again(request, person, query, error)


def _screened(request: Request, service: ServiceContext, person: Principal, query: CompanyQuery) -> Response:
    kept: list[Any] = []

    def work(lake: Lake) -> PageContent:
        content, found = screen_page(lake, query)
        kept.append(found)
        return content

    answer, screening = noted_screening(
        service,
        person,
        "/companies",
        marked_work(work),
        found_in=lambda found: (kept[0], query.request(), found.marking),
    )
    content = with_values(answer.content, {**_ABOUT_FILES, "screening": screening})
    return drawn(request, content, answer.marking)


def _again(request: Request, person: Principal, query: CompanyQuery, error: StopgapError) -> Response:
    """Return the form as it was filled in, with what is wrong above it."""
    said = error.what[:1].upper() + error.what[1:]
    problem = {"what": f"{said}.", "where": error.where or "", "fix": error.fix or ""}
    content, marking = ask_for(request, person, lambda lake: start_page(lake, query, problem))
    return drawn(request, with_values(content, _ABOUT_FILES), marking, status=error.http_status)


def with_values(content: PageContent, more: dict[str, Any]) -> PageContent:
    """Return content with further values, which the service knows and the lake does not."""
    from dataclasses import replace

    return replace(content, values={**content.values, **more})


def _add_decisions(router: APIRouter) -> None:
    @router.get("/companies/decisions")
    def decisions(request: Request, status: str = "all") -> Response:
        return answer_page(request, lambda lake: decisions_page(lake, status))

    @router.post("/companies/decisions")
    def decide(request: Request, person: SignedIn, form: Annotated[DecisionForm, Form()]) -> Response:
        person.need(PersonRole.ANALYST, "decide on matches")
        for each in form.entity:
            check_subject(each, "entity")
        if len(form.lists) != len(form.entity):
            raise UsageError("a match has a list for each entry", where="body: list, entity", fix="load the page again")
        common = {
            "query": form.query, "decided": form.decided, "why": form.why, "countries": tuple(form.country),
            "identifiers": tuple(form.identifier), "score": form.score, "model": form.model,
        }  # fmt: skip
        key, entries = form.key, tuple(zip(form.lists, form.entity, strict=True))
        return answer_page(request, lambda lake: decided_block(lake, key, entries, common))


def _add_files(router: APIRouter) -> None:
    @router.post(FILE)
    async def screen_file(request: Request, service: Service, person: SignedIn) -> Response:
        id = new_id()
        folder = folder_of(service.settings.home, id)
        try:
            upload = await receive(request, folder / "inputs")
            return await run_in_threadpool(_answer_file, request, service, person, (id, folder, upload))
        except BaseException:
            await run_in_threadpool(shutil.rmtree, folder, True)
            raise

    @router.get(f"{FILE}/{{id}}")
    def file_job(request: Request, service: Service, person: SignedIn, id: str) -> Response:
        return _shown_job(request, service, service.jobs.found(id, person))


def _answer_file(
    request: Request, service: ServiceContext, person: Principal, received: tuple[str, Path, UploadedForm]
) -> Response:
    """Answer a small file at once; a large one becomes a job, which keeps what was uploaded."""
    id, folder, upload = received
    try:
        if len(upload.files) != 1:
            raise UsageError("a screening takes one file", where="body of the request", fix="send each file by itself")
        [given] = [path for each in sorted((folder / "inputs").iterdir()) for path in each.iterdir()]
        said = {name: values[0].strip() for name, values in upload.fields.items() if values and values[0].strip()}
        options = {name: said[name] for name in ("name_column", "country_column") if name in said}
        columns = name_columns(options.get("name_column", "name"), country=options.get("country_column"))
        with tempfile.TemporaryDirectory(prefix="stopgap-names-") as own:
            copied = Path(shutil.copy(given, Path(own) / given.name))
            path, notes = as_table_file(copied)
            names = read_names(path, columns, MOST_AT_ONCE)
            if names.is_whole:
                shutil.rmtree(folder, ignore_errors=True)
                return _answered_file(request, service, person, (upload, names, notes))
            person.need(PersonRole.ANALYST, f"screen more than {MOST_AT_ONCE} names at a time")
            if path.suffix != given.suffix:
                shutil.move(path, given.with_suffix(path.suffix))
                given.unlink()
    except StopgapError as error:
        error.what, error.where, error.fix = without_folders(
            (error.what, error.where, error.fix),
            [folder / "inputs", service.settings.lake, Path(tempfile.gettempdir())],
        )
        raise
    files = [each.as_dict() for each in upload.files]
    new = NewJob(
        id, JobKind.SCREENING, {"files": files, "options": {"format": "csv", "name_column": columns.name, **options}}
    )
    return _shown_job(request, service, service.jobs.submit(new, person))


def _answered_file(
    request: Request,
    service: ServiceContext,
    person: Principal,
    read: tuple[UploadedForm, UploadedNames, tuple[str, ...]],
) -> Response:
    upload, names, notes = read
    file = upload.files[0]
    kept: list[Any] = []

    def work(lake: Lake) -> PageContent:
        content, found = file_answers(lake, file.name, names.rows, (*notes, *names.warnings))
        kept.append(found)
        return content

    answer, screening = noted_screening(
        service, person, FILE, marked_work(work), found_in=lambda found: (kept[0], ScreenRequest(), found.marking),
        more={"upload": file.as_dict()},
    )  # fmt: skip
    return drawn(request, with_values(answer.content, {"screening": screening}), answer.marking)


def _shown_job(request: Request, service: ServiceContext, job: Job) -> Response:
    if job.kind is not JobKind.SCREENING:
        raise NotFoundError("there is no such screening", where=f"companies/file/{job.id}", fix="send the file again")

    def lines(result: dict[str, Any]) -> tuple[str, ...]:
        return (
            f"{result['rows_read']:,} rows read, {result['rows_rejected']:,} could not be looked up",
            f"{result['rows_alerting']:,} rows alert; {result['rows_matched']:,} have a match",
            *map(str, result["warnings"]),
        )

    said = f"{job.request['files'][0]['name']} is screened. The answers are a file:"
    return job_answer(request, service, job, f"{FILE}/{job.id}", done=said, lines=lines)
