"""Settings of every test: properties are asked of the same examples each time, and no example runs against a clock."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private keys cost no time to lock; what they cost in earnest is tested with the key files."""
    if request.path.name != "test_key_files.py":
        from stopgap.evidence import key_files

        monkeypatch.setattr(key_files, "_COST", 16)
