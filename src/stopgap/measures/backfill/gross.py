"""Suspended trade and gross backfill, from the panel's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.base.vocab import SupplierKind
from stopgap.codes.goods import GoodsItem
from stopgap.measures.backfill.allocation import Allocation, Array, allocate
from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    GoodResult,
    GroupResult,
    Identity,
    MemberResult,
    SupplierResult,
    Suspended,
)

ENTRANT_USD = 10_000.0
ENTRANT_PERIODS = 3
ABOUT_ZERO_SHARE = 0.01


@dataclass(frozen=True)
class Cell:
    """Mean dollars per year of one supplier in one good."""

    supplier: str
    good: str
    baseline_usd: float
    after_usd: float
    estimated_usd: float = 0.0


@dataclass(frozen=True)
class Roles:
    """Who is who: members (with the group each came by) and hubs."""

    members: Mapping[str, str | None]
    hubs: frozenset[str]


@dataclass(frozen=True)
class FindingFigures:
    """The figures of a finding."""

    suspended: Suspended
    backfill: Backfill
    identity: Identity
    suppliers: tuple[SupplierResult, ...]
    members: tuple[MemberResult, ...]
    member_groups: tuple[GroupResult, ...]
    by_good: tuple[GoodResult, ...]
    by_group: tuple[GoodResult, ...]
    concentration: Concentration


@dataclass(frozen=True)
class _Matrix:
    """Cells as suppliers x goods."""

    names: list[str]
    goods: list[str]
    baseline: Array
    after: Array


def _matrix(cells: Sequence[Cell], goods: list[str], wanted: set[str]) -> _Matrix:
    names = sorted({cell.supplier for cell in cells if cell.supplier in wanted})
    row = {name: number for number, name in enumerate(names)}
    column = {good: number for number, good in enumerate(goods)}
    baseline, after = np.zeros((len(names), len(goods))), np.zeros((len(names), len(goods)))
    for cell in cells:
        if cell.supplier in row:
            baseline[row[cell.supplier], column[cell.good]] += cell.baseline_usd
            after[row[cell.supplier], column[cell.good]] += cell.after_usd
    return _Matrix(names, goods, baseline, after)


def measure_cells(
    cells: Sequence[Cell],
    *,
    roles: Roles,
    headings: Mapping[str, str],
    items: Mapping[str, GoodsItem],
    active_periods: Mapping[str, int],
    is_annual: bool,
    estimated_goods: frozenset[str] = frozenset(),
    descriptions: Mapping[str, str] | None = None,
) -> FindingFigures:
    """Suspended trade, gross backfill and its allocation.

    Args:
        cells: One per (supplier, good) with figures in both windows; current US dollars,
            means per year. Suppliers without both windows must not be here.
        roles: Members and hubs; every other supplier is outside the coalition.
        headings: Good -> four-digit heading.
        items: Good -> entry of the goods list.
        active_periods: Supplier -> after-periods with at least USD 10,000.
        is_annual: Whether a period is a year.
        estimated_goods: Goods with a part that a concordance allocated.
        descriptions: Good -> words.

    Returns:
        Signed, uncapped gains; ratios ``None`` where the loss is not above 0.

    Raises:
        IdentityError: The parts of the loss do not add up to it.

    Method: docs/methods/suspended.md, docs/methods/backfill.md.
    """
    goods = sorted({cell.good for cell in cells})
    present = {cell.supplier for cell in cells}
    inside = _matrix(cells, goods, present & set(roles.members))
    outside = _matrix(cells, goods, present - set(roles.members))
    loss = inside.baseline.sum(axis=0) - inside.after.sum(axis=0)
    gain = outside.after - outside.baseline
    allocation = allocate(loss, gain, [headings[good] for good in goods])

    suspended = _suspended(inside)
    return FindingFigures(
        suspended=suspended,
        backfill=_backfill(suspended, outside),
        identity=_identity(loss, allocation),
        suppliers=_suppliers(outside, allocation, suspended, roles, active_periods, is_annual=is_annual),
        members=_members(inside),
        member_groups=_member_groups(inside, roles),
        by_good=_by_good(inside, outside, allocation, items, estimated_goods, descriptions or {}),
        by_group=_by_group(inside, outside, allocation, items, estimated_goods),
        concentration=_concentration(inside, outside),
    )


def _suspended(inside: _Matrix) -> Suspended:
    baseline, after = float(inside.baseline.sum()), float(inside.after.sum())
    share = (baseline - after) / baseline if baseline > 0 else None
    return Suspended(baseline, after, baseline - after, share)


def _backfill(suspended: Suspended, outside: _Matrix) -> Backfill:
    if suspended.loss_usd <= 0 or not outside.names:
        return Backfill(gross_ratio=None, defined=False)
    return Backfill(gross_ratio=float((outside.after - outside.baseline).sum()) / suspended.loss_usd)


def _identity(loss: Array, allocation: Allocation) -> Identity:
    return Identity(
        loss_usd=float(np.clip(loss, 0.0, None).sum()),
        filled_same_good_usd=float(allocation.same_good.sum()),
        filled_same_heading_usd=float(allocation.same_heading.sum()),
        unfilled_usd=float(allocation.unfilled.sum()),
        overfill_usd=float(allocation.overfill.sum()),
    )


def supplier_kind(baseline_usd: float, after_usd: float, active: int, *, is_annual: bool) -> SupplierKind:
    """Entrant, intensified or fell.

    An entrant sold about nothing in the baseline (under USD 10,000 a year and under
    1 % of what it sells after) and at least USD 10,000 in three after-months; with annual
    data, at least USD 30,000 in an after-year.
    """
    if after_usd < baseline_usd:
        return SupplierKind.FELL
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
    for row, name in enumerate(outside.names):
        baseline, after = float(outside.baseline[row].sum()), float(outside.after[row].sum())
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
                filled_same_good_usd=float(allocation.same_good[row].sum()),
                filled_same_heading_usd=float(allocation.same_heading[row].sum()),
            )
        )
    return tuple(sorted(results, key=lambda result: (-result.gain_usd, result.supplier)))


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


def _good_result(
    columns: list[int],
    label: str,
    description: str,
    inside: _Matrix,
    outside: _Matrix,
    allocation: Allocation,
    *,
    is_estimated: bool,
) -> GoodResult:
    gains = (outside.after[:, columns] - outside.baseline[:, columns]).sum(axis=1)
    top = outside.names[int(gains.argmax())] if gains.size and gains.max() > 0 else None
    baseline, after = float(inside.baseline[:, columns].sum()), float(inside.after[:, columns].sum())
    return GoodResult(
        good=label,
        description=description,
        baseline_usd=baseline,
        after_usd=after,
        loss_usd=baseline - after,
        gain_usd=float(gains.sum()),
        filled_same_good_usd=float(allocation.same_good[:, columns].sum()),
        filled_same_heading_usd=float(allocation.same_heading[:, columns].sum()),
        unfilled_usd=float(allocation.unfilled[columns].sum()),
        overfill_usd=float(allocation.overfill[:, columns].sum()),
        top_supplier=top,
        is_estimated=is_estimated,
    )


def _by_good(
    inside: _Matrix,
    outside: _Matrix,
    allocation: Allocation,
    items: Mapping[str, GoodsItem],
    estimated: frozenset[str],
    descriptions: Mapping[str, str],
) -> tuple[GoodResult, ...]:
    results = [
        _good_result(
            [column],
            good,
            descriptions.get(good) or items[good].description,
            inside,
            outside,
            allocation,
            is_estimated=good in estimated,
        )
        for column, good in enumerate(inside.goods)
    ]
    return tuple(sorted(results, key=lambda result: (-result.loss_usd, result.good)))


def _by_group(
    inside: _Matrix, outside: _Matrix, allocation: Allocation, items: Mapping[str, GoodsItem], estimated: frozenset[str]
) -> tuple[GoodResult, ...]:
    columns: dict[str, list[int]] = {}
    for column, good in enumerate(inside.goods):
        columns.setdefault(items[good].group, []).append(column)
    return tuple(
        _good_result(
            positions,
            group,
            f"{len(positions)} goods",
            inside,
            outside,
            allocation,
            is_estimated=any(inside.goods[position] in estimated for position in positions),
        )
        for group, positions in sorted(columns.items())
    )


def _concentration(inside: _Matrix, outside: _Matrix) -> Concentration:
    def hhi(*parts: Array) -> float | None:
        sums = np.concatenate([part.sum(axis=1) for part in parts])
        total = float(sums.sum())
        return float(((sums / total) ** 2).sum()) if total > 0 else None

    return Concentration(hhi(inside.baseline, outside.baseline), hhi(inside.after, outside.after))
