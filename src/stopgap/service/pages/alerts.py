"""Addresses of the pages on alerts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from stopgap.base.errors import NotFoundError
from stopgap.measures.alerts.request import AlertOptions
from stopgap.pages.alerts.inbox import decided_alert, inbox
from stopgap.pages.alerts.months import alert_page, months_part
from stopgap.pages.alerts.query import InboxQuery
from stopgap.pages.alerts.watch import watch_page
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.job import Job, JobKind
from stopgap.service.jobs.queue import NewJob, new_id
from stopgap.service.jobs.work import need_whole_lake
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.job_progress import job_answer
from stopgap.service.principal import PersonRole
from stopgap.service.rest.names import check_episode, check_subject

RUNS = "/alerts/runs"


def alert_pages() -> APIRouter:
    """Return the router of the pages on alerts."""
    router = APIRouter(include_in_schema=False)
    _add_runs(router)

    @router.get("/alerts")
    def first(
        request: Request, episode: str | None = None, status: str = "open", month: str | None = None, start: int = 0
    ) -> Response:
        query = InboxQuery(episode or None, status, month or None, max(start, 0))
        return answer_page(request, lambda lake: inbox(lake, query))

    @router.get("/alerts/watch")
    def watched(request: Request) -> Response:
        return answer_page(request, watch_page)

    @router.get("/alerts/{alert}")
    def one(request: Request, alert: str) -> Response:
        check_subject(alert, "alert")
        return answer_page(request, lambda lake: alert_page(lake, alert))

    @router.get("/alerts/{alert}/months")
    def months(request: Request, alert: str) -> Response:
        check_subject(alert, "alert")
        return answer_page(request, lambda lake: months_part(lake, alert))

    @router.post("/alerts/{alert}/decisions")
    def decide(
        request: Request,
        person: SignedIn,
        alert: str,
        decided: Annotated[str, Form()],
        why: Annotated[str, Form(max_length=2000)],
    ) -> Response:
        person.need(PersonRole.ANALYST, "decide on alerts")
        check_subject(alert, "alert")
        return answer_page(request, lambda lake: decided_alert(lake, alert, decided, why))

    return router


def _add_runs(router: APIRouter) -> None:
    @router.post(RUNS)
    def run(
        request: Request,
        service: Service,
        person: SignedIn,
        episode: Annotated[str, Form()],
        month: Annotated[str, Form()] = "",
    ) -> Response:
        person.need(PersonRole.ANALYST, "run alerts")
        check_episode(episode)
        options = {"month": month.strip()} if month.strip() else {}
        AlertOptions(month=options.get("month"))
        need_whole_lake(person, service.ask)
        new = NewJob(new_id(), JobKind.ALERTS, {"episode": episode, "options": options})
        return _shown_run(request, service, service.jobs.submit(new, person))

    @router.get(f"{RUNS}/{{id}}")
    def state(request: Request, service: Service, person: SignedIn, id: str) -> Response:
        return _shown_run(request, service, service.jobs.found(id, person))


def _shown_run(request: Request, service: ServiceContext, job: Job) -> Response:
    if job.kind is not JobKind.ALERTS:
        raise NotFoundError("there is no such run", where=f"alerts/runs/{job.id}", fix="run the alerts again")
    episode = str(job.request["episode"])

    def lines(result: dict[str, Any]) -> tuple[str, ...]:
        months = ", ".join(result["windows"]["tested"]) or "no month"
        return (
            f"{len(result['alerts']):,} new alerts, {len(result['known']):,} known ones seen again",
            f"{result['coverage']['tested']:,} cells of {months} tested as first released",
            *map(str, result["warnings"]),
        )

    links = (("The alerts of this episode", f"/alerts?episode={episode}&status=open"),)
    return job_answer(
        request, service, job, f"{RUNS}/{job.id}", done=f"The alerts of {episode} were run.", lines=lines, links=links
    )
