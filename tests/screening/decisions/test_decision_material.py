"""Which changes of a listed entity are material, and which are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stopgap.screening.decisions.material import (
    MATERIAL_FIELDS,
    content_hash,
    gone,
    material_changes,
    material_from,
    material_of,
)
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind

ENTITY = ListedEntity(
    entity_id="E1", list="made-up", list_date="2024-06-01", schema="Company",
    names=(ListedName("Northwind Trading OOO"), ListedName("Северный ветер", NameKind.ALIAS)), countries=("RUS",),
    addresses=("1 Long Street",), identifiers=(Identifier("inn", "7701234567"),), programmes=("Annex IV",),
    listed_on="2023-02-25", receipt="aa",
)  # fmt: skip


def changed(**fields):
    return material_changes(material_of(ENTITY), material_of(replace(ENTITY, **fields)))


def names(*texts):
    return tuple(ListedName(text) for text in texts)


@pytest.mark.parametrize(
    "fields",
    [
        {"addresses": ("2 Short Street",)},
        {"listed_on": None},
        {"schema": "Organization"},
        {"list_date": "2024-07-01", "receipt": "bb"},
        {"names": names("NORTHWIND  TRADING, O.O.O.", "«СЕВЕРНЫЙ ВЕТЕР»")},
        {"names": names("Северный ветер", "Northwind Trading OOO", "Northwind Trading OOO.")},
        {"names": (ENTITY.names[0], ListedName("Северный ветер", NameKind.WEAK))},
        {"programmes": ("ANNEX IV",)},
    ],
)
def test_these_are_not_material(fields):
    assert changed(**fields) == ()
    assert material_of(replace(ENTITY, **fields)).hash == material_of(ENTITY).hash


@pytest.mark.parametrize(
    ("fields", "field", "added", "removed"),
    [
        ({"names": names("Northwind Trading OOO")}, "names", (), ("Северный ветер",)),
        ({"names": (*ENTITY.names, ListedName("NWT"))}, "names", ("NWT",), ()),
        ({"names": names("Northwind Traders OOO", "Северный ветер")}, "names", ("Northwind Traders OOO",), ("Northwind Trading OOO",)),
        ({"identifiers": (Identifier("inn", "7709999999"),)}, "identifiers", ("inn:7709999999",), ("inn:7701234567",)),
        ({"countries": ("RUS", "CYP")}, "countries", ("CYP",), ()),
        ({"countries": ()}, "countries", (), ("RUS",)),
        ({"programmes": ("Annex IV", "Annex XV")}, "programmes", ("Annex XV",), ()),
        ({"delisted_on": "2024-08-01"}, "delisted_on", ("2024-08-01",), ()),
    ],
)  # fmt: skip
def test_these_are_material_and_say_old_and_new(fields, field, added, removed):
    [change] = changed(**fields)
    assert (change.field, change.added, change.removed) == (field, added, removed)
    assert set(change.old) | set(added) >= set(change.new) - set(removed)
    assert material_of(replace(ENTITY, **fields)).hash != material_of(ENTITY).hash
    assert change.says


def test_several_fields_come_in_their_order():
    found = changed(names=names("Other"), countries=(), programmes=())
    assert [each.field for each in found] == ["names", "countries", "programmes"]
    assert set(MATERIAL_FIELDS) >= {each.field for each in found}


def test_gone_from_the_list_is_a_change_and_keeps_a_day_that_is_known():
    now = material_of(ENTITY)
    [change] = material_changes(now, gone(now))
    assert (change.field, change.new) == ("delisted_on", ("delisted",))
    assert gone(replace(now, delisted_on="2024-01-01")).delisted_on == "2024-01-01"


def test_what_an_event_carries_is_the_same_again():
    for material in (material_of(ENTITY), gone(material_of(ENTITY)), material_of(replace(ENTITY, countries=()))):
        assert material_from(material.as_dict()) == material


def test_the_hash_of_the_content_sees_all_but_the_edition():
    assert content_hash(replace(ENTITY, list_date=None, receipt=None)) == content_hash(ENTITY)
    others = [
        replace(ENTITY, addresses=()), replace(ENTITY, schema="Vessel"), replace(ENTITY, listed_on=None),
        replace(ENTITY, names=ENTITY.names[::-1]), replace(ENTITY, identifiers=()), replace(ENTITY, list="another"),
    ]  # fmt: skip
    assert len({content_hash(each) for each in [ENTITY, *others]}) == 7
