"""Columns of the staged facts of a list, and the values of ``operation`` and ``property``."""

from __future__ import annotations

from enum import StrEnum

LISTED_COLUMNS: dict[str, str] = {
    "family": "VARCHAR",  # lists that one file restates together: eu-833-2014 of eu-833-2014-IV; else the list
    "list": "VARCHAR",
    "list_date": "DATE",  # of the edition, as the file or the user says; NULL where neither does
    "operation": "VARCHAR",  # snapshot | set | add | remove
    "act": "VARCHAR",  # what puts amendments into order; NULL in snapshots
    "entity_id": "VARCHAR",  # NULL in the row that tells of the edition
    "schema": "VARCHAR",  # FollowTheMoney's
    "property": "VARCHAR",  # see Property
    "value": "VARCHAR",  # as read; NULL where the words of detail could not be
    "detail": "VARCHAR",  # kind of an identifier, words of a country or day, particulars of a relation
    "place": "BIGINT",  # running number in the file
    "source": "VARCHAR",
}
"""Column name -> DuckDB type, in order: the lake's table without vintage and receipt."""


class Operation(StrEnum):
    """How a row changes its entry."""

    SNAPSHOT = "snapshot"  # the edition is the whole of its family
    SET = "set"  # the entry is from now on what the edition says of it
    ADD = "add"  # the entry has this beside what it had
    REMOVE = "remove"  # the entry is taken off


class Property(StrEnum):
    """Property of a list entry that one fact (row) states."""

    EDITION = "edition"  # not of an entry: value says how many entries the file holds
    NAME = "name"
    ALIAS = "alias"
    WEAK_ALIAS = "weak_alias"
    PREVIOUS_NAME = "previous_name"
    COUNTRY = "country"  # ISO3
    ADDRESS = "address"
    IDENTIFIER = "identifier"  # detail: its kind
    PROGRAMME = "programme"
    LISTED_ON = "listed_on"  # YYYY-MM-DD
    DELISTED_ON = "delisted_on"  # YYYY-MM-DD
    REMARK = "remark"
    OWNER = "owner"  # value: id of who owns the entry; detail: JSON
    DIRECTOR = "director"  # value: id of who directs the entry; detail: JSON
    LINKED = "linked"  # value: id or name of whom the list links the entry to; detail: in which way
    CONTEXT = "context"  # the entry is told of and not listed itself
    REMOVED = "removed"  # a row that takes an entry off needs no other


NAMES = (Property.NAME, Property.ALIAS, Property.PREVIOUS_NAME, Property.WEAK_ALIAS)
"""Properties that are names."""

IDENTIFIER_KINDS = (
    "inn", "ogrn", "kpp", "okpo", "uscc", "lei", "imo", "mmsi", "swift", "duns", "registration", "tax", "id",
)  # fmt: skip
"""Kinds of identifiers, as defined in :mod:`stopgap.screening.entities`."""
