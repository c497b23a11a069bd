"""Errors that say what happened, where, and how to fix it.

Each class carries the exit code of the command line and the HTTP status of
the REST surface; nothing else in Stopgap decides either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stopgap.base.visible_text import one_line


class MarkingLike(Protocol):
    """Protocol of the marking that an error carries: a label for people, JSON for machines."""

    @property
    def label(self) -> str:
        """As pages show it: ``TLP:AMBER``."""
        ...

    def as_dict(self) -> Mapping[str, object]:
        """As JSON holds it."""
        ...


LINE_LIMIT = 2_000
"""Characters of a line of an error: a name out of a file may have millions."""


def _line(text: str) -> str:
    """One line that can be printed, whatever a file or a command put into it."""
    if len(text) > LINE_LIMIT:
        text = f"{text[:LINE_LIMIT]} … ({len(text) - LINE_LIMIT:,} more characters)"
    return " ".join(text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0").splitlines())


class StopgapError(Exception):
    """Base of every error a user can meet.

    Args:
        what: One line: what is wrong.
        where: File, row, field, episode or vintage it concerns.
        fix: What the user can do about it.
        details: Further fields for machine readers (JSON only).

    Attributes:
        marking: Who may see the error: set where evidence of a lake was read before it was raised.
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
        """The error as the object that ``--format json`` prints."""
        return {"what": self.what, "where": self.where, "fix": self.fix, "code": self.exit_code, **self.details}


class UsageError(StopgapError):
    """A command or function was called in a way it does not take."""

    exit_code = 2
    http_status = 400


class InputError(StopgapError):
    """A file or value from outside cannot be read as what it should be."""

    exit_code = 3
    http_status = 422


class EpisodeError(InputError):
    """An episode file does not hold together."""


class GoodsError(InputError):
    """A goods list does not hold together."""


class MissingDataError(StopgapError):
    """The lake lacks what a measure needs."""

    exit_code = 4
    http_status = 404


class NotFoundError(StopgapError):
    """A name is not known: episode, goods list, economy, vintage."""

    exit_code = 4
    http_status = 404


class RefusedError(StopgapError):
    """An operation is not allowed: marking, signature, permission, read-only lake."""

    exit_code = 5
    http_status = 403


class UnreachableError(StopgapError):
    """A source cannot be reached."""

    exit_code = 6
    http_status = 502


class IdentityError(StopgapError):
    """An identity that every output must satisfy does not hold: a bug, never shown as a figure."""
