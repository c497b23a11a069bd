"""Random markings: no label is below the marking of a part of the lake by which the answer differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from marking_cases import Case
from marking_oracle import Key, asked, make_oracle, trials
from whole_lake import home

from stopgap.evidence.keys import files as key_files

QUICK = frozenset(
    {
        "alerts list", "alerts show", "claims list", "claims show", "claims texts list", "decisions list", "decisions export",
        "decisions verify", "lake vintages", "lists", "lists entity", "markings list", "markings show", "measure", "pack received",
        "query",
    }
)  # fmt: skip


def quick(key: Key, case: Case) -> bool:
    return key[0] in QUICK and asked(key, case)


@pytest.mark.prove_only
def test_no_label_is_below_what_the_answer_rests_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The long proof is ``bench/prove_markings.py``; here one file is changed, and the quick commands are asked."""
    monkeypatch.setattr(key_files, "_COST", 16)
    with home(tmp_path / "home"):
        oracle = make_oracle(tmp_path / "lakes", files=("late.csv",), keys=quick)
        parts = {part.partition(":")[0] for key in oracle.rests_on for part in oracle.rests_on[key]}
        assert {"late.csv", "claim", "decision"} <= parts
        ran = list(trials(oracle, 150, seed=7))
    assert len(ran) == 150
    assert [fault for *_, fault in ran if fault is not None] == []
