"""Addresses of the pages of listed entities and of ownership."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stopgap.base.errors import StopgapError, UsageError
from stopgap.pages.companies.entity import entity_page
from stopgap.pages.companies.ownership import ownership_answer, ownership_form
from stopgap.screening.ownership.request import OwnershipRequest
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.uploads import UploadedForm, receive
from stopgap.service.pages.answering import FILE_TYPES, answer_page, ask_for, chart_file, drawn
from stopgap.service.pages.companies import with_values
from stopgap.service.pages.drawings import drawings_of
from stopgap.service.principal import Principal
from stopgap.service.rest.endpoints import MOST_UPLOAD, without_folders
from stopgap.service.rest.names import check_subject
from stopgap.service.security.limits import TooLargeError

OWNERSHIP = "/companies/ownership"


def entity_pages() -> APIRouter:
    """Return the router of the pages of listed entities; it comes after the other pages on companies."""
    router = APIRouter(include_in_schema=False)

    @router.get(OWNERSHIP)
    def form(
        request: Request, service: Service, person: SignedIn, party: str = "", drawn: str = "", chart: str = "", form: str = ""
    ) -> Response:  # fmt: skip
        if drawn and chart and form in FILE_TYPES:
            held = drawings_of(service.settings.home).find(drawn, person)
            return chart_file(held.content, held.marking, chart, form)
        return answer_page(request, lambda lake: ownership_form(party[:500]))

    @router.post(OWNERSHIP)
    async def owned(request: Request, service: Service, person: SignedIn) -> Response:
        with tempfile.TemporaryDirectory(prefix="stopgap-owners-") as folder:
            upload = await receive(request, Path(folder) / "form" / "inputs")
            inputs = Path(folder) / "form" / "inputs"
            return await run_in_threadpool(_answer, request, service, person, (inputs, upload))

    @router.get("/companies/{entity:path}")
    def entity(request: Request, entity: str) -> Response:
        check_subject(entity, "entity")
        name = request.query_params.get("list") or None
        return answer_page(request, lambda lake: entity_page(lake, entity, name))

    return router


def _answer(
    request: Request, service: ServiceContext, person: Principal, received: tuple[Path, UploadedForm]
) -> Response:
    inputs, upload = received
    if sum(file.bytes for file in upload.files) > MOST_UPLOAD:
        raise TooLargeError(
            f"the files have more than {MOST_UPLOAD >> 20} MB", where="body", fix="send the part above this firm"
        )
    files = tuple(path for each in sorted(inputs.iterdir()) for path in each.iterdir())
    said = {name: values[0].strip() for name, values in upload.fields.items() if values and values[0].strip()}
    if "party" not in said:
        raise UsageError("no firm is named", where="body: party", fix="give its id or name in the table")
    check_subject(said["party"], "party")
    try:
        threshold = float(said["threshold"]) if "threshold" in said else None
    except ValueError as error:
        raise UsageError("the threshold is no number", where="body: threshold", fix="give a percentage") from error
    asked = OwnershipRequest(ownership=files, rule=said.get("rule", "ofac"), threshold=threshold)
    try:
        content, marking = ask_for(request, person, lambda lake: ownership_answer(lake, said["party"], asked))
    except StopgapError as error:
        hidden = (inputs, service.settings.lake)
        error.what, error.where, error.fix = without_folders((error.what, error.where, error.fix), hidden)
        raise
    if content.charts:
        name = drawings_of(service.settings.home).keep(content, marking, person)
        content = with_values(content, {"here": f"{OWNERSHIP}?{urlencode({'drawn': name})}"})
    return drawn(request, content, marking)
