"""Addresses of jobs: what takes long is submitted, watched, cancelled and collected."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import AsyncIterator, Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from stopgap.base.errors import UsageError
from stopgap.intake.request import ImportRequest
from stopgap.measures.alerts.request import AlertOptions
from stopgap.screening.matching.request import ScreenFileRequest
from stopgap.service.access import Service, SignedIn, least
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.bodies import body_model, form_options, need_episode, need_mapping, need_names, options_in
from stopgap.service.jobs.described import EVENTS, JOB, JOB_SCHEMA, LIST_SCHEMA, RESULT, accepted, answered, form
from stopgap.service.jobs.feeds import Ended, Pause
from stopgap.service.jobs.folders import folder_of
from stopgap.service.jobs.job import Job, JobEvent, JobKind, JobState
from stopgap.service.jobs.orders import (
    BriefBody,
    FetchBody,
    PackBody,
    brief_order,
    fetch_order,
    need_visible,
    pack_order,
)
from stopgap.service.jobs.queue import NewJob, new_id
from stopgap.service.jobs.uploads import FIELD, UploadedForm, receive
from stopgap.service.jobs.work import need_whole_lake
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError

if TYPE_CHECKING:
    ImportOptionsBody = ScreeningOptionsBody = BaseModel
    AlertsBody: TypeAlias = BaseModel
else:
    ImportOptionsBody = body_model("ImportOptions", ImportRequest)
    ScreeningOptionsBody = body_model(
        "ScreeningOptions", ScreenFileRequest, format=(Literal["csv", "json", "parquet"], Field("csv"))
    )
    AlertsBody = body_model("AlertsRun", AlertOptions)

Analyst = Annotated[Principal, Depends(least(PersonRole.ANALYST, "submit jobs"))]
"""Who submits a job."""

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        min_length=1,
        pattern=r"^[\x20-\x7e]+$",
        description="The same key with the same request gives the same job; with another request, 409.",
    ),
]
JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Id of a job.")]

HEARTBEAT_S = 15.0
"""Seconds of silence after which a stream of events says that it is there."""

LISTEN_S = 300.0
"""Seconds after which a stream of events ends."""

MOST_JOBS = 100
"""Jobs on a page of the list."""

NO_STORE = {"cache-control": "private, no-store"}
_SEVERAL_OF_IMPORTS = frozenset({"replaces"})
_SEVERAL_OF_SCREENINGS = frozenset({"lists", "id_columns"})
_FILE = {"type": "string", "format": "binary"}
_SUBMITTED: dict[str, Any] = {"status_code": 202, "responses": accepted()}


@cache
def jobs_router(root: str) -> APIRouter:
    """Return the addresses of jobs, made once: they know nothing of a service before they are asked.

    Args:
        root: Beginning of the addresses, such as ``/api/v1``.
    """
    router = APIRouter(prefix=root, tags=["jobs"])
    _add_uploads(router, root)
    _add_orders(router, root)
    _add_jobs(router)
    _add_results(router)
    return router


def _add_uploads(router: APIRouter, root: str) -> None:
    @router.post("/imports", **_SUBMITTED, openapi_extra=form(FIELD, ImportOptionsBody, _SEVERAL_OF_IMPORTS))
    async def import_files(service: Service, person: Analyst, request: Request, key: Key = None) -> JSONResponse:
        """Import uploaded files as one vintage: all of them, or none."""

        def checked(options: dict[str, Any]) -> None:
            need_visible(person, options)
            need_mapping(options.get("mapping"))

        return await _uploaded(
            service, person, request, key, (JobKind.IMPORT, ImportOptionsBody, _SEVERAL_OF_IMPORTS, checked), root
        )

    @router.post("/screenings", **_SUBMITTED, openapi_extra=form(FIELD, ScreeningOptionsBody, _SEVERAL_OF_SCREENINGS))
    async def screen_file(service: Service, person: Analyst, request: Request, key: Key = None) -> JSONResponse:
        """Screen an uploaded file of names against the lists; the answers are a file of the job."""

        def checked(options: dict[str, Any]) -> None:
            options.setdefault("format", "csv")

        return await _uploaded(
            service,
            person,
            request,
            key,
            (JobKind.SCREENING, ScreeningOptionsBody, _SEVERAL_OF_SCREENINGS, checked),
            root,
        )


def _add_orders(router: APIRouter, root: str) -> None:
    @router.post("/fetches", **_SUBMITTED)
    def fetch(service: Service, person: Analyst, body: FetchBody, key: Key = None) -> JSONResponse:
        """Fetch figures from a live service, and import them as one vintage."""
        return _ordered(service, person, key, fetch_order(service.ask, person, body), root)

    @router.post("/briefs", **_SUBMITTED)
    def brief(service: Service, person: Analyst, body: BriefBody, key: Key = None) -> JSONResponse:
        """Write the brief of an episode; it is a file of the job."""
        return _ordered(service, person, key, brief_order(body), root)

    @router.post("/packs", **_SUBMITTED)
    def pack(service: Service, person: Analyst, body: PackBody, key: Key = None) -> JSONResponse:
        """Make a signed evidence pack of an episode with a key of the service; it is a file of the job.

        The passphrase of the key is that of the service (``STOPGAP_PASSPHRASE``). To leave out what is above the
        marking (``redact``) takes a releaser.
        """
        return _ordered(service, person, key, pack_order(person, body), root)

    @router.post("/episodes/{episode}/alerts", **_SUBMITTED)
    def alerts(
        service: Service, person: Analyst, episode: str, body: AlertsBody | None = None, key: Key = None
    ) -> JSONResponse:
        """Test months as first released, and keep what stands out. It takes a clearance for the whole lake."""
        options: dict[str, Any] = {} if body is None else options_in(body)
        need_names(options, "goods")
        AlertOptions(**options)
        need_episode(episode)
        need_whole_lake(person, service.ask)
        return _ordered(
            service, person, key, NewJob(new_id(), JobKind.ALERTS, {"episode": episode, "options": options}), root
        )


def _add_jobs(router: APIRouter) -> None:
    @router.get("/jobs", responses=answered(LIST_SCHEMA, {"jobs": [JOB], "next": None, "total": 1}))
    def jobs(
        service: Service,
        person: SignedIn,
        cursor: Annotated[int | None, Query(ge=1, description="From the field next of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_JOBS)] = MOST_JOBS,
    ) -> JSONResponse:
        """List the jobs that you may see, the last submitted first."""
        page, total = service.jobs.queue.jobs_of(person, before=cursor, most=limit + 1)
        shown = page[:limit]
        return JSONResponse(
            {
                "jobs": [service.jobs.kept.document(job) for job in shown],
                "next": shown[-1].number if len(page) > limit else None,
                "total": total,
            },
            headers={**NO_STORE, "X-Total-Rows": str(total)},
        )

    @router.get("/jobs/{id}", responses=answered(JOB_SCHEMA, JOB))
    def job(service: Service, person: SignedIn, id: JobId) -> JSONResponse:
        """Show a job: its state, what was asked for, and what went wrong where something did."""
        return JSONResponse(service.jobs.kept.document(service.jobs.found(id, person)), headers=NO_STORE)

    @router.delete("/jobs/{id}", responses=answered(JOB_SCHEMA, {**JOB, "state": "cancelled"}))
    def cancel(service: Service, person: SignedIn, id: JobId) -> JSONResponse:
        """Cancel a job: one that waits never starts, one that runs is ended; one that has ended stays as it is."""
        found = service.jobs.found(id, person)
        return JSONResponse(service.jobs.kept.document(service.jobs.cancel(found)), headers=NO_STORE)

    @router.get(
        "/jobs/{id}/events",
        response_class=StreamingResponse,
        responses=answered({"type": "string"}, EVENTS, media_type="text/event-stream"),
    )
    async def events(
        service: Service, person: SignedIn, id: JobId, last: Annotated[str | None, Header(alias="Last-Event-ID")] = None
    ) -> StreamingResponse:
        """Tell the progress of a job as server-sent events, from the one behind ``Last-Event-ID`` to the end."""
        found = await run_in_threadpool(service.jobs.found, id, person)
        after = int(last) if last is not None and last.isdigit() and len(last) < 10 else 0
        return StreamingResponse(
            _stream(service, found, after),
            media_type="text/event-stream",
            headers={**NO_STORE, "x-accel-buffering": "no"},
        )


def _add_results(router: APIRouter) -> None:
    @router.get("/jobs/{id}/result", responses=answered({"type": "object"}, RESULT, more=(409,)))
    def result(service: Service, person: SignedIn, id: JobId) -> JSONResponse:
        """Give what a job that is done answered, with its marking."""
        found = _done(service.jobs.found(id, person))
        return JSONResponse(dict(found.result or {}), headers=NO_STORE)

    @router.get(
        "/jobs/{id}/files/{name}",
        response_class=FileResponse,
        responses=answered(_FILE, None, media_type="application/octet-stream", more=(409,)),
    )
    def file(service: Service, person: SignedIn, id: JobId, name: str) -> Response:
        """Give a file that a job wrote, byte by byte as its hash says."""
        return service.jobs.kept.download(_done(service.jobs.found(id, person)), name, NO_STORE)


async def _stream(service: ServiceContext, job: Job, after: int) -> AsyncIterator[str]:
    """Yield what the job tells; a listener comes back after a while, so that what it may see is looked at again."""
    yield "retry: 2000\n\n"
    until = time.monotonic() + LISTEN_S
    async for said in service.jobs.feeds.listen(job, after=after, pause_s=HEARTBEAT_S):
        match said:
            case JobEvent():
                yield f"id: {said.number}\nevent: progress\ndata: {json.dumps(said.as_dict())}\n\n"
            case Pause():
                yield ": waiting\n\n"
            case Ended(state):
                yield f"event: end\ndata: {json.dumps({'state': str(state)})}\n\n"
        if time.monotonic() > until:
            return


def _done(job: Job) -> Job:
    """Return a job that is done.

    Raises:
        ConflictError: It is not, and may never be.
    """
    if job.state is JobState.DONE:
        return job
    waits = not job.state.is_final
    raise ConflictError(
        f"the job is {job.state}, so that it has no result",
        where=f"jobs/{job.id}",
        fix=f"GET /api/v1/jobs/{job.id}/events tells when it ends"
        if waits
        else "the job itself says why; submit it again",
        details={"state": str(job.state)},
    )


def _ordered(service: ServiceContext, person: Principal, key: str | None, new: NewJob, root: str) -> JSONResponse:
    """Submit a job without files."""
    made = NewJob(new.id, new.kind, new.request, new.content, key)
    return _accepted(service.jobs.submit(made, person), root)


def _accepted(job: Job, root: str) -> JSONResponse:
    return JSONResponse(job.as_dict(), 202, {**NO_STORE, "Location": f"{root}/jobs/{job.id}"})


async def _uploaded(
    service: ServiceContext,
    person: Principal,
    request: Request,
    key: str | None,
    asked: tuple[JobKind, type[BaseModel], Collection[str], Any],
    root: str,
) -> JSONResponse:
    """Receive files, and submit the job for them."""
    kind, model, several, check = asked
    id = new_id()
    folder = folder_of(service.settings.home, id)
    try:
        upload = await receive(request, folder / "inputs")
        options = options_in(form_options(model, upload.fields, several))
        check(options)
        if kind is JobKind.SCREENING and len(upload.files) != 1:
            raise UsageError("a screening takes one file", where="body of the request", fix="send each file by itself")
    except BaseException:
        await run_in_threadpool(shutil.rmtree, folder, True)
        raise
    job = await run_in_threadpool(service.jobs.submit, _new(id, kind, upload, options, key), person)
    return _accepted(job, root)


def _new(id: str, kind: JobKind, upload: UploadedForm, options: Mapping[str, Any], key: str | None) -> NewJob:
    files = [file.as_dict() for file in upload.files]
    return NewJob(id, kind, {"files": files, "options": dict(options)}, idempotency_key=key)
