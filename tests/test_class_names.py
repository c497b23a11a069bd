"""A class name means one thing in the whole package, or begins with an underscore."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "src" / "stopgap", ROOT / "packages" / "drafting" / "src" / "stopgap_drafting")


def test_class_names_are_unique() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(path.relative_to(ROOT).as_posix())
    assert len(found) > 500
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
