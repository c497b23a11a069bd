"""Sign-in by OpenID Connect: the provider says who it is, and that person must be one of the service's people.

Authorization code with PKCE. Only ID tokens that the provider signed with a public key are taken.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from sqlalchemy import select
from sqlalchemy.orm import Session

from stopgap.base.errors import StopgapError, UnreachableError, UsageError
from stopgap.service.problems import NotSignedInError
from stopgap.service.settings import ENVIRONMENT, ServiceSettings
from stopgap.service.state.secret import new_secret, secret_hash
from stopgap.service.state.tables import PersonRow
from stopgap.sources.live.addresses import checked_place
from stopgap.sources.live.transport import pool_for, unlogged

HOLDS_S = 600
"""Seconds within which one comes back from the provider."""

MOST_PENDING = 1_000
"""Sign-ins that are under way at the same time."""

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_NAMES = {"issuer", "client_id", "client_secret", "scope", "trust_email"}
_LEEWAY_S = 60
_KEPT_S = 3_600
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class OidcSettings:
    """Settings of a provider, from ``[oidc]`` in the file of settings.

    Attributes:
        trusts_email: Whether an address counts that the provider does not call verified, as one that gives only
            addresses of its own.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str = "openid email"
    trusts_email: bool = False


def oidc_settings(settings: ServiceSettings) -> OidcSettings | None:
    """Return the settings of the provider; ``None`` without one.

    Raises:
        UsageError: A setting is missing or not known, or the issuer is plain HTTP on another machine.
    """
    given = dict(settings.oidc)
    if not given:
        return None
    unknown, missing = sorted(given.keys() - _NAMES), sorted({"issuer", "client_id"} - given.keys())
    if unknown or missing:
        what = f"{unknown[0]!r} is no setting of it" if unknown else f"{missing[0]} is missing"
        raise UsageError(f"the settings of OpenID Connect are not whole: {what}", where="[oidc]",
                         fix=f"give issuer and client_id; {', '.join(sorted(_NAMES))} are known")  # fmt: skip
    try:
        import authlib
        import joserfc
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed, which OpenID Connect needs", where="[oidc]",
            fix="pip install 'stopgap[oidc]'",
        ) from None  # fmt: skip
    del authlib, joserfc
    checked_place(given["issuer"], option="issuer")
    secret = os.environ.get(f"{ENVIRONMENT}OIDC_CLIENT_SECRET") or given.get("client_secret")
    trusts = given.get("trust_email", "false").lower() == "true"
    return OidcSettings(given["issuer"], given["client_id"], secret, given.get("scope", "openid email"), trusts)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A sign-in that is under way at the provider."""

    nonce: str
    verifier: str
    browser_hash: str
    until: float


@dataclass
class OidcProvider:
    """A provider of sign-in.

    Attributes:
        settings: Its settings.
        now: Tells the time, in seconds.
    """

    settings: OidcSettings
    now: Callable[[], float] = time.time
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _read: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, back: str) -> tuple[str, str]:
        """Begin a sign-in.

        Args:
            back: Address of ours to which the provider sends the browser back.

        Returns:
            The provider's address to go to; and a secret for the browser's cookie, which must come back with it.

        Raises:
            UnreachableError: The provider does not answer.
        """
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        state, browser, nonce, verifier = new_secret(), new_secret(), new_secret(), secrets.token_urlsafe(48)
        address: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self.settings.client_id,
            "code",
            redirect_uri=back,
            scope=self.settings.scope,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        now = self.now()
        with self._lock:
            alive = {name: each for name, each in self._pending.items() if each.until > now}
            while len(alive) >= MOST_PENDING:
                del alive[next(iter(alive))]
            alive[state] = _Pending(nonce, verifier, secret_hash(browser), now + HOLDS_S)
            self._pending = alive
        return address, browser

    def finish(self, *, state: str, browser: str, code: str, back: str) -> Mapping[str, Any]:
        """Return what the provider says of the one who signed in there: the claims of the ID token.

        Args:
            state: As it came back.
            browser: The secret of the browser's cookie.
            code: As it came back.
            back: As in :meth:`begin`.

        Raises:
            NotSignedInError: This browser began no such sign-in, or the ID token does not hold.
            UnreachableError: The provider does not answer.
        """
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or pending.until <= self.now() or not _same(pending.browser_hash, secret_hash(browser)):
            raise _not_signed_in("it was not begun in this browser, or too long ago")
        return self._claims(self._id_token(pending, code, back), pending.nonce)

    def person_of(self, claims: Mapping[str, Any]) -> Callable[[Session], PersonRow | None]:
        """Return a function that finds the person whom claims name, by subject, else once by e-mail address."""
        subject = f"{self.settings.issuer} {claims['sub']}"
        email = claims.get("email")
        counts = isinstance(email, str) and (claims.get("email_verified") is True or self.settings.trusts_email)

        def found(session: Session) -> PersonRow | None:
            row = session.scalar(select(PersonRow).where(PersonRow.subject == subject))
            if row is None and counts:
                row = session.scalar(select(PersonRow).where(PersonRow.email == str(email).strip().lower()))
                if row is not None and (row.subject is not None or not row.is_active):
                    return None
                if row is not None:
                    row.subject = subject
            return row if row is not None and row.is_active else None

        return found

    def _id_token(self, pending: _Pending, code: str, back: str) -> str:
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        body: str = prepare_token_request(
            "authorization_code", redirect_uri=back, code=code, code_verifier=pending.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        id, secret = self.settings.client_id, self.settings.client_secret
        ways = self._about().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret is None or "client_secret_basic" not in ways:
            body += "&" + urlencode({"client_id": id} if secret is None else {"client_id": id, "client_secret": secret})
        else:
            joined = f"{quote(id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(joined.encode()).decode()}"
        said = self._asked("POST", self._endpoint("token_endpoint"), headers, body)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise _not_signed_in("the provider gave no ID token")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Check an ID token.

        Raises:
            NotSignedInError: It does not hold.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self.now()), leeway=_LEEWAY_S, iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id}, sub={"essential": True},
            exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        fault = ""
        for is_fresh in (False, True):  # a key that is not known may be a new one
            try:
                keys = KeySet.import_key_set(self._document(self._endpoint("jwks_uri"), is_fresh=is_fresh))  # type: ignore[arg-type]
                claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
                registry.validate(claims)
                audience = claims["aud"]
                if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.settings.client_id:
                    raise _not_signed_in("the ID token is for another service")
                return claims
            except (JoseError, ValueError, KeyError, TypeError) as error:
                fault = type(error).__name__
        raise _not_signed_in(f"the ID token does not hold ({fault})")

    def _endpoint(self, name: str) -> str:
        """Return an address of the provider; HTTPS, or this machine.

        Raises:
            UnreachableError: The provider names none.
        """
        found = self._about().get(name)
        if not isinstance(found, str):
            raise UnreachableError(
                f"the provider of OpenID Connect names no {name}", where=self.settings.issuer, fix="check issuer"
            )
        checked_place(found, option=name, may_have_query=True)
        return found

    def _about(self) -> dict[str, Any]:
        about = self._document(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self.settings.issuer:
            raise UnreachableError(
                "the provider of OpenID Connect calls itself by another name",
                where=self.settings.issuer,
                fix="give issuer exactly as its openid-configuration has it",
            )
        return about

    def _document(self, address: str, *, is_fresh: bool = False) -> dict[str, Any]:
        """Return a document of the provider, kept for an hour."""
        kept = self._read.get(address)
        if kept is None or is_fresh or kept[0] <= self.now():
            kept = self.now() + _KEPT_S, self._asked("GET", address, {"Accept": "application/json"})
            self._read[address] = kept
        return kept[1]

    def _asked(self, method: str, address: str, headers: Mapping[str, str], body: str | None = None) -> dict[str, Any]:
        """Send a request to the provider; no error repeats what was sent or what it answered.

        Raises:
            UnreachableError: It does not answer.
            NotSignedInError: It refuses.
        """
        place = checked_place(address, option="issuer", may_have_query=True)
        try:
            with unlogged():
                reply = pool_for(place).request(
                    method, address, body=body, headers=dict(headers), redirect=False, retries=False,
                    preload_content=False, timeout=urllib3.Timeout(connect=10, read=20),
                )  # fmt: skip
                content = reply.read(_MOST_BYTES)
                reply.close()
        except (urllib3.exceptions.HTTPError, OSError):
            raise _unreachable(place.netloc) from None
        if reply.status >= 500:
            raise _unreachable(place.netloc)
        if reply.status != 200:
            raise _not_signed_in(f"the provider refused ({reply.status})")
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise _unreachable(place.netloc)
        return found


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)


def _unreachable(host: str) -> StopgapError:
    return UnreachableError(
        "the provider of OpenID Connect does not answer as one", where=host, fix="try again; else check issuer"
    )


def _not_signed_in(why: str) -> NotSignedInError:
    return NotSignedInError(f"the sign-in did not hold: {why}", where="/sign-in/oidc", fix="sign in once more")
