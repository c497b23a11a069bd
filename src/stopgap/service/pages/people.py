"""Addresses of the pages of people and of the audit log, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from stopgap.base.marking import Marking, parse_economies, parse_tlp
from stopgap.pages.people.admin import Grants, audit_checked, audit_page, people_page, person_page, shown_once
from stopgap.service.access import least, service_of
from stopgap.service.pages.answering import answer_page
from stopgap.service.pages.me import actor_of, levels_up_to, once, reloaded, tabs_of, token_made
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.security.sign_in_pages import address_for
from stopgap.service.state.router import need_session
from stopgap.service.state.tables import iso

Admin = Annotated[Principal, Depends(least(PersonRole.ADMIN, "manage people and the service"))]
"""Who asks: an admin."""

Name = Annotated[str, Path(max_length=120)]
Text = Annotated[str, Form(max_length=400)]
Role = Annotated[PersonRole, Form()]

AUDIT_PAGE = 100


def people_pages() -> APIRouter:
    """Return the router of ``/people`` and ``/audit``."""
    router = APIRouter(include_in_schema=False)
    _add_people(router)
    _add_person(router)
    _add_audit(router)
    return router


def _grants(person: Principal) -> Grants:
    levels = levels_up_to(None if person.clearance is None else person.clearance.tlp)
    return Grants(tuple((str(role), role.may) for role in PersonRole), levels)


def _clearance(level: str, economies: str) -> Marking:
    named = parse_economies(economies, where="releasable_to") if economies.strip() else None
    return Marking(parse_tlp(level, where="clearance"), named)


def _invited(request: Request, person: Principal, name: str) -> Response:
    need_session(person)
    key, ends = service_of(request).state.invite(actor_of(request, person), name)
    link = f"{address_for(request, 'sign-in-page')}?key={key}"
    facts = (("For", name), ("Holds until", iso(ends)[:16].replace("T", " ") + " UTC"))
    advice = "Send it to the person alone, over a channel that you trust: it signs in once."
    return once(request, shown_once("Invitation", link, facts, advice))


def _add_people(router: APIRouter) -> None:
    @router.get("/people")
    def people(request: Request, person: Admin) -> Response:
        found = [each.as_dict() for each in service_of(request).state.people()]
        tabs, grants = tabs_of(request, "/people"), _grants(person)
        return answer_page(request, lambda lake: people_page(found, grants, tabs=tabs))

    @router.post("/people")
    def add(
        request: Request, person: Admin, name: Text, role: Role, clearance: Text, releasable_to: Text = "", email: Text = ""
    ) -> Response:  # fmt: skip
        need_session(person)
        state = service_of(request).state
        made = state.add_person(
            actor_of(request, person), name, role, _clearance(clearance, releasable_to), email or None
        )
        return _invited(request, person, made.name)


def _add_person(router: APIRouter) -> None:
    @router.get("/people/{name}")
    def one(request: Request, person: Admin, name: Name) -> Response:
        state = service_of(request).state
        found = state.person(name)
        tokens, sessions = state.tokens(found.id), state.sessions(found.id)
        tabs, grants, is_self = tabs_of(request, ""), _grants(person), found.id == person.person_id
        return answer_page(
            request, lambda lake: person_page(found.as_dict(), grants, tokens, sessions, tabs=tabs, is_self=is_self)
        )

    @router.post("/people/{name}/change")
    def change(
        request: Request, person: Admin, name: Name, role: Role, clearance: Text, releasable_to: Text = "", email: Text = ""
    ) -> Response:  # fmt: skip
        state, actor = service_of(request).state, actor_of(request, person)
        state.change_person(actor, name, role=role, clearance=_clearance(clearance, releasable_to), email=email or None)
        return reloaded("/people")

    @router.post("/people/{name}/invite")
    def invite(request: Request, person: Admin, name: Name) -> Response:
        return _invited(request, person, name)

    @router.post("/people/{name}/deactivate")
    def deactivate(request: Request, person: Admin, name: Name) -> Response:
        service_of(request).state.deactivate_person(actor_of(request, person), name)
        return reloaded("/people")

    @router.post("/people/{name}/tokens")
    def token(
        request: Request, person: Admin, name: Name, label: Text, days: Annotated[int, Form(ge=1, le=3_650)]
    ) -> Response:  # fmt: skip
        need_session(person)
        made = service_of(request).state.new_token(actor_of(request, person), name, days=days, label=label)
        return token_made(request, made)


def _add_audit(router: APIRouter) -> None:
    @router.get("/audit")
    def audit(
        request: Request, person: Admin, who: str = "", what: str = "",
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    ) -> Response:  # fmt: skip
        log = service_of(request).state.audit
        page = log.latest(before=before, limit=AUDIT_PAGE, who=who or None, what=what or None)
        acts, tabs = log.acts(), tabs_of(request, "/audit")
        return answer_page(
            request,
            lambda lake: audit_page(
                page.entries, total=page.total, older=page.after, who=who, what=what, acts=acts, tabs=tabs
            ),
        )

    @router.post("/audit/check")
    def check(request: Request, person: Admin) -> Response:
        document = service_of(request).state.audit.check().as_dict()
        return answer_page(request, lambda lake: audit_checked(document))
