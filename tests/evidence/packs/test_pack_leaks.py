"""Random lakes with random markings: nothing above the pack's marking is in the pack's bytes (the long run: bench/prove_pack_lakes.py)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from exposure_lake import declare, line
from pack_made import AMBER, ON, key, open_lake, packed, trust_in
from random_lakes import bare, differences, leaks, make_lake, pack_of, twin_of

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.packs.verify import verify_pack
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest


@pytest.mark.one_in(10)
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


@pytest.mark.prove_only
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


LISTED = "entity_id,name,country\n1,Vagadote Electronics Ltd,CN\n2,Quiet Orchard Bakery,FR\n"
REVISED = "entity_id,name,country\n2,Quiet Orchard Bakery,FR\n3,ООО «Лоримена»,RU\n"


def _with_companies(folder: Path, editions: dict[str, tuple[str, Marking]]) -> dict[str, Any]:
    """The companies in a redacted AMBER pack of a lake with declarations and some editions of a list."""
    folder.mkdir()
    lake = open_lake(folder)
    declare(folder, [line(number, declaration_date="2023-06-15") for number in range(1, 4)])
    for day, (text, marking) in editions.items():
        path = folder / f"list-{day}.csv"
        path.write_text(text, "utf-8")
        import_paths(
            lake,
            [path],
            ImportRequest(source="list", list_name="watched", list_date=day, allow_shrink=True, marking=marking),
        )
    path = packed(lake, folder / "p.zip", AMBER, redact=True, parts=("exposure",)).path
    with zipfile.ZipFile(path) as archive:
        [name] = [each for each in archive.namelist() if each.startswith("data/exposure/")]
        found: dict[str, Any] = bare(json.loads(archive.read(name)))
    return found


@pytest.mark.prove_only
def test_companies_are_looked_up_in_the_lists_that_may_go(tmp_path: Path) -> None:
    """A stricter edition of a list is no reason to leave out the one before, nor does it show."""
    clear, red = Marking(Tlp.CLEAR), Marking(Tlp.RED)
    without = _with_companies(tmp_path / "without", {"2024-01-01": (LISTED, clear)})
    redacted = _with_companies(tmp_path / "redacted", {"2024-01-01": (LISTED, clear), "2024-02-01": (REVISED, red)})
    whole = _with_companies(tmp_path / "whole", {"2024-01-01": (LISTED, clear), "2024-02-01": (REVISED, clear)})
    assert without["screened"]["lists"]
    assert redacted == without
    assert whole["companies"] != without["companies"]
