"""Values that are taken without Pydantic are those that Typer makes with it, and all others are left to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from stopgap.cli.app import app
from stopgap.cli.terminal.plain_values import PlainCommand

TEXTS = ("", "x", " a b ", "7", "007", "-1", "0.5", "table", "TABLE", "é🙂", "שלום", "nan", "1e9", "a/b.csv", "-", ".")


def commands(command: Any, name: str = "stopgap") -> Iterator[tuple[str, Any]]:
    """Yield each command with its name."""
    yield name, command
    for each in getattr(command, "commands", {}):
        yield from commands(command.commands[each], f"{name} {each}")


ALL = dict(commands(typer.main.get_command(app)))


def outcome(convert: Any, value: Any, parameter: Any, context: Any) -> tuple[str, Any]:
    """Return the kind of a value and the value, or the words of the error."""
    try:
        found = convert(value, param=parameter, ctx=context)
    except typer.BadParameter as error:
        return "error", error.format_message()
    return type(found).__name__, repr(found)


@pytest.mark.parametrize("name", ALL)
def test_every_value_is_that_of_typer(name: str) -> None:
    command = ALL[name]
    context = typer.Context(command)
    for parameter in command.get_params(context):
        plain, of_typer = parameter.get_runtime_param(), type(parameter).get_runtime_param(parameter)
        assert plain is not of_typer
        choices = [str(each.value) for each in parameter.type_descriptor.choices or ()]
        has_many = parameter.multiple or parameter.nargs == -1
        values = [(text,) for text in (*TEXTS, *choices)] if has_many else [*TEXTS, *choices]
        values += [None, ("a", "b")] if has_many else [None, parameter.default]
        for value in values:
            assert outcome(plain.coerce, value, parameter, context) == outcome(
                of_typer.coerce, value, parameter, context
            ), (parameter.name, value)


def test_every_command_takes_plain_values() -> None:
    assert len(ALL) > 80
    assert all(isinstance(each, PlainCommand) for each in ALL.values() if not hasattr(each, "commands"))


def test_a_path_that_nobody_may_read_is_left_to_typer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = ALL["stopgap measure"]
    context = typer.Context(command)
    [lake] = [each for each in command.get_params(context) if each.name == "lake"]
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(typer.BadParameter, match="is not readable"):
        lake.get_runtime_param().coerce(str(tmp_path), param=lake, ctx=context)


def test_a_measure_loads_no_pydantic(tmp_path: Path) -> None:
    code = (
        "import sys; from stopgap.cli.main import run; "
        f"run(['measure', 'russia-2022', '--gross', '--lake', {str(tmp_path)!r}, '--format', 'json']); "
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
