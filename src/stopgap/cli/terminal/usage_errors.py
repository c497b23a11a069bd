"""Turn a command that was called wrongly into an error that names the nearest option, command or example."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from stopgap.base.errors import UsageError
from stopgap.base.near_names import did_you_mean, near_names

_SQL_WORDS = frozenset({"select", "with", "from", "describe", "summarize", "show", "pivot"})
_MOST_NAMES = 6

EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)


def usage_error(error: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    """Return the error of a wrong call, with what is wrong, the call, and how it is meant."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "stopgap"
    hint = _hint(error, context, message, arguments)
    what = re.sub(r" \(Possible options: .*\)$| Did you mean .*\?$", "", message)
    shows = f"{path} --help shows how it is called"
    what = what.rstrip(".")
    return UsageError(what, where=" ".join(["stopgap", *arguments])[:500], fix=f"{hint}; {shows}" if hint else shows)


def _hint(error: typer.TyperException, context: Any, message: str, arguments: Sequence[str]) -> str:
    """Return how the call may be meant; empty where nothing is known."""
    option = getattr(error, "option_name", None)
    if option is not None and message.startswith("No such option"):
        return _near_option(str(option), context, arguments)
    if message.startswith("No such command"):
        return _near_command(message, context, arguments)
    if message.startswith("Missing argument"):
        return _missing(error, context)
    if message.startswith("Missing option"):
        return _missing_option(error, context)
    if (extra := EXTRA.fullmatch(message)) is not None:
        return _extra(extra[1], context, arguments)
    if (wrong := re.search(r"'([^']*)' is not one of (.*)$", message)) is not None:
        return did_you_mean(wrong[1], re.findall(r"'([^']*)'", wrong[2])).rstrip("?")
    return ""


def _near_option(option: str, context: Any, arguments: Sequence[str]) -> str:
    """Return the options that are nearest to one that does not exist, of the command or of those below and beside it."""
    known = _options(context)
    bare = {name.lstrip("-"): name for name in known}
    near = [bare[name] for name in near_names(option.lstrip("-"), bare)]
    if near:
        return f"did you mean {' or '.join(near)}"
    if context is not None and context.parent is None and _takes(context, option):
        return f"options stand after the command: stopgap COMMAND {option} …"
    return f"options are {', '.join(known[:12])}" if known else ""


def _options(context: Any) -> list[str]:
    if context is None:
        return []
    names = [name for each in context.command.params for name in each.opts if name.startswith("--")]
    return sorted(dict.fromkeys(names))


def _takes(context: Any, option: str) -> bool:
    """Return whether commands take an option that was given before the command."""
    return option.split("=")[0] in {"--lake", "--format", "--output", "--full", "--notes", "--as-of", "--goods"}


def _near_command(message: str, context: Any, arguments: Sequence[str]) -> str:
    found = re.search(r"No such command '([^']*)'", message)
    known = list(getattr(getattr(context, "command", None), "commands", ()) or ())
    asked = found[1] if found else ""
    near = did_you_mean(asked, known).rstrip("?")
    if near:
        return near
    from stopgap.cli.app import COMMANDS

    path = context.command_path.split()[1:] if context is not None else []
    if path and asked in COMMANDS:
        return f"{asked} is a command of its own: stopgap {asked}"
    others = [name for name in ("measure", "series", "brief") if not path]
    if others and asked in _episodes():
        return f"{asked} is an episode: stopgap measure {asked}"
    return f"commands are {', '.join(sorted(known)[:40])}" if known else ""


def _episodes() -> list[str]:
    from stopgap.api.catalogue import Episodes

    return [str(name) for name in Episodes().list().arrow["name"].to_pylist()]


def _missing(error: typer.TyperException, context: Any) -> str:
    """Return examples of an argument that is missing: names of episodes, else the example of the command."""
    name = str(getattr(getattr(error, "param", None), "metavar", "") or "")
    if name == "EPISODE":
        names = _episodes()
        shown = [each for each in names if each.startswith("russia")] + [
            each for each in names if not each.startswith("russia")
        ]
        listed = ", ".join(shown[:_MOST_NAMES])
        return f"name an episode, such as {listed} (stopgap episodes lists all {len(names)}), or give the path of an episode file"
    return _example(context)


def _missing_option(error: typer.TyperException, context: Any) -> str:
    return _example(context)


def _example(context: Any) -> str:
    """Return the example in the help of a command; empty where it has none."""
    text = str(getattr(getattr(context, "command", None), "help", "") or "")
    found = re.search(r"Example: (.+)", text)
    return f"for example: {found[1].strip()}" if found else ""


def _extra(words: str, context: Any, arguments: Sequence[str]) -> str:
    """Return how words that are too many may be meant: SQL without quotes, a name of two words, an option's value."""
    command = context.command.name if context is not None else ""
    if command == "query" and any(word.lower() in _SQL_WORDS for word in arguments[1:3]):
        return f"put the statement in quotes: {_example(context).removeprefix('for example: ')}"
    extra = words.split()
    if command == "screen":
        return f"put a name of several words in quotes: stopgap screen {shlex.quote(' '.join(_plain_words(arguments[1:])))}"
    first = extra[0] if extra else ""
    if first in _goods():
        return f"a goods list is an option: --goods {first}"
    if first and re.fullmatch(r"[\d,.:]+(-\d+)*", first) and "--goods" in _options(context):
        return f"codes and periods are options, such as --goods {first} or --after {first}"
    if _example(context):
        return _example(context)
    return ""


def _plain_words(arguments: Iterable[str]) -> list[str]:
    """Return the words before the first option."""
    words: list[str] = []
    for word in arguments:
        if word.startswith("-"):
            break
        words.append(word)
    return words


def _goods() -> list[str]:
    from stopgap.api.catalogue import Goods

    return [str(name) for name in Goods().list().arrow["name"].to_pylist()]
