"""Exception classes that state what happened, where, and how to fix it.

Each class carries the exit code of the command line and the HTTP status of
the REST API; both are defined nowhere else in Stopgap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stopgap.base.visible_text import one_line


class MarkingLike(Protocol):
    """Protocol of the marking that an error carries: a label for people, JSON for machines."""

    @property
    def label(self) -> str:
        """Label as pages show it: ``TLP:AMBER``."""
        ...

    def as_dict(self) -> Mapping[str, object]:
        """Return the marking as a JSON document."""
        ...


LINE_LIMIT = 2_000
"""Maximum characters of a line of an error, as a name from a file may have millions."""


def _line(text: str) -> str:
    """Return the text as one printable line, truncated at ``LINE_LIMIT`` characters."""
    if len(text) > LINE_LIMIT:
        text = f"{text[:LINE_LIMIT]} … ({len(text) - LINE_LIMIT:,} more characters)"
    return " ".join(text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0").splitlines())


class StopgapError(Exception):
    """Base class of all errors shown to users.

    Args:
        what: The fault, in one line.
        where: File, row, field, episode or vintage concerned.
        fix: What the user can do about it.
        details: Further fields for programs (JSON only).

    Attributes:
        marking: Marking of the error; set if evidence of a lake was read before it was raised.
    """

    exit_code = 1
    http_status = 500
    marking: MarkingLike | None = None

    def __init__(self, what: str, *, where: str = "", fix: str = "", details: dict[str, object] | None = None) -> None:
        what, where, fix = map(_line, (what, where, fix))
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix
        self.details = details or {}

    def __str__(self) -> str:
        return one_line(self.what) + f"\n  where: {one_line(self.where)}\n  fix:   {one_line(self.fix)}"

    def as_dict(self) -> dict[str, object]:
        """Return the error as the object that ``--format json`` prints."""
        return {"what": self.what, "where": self.where, "fix": self.fix, "code": self.exit_code, **self.details}


class UsageError(StopgapError):
    """A command or function was called with invalid options or arguments."""

    exit_code = 2
    http_status = 400


class InputError(StopgapError):
    """A file or value from outside is invalid or cannot be parsed."""

    exit_code = 3
    http_status = 422


class EpisodeError(InputError):
    """An episode file is invalid or inconsistent."""


class GoodsError(InputError):
    """A goods list is invalid or inconsistent."""


class MissingDataError(StopgapError):
    """The lake lacks data that a measure needs."""

    exit_code = 4
    http_status = 404


class NotFoundError(StopgapError):
    """A name is unknown: episode, goods list, economy, vintage."""

    exit_code = 4
    http_status = 404


class RefusedError(StopgapError):
    """An operation is not allowed: marking, signature, permission, read-only lake."""

    exit_code = 5
    http_status = 403


class UnreachableError(StopgapError):
    """A remote source or receiver cannot be reached."""

    exit_code = 6
    http_status = 502


class IdentityError(StopgapError):
    """An accounting identity that every output must satisfy is violated: a bug; the figures are not shown."""
