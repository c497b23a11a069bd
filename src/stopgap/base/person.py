"""Option and default for the name of the person behind a logged action."""

from __future__ import annotations

from stopgap.base.request import Option

BY = Option("Who does it (default: the user signed in).", metavar="NAME")


def user_name() -> str:
    """Return the name of the signed-in user; ``unknown`` if the system has none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
