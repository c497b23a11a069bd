"""Build the ownership table as of a day: one share per pair of owner and asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stopgap.base.errors import InputError
from stopgap.screening.ownership.shares import WHOLE, read_share

if TYPE_CHECKING:
    import pyarrow as pa

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

ROUNDING = WHOLE // 200
"""Rounding tolerance: shares of an asset contradict each other if their sum exceeds 100 % by more than 0.5 points."""

EXAMPLES = 5
"""Maximum number of example cases named in a note."""

_SAYS = {
    "later": "statements left out, of after the day asked for",
    "ended": "statements left out, ended before the day asked for",
    "superseded": "statements left out: a later one on the same owner and asset stands",
    "repeated": "statements left out: said twice",
    "differing": "pairs on which statements differ: taken as a range that holds all of them",
    "own_shares": "statements left out: a company that owns itself",
    "unknown": "shares not stated: 0 to 100 %",
    "unread": "shares not understood: 0 to 100 %",
    "contradicting": "assets whose shares sum to more than 100 %: the least of each share is scaled to 100 %",
}
"""Name of a count in :class:`OwnershipNotes` -> text of the note."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Source statement of a share.

    Attributes:
        text: The share as the register prints it; empty if it states none.
        source: Name of the source; ``None`` if the table does not give it.
        as_of: Day of the statement, or first day of the share, ``YYYY-MM-DD`` or shorter; ``None`` if not given.
    """

    text: str
    source: str | None
    as_of: str | None


@dataclass(frozen=True)
class OwnershipNotes:
    """Counts of ownership statements by outcome.

    :data:`_SAYS` describes each count; ``read`` counts all statements, ``ranges`` shares that are ranges. ``examples``
    maps the name of a count to some of its cases.
    """

    read: int = 0
    later: int = 0
    ended: int = 0
    superseded: int = 0
    repeated: int = 0
    differing: int = 0
    own_shares: int = 0
    unknown: int = 0
    unread: int = 0
    ranges: int = 0
    contradicting: int = 0
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """Return a note for each count that is not zero; empty if there is nothing to note."""
        found = []
        for name, words in _SAYS.items():
            if number := getattr(self, name):
                cases = ", ".join(self.examples.get(name, ()))
                found.append(
                    f"{number:,} {words}" + (f" ({cases}{' …' if number > EXAMPLES else ''})" if cases else "")
                )
        return found


@dataclass(frozen=True)
class OwnershipTable:
    """Ownership shares, one per pair of owner and asset, sorted by asset and owner.

    Attributes:
        ids: Id of each party; ``owner`` and ``asset`` of each share are positions in it.
        names: Id -> name, where known.
        low: Lower bound of each share, in parts of :data:`WHOLE`; scaled where the shares of an asset contradict.
        high: Upper bound of each share.
        total: For each party, the sum of ``low`` of the shares in it.
        contradicts: For each party, whether the shares in it sum to more than the whole.
        rows: For each share, the row of ``statements`` from which it comes.
        further: Share -> further rows, where statements of one day differ.
    """

    ids: Sequence[str]
    names: Mapping[str, str]
    owner: Ints
    asset: Ints
    low: Ints
    high: Ints
    total: Ints
    contradicts: Flags
    rows: Ints
    further: Mapping[int, tuple[int, ...]]
    statements: pa.Table
    notes: OwnershipNotes

    @cached_property
    def index(self) -> dict[str, int]:
        """Map each id to its position in ``ids``."""
        return {name: place for place, name in enumerate(self.ids)}

    def stated(self, share: int) -> tuple[Stated, ...]:
        """Return the source statements of a share: one statement, or several of one day that differ."""
        return tuple(
            Stated(*(self.statements[name][row].as_py() for name in ("share", "source", "as_of")))
            for row in (int(self.rows[share]), *self.further.get(share, ()))
        )

    @cached_property
    def into(self) -> Ints:
        """Return the position of the first share in each party; one more entry than there are parties."""
        return _starts(self.asset, len(self.ids))

    @cached_property
    def by_owner(self) -> Ints:
        """Return the positions of shares, sorted by owner."""
        return np.argsort(self.owner, kind="stable").astype(np.int64)

    @cached_property
    def out_of(self) -> Ints:
        """Return the position in ``by_owner`` of each owner's first share; one more entry than there are parties."""
        return _starts(self.owner[self.by_owner], len(self.ids))

    def held_by(self, party: int) -> list[int]:
        """Return the positions of the shares that a party holds."""
        held: list[int] = self.by_owner[self.out_of[party] : self.out_of[party + 1]].tolist()
        return held


def ownership_table(statements: pa.Table, names: Mapping[str, str], *, as_of: str | None = None) -> OwnershipTable:
    """Build the table of shares in force on a day (``None``: all that are not superseded).

    ``statements`` has one row per statement: ``owner``, ``asset`` (ids), ``share`` (text), ``is_percent``, ``source``,
    ``as_of`` and ``until`` (days, ``YYYY-MM-DD`` or shorter, or null).

    Of several statements on one owner and asset the latest is used; an undated one counts as the oldest. Statements of
    one day that differ become a range: from the minimum to the maximum if they come from several sources, from the
    minimum to the sum if from one source, because they may be classes of shares. Upper bounds are lowered to what the
    other owners' lower bounds leave.

    Raises:
        InputError: A share is negative or more than 100 %.
    """
    import pyarrow.compute as pc

    used, notes = _on_day(statements, as_of)
    owner, asset, ids = _coded(used["owner"], used["asset"])
    low, high, unknown, unread = _bounds(used["share"], used["is_percent"])
    is_own = owner == asset
    date, source = _ranks(used["as_of"]), _ranks(used["source"])
    order = np.flatnonzero(~is_own)
    order = order[np.lexsort((high[order], low[order], source[order], -date[order], owner[order], asset[order]))]
    chosen, superseded, repeated = _latest(order, owner, asset, date, source, low, high)
    first, extra = _first_of_pairs(chosen, owner, asset)
    edge_low, edge_high = low[first].copy(), high[first].copy()
    for edge, group in extra.items():
        edge_low[edge], edge_high[edge] = _merged([(int(source[row]), int(low[row]), int(high[row])) for row in group])
    further = {edge: tuple(group[1:]) for edge, group in extra.items()}
    edge_owner, edge_asset = owner[first], asset[first]
    total, contradicts = _settle(edge_asset, edge_low, edge_high, len(ids))
    cases = {
        "own_shares": [ids[place] for place in owner[is_own][:EXAMPLES].tolist()],
        "differing": [f"{ids[edge_owner[edge]]} in {ids[edge_asset[edge]]}" for edge in list(extra)[:EXAMPLES]],
        "contradicting": [ids[place] for place in np.flatnonzero(contradicts)[:EXAMPLES].tolist()],
        "unread": pc.unique(used["share"].filter(unread)).to_pylist()[:EXAMPLES],
    }
    return OwnershipTable(
        ids=ids, names=names, owner=edge_owner, asset=edge_asset, low=edge_low, high=edge_high, total=total,
        contradicts=contradicts, rows=first, further=further, statements=used,
        notes=OwnershipNotes(
            read=len(statements), **notes, superseded=superseded, repeated=repeated, differing=len(extra),
            own_shares=int(is_own.sum()), unknown=unknown, unread=int(unread.sum()), ranges=int((edge_low < edge_high).sum()),
            contradicting=int(contradicts.sum()), examples={name: tuple(map(str, found)) for name, found in cases.items() if found},
        ),
    )  # fmt: skip


def _on_day(statements: pa.Table, as_of: str | None) -> tuple[pa.Table, dict[str, int]]:
    """Return the statements that can be in force on a day, and counts of those omitted, by reason."""
    import pyarrow.compute as pc

    if as_of is None:
        return statements, {}
    later = pc.fill_null(pc.greater(statements["as_of"], as_of), False)
    # A year or month ends on its last day.
    until = pc.binary_join_element_wise(statements["until"], "-99", "")
    ended = pc.and_(pc.fill_null(pc.less(until, as_of), False), pc.invert(later))
    kept = statements.filter(pc.invert(pc.or_(later, ended)))
    return kept, {"later": int(pc.sum(later).as_py() or 0), "ended": int(pc.sum(ended).as_py() or 0)}


def _coded(owner: pa.ChunkedArray, asset: pa.ChunkedArray) -> tuple[Ints, Ints, list[str]]:
    """Encode owners and assets as positions in a list of ids; return both and the list."""
    import pyarrow as pa

    both = pa.chunked_array([*owner.chunks, *asset.chunks], type=pa.string()).combine_chunks().dictionary_encode()
    codes = both.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes[: len(owner)], codes[len(owner) :], both.dictionary.to_pylist()


def _ranks(texts: pa.ChunkedArray) -> Ints:
    """Return the rank of each text among the sorted distinct texts; -1 for null."""
    coded = texts.combine_chunks().dictionary_encode()
    texts_of = np.array(coded.dictionary.to_pylist(), dtype=object)
    place = np.argsort(np.argsort(texts_of)) if len(texts_of) else np.zeros(0)
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    ranks: Ints = np.append(place, -1).astype(np.int64)[codes]
    return ranks


def _bounds(share: pa.ChunkedArray, is_percent: pa.ChunkedArray) -> tuple[Ints, Ints, int, Flags]:
    """Return lower and upper bounds of each share, the number not stated, and flags for those not understood."""
    import pyarrow.compute as pc

    marked = pc.binary_join_element_wise(pc.cast(is_percent, "string"), pc.fill_null(share, ""), "|")
    coded = marked.combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    read = []
    for text in coded.dictionary.to_pylist():
        flag, _, said = text.partition("|")
        try:
            read.append(read_share(said, is_percent=flag == "true"))
        except ValueError as error:
            row = int(np.flatnonzero(codes == len(read))[0]) + 1
            raise InputError(
                f"a share cannot be: {error}",
                where=f"statement {row:,} of the ownership table",
                fix="write percentages with a % sign, or in a column share_pct or percentage; a column share holds ratios, 0 to 1",
                details={"row": row},
            ) from error
    low = np.array([each.low for each in read], dtype=np.int64)[codes]
    high = np.array([each.high for each in read], dtype=np.int64)[codes]
    is_read = np.array([each.is_read for each in read], dtype=bool)[codes]
    return low, high, int((is_read & (low == 0) & (high == WHOLE)).sum()), ~is_read


def _latest(
    order: Ints, owner: Ints, asset: Ints, date: Ints, source: Ints, low: Ints, high: Ints
) -> tuple[Ints, int, int]:
    """Select the rows of each pair's newest date, without duplicates, from rows sorted by pair and newest date first.

    Also return the number of superseded rows and the number of duplicates.
    """
    if not len(order):
        return order, 0, 0
    starts = _changes(asset[order], owner[order])
    newest = date[order][np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    kept = order[date[order] == newest]
    fresh = _changes(asset[kept], owner[kept], source[kept], low[kept], high[kept])
    return kept[fresh], len(order) - len(kept), int((~fresh).sum())


def _first_of_pairs(rows: Ints, owner: Ints, asset: Ints) -> tuple[Ints, dict[int, list[int]]]:
    """Return the first row of each pair, and a map from a pair's position to its rows, for pairs with several."""
    if not len(rows):
        return rows, {}
    places = np.flatnonzero(_changes(asset[rows], owner[rows]))
    sizes = np.diff(np.append(places, len(rows)))
    several = np.flatnonzero(sizes > 1)
    groups = {int(edge): rows[places[edge] : places[edge] + sizes[edge]].tolist() for edge in several}
    return rows[places], groups


def _merged(rows: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Return bounds that include all statements of one day.

    Several statements of one source may be classes of shares, so their upper bounds are summed.
    """
    by_source: dict[int, tuple[int, int]] = {}
    for source, low, high in rows:
        least, most = by_source.get(source, (low, 0))
        by_source[source] = min(least, low), min(most + high, WHOLE)
    return min(low for low, _ in by_source.values()), max(high for _, high in by_source.values())


def _settle(asset: Ints, low: Ints, high: Ints, parties: int) -> tuple[Ints, Flags]:
    """Limit the shares of each asset to 100 %, in place; return the sum per asset, and flags for contradictions."""
    total = np.bincount(asset, weights=low, minlength=parties).astype(np.int64)
    contradicts = total > WHOLE + ROUNDING
    over = contradicts[asset]
    high[~over] = np.maximum(low, np.minimum(high, WHOLE - (total[asset] - low)))[~over]
    low[over] = (low[over] * (WHOLE / total[asset[over]])).astype(np.int64)
    if over.any():
        total = np.bincount(asset, weights=low, minlength=parties).astype(np.int64)
    return total, contradicts


def _changes(*columns: Ints) -> Flags:
    """Flag the rows that differ from the previous row; the first row is always flagged."""
    found = np.zeros(len(columns[0]), dtype=bool)
    found[:1] = True
    for column in columns:
        found[1:] |= column[1:] != column[:-1]
    return found


def _starts(codes: Ints, parties: int) -> Ints:
    return np.searchsorted(codes, np.arange(parties + 1)).astype(np.int64)
