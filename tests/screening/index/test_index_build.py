"""The index that a lake keeps: built once for the lists in force, whole whatever happens, never stale."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace

import pytest
from screen_lake import LISTED, load

from stopgap.base.errors import MissingDataError
from stopgap.screening.index import build as screen_index
from stopgap.screening.index.build import KEPT, ready_index
from stopgap.screening.index.entity_store import StoredEntries
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.results import ScreenQuery


@pytest.fixture
def lake(tmp_path):
    load(tmp_path / "lake", tmp_path / "1")
    return tmp_path / "lake"


@pytest.fixture
def built(monkeypatch):
    """How often an index was built."""
    calls = []
    whole = NameIndex.build.__func__

    def build(cls, entities):
        calls.append(1)
        return whole(cls, entities)

    monkeypatch.setattr(NameIndex, "build", classmethod(build))
    return calls


def kept(lake):
    return sorted((lake / "screening").iterdir())


def nearest(index, name="Northwind Trading"):
    [matches] = index.search([ScreenQuery(name)])
    return [match.entity_id for match in matches][:1]


def test_importing_a_list_builds_nothing_and_the_first_screening_does(lake, built):
    assert not (lake / "screening").exists()
    said = []
    ready = ready_index(lake, progress=lambda text, share: said.append(text))
    assert (ready.entities, ready.persons, len(built)) == (4, 1, 1)
    assert said == ["reading the lists: 5 of 5 entries", "building the index", "keeping the index"]
    again = ready_index(lake)
    assert (again.entities, again.persons, len(built)) == (4, 1, 1)
    assert nearest(again.index) == nearest(ready.index) == ["E1"]


def test_persons_are_not_matched(lake):
    assert ready_index(lake).index.search([ScreenQuery("Johannes Bergstrom")]) == [()]


@pytest.mark.prove_only
def test_another_edition_is_another_index_and_the_newest_few_are_kept(lake, tmp_path, built):
    seen = [ready_index(lake).fingerprint]
    for number in range(2, KEPT + 3):
        load(
            lake,
            tmp_path / str(number),
            (*LISTED, f"N{number},New Entry {number},,Company,,"),
            day=f"2024-{number + 5:02}-01",
        )
        ready = ready_index(lake)
        seen.append(ready.fingerprint)
        assert nearest(ready.index, f"New Entry {number}") == [f"N{number}"]
    assert len(set(seen)) == KEPT + 2
    assert len(kept(lake)) == KEPT
    assert ready_index(lake, as_of="v1").fingerprint == seen[0]
    assert len(built) == KEPT + 3


@pytest.mark.prove_only
def test_a_day_and_a_choice_of_lists_have_their_own(lake, tmp_path):
    load(lake, tmp_path / "o", ("O1,Other Firm,,Company,,",), name="other")
    every = ready_index(lake)
    day = ready_index(lake, on="2024-06-15")
    assert day.fingerprint != every.fingerprint
    assert day.fingerprint == ready_index(lake, as_of="2024-06-15").fingerprint
    assert {entity.list for entity in ready_index(lake, lists=["other"]).index.entities} == {"other"}


def damage(path, how):
    about = json.loads((path / "about.json").read_text())
    largest = max((path / "names").iterdir(), key=lambda each: each.stat().st_size)
    match how:
        case "cut":
            largest.write_bytes(largest.read_bytes()[:-10])
        case "flipped":
            content = bytearray(largest.read_bytes())
            content[len(content) // 2] ^= 1
            largest.write_bytes(bytes(content))
        case "missing":
            largest.unlink()
        case "no about":
            (path / "about.json").unlink()
        case "half about":
            (path / "about.json").write_text(json.dumps(about)[:-30])
        case "other about":
            (path / "about.json").write_text(json.dumps({**about, "fingerprint": "0" * 64}))
        case "about of another kind":
            (path / "about.json").write_text("[]")
        case "a file":
            shutil.rmtree(path)
            path.write_text("")


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "how", ["cut", "flipped", "missing", "no about", "half about", "other about", "about of another kind", "a file"]
)
def test_a_damaged_index_is_built_again(lake, built, how):
    path = ready_index(lake).folder
    damage(path, how)
    assert nearest(ready_index(lake).index) == ["E1"]
    assert len(built) == 2
    ready_index(lake)
    assert len(built) == 2


def test_what_a_killed_build_left_goes_in_time_and_is_never_taken(lake, monkeypatch):
    half = lake / "screening" / ".killed"
    half.mkdir(parents=True)
    (half / "about.json").write_text("{}")
    ready_index(lake)
    assert half.exists()  # perhaps another process builds in it now
    monkeypatch.setattr(screen_index, "_BUILDING_LIMIT_S", -1)
    shutil.rmtree(ready_index(lake).folder)
    ready_index(lake)
    assert not half.exists()


def test_two_may_build_at_once(lake):
    found, failed = [], []

    def build():
        try:
            found.append(nearest(ready_index(lake).index))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, found) == ([], [["E1"]] * 4)
    assert len(kept(lake)) == 1


def test_a_lake_that_cannot_be_written_is_screened_all_the_same(lake, monkeypatch):
    def refuse(index, about, place):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(screen_index, "_keep", refuse)
    ready = ready_index(lake)
    assert ready.folder is None
    ready.release()
    assert nearest(ready.index) == ["E1"]


def test_a_lake_without_lists_says_so(tmp_path):
    with pytest.raises(MissingDataError, match="there is no lake"):
        ready_index(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_entries_are_read_from_the_files_alike(lake):
    ready = ready_index(lake)
    held = ready.index.entries
    ready.release()
    stored = ready.entries
    assert isinstance(stored, StoredEntries)
    assert ready._held is None
    for number, entity in enumerate(ready_index(lake).index.entities):
        assert stored.number(entity.list, entity.entity_id) == number
        assert stored.entity(number) == replace(held.entity(number), remarks=())
        assert (stored.members(number), stored.remarks(number)) == (held.members(number), held.remarks(number))
    assert ready.formats["made-up"] == "list"
    assert ready.tongues["made-up"]["names"] > 0
