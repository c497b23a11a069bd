"""Pages and addresses of signing in and out.

The link that is printed opens a page with a button, and the button signs in (POST). So a link preview, a scanner of
mails or a browser that loads ahead does not use the link up. A session's cookie is sent to requests from our own pages
alone (SameSite=Strict), so the step from our page is also what lets the next page know the session, wherever the link
was opened from.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stopgap.base.errors import InputError, StopgapError
from stopgap.pages.people.sign_in import SignInView, drawn_sign_in
from stopgap.service.access import Service, SignedIn, service_of
from stopgap.service.problems import NotSignedInError
from stopgap.service.security.cookies import end_session, set_session
from stopgap.service.state.secret import LONGEST
from stopgap.service.state.ways_in import SignedInWith

AFTER = "/"
"""Where one is after signing in."""

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {
                "schema": {
                    "type": "object",
                    "properties": {"key": {"type": "string", "minLength": 1, "maxLength": LONGEST}},
                    "required": ["key"],
                }
            }
            for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }
}


def sign_in_pages() -> APIRouter:
    """Return the router of ``/sign-in`` and ``/sign-out``."""
    router = APIRouter(tags=["sign-in"])

    @router.get("/sign-in", response_class=HTMLResponse, summary="Page to sign in", name="sign-in-page")
    def page(
        request: Request,
        service: Service,
        key: Annotated[str | None, Query(description="Key of a link that signs in once.", max_length=LONGEST)] = None,
    ) -> HTMLResponse:
        settings = service.settings
        view = SignInView(
            "Sign in to Stopgap", key or "", is_team=settings.is_team, has_oidc=bool(settings.oidc), longest=LONGEST
        )
        return page_of(request, view)

    @router.post(
        "/sign-in",
        summary="Sign in with the key of a link, or with a token",
        description="`key` as a form or as JSON. A form is answered by 303 and JSON by 200, each with the session's cookie.",
        openapi_extra=_BODY,
        responses={401: {"description": "The key does not hold."}, 429: {"description": "Too many sign-ins failed."}},
    )
    async def sign_in(request: Request) -> Response:
        key, is_form = await _key_of(request)
        try:
            done = await run_in_threadpool(_signed_in, request, key)
        except StopgapError as error:
            if not is_form:
                raise
            return failed_page(request, error)
        answer: Response = RedirectResponse(AFTER, 303) if is_form else JSONResponse(_said(done))
        set_session(answer, done.secret, service_of(request).settings)
        return answer

    @router.post("/sign-out", summary="End the session", status_code=204)
    def sign_out(request: Request, service: Service, person: SignedIn) -> Response:
        service.state.sign_out(person, request_id_of(request))
        answer = Response(status_code=204)
        end_session(answer, service.settings)
        return answer

    return router


def request_id_of(request: Request) -> str | None:
    """Return the id of a request, which its log lines have too."""
    found = getattr(request.state, "request_id", None)
    return None if found is None else str(found)


def address_for(request: Request, name: str) -> str:
    """Return the address of a page of ours as browsers reach it; a proxy that ends HTTPS need not say so."""
    address = request.url_for(name)
    is_https = service_of(request).settings.is_https
    return str(address.replace(scheme="https") if is_https else address)


def page_of(request: Request, view: SignInView, status: int = 200) -> HTMLResponse:
    """Return a page of signing in."""
    request.state.uses_nonce = True
    return HTMLResponse(drawn_sign_in(view, getattr(request.state, "nonce", "")), status)


def failed_page(request: Request, error: StopgapError) -> HTMLResponse:
    """Return the page that says why a sign-in failed."""
    return page_of(request, SignInView("Not signed in", error=error), error.http_status)


async def _key_of(request: Request) -> tuple[str, bool]:
    """Read the key of a request; return it, and whether it came as a form.

    Raises:
        InputError: There is none.
    """
    is_form = request.headers.get("content-type", "").partition(";")[0].strip() != "application/json"
    try:
        found = (await request.form() if is_form else await request.json()).get("key")
    except (ValueError, AttributeError):
        found = None
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST:
        raise InputError("no key is given", where="key", fix="send key, as a form or as JSON")
    return found.strip(), is_form


def _signed_in(request: Request, key: str) -> SignedInWith:
    service = service_of(request)
    service.failed_sign_ins.need_few(request)
    done = service.state.sign_in(key, is_team=service.settings.is_team, request_id=request_id_of(request))
    if done is None:
        service.failed_sign_ins.note(request)
        raise NotSignedInError(
            "the key does not hold: it was used, has expired, or was never given",
            where=request.url.path,
            fix="ask for a new link (stopgap people invite NAME; one analyst alone: stopgap service link)",
        )
    return done


def _said(done: SignedInWith) -> dict[str, Any]:
    return {"name": done.principal.name, "role": str(done.principal.role)}
