"""A lake with the bundled figures, imported once, and a way to run commands in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_calls import RELEASE, comtrade_file

from stopgap.cli.main import run


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its JSON answer."""
        return json.loads(self.out)


@pytest.fixture
def stopgap_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """Runs a command here: ``stopgap_run("goods", "show", "chips")``; no lake of the user's is touched."""
    monkeypatch.setenv("STOPGAP_LAKE", str(tmp_path / "empty-lake"))
    monkeypatch.delenv("STOPGAP_DEBUG", raising=False)

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        words: Sequence[str] = [str(argument) for argument in arguments]
        code = run(words)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return call


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small lake: v1 says that China sold 70 million in 2023, v2 says 82."""
    from stopgap.intake.importing import import_paths

    folder = tmp_path_factory.mktemp("releases")
    later = [(*row[:3], 82e6 if row[3] == 70e6 else row[3]) for row in RELEASE]
    for number, rows in enumerate((RELEASE, later), 1):
        import_paths(folder / "lake", [comtrade_file(folder / f"release-{number}.csv", rows)])
    return folder / "lake"


@pytest.fixture
def small_lake(two_releases: Path, tmp_path: Path) -> Path:
    """A copy of the small lake that a test may change."""
    return Path(shutil.copytree(two_releases, tmp_path / "lake"))


@pytest.fixture
def processors(tmp_path: Path) -> Path:
    path = tmp_path / "processors.csv"
    path.write_text("code,description\n854231,Processors\n")
    return path
