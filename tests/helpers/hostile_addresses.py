"""Addresses that read in two ways, and whether the rule sees the host that the client connects to.

The oracle is the client itself: its connections are intercepted where it opens a socket, and the
host that it asks for there is judged by :mod:`ipaddress` and, for numbers in odd spellings, by the
system's own reading.
"""

from __future__ import annotations

import ipaddress
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import urllib3

from stopgap.base.errors import RefusedError, UsageError
from stopgap.sources.live.addresses import checked_place
from stopgap.sources.live.transport import pool_for

SCHEMES = (
    "http",
    "https",
    "HTTP",
    "Http",
    "HTTPS",
    "http:http",
    "ftp",
    "file",
    "httpx",
    "",
    " http",
    "\thttp",
    "http\n",
)
OWN = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "[::1]", "localhost", "LOCALHOST", "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]", "[::FFFF:127.0.0.1]",
)  # fmt: skip
OTHER = (
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "192.168.1.1",
    "169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "128.0.0.1", "126.255.255.255",
    "localhost-evil.example", "evil.localhost.example", "sub.localhost", "localhost.", "loopback", "ip6-localhost", "local%68ost",
    "evil.example.", "xn--80ak6aa92e.example",
)  # fmt: skip
ODD = (
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.01", "127.0.0.1.",
    "0x7F.1", "167772161", "0x0a000001", "012.0.0.1", "10.1", "[::1%25lo]", "[::1%lo]", "[127.0.0.1]", "[::127.0.0.1]",
    "１２７.0.0.1", "ⓛocalhost", "127。0。0。1", "localhost\u200b", "evil.example\u3002", "[::ffff:7f00:1]", "[::ffff:a00:1]",
    "[v1.fe80]", "[::1", "::1", "127.0.0.1,evil.example", "127.0.0.1;evil.example", "",
)  # fmt: skip
JOINTS = (
    "",
    "@",
    "\\@",
    "/@",
    "#@",
    "?@",
    "%40",
    "\\",
    "/",
    ";",
    " ",
    "\t",
    "\r\n",
    "%00",
    "\x00",
    "%2f",
    ":80@",
    ":pw@",
    "&@",
    "..",
    ",",
    "%23@",
    "／",
    "⁄",
)
PORTS = ("", ":80", ":443", ":", ":0", ":99999", ":8080", ":-1", ":80:81", ":８０", ":0080", ":1e3", ": 80")
TAILS = (
    "",
    "/",
    "/data",
    "//evil.example",
    "/\\evil.example",
    "/../..",
    "/@evil.example",
    "?a=b",
    "#x",
    "/%2e%2e/",
    "/a b",
    "/é",
    "\\",
    "/;a",
    "/\r\nHost: evil.example",
)


@dataclass(frozen=True)
class Judged:
    """What became of an address.

    Attributes:
        text: The address.
        outcome: Whether the rule takes it.
        connected: Where the client goes.
        fault: What does not hold.
    """

    text: str
    outcome: str
    connected: str
    fault: str | None


class _Stopped(Exception):
    """Raised in place of a connection."""


def random_address(chance: random.Random) -> str:
    """An address, plain or hostile."""

    def host() -> str:
        return chance.choice(chance.choice((OWN, OTHER, ODD)))

    name = host() if chance.random() < 0.7 else f"{host()}{chance.choice(JOINTS)}{host()}"
    colon = chance.choice(("://",) * 40 + (":", ":/", ":///", "//", ":\\\\", ":// ", "://\t"))
    scheme = chance.choice(("http", "https")) if chance.random() < 0.85 else chance.choice(SCHEMES)
    port = chance.choice(PORTS[:3]) if chance.random() < 0.8 else chance.choice(PORTS)
    tail = chance.choice(TAILS[:3]) if chance.random() < 0.8 else chance.choice(TAILS)
    text = f"{scheme}{colon}{name}{port}{tail}"
    if chance.random() < 0.15:
        at = chance.randrange(len(text) + 1)
        letter = chance.choice("@\\/#?:[]% \t\r\n\x00\x0b\u00a0\u2044\uff0f\uff1a.") if chance.random() < 0.9 else ""
        text = text[:at] + letter + text[at + chance.randint(0, 1) :]
    return text


def judge(text: str) -> Judged:
    """An address through the rule, and through the client where the rule takes it."""
    try:
        place = checked_place(text, option="--base-url")
    except UsageError as error:
        return Judged(text, "no address", "", _repeated(text, str(error)))
    except RefusedError:
        place = checked_place(text, option="--base-url", allow_http=True)
        is_refused = True
    else:
        is_refused = False
    with _intercepted() as asked:
        try:
            pool_for(place).request("GET", f"{place.url}/x", retries=False, redirect=False, timeout=1.0)
        except _Stopped:
            pass
        except Exception as error:  # any other fault is a connection that was not tried
            return Judged(text, "taken", "nothing", f"the client says {type(error).__name__}")
    [(host, port)] = asked
    looked_at = place.host.removeprefix("[").removesuffix("]")
    where = "this machine" if _is_own(host) else "another machine"
    taken = f"{'refused without --allow-http' if is_refused else 'taken'}, {place.scheme}"
    if host.lower() != looked_at:
        return Judged(text, taken, where, f"the rule looked at {looked_at}, the client asks for {host}")
    if port != (place.port or {"http": 80, "https": 443}[place.scheme]):
        return Judged(text, taken, where, f"the client asks for port {port}")
    if is_refused and (fault := _wrongly_refused(text)):
        return Judged(text, taken, where, fault)
    if place.scheme == "http" and where != "this machine" and not is_refused:
        return Judged(text, taken, where, f"plain HTTP goes to {host}")
    return Judged(text, taken, where, None)


def _wrongly_refused(text: str) -> str | None:
    """A plain address of this machine must be taken."""
    for host in OWN:
        if text in (f"http://{host}", f"http://{host}/", f"http://{host}:8080", f"http://{host}/data"):
            return "this machine is refused"
    return None


def _repeated(text: str, message: str) -> str | None:
    return "the error repeats the address" if len(text) > 12 and text in message else None


def _is_own(host: str) -> bool:
    """Whether a host is this machine, as the system reads it; no name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        found = [socket.getaddrinfo(host, 80, flags=socket.AI_NUMERICHOST)[0][4][0]]
    except (OSError, UnicodeError):
        return False
    number = ipaddress.ip_address(str(found[0]))
    mapped = getattr(number, "ipv4_mapped", None)
    return bool((mapped or number).is_loopback)


@contextmanager
def _intercepted() -> Iterator[list[tuple[str, int]]]:
    asked: list[tuple[str, int]] = []

    def stop(address: tuple[str, int], *rest: object, **more: object) -> socket.socket:
        asked.append(address)
        raise _Stopped

    with mock.patch.object(urllib3.util.connection, "create_connection", stop):
        yield asked
