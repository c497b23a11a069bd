"""Interface of a live service: how a request is cut, sent and judged."""

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
"""A wait above this is a quota, not a request to slow down."""
START = 4_096
"""Bytes of a reply by which a web page is told."""


class LiveService(ABC):
    """One live service; its name is also that of the source that reads its replies."""

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
        """The query in pieces that stay below the service's limits, as far as can be told beforehand."""

    @abstractmethod
    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """The request for a piece, without the key."""

    @abstractmethod
    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Judges the body of a reply of status 200.

        Raises a StopgapError where asking again is no use: an error of the service, or a reply in another layout.
        """

    def parts(self, piece: Piece) -> tuple[Piece, ...]:
        """A piece that the service cut, divided; nothing where it cannot be."""
        return divided(piece, self.order)

    def with_key(self, request: Request, key: Key) -> Request:
        """The request as it is sent; only the transport sees it."""
        return request

    def judge(self, answer: HttpReply, key: Key | None, now: Any) -> Outcome:
        """Judges an answer of any other status: may it pass, is the quota used up, or is it final (StopgapError)?"""
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
        """The error for a request that the service will not answer."""
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
        """How a user comes by a working key."""
        if self.key_env is None:
            return "this service takes no key; check --base-url and your network"
        return f"put a key into the environment variable {self.key_env} ({self.key_from})"

    def message(self, answer: HttpReply, key: Key | None) -> str:
        """What the service says in an answer that is no data, on one line."""
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
        """Refuses (UsageError) a query for another reporter or frequency than the service has."""
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
    """The fault of a body that is a web page: a sign-in page, or a page of maintenance."""
    head = start[:500].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        return Passing("the reply is a web page, not data (a sign-in page, or a service at rest)")
    return None


def changed(service: LiveService, what: str, where: str) -> StopgapError:
    """The error for a reply in a layout that is not known: guessing would be worse."""
    return InputError(
        f"{service.name} answered in another layout: {what}",
        where=where,
        fix="the service may have changed: look for a newer Stopgap, and import nothing until then",
    )


def json_of(content: bytes) -> Any:
    """What a body in JSON says, or the fault (Passing) of one that is cut, or a web page."""
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
    """The verdict on a reply of so many rows, ``different`` of them without repetition.

    ``stray`` is the first figure that was not asked for, ``limit`` the most rows that the service sends, ``is_cut``
    whether it says itself that there is more.
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
    """Every number that a scheme of :mod:`stopgap.codes.areas` has for an economy; UsageError where it has none."""
    found = _by_code(scheme).get(code)
    if found is None:
        raise no_code(code, service)
    return found


def no_code(code: str, service: str) -> UsageError:
    """The error for an economy that a service does not know."""
    known = areas().get(code)
    return UsageError(
        f"{service} has no code for {code} ({known.name if known else 'not known'})",
        where="reporter or partner",
        fix="leave it out; stopgap economies lists what is known",
    )
