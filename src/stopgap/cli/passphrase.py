"""The passphrase of a private key: from a file, from the environment, or typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from stopgap.base.visible_text import one_line

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="File with the passphrase in its one line (default: $STOPGAP_PASSPHRASE, else it is asked for).",
        show_default=False,
    ),
]


def passphrase_for(
    file: Path | None, *, twice: bool, what: str = "passphrase", option: str = "--passphrase-file"
) -> str:
    """The passphrase: from the file, else from ``STOPGAP_PASSPHRASE``, else typed at the terminal.

    Args:
        file: With the passphrase in its one line.
        twice: It is typed twice: what it locks is new.
        what: As the prompt calls it.
        option: The option that takes the file, as messages call it.

    Raises:
        UsageError: Nobody sits at a terminal, or the two that were typed differ.
        InputError: It is empty, too long, or the file cannot be read.
    """
    from stopgap.evidence.keys.files import check_passphrase

    if file is not None:
        return check_passphrase(_from_file(file), where=str(file))
    if (given := os.environ.get("STOPGAP_PASSPHRASE")) is not None:
        return check_passphrase(given, where="$STOPGAP_PASSPHRASE")
    return check_passphrase(_typed(what, option, twice=twice), where="terminal")


def _from_file(file: Path) -> str:
    from stopgap.base.errors import InputError
    from stopgap.evidence.keys.files import read_small

    content = read_small(file, "passphrase file")
    fix = f"give a file with the passphrase in its one line, in UTF-8 ({file.name} may be another file)"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the passphrase file is not in UTF-8", where=str(file), fix=fix) from error
    text = text.removesuffix("\n").removesuffix("\r")
    if any(end in text for end in "\r\n\0"):
        raise InputError("the passphrase file has several lines", where=str(file), fix=fix)
    return text


def _typed(what: str, option: str, *, twice: bool) -> str:
    from getpass import getpass

    from stopgap.base.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is needed, and nobody sits at a terminal",
            where="$STOPGAP_PASSPHRASE is not set",
            fix=f"give {option} FILE, or set STOPGAP_PASSPHRASE",
        )
    try:
        what = one_line(what)
        first = getpass(f"{what}: ", stream=sys.stderr)
        again = getpass(f"{what}, again: ", stream=sys.stderr) if twice else first
    except EOFError:
        raise typer.Abort from None
    if first != again:
        raise UsageError("the two passphrases differ", where="terminal", fix="type it again")
    return first
