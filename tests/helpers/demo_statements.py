"""The six statements of the demo, registered, tested and on their pages: made once in a run for all tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_lake import make_demo_lake
from made_once import made_once

from stopgap.demo import claims
from stopgap.demo.claims import DemoClaims

WHO = "Registrar Roe"
WHEN = "2026-12-01T10:00:00Z"


def _make(folder: Path) -> DemoClaims:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "WHO", WHO)
        return claims.with_examples(make_demo_lake(folder / "lake"), folder, when=WHEN)


def demo_statements() -> tuple[Path, DemoClaims]:
    """The lake, which is not to be written to, and what was made of it."""
    folder, made = made_once("statements", _make)
    return folder / "lake", made
