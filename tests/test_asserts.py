"""An ``assert`` of the package tells the type checker what is so and guards nothing: under ``python -O`` it is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "stopgap"


def _is_of_type(test: ast.expr) -> bool:
    """``x is not None``, or ``isinstance(x, y)``."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    return (
        isinstance(test, ast.Compare)
        and [type(each) for each in test.ops] == [ast.IsNot]
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )


def _others(text: str) -> Iterator[int]:
    """Lines of the asserts that say something else."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assert) and not _is_of_type(node.test):
            yield node.lineno


def test_no_assert_guards_anything_but_a_type() -> None:
    files = sorted(SOURCE.rglob("*.py"))
    assert len(files) > 500
    texts = {path: path.read_text("utf-8") for path in files}
    assert [f"{path.name}:{line}" for path, text in texts.items() if "assert" in text for line in _others(text)] == []


def test_one_that_does_is_found() -> None:
    assert list(_others("assert a == b\nassert x is not None\nassert isinstance(x, int)\nassert x\n")) == [1, 4]
