"""Material fields of a listed entity: a change in one of them reopens decisions on the entity."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from stopgap.screening.decisions.subject import PlainLetters
from stopgap.screening.entities import ListedEntity

MATERIAL_FIELDS = ("names", "identifiers", "countries", "programmes", "delisted_on")
"""Fields whose change reopens a decision. Addresses, listing dates, schema, the kind of a name and remarks are not
among them, and a name that differs only in case, spaces or punctuation counts as unchanged."""

DELISTED = "delisted"
"""Value of ``delisted_on`` for an entity that is no longer on its list, without a known day of delisting."""


@dataclass(frozen=True, slots=True)
class Material:
    """The material fields of a listed entity, as its list prints them, the entry's own name first.

    ``identifiers`` are ``kind:value``; ``delisted_on`` is ``YYYY-MM-DD``, ``delisted`` if the entity was removed
    without a known day, ``None`` while it is listed.
    """

    names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    delisted_on: str | None = None

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the normalised fields: entities with the same hash do not differ materially."""
        said = {name: sorted(_compared(name, self)) for name in MATERIAL_FIELDS}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8")).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as stored in events, without empty lists and without a missing day."""
        found = {name: getattr(self, name) for name in MATERIAL_FIELDS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class MaterialChange:
    """A material field that changed: ``old`` at the time of the decision, ``new`` now.

    ``added`` are values only in ``new``, as the list prints them; ``removed`` are values only in ``old``.
    """

    field: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def says(self) -> str:
        if self.field == "delisted_on":
            return f"taken off the list ({', '.join(self.new)})" if self.new else "on the list again"
        parts = [f"{sign} {', '.join(values)}" for sign, values in (("+", self.added), ("-", self.removed)) if values]
        return f"{self.field}: {'; '.join(parts)}"


def material_of(entity: ListedEntity) -> Material:
    """Return the material fields of an entity as currently listed."""
    return Material(
        names=tuple(dict.fromkeys(name.text for name in entity.names)),
        identifiers=tuple(sorted({f"{each.kind}:{each.value}" for each in entity.identifiers})),
        countries=tuple(sorted(set(entity.countries))),
        programmes=tuple(sorted(set(entity.programmes))),
        delisted_on=entity.delisted_on,
    )


def material_from(document: dict[str, Any]) -> Material:
    """Parse the material fields of an event; raises TypeError or ValueError if a field has the wrong type."""
    lists = {name: tuple(map(str, document.get(name) or ())) for name in MATERIAL_FIELDS[:-1]}
    delisted = document.get("delisted_on")
    return Material(**lists, delisted_on=None if delisted is None else str(delisted))


def content_hash(entity: ListedEntity) -> str:
    """Return the SHA-256 of all that a list states for an entity, except its edition (``list_date``, ``receipt``)."""
    said = {
        **{name: getattr(entity, name) for name in _CONTENT},
        "names": [(each.text, each.kind.value) for each in entity.names],
        "identifiers": [(each.kind, each.value) for each in entity.identifiers],
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


_CONTENT = tuple(
    each.name for each in fields(ListedEntity) if each.name not in ("list_date", "receipt", "names", "identifiers")
)


def material_changes(old: Material, new: Material) -> tuple[MaterialChange, ...]:
    """Return the material fields that differ, in the order of :data:`MATERIAL_FIELDS`; empty if none does."""
    found = []
    for name in MATERIAL_FIELDS:
        before, after = _compared(name, old), _compared(name, new)
        if before.keys() != after.keys():
            found.append(
                MaterialChange(
                    field=name,
                    old=_values(name, old),
                    new=_values(name, new),
                    added=tuple(after[key] for key in after if key not in before),
                    removed=tuple(before[key] for key in before if key not in after),
                )
            )
    return tuple(found)


def gone(material: Material) -> Material:
    """Return the material fields with the entity marked as delisted; a known day of delisting is kept."""
    return replace(material, delisted_on=material.delisted_on or DELISTED)


def _values(field: str, material: Material) -> tuple[str, ...]:
    value = getattr(material, field)
    if isinstance(value, tuple):
        return value
    return () if value is None else (str(value),)


def _compared(field: str, material: Material) -> dict[str, str]:
    """Map each normalised value of a field, which is compared, to the value as printed."""
    fold = bare if field in ("names", "programmes") else str
    found: dict[str, str] = {}
    for value in _values(field, material):
        found.setdefault(fold(value), value)
    return found


@lru_cache(maxsize=1 << 16)
def bare(text: str) -> str:
    """Case-fold a text and remove spaces, punctuation and invisible characters.

    A text of nothing else is only case-folded and stripped.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded.translate(_NOTHING_UNSEEN)) or folded.strip()


_NOTHING_UNSEEN = PlainLetters(gap="")
