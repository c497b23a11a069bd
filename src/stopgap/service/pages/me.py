"""Addresses of the pages on oneself: my work and settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from stopgap.base.errors import RefusedError, UsageError
from stopgap.base.marking import Tlp, parse_tlp
from stopgap.pages.amounts import AmountUnit
from stopgap.pages.languages.catalogs import LANGUAGES
from stopgap.pages.people.admin import shown_once
from stopgap.pages.people.settings import OneSelf, settings_page
from stopgap.pages.people.work import OwnRecords, people_tabs, work_page
from stopgap.pages.views import PageContent, Tab
from stopgap.service.access import service_of, signed_in
from stopgap.service.pages.answering import LANGUAGE_COOKIE, UNIT_COOKIE, answer_page, language_of
from stopgap.service.pages.jobs import jobs_seen
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.security.cookies import end_session
from stopgap.service.security.sign_in_pages import request_id_of
from stopgap.service.state.router import need_session
from stopgap.service.state.store import ActingPerson
from stopgap.service.state.ways_in import NewToken

Text = Annotated[str, Form(max_length=200)]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_KEPT_S = 400 * 86_400
"""How long a browser keeps a choice, in seconds: as long as browsers allow."""


def me_pages() -> APIRouter:
    """Return the router of ``/me`` and ``/settings``."""
    router = APIRouter(include_in_schema=False)
    _add_work(router)
    _add_settings(router)
    return router


def actor_of(request: Request, person: Principal) -> ActingPerson:
    """Return who acts, for the audit log."""
    return ActingPerson(person.name, person, request_id_of(request))


def reloaded(page: str) -> Response:
    """Return what sends a browser to a page anew."""
    return Response(status_code=204, headers={"HX-Redirect": page})


def tabs_of(request: Request, here: str) -> tuple[Tab, ...]:
    """Return the pages on people that the one who asks may see."""
    return people_tabs(here, is_admin=signed_in(request).role is PersonRole.ADMIN)


def levels_up_to(clearance: Tlp | None) -> tuple[tuple[str, str], ...]:
    """Return the levels up to one, each as fields give it and in words."""
    return tuple(
        (level.name.replace("_", "+"), f"{level.label}: {level.allows}")
        for level in Tlp
        if clearance is None or level <= clearance
    )


def once(request: Request, content: PageContent) -> Response:
    """Return a secret; no cache keeps it."""
    answer = answer_page(request, lambda lake: content)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def token_made(request: Request, made: NewToken) -> Response:
    """Return a token that was made, which is shown this once."""
    said = made.as_dict()
    facts = (("Of", said["name"]), ("For", said["label"]), ("May do", said["role"]), ("Sees up to", said["clearance"]),
             ("Holds until", str(said["expires"])[:10]))  # fmt: skip
    return once(request, shown_once("Token", made.token, facts, "Programs send it as Authorization: Bearer TOKEN."))


def _add_work(router: APIRouter) -> None:
    @router.get("/me")
    def me(request: Request) -> Response:
        person, service = signed_in(request), service_of(request)
        acts = service.state.audit.latest(limit=30, who=person.name).entries
        own = OwnRecords(jobs_seen(service, person, mine=True, most=30), service.state.views(person), acts)
        tabs = tabs_of(request, "/me")
        return answer_page(request, lambda lake: work_page(lake, person.name, own, tabs=tabs))

    @router.post("/me/views/remove")
    def remove(request: Request, name: Text) -> Response:
        service_of(request).state.remove_view(signed_in(request), name)
        return reloaded("/me")


def _add_settings(router: APIRouter) -> None:
    @router.get("/settings")
    def settings(request: Request) -> Response:
        own, tabs, language = _one_self(request), tabs_of(request, "/settings"), language_of(request)
        return answer_page(request, lambda lake: settings_page(lake, own, language=language, tabs=tabs))

    @router.post("/settings/unit")
    def unit(request: Request, unit: Annotated[AmountUnit, Form()]) -> Response:
        return _chosen(request, UNIT_COOKIE, unit.value)

    @router.post("/settings/language")
    def language(request: Request, language: Text) -> Response:
        if language not in LANGUAGES:
            raise UsageError("the menus are not in that language", where="language", fix=f"give {', '.join(LANGUAGES)}")
        return _chosen(request, LANGUAGE_COOKIE, language)

    @router.post("/settings/tokens")
    def token(
        request: Request, label: Text, days: Annotated[int, Form(ge=1, le=3_650)], role: Text = "", clearance: Text = ""
    ) -> Response:  # fmt: skip
        person = signed_in(request)
        need_session(person)
        made = service_of(request).state.new_token(
            actor_of(request, person), person.name, days=days, label=label, role=PersonRole(role) if role else None,
            tlp=parse_tlp(clearance, where="clearance") if clearance else None,
        )  # fmt: skip
        return token_made(request, made)

    @router.post("/settings/tokens/{id}/revoke")
    def revoke(request: Request, id: Id) -> Response:
        person = signed_in(request)
        service_of(request).state.revoke_token(actor_of(request, person), id)
        return _reload()

    @router.post("/settings/sessions/{id}/end")
    def end(request: Request, id: Id) -> Response:
        person = signed_in(request)
        service_of(request).state.revoke_session(actor_of(request, person), id)
        return _reload()

    @router.post("/settings/sign-out")
    def sign_out(request: Request) -> Response:
        service = service_of(request)
        service.state.sign_out(signed_in(request), request_id_of(request))
        answer = reloaded("/sign-in")
        end_session(answer, service.settings)
        return answer


def _reload() -> Response:
    """Return what loads the page anew from which the request came."""
    return Response(status_code=204, headers={"HX-Refresh": "true"})


def _chosen(request: Request, cookie: str, value: str) -> Response:
    """Keep a choice in the browser and load the page anew."""
    signed_in(request)
    answer, is_https = _reload(), service_of(request).settings.is_https
    answer.set_cookie(cookie, value, max_age=_KEPT_S, path="/", secure=is_https, httponly=True, samesite="strict")
    return answer


def _one_self(request: Request) -> OneSelf:
    person, service = signed_in(request), service_of(request)
    clearance = person.clearance
    sees = (
        "all of the lake, whatever it is marked" if clearance is None else f"{clearance.label} ({clearance.tlp.allows})"
    )
    facts = (("Name", person.name), ("Role", f"{person.role}: {person.role.may}"), ("Clearance", sees))
    is_alone = not service.settings.is_team
    has_own = person.person_id is not None or (is_alone and person.role is PersonRole.ADMIN)
    kind, _, id = (person.session or "").partition(":")
    why = ""
    try:
        need_session(person)
        if person.person_id is None:
            why = "Tokens belong to people of the service: add one under People first (stopgap people add)."
    except RefusedError as error:
        why = f"{error.what[:1].upper()}{error.what[1:]}: {error.fix}."
    return OneSelf(
        facts,
        service.state.sessions(person.person_id) if has_own else (),
        service.state.tokens(person.person_id) if has_own else (),
        int(id) if kind == "session" and id.isdigit() else None,
        not why,
        why,
        tuple(str(role) for role in PersonRole if role.rank <= person.role.rank),
        levels_up_to(None if clearance is None else clearance.tlp),
    )
