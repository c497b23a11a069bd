"""Options of ``stopgap`` that print the completion script of the user's shell, or install it and say what was written."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from stopgap.base.errors import RefusedError, UsageError


def show_completion(asked: bool) -> None:
    """Print the script of the user's shell and leave."""
    if asked:
        from stopgap.cli.terminal.completion import script

        typer.echo(script(_shell("--show-completion")))
        raise typer.Exit


def install_completion(asked: bool) -> None:
    """Write the script of the user's shell where the shell finds it, say what was written, and leave."""
    if not asked:
        return
    shell = _shell("--install-completion")
    try:
        written = _install(shell)
    except OSError as error:
        raise RefusedError(
            f"the completion of {shell} cannot be written: {error.strerror or error}",
            where=str(error.filename or Path.home()),
            fix="give yourself the right to write there, or put the output of stopgap --show-completion where "
            f"{shell} reads it",
        ) from error
    for line in (*written, f"open a new {shell}, and the Tab key completes commands, options and names"):
        typer.echo(line)
    raise typer.Exit


def _shell(option: str) -> str:
    """Return the name of the shell that called the command, else of the user's login shell.

    Raises:
        UsageError: It is none of those that can be completed.
    """
    import shellingham

    from stopgap.cli.terminal.completion import SCRIPTS

    try:
        name = str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        name = ""
    if name not in SCRIPTS:
        login = Path(os.environ.get("SHELL", "")).name
        if name or login not in SCRIPTS:
            raise UsageError(
                f"no completion for {name or login or 'this shell'}",
                where=option,
                fix=f"call it from {', '.join(SCRIPTS)}; _STOPGAP_COMPLETE=source_bash stopgap prints that of bash",
            )
        name = login
    return name


def _install(shell: str) -> list[str]:
    """Write the script and, where the shell needs it, a line of its start file; return a line for each."""
    home = Path.home()
    if shell == "fish":
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return [_write(config / "fish" / "completions" / "stopgap.fish", shell)]
    if shell == "zsh":
        start = Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
        line = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
        return [_write(home / ".zfunc" / "_stopgap", shell), _add_line(start, line)]
    path = home / ".bash_completions" / "stopgap.sh"
    return [_write(path, shell), _add_line(home / ".bashrc", f"source '{path}'")]


def _write(path: Path, shell: str) -> str:
    from stopgap.cli.terminal.completion import script

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script(shell) + "\n", "utf-8")
    return f"written: {path}"


def _add_line(start: Path, line: str) -> str:
    before = start.read_bytes() if start.exists() else b""
    if line.encode() in before.splitlines():
        return f"as before: {start} holds the line that reads it"
    with start.open("ab") as file:
        file.write(b"\n" * (bool(before) and not before.endswith(b"\n")) + line.encode() + b"\n")
    return f"line added to {start}: {line}"
