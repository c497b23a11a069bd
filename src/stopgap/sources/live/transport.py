"""Send one HTTP request: a good body is written to a file, within limits; no error message contains the key."""

from __future__ import annotations

import codecs
import hashlib
import logging
import os
import re
import ssl
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

import urllib3

from stopgap.base.errors import InputError, RefusedError, UnreachableError, UsageError
from stopgap.sources.live.addresses import NotThisMachineError, ServiceAddress, own_machine_pool
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.key import Key, KeySearch, scrubbed
from stopgap.sources.live.outcomes import HttpReply, Passing, Request

CHUNK = 64 * 1024
PART = 1024 * 1024
"""Most bytes that are decompressed at a time."""
_GZIP = 16 + zlib.MAX_WBITS
TEXT_LIMIT = 64 * 1024
"""Most bytes read of an error message's body."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits for one reply: seconds to connect, without data and in total, and decoded bytes."""

    connect_s: float = 15.0
    read_s: float = 180.0
    reply_s: float = 1800.0
    reply_bytes: int = 512 * 1024 * 1024


class Transport:
    """HTTP client for one service; redirects are not followed, so nothing is sent to another host."""

    def __init__(self, place: ServiceAddress, key: Key | None, *, clock: Clock, bounds: Bounds) -> None:
        self.base_url = place.url
        self._place = place
        self._key = key
        self._clock = clock
        self._bounds = bounds
        self._host = place.netloc
        self._pool: urllib3.PoolManager | None = None

    def get(self, request: Request, target: Path) -> HttpReply | Passing:
        """Send a request once, without retries. The body of a status 200 is on disk in ``target`` on return.

        Raises:
            UnreachableError: The certificate is not trusted.
            RefusedError: The name of this machine resolves to another machine.
            InputError: The reply exceeds the size limit, or contains the key.
            OSError: The body cannot be written.
        """
        fault: Passing | None = None
        untrusted: str | None = None
        is_elsewhere = False
        response: urllib3.BaseHTTPResponse | None = None
        # What the client raises names the URL, and the URL may carry the key: it is turned
        # into a line of ours here, and nothing is raised while it is being handled.
        try:
            response = self._send(request)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            is_elsewhere = isinstance(error, NotThisMachineError)
            if isinstance(error, urllib3.exceptions.SSLError) and "CERTIFICATE" in str(error).upper():
                untrusted = scrubbed(str(error), self._key, 200)
            fault = self._fault(error)
        if is_elsewhere:
            raise RefusedError(
                f"{self._host} is not this machine, and nothing was sent to it",
                where=self.base_url,
                fix="use https://; --allow-http (allow_http=True) sends in the clear to another machine",
            )
        if untrusted is not None:
            raise UnreachableError(
                f"the certificate of {self._host} is not trusted",
                where=untrusted,
                fix="add your network's certificate authority to the system's store, or name its file in SSL_CERT_FILE",
            )
        if response is None:
            assert fault is not None
            return fault
        try:
            with unlogged():
                return self._taken(response, target)
        finally:
            response.close()
            response.release_conn()

    def _send(self, request: Request) -> urllib3.BaseHTTPResponse:
        from importlib.metadata import version

        agent = f"stopgap/{version('stopgap')}"
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip", **dict(request.headers)}
        if self._pool is None:
            self._pool = pool_for(self._place)
        query = f"?{urlencode(request.params)}" if request.params else ""
        with unlogged():
            return self._pool.request(
                "GET",
                f"{self.base_url}/{request.path}{query}",
                headers=headers,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=self._bounds.connect_s, read=self._bounds.read_s),
            )

    def _taken(self, response: urllib3.BaseHTTPResponse, target: Path) -> HttpReply | Passing:
        key = self._key
        headers = {name.lower(): key.scrub(value) if key else value for name, value in response.headers.items()}
        body = _Body(response, headers, self._key, self._clock, self._bounds, self._fault)
        if response.status != 200:
            text = body.text()
            return HttpReply(response.status, headers, len(text), "", scrubbed(text, self._key, 4000))
        digest = hashlib.sha256()
        is_kept = False
        try:
            with target.open("wb") as sink:
                for chunk in body.chunks():
                    digest.update(chunk)
                    sink.write(chunk)
                sink.flush()
                os.fsync(sink.fileno())
                size = sink.tell()
            is_kept = body.fault is None and not body.repeats_key and not body.is_too_large
        finally:
            if not is_kept:
                target.unlink(missing_ok=True)
        if body.repeats_key:
            raise InputError(
                "the reply repeats the key, and was not kept",
                where=self._host,
                fix="check --base-url: a statistics service does not send keys back",
            )
        if body.is_too_large:
            raise InputError(
                f"the reply has no end: more than {self._bounds.reply_bytes / 1e6:,.0f} MB, and was not kept",
                where=self._host,
                fix="check --base-url; ask for fewer periods or goods",
            )
        return body.fault or HttpReply(200, headers, size, digest.hexdigest())

    def _fault(self, error: Exception) -> Passing:
        kinds = urllib3.exceptions
        if isinstance(error, kinds.NameResolutionError):
            return Passing(f"the name {self._host} is not known", is_offline=True)
        if isinstance(error, kinds.ProxyError):
            return Passing("the proxy does not answer", is_offline=True)
        if isinstance(error, kinds.ConnectTimeoutError):  # NewConnectionError is one of these
            is_refused = isinstance(error, kinds.NewConnectionError)
            words = "refuses the connection" if is_refused else "cannot be connected to in time"
            return Passing(f"{self._host} {words}", is_offline=True)
        if isinstance(error, kinds.ReadTimeoutError | TimeoutError):
            return Passing(f"{self._host} fell silent for {self._bounds.read_s:g} s")
        if isinstance(error, kinds.IncompleteRead):
            return Passing("the reply broke off")
        return Passing(f"the connection to {self._host} broke ({type(error).__name__})")


class _Body:
    """Reads a reply's body in parts: decodes it, enforces the limits, and searches it for the key.

    A body that is not text is a fault: compressed or encoded within itself, it could hide
    the key, and no service sends its figures in this way.
    """

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        headers: dict[str, str],
        key: Key | None,
        clock: Clock,
        bounds: Bounds,
        fault_of: Callable[[Exception], Passing],
    ) -> None:
        self._response = response
        encoding = headers.get("content-encoding", "").strip().lower()
        self._is_gzip = encoding in ("gzip", "x-gzip")
        self._is_odd = not self._is_gzip and encoding not in ("", "identity")
        self._search = KeySearch(key.spelled) if key is not None else None
        self._clock = clock
        self._bounds = bounds
        self._fault_of = fault_of
        self.fault: Passing | None = None
        self.repeats_key = False
        self.is_too_large = False

    def text(self) -> str:
        """Return the start of an error message's body."""
        kept = bytearray()
        for chunk in self.chunks(is_data=False):
            kept += chunk
            if len(kept) >= TEXT_LIMIT:
                break
        return bytes(kept[:TEXT_LIMIT]).decode("utf-8", "replace")

    def chunks(self, *, is_data: bool = True) -> Iterator[bytes]:
        """Yield the decoded bytes until the end or a fault; an error message (no data) is not searched or validated."""
        if self._is_odd:
            self.fault = Passing("the reply came in an encoding that was not asked for")
            return
        deadline = self._clock.monotonic() + self._bounds.reply_s
        size = 0
        text = codecs.getincrementaldecoder("utf-8")("strict")
        for chunk in self._decoded():
            size += len(chunk)
            if is_data and self._search is not None and self._search.finds(chunk):
                self.repeats_key = True
                return
            if is_data and not _goes_on(text, chunk):
                self.fault = Passing(_NO_TEXT)
                return
            if size > self._bounds.reply_bytes:
                self.is_too_large = True
                return
            if self._clock.monotonic() > deadline:
                self.fault = Passing(f"the reply was not there after {self._bounds.reply_s:g} s")
                return
            if self.fault is not None:
                return
            yield chunk
        if is_data and text.getstate()[0] and self.fault is None:  # the last character is cut
            self.fault = Passing(_NO_TEXT)

    def _decoded(self) -> Iterator[bytes]:
        """Yield the decompressed body in parts of bounded size, however high the compression ratio."""
        if not self._is_gzip:
            yield from self._raw()
            return
        decoder = zlib.decompressobj(_GZIP)
        for raw in self._raw():
            is_more = True
            while is_more:
                if decoder.eof and raw:  # gzip data may be put one behind the other
                    decoder = zlib.decompressobj(_GZIP)
                try:
                    chunk = decoder.decompress(raw, PART)
                except zlib.error:
                    self.fault = Passing("the reply is damaged: its gzip data cannot be read")
                    return
                raw = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
                is_more = bool(raw) or len(chunk) == PART
                yield chunk
        if not decoder.eof and self.fault is None:
            self.fault = Passing("the reply broke off: its gzip data have no end")

    def _raw(self) -> Iterator[bytes]:
        stream = self._response.stream(CHUNK, decode_content=False)
        while True:
            raw: bytes | None = None
            try:
                raw = next(stream, None)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                self.fault = self._fault_of(error)
            if raw is None:
                return
            yield raw


_NO_TEXT = "the reply is no text: it is damaged, or compressed within itself"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def _goes_on(decoder: codecs.IncrementalDecoder, part: bytes) -> bool:
    """Whether the next part of a text is also UTF-8 without control characters."""
    try:
        decoder.decode(part)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.search(part) is None


_unlogged = ContextVar("unlogged", default=False)
_CLIENT_LOGS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@contextmanager
def unlogged() -> Iterator[None]:
    """Silence the HTTP client's log, whose lines hold full URLs, keys and headers."""
    for name in _CLIENT_LOGS:
        logging.getLogger(f"urllib3.{name}").addFilter(_is_logged)  # adding it twice changes nothing
    token = _unlogged.set(True)
    try:
        yield
    finally:
        _unlogged.reset(token)


def _is_logged(record: logging.LogRecord) -> bool:
    return not _unlogged.get()


def pool_for(place: ServiceAddress) -> urllib3.PoolManager:
    """Return a connection pool for a service, with the system's certificate authorities and configured proxy.

    Plain HTTP to this machine uses no proxy and cannot leave the machine.
    """
    if place.scheme == "http" and place.is_own_machine:
        return own_machine_pool()
    proxy = _proxy_for(place.url)
    context = _trust() if place.scheme == "https" or proxy else None
    if proxy is None:
        return urllib3.PoolManager(ssl_context=context, maxsize=1)
    address, headers = proxy
    return urllib3.ProxyManager(address, proxy_headers=headers, ssl_context=context, maxsize=1)


def _proxy_for(url: str) -> tuple[str, dict[str, str] | None] | None:
    """Return URL and headers of the proxy that the environment or the system sets for a URL; ``None`` without one."""
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
            fix="name an http:// or https:// proxy, or add the host to no_proxy",
        )
    headers = None
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers = dict(urllib3.make_headers(proxy_basic_auth=login))
    port = f":{proxy.port}" if proxy.port else ""
    return f"{proxy.scheme}://{proxy.hostname}{port}", headers


def _trust() -> ssl.SSLContext:
    """Return a TLS context that trusts the system's certificate authorities and those in ``SSL_CERT_FILE``."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if named := os.environ.get("SSL_CERT_FILE"):
        try:
            context.load_verify_locations(cafile=named)
        except OSError as error:
            raise InputError(
                "the file of certificate authorities cannot be read",
                where="SSL_CERT_FILE",
                fix="name a file of certificates in PEM, or unset the variable",
            ) from error
    return context
