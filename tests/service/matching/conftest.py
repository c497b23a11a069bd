"""A lake with two made-up lists, shared by the tests that only read it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from matching_service import MORE
from screen_lake import load


@pytest.fixture(scope="package")
def kept_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake; not to be written to."""
    folder = tmp_path_factory.mktemp("matching")
    load(folder / "lake", folder / "a")
    load(folder / "lake", folder / "b", MORE, name="second-list", day="2024-07-01")
    return folder / "lake"


@pytest.fixture
def lake(kept_lake: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that writes."""
    shutil.copytree(kept_lake, tmp_path / "lake")
    return tmp_path / "lake"
