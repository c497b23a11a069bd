"""Years, quarters and months as people write them (``2022``, ``2022Q3``, ``2022-07``), as first and last month."""

from __future__ import annotations

import re

FORMS = "a year (2022), a quarter (2022Q3) or a month (2022-07)"

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])|-?[Qq]([1-4]))?")


def months_of(text: str) -> tuple[str, str] | None:
    """Return the first and last month (``YYYY-MM``) of a year, quarter or month; ``None`` where it is none of them."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        return None
    year, month, quarter = found.groups()
    if month is not None:
        return f"{year}-{month}", f"{year}-{month}"
    if quarter is not None:
        last = int(quarter) * 3
        return f"{year}-{last - 2:02d}", f"{year}-{last:02d}"
    return f"{year}-01", f"{year}-12"


def span_of(text: str) -> tuple[str, str] | None:
    """Return the first and last month of ``FROM:TO``, or of one period; ``None`` where it is no span.

    Both ends are included; each may be a year, a quarter or a month. A span that ends before it starts is none.
    """
    parts = text.split(":")
    if len(parts) > 2:
        return None
    first, last = months_of(parts[0]), months_of(parts[-1])
    if first is None or last is None or first[0] > last[1]:
        return None
    return first[0], last[1]


_LIKELY = (
    (re.compile(r"(\d{4})[-/. ](\d)"), "{0}-0{1}"),
    (re.compile(r"(\d{4})[-/. ]?(0[1-9]|1[0-2])"), "{0}-{1}"),
    (re.compile(r"(0?[1-9]|1[0-2])[-/. ](\d{4})"), "{1}-{0:0>2}"),
    (re.compile(r"(\d{4})[-/. ](0[1-9]|1[0-2])[-/. ]\d{1,2}"), "{0}-{1}"),
    (re.compile(r"\d{1,2}[-/. ](0[1-9]|1[0-2])[-/. ](\d{4})"), "{1}-{0}"),
    (re.compile(r"[Qq]([1-4])[-/. ]?(\d{4})"), "{1}Q{0}"),
    (re.compile(r"(\d{4})[-/. ]?(?:[Qq]|[Tt])[-/. ]?([1-4])"), "{0}Q{1}"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(r"([A-Za-z]{3,9})\.?[-/. ,]*(\d{4})|(\d{4})[-/. ,]*([A-Za-z]{3,9})")


def likely_span(text: str) -> str:
    """Return a span in the forms that are read for one in a form that is not (``01/2022``, ``2022-1``); empty where none is likely."""
    parts = [part.strip() for part in re.split(r"\s*(?::|\bto\b|\.\.|–|—|\s-\s)\s*", text.strip()) if part.strip()]
    found = [_likely(part) for part in parts]
    if not 1 <= len(parts) <= 2:
        return ""
    if len(parts) == 1 and (years := re.fullmatch(r"(\d{4})[-/–](\d{4})", parts[0])) is not None:
        found = [years[1], years[2]]
    if not all(found):
        return ""
    said = ":".join(found)
    if span_of(said) is not None:
        return said
    turned = ":".join(reversed(found))
    return turned if span_of(turned) is not None else ""


def _likely(part: str) -> str:
    if months_of(part) is not None:
        return part
    for pattern, form in _LIKELY:
        if (match := pattern.fullmatch(part)) is not None:
            return form.format(*match.groups())
    if (named := _NAMED.fullmatch(part)) is not None:
        name, year = (named[1] or named[4]).lower()[:3], named[2] or named[3]
        return f"{year}-{_MONTHS.index(name) + 1:02d}" if name in _MONTHS else ""
    return ""


def did_you_mean_span(text: str) -> str:
    """Return ``did you mean 2022-01? `` for a span in another form; empty where none is likely."""
    likely = likely_span(text)
    return f"did you mean {likely}? " if likely else ""
