"""Files, functions and lists of parameters stay as long as one can take in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "src" / "stopgap", ROOT / "packages" / "drafting" / "src" / "stopgap_drafting")
MOST_LINES_OF_A_FILE = 600
MOST_LINES_OF_A_FUNCTION = 80
MOST_PARAMETERS = 8


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{path.relative_to(ROOT).as_posix()}: {node.name}", node


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len(given) - (bool(given) and given[0].arg in ("self", "cls"))


def test_no_function_is_longer_than_one_can_take_in() -> None:
    found = list(functions())
    assert len(found) > 4_000, "the search finds too little: are the folders right?"
    assert [name for name, node in found if (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION] == []


def test_no_function_takes_more_parameters_than_one_can_keep_apart() -> None:
    assert [name for name, node in functions() if parameters(node) > MOST_PARAMETERS] == []


def test_no_file_is_longer_than_one_can_look_through() -> None:
    files = [path for source in SOURCES for path in source.rglob("*.py")]
    assert [path.name for path in files if len(path.read_text("utf-8").splitlines()) > MOST_LINES_OF_A_FILE] == []
