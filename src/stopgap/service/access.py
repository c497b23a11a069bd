"""Who signed in, for the endpoints of the service: dependencies of FastAPI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from stopgap.service.context import ServiceContext
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import NotSignedInError


def service_of(request: Request) -> ServiceContext:
    """Return the state of the service that answers a request."""
    service: ServiceContext = request.app.state.service
    return service


def signed_in(request: Request) -> Principal:
    """Return who asks; the middleware of sign-in found it out.

    Raises:
        NotSignedInError: Nobody is signed in.
    """
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise NotSignedInError(
            "nobody is signed in",
            where=request.url.path,
            fix="open the link that stopgap serve printed, sign in, or send Authorization: Bearer and a token (stopgap tokens new NAME)",
        )
    return principal


def least(role: PersonRole, what: str) -> Callable[[Request], Principal]:
    """Return a dependency that lets those through whose role is high enough.

    Args:
        role: The least role.
        what: What the endpoint does, such as ``import files``.
    """

    def allowed(request: Request) -> Principal:
        principal = signed_in(request)
        principal.need(role, what)
        return principal

    return allowed


Service = Annotated[ServiceContext, Depends(service_of)]
"""State of the service, as a parameter of an endpoint."""

SignedIn = Annotated[Principal, Depends(signed_in)]
"""Who asks, as a parameter of an endpoint: anyone who signed in."""
