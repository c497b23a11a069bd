"""Which entries of several lists are one entity."""

from __future__ import annotations

import pytest

from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.results import ScreenQuery

EL = "Entity List (EL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"


def entity(own, name, *, listed="us-csl", aliases=(), **more):
    names = (ListedName(name), *(ListedName(alias, NameKind.ALIAS) for alias in aliases))
    return ListedEntity(own, listed, None, more.pop("schema", "Company"), names, **more)


def are_one(*entities):
    """Whether the first two entries are one entity."""
    same = NameIndex.build(entities).same.tolist()
    return same[0] == same[1]


def number(kind, value):
    return {"identifiers": (Identifier(kind, value),)}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (entity("1", "Mikron JSC", countries=("RUS",)), entity("2", "PJSC MIKRON", listed="un", countries=("RUS",)), True),
        (entity("1", "Mikron JSC", countries=("RUS",)), entity("2", "Mikron JSC", listed="un", countries=("DEU",)), False),
        (entity("1", "Mikron JSC", countries=("RUS",)), entity("2", "Mikron JSC", listed="un"), False),
        (entity("1", "Mikron LLC", countries=("RUS",)), entity("2", "Mikron JSC", listed="un", countries=("RUS",)), False),
        (entity("1", "Mikron", countries=("RUS",)), entity("2", "Mikron", countries=("RUS",)), False),
        (entity("1", "Mikron", countries=("RUS",)), entity("2", "Mikron", listed="un", countries=("RUS",), schema="Vessel"), False),
        (entity("1", "Mikron Works", countries=("RUS",)),
         entity("2", "Other Name", aliases=("Works Mikron",), listed="un", countries=("RUS",)), True),
        (entity("1", "Other", aliases=("Mikron Works",), countries=("RUS",)),
         entity("2", "Another", aliases=("Mikron Works",), listed="un", countries=("RUS",)), False),
        (entity("1", "Mikron"), entity("2", "Quite Other", listed="un", **number("inn", "7735007358")), False),
        (entity("1", "Mikron", **number("inn", "7735007358")),
         entity("2", "Quite Other", listed="un", **number("inn", "7735007358")), True),
        (entity("1", "Mikron", **number("inn", "7735007358")),
         entity("2", "Quite Other", listed="un", **number("tax", "7735007358")), True),
        (entity("1", "Mikron", **number("tax", "7735007358")),
         entity("2", "Quite Other", listed="un", **number("tax", "7735007358")), False),
        (entity("1", "Mikron", countries=("RUS",), **number("inn", "7735007358")),
         entity("2", "Mikron", listed="un", countries=("RUS",), **number("inn", "7704730655")), False),
        (entity("1", "Mikron", listed="eu-833-2014-III"), entity("2", "MIKRON", listed="eu-269-2014-I", countries=("RUS",)), True),
        (entity("1", "Mikron", countries=("RUS",), programmes=(EL,)), entity("2", "Mikron", countries=("RUS",), programmes=(SDN,)), True),
        (entity("1", "Mikron", countries=("RUS",), programmes=(EL,)), entity("2", "Mikron", countries=("RUS",), programmes=(EL,)), False),
    ],
)  # fmt: skip
def test_by_number_or_by_name_and_country(one, other, is_one):
    assert are_one(one, other) is is_one
    assert are_one(other, one) is is_one


def test_an_entry_without_a_country_joins_no_two_of_different_countries():
    same = NameIndex.build(
        [
            entity("1", "Mikron", listed="eu-1-2014-I", countries=("RUS",)),
            entity("2", "Mikron", listed="eu-2-2014-I"),
            entity("3", "Mikron", listed="eu-3-2014-I", countries=("BLR",)),
        ]
    ).same.tolist()
    assert same[0] != same[2]
    assert same[1] in (same[0], same[2])


def test_one_entity_is_one_match_and_leaves_room_for_others(tmp_path):
    several = [entity(str(each), "Quantum Gear JSC", listed=f"list-{each}", countries=("RUS",)) for each in range(6)]
    index = NameIndex.build([*several, entity("other", "Quantum Gears Trading", countries=("RUS",))])
    [flat] = index.search([ScreenQuery("Quantum Gear JSC")], limit=5)
    assert [match.name for match in flat] == ["Quantum Gear JSC"] * 5
    [found] = index.search([ScreenQuery("Quantum Gear JSC")], limit=5, grouped=True)
    assert [match.name for match in found] == ["Quantum Gear JSC", "Quantum Gears Trading"]
    assert found[0] == flat[0]
    assert index.entries.members(3) == (0, 1, 2, 3, 4, 5)
    index.save(tmp_path / "index")
    opened = NameIndex.open(tmp_path / "index")
    assert opened.search([ScreenQuery("Quantum Gear JSC")], limit=5, grouped=True) == [found]
    [elsewhere] = index.search([ScreenQuery("Quantum Gear JSC")], grouped=True, lists=frozenset({"list-4"}))
    assert [match.list for match in elsewhere] == ["list-4"]
