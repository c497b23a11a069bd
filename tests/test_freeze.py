"""What Stopgap says without a lake is what is recorded; ``tools/freeze.py`` compares all the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def freeze(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "freeze.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_help_and_what_is_known_are_as_recorded() -> None:
    """After a change on purpose: ``python tools/freeze.py record --part help --part known``, in a commit that says so."""
    done = freeze("compare", "--part", "help", "--part", "known")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.prove_only
def test_another_answer_is_named(tmp_path: Path) -> None:
    record = tmp_path / "freeze.json"
    assert freeze("record", "--part", "help", "--to", str(record)).returncode == 0
    text = record.read_text("utf-8")
    first = text.index('measure --help": "') + len('measure --help": "')
    record.write_text(text[:first] + "0" * 16 + text[first + 16 :], "utf-8")
    done = freeze("compare", "--part", "help", "--with", str(record))
    assert done.returncode == 1
    assert "other: measure --help" in done.stdout
