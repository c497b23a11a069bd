"""Possible outcomes of one request, and parsers of the waiting times and quotas in headers and messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request without the key: a path below the service's base URL; parameter names may repeat."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GoodReply:
    """A valid reply. If it is cut, the service may hold more rows than it sent: divide the piece and request again."""

    rows: int  # 0 where the service says that it has none
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """A temporary fault: retry, after ``wait_s`` seconds where the service states a waiting time."""

    what: str
    wait_s: float | None = None
    is_offline: bool = False  # nothing was reached at all


@dataclass(frozen=True, slots=True)
class QuotaUsed:
    """The quota is used up; it resets in ``resets_in_s`` seconds, ``None`` where the service does not say."""

    what: str
    resets_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The service is still preparing the reply: send ``request`` next, after ``wait_s`` seconds."""

    request: Request
    wait_s: float


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP reply. The body of a status 200 is in a file, the start of any other body in ``text``.

    Header names are in lower case; size and hash are those of the decoded body.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""
    text: str = ""


Outcome = GoodReply | Passing | QuotaUsed | Elsewhere


LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining", "x-quota-remaining")
RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset", "x-quota-reset")
EPOCH_FROM = 10**9
"""A reset value above this is a Unix time, not a number of seconds to wait."""

_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")
_SECONDS = re.compile(r"(?:in|after)\s+(\d+)\s+second", re.I)
_PARTS = re.compile(r"\b(remaining|r|reset|t)\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests left in the quota, and seconds until it resets; ``None`` where the reply does not say."""

    left: int | None = None
    resets_in_s: float | None = None


def quota_of(headers: Mapping[str, str], now: dt.datetime) -> Quota:
    """Parse the quota from a reply's headers (names in lower case)."""
    left = next((_whole(headers[name]) for name in LEFT if name in headers), None)
    resets = next((_until(headers[name], now) for name in RESETS if name in headers), None)
    if left is None and "ratelimit" in headers:  # one field of the form "remaining=7, reset=50"
        parts = dict(_PARTS.findall(headers["ratelimit"]))
        left = _whole(parts.get("remaining") or parts.get("r") or "")
        resets = _until(parts.get("reset") or parts.get("t") or "", now)
    return Quota(left, resets)


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Parse the header ``Retry-After``, a number or a date, to seconds; ``None`` where it is missing or invalid."""
    return _until(headers.get("retry-after", ""), now)


def wait_in_words(message: str) -> float | None:
    """Parse the wait in a message to seconds: ``in 5 seconds``, ``in 03:14:17``, ``in 20.09:58:55`` (days first)."""
    if found := _SPAN.search(message):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    if found := _SECONDS.search(message):
        return float(found.group(1))
    return None


def _until(text: str, now: dt.datetime) -> float | None:
    text = text.strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        number = float(text)
        return max(0.0, number - now.timestamp()) if number > EPOCH_FROM else number
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def _whole(text: str) -> int | None:
    text = text.split(",")[0].strip()
    return int(text) if re.fullmatch(r"\d{1,12}", text) else None
