"""Addresses of people, tokens, sessions, saved views, the audit log, and oneself."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking, parse_economies, parse_tlp
from stopgap.service.access import Service, SignedIn, least
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.security.cookies import cookies_of
from stopgap.service.security.same_origin import csrf_token
from stopgap.service.security.sign_in_pages import address_for, request_id_of
from stopgap.service.state.people import ServicePerson
from stopgap.service.state.store import ActingPerson
from stopgap.service.state.tables import iso

ROOT = "/api/v1"

Admin = Annotated[Principal, Depends(least(PersonRole.ADMIN, "manage people and the service"))]
"""Who asks, as a parameter of an endpoint: an admin."""

Name = Annotated[str, Path(description="Name of a person.", max_length=120)]
Id = Annotated[int, Path(description="Id, as the list has it.", ge=1, le=2**31 - 1)]
Level = Annotated[str, Field(description="Level of TLP 2.0, such as TLP:GREEN.", max_length=20, examples=["TLP:GREEN"])]


class Body(BaseModel):
    """Body of a request: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class PersonBody(Body):
    """A new person."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["jane"])]
    role: Annotated[PersonRole, Field(examples=["analyst"])]
    clearance: Level = "TLP:CLEAR"
    releasable_to: Annotated[list[str] | None, Field(description="Economies (ISO3) of the clearance.")] = None
    email: Annotated[str | None, Field(description="E-mail by which OpenID Connect knows the person.")] = None


class ChangeBody(Body):
    """Changes of a person; what is left out stays."""

    role: PersonRole | None = None
    clearance: Level | None = None
    releasable_to: Annotated[list[str] | None, Field(description="Economies of the clearance, where it changes.")] = (
        None
    )
    email: str | None = None


class TokenBody(Body):
    """A new token."""

    name: Annotated[str | None, Field(description="Its person; oneself if not given.", max_length=120)] = None
    label: Annotated[str, Field(description="What it is for.", max_length=120)] = ""
    days: Annotated[int, Field(description="Days that it holds.", ge=1, le=3_650)] = 90
    role: Annotated[PersonRole | None, Field(description="What it may do at most; as its person if not given.")] = None
    clearance: Annotated[
        str | None, Field(description="Level of TLP that it sees at most; as its person if not given.", max_length=20)
    ] = None


class ViewBody(Body):
    """A view that is saved."""

    address: Annotated[str, Field(max_length=8_000, examples=["/api/v1/episodes/russia-2022/measure?goods=chips"])]


@cache
def state_router() -> APIRouter:
    """Return the router, made once: it knows nothing of a service before it is asked."""
    router = APIRouter(prefix=ROOT)
    _add_me(router)
    _add_people(router)
    _add_ways_in(router)
    _add_views(router)
    _add_audit(router)
    return router


def _actor(request: Request, person: Principal) -> ActingPerson:
    return ActingPerson(person.name, person, request_id_of(request))


def _clearance(level: str, economies: list[str] | None) -> Marking:
    return Marking(
        parse_tlp(level, where="clearance"),
        None if economies is None else parse_economies(economies, where="releasable_to"),
    )


def _add_me(router: APIRouter) -> None:
    @router.get("/me", tags=["people"], summary="Who is signed in, and what that person may do and see")
    def me(request: Request, service: Service, person: SignedIn) -> dict[str, Any]:
        clearance = person.clearance
        cookies = cookies_of(request, service.settings) if person.via == "session" else []
        return {
            "name": person.name,
            "role": str(person.role),
            "may": person.role.may,
            "clearance": None if clearance is None else clearance.tlp.label,
            "releasable_to": None if clearance is None else clearance.as_dict()["releasable_to"],
            "sees_all": clearance is None,
            "via": person.via,
            "session": person.session,
            "csrf": csrf_token(cookies[0]) if cookies else None,
        }


def _add_people(router: APIRouter) -> None:
    @router.get("/people", tags=["people"], summary="All people, those who were removed too")
    def people(service: Service, person: Admin) -> dict[str, Any]:
        return {"people": [each.as_dict() for each in service.state.people()]}

    @router.post("/people", tags=["people"], summary="Add a person, or bring one back", status_code=201)
    def add(request: Request, service: Service, person: Admin, body: PersonBody) -> dict[str, Any]:
        clearance = _clearance(body.clearance, body.releasable_to)
        actor = _actor(request, person)
        return service.state.add_person(actor, body.name, body.role, clearance, body.email).as_dict()

    @router.get("/people/{name}", tags=["people"], summary="One person")
    def one(service: Service, person: Admin, name: Name) -> dict[str, Any]:
        return service.state.person(name).as_dict()

    @router.patch("/people/{name}", tags=["people"], summary="Change a person, from the next request on")
    def change(request: Request, service: Service, person: Admin, name: Name, body: ChangeBody) -> dict[str, Any]:
        clearance = None
        if body.clearance is not None or body.releasable_to is not None:
            clearance = _changed_clearance(service.state.person(name), body)
        actor = _actor(request, person)
        return service.state.change_person(actor, name, role=body.role, clearance=clearance, email=body.email).as_dict()

    @router.delete("/people/{name}", tags=["people"], summary="Remove a person: what they did keeps their name")
    def remove(request: Request, service: Service, person: Admin, name: Name) -> dict[str, Any]:
        return service.state.deactivate_person(_actor(request, person), name).as_dict()

    @router.post(
        "/people/{name}/invitations",
        tags=["people"],
        summary="Make a link that signs a person in once; a former one ends",
        status_code=201,
    )
    def invite(request: Request, service: Service, person: Admin, name: Name) -> JSONResponse:
        need_session(person)
        key, ends = service.state.invite(_actor(request, person), name)
        link = f"{address_for(request, 'sign-in-page')}?key={key}"
        return _shown_once({"name": name, "link": link, "expires": iso(ends)}, 201)


def _add_ways_in(router: APIRouter) -> None:
    @router.get("/tokens", tags=["people"], summary="One's own tokens; an admin sees all")
    def tokens(service: Service, person: SignedIn) -> dict[str, Any]:
        return {"tokens": [] if _is_nobody(person) else service.state.tokens(_whose(person))}

    @router.post("/tokens", tags=["people"], summary="Make a token; its secret is shown this once", status_code=201)
    def new(request: Request, service: Service, person: SignedIn, body: TokenBody) -> JSONResponse:
        need_session(person)
        name = body.name or person.name
        if name != person.name:
            person.need(PersonRole.ADMIN, "make tokens of others")
        tlp = None if body.clearance is None else parse_tlp(body.clearance, where="clearance")
        made = service.state.new_token(
            _actor(request, person), name, days=body.days, label=body.label, role=body.role, tlp=tlp
        )
        return _shown_once(made.as_dict(), 201)

    @router.delete("/tokens/{id}", tags=["people"], summary="Revoke a token, from the next request on")
    def revoke(request: Request, service: Service, person: SignedIn, id: Id) -> dict[str, Any]:
        return {"id": id, "name": service.state.revoke_token(_actor(request, person), id), "revoked": True}

    @router.get("/sessions", tags=["people"], summary="One's own sessions; an admin sees all")
    def sessions(service: Service, person: SignedIn) -> dict[str, Any]:
        return {"sessions": [] if _is_nobody(person) else service.state.sessions(_whose(person))}

    @router.delete("/sessions/{id}", tags=["people"], summary="End a session, from the next request on")
    def end(request: Request, service: Service, person: SignedIn, id: Id) -> dict[str, Any]:
        return {"id": id, "name": service.state.revoke_session(_actor(request, person), id), "revoked": True}


def _add_views(router: APIRouter) -> None:
    @router.get("/views", tags=["views"], summary="One's saved views")
    def views(service: Service, person: SignedIn) -> dict[str, Any]:
        return {"views": service.state.views(person)}

    @router.put(
        "/views/{name}", tags=["views"], summary="Save an address under a name, in place of the one that had it"
    )
    def save(service: Service, person: SignedIn, name: Name, body: ViewBody) -> dict[str, Any]:
        return service.state.save_view(person, name, body.address)

    @router.delete("/views/{name}", tags=["views"], summary="Remove a saved view")
    def remove_view(service: Service, person: SignedIn, name: Name) -> dict[str, Any]:
        service.state.remove_view(person, name)
        return {"name": name, "removed": True}


def _add_audit(router: APIRouter) -> None:
    @router.get("/audit", tags=["audit"], summary="The audit log, page by page, the oldest entry first")
    def audit(
        service: Service,
        person: Admin,
        after: Annotated[int, Query(description="Number of the last entry that is known.", ge=0, le=2**31 - 1)] = 0,
        limit: Annotated[int, Query(description="Entries of a page.", ge=1, le=10_000)] = 1_000,
        who: Annotated[str | None, Query(description="Only what this person did.", max_length=120)] = None,
        what: Annotated[str | None, Query(description="Only this act, such as people add.", max_length=80)] = None,
    ) -> JSONResponse:
        page = service.state.audit.page(after=after, limit=limit, who=who, what=what)
        document = {"entries": list(page.entries), "total": page.total, "next_after": page.after}
        return JSONResponse(document, headers={"X-Total-Rows": str(page.total)})

    @router.get("/audit/check", tags=["audit"], summary="Verify the chain of the audit log")
    def check(
        service: Service,
        person: Admin,
        head: Annotated[
            str | None, Query(description="A head that the log is known to have had.", max_length=64)
        ] = None,
    ) -> dict[str, Any]:
        return service.state.audit.check(head=head).as_dict()

    @router.get("/audit/export", tags=["audit"], summary="The audit log as a chained log, one JSON object a line")
    def export(service: Service, person: Admin) -> StreamingResponse:
        lines = (f"{line}\n" for line in service.state.audit.lines())
        return StreamingResponse(lines, media_type="application/jsonl")


def _changed_clearance(person: ServicePerson, body: ChangeBody) -> Marking:
    """Return the clearance of a person after a change; economies that are not named stay, a list of none takes them away."""
    given = "releasable_to" in body.model_fields_set
    economies = person.clearance.as_dict()["releasable_to"] if not given else (body.releasable_to or None)
    return _clearance(body.clearance or person.clearance.tlp.label, economies)


def need_session(person: Principal) -> None:
    """Refuse to make a way to sign in for one who signed in with a token: a stolen one would make itself another."""
    if person.is_of_token:
        raise RefusedError(
            "a token makes no tokens and no invitations",
            where=f"signed in as {person.name} with a token",
            fix="sign in with a link or OpenID Connect, or use the command line (stopgap tokens, stopgap people)",
        )


def _whose(person: Principal) -> int | None:
    """Return whose tokens and sessions someone sees: an admin's answer is ``None``, for all."""
    return None if person.role is PersonRole.ADMIN else person.person_id


def _is_nobody(person: Principal) -> bool:
    """Return whether someone is not in the database and no admin, so that nothing there is theirs."""
    return person.person_id is None and person.role is not PersonRole.ADMIN


def _shown_once(document: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse(document, status, headers={"Cache-Control": "no-store"})
