"""A job that was begun on a page, as a part of it that is asked for until the job has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from stopgap.base.marking import CLEAR
from stopgap.pages.jobs.progress import JobProgress, progress_part
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.job import Job, JobState
from stopgap.service.pages.answering import drawn

_WAITING = {JobState.QUEUED: "It waits for its turn", JobState.RUNNING: "It is at work"}

Lines = Callable[[dict[str, Any]], tuple[str, ...]]


def job_answer(
    request: Request,
    service: ServiceContext,
    job: Job,
    address: str,
    *,
    done: str,
    lines: Lines,
    links: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Return a job as a part of a page.

    Args:
        request: The request.
        service: The service.
        job: The job, which the person may see.
        address: Address at which the part is asked for again.
        done: What is said of one that is done.
        lines: Takes what it found from its result.
        links: What to do when it is done: text and address.
    """
    if job.state is JobState.DONE:
        files = tuple(
            (f"{file.name} ({file.bytes:,} bytes)", f"/api/v1/jobs/{job.id}/files/{file.name}")
            for file in job.files
            if service.jobs.kept.has(job, file)
        )
        view = JobProgress(job.id, address, done, True, lines(dict(job.result or {})), (*files, *links))
    elif job.state is JobState.FAILED:
        error = job.error or {}
        said = {name: str(error.get(name) or "") for name in ("what", "where", "fix")}
        view = JobProgress(job.id, address, "", True, error={**said, "what": f"The job failed: {said['what']}"})
    elif job.state is JobState.CANCELLED:
        view = JobProgress(job.id, address, "The job was cancelled.", True)
    else:
        events = service.jobs.queue.events(job, after=max(job.events - 1, 0))
        last = f": {events[-1].text}" if events else ""
        view = JobProgress(job.id, address, f"{_WAITING[job.state]}{last} …", False)
    return drawn(request, progress_part(view), job.marking or CLEAR)
