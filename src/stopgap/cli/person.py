"""Who sits at the terminal, and whether they say yes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stopgap.base.visible_text import visible

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who does it (default: the user signed in).", show_default=False
    ),
]


def user_name() -> str:
    """Name of the user signed in."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def says_yes(question: str, shown: str) -> bool:
    """Whether a person at the terminal says yes to what is shown; no where nobody sits there."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    typer.echo(visible(shown), err=True)
    return typer.confirm(visible(question), default=False, err=True)
