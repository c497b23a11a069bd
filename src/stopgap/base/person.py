"""Option and default for the name of the person behind a logged action."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from stopgap.base.request import Option

BY = Option("Who does it (default: the user signed in).", metavar="NAME")


_ACTING: ContextVar[str | None] = ContextVar("stopgap_acting", default=None)


@contextlib.contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Within the block, a person acts who is not the user of the system, such as one who signed in to the service."""
    before = _ACTING.set(name)
    try:
        yield
    finally:
        _ACTING.reset(before)


def named_person(by: str | None) -> str:
    """Return the name to log: that of the one who acts, else the given one, else the user of the system.

    Who acts by signing in acts under no other name.
    """
    return _ACTING.get() or by or user_name()


def user_name() -> str:
    """Return the name of the one who acts, else of the user of the system; ``unknown`` if it has none."""
    import getpass

    acting = _ACTING.get()
    if acting is not None:
        return acting

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
