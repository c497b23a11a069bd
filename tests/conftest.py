"""What tests share: keys that cost no time, the lake of the demo, and a lake that holds some of everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from demo_lake import make_demo_lake
from made_once import made_once

if TYPE_CHECKING:
    from whole_lake import Whole


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private keys cost no time to lock; what they cost in earnest is tested with the key files."""
    if request.path.name != "test_key_files.py":
        from stopgap.evidence.keys import files as key_files

        monkeypatch.setattr(key_files, "_COST", 16)


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the demo. Tests only read it; findings that a measure keeps do not matter."""
    return make_demo_lake(tmp_path_factory.mktemp("demo") / "lake")


def _whole_lake(folder: Path) -> Whole:
    from whole_lake import extra_files, home, make_whole_lake

    from stopgap.evidence.keys import files as key_files

    with pytest.MonkeyPatch.context() as patch, home(folder / "home"):
        patch.setattr(key_files, "_COST", 16)
        made = make_whole_lake(folder)
        extra_files(made)
    return made


@pytest.fixture(scope="session")
def whole_lake_once() -> Whole:
    """The lake of :mod:`whole_lake`, made once in a run; :func:`whole` gives copies of what tests write to."""
    found: Whole = made_once("whole", _whole_lake)[1]
    return found


@pytest.fixture(scope="module")
def whole(whole_lake_once: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A lake that holds some of everything, for the tests of a file, with the keys of its user."""
    from whole_lake import home

    folder = tmp_path_factory.mktemp("whole")
    made = whole_lake_once.with_copies(folder)
    with home(folder / "home"):
        yield made
