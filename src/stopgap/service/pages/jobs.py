"""Addresses of the pages of jobs, and jobs as pages show them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.pages.jobs.view import FileView, JobView, job_page, rejects_table
from stopgap.pages.views import TableView
from stopgap.service.access import service_of, signed_in
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.job import Job, JobFile, JobKind, JobState, person_key
from stopgap.service.jobs.router import JobId
from stopgap.service.pages.answering import answer_page
from stopgap.service.principal import Principal

MOST_REJECTS = 200
"""Refused rows shown on the page of an import; all stand in its file."""

REJECTS = "rejects.csv"


def job_pages() -> APIRouter:
    """Return the router of the pages of jobs."""
    router = APIRouter(include_in_schema=False)

    @router.get("/me/jobs/{id}")
    def job(request: Request, id: JobId) -> Response:
        return shown_job(request, service_of(request).jobs.found(id, signed_in(request)))

    @router.post("/me/jobs/{id}/cancel")
    def cancel(request: Request, id: JobId) -> Response:
        service = service_of(request)
        return shown_job(request, service.jobs.cancel(service.jobs.found(id, signed_in(request))))

    return router


def shown_job(request: Request, job: Job) -> Response:
    """Return the page of a job."""
    service, person = service_of(request), signed_in(request)
    steps = service.jobs.queue.events(job)
    view = job_view(job, person, [each.text for each in steps], steps[-1].share if steps else None)
    view = replace(view, files=tuple(_file_view(service, job, each) for each in job.files))
    return answer_page(request, lambda lake: job_page(view, _rejects(service, job)))


def job_view(job: Job, person: Principal, steps: Iterable[str] = (), share: float | None = None) -> JobView:
    """Return a job as pages show it."""
    return JobView(
        id=job.id,
        kind=str(job.kind),
        state=str(job.state),
        request=job.request,
        by=job.person.name,
        submitted_at=job.submitted_at,
        ended_at=job.ended_at,
        marking=job.marking,
        files=tuple(FileView(each.name, each.bytes, each.sha256) for each in job.files),
        result=job.result or {},
        error=job.error,
        steps=tuple(steps),
        share=share,
        is_mine=person_key(job.person) == person_key(person),
    )


def jobs_seen(
    service: ServiceContext, person: Principal, *kinds: JobKind, mine: bool = False, most: int = 20
) -> list[JobView]:
    """Return the jobs of some kinds that a person may see, the last submitted first.

    Args:
        service: State of the service.
        person: Who looks.
        kinds: Kinds of jobs; all where none is named.
        mine: Only those that the person asked for.
        most: Jobs returned.
    """
    found, _ = service.jobs.queue.jobs_of(person, most=500)
    views = [job_view(job, person) for job in found if not kinds or job.kind in kinds]
    return [view for view in views if view.is_mine or not mine][:most]


def submitted(request: Request, job: Job) -> Response:
    """Return what sends a browser to the page of a job that was submitted."""
    del request
    return Response(status_code=204, headers={"HX-Redirect": f"/me/jobs/{job.id}"})


def _file_view(service: ServiceContext, job: Job, file: JobFile) -> FileView:
    return FileView(file.name, file.bytes, file.sha256, service.jobs.kept.has(job, file))


def _rejects(service: ServiceContext, job: Job) -> TableView | None:
    """Return the first of the rows that an import refused; ``None`` where it refused none, or they are no longer kept."""
    kept = any(file.name == REJECTS and service.jobs.kept.has(job, file) for file in job.files)
    if job.state is not JobState.DONE or not kept:
        return None
    path, _ = service.jobs.path_of(job, REJECTS)
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, str]] = []
        total = 0
        for row in csv.DictReader(file):
            total += 1
            if len(rows) < MOST_REJECTS:
                rows.append({name: str(value) for name, value in row.items() if name})
    return rejects_table(rows, total)
