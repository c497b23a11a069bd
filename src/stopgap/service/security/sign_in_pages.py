"""Pages and addresses of signing in and out.

The link that is printed opens a page with a button, and the button signs in (POST). So a link preview, a scanner of
mails or a browser that loads ahead does not use the link up. A session's cookie is sent to requests from our own pages
alone (SameSite=Strict), so the step from our page is also what lets the next page know the session, wherever the link
was opened from.
"""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stopgap.base.errors import InputError, StopgapError
from stopgap.service.access import Service, SignedIn, service_of
from stopgap.service.problems import NotSignedInError
from stopgap.service.security.cookies import end_session, set_session
from stopgap.service.state.secret import LONGEST
from stopgap.service.state.ways_in import SignedInWith

AFTER = "/docs"
"""Where one is after signing in, until the service has a first page of its own."""

_STYLE = "/sign-in.css"

CSS = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 12vh auto 2rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; }
label { display: block; margin: 1rem 0 0.25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: 0.5rem; border: 1px solid #767676; border-radius: 4px; }
button, a.button { font: inherit; display: inline-block; margin-top: 1rem; padding: 0.5rem 1.25rem; border: 1px solid #1d4f91;
  border-radius: 4px; background: #1d4f91; color: #fff; text-decoration: none; cursor: pointer; }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid #e09f3e; outline-offset: 2px; }
p.small { font-size: 0.875rem; }
code { font-size: 0.9em; }
"""


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
        service: Service,
        key: Annotated[str | None, Query(description="Key of a link that signs in once.", max_length=LONGEST)] = None,
    ) -> HTMLResponse:
        return HTMLResponse(_form_page(key, is_team=service.settings.is_team, has_oidc=bool(service.settings.oidc)))

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
            return failed_page(error)
        answer: Response = RedirectResponse(AFTER, 303) if is_form else JSONResponse(_said(done))
        set_session(answer, done.secret, service_of(request).settings)
        return answer

    @router.post("/sign-out", summary="End the session", status_code=204)
    def sign_out(request: Request, service: Service, person: SignedIn) -> Response:
        service.state.sign_out(person, request_id_of(request))
        answer = Response(status_code=204)
        end_session(answer, service.settings)
        return answer

    @router.get(_STYLE, include_in_schema=False)
    def style() -> Response:
        return Response(CSS, media_type="text/css")

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


def page_of(title: str, content: str, *, forward: str = "") -> str:
    """Return a page of signing in.

    Args:
        title: Its title.
        content: Its content, as HTML.
        forward: Address that it goes on to at once; empty to stay.
    """
    on = f'<meta http-equiv="refresh" content="0; url={escape(forward)}">' if forward else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} – Stopgap</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{on}'
        f'<link rel="stylesheet" href="{_STYLE}"></head><body><main><h1>{escape(title)}</h1>{content}</main></body></html>'
    )


def _form_page(key: str | None, *, is_team: bool, has_oidc: bool) -> str:
    if key:
        return page_of(
            "Sign in to Stopgap",
            "<p>This link signs you in once. It is used up when you press the button.</p>"
            f'<form method="post" action="/sign-in"><input type="hidden" name="key" value="{escape(key)}">'
            "<button>Sign in</button></form>",
        )
    parts = []
    if has_oidc:
        parts.append('<p><a class="button" href="/sign-in/oidc">Sign in with your organisation’s account</a></p>')
    how = (
        "Open the link of your invitation, or enter one of your tokens. An admin sends invitations."
        if is_team
        else "Open the link that <code>stopgap serve</code> printed. <code>stopgap service link</code> prints a new one."
    )
    parts.append(
        f"<p>{how}</p>"
        '<form method="post" action="/sign-in"><label for="key">Key or token</label>'
        f'<input id="key" name="key" type="password" autocomplete="off" required maxlength="{LONGEST}">'
        "<button>Sign in</button></form>"
    )
    return page_of("Sign in to Stopgap", "".join(parts))


def failed_page(error: StopgapError) -> HTMLResponse:
    """Return the page that says why a sign-in failed."""
    return HTMLResponse(
        page_of(
            "Not signed in",
            f"<p>{escape(error.what[:1].upper() + error.what[1:])}.</p><p>{escape(error.fix[:1].upper() + error.fix[1:])}.</p>"
            '<p><a href="/sign-in">Back</a></p>',
        ),
        error.http_status,
    )


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
