"""Parse ownership shares as registers state them, into lower and upper bounds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

WHOLE = 1_000_000_000
"""Number of parts that make up a whole asset. Shares are counted in integer parts, so that sums are exact."""

_NUMBER = r"(\d{1,3}(?:[.,]\d{1,12})?|\d*[.,]\d{1,12})"
_PERCENT = r"\s*(?:%|percent|per\s*cent|pct)?\s*"
_RANGE = re.compile(
    rf"(?:from\s+|between\s+)?{_NUMBER}{_PERCENT}(?:-|–|—|to|and|\.\.\.?|…){_PERCENT}{_NUMBER}{_PERCENT}"
)
_EXACT = re.compile(rf"{_NUMBER}{_PERCENT}")
_MORE = re.compile(rf"(?:more\s+than|over|above|greater\s+than|>){_PERCENT}{_NUMBER}{_PERCENT}")
_LEAST = re.compile(rf"(?:at\s+least|not\s+less\s+than|>=|≥){_PERCENT}{_NUMBER}{_PERCENT}")
_LEAST_AFTER = re.compile(rf"{_NUMBER}{_PERCENT}(?:\+|or\s+more|and\s+more|or\s+over)")
_LESS = re.compile(rf"(?:less\s+than|under|below|<){_PERCENT}{_NUMBER}{_PERCENT}")
_MOST = re.compile(rf"(?:up\s+to|at\s+most|not\s+more\s+than|<=|≤){_PERCENT}{_NUMBER}{_PERCENT}")
_MOST_AFTER = re.compile(rf"{_NUMBER}{_PERCENT}or\s+less")
_PSC = re.compile(r"(?:ownership-of-shares|voting-rights)-(\d+)-to-(\d+)-percent.*")
"""Format of share bands in the United Kingdom's register of persons with significant control."""
_UNKNOWN = frozenset(
    {"", "-", "–", "?", "unknown", "n/a", "na", "none", "null", "not available", "not disclosed", "undisclosed", "nan"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """Bounds of a share, in parts of :data:`WHOLE`; 0 and the whole if the text could not be parsed."""

    low: int
    high: int
    is_read: bool = True


UNKNOWN = Share(0, WHOLE)


def read_share(text: str | None, *, is_percent: bool) -> Share:
    """Parse the bounds of a share: ``50``, ``33,3 %``, ``50-75``, ``more than 25``, ``at least 25``, or empty.

    "More than" and "less than" exclude the number itself, by one part in 1,000,000,000. A comma is a decimal comma.
    Text that cannot be parsed gives 0 to the whole. A number without a percent sign is a percentage or a ratio (0 to 1)
    according to ``is_percent``; in words, and with a sign, it is always a percentage.

    Raises:
        ValueError: A number is negative, not finite, or more than the whole.
    """
    said = (text or "").strip().casefold()
    if said in _UNKNOWN:
        return UNKNOWN
    try:
        number = float(said.replace(",", ".", 1))
    except ValueError:
        return _in_words(said, is_percent)
    share = _parts(number, 100 if is_percent else 1, said)
    return Share(share, share)


def _in_words(said: str, is_percent: bool) -> Share:
    if len(said) > 100:
        return Share(0, WHOLE, is_read=False)
    if found := _EXACT.fullmatch(said):
        share = _percent(found[1], said)
        return Share(share, share)
    if found := _RANGE.fullmatch(said):
        of = 100 if is_percent or re.search("%|per|pct|to|and", said) else 1
        ends = sorted(_parts(float(end.replace(",", ".")), of, said) for end in found.groups())
        return Share(ends[0], ends[1])
    if found := _PSC.fullmatch(said):
        return Share(_percent(found[1], said), _percent(found[2], said))
    if found := _MORE.fullmatch(said):
        return Share(min(_percent(found[1], said) + 1, WHOLE), WHOLE)
    if found := _LEAST.fullmatch(said) or _LEAST_AFTER.fullmatch(said):
        return Share(_percent(found[1], said), WHOLE)
    if found := _LESS.fullmatch(said):
        return Share(0, max(_percent(found[1], said) - 1, 0))
    if found := _MOST.fullmatch(said) or _MOST_AFTER.fullmatch(said):
        return Share(0, _percent(found[1], said))
    return Share(0, WHOLE, is_read=False)


def _percent(number: str, said: str) -> int:
    return _parts(float(number.replace(",", ".")), 100, said)


def _parts(number: float, of: int, said: str) -> int:
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{said[:40]!r} is no share")
    if number > of:
        raise ValueError(f"{said[:40]!r} is more than the whole")
    return round(number * WHOLE / of)
