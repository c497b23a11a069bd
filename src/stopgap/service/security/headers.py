"""Headers of every response: a strict content policy, no framing, no sniffing, no caching by others."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Policy without any ``unsafe-``; see docs/adr/0032-service.md."""


def policy_with(nonce: str) -> str:
    """Return the policy of a page whose script and htmx elements carry a nonce."""
    return CONTENT_POLICY.replace("script-src 'self'", f"script-src 'self' 'nonce-{nonce}'")


_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Middleware that adds the headers to every response, errors included."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.headers = {**_HEADERS, **({"strict-transport-security": "max-age=31536000"} if is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                is_used = scope["state"].get("uses_nonce", False)
                found["content-security-policy"] = policy_with(nonce) if is_used else CONTENT_POLICY
                for name, value in self.headers.items():
                    found[name] = value
                if "cache-control" not in found:
                    found["cache-control"] = "private, no-cache"
            await send(message)

        await self.app(scope, receive, with_headers)
