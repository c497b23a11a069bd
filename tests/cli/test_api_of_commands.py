"""Whatever the command line can be asked, the Python API can: each command has its method, with the same options."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import stopgap
from stopgap.api import Lake
from stopgap.cli.app import app

NAMES = {"import": "import_files", "pack": "packs", "lake": "", "rows": "source_rows"}
"""Words of the command line that Python spells otherwise; what stands under ``lake`` is the lake's own."""

SHOWN = {"lake", "form", "answer_file", "by", "table", "output", "help", "context"}
"""Parameters that say how an answer is shown, or where."""


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it; a group that answers when it is called alone is one too."""
    for name, child in group.commands.items():
        here = (*path, name)
        if not hasattr(child, "commands"):
            yield here, child
            continue
        if child.invoke_without_command:
            yield here, child
        yield from commands(child, here)


SERVICE = ("serve", "mcp", "people", "tokens", "service", "publish")
"""Commands of the service and of published sites, which stand above the Python API."""

OF_THE_SERVICE = (
    "serve_commands.py",
    "people_commands.py",
    "service_commands.py",
    "assistant_commands.py",
    "publish_commands.py",
)
"""Files of these commands."""

ALL = {path: each for path, each in commands(typer.main.get_command(app)) if path[0] not in SERVICE}


def method_of(path: tuple[str, ...]) -> Any:
    """The method behind a command."""
    found: Any = Lake(Path("nowhere"))
    for word in path[:1] if path[0] == "fetch" else path:  # which service is fetched from is what the method takes
        name = NAMES.get(word, word.replace("-", "_"))
        if name:
            found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_each_command_has_its_method(path: tuple[str, ...]) -> None:
    method = method_of(path)
    assert callable(method)
    assert (method.__doc__ or type(method).__doc__ or "").strip()


@pytest.mark.parametrize("path", [path for path in ALL if hasattr(method_of(path), "request")], ids=" ".join)
def test_options_of_a_request_are_options_of_its_command(path: tuple[str, ...]) -> None:
    from stopgap.base.request import request_fields

    same = [each for each in ALL if each == path or each[0] == path[0] == "fetch"]  # one method, four services
    own = {parameter.name for each in same for parameter in ALL[each].params}
    fields = request_fields(method_of(path).request)
    asked = {field.name for field in fields if not field.option.in_python_only}
    assert asked <= own


SHOWING = (
    "stopgap.answers", "stopgap.api", "stopgap.base", "stopgap.cli", "stopgap.claims.claim_file", "stopgap.claims.register.words",
    "stopgap.codes", "stopgap.completion_values",
    "stopgap.evidence.markings.reads", "stopgap.lake.partner_views", "stopgap.screening.exposure.follow_the_money",
    "stopgap.screening.lists.imports", "stopgap.screening.matching.output", "stopgap.simulate.readme",
    "stopgap.sources.files.file_head", "stopgap.watch.events",
)  # fmt: skip
"""What the command line may use beside the API: words, tables and forms of what the API gives, and what errors are marked with."""

WORDS = {"request", "fetch_request", "tables", "words", "results"}
"""Names of modules that hold requests, results, and how results are shown."""


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports when it runs, those for types alone apart."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types:
            yield str(node.module)


def test_commands_ask_the_api_alone() -> None:
    files = sorted((Path(stopgap.__file__).parent / "cli").rglob("*.py"))
    below = {
        (path.name, module)
        for path in files
        if path.name not in OF_THE_SERVICE
        for module in imported(path)
        if module.startswith("stopgap.") and not module.startswith(SHOWING)
        if module.rpartition(".")[2] not in WORDS
    }
    assert below == set()
