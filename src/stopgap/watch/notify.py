"""Send notifications by signed webhook and e-mail."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Protocol

from stopgap.base.errors import RefusedError, UnreachableError, UsageError
from stopgap.base.visible_text import json_escaped, one_line, visible
from stopgap.sources.live.addresses import (
    NotThisMachineError,
    ServiceAddress,
    checked_place,
    ensure_own_machine,
    in_clear_warning,
    is_own_machine,
)

ATTEMPTS = 4
TIMEOUT_S = 15.0
FIRST_WAIT_S = 1.0
_PASSING = (408, 425, 429)
WEBHOOK_KEY = "STOPGAP_WEBHOOK_KEY"
SMTP_USER = "STOPGAP_SMTP_USER"
SMTP_PASSWORD = "STOPGAP_SMTP_PASSWORD"
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")


class Channel(Protocol):
    """Protocol of a notification channel with one receiver."""

    @property
    def name(self) -> str:
        """Stable identifier of the receiver that contains no secret, stored in the state of the watch."""
        ...

    @property
    def warning(self) -> str | None:
        """Warning to show before use, such as that it is not encrypted; ``None`` if there is none."""
        ...

    def send(self, notice: Mapping[str, Any]) -> None:
        """Send a notice (``id``, ``document``, ``text``, ``title``); UnreachableError if delivery fails for now."""
        ...


@dataclass(frozen=True)
class Webhook:
    """Channel that POSTs the report as JSON to a URL.

    The header ``X-Stopgap-Delivery`` is the same for the same changes, so that duplicates can be
    detected; ``X-Stopgap-Signature`` is ``sha256=`` and the HMAC of the body, if there is a key.
    The URL may be a secret, so only its host is ever shown.
    """

    url: str = field(repr=False)
    place: ServiceAddress
    key: bytes | None = field(repr=False)
    sleep: Callable[[float], object]

    @property
    def warning(self) -> str | None:
        return in_clear_warning(self.place, "the report is sent") if self.place.is_in_clear else None

    @property
    def name(self) -> str:
        """Host and a hash of the URL, whose path may be a secret."""
        return f"webhook {self.place.netloc} {hashlib.sha256(self.url.encode()).hexdigest()[:12]}"

    def send(self, notice: Mapping[str, Any]) -> None:
        """POST the notice's document; retried after transient faults."""
        body = json_escaped(json.dumps(notice["document"], ensure_ascii=False, allow_nan=False)).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Stopgap-Delivery": str(notice["id"])}
        if self.key is not None:
            digest = hmac.new(self.key, body, hashlib.sha256).hexdigest()
            headers["X-Stopgap-Signature"] = f"sha256={digest}"
        fault = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
            status, fault = self._post(body, headers)
            if status is not None and 200 <= status < 300:
                return
            if status is not None and status < 500 and status not in _PASSING:
                break
        raise UnreachableError(
            f"the webhook was not delivered: {fault}",
            where=self.place.netloc,
            fix="check --webhook and its receiver; the report is kept, and the notice is sent with the next round",
        )

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str]:
        """Send one POST; return the HTTP status, ``None`` if there was no response, and a description of it.

        Error messages of the HTTP client contain the URL, so they are not passed on.
        """
        import urllib3

        from stopgap.sources.live.transport import pool_for, unlogged

        try:
            with unlogged(), pool_for(self.place) as pool:
                reply = pool.request(
                    "POST", self.place.url, body=body, headers=headers, redirect=False, retries=False, timeout=TIMEOUT_S
                )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return None, f"no answer ({type(error).__name__})"
        return reply.status, f"status {reply.status}"


@dataclass(frozen=True)
class Mail:
    """Channel that sends the report as an e-mail; it signs in to the server if ``user`` is set."""

    to: str
    sender: str
    host: str
    port: int
    tls: str  # starttls, tls (from the first byte) or none
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return f"mail {self.to}"

    @property
    def warning(self) -> str | None:
        if self.tls != "none" or is_own_machine(self.host):
            return None
        return f"the report is sent unencrypted to {self.host}: whoever is on the way can read and change it"

    def send(self, notice: Mapping[str, Any]) -> None:
        """Send the text of the notice, with its JSON document attached."""
        fault = ""
        try:
            with self._connection() as server:
                if self.user is not None and self.tls == "none" and server.sock is not None:
                    ensure_own_machine(server.sock)
                if self.user is not None:
                    server.login(self.user, self.password or "")
                server.send_message(self._message(notice))
            return
        except NotThisMachineError:
            fault = "the sign-in would leave this machine in the clear, and was not sent"
        except smtplib.SMTPNotSupportedError:
            fault = "the server does not offer what is asked of it (STARTTLS, or to sign in)"
        except smtplib.SMTPResponseException as error:  # its text may repeat what was sent
            fault = f"the server answers {error.smtp_code} ({type(error).__name__})"
        except (smtplib.SMTPException, OSError) as error:
            fault = f"{type(error).__name__}"
        raise UnreachableError(
            f"the e-mail was not sent: {fault}",
            where=f"{self.host}:{self.port}",
            fix="check --smtp, --smtp-tls, the server's certificate and the sign-in in the environment; "
            "the report is kept, and the notice is sent with the next round",
        )

    def _connection(self) -> smtplib.SMTP:
        if self.tls == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        if self.tls == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _message(self, notice: Mapping[str, Any]) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = self.to
        message["Subject"] = " ".join(one_line(str(notice["title"])).split())[:200]
        message["Message-ID"] = f"<{notice['id']}@stopgap>"
        message.set_content(visible(str(notice["text"])))
        attached = json_escaped(json.dumps(notice["document"], ensure_ascii=False, indent=1, allow_nan=False))
        message.add_attachment(attached.encode(), maintype="application", subtype="json", filename="report.json")
        return message


def make_webhook(url: str, *, key_env: str | None, allow_http: bool, sleep: Callable[[float], object]) -> Webhook:
    """Create a webhook from user input; refuses as :func:`checked_place` does, and a missing key (UsageError)."""
    place = checked_place(url, option="--webhook", allow_http=allow_http, may_have_query=True)
    key = os.environ.get(key_env or WEBHOOK_KEY, "")
    if key_env is not None and not key:
        raise UsageError(
            f"the environment variable {key_env} holds no key",
            where="--webhook-key-env",
            fix="set it to the secret that you share with the receiver",
        )
    return Webhook(url, place, key.encode() or None, sleep)


def make_mail(to: str, *, smtp: str | None, sender: str | None, tls: str) -> Mail:
    """Create an e-mail channel from user input; the sign-in is read from the environment.

    Refuses an invalid address or server (UsageError), and an unencrypted sign-in to another machine (RefusedError).
    """
    for option, address in (("--mail-to", to), ("--mail-from", sender or to)):
        if not _ADDRESS.fullmatch(address):
            raise UsageError(f"{address!r} is no e-mail address", where=option, fix="give it as name@host")
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+)(?::(\d{1,5}))?", smtp or "")
    if found is None:
        raise UsageError(
            "an e-mail needs a server" if smtp is None else f"{smtp!r} is no server",
            where="--smtp",
            fix="give it as HOST or HOST:PORT",
        )
    host = found[1].strip("[]")
    port = int(found[2]) if found[2] else {"starttls": 587, "tls": 465}.get(tls, 25)
    user, password = os.environ.get(SMTP_USER) or None, os.environ.get(SMTP_PASSWORD) or None
    if user is not None and tls == "none" and not is_own_machine(host):
        raise RefusedError(
            "the sign-in would be sent in the clear",
            where=f"--smtp {host}, --smtp-tls none",
            fix="use starttls or tls, or unset STOPGAP_SMTP_USER",
        )
    return Mail(to, sender or to, host, port, tls, user, password)
