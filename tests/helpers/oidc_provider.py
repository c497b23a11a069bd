"""A provider of OpenID Connect on this machine: it signs in whom the test says, and can be made to err."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "stopgap service"
SECRET = "a secret: of %the client"


@dataclass
class Provider:
    """A provider that runs.

    Attributes:
        claims: What it says of the one who signs in.
        spoils: Changes an ID token before it is sent: claims and how it is signed.
        asked: The requests for tokens, as they came.
    """

    issuer: str
    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "s-1", "email": "jane@example.org", "email_verified": True}
    )
    spoils: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def sign_in(self, address: str) -> str:
        """Sign in at the provider, as a browser that was sent there; the address that it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def new_key(self) -> None:
        """Sign with another key from now on, as providers do from time to time."""
        self.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer a request for tokens."""
        self.asked.append(form)
        kind, _, encoded = authorization.partition(" ")
        id, _, secret = base64.b64decode(encoded).decode().partition(":")
        asked = self._codes.pop(form.get("code", ""), None)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _encoded(hashed)
        is_right = (
            kind == "Basic" and (unquote(id), unquote(secret)) == (CLIENT, SECRET) and asked is not None
            and challenge == asked["code_challenge"] and form.get("redirect_uri") == asked["redirect_uri"]
            and form.get("grant_type") == "authorization_code"
        )  # fmt: skip
        if not is_right or asked is None:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        claims |= self.spoils.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(claims)}

    def _signed(self, claims: dict[str, Any]) -> str:
        match self.spoils.get("signed"):
            case "none":
                return f"{_joined({'alg': 'none'}, claims)}."
            case "secret":  # with what everyone knows, as if the public key were a shared secret
                text = _joined({"alg": "HS256"}, claims)
                return f"{text}.{_encoded(hmac.digest(self.key.as_pem(private=False), text.encode(), 'sha256'))}"
            case "other":
                return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def _joined(*parts: dict[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    """Run a provider on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = provider.issuer
            if self.path == "/.well-known/openid-configuration":
                self._answer(200, {
                    "issuer": provider.spoils.get("issuer", issuer), "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys",
                })  # fmt: skip
            elif self.path == "/keys":
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("authorization", " ")))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: Any) -> None:
            del format, values

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
