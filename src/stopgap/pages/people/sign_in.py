"""Pages of signing in, drawn before anyone is known."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.base.errors import StopgapError
from stopgap.pages.drawing import Frame, draw_page
from stopgap.pages.site import ServiceSite
from stopgap.pages.views import PageContent


@dataclass(frozen=True)
class SignInView:
    """What a page of signing in shows.

    Attributes:
        title: Its title.
        key: Key of a link that signs in once, to be sent by its button; empty without one.
        is_team: Whether people sign in; else a link signs one analyst in.
        has_oidc: Whether one can sign in by OpenID Connect.
        longest: Letters of the longest key.
        forward: Address that it goes on to at once; empty to stay.
        error: Why a sign-in failed; ``None`` where none did.
    """

    title: str
    key: str = ""
    is_team: bool = False
    has_oidc: bool = False
    longest: int = 200
    forward: str = ""
    error: StopgapError | None = None


def drawn_sign_in(view: SignInView, nonce: str) -> str:
    """Return a page of signing in as HTML; `nonce` is that of its content policy."""
    values = {name: getattr(view, name) for name in ("key", "is_team", "has_oidc", "longest", "forward", "error")}
    return draw_page(PageContent("people/sign_in.html", view.title, values), Frame(ServiceSite(), nonce=nonce))
