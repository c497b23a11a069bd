"""A preview says of a pack what the pack then holds, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_state import lake_state
from pack_made import AMBER, EPISODE, GREEN, RED, SECRET_FILE, mixed_lake, open_lake, options, packed

from stopgap.api import Lake
from stopgap.base.errors import RefusedError, UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.evidence.packs.preview import preview_pack

SAID = {"who": "tester", "when": "2026-07-01T12:00:00Z", "why": "as its owner asks"}


def test_what_would_be_released_is_what_the_pack_holds(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    before = lake_state(lake)
    found = preview_pack(lake, EPISODE, options(GREEN))
    assert lake_state(lake) == before
    made = packed(lake, tmp_path / "made.zip")
    assert found.would_be_made
    assert found.withheld == ()
    assert {item.id for item in found.released} == {item["id"] for item in made.evidence["items"]}
    assert {item.id: item.effective.as_dict() for item in found.released} == {
        item["id"]: item["marking"] for item in made.evidence["items"]
    }
    assert found.economies is None


@pytest.mark.prove_only
def test_a_pack_that_would_be_refused_is_said_to_be_with_the_same_words_and_files(tmp_path: Path) -> None:
    lake, receipt = mixed_lake(tmp_path)
    found = preview_pack(lake, EPISODE, options(GREEN))
    with pytest.raises(RefusedError) as refused:
        packed(lake, tmp_path / "made.zip")
    assert found.refusal == refused.value.what
    assert [(item.id, item.reason) for item in found.withheld] == [(f"receipt:{receipt}", "above the marking")]
    assert SECRET_FILE in found.withheld[0].title


@pytest.mark.prove_only
def test_what_is_left_out_is_counted_as_the_pack_counts_it(tmp_path: Path) -> None:
    lake, _ = mixed_lake(tmp_path)
    found = preview_pack(lake, EPISODE, options(GREEN, redact=True))
    made = packed(lake, tmp_path / "made.zip", redact=True)
    assert found.would_be_made
    assert {item.id for item in found.released} == {item["id"] for item in made.evidence["items"]}
    counted = {(each["kind"], each["reason"]): each["count"] for each in made.evidence["left_out"]}
    shown: dict[tuple[str, str], int] = {}
    for item in found.withheld:
        shown[item.kind, str(item.reason)] = shown.get((item.kind, str(item.reason)), 0) + 1
    for kind, reason, count in found.counted:
        shown[kind, reason] = shown.get((kind, reason), 0) + count
    assert shown == counted


@pytest.mark.prove_only
def test_the_economies_are_those_that_every_piece_may_go_to(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    [row] = Lake(lake).query("SELECT receipt FROM receipts").arrow.to_pylist()
    set_marking(lake, f"receipt:{row['receipt']}", Marking(Tlp.GREEN, frozenset({"DEU", "FRA"})), **SAID)
    audience = Marking(Tlp.GREEN, frozenset({"DEU"}))
    found = preview_pack(lake, EPISODE, options(audience))
    assert found.would_be_made
    assert found.economies == {"DEU", "FRA"}


@pytest.mark.prove_only
def test_the_method_marks_its_answer_with_what_it_names(tmp_path: Path) -> None:
    lake, _ = mixed_lake(tmp_path)
    api = Lake(lake)
    assert api.packs.preview(EPISODE, marking="GREEN", goods="machinery-electronics").marking == RED
    alone = Lake(open_lake(tmp_path / "other"))
    assert alone.packs.preview(EPISODE, marking="CLEAR", goods="machinery-electronics").marking == CLEAR
    assert alone.packs.preview(EPISODE, marking="AMBER", goods="machinery-electronics").marking == AMBER
    with pytest.raises(UsageError):
        alone.packs.preview(EPISODE, marking="PURPLE")
