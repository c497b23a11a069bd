"""Find out who asks: by a session's cookie, or by a token."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from stopgap.service.principal import Principal
from stopgap.service.problems import NotSignedInError
from stopgap.service.security.authorization import token_in
from stopgap.service.security.cookies import cookies_of
from stopgap.service.security.failures import FailedSignIns
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.store import ServiceState


def find_principal(
    connection: HTTPConnection, settings: ServiceSettings, state: ServiceState, failed: FailedSignIns
) -> Principal | None:
    """Return who asks, by the token that a request sends, else by its cookie; ``None`` where it sends neither that holds.

    Nothing is kept from one request to the next, so what is revoked or changed holds at once.

    Raises:
        NotSignedInError: A token is sent that does not hold.
        TooManyError: So it is, and too many sign-ins from that address failed.
    """
    said = connection.headers.get("authorization")
    if said is not None:
        token = token_in(said)
        found = state.principal_of_token(token) if token else None
        if found is None:
            failed.need_few(connection)
            failed.note(connection)
            raise NotSignedInError(
                "the token is not valid: it was revoked, has expired, or its person was removed",
                where=connection.url.path,
                fix="send Authorization: Bearer and a token that holds (stopgap tokens new NAME)",
            )
        return found
    for cookie in cookies_of(connection, settings):
        found = state.principal_of_cookie(cookie, is_team=settings.is_team)
        if found is not None:
            return found
    return None
