"""The architecture page says what the tree is: every folder with its first line, every layer in its order."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
PACKAGE = ROOT / "src" / "stopgap"
READER = ROOT / "packages" / "drafting" / "src" / "stopgap_drafting"
MOST_FILES = 30
NOT_YET = {"claims/drafting"}
"""Folders with more Python files than that."""


def folders() -> Iterator[Path]:
    return (path.parent for path in sorted(PACKAGE.rglob("__init__.py")) if path.parent != PACKAGE)


def block(title: str) -> list[str]:
    """The lines of the drawing under a title."""
    found = re.search(rf"## {title}\n.*?```\n(.*?)```", PAGE, re.S)
    assert found is not None
    return found[1].splitlines()


def test_the_page_draws_every_folder_with_what_it_says_of_itself() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in block("Folders"):
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, says = line.strip().partition("/")
        path = [*path[:depth], name]
        drawn["/".join(path)] = says.strip()
    told = {}
    for folder in folders():
        text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
        told[folder.relative_to(PACKAGE).as_posix()] = text.split("\n\n")[0].replace("\n", " ")
    assert drawn == told
    assert all(told.values())


def test_the_page_draws_the_layers_that_are_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = [layer for layer in contracts[0]["layers"] if layer != "__main__"]
    drawn = [re.split(r"\s{2,}", line)[0] for line in block("Layers")]
    assert drawn == layers[::-1]


def test_the_page_draws_the_layers_of_the_reader() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [contract] = [
        each for each in settings["tool"]["importlinter"]["contracts"] if each.get("containers") == ["stopgap_drafting"]
    ]
    drawn = [re.split(r"\s{2,}", line)[0] for line in block("Packages")]
    assert drawn == contract["layers"][::-1]


def test_no_folder_holds_more_files_than_one_can_look_through() -> None:
    large = {
        folder.relative_to(PACKAGE).as_posix() for folder in folders() if len(list(folder.glob("*.py"))) > MOST_FILES
    }
    assert large <= NOT_YET
    assert all(
        len(list(folder.glob("*.py"))) <= MOST_FILES for folder in [READER, *READER.iterdir()] if folder.is_dir()
    )
