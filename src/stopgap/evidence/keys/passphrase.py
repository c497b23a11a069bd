"""The passphrase of a private key: given, from a file, from the environment, or typed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from stopgap.base.errors import InputError, UsageError
from stopgap.evidence.keys.files import check_passphrase, read_small


def passphrase_for(given: str | None, file: str | Path | None, typed: Callable[[], str | None]) -> str:
    """The passphrase: as given, else from the file, else from ``STOPGAP_PASSPHRASE``, else typed at the terminal.

    Args:
        given: The passphrase itself.
        file: With the passphrase in its one line.
        typed: Asks for it; ``None`` where nobody can be asked.

    Raises:
        UsageError: Nobody sits at a terminal, or the two that were typed differ.
        InputError: It is empty, too long, or the file cannot be read.
    """
    if given is not None:
        return check_passphrase(given, where="passphrase")
    if file is not None:
        return check_passphrase(_from_file(Path(file)), where=str(file))
    if (told := os.environ.get("STOPGAP_PASSPHRASE")) is not None:
        return check_passphrase(told, where="$STOPGAP_PASSPHRASE")
    if (asked := typed()) is not None:
        return check_passphrase(asked, where="terminal")
    raise UsageError(
        "a passphrase is needed, and nobody sits at a terminal",
        where="$STOPGAP_PASSPHRASE is not set",
        fix="give --passphrase-file FILE, or set STOPGAP_PASSPHRASE",
    )


def _from_file(file: Path) -> str:
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
