"""Forms of an answer: by the ending of its address, else by the header ``Accept``."""

from __future__ import annotations

from enum import StrEnum

from stopgap.base.errors import StopgapError


class NotAcceptableError(StopgapError):
    """The answer has none of the forms that the client accepts."""

    exit_code = 2
    http_status = 406


class AnswerForm(StrEnum):
    """Forms of an answer, under the ending of their address."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    METADATA = "metadata.json"
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        """Media type of the form."""
        return _TYPES[self]


_TYPES = {
    AnswerForm.JSON: "application/json",
    AnswerForm.CSV: "text/csv; charset=utf-8",
    AnswerForm.PARQUET: "application/vnd.apache.parquet",
    AnswerForm.ARROW: "application/vnd.apache.arrow.stream",
    AnswerForm.METADATA: "application/json",
    AnswerForm.ZIP: "application/zip",
}

_ACCEPTED = (AnswerForm.JSON, AnswerForm.CSV, AnswerForm.PARQUET, AnswerForm.ARROW, AnswerForm.ZIP)
"""Forms that ``Accept`` chooses, the first where several are accepted alike."""


def split_ending(text: str) -> tuple[str, AnswerForm | None]:
    """Return the end of an address without the ending that names its form, and the form; ``None`` without one."""
    for form in sorted(AnswerForm, key=len, reverse=True):
        if text.endswith(f".{form}") and len(text) > len(form) + 1:
            return text.removesuffix(f".{form}"), form
    return text, None


def accepted_form(accept: str | None) -> AnswerForm:
    """Return the form that a client prefers; JSON where it says nothing, or accepts all alike.

    Raises:
        NotAcceptableError: It accepts none of the forms.
    """
    ranges = [part for part in (accept or "*/*").split(",") if part.strip()] or ["*/*"]
    best: tuple[float, AnswerForm] | None = None
    for form in _ACCEPTED:
        quality = _quality(form.media_type.partition(";")[0], ranges)
        if quality > 0 and (best is None or quality > best[0]):
            best = quality, form
    if best is None:
        raise NotAcceptableError(
            "the answer has none of the forms that are accepted",
            where=f"Accept: {(accept or '')[:200]}",
            fix=f"accept one of {', '.join(form.media_type.partition(';')[0] for form in _ACCEPTED)}, or add .csv and the like to the address",
        )
    return best[1]


def _quality(media_type: str, ranges: list[str]) -> float:
    """Return how much a media type is wanted, by the most specific range that has it; 0 where none has."""
    found, specific = 0.0, -1
    for each in ranges:
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        own = (
            2
            if name == media_type
            else 1
            if name == f"{media_type.partition('/')[0]}/*"
            else 0
            if name == "*/*"
            else -1
        )
        if own > specific:
            found, specific = _weight(parameters), own
    return found


def _weight(parameters: list[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
