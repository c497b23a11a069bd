"""Interaction with the person at the terminal: confirmation, passphrases and comparison of fingerprints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from stopgap.base.visible_text import one_line, visible
from stopgap.cli.terminal.status_line import held

if TYPE_CHECKING:
    from stopgap.evidence.keys.partner_keys import HandedKey


def says_yes(question: str, shown: str) -> bool:
    """Show a text and ask for confirmation; False where input or output is not a terminal."""
    if not _is_watched():
        return False
    with held():
        typer.echo(visible(shown), err=True)
        return typer.confirm(visible(question), default=False, err=True)


def _is_watched() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


class Terminal:
    """The person at the terminal, as :class:`stopgap.api.keys.Person`."""

    def passphrase(self, what: str, *, twice: bool) -> str | None:
        """Ask for a passphrase; ``None`` where stdin is not a terminal.

        Raises:
            UsageError: The two passphrases typed differ.
        """
        from getpass import getpass

        from stopgap.base.errors import UsageError

        if not sys.stdin.isatty():
            return None
        try:
            what = one_line(what)
            with held():
                first = getpass(f"{what}: ", stream=sys.stderr)
                again = getpass(f"{what}, again: ", stream=sys.stderr) if twice else first
        except EOFError:
            raise typer.Abort from None
        if first != again:
            raise UsageError("the two passphrases differ", where="terminal", fix="type it again")
        return first

    def compares(self, asked: HandedKey) -> bool | None:
        """Ask whether the key's owner reads out the same fingerprint; ``None`` where there is no terminal."""
        if not _is_watched():
            return None
        key = asked.key
        shown = [
            f"{key.name}, {key.valid_from} to {key.valid_to}, will be called {asked.name}",
            *([asked.note] if asked.note else []),
            *large(key.spoken, key.fingerprint),
        ]
        return says_yes("Does its owner read out the same?", "\n".join(shown))


def large(spoken: str, fingerprint: str) -> list[str]:
    """Return the lines of a fingerprint to read out, four groups per line."""
    groups = spoken.split(" ")
    lines = ["    " + "   ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
    return ["fingerprint:", *lines, f"    {fingerprint}"]
