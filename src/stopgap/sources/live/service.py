"""Interface of a live service: how a request is cut, sent and judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stopgap.base import strict_json
from stopgap.base.errors import StopgapError, UsageError
from stopgap.base.vocab import Frequency
from stopgap.sources.live.key import Key, scrubbed
from stopgap.sources.live.outcomes import GoodReply, HttpReply, Outcome, Passing, QuotaUsed, Request
from stopgap.sources.live.pieces import ORDER, Axis, Piece, Query, divided
from stopgap.sources.live.quota import retry_after, wait_in_words

QUOTA_WORDS = ("quota", "call volume", "daily limit", "limit per day")
LONG_WAIT_S = 3600.0
"""A wait above this is a quota, not a request to slow down."""


class LiveService(ABC):
    """One live service.

    Attributes:
        name: Name on the command line; also of the source that reads its replies.
        title: What it is, in a line.
        base_url: The public service.
        key_env: Environment variable of the key by default; None where there are no keys.
        key_from: Where a user gets a key.
        is_key_needed: Whether nothing is answered without one.
        pace_s: Seconds that the public service wants between two requests.
        suffix: Ending of a reply's file.
        order: Axes along which a cut piece is divided, first choice first.
        frequencies: Frequencies it has.
        reporter: The only reporter there is, or None.
        lacks: Areas for which it has no rows of their own.
    """

    name: str
    title: str
    base_url: str
    key_env: str | None = None
    key_from: str = ""
    is_key_needed: bool = False
    pace_s: float = 0.0
    suffix: str = ".json"
    order: Sequence[Axis] = ORDER
    frequencies: Sequence[Frequency] = (Frequency.MONTHLY, Frequency.ANNUAL)
    reporter: str | None = None
    lacks: frozenset[str] = frozenset()

    @abstractmethod
    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """The query in pieces that stay below the service's limits, as far as can be told beforehand."""

    @abstractmethod
    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """The request for a piece, without the key."""

    @abstractmethod
    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Judges the body of a reply of status 200.

        Raises:
            StopgapError: An error of the service, or a reply in another layout: asking again is no use.
        """

    def parts(self, piece: Piece) -> tuple[Piece, ...]:
        """A piece that the service cut, divided; nothing where it cannot be."""
        return divided(piece, self.order)

    def with_key(self, request: Request, key: Key) -> Request:
        """The request as it is sent; only the transport sees it."""
        return request

    def judge(self, answer: HttpReply, key: Key | None, now: Any) -> Outcome:
        """Judges an answer of any other status: may it pass, is the quota used up, or is it final?

        Raises:
            StopgapError: The service refused the request.
        """
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
        from stopgap.base.errors import InputError, RefusedError

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
            from urllib.parse import urlsplit

            place = urlsplit(answer.headers.get("location", ""))
            text = f"to {place.netloc}{place.path}"
        return scrubbed(text, key) or "no message"

    def check_query(self, query: Query) -> None:
        """Refuses a query that the service cannot answer at all.

        Raises:
            UsageError: It asks for another reporter or frequency.
        """
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
    from stopgap.base.errors import InputError

    return InputError(
        f"{service.name} answered in another layout: {what}",
        where=where,
        fix="the service may have changed: look for a newer Stopgap, and load nothing until then",
    )


def judged_rows(rows: int, stray: str | None, limit: int | None, *, is_cut: bool = False) -> Passing | GoodReply:
    """The verdict on a reply whose rows were looked through.

    Args:
        rows: Rows it holds.
        stray: The first figure in it that was not asked for.
        limit: Most rows that the service sends.
        is_cut: Whether it says itself that there is more.
    """
    if stray is not None:
        return Passing(f"the reply holds figures that were not asked for ({stray}), as if it were another's")
    return GoodReply(rows, is_cut=is_cut or (limit is not None and rows >= limit))
