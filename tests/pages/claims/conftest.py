"""The lake of the demo with its statements."""

from __future__ import annotations

import pytest
from claims_demo import claims_demo

from stopgap.api import Lake


@pytest.fixture(scope="session")
def claims_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake; tests only read it."""
    return Lake(claims_demo(tmp_path_factory.mktemp("claims") / "lake"))
