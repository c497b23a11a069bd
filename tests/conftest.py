"""What tests share: keys that cost no time, and the lake of the demo."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_lake import make_demo_lake


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
