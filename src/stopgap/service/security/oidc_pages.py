"""Pages of signing in by OpenID Connect: the way to the provider, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from stopgap.base.errors import StopgapError
from stopgap.pages.people.sign_in import SignInView
from stopgap.service.access import Service
from stopgap.service.problems import NotSignedInError
from stopgap.service.security.cookies import set_session
from stopgap.service.security.oidc import HOLDS_S, OidcProvider
from stopgap.service.security.sign_in_pages import AFTER, address_for, failed_page, page_of, request_id_of
from stopgap.service.settings import ServiceSettings

BACK = "/sign-in/oidc/back"


def oidc_pages(provider: OidcProvider) -> APIRouter:
    """Return the router of ``/sign-in/oidc``.

    The cookie that ties a sign-in to its browser comes back with a page of another site, so it is not as strict as that
    of the session (SameSite=Lax); it is worth nothing without the state, and for ten minutes.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in/oidc")
    def begin(request: Request, service: Service) -> RedirectResponse:
        address, browser = provider.begin(address_for(request, "sign-in-oidc-back"))
        answer = RedirectResponse(address, 303)
        answer.set_cookie(
            _cookie(service.settings), browser, max_age=HOLDS_S, path="/", secure=service.settings.is_https,
            httponly=True, samesite="lax",
        )  # fmt: skip
        return answer

    @router.get(BACK, name="sign-in-oidc-back", response_class=HTMLResponse)
    def back(
        request: Request,
        service: Service,
        state: Annotated[str, Query(max_length=256)] = "",
        code: Annotated[str, Query(max_length=4_096)] = "",
        error: Annotated[str, Query(max_length=256)] = "",
    ) -> HTMLResponse:
        try:
            service.failed_sign_ins.need_few(request)
            if error or not code:
                raise NotSignedInError("the provider did not sign you in", where=BACK, fix="sign in once more")
            browser = request.cookies.get(_cookie(service.settings), "")
            address = address_for(request, "sign-in-oidc-back")
            claims = provider.finish(state=state, browser=browser, code=code, back=address)
            found = provider.person_of(claims)
            done = service.state.sign_in_as(found, via="oidc", request_id=request_id_of(request))
            if done is None:
                raise NotSignedInError(
                    "you are not one of the people of this service", where=BACK, fix="ask an admin to add you"
                )
        except NotSignedInError as fault:
            service.failed_sign_ins.note(request)
            return failed_page(request, fault)
        except StopgapError as fault:
            return failed_page(request, fault)
        answer = page_of(request, SignInView("You are signed in", forward=AFTER))
        answer.delete_cookie(_cookie(service.settings), path="/", secure=service.settings.is_https, httponly=True)
        set_session(answer, done.secret, service.settings)
        return answer

    return router


def _cookie(settings: ServiceSettings) -> str:
    return "__Host-stopgap-oidc" if settings.is_https else "stopgap-oidc"
