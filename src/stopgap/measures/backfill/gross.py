"""Compute suspended trade and gross backfill from the panel's cells, and allocate the loss to suppliers' gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from stopgap.base.errors import IdentityError
from stopgap.base.vocab import SupplierKind
from stopgap.codes.goods import GoodsItem
from stopgap.measures.backfill.results import (
    ActorResult,
    Backfill,
    Concentration,
    GoodResult,
    GroupResult,
    Identity,
    MemberResult,
    SupplierResult,
    Suspended,
)
from stopgap.measures.statistics.array_types import Array, Mask
from stopgap.panel.arrays.coded import Coded

ENTRANT_USD = 10_000.0
ENTRANT_PERIODS = 3
ABOUT_ZERO_SHARE = 0.01


class GrossCell(NamedTuple):
    """Mean dollars per year of one supplier in one good."""

    supplier: str
    good: str
    baseline_usd: float
    after_usd: float
    estimated_usd: float = 0.0


@dataclass(frozen=True)
class GrossCells:
    """Mean dollars per year by supplier and good, one entry each, as columns: (cells,)."""

    supplier: Coded
    good: Coded
    baseline_usd: Array
    after_usd: Array
    estimated_usd: Array

    @classmethod
    def of_table(cls, rows: pa.Table) -> GrossCells:
        """Read the rows of the panel's stage ``cells``."""
        dollars = (rows[name].to_numpy() for name in ("baseline_usd", "after_usd", "estimated_usd"))
        return cls(Coded.of(rows["supplier"]), Coded.of(rows["good"]), *dollars)

    def __len__(self) -> int:
        return self.baseline_usd.size

    def each(self, use: Mask) -> list[GrossCell]:
        """Return some of the cells, one by one."""
        names = ([coded.names[at] for at in coded.at[use].tolist()] for coded in (self.supplier, self.good))
        dollars = (column[use].tolist() for column in (self.baseline_usd, self.after_usd, self.estimated_usd))
        return list(map(GrossCell, *names, *dollars))


@dataclass(frozen=True)
class Roles:
    """Economies by role: coalition members (with the group each belongs to, if any), hubs, and groups as actors."""

    members: Mapping[str, str | None]
    hubs: frozenset[str]
    actors: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingFigures:
    """Figures of a finding: suspended trade, backfill, allocation of the loss, and rows by supplier and good."""

    suspended: Suspended
    backfill: Backfill
    identity: Identity
    suppliers: tuple[SupplierResult, ...]
    actors: tuple[ActorResult, ...]
    members: tuple[MemberResult, ...]
    member_groups: tuple[GroupResult, ...]
    by_good: tuple[GoodResult, ...]
    by_group: tuple[GoodResult, ...]
    concentration: Concentration


@dataclass(frozen=True)
class _Matrix:
    """Cells as a matrix, suppliers x goods."""

    names: list[str]
    goods: list[str]
    baseline: Array
    after: Array

    def of(self, rows: list[int]) -> _Matrix:
        """Return the part of some suppliers."""
        return _Matrix([self.names[row] for row in rows], self.goods, self.baseline[rows], self.after[rows])


def _matrix(cells: GrossCells) -> _Matrix:
    names, goods = list(cells.supplier.names), list(cells.good.names)
    baseline, after = np.zeros((2, len(names), len(goods)))
    np.add.at(baseline, (cells.supplier.at, cells.good.at), cells.baseline_usd)
    np.add.at(after, (cells.supplier.at, cells.good.at), cells.after_usd)
    return _Matrix(names, goods, baseline, after)


def measure_cells(
    cells: GrossCells,
    *,
    roles: Roles,
    headings: Mapping[str, str],
    items: Mapping[str, GoodsItem],
    active_periods: Mapping[str, int],
    is_annual: bool,
    estimated_goods: frozenset[str] = frozenset(),
    descriptions: Mapping[str, str] | None = None,
) -> FindingFigures:
    """Compute suspended trade, gross backfill and its allocation; gains are signed and uncapped.

    ``cells`` are of suppliers with figures in both windows only. Suppliers that
    are not members are outside the coalition. ``headings`` maps goods to four-digit headings, ``active_periods``
    suppliers to their number of after-periods with at least USD 10,000; ``estimated_goods`` have a part that a
    concordance allocated. Ratios are ``None`` if the loss is not above 0.

    Method: docs/methods/suspended.md, docs/methods/backfill.md.
    """
    whole = _matrix(cells)
    goods, is_member = whole.goods, [name in roles.members for name in whole.names]
    inside = whole.of([row for row, member in enumerate(is_member) if member])
    outside = whole.of([row for row, member in enumerate(is_member) if not member])
    loss = inside.baseline.sum(axis=0) - inside.after.sum(axis=0)
    gain = outside.after - outside.baseline
    allocation = allocate(loss, gain, [headings[good] for good in goods])

    words = {good: (descriptions or {}).get(good) or items[good].description for good in goods}
    singles = [[column] for column in range(len(goods))]
    by_good = _good_results(
        singles, goods, list(words.values()), inside, outside, allocation, estimated_goods=estimated_goods
    )
    grouped: dict[str, list[int]] = {}
    for column, good in enumerate(goods):
        grouped.setdefault(items[good].group, []).append(column)
    groups = sorted(grouped)
    columns = [grouped[group] for group in groups]
    counts = [f"{len(each)} goods" for each in columns]
    by_group = _good_results(columns, groups, counts, inside, outside, allocation, estimated_goods=estimated_goods)
    baseline, after = float(inside.baseline.sum()), float(inside.after.sum())
    suspended = Suspended(baseline, after, baseline - after, (baseline - after) / baseline if baseline > 0 else None)
    is_filled = suspended.loss_usd > 0 and bool(outside.names)
    return FindingFigures(
        suspended=suspended,
        backfill=Backfill(float(gain.sum()) / suspended.loss_usd if is_filled else None, defined=is_filled),
        identity=Identity(
            loss_usd=float(np.clip(loss, 0.0, None).sum()),
            filled_same_good_usd=float(allocation.same_good.sum()),
            filled_same_heading_usd=float(allocation.same_heading.sum()),
            unfilled_usd=float(allocation.unfilled.sum()),
            overfill_usd=float(allocation.overfill.sum()),
        ),
        suppliers=_suppliers(outside, allocation, suspended, roles, active_periods, is_annual=is_annual),
        actors=_actors(inside, outside, suspended, roles),
        members=_members(inside),
        member_groups=_member_groups(inside, roles),
        by_good=tuple(sorted(by_good, key=lambda result: (-result.loss_usd, result.good))),
        by_group=tuple(by_group),
        concentration=_concentration(inside, outside),
    )


@dataclass(frozen=True)
class Allocation:
    """Allocation of the loss to suppliers' gains, in the unit of the input.

    ``same_good`` and ``same_heading`` are suppliers x goods: loss filled by the supplier's gain in the same good, and
    remaining loss filled by its unused gains in any good of the heading. ``unfilled``, by good, is the loss that no
    gain filled; ``overfill``, suppliers x goods, is the gain beyond any loss.
    """

    same_good: Array
    same_heading: Array
    unfilled: Array
    overfill: Array


def allocate(loss: Array, gain: Array, headings: Sequence[str]) -> Allocation:
    """Allocate the loss of each good to gains in the good (suppliers x goods), then to gains in its heading.

    Within a good, ``min(loss, sum of gains)`` is shared in proportion to the gains. Remaining
    losses and gains are then matched within each four-digit heading the same way.
    Negative losses and gains count as 0; every part is at least 0.

    Method: docs/methods/backfill.md (ours).
    """
    losses = np.clip(loss, 0.0, None)
    gains = np.clip(gain, 0.0, None)
    total = gains.sum(axis=0)
    filled = np.minimum(total, losses)
    scale = np.divide(filled, total, out=np.zeros_like(total), where=total > 0)
    same_good = gains * scale
    same_heading = np.zeros_like(gains)
    remaining = losses - filled
    unused = gains - same_good
    by_heading: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        by_heading.setdefault(heading, []).append(position)
    overfill = unused.copy()
    for positions in by_heading.values():
        rest = remaining[positions]
        supply = unused[:, positions]
        wanted, offered = float(rest.sum()), float(supply.sum())
        matched = min(wanted, offered)
        if matched <= 0:
            continue
        same_heading[:, positions] = np.outer(supply.sum(axis=1) / offered * matched, rest / wanted)
        overfill[:, positions] = supply * (1 - matched / offered)
    unfilled = losses - same_good.sum(axis=0) - same_heading.sum(axis=0)
    _check(losses, same_good, same_heading, unfilled)
    return Allocation(same_good, same_heading, np.clip(unfilled, 0.0, None), np.clip(overfill, 0.0, None))


def _check(losses: Array, same_good: Array, same_heading: Array, unfilled: Array) -> None:
    """Check that the parts add up to the loss, within rounding of doubles at its scale.

    Raises:
        IdentityError: They do not.
    """
    tolerance = 1e-9 * max(1.0, float(losses.sum()))
    parts = float(same_good.sum() + same_heading.sum() + unfilled.sum())
    if abs(parts - float(losses.sum())) > tolerance or (unfilled.size and float(unfilled.min()) < -tolerance):
        raise IdentityError(
            "the parts of the loss do not add up to it",
            where=f"loss {losses.sum():.6g}, parts {parts:.6g}",
            fix="this is a fault in Stopgap: report it with the goods list and the vintage",
        )


def supplier_kind(baseline_usd: float, after_usd: float, active: int, *, is_annual: bool) -> SupplierKind:
    """Classify a supplier as entrant, intensified or fell.

    An entrant sold nothing in the baseline and something after; or about nothing (under USD 10,000 a
    year and under 1 % of its after-window sales) and at least USD 10,000 in three after-months; with
    annual data, at least USD 30,000 a year in the after-window.
    """
    if after_usd < baseline_usd:
        return SupplierKind.FELL
    if baseline_usd == 0 < after_usd:
        return SupplierKind.ENTRANT
    about_zero = baseline_usd < ENTRANT_USD and baseline_usd < ABOUT_ZERO_SHARE * after_usd
    enough = after_usd >= ENTRANT_USD * ENTRANT_PERIODS if is_annual else active >= ENTRANT_PERIODS
    return SupplierKind.ENTRANT if about_zero and enough else SupplierKind.INTENSIFIED


def _suppliers(
    outside: _Matrix,
    allocation: Allocation,
    suspended: Suspended,
    roles: Roles,
    active_periods: Mapping[str, int],
    *,
    is_annual: bool,
) -> tuple[SupplierResult, ...]:
    results = []
    sums = (outside.baseline, outside.after, allocation.same_good, allocation.same_heading)
    rows = zip(outside.names, *(part.sum(axis=1).tolist() for part in sums), strict=True)
    for name, baseline, after, same_good, same_heading in rows:
        gain = after - baseline
        results.append(
            SupplierResult(
                supplier=name,
                baseline_usd=baseline,
                after_usd=after,
                gain_usd=gain,
                share_of_loss=gain / suspended.loss_usd if suspended.loss_usd > 0 else None,
                kind=supplier_kind(baseline, after, active_periods.get(name, 0), is_annual=is_annual).value,
                is_hub=name in roles.hubs,
                filled_same_good_usd=same_good,
                filled_same_heading_usd=same_heading,
            )
        )
    return tuple(sorted(results, key=lambda result: (-result.gain_usd, result.supplier)))


def _actors(inside: _Matrix, outside: _Matrix, suspended: Suspended, roles: Roles) -> tuple[ActorResult, ...]:
    """Return the groups of which at least two suppliers have figures, largest gain first."""
    whole = [float(inside.baseline.sum() + outside.baseline.sum()), float(inside.after.sum() + outside.after.sum())]
    results = []
    for actor, named in roles.actors.items():
        rows = [row for row, name in enumerate(outside.names) if name in named]
        if len(rows) < 2:
            continue
        baseline, after = float(outside.baseline[rows].sum()), float(outside.after[rows].sum())
        shares = [
            dollars / total if total > 0 else None for dollars, total in zip((baseline, after), whole, strict=True)
        ]
        results.append(
            ActorResult(
                actor=actor,
                suppliers=tuple(outside.names[row] for row in rows),
                baseline_usd=baseline,
                after_usd=after,
                gain_usd=after - baseline,
                share_of_loss=(after - baseline) / suspended.loss_usd if suspended.loss_usd > 0 else None,
                baseline_share_of_inflow=shares[0],
                after_share_of_inflow=shares[1],
            )
        )
    return tuple(sorted(results, key=lambda result: (-result.gain_usd, result.actor)))


def _members(inside: _Matrix) -> tuple[MemberResult, ...]:
    results = []
    for row, name in enumerate(inside.names):
        baseline, after = float(inside.baseline[row].sum()), float(inside.after[row].sum())
        results.append(MemberResult(name, baseline, after, after - baseline))
    return tuple(sorted(results, key=lambda result: (result.change_usd, result.supplier)))


def _member_groups(inside: _Matrix, roles: Roles) -> tuple[GroupResult, ...]:
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(inside.names):
        group = roles.members[name]
        if group is not None:
            groups.setdefault(group, []).append(row)
    results = []
    for group, rows in sorted(groups.items()):
        baseline, after = float(inside.baseline[rows].sum()), float(inside.after[rows].sum())
        results.append(GroupResult(group, len(rows), baseline, after, after - baseline))
    return tuple(results)


def _good_results(
    columns: Sequence[list[int]],
    labels: Sequence[str],
    descriptions: Sequence[str],
    inside: _Matrix,
    outside: _Matrix,
    allocation: Allocation,
    *,
    estimated_goods: frozenset[str],
) -> list[GoodResult]:
    """Return a row for each set of columns: a good alone, or the goods of a group."""
    every = [column for each in columns for column in each]
    starts = np.cumsum([0, *map(len, columns[:-1])])[: len(columns)]

    def of_suppliers(part: Array) -> Array:
        """Return sums by set and supplier."""
        found: Array = np.add.reduceat(np.ascontiguousarray(part[:, every].T), starts, axis=0)
        return found

    gains = of_suppliers(outside.after - outside.baseline)
    top = gains.argmax(axis=1) if gains.size else np.zeros(len(columns), dtype=np.int64)
    is_risen = gains.max(axis=1, initial=0.0) > 0
    parts = (inside.baseline, inside.after, allocation.same_good, allocation.same_heading, allocation.overfill)
    sums = [of_suppliers(part).sum(axis=1).tolist() for part in parts]
    sums += [gains.sum(axis=1).tolist(), np.add.reduceat(allocation.unfilled[every], starts).tolist()]
    return [
        GoodResult(
            good=labels[at],
            description=descriptions[at],
            baseline_usd=baseline,
            after_usd=after,
            loss_usd=baseline - after,
            gain_usd=gain,
            filled_same_good_usd=same_good,
            filled_same_heading_usd=same_heading,
            unfilled_usd=rest,
            overfill_usd=overfill,
            top_supplier=outside.names[int(top[at])] if is_risen[at] else None,
            is_estimated=any(inside.goods[column] in estimated_goods for column in columns[at]),
        )
        for at, (baseline, after, same_good, same_heading, overfill, gain, rest) in enumerate(zip(*sums, strict=True))
    ]


def _concentration(inside: _Matrix, outside: _Matrix) -> Concentration:
    def hhi(*parts: Array) -> float | None:
        sums = np.concatenate([part.sum(axis=1) for part in parts])
        total = float(sums.sum())
        return float(((sums / total) ** 2).sum()) if total > 0 else None

    return Concentration(hhi(inside.baseline, outside.baseline), hhi(inside.after, outside.after))
