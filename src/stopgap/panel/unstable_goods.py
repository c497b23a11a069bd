"""Find the goods of a panel whose codes moved between its windows: by the goods list, and by the figures."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.notes import Effect, Note
from stopgap.base.vocab import Report
from stopgap.codes.commodities import (
    BENEATH_HS6,
    REVISIONS,
    is_code,
    is_composite,
    level_of,
    revision_in_force,
    subheadings,
)
from stopgap.codes.concordance import links
from stopgap.codes.goods import GoodsItem, GoodsList, UnstableCode, composite_codes, describe, item_among
from stopgap.lake.engines.engine import Engine
from stopgap.panel.basis import Basis, Matcher, ReportedCount, choose_sources, hs_revision
from stopgap.panel.episodes import Episode
from stopgap.panel.silence import some_of
from stopgap.panel.unstable_codes import CodeMove, code_moves
from stopgap.panel.unstable_stages import CODE_MOVES, REVISION_CHANGES, TARGET_MOVES

NEAR_DAYS = 740  # changes of reporters within two years of each other are also compared as one
LEAST_DESTINATIONS = 3
"""Other destinations below which a code that moved cannot be told from what its buyers did."""
CODES_NAMED = 12  # codes that a sentence names; the others are counted
BY_LIST, BY_FIGURES = "list", "figures"
OUTSIDE = "left out for good"  # group of codes that the list names under unstable alone


@dataclass(frozen=True)
class UnstableGood:
    """A code out of both windows, because its content moved between two revisions.

    Attributes:
        good: Code in the panel's revision.
        move: Its trade with other destinations after the change over before, divided by that of the median good;
            ``None`` where one side is 0 or no figures were compared.
        by: ``list`` (the goods list names it) or ``figures``.
    """

    good: str
    from_revision: str
    to_revision: str
    reason: str
    move: float | None
    by: str


@dataclass(frozen=True)
class RevisionChange:
    """A change of revision between the windows; figures before ``until`` stand against those from ``since`` on."""

    from_revision: str
    to_revision: str
    until: dt.date
    since: dt.date


@dataclass(frozen=True)
class Unstable:
    """What is known about codes that moved between a panel's windows.

    Attributes:
        goods: Unstable goods of the panel, by code.
        others: Goods of the level that no list names and that moved by the figures, by code.
        holders: Goods of the panel (headings, chapters, sums) of which an unstable code is a part that cannot be
            taken out.
        unchecked: Why figures at HS6 could not be compared; ``None`` where they were, where no revision changed
            between the windows, and at other levels, where codes are not compared.
    """

    goods: tuple[UnstableGood, ...] = ()
    others: tuple[UnstableGood, ...] = ()
    holders: tuple[UnstableGood, ...] = ()
    unchecked: str | None = None

    @property
    def codes(self) -> frozenset[str]:
        """Goods that can be neither measured nor ordinary: those of the panel, and all others that moved."""
        return frozenset(each.good for each in (*self.goods, *self.others))


@lru_cache(maxsize=4096)
def goods_of_entry(entry: UnstableCode, revision: str) -> tuple[str, ...]:
    """Return the code of an entry in a revision: itself where the revision has it, else its counterparts."""
    if revision not in REVISIONS or is_code(entry.code, revision):
        return (entry.code,)
    found: set[str] = set()
    for own in (entry.from_revision, entry.to_revision):
        for child in subheadings(entry.code, own):
            found |= {link.good for link in links(own, revision).get(child, ()) if link.weight > 0}
    return tuple(sorted(found))


def changes_between(first: dt.date, last: dt.date, rows: Iterable[Mapping[str, object]] = ()) -> list[RevisionChange]:
    """List the changes of revision after the period ``first`` and up to the period ``last``.

    Those of the Harmonized System on 1 January of its years, and those that reporters' rows show (``rows`` of the
    stage ``revision_changes``). Changes of the same pair within two years of each other also count as one.
    """
    found: dict[tuple[dt.date, str, str], RevisionChange] = {}

    def add(day: dt.date, former: str, later: str) -> None:
        if former < later and first < day <= last:
            found[day, former, later] = RevisionChange(former, later, day, day)

    for year in range(first.year, last.year + 1):
        add(dt.date(year, 1, 1), revision_in_force(year - 1), revision_in_force(year))
    for row in rows:
        former, later = hs_revision(str(row["former"])), hs_revision(str(row["revision"]))
        if former.startswith("HS") and later.startswith("HS") and former[2:].isdigit() and later[2:].isdigit():
            assert isinstance(row["period"], dt.date)
            add(row["period"], former, later)
    single = [found[key] for key in sorted(found)]
    joined = []
    for former, later in sorted({(each.from_revision, each.to_revision) for each in single}):
        days = [each.until for each in single if (each.from_revision, each.to_revision) == (former, later)]
        if len(days) > 1 and (days[-1] - days[0]).days <= NEAR_DAYS:
            joined.append(RevisionChange(former, later, days[0], days[-1]))
    return single + joined


def spans(entry: UnstableCode, changes: Sequence[RevisionChange]) -> bool:
    """Whether the changes between the windows lead from the entry's older revision, or before, to its newer one."""
    if not changes:
        return False
    oldest, newest = min(each.from_revision for each in changes), max(each.to_revision for each in changes)
    return oldest <= entry.from_revision and entry.to_revision <= newest


def unstable_goods(
    engine: Engine,
    episode: Episode,
    goods: GoodsList,
    basis: Basis,
    *,
    counts: Sequence[ReportedCount],
    chosen: Mapping[str, str],
    periods: Sequence[dt.date],
) -> Unstable:
    """Find the unstable goods of a panel between the first and the last period of its windows.

    Args:
        counts: Rows of the stage ``reported_counts`` on suppliers' own reports.
        chosen: Source that the measure takes for each supplier.
        periods: Periods of both windows.
    """
    first, last = min(periods), max(periods)
    sources = suppliers_sources(counts, basis, episode.target, chosen)
    tables = {
        "moves_chosen": text_table("supplier source", sorted(sources.items())),
        "moves_left_out": text_table("partner", [(name,) for name in sorted({episode.target, *episode.hubs})]),
    }
    params = {
        "target": episode.target,
        "flow": str(episode.direction.flow(Report.REPORTED)),
        "frequency": str(basis.frequency),
        "first_period": first.isoformat(),
        "last_period": last.isoformat(),
    }
    is_compared = bool(sources) and basis.level == "HS6"
    rows = engine.run(REVISION_CHANGES, tables=tables, params=params).to_pylist() if is_compared else []
    changes = changes_between(first, last, rows)
    if not changes:
        return Unstable()
    named, holders = _named(goods, basis, changes)
    if basis.level != "HS6":
        return Unstable(tuple(named[good] for good in sorted(named)), holders=holders)
    days = [{"change": at, "until": each.until, "since": each.since} for at, each in enumerate(changes)]
    schema = pa.schema([("change", pa.int32()), ("until", pa.date32()), ("since", pa.date32())])
    tables["changes"] = pa.Table.from_pylist(days, schema=schema)
    moves = engine.run(CODE_MOVES, tables=tables, params=params).to_pylist() if sources else []
    destinations = max((row["destinations"] for row in moves), default=0)
    if destinations >= LEAST_DESTINATIONS:
        moved, reason = _moved(moves, changes, basis, goods)
    else:
        moves = engine.run(TARGET_MOVES, tables=tables, params=params).to_pylist() if sources else []
        moved = _one_sided(_moved(moves, changes, basis, goods)[0])
        few = f"{destinations} other destination{'s' * (destinations > 1)}, and {LEAST_DESTINATIONS} are needed"
        reason = f"the lake has trade with {few if destinations else 'no other destination'}"
    found, others = dict(named), []
    for good, (change, move) in sorted(moved.items()):
        if good in found:
            found[good] = replace(found[good], move=move.move)
            continue
        pair = (change.from_revision, change.to_revision)
        seen = UnstableGood(good, *pair, _words(move, change), move.move, BY_FIGURES)
        if good in basis.items:
            found[good] = seen
        else:
            others.append(seen)
    return Unstable(tuple(found[good] for good in sorted(found)), tuple(others), holders, reason)


def suppliers_sources(
    counts: Sequence[ReportedCount], basis: Basis, target: str, chosen: Mapping[str, str]
) -> dict[str, str]:
    """Choose the source of each economy that reports the goods' chapters, other than the target."""
    sources = {match.source for match in basis.matches}
    held: dict[str, set[str]] = {}
    for row in counts:
        if row["source"] in sources and row["reporter"] != target:
            held.setdefault(row["reporter"], set()).add(row["source"])
    return {**choose_sources(counts, held), **{name: source for name, source in chosen.items() if name in held}}


def text_table(names: str, rows: Sequence[tuple[str, ...]]) -> pa.Table:
    """Build a table of text columns, named in ``names`` with blanks between them; stages read such small tables."""
    columns = names.split()
    schema = pa.schema([(name, pa.string()) for name in columns])
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=schema)


def _named(
    goods: GoodsList, basis: Basis, changes: Sequence[RevisionChange]
) -> tuple[dict[str, UnstableGood], tuple[UnstableGood, ...]]:
    """Return the panel's goods that the list names as unstable, and those that hold one without being it."""
    found: dict[str, UnstableGood] = {}
    holders: dict[str, UnstableGood] = {}
    for entry in goods.unstable:
        if not spans(entry, changes):
            continue
        revision = basis.revision if basis.level == "HS6" else goods.revision
        pair = (entry.from_revision, entry.to_revision)
        for code in goods_of_entry(entry, revision):
            for good in basis.items:
                parts = composite_codes(good) if is_composite(good) else (good,)
                if not is_composite(good) and good.startswith(code):
                    found.setdefault(good, UnstableGood(good, *pair, entry.reason, None, BY_LIST))
                elif any(code.startswith(part) for part in parts):
                    reason = f"{entry.code} is part of it: {entry.reason}"
                    holders.setdefault(good, UnstableGood(good, *pair, reason, None, BY_LIST))
    return found, tuple(holders[good] for good in sorted(holders))


def outside_entries(goods: GoodsList, basis: Basis) -> dict[str, GoodsItem]:
    """Return the codes under ``unstable`` that the list itself does not name, as entries in the panel's revision."""
    if basis.level != "HS6":
        return {}
    entries = Matcher(goods, basis.revision).entries
    return {
        code: GoodsItem(code, (describe(code, basis.revision) if basis.revision in REVISIONS else "") or "", OUTSIDE)
        for entry in goods.unstable
        for code in goods_of_entry(entry, basis.revision)
        if item_among(entries, code) is None
    }


_FIELDS = ("before_usd", "after_usd", "largest_before_usd", "largest_after_usd")
Moved = dict[str, tuple[RevisionChange, CodeMove]]


_KEPT: dict[tuple[str, tuple[RevisionChange, ...], bytes], tuple[Moved, str | None]] = {}
_MOST_KEPT = 32
"""Answers of :func:`_moved` kept in a process: lists of one run compare the same figures again and again."""


def _moved(
    rows: Sequence[Mapping[str, Any]], changes: Sequence[RevisionChange], basis: Basis, goods: GoodsList
) -> tuple[Moved, str | None]:
    """Return the goods that moved at some change, and why no figures were compared at any."""
    content = hashlib.blake2b(repr([tuple(row.values()) for row in rows]).encode(), digest_size=16).digest()
    key = (basis.revision, tuple(changes), content)
    found = _KEPT.get(key)
    if found is None:
        found = _compared(rows, changes, basis, goods)
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = found
    moved, reason = found
    return dict(moved), reason


def _compared(
    rows: Sequence[Mapping[str, Any]], changes: Sequence[RevisionChange], basis: Basis, goods: GoodsList
) -> tuple[Moved, str | None]:
    """Compare the figures of every code on both sides of each change."""
    matcher = Matcher(goods, basis.revision)
    six_digit = {row["source"] for row in rows if level_of(row["good"]) == "HS6"}
    cells: list[dict[str, list[float]]] = [{} for _ in changes]
    for row in sorted(rows, key=lambda row: (row["change"], row["source"], row["revision"], row["good"])):
        level = level_of(row["good"])
        if level != "HS6" and (level not in BENEATH_HS6 or row["source"] in six_digit):
            continue
        for link in matcher.convert(row["good"][:6], row["revision"]):
            before, after, *most = (link.weight * row.get(name, 0.0) for name in _FIELDS)
            cell = cells[row["change"]].setdefault(link.good, [0.0] * len(_FIELDS))
            cell[0], cell[1] = cell[0] + before, cell[1] + after
            if abs(most[1] - most[0]) > abs(cell[3] - cell[2]):
                cell[2:] = most
    found: Moved = {}
    reasons = []
    for change, of_change in zip(changes, cells, strict=True):
        names = sorted(of_change)
        columns = [np.array([of_change[name][at] for name in names]) for at in range(len(_FIELDS))]
        older, newer = _only(names, change)
        made = code_moves(
            names,
            columns[0],
            columns[1],
            largest_before_usd=columns[2],
            largest_after_usd=columns[3],
            only_before=older,
            only_after=newer,
        )
        reasons.append(made.reason)
        for move in made.codes:
            found.setdefault(move.good, (change, move))
    return found, None if None in reasons else reasons[0]


def _one_sided(moved: Moved) -> Moved:
    """Keep the goods that only one of two revisions has, and that trade on that side alone."""
    return {
        good: (change, move)
        for good, (change, move) in moved.items()
        if move.kind != "moved" and any(mask[0] for mask in _only([good], change))
    }


def _only(names: Sequence[str], change: RevisionChange) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which codes the older revision alone has, and which the newer alone; none where one is not known."""
    pair = (change.from_revision, change.to_revision)
    if not set(pair) <= set(REVISIONS):
        return np.zeros(len(names), dtype=bool), np.zeros(len(names), dtype=bool)
    old, new = (np.array([is_code(name, revision) for name in names], dtype=bool) for revision in pair)
    return old & ~new, new & ~old


def _words(move: CodeMove, change: RevisionChange) -> str:
    when = f"at {change.until:%Y-%m}"
    if change.until != change.since:
        when = f"from {change.until:%Y-%m} to {change.since:%Y-%m}"
    if move.kind == "appeared":
        return f"the figures hold no trade of it before {change.until:%Y-%m}"
    if move.kind == "vanished":
        return f"the figures hold no trade of it from {change.since:%Y-%m} on"
    return f"its trade with other destinations moved {when} to {move.move:.3g} times that of the median good"


def moved_sentence(unstable: Unstable, kept: str | None, first: UnstableGood | None = None) -> Note | None:
    """Return one sentence on the unstable goods of a panel and what was done with them; ``None`` without any.

    Args:
        kept: Why they are in the figures; ``None`` where they are left out.
        first: The one whose reason is told; the first by code if ``None``.
    """
    goods = (*unstable.goods, *unstable.holders)
    if not goods:
        return None
    names = some_of(sorted(each.good for each in goods), CODES_NAMED)
    if kept is not None:
        return Note(
            f"goods moved between codes within the windows ({names}), and the figures hold them: {kept}", Effect.MODEL
        )
    told = first or goods[0]
    lead = "" if len(goods) == 1 else f"{told.good}: "
    return Note(
        f"left out of both windows, because goods moved between codes: {names} ({lead}{told.reason})",
        Effect.MODEL,
        short=f"left out of both windows, because goods moved between codes: {some_of(sorted(each.good for each in goods), 5)}",
    )
