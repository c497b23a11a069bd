"""Small tables of ownership, and rules done the slow way."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from stopgap.screening.ownership.rule import OwnershipCoverage, OwnershipRule, cover
from stopgap.screening.ownership.table import OwnershipTable, ownership_table

SCHEMA = pa.schema(
    [("owner", pa.string()), ("asset", pa.string()), ("share", pa.string()), ("is_percent", pa.bool_()), ("source", pa.string()),
     ("as_of", pa.string()), ("until", pa.string())]
)  # fmt: skip

Row = tuple[object, ...]
"""Owner, asset, share in percent; then, where given, source, as_of, until."""


def table_of(
    rows: Iterable[Row], *, as_of: str | None = None, names: Mapping[str, str] | None = None
) -> OwnershipTable:
    full = [
        (str(owner), str(asset), str(share), True, *more, *[None] * (3 - len(more)))
        for owner, asset, share, *more in rows
    ]
    table = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in full], schema=SCHEMA)
    return ownership_table(table, names or {}, as_of=as_of)


def coverage_of(rows: Iterable[Row], listed: str, rule: OwnershipRule) -> OwnershipCoverage:
    """Listed: ids, separated by blanks."""
    table = table_of(rows)
    return cover(table, [table.index[name] for name in listed.split() if name in table.index], rule)


def statuses(rows: Iterable[Row], listed: str, rule: OwnershipRule) -> dict[str, str]:
    """Id -> what the rule says, of those that are not listed."""
    found = coverage_of(rows, listed, rule)
    said = {name: found.status(place).value for name, place in found.table.index.items()}
    return {name: each for name, each in sorted(said.items()) if each != "listed"}


def covered(rows: Iterable[Row], listed: str, rule: OwnershipRule) -> str:
    """Ids that are covered, sorted."""
    return " ".join(name for name, said in statuses(rows, listed, rule).items() if said == "covered")


def least_closed_set(shares: Mapping[tuple[str, str], int], listed: frozenset[str], enough: int) -> frozenset[str]:
    """The least set that holds the listed and every asset of which its members hold enough: by trying all sets."""
    parties = {name for pair in shares for name in pair} | listed
    best: frozenset[str] | None = None
    for found in _sets(sorted(parties - listed)):
        members = listed | found
        held = {
            asset: sum(part for (o, a), part in shares.items() if a == asset and o in members) for _, asset in shares
        }
        if all(asset in members for asset, part in held.items() if part >= enough) and (
            best is None or len(members) < len(best)
        ):
            best = members
    assert best is not None
    return best


def _sets(names: list[str]) -> Iterator[frozenset[str]]:
    for size in range(len(names) + 1):
        yield from map(frozenset, itertools.combinations(names, size))
