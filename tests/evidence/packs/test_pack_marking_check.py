"""Markings of a pack that its own signer wrote down wrong: the seal holds, and the check ``marking`` names what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pack_made import ON, RED, key, open_lake, packed, trust_in
from party_packs import resealed

from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.packs.verify import verify_pack

AMBER = {"tlp": "TLP:AMBER", "releasable_to": None}
CLEAR = {"tlp": "TLP:CLEAR", "releasable_to": None}
RELEASE = {"id": "r-1", "marking": CLEAR, "who": "head", "when": "2026-07-01T12:00:00Z", "why": "agreed"}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("markings")
    return packed(open_lake(folder), folder / "p.zip", RED).path


def items_of(pack: Path) -> list[dict[str, Any]]:
    return list(json.loads(read_archive(pack).read("data/evidence.json"))["items"])


def faults(pack: Path, output: Path, items: list[dict[str, Any]]) -> tuple[str | None, str]:
    """The first failing check of a pack whose signer lists these items, and what it says."""
    changed = resealed(pack, output, signer=key().private, items=items)
    found = verify_pack(changed, trust_in(key()), on=ON, numbers=False)
    failed = found.failed
    return (None, "") if failed is None else (failed.name, " ".join((failed.says, *failed.details)))


def of_kind(items: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(item for item in items if item["kind"] == kind)


def test_a_pack_as_it_was_made_holds(pack: Path, tmp_path: Path) -> None:
    assert faults(pack, tmp_path / "a.zip", items_of(pack)) == (None, "")


def test_an_item_below_what_it_rests_on(pack: Path, tmp_path: Path) -> None:
    items = items_of(pack)
    of_kind(items, "receipt").update(own_marking=AMBER, marking=AMBER)
    name, says = faults(pack, tmp_path / "a.zip", items)
    assert name == "marking"
    assert "by what it rests on it is TLP:AMBER" in says


def test_an_item_below_its_own_mark(pack: Path, tmp_path: Path) -> None:
    items = items_of(pack)
    of_kind(items, "goods")["own_marking"] = AMBER
    assert faults(pack, tmp_path / "a.zip", items)[0] == "marking"


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("kind", "release", "says"),
    [
        ("receipt", {}, "cannot be released"),
        ("finding", {"item": "finding:another"}, "not about this item"),
        ("finding", {"why": " "}, "no reason"),
        ("finding", {"marking": {"tlp": "TLP:PINK", "releasable_to": None}}, "not known"),
    ],
)
def test_a_release_that_has_no_effect(
    kind: str, release: dict[str, Any], says: str, pack: Path, tmp_path: Path
) -> None:
    items = items_of(pack)
    item = of_kind(items, kind)
    item["release"] = {**RELEASE, "item": item["id"], **release}
    name, said = faults(pack, tmp_path / "a.zip", items)
    assert name == "marking"
    assert says in said


@pytest.mark.prove_only
def test_items_in_a_circle_and_a_chain_without_end(pack: Path, tmp_path: Path) -> None:
    items = items_of(pack)
    receipt, goods = of_kind(items, "receipt"), of_kind(items, "goods")
    receipt["inputs"], goods["inputs"] = [goods["id"]], [receipt["id"]]
    name, says = faults(pack, tmp_path / "a.zip", items)
    assert name == "marking"
    assert "circle" in says
    items = items_of(pack)
    made = {"kind": "decision", "title": "a link", "marking": CLEAR, "own_marking": CLEAR, "files": [], "release": None}
    items += [{**made, "id": f"decision:{n}", "inputs": [f"decision:{n + 1}"] if n < 5000 else []} for n in range(5001)]
    assert faults(pack, tmp_path / "b.zip", items)[0] == "pages"  # the titles are those of no document


def test_an_item_that_rests_on_nothing_here(pack: Path, tmp_path: Path) -> None:
    items = items_of(pack)
    of_kind(items, "goods")["inputs"] = ["receipt:elsewhere"]
    name, says = faults(pack, tmp_path / "a.zip", items)
    assert name == "marking"
    assert "which is not in the pack" in says
