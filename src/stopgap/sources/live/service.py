"""Base class of a live service: how a query is divided into requests, and how replies are checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stopgap.base import strict_json
from stopgap.base.errors import InputError, RefusedError, StopgapError, UsageError
from stopgap.base.vocab import Frequency
from stopgap.codes.areas import area_table, areas
from stopgap.sources.live.key import Key, scrubbed
from stopgap.sources.live.outcomes import (
    GoodReply,
    HttpReply,
    Outcome,
    Passing,
    QuotaUsed,
    Request,
    retry_after,
    wait_in_words,
)
from stopgap.sources.live.pieces import ORDER, Axis, Piece, Query, divided

QUOTA_WORDS = ("quota", "call volume", "daily limit", "limit per day")
LONG_WAIT_S = 3600.0
"""Seconds of requested wait above which it is a used-up quota, not a request to slow down."""
START = 4_096
"""Bytes at the start of a reply that are checked to detect a web page."""


class LiveService(ABC):
    """One live statistics service; it has the same name as the source that reads its replies."""

    name: str
    title: str
    base_url: str
    key_env: str | None = None  # environment variable of the key by default; None where there are no keys
    key_from: str = ""  # where a user gets a key
    is_key_needed: bool = False  # whether nothing is answered without one
    pace_s: float = 0.0  # seconds that the public service wants between two requests
    suffix: str = ".json"  # of a reply's file
    order: Sequence[Axis] = ORDER  # axes along which a cut piece is divided, first choice first
    frequencies: Sequence[Frequency] = (Frequency.MONTHLY, Frequency.ANNUAL)
    reporter: str | None = None  # the only one there is
    lacks: frozenset[str] = frozenset()  # areas for which it has no rows of their own

    @abstractmethod
    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """Divide the query into pieces that stay below the service's limits, as far as can be estimated beforehand."""

    @abstractmethod
    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """Return the request for a piece, without the key."""

    @abstractmethod
    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Check the body of a reply with status 200.

        Raises:
            StopgapError: A retry would not help: the service reports an error, or the layout of the reply is unknown.
        """

    def parts(self, piece: Piece) -> tuple[Piece, ...]:
        """Divide a piece whose reply the service cut; empty where it cannot be divided."""
        return divided(piece, self.order)

    def with_key(self, request: Request, key: Key) -> Request:
        """Return the request with the key added; only the transport gets it."""
        return request

    def judge(self, answer: HttpReply, key: Key | None, now: Any) -> Outcome:
        """Classify a reply with a status other than 200 as a temporary fault or a used-up quota; else StopgapError."""
        message = self.message(answer, key)
        wait_s = retry_after(answer.headers, now)
        if wait_s is None:
            wait_s = wait_in_words(message)
        says_quota = any(word in message.lower() for word in QUOTA_WORDS)
        if answer.status in (403, 429) and (says_quota or (wait_s or 0) > LONG_WAIT_S):
            return QuotaUsed(message, wait_s)
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return Passing(f"status {answer.status}: {message}", wait_s)
        raise self.refusal(answer.status, message)

    def refusal(self, status: int, message: str) -> StopgapError:
        """Return the error for a request that the service refused."""
        if status in (401, 403):
            return RefusedError(
                f"{self.name} refused the key or the request: {message}", where=f"status {status}", fix=self.key_fix()
            )
        if 300 <= status < 400:
            return RefusedError(
                f"{self.name} sends the request elsewhere (status {status}), and it was not followed",
                where=message,
                fix=f"check --base-url, a sign-in page of your network, and the key ({self.key_fix()})",
            )
        return InputError(
            f"{self.name} refused the request: {message}",
            where=f"status {status}",
            fix="check reporters, partners, codes and periods; --dry-run shows what is asked",
        )

    def key_fix(self) -> str:
        """Return advice on how to get and set a working key."""
        if self.key_env is None:
            return "this service takes no key; check --base-url and your network"
        return f"put a key into the environment variable {self.key_env} ({self.key_from})"

    def message(self, answer: HttpReply, key: Key | None) -> str:
        """Return the service's error message from a reply without data, on one line and without the key."""
        text = answer.text.strip()
        if text.startswith("{"):
            try:
                found = strict_json.loads(text)
            except ValueError:
                found = {}
            inner = found.get("error")
            inner = inner if isinstance(inner, dict) else {}
            text = str(inner.get("message") or found.get("message") or found.get("error") or text)
        elif "<html" in text[:500].lower() or "<!doctype" in text[:100].lower():
            text = "a web page, not data"
        if 300 <= answer.status < 400:
            place = urlsplit(answer.headers.get("location", ""))
            text = f"to {place.netloc}{place.path}"
        return scrubbed(text, key) or "no message"

    def check_query(self, query: Query) -> None:
        """Reject (UsageError) a query for a reporter or frequency that the service does not have."""
        if self.reporter is not None and query.reporters != (self.reporter,):
            raise UsageError(
                f"{self.name} has the figures of {self.reporter} alone",
                where=f"reporter {', '.join(query.reporters) or 'all'}",
                fix="leave the reporter out",
            )
        if query.frequency not in self.frequencies:
            raise UsageError(
                f"{self.name} has no figures of frequency {query.frequency.value}",
                where=f"frequency {query.frequency.value}",
                fix=f"ask for {' or '.join(frequency.value for frequency in self.frequencies)}",
            )


def html_fault(start: bytes) -> Passing | None:
    """Return the fault where a body is a web page (sign-in or maintenance), otherwise ``None``."""
    head = start[:500].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        return Passing("the reply is a web page, not data (a sign-in page, or a service at rest)")
    return None


def changed(service: LiveService, what: str, where: str) -> StopgapError:
    """Return the error for a reply in an unknown layout, which is not guessed at."""
    return InputError(
        f"{service.name} answered in another layout: {what}",
        where=where,
        fix="the service may have changed: look for a newer Stopgap, and import nothing until then",
    )


def json_of(content: bytes) -> Any:
    """Parse a JSON body; a ``Passing`` fault where it is cut off, invalid or a web page."""
    if fault := html_fault(content[:START]):
        return fault
    try:
        document = strict_json.loads(content)
    except ValueError:
        document = None
    return Passing("the reply is cut or damaged: it is not whole JSON") if document is None else document


def judged_rows(
    rows: int, stray: str | None, limit: int | None, *, is_cut: bool = False, different: int | None = None
) -> Passing | GoodReply:
    """Judge a reply by its rows: good, cut, or faulty because rows repeat or were not requested.

    ``different`` is the number of distinct rows (``None``: not counted), ``stray`` the first figure that was not
    requested, ``limit`` the most rows that the service sends, ``is_cut`` whether it states that there are more.
    """
    if different is not None and different != rows:
        return Passing(f"the reply repeats rows: {rows - different} of {rows}")
    if stray is not None:
        return Passing(f"the reply holds figures that were not asked for ({stray}), as if it were another's")
    return GoodReply(rows, is_cut=is_cut or (limit is not None and rows >= limit))


@cache
def _by_code(scheme: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in area_table(scheme).to_pylist():
        found.setdefault(row["code"], []).append(row["value"])
    return {code: tuple(values) for code, values in found.items()}


def numbers(scheme: str, code: str, service: str) -> tuple[str, ...]:
    """Return every code of an economy in a scheme of :mod:`stopgap.codes.areas`; UsageError where it has none."""
    found = _by_code(scheme).get(code)
    if found is None:
        raise no_code(code, service)
    return found


def no_code(code: str, service: str) -> UsageError:
    """Return the error for an economy that a service has no code for."""
    known = areas().get(code)
    return UsageError(
        f"{service} has no code for {code} ({known.name if known else 'not known'})",
        where="reporter or partner",
        fix="leave it out; stopgap economies lists what is known",
    )
