"""Validate key names, dates and reasons; format fingerprints."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any

from stopgap.base.errors import UsageError

LONGEST_TEXT = 500
"""Maximum length of a reason, in characters."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
# Controls, line and paragraph ends, halves of characters, and marks that turn the direction of what follows.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def fingerprint_of(raw: bytes) -> str:
    """Return the fingerprint of a public key (32 bytes): ``sha256:`` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def spoken(fingerprint: str) -> str:
    """Format a fingerprint for reading aloud: twelve groups of five decimal digits.

    They are the last sixty decimal digits of the SHA-256 as one number: 199 bits of 256.

    Method: docs/reference/keys.md (ours).
    """
    digits = f"{int(fingerprint.removeprefix('sha256:'), 16) % 10**60:060d}"
    return " ".join(digits[start : start + 5] for start in range(0, 60, 5))


def said_fingerprint(text: str, *, where: str = "--fingerprint") -> str:
    """Parse a fingerprint that a person typed, ignoring spaces and dashes; raise UsageError if it is invalid.

    Returns ``sha256:…`` for 64 hex digits, the twelve spoken groups (:func:`spoken`) for 60 decimal digits.
    """
    bare = re.sub(r"[\s-]+", "", text).lower().removeprefix("sha256:")
    if re.fullmatch(r"[0-9]{60}", bare):
        return " ".join(bare[start : start + 5] for start in range(0, 60, 5))
    if re.fullmatch(r"[0-9a-f]{64}", bare):
        return f"sha256:{bare}"
    raise UsageError(
        f"this is no fingerprint: it has {len(bare)} characters",
        where=where,
        fix="give all twelve groups of five digits, or the 64 hex digits",
    )


def check_name(name: str, *, where: str = "NAME") -> str:
    """Return a key name if it is valid, else raise UsageError."""
    fault = fault_of_name(name)
    if fault:
        raise UsageError(
            f"{name[:70]!a} is no name of a key: {fault}",
            where=where,
            fix="use small letters a to z, digits, . _ and -, at most 64, such as fra-liaison-2026",
        )
    return name


def check_text(text: str, *, where: str) -> str:
    """Return a reason or a person's name; raise UsageError if it is blank, too long or has invisible characters."""
    fault = fault_of_text(text)
    if fault:
        raise UsageError(f"the text {fault}", where=where, fix=f"give one line, up to {LONGEST_TEXT} characters")
    return text


def check_days(valid_from: str, valid_to: str) -> None:
    """Validate a period of validity; raise UsageError if a day is invalid or the last precedes the first."""
    for option, text in (("--valid-from", valid_from), ("--valid-to", valid_to)):
        if not is_day(text):
            raise UsageError(
                f"{text[:40]!r} is no day", where=option, fix="write it as year-month-day, such as 2026-07-01"
            )
    if valid_to < valid_from:
        raise UsageError(
            "the last day is before the first",
            where=f"--valid-from {valid_from} --valid-to {valid_to}",
            fix="give the later day as --valid-to",
        )


def key_days(valid_from: str | None, valid_to: str | None, *, today: str) -> tuple[str, str]:
    """Return the first and last day of a key's validity; raise UsageError if they are invalid.

    The defaults are today, and two years after the first day.
    """
    first = valid_from or today
    check_days(first, valid_to or first)
    return first, valid_to or two_years_after(first)


def two_years_after(day: str) -> str:
    """Return the same day two years later; 28 February for 29 February."""
    begin = date.fromisoformat(day)
    if begin.month == 2 and begin.day == 29:
        begin = begin.replace(day=28)
    return begin.replace(year=begin.year + 2).isoformat()


def is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def fault_of_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "it has other characters, or more than 64"
    if name.endswith("."):
        return "it ends with a dot"
    if _RESERVED.fullmatch(name):
        return "Windows keeps it for itself"
    return ""


def fault_of_text(text: str) -> str:
    if not text.strip():
        return "is empty"
    if len(text) > LONGEST_TEXT:
        return f"is longer than {LONGEST_TEXT} characters"
    return "holds characters that cannot be seen" if _UNSEEN.search(text) else ""
