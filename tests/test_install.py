"""``make install``: the command on the path, its manual pages and completion, and all of it away again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import install as installing  # noqa: E402


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prefix in a home of its own, and a command that stands for .venv/bin/stopgap."""
    program = tmp_path / "checkout" / ".venv" / "bin" / "stopgap"
    program.parent.mkdir(parents=True)
    paths = os.pathsep.join(path for path in sys.path if path)
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{paths}" exec "{sys.executable}" -m stopgap "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(installing, "COMMAND", program)
    return tmp_path / "home" / ".local"


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_the_command_is_found_and_runs(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installing.install(prefix)
    said = capsys.readouterr().out
    assert f"linked:  {prefix / 'bin' / 'stopgap'}" in said
    assert f'export PATH="{prefix / "bin"}:$PATH"' in said
    env = {**os.environ, "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["stopgap", "goods", "--format", "csv"], env=env, capture_output=True, text=True, check=True)
    assert "chpl-2024-02" in done.stdout


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_finds_the_page_by_the_path_alone(prefix: Path) -> None:
    installing.install(prefix)
    env = {name: value for name, value in os.environ.items() if name != "MANPATH"}
    env["PATH"] = f"{prefix / 'bin'}{os.pathsep}{env['PATH']}"
    for page in ("stopgap", "stopgap-measure"):
        found = subprocess.run(["man", "-w", page], env=env, capture_output=True, text=True, check=True).stdout
        assert Path(found.strip()) == prefix / "share" / "man" / "man1" / f"{page}.1"


def test_the_completion_is_that_of_the_command(prefix: Path) -> None:
    from stopgap.cli.terminal.completion import SCRIPTS

    installing.install(prefix)
    for shell, place in installing._COMPLETION.items():
        assert (prefix / place).read_text("utf-8") == SCRIPTS[shell]


@pytest.mark.prove_only
def test_installed_twice_and_uninstalled_nothing_is_left(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = prefix / "share" / "man" / "man1" / "mine.1"
    mine.parent.mkdir(parents=True)
    mine.touch()
    installing.install(prefix)
    once = everything(prefix)
    installing.install(prefix)
    assert everything(prefix) == once
    capsys.readouterr()
    installing.uninstall(prefix)
    assert f"removed: {len(once) - 1} files" in capsys.readouterr().out
    assert everything(prefix) == ["share/man/man1/mine.1"]


@pytest.mark.parametrize("do", ["install", "uninstall"])
def test_another_command_of_that_name_is_left_alone(prefix: Path, do: str) -> None:
    other = prefix / "bin" / "stopgap"
    other.parent.mkdir(parents=True)
    other.write_text("another program")
    with pytest.raises(SystemExit, match="another stopgap stands there"):
        getattr(installing, do)(prefix)
    assert everything(prefix) == ["bin/stopgap"]
    assert other.read_text() == "another program"


def test_without_the_command_nothing_is_written(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "COMMAND", prefix / "none")
    with pytest.raises(SystemExit, match="there is no command yet"):
        installing.install(prefix)
    assert not prefix.exists()
