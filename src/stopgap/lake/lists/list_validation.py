"""Validate an import of lists before it replaces the edition in force."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.base.errors import InputError, MissingDataError, UsageError
from stopgap.base.sql import listed
from stopgap.lake.lists.editions import chain_table, read_editions, standing_on
from stopgap.lake.lists.list_sql import LIST_COUNTS_SQL
from stopgap.lake.receipts import raw_path
from stopgap.lake.schema import LISTED
from stopgap.lake.snapshot import connect, take_snapshot

LEAST_SHARE = 0.8
"""Minimum size of a new snapshot, as a share of the entries of the edition in force."""
LEAST_LOSS = 10
"""Entries that one list of a family must lose before it is checked by itself."""

_BROUGHT = """
    WITH editions AS (
        SELECT family, list_date::VARCHAR AS day, operation, list(DISTINCT receipt ORDER BY receipt) AS receipts
        FROM gathered WHERE property = 'edition' GROUP BY ALL
    ),
    entries AS (
        SELECT family, list_date::VARCHAR AS day, list, entity_id,
            count(*) FILTER (property = 'name') > 0 AS is_named, count(*) FILTER (property = 'context') > 0 AS is_context
        FROM gathered WHERE entity_id IS NOT NULL AND operation = 'snapshot' GROUP BY ALL
    ),
    sizes AS (
        SELECT family, day, list, count(*) FILTER (is_named AND NOT is_context) AS n,
            count(*) FILTER (NOT is_named AND NOT is_context) AS nameless
        FROM entries GROUP BY ALL
    )
    SELECT family, day, operation, receipts,
        (SELECT map(list(list), list(n)) FROM sizes AS s WHERE s.family = e.family AND s.day IS NOT DISTINCT FROM e.day),
        (SELECT coalesce(sum(nameless), 0)::BIGINT FROM sizes AS s WHERE s.family = e.family AND s.day IS NOT DISTINCT FROM e.day)
    FROM editions AS e ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class ListFile:
    """File name as given by the user, and facts used to detect truncation (``is_ended``: it ends in a line end).

    ``is_part``: it is one of several files that form one edition. ``ends_itself``: its format reveals truncation.
    """

    name: str
    is_ended: bool
    is_part: bool
    ends_itself: bool


def check_lists(
    con: duckdb.DuckDBPyConnection,
    lake: Path,
    files: Mapping[str, ListFile],
    *,
    published: str | None,
    allow_shrink: bool,
) -> list[str]:
    """Validate the lists in the relation ``gathered``, and return notes for the user; ``files`` is keyed by receipt.

    ``published`` is the publication day given by the user; with ``allow_shrink`` a list may lose any number of entries.
    Refuses two files that are the same edition of a list (UsageError), a truncated file, parts without the file of
    their entries, and a list that lost too many entries (InputError).
    """
    notes = []
    for family, day, operation, receipts, sizes, nameless in con.execute(_BROUGHT).fetchall():
        if operation != "snapshot":
            continue
        names = ", ".join(files[receipt].name for receipt in receipts)
        if len(receipts) > 1 and not all(files[receipt].is_part for receipt in receipts):
            raise UsageError(
                f"{len(receipts)} files of one import are each the whole of the list {family}",
                where=names,
                fix="import them one after the other, each with its --list-date; or name one with --list",
            )
        brought = dict(sizes or {})
        if nameless and not sum(brought.values()):
            raise InputError(
                f"the files hold aliases, addresses or remarks of the list {family} and not its entries",
                where=names,
                fix="import them together with the file of the entries (sdn.csv, cons_prim.csv), in one import",
            )
        if nameless:
            notes.append(
                f"{family}: aliases, addresses or remarks of {nameless:,} entries that are not in the list are "
                "left out of it: the files are of different days"
            )
        standing = _standing(lake, family, day or published)
        if standing is None:
            continue
        held, is_ended = standing
        for receipt in receipts:
            file = files[receipt]
            if not (file.ends_itself or file.is_ended) and is_ended:
                raise InputError(
                    f"the last row of the list {family} has no end, and that of the edition before has",
                    where=file.name,
                    fix="download it again; where it is whole, end its last row with a line end. "
                    "The edition before stays in force",
                )
        if not allow_shrink:
            _refuse_shrunk(family, held, brought, names)
    return notes


def loads_of_same_lists(
    con: duckdb.DuckDBPyConnection, lake: Path, loads: Sequence[tuple[str, str]], files: Mapping[str, ListFile]
) -> set[tuple[str, str]]:
    """Return the loads that hold an edition of a family in ``gathered`` of which the import holds all files.

    ``files`` are the files of the import by receipt. An edition of which the import holds some files and another one,
    such as yesterday's edition with today's, is not returned. Refuses (UsageError) an import of some of the parts of
    one edition and nothing else of it.
    """
    stored = take_snapshot(lake, only=[LISTED.name]).tables[LISTED.name]
    rows = con.execute(
        f"""
        SELECT family, vintage, list(DISTINCT receipt ORDER BY receipt) FROM read_parquet([{listed(stored)}])
        WHERE property = 'edition' AND family IN (SELECT family::VARCHAR FROM gathered WHERE property = 'edition')
        GROUP BY ALL
        """
    ).fetchall()
    brought = dict(
        con.execute(
            "SELECT family::VARCHAR, list(DISTINCT receipt::VARCHAR) FROM gathered WHERE property = 'edition' GROUP BY ALL"
        ).fetchall()
    )
    whole: set[tuple[str, str]] = set()
    for family, vintage, receipts in rows:
        if set(receipts) <= files.keys():
            whole |= {(receipt, vintage) for receipt in receipts}
        elif set(brought[family]) < set(receipts) and all(files[each].is_part for each in brought[family]):
            raise UsageError(
                f"{len(receipts)} files are one edition of the list {family}, and {len(brought[family])} of them given",
                where=", ".join(files[each].name for each in brought[family]),
                fix="name all files of the edition in one import, with its --list-date",
            )
    return whole & set(loads)


def _refuse_shrunk(family: str, held: Mapping[str, int], brought: Mapping[str, int], names: str) -> None:
    pairs = [(family, sum(held.values()), sum(brought.values()))]
    if len(held) > 1:
        pairs += [(name, n, brought.get(name, 0)) for name, n in held.items() if n - brought.get(name, 0) >= LEAST_LOSS]
    for name, before, after in pairs:
        if after < LEAST_SHARE * before:
            raise InputError(
                f"the list {name} would fall from {before:,} entries to {after:,}: the file may be cut off",
                where=names,
                fix="check the file against its publisher; where so many were taken off, add --allow-shrink. "
                "The edition before stays in force",
                details={"list": name, "entities_before": before, "entities_after": after},
            )


def _standing(lake: Path, family: str, day: str | None) -> tuple[dict[str, int], bool] | None:
    """Return the entries in force per list of a family on a day, and whether the snapshot's files end in a line end.

    ``None`` if no snapshot of the family is in force on the day.
    """
    try:
        snapshot = take_snapshot(lake, only=[LISTED.name])
    except MissingDataError:
        return None
    if not snapshot.tables[LISTED.name]:
        return None
    with contextlib.closing(connect(snapshot, native=False)) as con:
        editions = [one for one in read_editions(con, snapshot.receipts, snapshot.moments) if one.family == family]
        found = [one for one in standing_on(editions, day) if one.base is not None and not one.is_later]
        if not found:
            return None
        con.unregister("list_chain")
        con.register("list_chain", chain_table(found))
        rows = con.execute(LIST_COUNTS_SQL, {"on": None, "lists": None, "context": False}).fetchall()
        base = found[0].base
        assert base is not None
        hashes = {receipt.receipt: receipt.sha256 for receipt, _ in snapshot.receipts}
        return {name: n for _, name, n, _ in rows}, _ends(lake, [hashes[one] for one in base.receipts])


def _ends(lake: Path, hashes: Sequence[str]) -> bool:
    for sha256 in hashes:
        path = raw_path(lake, sha256)
        if path.is_file():
            with path.open("rb") as stream:
                stream.seek(max(0, path.stat().st_size - 1))
                if stream.read(1) not in (b"\n", b"\r"):
                    return False
    return True
