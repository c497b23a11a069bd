"""One request over HTTP: a good body goes to a file, bounded; every fault is told without the key."""

from __future__ import annotations

import hashlib
import os
import ssl
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlencode, urlsplit

import urllib3

from stopgap.errors import InputError, UnreachableError, UsageError
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.key import Key, scrubbed
from stopgap.sources.live.outcomes import Answer, Passing, Request

CHUNK = 64 * 1024
TEXT_LIMIT = 64 * 1024
"""Bytes read of a body that is no data."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one reply may take.

    Attributes:
        connect_s: Seconds to connect.
        read_s: Seconds of silence.
        reply_s: Seconds for the whole reply.
        reply_bytes: Size of the reply, decoded.
    """

    connect_s: float = 15.0
    read_s: float = 180.0
    reply_s: float = 1800.0
    reply_bytes: int = 512 * 1024 * 1024


def checked_base_url(text: str) -> str:
    """A base URL that carries neither a password nor a query.

    Raises:
        UsageError: It is no such URL; the message does not repeat it.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        fault = "it must begin with https:// or http:// and name a host"
    elif parts.username or parts.password or parts.query or parts.fragment:
        fault = "it may hold no user, password, query or fragment"
    else:
        return text.rstrip("/")
    raise UsageError(
        f"the base URL cannot be used: {fault}", where="--base-url", mend="give it as https://host/path"
    )


class Transport:
    """Sends requests to one service and no other: redirects are not followed."""

    def __init__(self, base_url: str, key: Key | None, *, clock: Clock, bounds: Bounds) -> None:
        self.base_url = base_url
        self._key = key
        self._clock = clock
        self._bounds = bounds
        self._pool: urllib3.PoolManager | None = None

    @property
    def host(self) -> str:
        """The service's host and port."""
        return urlsplit(self.base_url).netloc

    def get(self, request: Request, target: Path) -> Answer | Passing:
        """Ask once. A body of status 200 is in ``target`` and on the disk when this returns.

        Raises:
            UnreachableError: A certificate is not trusted.
            InputError: The reply has no end, or repeats the key.
            OSError: The body cannot be written.
        """
        fault: Passing | None = None
        untrusted: str | None = None
        response: urllib3.BaseHTTPResponse | None = None
        # What the client raises names the URL, and the URL may carry the key: it is turned
        # into a line of ours here, and nothing is raised while it is being handled.
        try:
            response = self._send(request)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, urllib3.exceptions.SSLError) and "CERTIFICATE" in str(error).upper():
                untrusted = scrubbed(str(error), self._key, 200)
            fault = self._fault(error)
        if untrusted is not None:
            raise UnreachableError(
                f"the certificate of {self.host} is not trusted",
                where=untrusted,
                mend="add your network's certificate authority to the system's store, or name its file in SSL_CERT_FILE",
            )
        if response is None:
            return fault or Passing("no answer")
        try:
            return self._taken(response, target)
        finally:
            response.close()
            response.release_conn()

    def _send(self, request: Request) -> urllib3.BaseHTTPResponse:
        headers = {"User-Agent": _agent(), "Accept-Encoding": "gzip", **dict(request.headers)}
        query = f"?{urlencode(request.params)}" if request.params else ""
        return self._connections().request(
            "GET",
            f"{self.base_url}/{request.path}{query}",
            headers=headers,
            preload_content=False,
            decode_content=False,
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=self._bounds.connect_s, read=self._bounds.read_s),
        )

    def _taken(self, response: urllib3.BaseHTTPResponse, target: Path) -> Answer | Passing:
        headers = {name.lower(): value for name, value in response.headers.items()}
        body = _Body(response, headers, self._key, self._clock, self._bounds, self._fault)
        if response.status != 200:
            text = body.text()
            return Answer(response.status, headers, len(text), "", scrubbed(text, self._key, 4000))
        digest = hashlib.sha256()
        with target.open("wb") as sink:
            for chunk in body.chunks():
                digest.update(chunk)
                sink.write(chunk)
            size = _synced(sink)
        if body.repeats_key:
            target.unlink()
            raise InputError(
                "the reply repeats the key, and was not kept",
                where=self.host,
                mend="check --base-url: a statistics service does not send keys back",
            )
        if body.is_too_large:
            target.unlink()
            raise InputError(
                f"the reply has no end: more than {self._bounds.reply_bytes / 1e6:,.0f} MB, and was not kept",
                where=self.host,
                mend="check --base-url; ask for fewer periods or goods",
            )
        return body.fault or Answer(200, headers, size, digest.hexdigest())

    def _fault(self, error: Exception) -> Passing:
        kinds = urllib3.exceptions
        if isinstance(error, kinds.NameResolutionError):
            return Passing(f"the name {self.host} is not known", is_offline=True)
        if isinstance(error, kinds.ProxyError):
            return Passing("the proxy does not answer", is_offline=True)
        if isinstance(error, kinds.ConnectTimeoutError):  # NewConnectionError is one of these
            is_refused = isinstance(error, kinds.NewConnectionError)
            words = "refuses the connection" if is_refused else "cannot be connected to in time"
            return Passing(f"{self.host} {words}", is_offline=True)
        if isinstance(error, kinds.ReadTimeoutError | TimeoutError):
            return Passing(f"{self.host} fell silent for {self._bounds.read_s:g} s")
        if isinstance(error, kinds.IncompleteRead):
            return Passing("the reply broke off")
        return Passing(f"the connection to {self.host} broke ({type(error).__name__})")

    def _connections(self) -> urllib3.PoolManager:
        if self._pool is None:
            self._pool = pool_for(self.base_url)
        return self._pool


class _Body:
    """A body as it arrives: decoded, bounded, and looked through for the key."""

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        headers: dict[str, str],
        key: Key | None,
        clock: Clock,
        bounds: Bounds,
        fault_of: object,
    ) -> None:
        self._response = response
        self._is_gzip = headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
        self._is_odd = headers.get("content-encoding", "identity").strip().lower() not in (
            "", "identity", "gzip", "x-gzip",
        )  # fmt: skip
        self._forms = [form.encode() for form in key.forms()] if key is not None else []
        self._clock = clock
        self._bounds = bounds
        self._fault_of = fault_of
        self.fault: Passing | None = None
        self.repeats_key = False
        self.is_too_large = False

    def text(self) -> str:
        """The start of a body that is no data."""
        kept = bytearray()
        for chunk in self.chunks():
            kept += chunk
            if len(kept) >= TEXT_LIMIT:
                break
        return bytes(kept[:TEXT_LIMIT]).decode("utf-8", "replace")

    def chunks(self) -> Iterator[bytes]:
        """The decoded bytes, until the end or a fault."""
        if self._is_odd:
            self.fault = Passing("the reply came in an encoding that was not asked for")
            return
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS) if self._is_gzip else None
        deadline = self._clock.monotonic() + self._bounds.reply_s
        size = 0
        tail = b""
        overlap = max((len(form) for form in self._forms), default=1) - 1
        for raw in self._raw():
            chunk = self._decoded(raw, decoder)
            size += len(chunk)
            window = tail + chunk
            if any(form in window for form in self._forms):
                self.repeats_key = True
                return
            tail = window[-overlap:] if overlap else b""
            if size > self._bounds.reply_bytes:
                self.is_too_large = True
                return
            if self._clock.monotonic() > deadline:
                self.fault = Passing(f"the reply was not there after {self._bounds.reply_s:g} s")
                return
            if self.fault is not None:
                return
            yield chunk
        if decoder is not None and not decoder.eof and self.fault is None:
            self.fault = Passing("the reply broke off: its gzip data have no end")

    def _decoded(self, raw: bytes, decoder: zlib._Decompress | None) -> bytes:
        if decoder is None:
            return raw
        try:
            # One byte over the bound is enough to see that it is passed.
            return decoder.decompress(raw, self._bounds.reply_bytes + 1)
        except zlib.error:
            self.fault = Passing("the reply is damaged: its gzip data cannot be read")
            return b""

    def _raw(self) -> Iterator[bytes]:
        stream = self._response.stream(CHUNK, decode_content=False)
        while True:
            fault: Passing | None = None
            try:
                raw = next(stream, None)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                fault = self._fault_of(error)  # type: ignore[operator]
            if fault is not None:
                self.fault = fault
                return
            if raw is None:
                return
            yield raw


def pool_for(url: str) -> urllib3.PoolManager:
    """Connections to a URL's host: the system's trusted authorities, and the proxy that is set up."""
    proxy = _proxy_for(url)
    context = _trust() if url.startswith("https:") or proxy else None
    if proxy is None:
        return urllib3.PoolManager(ssl_context=context, maxsize=1)
    return urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, ssl_context=context, maxsize=1)


@dataclass(frozen=True, slots=True)
class _Proxy:
    url: str
    headers: dict[str, str] | None


def _proxy_for(url: str) -> _Proxy | None:
    """The proxy that the environment or the system names for a URL."""
    parts = urlsplit(url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    named = urllib.request.getproxies()
    found = named.get(parts.scheme) or named.get("all")
    if not found:
        return None
    proxy = urlsplit(found if "://" in found else f"http://{found}")
    if proxy.scheme not in ("http", "https") or not proxy.hostname:
        raise UsageError(
            "the proxy that is set up is not an HTTP proxy",
            where=f"{parts.scheme}_proxy",
            mend="name an http:// or https:// proxy, or add the host to no_proxy",
        )
    headers = None
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers = dict(urllib3.make_headers(proxy_basic_auth=login))
    port = f":{proxy.port}" if proxy.port else ""
    return _Proxy(f"{proxy.scheme}://{proxy.hostname}{port}", headers)


def _trust() -> ssl.SSLContext:
    """The system's trusted authorities, and those of ``SSL_CERT_FILE``."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if named := os.environ.get("SSL_CERT_FILE"):
        try:
            context.load_verify_locations(cafile=named)
        except OSError as error:
            raise InputError(
                "the file of certificate authorities cannot be read",
                where="SSL_CERT_FILE",
                mend="name a file of certificates in PEM, or unset the variable",
            ) from error
    return context


def _agent() -> str:
    from importlib.metadata import version

    return f"stopgap/{version('stopgap')}"


def _synced(sink: BinaryIO) -> int:
    sink.flush()
    os.fsync(sink.fileno())
    return sink.tell()
