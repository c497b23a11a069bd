"""Open the lists of a lake as of a vintage and a day."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from stopgap.base.errors import InputError, MissingDataError
from stopgap.lake.lists.editions import StandingEditions, StoredEdition, chain_table, read_editions, standing_on
from stopgap.lake.schema import LISTED
from stopgap.lake.snapshot import Snapshot, connect, take_snapshot


@dataclass(frozen=True)
class ListView:
    """An open lake whose view ``listed_state`` is as of the requested day ``on`` (``None``: after all editions).

    :func:`opened_lists` closes the connection. ``standing`` holds the editions of each family in force on that day,
    ``editions`` every edition up to the vintage, in order.
    """

    con: duckdb.DuckDBPyConnection
    snapshot: Snapshot
    standing: tuple[StandingEditions, ...]
    on: str | None
    editions: tuple[StoredEdition, ...]

    def params(self, lists: Sequence[str] | None) -> dict[str, Any]:
        return {"on": self.on, "lists": list(lists) if lists is not None else None}


def _split_as_of(as_of: str | None, on: str | None) -> tuple[str | None, str | None]:
    """Split ``as_of`` into a vintage and a day; a day refers to the list's content on it, not to the import."""
    if as_of is not None and not re.fullmatch(r"v\d+", as_of):
        try:
            day = dt.date.fromisoformat(as_of).isoformat()
        except ValueError as error:
            raise InputError(
                f"{as_of!r} is neither a vintage nor a day",
                where="--as-of",
                fix="give a vintage such as v3 (stopgap lake vintages lists them) or a day such as 2024-06-01",
            ) from error
        return None, on or day
    return as_of, on


@contextlib.contextmanager
def opened_lists(
    lake: Path, as_of: str | None, on: str | None, *, withheld: frozenset[str] = frozenset()
) -> Iterator[ListView | None]:
    """Open the lists as of a vintage and a day, as a context manager; yields ``None`` if the lake holds no lists.

    ``as_of`` is a vintage, or a day; ``on`` is the day, where ``as_of`` is a vintage. Files whose receipts are in
    ``withheld`` are treated as never imported.
    """
    vintage, day = _split_as_of(as_of, on)
    try:
        snapshot = take_snapshot(lake, as_of=vintage, only=[LISTED.name]).without(withheld)
    except MissingDataError:
        yield None
        return
    if not snapshot.tables[LISTED.name]:
        yield None
        return
    with contextlib.closing(connect(snapshot, native=False)) as con:
        editions = read_editions(con, snapshot.receipts, snapshot.moments)
        standing = tuple(standing_on(editions, day))
        con.unregister("list_chain")
        con.register("list_chain", chain_table(standing))
        yield ListView(con, snapshot, standing, day, tuple(editions))
