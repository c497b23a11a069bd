"""The list of commands: imported one by one, and described in their own words."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from stopgap.cli.app import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_the_sentence_in_the_list_is_that_of_the_command(name: str) -> None:
    """A command shows the first paragraph of its help text in the list."""
    made = typer.main.get_group(app).commands[name]
    assert made.name == name
    assert " ".join((made.help or "").split("\n\n")[0].split()) == COMMANDS[name][1]


def test_every_command_of_a_file_is_listed() -> None:
    from importlib import import_module

    found = set()
    for file in {file for file, _ in COMMANDS.values()}:
        found |= set(typer.main.get_group(import_module(f"stopgap.cli.{file}").commands).commands)
    assert found == set(COMMANDS)


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom stopgap.cli.main import run\nrun(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('stopgap.') and name.endswith(('_commands', '.request'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]"), done.stdout[-300:]


def test_an_unknown_command_is_told_of_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    from stopgap.cli.main import run

    assert run(["mesure"]) == 2
    assert "measure" in capsys.readouterr().err
