"""Kinds of listed entities, and kinds as users spell them."""

from __future__ import annotations

import pytest

from stopgap.base.errors import UsageError
from stopgap.screening.entity_kinds import EntityKind, schema_named, told_kind


@pytest.mark.parametrize(
    ("schema", "name", "kind", "basis"),
    [
        ("Company", "Gadget", EntityKind.COMPANY, "list"),
        ("Vessel", "Gadget LLC", EntityKind.VESSEL, "list"),
        ("Airplane", "EP-ABC", EntityKind.AIRCRAFT, "list"),
        ("PublicBody", "Gadget", EntityKind.PUBLIC_BODY, "list"),
        ("Person", "Ivan Petrov", EntityKind.PERSON, "list"),
        ("LegalEntity", "Gadget Trading LLC", EntityKind.COMPANY, "name"),
        ("LegalEntity", "Завод Гаджет, АО", EntityKind.COMPANY, "name"),
        ("LegalEntity", "Ministry of Gadgets", EntityKind.PUBLIC_BODY, "name"),
        ("LegalEntity", "Savunma Bakanlığı", EntityKind.PUBLIC_BODY, "name"),
        ("LegalEntity", "ABDIEL MADRID", EntityKind.ENTITY, None),
        ("Asset", "Pier", EntityKind.ENTITY, None),
    ],
)
def test_the_kind_and_what_tells_it(schema, name, kind, basis):
    told = told_kind(schema, name)
    assert (told.kind, told.basis) == (kind, basis)


@pytest.mark.parametrize(
    ("text", "schema"),
    [("company", "Company"), ("Vessel", "Vessel"), ("ship", "Vessel"), ("organization", "Organization"), (None, None),
     ("organisation", "Organization"), ("Public Body", "PublicBody"), ("LegalEntity", "LegalEntity"), ("person", "Person"), ("", None)],
)  # fmt: skip
def test_a_kind_as_users_spell_it(text, schema):
    assert schema_named(text) == schema


def test_a_kind_that_is_none():
    with pytest.raises(UsageError, match="no kind of entity"):
        schema_named("widget")
