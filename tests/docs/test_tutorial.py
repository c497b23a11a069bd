"""The tutorial's commands, run as they stand, give the outputs that it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.M | re.S)
MARK = "--- block"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to run the page with")


def steps() -> list[tuple[str, str]]:
    """Each block of commands, with the output that the page shows for it (empty where it shows none)."""
    found: list[tuple[str, str]] = []
    for kind, body in BLOCK.findall(TUTORIAL.read_text("utf-8")):
        if kind == "sh":
            found.append((body, ""))
        else:
            commands, shown = found.pop()
            found.append((commands, shown + body))
    return found


def plain(line: str) -> str:
    return " ".join(line.split())


def missing_line(shown: str, actual: str) -> str | None:
    """The first line shown that the output does not have after those before it; ``…`` stands for anything."""
    rest = iter([plain(line) for line in actual.splitlines()])
    for line in map(plain, shown.splitlines()):
        pattern = re.escape(line).replace("…", ".*")
        if line != "…" and not any(re.fullmatch(pattern, candidate) for candidate in rest):
            return line
    return None


def test_the_comparison_itself_notices_a_changed_figure() -> None:
    assert missing_line("a …\n…\nCHN 1 2\n", "a b\n\n  CHN   1   2 \n") is None
    assert missing_line("CHN 1 3\n", "CHN 1 2\n") == "CHN 1 3"
    assert missing_line("b\na\n", "a\nb\n") == "a"


def test_every_command_gives_what_the_page_shows(demo_lake: Path, tmp_path: Path) -> None:
    commands = [body.replace("make demo", "stopgap demo --output out --lake out/lake") for body, _ in steps()]
    assert len(commands) > 8
    (tmp_path / "out").mkdir()
    shutil.copytree(demo_lake, tmp_path / "out" / "lake")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "stopgap").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stopgap "$@"\n')
    (binaries / "stopgap").chmod(0o755)
    script = "".join(f"{body}\necho '{MARK}'\n" for body in commands)
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    outputs = ran.stdout.split(f"{MARK}\n")
    for (body, shown), actual in zip(steps(), outputs, strict=False):
        assert missing_line(shown, actual) is None, f"{body}\ngave\n{actual}"
    for page in ("brief.html", "claim.html"):
        assert (tmp_path / page).stat().st_size > 10_000
