"""Running the command line: every error is three lines, or one JSON object, and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import typer

from stopgap.base.errors import InputError, StopgapError
from stopgap.base.paths import need_writable
from stopgap.base.read_ledger import open_ledger
from stopgap.cli.app import app
from stopgap.cli.terminal import status_line
from stopgap.cli.terminal.error_report import marked_error, report
from stopgap.cli.terminal.stopping import STOPPED, STOPPED_LINE, was_told

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether ``--format json`` was asked for, read before anything is parsed."""
    for position, word in enumerate(arguments):
        if word == "--format" and arguments[position + 1 : position + 2] == ["json"]:
            return True
        if word == "--format=json":
            return True
    return False


def _stopped() -> int:
    status_line.end()
    print(STOPPED_LINE, file=sys.stderr)
    return STOPPED


def _usage(error: typer.TyperException, arguments: Sequence[str], *, as_json: bool) -> int:
    """Report a command that was called wrongly; calling a group alone shows its help."""
    status_line.end()
    message = error.format_message()
    if message.startswith("Usage: "):
        print(message)
        return 2
    from stopgap.cli.terminal.usage_errors import usage_error

    return report(usage_error(error, arguments), as_json=as_json)


@cache
def _command() -> Any:
    """The command with all beneath it, put together once: a notebook or a test calls :func:`run` often."""
    return typer.main.get_command(app)


def complete() -> int:
    """Answer a shell that asks how the command line can go on; the exit code."""
    from stopgap.cli.terminal.completion import answer

    return answer(_command(), dict(os.environ))


def asked_lake(arguments: Sequence[str]) -> Path | None:
    """The lake that ``--lake`` names, read before anything is parsed; ``None`` where it names none."""
    found = None
    for position, word in enumerate(arguments):
        if word == "--lake":
            found = next(iter(arguments[position + 1 : position + 2]), None)
        elif word.startswith("--lake="):
            found = word.removeprefix("--lake=")
    return Path(found) if found else None


def _open_streams() -> None:
    """Give a process that was started without stdout or stderr a place to write to that keeps nothing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    _open_streams()
    with open_ledger(asked_lake(arguments)):
        try:
            return _run(arguments)
        except KeyboardInterrupt:  # it comes while the error of a query that Ctrl-C stopped is being handled
            return _stopped()


def _run(arguments: Sequence[str]) -> int:
    as_json = wants_json(arguments)
    try:
        for number, word in enumerate(arguments, start=1):
            need_writable(word, f"word {number} of the command")
        code = _command().main(args=list(arguments), prog_name="stopgap", standalone_mode=False)
        sys.stdout.flush()
        if code == STOPPED:
            return _stopped()
        return code if isinstance(code, int) else 0
    except StopgapError as error:
        return _stopped() if was_told() else report(marked_error(error), as_json=as_json)
    except typer.TyperException as error:
        return _usage(error, arguments, as_json=as_json)
    except typer.Exit as error:
        return _stopped() if error.exit_code == STOPPED else error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _stopped()
    except SystemExit:  # of Rich, where the reader of stdout is gone
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None and error.errno in _UNWRITABLE:
            return report(_not_printed(error), as_json=False)
        return _bug(error, arguments, as_json=as_json)
    except Exception as error:
        if was_told():
            return _stopped()
        return _bug(error, arguments, as_json=as_json)


def _not_printed(error: OSError) -> StopgapError:
    """Return the error for an answer that stdout does not take, and lead what is still to be printed nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return InputError(
        f"the answer cannot be printed: {error.strerror}",
        where="stdout",
        fix="free space where the output goes, or write it to another place: --output FILE",
    )


def _bug(error: Exception, arguments: Sequence[str], *, as_json: bool) -> int:
    """Report an error that nobody foresaw."""
    if os.environ.get("STOPGAP_DEBUG"):
        raise error
    bug = StopgapError(
        f"a fault in Stopgap: {type(error).__name__}: {str(error)[:300]}",
        where=" ".join(["stopgap", *arguments])[:500],
        fix="report it with this line; STOPGAP_DEBUG=1 shows where it happened",
    )
    return report(marked_error(bug), as_json=as_json)
