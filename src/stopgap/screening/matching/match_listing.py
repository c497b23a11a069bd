"""What a list says of a matched entry: kind, list, programme, economy, address, day, reason, numbers, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stopgap.base.sql import quoted
from stopgap.screening.decisions.states import StandingDecision
from stopgap.screening.entities import Identifier, ListedEntity
from stopgap.screening.entity_kinds import EntityKind, told_kind
from stopgap.screening.lists.listings import listing_of
from stopgap.screening.lists.titles import list_title, own_programmes

_REASON = "reason"


@dataclass(frozen=True, slots=True)
class MatchListing:
    """One listing of a matched entity.

    Attributes:
        entity_id: The list's own id.
        list: Name of the list in the lake.
        list_name: Name of the list for people: ``US Entity List (EL), BIS``, ``EU 833/2014, Annex IV``.
        list_date: Day of the edition in force, ``YYYY-MM-DD``; ``None`` if neither the file nor the user states it.
        authority: Who lists: ``EU``, ``US`` …; ``None`` for a list of one's own.
        name: Name of the entry, as the list prints it.
        kind: What the entry is.
        kind_basis: What tells the kind: ``list`` or ``name``; ``None`` where nothing does.
        schema: FollowTheMoney schema.
        programme: Programmes as the list words them, joined by ``; ``; empty where it has none.
        act: EU act; ``None`` elsewhere.
        annex: Annex of an EU act; ``None`` elsewhere.
        economies: ISO3 codes of registration, flag and address; empty where the list tells none.
        addresses: Addresses, as the list prints them.
        identifiers: Numbers of registers.
        listed_on: First day of listing that the list states, ``YYYY-MM-DD``; ``None`` where it states none.
        reason: Reason that the list gives; where it gives none, its other remarks with their labels; ``None`` if the
            list has neither.
        receipt: Receipt of the file from which the entry was read.
        standing: Decision on the match with this entry; ``None`` if there is none, or decisions are disabled.
    """

    entity_id: str
    list: str
    list_name: str
    list_date: str | None
    authority: str | None
    name: str
    kind: EntityKind
    kind_basis: str | None
    schema: str
    programme: str
    act: str | None
    annex: str | None
    economies: tuple[str, ...]
    addresses: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    listed_on: str | None
    reason: str | None
    receipt: str | None
    standing: StandingDecision | None = None

    @property
    def decision(self) -> str | None:
        """The decision as short text; ``None`` without one."""
        return decision_words(self.standing)

    @property
    def rows_query(self) -> str:
        """SQL for ``stopgap query`` that returns every fact of the entry, with its receipt."""
        return f"SELECT * FROM listed_state WHERE list = {quoted(self.list)} AND entity_id = {quoted(self.entity_id)}"

    @property
    def numbers(self) -> str:
        """Numbers of registers as text: ``inn:7701234567; imo:9074729``."""
        return "; ".join(f"{one.kind}:{one.value}" for one in self.identifiers)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of a listing in ``screen --format json``."""
        return {
            "entity_id": self.entity_id,
            "list": self.list,
            "list_name": self.list_name,
            "list_date": self.list_date,
            "name": self.name,
            **self.details(),
        }

    def details(self) -> dict[str, Any]:
        """Return the fields that stand at a match too, beside those of the match itself."""
        return {
            "authority": self.authority,
            "kind": self.kind.value,
            "kind_basis": self.kind_basis,
            "schema": self.schema,
            "programme": self.programme,
            "act": self.act,
            "annex": self.annex,
            "economies": list(self.economies),
            "addresses": list(self.addresses),
            "identifiers": [{"kind": one.kind, "value": one.value} for one in self.identifiers],
            "listed_on": self.listed_on,
            "reason": self.reason,
            "receipt": self.receipt,
            "rows_query": self.rows_query,
        }


def match_listing(entity: ListedEntity, source: str, remarks: tuple[tuple[str, str], ...]) -> MatchListing:
    """Return the listing of an entry; ``source`` is the format of its list, ``remarks`` are (label, text)."""
    listing = listing_of(entity, source)
    told = told_kind(entity.schema, listing.name)
    return MatchListing(
        entity_id=entity.entity_id,
        list=entity.list,
        list_name=list_title(entity.list, entity.programmes, source),
        list_date=entity.list_date,
        authority=listing.authority,
        name=listing.name,
        kind=told.kind,
        kind_basis=told.basis,
        schema=entity.schema,
        programme="; ".join(own_programmes(entity.programmes)),
        act=listing.act,
        annex=listing.annex,
        economies=listing.economies,
        addresses=entity.addresses,
        identifiers=entity.identifiers,
        listed_on=listing.listed_on,
        reason=_reason(remarks),
        receipt=entity.receipt,
    )


def _reason(remarks: tuple[tuple[str, str], ...]) -> str | None:
    """Return the reason that a list gives, else all of its remarks with their labels in words."""
    reasons = [text for label, text in remarks if label == _REASON]
    if not reasons:
        reasons = [f"{label.replace('_', ' ')}: {text}" if label else text for label, text in remarks]
    return "; ".join(reasons) or None


def decision_words(standing: StandingDecision | None) -> str | None:
    """Return a decision as short text, such as ``false, standing``; ``None`` without one."""
    if standing is None:
        return None
    changes = "; ".join(change.says for change in standing.changes)
    return f"{standing.decision.decided.value}, {standing.state.value}{f': {changes}' if changes else ''}"
