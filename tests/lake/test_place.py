"""What stands at a lake's path: each case has its own words and its own fix, and none is taken for another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import InputError, MissingDataError, RefusedError, StopgapError
from stopgap.lake.place import LakePlace, lake_place, need_lake, nothing_loaded
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.store import writing

SAID = {
    LakePlace.ABSENT: "no such folder",
    LakePlace.FILE: "it is a file",
    LakePlace.NEW: "its folder is empty",
    LakePlace.OTHER: "the folder holds other files",
    LakePlace.LAKE: "the lake holds no trade yet",
    LakePlace.DAMAGED: "is damaged",
}


@pytest.fixture
def places(tmp_path: Path) -> dict[LakePlace, Path]:
    made = {place: tmp_path / f"is-{place}" for place in SAID}
    made[LakePlace.FILE].write_text("x")
    made[LakePlace.NEW].mkdir()
    made[LakePlace.OTHER].mkdir()
    (made[LakePlace.OTHER] / "letter.txt").write_text("x")
    (made[LakePlace.LAKE] / "claims").mkdir(parents=True)
    put(made[LakePlace.DAMAGED], [trade_row()])
    shutil.rmtree(made[LakePlace.DAMAGED] / "tables" / "trade" / "_delta_log")
    return made


@pytest.mark.parametrize("place", SAID)
def test_each_place_is_told_apart(place: LakePlace, places: dict[LakePlace, Path]) -> None:
    assert lake_place(places[place]) is place
    with pytest.raises(StopgapError) as caught:
        take_snapshot(places[place])
    assert SAID[place] in caught.value.what
    assert [other for other, words in SAID.items() if words in caught.value.what and other is not LakePlace.LAKE] in (
        [place],
        [],
    )
    assert caught.value.fix
    assert isinstance(caught.value, InputError if place is LakePlace.DAMAGED else MissingDataError)
    assert str(places[place]) in caught.value.where


def test_what_is_no_lake_is_refused_and_an_empty_one_is_not(places: dict[LakePlace, Path]) -> None:
    for place in (LakePlace.ABSENT, LakePlace.FILE, LakePlace.OTHER):
        with pytest.raises(MissingDataError, match="there is no lake at"):
            need_lake(places[place])
    need_lake(places[LakePlace.NEW])
    need_lake(places[LakePlace.LAKE])


def test_a_lake_nearby_is_named(tmp_path: Path) -> None:
    put(tmp_path / "my-lake", [trade_row()])
    assert str(tmp_path / "my-lake") in nothing_loaded(tmp_path / "my-lke").fix
    assert str(tmp_path / "my-lake") in nothing_loaded(tmp_path).fix
    assert f"the lake is the folder {tmp_path / 'my-lake'}" in nothing_loaded(tmp_path / "my-lake" / "tables").fix


def test_nothing_is_written_into_a_file(places: dict[LakePlace, Path]) -> None:
    with pytest.raises(RefusedError, match="is a file, and a lake is a folder"), writing(places[LakePlace.FILE]):
        pass
    assert places[LakePlace.FILE].read_text() == "x"
