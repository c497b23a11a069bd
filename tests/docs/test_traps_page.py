"""Every trap of the documentation has a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_trap_names_tests_that_are_there() -> None:
    rows = [
        line for line in (ROOT / "docs/reference/traps.md").read_text("utf-8").splitlines() if line.startswith("| ")
    ][1:]
    assert len(rows) > 15
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, name in named:
            assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file}::{name}"
