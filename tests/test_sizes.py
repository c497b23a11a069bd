"""Files, functions and lists of parameters stay as long as one can take in."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "src" / "stopgap", ROOT / "packages" / "drafting" / "src" / "stopgap_drafting")
MOST_LINES_OF_A_FILE = 600
MOST_LINES_OF_A_FUNCTION = 80
MOST_PARAMETERS = 8


@cache
def functions() -> tuple[tuple[str, int, int], ...]:
    """Where each function of the package stands and its name, its lines, and its parameters."""
    return tuple(
        (f"{path.relative_to(ROOT).as_posix()}: {node.name}", (node.end_lineno or 0) - node.lineno, parameters(node))
        for source in SOURCES
        for path in sorted(source.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len(given) - (bool(given) and given[0].arg in ("self", "cls"))


def test_no_function_is_longer_than_one_can_take_in() -> None:
    assert len(functions()) > 4_000, "the search finds too little: are the folders right?"
    assert [name for name, lines, _ in functions() if lines >= MOST_LINES_OF_A_FUNCTION] == []


def test_no_function_takes_more_parameters_than_one_can_keep_apart() -> None:
    assert [name for name, _, taken in functions() if taken > MOST_PARAMETERS] == []


def test_no_file_is_longer_than_one_can_look_through() -> None:
    files = [path for source in SOURCES for path in source.rglob("*.py")]
    assert [path.name for path in files if len(path.read_text("utf-8").splitlines()) > MOST_LINES_OF_A_FILE] == []
