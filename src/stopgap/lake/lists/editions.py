"""Editions of lists: which are in force on a day, and in which order.

An edition is the content of one import for one family of lists: the complete lists (a
snapshot), or the changes (a delta). The state of a family is one snapshot and the deltas after it.
See docs/adr/0012-lists.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from stopgap.sources.lists.columns import Operation, Property

if TYPE_CHECKING:
    from stopgap.lake.receipts import Receipt

_HEADERS = f"""
    SELECT family, vintage, list_date::VARCHAR, act, operation, list(receipt ORDER BY receipt),
        sum(value::BIGINT)::BIGINT
    FROM listed_fact_rows WHERE property = '{Property.EDITION}' GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """Content of one import for one family of lists: the complete lists, or the changes (``is_delta``).

    ``list_date`` is the day of the edition, as stated by the file or the user; ``stored_date`` is the day in its rows,
    ``None`` if only the receipt states it. The edition is in force from ``day``: its ``list_date``, else the day the
    file was taken from its publisher, else that of the import (``YYYY-MM-DD``). ``act`` orders amendments. ``entries``
    counts an entry once for each file that names it.
    """

    family: str
    vintage: str
    list_date: str | None
    stored_date: str | None
    day: str
    act: str | None
    is_delta: bool
    receipts: tuple[str, ...]
    entries: int

    @property
    def order(self) -> tuple[str, bool, str, int]:
        """Sort key, oldest first; a snapshot sorts before the amendments of its day."""
        return self.day, self.is_delta, self.act or "", int(self.vintage[1:])


@dataclass(frozen=True, slots=True)
class StandingEditions:
    """Editions of a family in force on a day: the snapshot (``base``), and the amendments after it, in order.

    If ``base`` is ``None``, only amendments were imported. If ``is_later``, the snapshot is from after the requested
    day: the entries in force on that day are then inferred from their days of listing.
    """

    family: str
    base: StoredEdition | None
    deltas: tuple[StoredEdition, ...]
    is_later: bool = False

    @property
    def editions(self) -> tuple[StoredEdition, ...]:
        """The snapshot, if any, and the amendments, in order."""
        return (self.base, *self.deltas) if self.base else self.deltas

    @property
    def list_date(self) -> str | None:
        """Latest ``list_date`` of the editions; ``None`` if none has one."""
        return max((edition.list_date for edition in self.editions if edition.list_date), default=None)

    @property
    def day(self) -> str:
        """Latest ``day`` of the editions, up to which the state is known."""
        return max(edition.day for edition in self.editions)


def read_editions(
    con: duckdb.DuckDBPyConnection, receipts: Iterable[tuple[Receipt, str]], moments: Mapping[str, str]
) -> list[StoredEdition]:
    """Read the editions in the relation ``listed_fact_rows``, in order; ``moments``: vintage -> time of commit, UTC."""
    by_vintage = {(receipt.receipt, vintage): receipt for receipt, vintage in receipts}
    found = []
    for family, vintage, stored, act, operation, files, entries in con.execute(_HEADERS).fetchall():
        told = [by_vintage[name, vintage] for name in files]
        list_date = stored or max((receipt.published for receipt in told if receipt.published), default=None)
        retrieved = max((receipt.retrieved for receipt in told if receipt.retrieved), default=None)
        found.append(
            StoredEdition(
                family=family,
                vintage=vintage,
                list_date=list_date,
                stored_date=stored,
                day=list_date or retrieved or moments[vintage][:10],
                act=act,
                is_delta=operation != Operation.SNAPSHOT,
                receipts=tuple(files),
                entries=entries,
            )
        )
    return sorted(found, key=lambda edition: (edition.family, edition.order))


def standing_on(editions: Sequence[StoredEdition], on: str | None = None) -> list[StandingEditions]:
    """Return the editions of each family in force on a day, or after all editions when the day is ``None``.

    Where all snapshots of a family are later than the day, the first is used and flagged (``is_later``).
    """
    families: dict[str, list[StoredEdition]] = {}
    for edition in editions:
        families.setdefault(edition.family, []).append(edition)
    return [found for own in families.values() if (found := _standing(own, on)) is not None]


def _standing(editions: list[StoredEdition], on: str | None) -> StandingEditions | None:
    whole = [edition for edition in editions if not edition.is_delta]
    reached = [edition for edition in whole if on is None or edition.day <= on]
    base = max(reached, key=lambda edition: edition.order) if reached else None
    is_later = base is None and bool(whole)
    if is_later:
        base = min(whole, key=lambda edition: edition.order)
    deltas = [
        edition
        for edition in editions
        if edition.is_delta
        and (on is None or edition.list_date is None or edition.list_date <= on)
        and (base is None or _is_on_top(edition, base))
    ]
    if base is None and not deltas:
        return None
    ordered = sorted(deltas, key=lambda edition: (edition.act or "", edition.order))
    return StandingEditions(editions[0].family, base, tuple(ordered), is_later)


def _is_on_top(delta: StoredEdition, base: StoredEdition) -> bool:
    """Return whether an amendment comes after a snapshot: by list date, or by vintage if either has no date."""
    if delta.list_date is not None and base.list_date is not None:
        return delta.list_date >= base.list_date
    return int(delta.vintage[1:]) >= int(base.vintage[1:])


CHAIN_SCHEMA = pa.schema(
    {
        "family": pa.string(),
        "vintage": pa.string(),
        "stored_date": pa.date32(),
        "act": pa.string(),
        "step": pa.int64(),
        "state_date": pa.date32(),
        "state_day": pa.date32(),
        "is_later": pa.bool_(),
    }
)


def chain_table(standing: Sequence[StandingEditions]) -> pa.Table:
    """Return one row per edition in force: ``step`` 0 is the snapshot, amendments follow from 1."""
    rows = [
        {
            "family": found.family,
            "vintage": edition.vintage,
            "stored_date": _date(edition.stored_date),
            "act": edition.act,
            "step": step + (found.base is None),
            "state_date": _date(found.list_date),
            "state_day": _date(found.day),
            "is_later": found.is_later,
        }
        for found in standing
        for step, edition in enumerate(found.editions)
    ]
    return pa.Table.from_pylist(rows, schema=CHAIN_SCHEMA)


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
