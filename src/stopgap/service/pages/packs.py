"""Addresses of the pages of evidence packs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import Response

from stopgap.api import Lake
from stopgap.base.errors import RefusedError, UsageError
from stopgap.base.marking import Marking, parse_marking
from stopgap.evidence.packs.request import PackPart, PreviewRequest, ReceiveRequest
from stopgap.pages.packs.comparison import compare_page, comparison_page
from stopgap.pages.packs.listed import pack_tabs, packs_page, received_page
from stopgap.pages.packs.making import audience_page, make_page, preview_page
from stopgap.pages.packs.verification import checked_page, verification_page
from stopgap.pages.views import PageContent
from stopgap.service.access import service_of, signed_in
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.bodies import need_names
from stopgap.service.jobs.job import JobKind
from stopgap.service.jobs.orders import PackBody, need_visible, pack_order
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.jobs import jobs_seen, submitted
from stopgap.service.pages.uploaded import kept_files, need_file
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.rest.names import check_episode, check_goods, check_subject

Text = Annotated[str, Form(max_length=1_000)]


class PackForm(BaseModel):
    """Fields of the form that makes a pack; those that are empty are not given."""

    episode: str = Field(max_length=200)
    marking: str = Field(max_length=40)
    key: str = Field("", max_length=200)
    goods: str = Field("", max_length=1_000)
    as_of: str = Field("", max_length=40)
    releasable_to: str = Field("", max_length=1_000)
    parts: list[str] = Field(default_factory=list, max_length=10)
    redact: bool = False
    passphrase: str = Field("", max_length=1_000)


def pack_pages() -> APIRouter:
    """Return the router of ``/packs``."""
    router = APIRouter(include_in_schema=False)
    _add_lists(router)
    _add_making(router)
    _add_checks(router)
    return router


def _may(person: Principal, role: PersonRole) -> bool:
    return person.role.rank >= role.rank


def _add_lists(router: APIRouter) -> None:
    @router.get("/packs")
    def packs(request: Request) -> Response:
        person = signed_in(request)
        made = jobs_seen(service_of(request), person, JobKind.PACK)
        return answer_page(request, lambda lake: packs_page(lake, made, may_make=_may(person, PersonRole.ANALYST)))

    @router.get("/packs/received/{pack}")
    def received(request: Request, pack: str) -> Response:
        check_subject(pack)
        may_make = _may(signed_in(request), PersonRole.ANALYST)
        return answer_page(request, lambda lake: received_page(lake, pack, may_make=may_make))


def _add_making(router: APIRouter) -> None:
    @router.get("/packs/new")
    def new(request: Request, episode: str | None = None) -> Response:
        person = signed_in(request)
        person.need(PersonRole.ANALYST, "make packs")
        if episode:
            check_episode(episode)
        may_redact = _may(person, PersonRole.RELEASER)
        return answer_page(
            request, lambda lake: make_page(lake, clearance=person.clearance, may_redact=may_redact, episode=episode)
        )

    @router.post("/packs/preview")
    def preview(request: Request, form: Annotated[PackForm, Form()]) -> Response:
        person = signed_in(request)
        asked = _previewed(person, form)
        people = _admitted(service_of(request), person, asked)
        audience = parse_marking(asked.marking, asked.releasable_to)
        given = form.model_dump(exclude={"key", "passphrase"}, exclude_defaults=True)
        later = f"/packs/preview?{urlencode(given, doseq=True)}"
        return answer_page(request, lambda lake: audience_page(lake, audience, later, people=people))

    @router.get("/packs/preview")
    def held(request: Request, form: Annotated[PackForm, Query()]) -> Response:
        asked = _previewed(signed_in(request), form)
        return answer_page(request, lambda lake: preview_page(lake, form.episode, asked))

    @router.post("/packs")
    def make(request: Request, form: Annotated[PackForm, Form()]) -> Response:
        person, service = signed_in(request), service_of(request)
        person.need(PersonRole.ANALYST, "make packs")
        options = {**_options(form), "episode": form.episode, "key": form.key}
        body = PackBody(**options, **({"redact": True} if form.redact else {}))
        job = service.jobs.submit(pack_order(person, body), person, passphrase=form.passphrase or None)
        return submitted(job)


def _previewed(person: Principal, form: PackForm) -> PreviewRequest:
    """Return what the pack of a form would be asked for with."""
    check_episode(form.episode)
    options = _options(form)
    need_visible(person, options)
    return PreviewRequest(**{**options, "redact": form.redact and _may(person, PersonRole.RELEASER)})


def _options(form: PackForm) -> dict[str, Any]:
    """Return the options of a pack that were given; parts that are not ticked are left out."""
    if form.goods:
        check_goods(form.goods)
    named = ("marking", "goods", "as_of", "releasable_to")
    options: dict[str, Any] = {name: value for name in named if (value := getattr(form, name).strip())}
    need_names(options, "goods")
    usual = [str(part) for part in PackPart if part is not PackPart.DECISIONS]
    options["without"] = tuple(part for part in usual if part not in form.parts)
    options["with_parts"] = ("decisions",) if "decisions" in form.parts else ()
    return options


def _admitted(service: ServiceContext, person: Principal, asked: PreviewRequest) -> list[str] | None:
    """Return who of the service could see a pack; ``None`` where the one who asks may not see who is there."""
    people = service.state.people() if person.role is PersonRole.ADMIN else []
    if not people:
        return None
    audience = parse_marking(asked.marking, asked.releasable_to)
    return [each.name for each in people if each.is_active and audience.fits(each.clearance)]


def _add_checks(router: APIRouter) -> None:
    @router.get("/packs/check")
    def check(request: Request) -> Response:
        may_receive = _may(signed_in(request), PersonRole.ANALYST)
        content = PageContent(
            "packs/check.html",
            "Verify or receive a pack",
            {"may_receive": may_receive},
            nav="/packs",
            tabs=pack_tabs("/packs/check", may_make=may_receive),
        )
        return answer_page(request, lambda lake: content)

    @router.post("/packs/verify")
    def verify(request: Request, pack: UploadFile) -> Response:
        with kept_files([pack]) as [path]:
            return answer_page(request, lambda lake: verification_page(lake, need_file(path, "the pack")))

    @router.post("/packs/receive")
    def receive(request: Request, pack: UploadFile, older: Annotated[bool, Form()] = False) -> Response:
        person, service = signed_in(request), service_of(request)
        person.need(PersonRole.ANALYST, "receive packs")
        with kept_files([pack]) as [path]:
            file = need_file(path, "the pack")
            try:
                done = service.ask(person, lambda lake: lake.packs.receive(file, ReceiveRequest(older=older)))
            except RefusedError as error:
                document = error.details
                if not document.get("checks"):
                    raise
                marking = error.marking if isinstance(error.marking, Marking) else None
                refused = {**document, "holds": False, "error": {"what": error.what, "fix": error.fix}}
                return answer_page(request, lambda lake: checked_page(refused, marking))
        return Response(status_code=204, headers={"HX-Redirect": f"/packs/received/{done.pack.sha256}"})

    @router.get("/packs/compare")
    def choose(request: Request, one: str | None = None) -> Response:
        may_make = _may(signed_in(request), PersonRole.ANALYST)
        return answer_page(request, lambda lake: compare_page(lake, may_make=may_make, one=one))

    @router.post("/packs/compare")
    def compare(
        request: Request, one_file: UploadFile | None = None, other_file: UploadFile | None = None, one: Text = "", other: Text = ""
    ) -> Response:  # fmt: skip
        names = (one, other)
        with kept_files([one_file, other_file]) as paths:

            def compared(lake: Lake) -> PageContent:
                sides = [path or _received(lake, name) for path, name in zip(paths, names, strict=True)]
                return comparison_page(lake, *sides)

            return answer_page(request, compared)


def _received(lake: Lake, name: str) -> str:
    """Return the SHA-256 of a received pack; a name is never a path."""
    if not name.strip():
        raise UsageError("a pack is not given", where="file", fix="drag it onto the page, or choose it")
    return lake.packs.received(name).pack.sha256
