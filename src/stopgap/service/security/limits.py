"""Limits on a request before anything reads it: bytes, seconds, depth of JSON, and requests a minute."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stopgap.base.errors import InputError, StopgapError
from stopgap.service.principal import Principal
from stopgap.service.problems import TooManyError, problem

MOST_DEPTH = 64
"""Levels of objects and arrays in the JSON of a request."""

SECONDS = 30
"""Seconds that a request may take between two pieces of its body."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class TooLargeError(InputError):
    """The body of a request is longer than the service takes."""

    http_status = 413


class TooSlowError(InputError):
    """The body of a request did not come in time."""

    http_status = 408


def depth_of(text: bytes) -> int:
    """Return how many levels of objects and arrays stand in a JSON text, valid or not."""
    depth = most = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        most = max(most, depth)
    return most


class BodyLimits:
    """Middleware that answers requests whose body is too long, too slow or too deep, before it is parsed.

    Args:
        app: The application.
        most_bytes: Bytes of a body.
        most_upload_bytes: Bytes of a body at the addresses of uploads.
        uploads: Beginnings of these addresses.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int, most_upload_bytes: int, uploads: Sequence[str] = ()) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.most_upload_bytes = most_upload_bytes
        self.uploads = tuple(uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        headers, path, is_answered = Headers(scope=scope), scope["path"], False

        async def answering(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        most = self.most_upload_bytes if path.startswith(self.uploads) else self.most_bytes
        try:
            stated = headers.get("content-length", "0")
            if not stated.isdigit() or int(stated) > most:
                raise _too_large(most, path)
            reader = _Limited(receive, most, path)
            if _is_json(headers):
                body = await reader.whole()
                if depth_of(body) > MOST_DEPTH:
                    raise InputError(
                        f"the JSON of the request is more than {MOST_DEPTH} levels deep",
                        where=path,
                        fix="send it flatter",
                    )
                await self.app(scope, _Replay(body, receive), answering)
            else:
                await self.app(scope, reader, answering)
        except (TooLargeError, TooSlowError, InputError) as error:
            if is_answered:  # the application answered the error itself
                return
            await problem(error, instance=path)(scope, receive, send)


def _too_large(most: int, path: str) -> TooLargeError:
    return TooLargeError(
        f"the request is longer than {most:,} bytes",
        where=path,
        fix="send less at a time; an admin can raise the limit",
    )


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.endswith("json")


class _Limited:
    """Receive a body up to a length, each piece within a time."""

    def __init__(self, receive: Receive, most: int, path: str) -> None:
        self._receive = receive
        self._most = most
        self._path = path
        self._seen = 0
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:  # what comes now is the end of the connection, which may take as long as the answer
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), SECONDS)
        except TimeoutError:
            raise TooSlowError(
                f"nothing of the request came for {SECONDS} seconds", where=self._path, fix="send it again"
            ) from None
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            if self._seen > self._most:
                raise _too_large(self._most, self._path)
        return message

    async def whole(self) -> bytes:
        """Return the whole body."""
        parts: list[bytes] = []
        while not self._is_whole:
            message = await self()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
        return b"".join(parts)


class _Replay:
    """Give a body that was received already, then go on receiving."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class RateLimit:
    """Middleware that lets a person, token or address make so many requests in any minute.

    Args:
        app: The application.
        a_minute: Requests in any 60 seconds.
    """

    def __init__(self, app: ASGIApp, *, a_minute: int) -> None:
        self.app = app
        self._item = RateLimitItemPerMinute(a_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and not _is_free(scope["path"]):
            key = _who(scope)
            if not self._limiter.hit(self._item, key):
                until = max(1, round(self._limiter.get_window_stats(self._item, key).reset_time - time.time()))
                error: StopgapError = TooManyError(
                    f"more than {self._item.amount} requests in a minute",
                    where=scope["path"],
                    fix=f"wait {until} s; send many queries of names in one batch",
                )
                await problem(error, instance=scope["path"], headers={"Retry-After": str(until)})(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _is_free(path: str) -> bool:
    """Whether requests of a path do not count: probes, and the scripts and styles that each page loads with it."""
    return path in ("/healthz", "/readyz") or path.startswith("/assets/")


def _who(scope: Scope) -> str:
    principal: Principal | None = scope.get("state", {}).get("principal")
    if principal is not None:
        return f"{principal.name} {principal.session or ''}"
    client = scope.get("client")
    return f"address {client[0] if client else ''}"
