"""The view of a pack: what it gives, and what it refuses to be a view of."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from exchange_made import AMBER, CLEAR, GREEN, Made, made_pack, made_view

from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.packs.view import view_pack


def test_a_view_gives_items_documents_tables_and_files() -> None:
    view = made_view()
    assert view.marking == AMBER
    assert view.signer == ("Ministry of Example", "sha256:" + "ab" * 32)
    assert view.made_at.isoformat() == "2026-07-01T12:00:00+00:00"
    assert [item["kind"] for item in view.items()] == [
        "receipt", "finding", "finding", "claim", "verdict", "alert", "alert", "decision",
    ]  # fmt: skip
    first, second = view.items("finding")
    assert view.document(first)["suspended"]["loss_usd"] == 800.0
    assert view.document(second)["total"]["lines"] == 25
    assert (view.marking_of(first), view.marking_of(second)) == (CLEAR, AMBER)
    assert view.table("rows/TLP-CLEAR_trade.parquet").to_pylist() == [{"reporter": "DEU", "value_usd": 1000.0}]
    assert "evidence.json" in view.files()
    assert "bagit.txt" not in view.files()


def test_an_archive_that_was_read_is_as_good_as_a_mapping() -> None:
    class Archive:
        def __init__(self, members: Mapping[str, bytes]) -> None:
            self.members = members

        @property
        def names(self) -> list[str]:
            return list(self.members)

        def read(self, name: str) -> bytes:
            return self.members[name]

    view = view_pack(Archive(made_pack().done()))
    assert view.document(view.items("claim")[0])["id"] == "c-one"


def test_an_item_without_a_document_has_an_empty_one() -> None:
    made = Made(CLEAR)
    made.put("brief/TLP-CLEAR_brief.pdf", b"%PDF")
    made.add("brief", "brief:x", CLEAR, {}, files=["brief/TLP-CLEAR_brief.pdf"])
    view = made.view()
    assert view.document(view.items("brief")[0]) == {}


@pytest.mark.parametrize(
    ("pack", "item"),
    [
        (CLEAR, GREEN),
        (GREEN, Marking(Tlp.RED)),
        (GREEN, Marking(Tlp.GREEN, frozenset({"DEU"}))),
        (Marking(Tlp.RED, frozenset({"DEU", "FRA"})), Marking(Tlp.CLEAR, frozenset({"DEU"}))),
        (Marking(Tlp.RED, frozenset({"DEU"})), Marking(Tlp.CLEAR, frozenset())),
    ],
)
def test_a_pack_with_an_item_that_may_not_be_in_it_has_no_view(pack: Marking, item: Marking) -> None:
    made = Made(pack).add("claim", "claim:x", item, {})
    with pytest.raises(RefusedError, match="an item marked"):
        made.view()


def test_a_file_marked_more_strictly_than_its_item_is_refused() -> None:
    made = Made(AMBER).add("claim", "claim:x", CLEAR, {"id": "c"})
    name = f"data/{made.items[0]['files'][0]}"
    made.members[name] = json.dumps({"id": "c", "marking": AMBER.as_dict()}).encode()
    view = made.view()
    with pytest.raises(RefusedError, match="the file is marked TLP:AMBER REL DEU, FRA, its item TLP:CLEAR"):
        view.document(view.items()[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "stopgap-pack/2"},
        {"origin": {"name": "no fingerprint"}},
        {"made_at": "yesterday"},
        {"made_at": "2026-07-01T12:00:00"},
        {"name": ""},
        {"marking": {"tlp": "TLP:WHITE", "releasable_to": None}},
        {"as_of": 3},
    ],
)
def test_a_table_of_contents_that_does_not_hold_together_is_no_pack(changes: dict[str, object]) -> None:
    made = Made(AMBER)
    made.evidence |= changes
    with pytest.raises(InputError):
        made.view()


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "sandwich"},
        {"id": 3},
        {"files": [1]},
        {"inputs": None},
        {"marking": {"tlp": "green", "releasable_to": None}},
    ],
)
def test_an_item_that_is_none_is_no_pack(item: dict[str, object]) -> None:
    made = Made(AMBER).add("claim", "claim:x", CLEAR, {})
    made.items[0] |= item
    with pytest.raises(InputError):
        made.view()


def test_two_items_of_one_id_are_no_pack() -> None:
    with pytest.raises(InputError, match="twice"):
        Made(AMBER).add("claim", "claim:x", CLEAR, {}).add("claim", "claim:x", GREEN, {}).view()


def test_files_that_are_missing_or_not_what_they_should_be_are_said() -> None:
    made = Made(AMBER).add("claim", "claim:x", CLEAR, {}, files=["claims/none.json"])
    view = made.view()
    with pytest.raises(NotFoundError, match="no such file"):
        view.document(view.items()[0])
    made.put("claims/none.json", b'{"value": NaN}')
    view = made.view()
    with pytest.raises(InputError, match="not JSON"):
        view.document(view.items()[0])
    made.put("claims/none.json", b"[" * 100_000)
    view = made.view()
    with pytest.raises(InputError, match="not JSON"):
        view.document(view.items()[0])
    made.put("claims/none.json", b"[]")
    view = made.view()
    with pytest.raises(InputError, match="no object"):
        view.document(view.items()[0])
    made.put("rows/x.parquet", b"PAR1")
    with pytest.raises(InputError, match="not Parquet"):
        made.view().table("rows/x.parquet")
    with pytest.raises(InputError, match=r"no data/evidence\.json"):
        view_pack({})
