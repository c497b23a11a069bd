"""The six statements of the demo, registered, tested and on their pages: made once in a process for all tests that read them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from demo_lake import make_demo_lake

from stopgap.demo import claims
from stopgap.demo.claims import DemoClaims

WHO = "Registrar Roe"
WHEN = "2026-12-01T10:00:00Z"


@cache
def demo_statements() -> tuple[Path, DemoClaims]:
    """The lake, which is not to be written to, and what was made of it."""
    folder = Path(tempfile.mkdtemp(prefix="stopgap-statements-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lake = make_demo_lake(folder / "lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "WHO", WHO)
        return lake, claims.with_examples(lake, folder, when=WHEN)
