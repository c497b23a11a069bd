"""Random lakes with random markings: nothing above the pack's marking is in the pack's bytes (the long run: bench/prove_pack_lakes.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pack_made import ON, key, trust_in
from random_lakes import differences, leaks, make_lake, pack_of, twin_of

from stopgap.marking import Marking, Tlp
from stopgap.workflows.pack_verifying import verify_pack


@pytest.mark.parametrize("seed", range(1, 6))
def test_nothing_above_the_marking_gets_out(seed: int, tmp_path: Path) -> None:
    made = make_lake(tmp_path, seed)
    path = pack_of(made, tmp_path / "p.zip", brief=seed % 4 == 0)
    if path is None:
        return
    assert leaks(made, path) == []
    twin = twin_of(made, tmp_path)
    assert differences(path, pack_of(twin, tmp_path / "twin.zip", brief=False)) == []
    found = verify_pack(path, trust_in(key()), on=ON)
    assert found.failed is None, found.failed


def test_figures_of_the_whole_lake_are_told_from_those_without_a_file(tmp_path: Path) -> None:
    """The comparison must be able to fail: the pack of the whole lake is not that of the lake without a revision."""
    made = make_lake(tmp_path, 5)
    made.audience = Marking(Tlp.RED, frozenset({"DEU"}))
    for each in made.files:
        each.marks[:] = [Marking(Tlp.RED)]
    twin = twin_of(made, tmp_path)
    made.audience = Marking(Tlp.CLEAR)
    path = pack_of(made, tmp_path / "p.zip", brief=False)
    assert path is not None
    twin.audience = Marking(Tlp.RED)
    assert differences(path, pack_of(twin, tmp_path / "twin.zip", brief=False))


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """It must be able to fail: everything in a pack for all to see is found once it is called too high."""
    made = make_lake(tmp_path, 3)
    made.audience = Marking(Tlp.RED, frozenset({"DEU"}))
    for marks in (*made.words.values(), *made.values.values()):
        marks[:] = [Marking(Tlp.CLEAR)]
    path = pack_of(made, tmp_path / "p.zip", brief=False)
    assert path is not None
    made.audience = Marking(Tlp.CLEAR)
    for marks in (*made.words.values(), *made.values.values()):
        marks[:] = [Marking(Tlp.RED)]
    assert len(leaks(made, path)) > 10
