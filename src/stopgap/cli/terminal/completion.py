"""Answer a shell that asks what the word at the cursor can become, and install the script that makes it ask.

The shell's script calls ``stopgap`` with ``_STOPGAP_COMPLETE=complete_SHELL``, the words of the line in ``COMP_WORDS``
(one a line) and the place of the cursor's word in ``COMP_CWORD``. The answer is one value a line; zsh and fish also get
what the value is, after a tab. Typer's own scripts are not used: zsh evaluates what they print, and values such as
names of lists come from files of others.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from stopgap.base.request import Completes
from stopgap.base.settings import load_settings
from stopgap.base.visible_text import one_line

ASKED = "_STOPGAP_COMPLETE"
"""Variable with which a shell asks."""

_COMMAS = frozenset({Completes.ECONOMY, Completes.GOODS})
_SAFE_VALUE = re.compile(r"[\w.,()+/%-]+")
_DESCRIPTION = 60

Completer = Callable[[typer.Context, str], list[tuple[str, str]]]


def completer(kind: Completes) -> Completer:
    """Return the function that completes values of a kind, as Typer calls it."""

    def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        from stopgap.cli.terminal.completion_values import values_of

        before, comma, typed = incomplete.rpartition(",") if kind in _COMMAS else ("", "", incomplete)
        settings = load_settings(lake=_lake(ctx))
        found: dict[str, str] = {}
        for value, about in values_of(kind, typed, settings):
            if value.startswith(typed):
                found.setdefault(f"{before}{comma}{value}", about)
        return list(found.items())

    return complete


def _lake(ctx: typer.Context) -> Path | None:
    """Return the lake that ``--lake`` names; a shell has not replaced ``~`` and variables in it yet."""
    given = ctx.params.get("lake")
    return Path(os.path.expandvars(given)).expanduser() if given else None


def answer(command: Any, environment: dict[str, str]) -> int:
    """Print what the word at the cursor can become; return the exit code, which is 0 also where there is nothing.

    Args:
        command: The whole command line.
        environment: Variables, of which :data:`ASKED`, ``COMP_WORDS`` and ``COMP_CWORD`` are read.
    """
    with contextlib.suppress(Exception), open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        asked = environment[ASKED]
        if asked.startswith("source_"):
            print(script(asked.removeprefix("source_")))
            return 0
        words, incomplete = _words(environment["COMP_WORDS"], int(environment["COMP_CWORD"]))
        is_described = asked in ("complete_zsh", "complete_fish")
        lines = [
            f"{value}\t{about}" if about and is_described else value
            for value, about in _completions(command, words, incomplete)
        ]
        print("\n".join(lines))
    return 0


def _words(line: str, place: int) -> tuple[list[str], str]:
    """Return the words before the cursor without the command, and the word at the cursor.

    bash takes ``--from=DEU`` for three words; the one that is ``=`` is dropped.
    """
    words = [_unquoted(word) for word in line.split("\n")]
    words += [""] * (place + 1 - len(words))
    before = [word for word in words[1:place] if word != "="]
    return before, "" if words[place] == "=" else words[place]


def _unquoted(word: str) -> str:
    try:
        return "".join(shlex.split(word))
    except ValueError:  # a quote that is not closed yet
        return word.lstrip("\"'")


def _completions(command: Any, words: list[str], incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield values with what they are; none that a shell could take for more than a word.

    Where an option and its value are one word (``--from=K``), so are the values.
    """
    from typer import completion

    completion.completion_init()
    resolver = completion.shell_completion.get_completion_class("bash")  # type: ignore[attr-defined]
    option = incomplete[: incomplete.find("=") + 1] if incomplete.startswith("-") else ""
    for item in resolver(command, {}, "stopgap", ASKED).get_completions(words, incomplete):
        if _SAFE_VALUE.fullmatch(str(item.value)):
            about = one_line(item.help or "")
            yield f"{option}{item.value}", about if len(about) <= _DESCRIPTION else f"{about[:_DESCRIPTION].rstrip()}…"


_BASH = """\
_stopgap_completion() {
    local IFS=$'\\n'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" \\
        _STOPGAP_COMPLETE=complete_bash "$1" 2>/dev/null ) )
    return 0
}

complete -o default -o nosort -F _stopgap_completion stopgap 2>/dev/null ||
    complete -o default -F _stopgap_completion stopgap
"""

_ZSH = """\
#compdef stopgap

_stopgap() {
    local line tab=$'\\t'
    local -a values shown
    for line in "${(@f)$(env COMP_WORDS="${(F)words}" COMP_CWORD=$((CURRENT - 1)) \\
            _STOPGAP_COMPLETE=complete_zsh "${words[1]}" 2>/dev/null)}"; do
        [[ -n "$line" ]] || continue
        values+=("${line%%$tab*}")
        shown+=("${line/$tab/  -- }")
    done
    if (( ${#values} )); then
        compadd -l -o nosort -d shown -a values 2>/dev/null || compadd -l -d shown -a values
    else
        _files
    fi
}

if [[ "${funcstack[1]}" == _stopgap ]]; then
    _stopgap "$@"
else
    compdef _stopgap stopgap
fi
"""

_FISH = """\
function __stopgap_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (env COMP_WORDS=(string join \\n -- $words | string collect -N) COMP_CWORD=(math (count $words) - 1) \\
        _STOPGAP_COMPLETE=complete_fish $words[1] 2>/dev/null)
    if test -n "$found"
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end

complete --command stopgap --no-files --keep-order --arguments '(__stopgap_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""Script of each shell."""


def script(shell: str) -> str:
    """Return the script of a shell, without the last line end."""
    return SCRIPTS[shell].rstrip("\n")
