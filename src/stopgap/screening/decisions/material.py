"""Material fields of a listed entity, whose change reopens a decision."""

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
"""A decision is opened again when one of these differs. Addresses, dates of listing, schema, how a list calls a name, and
remarks are not among them; nor is a name that differs only in case, spaces or punctuation."""

DELISTED = "delisted"
"""What stands for the day where an entity is gone from its list and no day is told."""


@dataclass(frozen=True, slots=True)
class Material:
    """The material fields of a listed entity, as its list prints them, the entry's own name first.

    ``identifiers`` are ``kind:value``; ``delisted_on`` is ``YYYY-MM-DD``, ``delisted`` where it is gone without a day,
    ``None`` while it is on.
    """

    names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    delisted_on: str | None = None

    @property
    def hash(self) -> str:
        """SHA-256 of what is compared: two entities with the same hash do not differ materially."""
        said = {name: sorted(_compared(name, self)) for name in MATERIAL_FIELDS}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8")).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """As events carry it: lists that are empty, and a day that is not there, are left out."""
        found = {name: getattr(self, name) for name in MATERIAL_FIELDS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class MaterialChange:
    """A material field that differs: as it was when it was decided, and as it is.

    ``added`` are values of ``new`` that ``old`` has not, as the list prints them; ``removed`` those of ``old`` alone.
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
    """The material fields of an entity as it is listed."""
    return Material(
        names=tuple(dict.fromkeys(name.text for name in entity.names)),
        identifiers=tuple(sorted({f"{each.kind}:{each.value}" for each in entity.identifiers})),
        countries=tuple(sorted(set(entity.countries))),
        programmes=tuple(sorted(set(entity.programmes))),
        delisted_on=entity.delisted_on,
    )


def material_from(document: dict[str, Any]) -> Material:
    """Material fields as an event carries them; raises TypeError or ValueError where one is of another kind."""
    lists = {name: tuple(map(str, document.get(name) or ())) for name in MATERIAL_FIELDS[:-1]}
    delisted = document.get("delisted_on")
    return Material(**lists, delisted_on=None if delisted is None else str(delisted))


def content_hash(entity: ListedEntity) -> str:
    """SHA-256 of all that a list says of an entity; its edition (``list_date``, ``receipt``) does not count."""
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
    """Material fields that differ, in the order of :data:`MATERIAL_FIELDS`; none where nothing does."""
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
    """The same entity, taken off its list."""
    return replace(material, delisted_on=material.delisted_on or DELISTED)


def _values(field: str, material: Material) -> tuple[str, ...]:
    value = getattr(material, field)
    if isinstance(value, tuple):
        return value
    return () if value is None else (str(value),)


def _compared(field: str, material: Material) -> dict[str, str]:
    """What is compared of a field -> as it is printed."""
    fold = bare if field in ("names", "programmes") else str
    found: dict[str, str] = {}
    for value in _values(field, material):
        found.setdefault(fold(value), value)
    return found


@lru_cache(maxsize=1 << 16)
def bare(text: str) -> str:
    """A text without case, spaces, punctuation and what cannot be seen; as it is where nothing else is in it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded.translate(_NOTHING_UNSEEN)) or folded.strip()


_NOTHING_UNSEEN = PlainLetters(gap="")
