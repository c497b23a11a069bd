"""Validate service URLs: HTTPS, or HTTP to this machine; other plain HTTP only where it is explicitly allowed.

The HTTP client's own parser decides which host a URL names. A URL that another parser reads
differently is rejected, because the host that was checked might then differ from the host that
is connected to. A connection to this machine is checked again at the socket, before anything
is sent.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util import parse_url

from stopgap.base.errors import RefusedError, UsageError

_LETTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
"""Characters that a URL may hold (RFC 3986)."""
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A validated service URL, as the HTTP client parses it."""

    scheme: str
    host: str  # lower case; numbers of IPv6 in brackets
    port: int | None  # None for that of the scheme
    rest: str  # path, and query where there is one
    is_own_machine: bool

    @property
    def netloc(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The full URL, assembled from the validated parts."""
        return f"{self.scheme}://{self.netloc}{self.rest}"

    @property
    def is_in_clear(self) -> bool:
        """Whether requests leave this machine unencrypted."""
        return self.scheme == "http" and not self.is_own_machine

    def __repr__(self) -> str:  # a webhook's path may be a secret
        return f"{type(self).__name__}({self.scheme}://{self.netloc})"


class NotThisMachineError(urllib3.exceptions.HTTPError):
    """A connection that must stay on this machine led to another; it was closed, and nothing was sent."""


def checked_place(text: str, *, option: str, allow_http: bool = False, may_have_query: bool = False) -> ServiceAddress:
    """Validate a service URL that was given with the command-line option ``option``.

    Raises:
        UsageError: The URL is invalid; the message does not repeat it.
        RefusedError: The URL is plain HTTP to another machine, and ``allow_http`` is not set.
    """
    try:
        place = _parsed(text, may_have_query=may_have_query)
    except ValueError as error:
        fault = str(error)
    else:
        if place.is_in_clear and not allow_http:
            raise RefusedError(
                "the address is not encrypted: what is sent to it, a key too, could be read on the way",
                where=f"{option} {place.scheme}://{place.netloc}",
                fix="use https://; --allow-http (allow_http=True) sends it in the clear all the same",
            )
        return place
    raise UsageError(f"the address cannot be used: {fault}", where=option, fix="give it as https://host/path")


def in_clear_warning(place: ServiceAddress, what: str) -> str:
    """Return the warning to print where plain HTTP to another machine is used."""
    return (
        f"{what} by plain HTTP to {place.netloc}: whoever is on the way can read what is sent, a key too, "
        "and change what comes back"
    )


def _parsed(text: str, *, may_have_query: bool) -> ServiceAddress:
    """Parse a URL as the client does; ValueError (without the text) where it is invalid or parsers disagree on it."""
    if not _LETTERS.fullmatch(text):
        raise ValueError("it holds a blank or another character that no address holds (write names as xn--…)")
    try:
        read, other = parse_url(text), urlsplit(text)
        # The port alone raises ValueError, of which LocationValueError is one.
        ports = (read.port, other.port)
    except ValueError:
        raise ValueError("its host or port is none") from None
    scheme, host = (read.scheme or "").lower(), (read.host or "").lower()
    if scheme not in ("http", "https") or not host:
        raise ValueError("it must begin with https:// or http:// and name a host")
    if read.auth is not None or "@" in other.netloc:
        raise ValueError("it may hold no user or password")
    if read.fragment is not None or "#" in text or (not may_have_query and "?" in text):
        raise ValueError(f"it may hold no {'' if may_have_query else 'query or '}fragment")
    if not _HOST.fullmatch(host) or host.strip("[]") != other.hostname or ports[0] != ports[1]:
        raise ValueError("its host can be read in two ways")
    if ports[0] == 0:
        raise ValueError("its host or port is none")
    rest = read.request_uri if may_have_query else (read.path or "").rstrip("/")
    return ServiceAddress(scheme, host, ports[0], rest, is_own_machine(host))


def is_own_machine(host: str) -> bool:
    """Whether a host is this machine: a loopback address, or ``localhost`` where that resolves to loopback only.

    Addresses in unusual spellings (``2130706433``, ``0x7f.1``) do not count, nor does
    ``localhost.``, because systems interpret them differently.
    """
    if host.lower() == "localhost":
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return False
        return bool(found) and all(_is_loopback(str(address[4][0])) for address in found)
    return _is_loopback(host.removeprefix("[").removesuffix("]"))


def _is_loopback(number: str) -> bool:
    try:
        found = ipaddress.ip_address(number)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def ensure_own_machine(connected: socket.socket) -> None:
    """Close a connection to another machine and raise NotThisMachineError; otherwise do nothing."""
    if not _is_loopback(str(connected.getpeername()[0])):
        connected.close()
        raise NotThisMachineError("the name of this machine leads to another")


class _OwnMachineConnection(HTTPConnection):
    """HTTP connection that is refused where it leads to another machine, whatever the host name resolves to."""

    def connect(self) -> None:
        super().connect()
        assert self.sock is not None
        ensure_own_machine(self.sock)


class _OwnMachinePool(HTTPConnectionPool):
    ConnectionCls = _OwnMachineConnection


def own_machine_pool() -> urllib3.PoolManager:
    """Return a connection pool that connects to this machine only, without a proxy."""
    manager = urllib3.PoolManager(maxsize=1)
    manager.pool_classes_by_scheme = {"http": _OwnMachinePool}
    return manager
