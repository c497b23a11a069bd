"""Kinds of listed entities and of what is looked up: company, organisation, public body, vessel, aircraft, person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stopgap.base.errors import UsageError
from stopgap.screening.names.company_name import read_name
from stopgap.screening.names.languages import tongue_of

LEFT_OUT = frozenset({"Person"})
"""Schemas of entries that are not matched, because the methods are for names of firms and vessels."""


class EntityKind(StrEnum):
    """What a listed entity is, in words for people."""

    COMPANY = "company"
    ORGANISATION = "organisation"
    PUBLIC_BODY = "public body"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    PERSON = "person"
    ENTITY = "entity"  # the list does not tell which, and its name does not either


class Sphere(StrEnum):
    """Kinds that cannot be one another: an organisation is no vessel, whatever its name."""

    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    PERSON = "person"


_BY_SCHEMA = {
    "Company": EntityKind.COMPANY,
    "Organization": EntityKind.ORGANISATION,
    "PublicBody": EntityKind.PUBLIC_BODY,
    "Vessel": EntityKind.VESSEL,
    "Airplane": EntityKind.AIRCRAFT,
    "Person": EntityKind.PERSON,
}
_SPHERES = {
    "Company": Sphere.ORGANISATION,
    "Organization": Sphere.ORGANISATION,
    "PublicBody": Sphere.ORGANISATION,
    "LegalEntity": Sphere.ORGANISATION,
    "Vessel": Sphere.VESSEL,
    "Airplane": Sphere.AIRCRAFT,
    "Person": Sphere.PERSON,
}
_SPELLED = {
    "company": "Company", "firm": "Company", "organization": "Organization", "organisation": "Organization",
    "publicbody": "PublicBody", "legalentity": "LegalEntity", "entity": "LegalEntity", "vessel": "Vessel",
    "ship": "Vessel", "airplane": "Airplane", "aircraft": "Airplane", "person": "Person",
}  # fmt: skip
_COMPANY_FORMS = frozenset({"llc", "jsc", "llp", "lp", "soe"})
SCHEMAS = "company, vessel, organization, public body, aircraft"
"""Kinds that can be asked for, as messages name them."""


@dataclass(frozen=True, slots=True)
class ToldKind:
    """Kind of an entity, and what tells it: ``list``, ``name`` (legal form or a word), or ``None`` if nothing does."""

    kind: EntityKind
    basis: str | None


def told_kind(schema: str, name: str) -> ToldKind:
    """Return the kind of a listed entity by its FollowTheMoney schema, or by its name where the schema leaves it open."""
    if (kind := _BY_SCHEMA.get(schema)) is not None:
        return ToldKind(kind, "list")
    if schema == "LegalEntity":
        if tongue_of(name).is_public_body:
            return ToldKind(EntityKind.PUBLIC_BODY, "name")
        if names_a_company(name):
            return ToldKind(EntityKind.COMPANY, "name")
    return ToldKind(EntityKind.ENTITY, None)


def names_a_company(name: str) -> bool:
    """Return whether a name bears a legal form of companies, such as LLC or JSC."""
    return not _COMPANY_FORMS.isdisjoint(read_name(name).forms)


def sphere_of(schema: str | None) -> Sphere | None:
    """Return the sphere of a FollowTheMoney schema; ``None`` if it is in none."""
    return _SPHERES.get(schema) if schema else None


def has_company_form(forms: frozenset[str]) -> bool:
    """Return whether the legal forms of a parsed name are of companies."""
    return not _COMPANY_FORMS.isdisjoint(forms)


def schema_named(text: str | None) -> str | None:
    """Return the FollowTheMoney schema of a kind as users spell it: ``company``, ``Vessel``, ``public body``.

    Raises:
        UsageError: There is no such kind.
    """
    if text is None or not text.strip():
        return None
    key = "".join(letter for letter in text.lower() if letter.isalpha())
    if key not in _SPELLED:
        raise UsageError(f"{text[:40]!r} is no kind of entity", where="--schema", fix=f"give one of: {SCHEMAS}")
    return _SPELLED[key]
