"""BACI's shares of 30 critical materials, rebuilt from raw UN Comtrade rows: a small version of bench/prove_baci.py."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT.parent / "shared" / "data" / "trade" / "baci-critical-materials"


@pytest.fixture(scope="module")
def proof() -> Any:
    if not (FOLDER / "comtrade_2024.csv.gz").exists():
        pytest.skip(f"the figures are not at {FOLDER.relative_to(ROOT.parent)}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        yield importlib.import_module("prove_baci")


def test_shares_of_exporters_are_those_of_baci(proof: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, baci, (worlds, added_up) = proof.load(FOLDER)
    assert added_up == worlds > 3_900  # the largest of several values is the total, in every reporter, good and flow
    tables = proof.rebuilt(pairs)
    ours = proof.agreement("ours", pairs, tables["ours: FOB, mean of logs"], baci)
    alone = proof.agreement("exporter", pairs, tables["exporter's report first"], baci)
    assert len(ours.materials) == 30
    assert ours.top >= 26
    assert ours.mean(3) < 1.2
    assert ours.correlation > 0.985
    assert ours.mean(3) < alone.mean(3)
    assert ours.correlation > alone.correlation
    said = capsys.readouterr().out
    assert "the slopes explain next to nothing of single flows" in said  # R² 0.03: the slice is too narrow
    assert "median by good" in said
    assert np.isfinite(tables["ours: FOB, mean of logs"]).sum() == len(pairs)
