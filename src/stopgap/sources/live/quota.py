"""Waiting times and quotas, read from headers and messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining", "x-quota-remaining")
RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset", "x-quota-reset")
EPOCH_FROM = 10**9
"""A reset above this many seconds is a moment, not a wait."""

_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")
_SECONDS = re.compile(r"(?:in|after)\s+(\d+)\s+second", re.I)
_PARTS = re.compile(r"\b(remaining|r|reset|t)\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Quota:
    """What a reply says of the requests that are left.

    Attributes:
        left: Requests left, where it says.
        resets_in_s: Seconds until they are renewed, where it says.
    """

    left: int | None = None
    resets_in_s: float | None = None


def quota_of(headers: Mapping[str, str], now: dt.datetime) -> Quota:
    """The quota that a reply's headers state (names in lower case)."""
    left = next((_whole(headers[name]) for name in LEFT if name in headers), None)
    resets = next((_until(headers[name], now) for name in RESETS if name in headers), None)
    if left is None and "ratelimit" in headers:  # one field of the form "remaining=7, reset=50"
        parts = dict(_PARTS.findall(headers["ratelimit"]))
        left = _whole(parts.get("remaining") or parts.get("r") or "")
        resets = _until(parts.get("reset") or parts.get("t") or "", now)
    return Quota(left, resets)


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Seconds that the header ``Retry-After`` asks for: a number, or a date."""
    return _until(headers.get("retry-after", ""), now)


def wait_in_words(message: str) -> float | None:
    """Seconds that a message names: ``in 5 seconds``, ``in 03:14:17``, ``in 20.09:58:55`` (days first)."""
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
