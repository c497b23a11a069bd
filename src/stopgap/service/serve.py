"""Run the service: checks before it listens, the link of the analyst alone, and a stop that waits a bounded time."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import uvicorn

from stopgap.base.clearance import viewer_required
from stopgap.base.errors import InputError, UsageError
from stopgap.lake.engines.collection import no_collection
from stopgap.service.settings import LOOPBACK, ServiceSettings
from stopgap.service.state.running import marked_running, running_address
from stopgap.service.state.store import ActingPerson
from stopgap.service.state.tables import iso

STOP_WAIT_S = 20
"""Seconds that answers under way have when the service is told to stop."""

EVERY_ADDRESS = ("0.0.0.0", "::", "")


@dataclass(frozen=True)
class Served:
    """What the service says once it listens.

    Attributes:
        address: Where it is reached.
        link: Link that signs the analyst alone in, once; ``None`` where people sign in.
        expires: When the link ends.
        notes: What stands in the way of its use.
    """

    address: str
    link: str | None = None
    expires: str | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        return {"address": self.address, "sign_in": self.link, "expires": self.expires, "notes": list(self.notes)}

    def lines(self) -> list[str]:
        """Return it in lines of text."""
        sign_in = [f"sign in, once and before {self.expires}: {self.link}"] if self.link else []
        return [f"Stopgap is at {self.address}", *sign_in, *(f"note: {note}" for note in self.notes)]


def serve(settings: ServiceSettings, says: Callable[[Served], None], *, open_browser: bool) -> None:
    """Run the service until SIGTERM or SIGINT.

    Args:
        settings: Its settings.
        says: Called once it listens.
        open_browser: Whether to open the link of the analyst alone, where there is a browser.

    Raises:
        UsageError: The settings cannot be served, or the port is taken.
        InputError: The certificate or its key cannot be read.
    """
    check_settings(settings)
    with contextlib.closing(listening_socket(settings.host, settings.port)) as listening:
        _run(replace(settings, port=listening.getsockname()[1]), listening, says, open_browser=open_browser)


def check_settings(settings: ServiceSettings) -> None:
    """Refuse settings that would serve others unsafely, or in vain.

    Raises:
        UsageError: Another machine would be served without people who sign in, without HTTPS, or under no name.
        InputError: The certificate or its key is not there.
    """
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise UsageError(
            "HTTPS needs a certificate and its key", where="--tls-certificate, --tls-key", fix="give both, or neither"
        )
    for path in (settings.tls_certificate, settings.tls_key):
        if path is not None and not path.is_file():
            raise InputError("a file of HTTPS is not there", where=str(path), fix="give a file in PEM")
    if settings.host in LOOPBACK:
        return
    if not settings.is_team:
        raise UsageError(
            f"the service would listen on {settings.host} without people who sign in",
            where="--host",
            fix="leave --host out, or add people (stopgap people add) and give --team",
        )
    if not settings.is_https:
        raise UsageError(
            f"the service would listen on {settings.host} without HTTPS, and tokens would be read on the way",
            where="--host",
            fix="give --tls-certificate and --tls-key, or --behind-proxy where a proxy in front of it ends HTTPS",
        )
    if not set(settings.allowed_hosts) - set(LOOPBACK):
        raise UsageError(
            "no name is given that the service is called by",
            where="--allowed-hosts",
            fix="give its names, such as --allowed-hosts stopgap.example.org",
        )


def address_of(settings: ServiceSettings) -> str:
    """Return the address of the service as people reach it."""
    scheme = "https" if settings.is_https else "http"
    names = [name for name in settings.allowed_hosts if name not in LOOPBACK and "*" not in name]
    host = names[0] if names and settings.host not in LOOPBACK else settings.host
    if settings.behind_proxy:
        return f"{scheme}://{names[0] if names else host}"
    shown = "127.0.0.1" if host in EVERY_ADDRESS else f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{settings.port}"


def reached_at(settings: ServiceSettings) -> str:
    """Return the address of the service that runs in the folder of the settings; where none does, the one they say."""
    return running_address(settings.home) or address_of(settings)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        UsageError: The port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(1024)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            what, fix = f"port {port} is taken", "give another with --port, or stop what listens there"
        elif error.errno == errno.EACCES:
            what, fix = f"port {port} may not be used", "give one above 1023 with --port"
        else:
            what, fix = f"{host} is no address of this machine", "leave --host out, or give one of its own"
        raise UsageError(what, where=f"{host}:{port}", fix=fix) from None
    return found


def _run(
    settings: ServiceSettings, listening: socket.socket, says: Callable[[Served], None], *, open_browser: bool
) -> None:
    with no_collection():
        from stopgap.service.app import create_app
        from stopgap.service.operation.logs import log_as_json
        from stopgap.service.pages.warming import warm_in_background

        log_as_json(logging.WARNING if sys.stderr.isatty() else logging.INFO)
        app = create_app(settings)
    gc.freeze()  # what the start made stays, and is not walked again at each collection
    state = app.state.service.state
    served = Served(address_of(settings))
    if settings.is_team:
        if not any(person.is_active for person in state.people()):
            served = replace(served, notes=("nobody can sign in yet: stopgap people add NAME --role admin",))
    else:
        key, ends = state.link_alone(ActingPerson.on_terminal())
        served = replace(served, link=f"{served.address}/sign-in?key={key}", expires=iso(ends))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on",
        proxy_headers=settings.behind_proxy, forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=STOP_WAIT_S, ssl_certfile=settings.tls_certificate, ssl_keyfile=settings.tls_key,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with (
        viewer_required(),
        marked_running(settings.home, served.address),
        _stopping_quietly(),
        _opened(served.link if open_browser else None, settings.home),
    ):
        warm_in_background(app.state.service, lambda: server.started)
        says(served)
        server.run(sockets=[listening])


@contextlib.contextmanager
def _stopping_quietly() -> Iterator[None]:
    """Within the block, the server takes SIGINT and SIGTERM; what it raises again after its stop ends nothing."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _opened(link: str | None, home: Path) -> Iterator[None]:
    """Open a link in the browser, where there is one.

    The browser is given a file that only its user can read: the arguments of a program, and so a link with a key,
    could be read by all users of the machine.
    """
    if link is None or not _has_browser():
        yield
        return
    page = home / "sign-in.html"
    handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(
            f'<!doctype html><meta charset="utf-8"><title>Stopgap</title>'
            f'<meta http-equiv="refresh" content="0; url={escape(link)}">'
        )
    try:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(page.resolve().as_uri())
        yield
    finally:
        page.unlink(missing_ok=True)


def _has_browser() -> bool:
    """Return whether a person sits before a screen: on Linux a browser without one would take over the terminal."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
