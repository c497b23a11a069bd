"""Name the person behind a logged action."""

from __future__ import annotations

from stopgap.base.request import Option

BY = Option("Who does it (default: the user signed in).", metavar="NAME")


def user_name() -> str:
    """Name of the user signed in."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
