"""No file imports, over any number of others, what imports it: also inside a layer, where import-linter does not look."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [ROOT / "src", ROOT / "packages" / "drafting" / "src"]


def modules(source: Path) -> dict[str, Path]:
    """Dotted name -> file."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Modules that a file imports, wherever the statement stands: within a function and for types alone too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in known:
                    yield name
                elif node.module in known:
                    yield node.module


def circle(source: Path) -> list[str]:
    """The modules of one circle, in order; empty where there is none."""
    known = modules(source)
    graph = {name: {other for other in imported(path, known) if other != name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.parent.name)
def test_no_file_imports_what_imports_it(source: Path) -> None:
    assert circle(source) == []


@pytest.mark.parametrize(
    "statement",
    [
        "from house.b import thing",
        "from house import b",
        "import house.b",
        "def lazily():\n    from house.b import thing",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.b import Thing",
    ],
)
def test_a_circle_is_found(statement: str, tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "__init__.py").write_text("")
    (house / "a.py").write_text(statement)
    (house / "b.py").write_text("from house.c import x")
    (house / "c.py").write_text("import house.a")
    assert sorted(set(circle(tmp_path))) == ["house.a", "house.b", "house.c"]
    (house / "c.py").write_text("x = 1")
    assert circle(tmp_path) == []


def test_the_order_within_a_measure_is_asked_of_every_measure() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [asked] = [each["containers"] for each in contracts if each["name"].startswith("In a measure")]
    folders = {path.parent.name for path in (ROOT / "src" / "stopgap" / "measures").glob("*/__init__.py")}
    assert {name.rpartition(".")[2] for name in asked} == folders - {"statistics"}, "add the folder to the contract"
