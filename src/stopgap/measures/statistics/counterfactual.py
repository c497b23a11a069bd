"""Estimate net backfill: suppliers' sales to the target beyond their counterfactual.

The counterfactual of a supplier's trade with a destination in a good is its baseline
there times its growth in that good elsewhere. Ordinary goods, which no list names, show
how much a destination moved for its own reasons; other destinations show how much such
figures move by chance.

Method: docs/methods/net-backfill.md. The triple difference in ratio form, with the
interval of Donald and Lang (2007) over placebo destinations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.cells import CellSums, WorldCells, cell_sums, control_sums, expected_usd
from stopgap.measures.statistics.growth import fit_growth
from stopgap.measures.statistics.member_loss import MemberCounterfactual, member_counterfactual, members_elsewhere
from stopgap.measures.statistics.ordinary_goods import DoseResponse, dose_response
from stopgap.measures.statistics.placebo import Spread, fit_spread, placebo_rank
from stopgap.measures.statistics.symmetric import (
    CounterfactualLoss,
    Part,
    RankInterval,
    SymmetricRatio,
    rank_interval,
    symmetric_ratio,
)

LEAST_VOLUME = 0.05
"""Smallest counterfactual trade of a placebo destination, relative to the target's."""

_ROUNDS = 2
OWN_PLACEBOS = 8
"""Fewest placebos with which a single supplier, good or group has its own spread."""

WIDEST_LOG = float(np.log(20.0))
"""Log of the factor 20 at which deviations of single suppliers and goods are capped: a zero has no logarithm."""


@dataclass(frozen=True)
class NetEstimate:
    """Net dollars a year of some suppliers in some goods; ``low_usd`` and ``high_usd`` are the 95 % interval, if any.

    ``net_usd`` is continuing cells' after-window sales (``observed_usd``) minus their counterfactual
    (``expected_usd``), plus all sales of cells without a baseline (``entrants_usd``).
    """

    net_usd: float
    observed_usd: float
    expected_usd: float
    entrants_usd: float
    low_usd: float | None = None
    high_usd: float | None = None

    @property
    def ci95_usd(self) -> tuple[float | None, float | None]:
        """Return the 95 % interval of ``net_usd``."""
        return self.low_usd, self.high_usd


@dataclass(frozen=True)
class NetBackfill:
    """Net backfill at the target: all suppliers outside the coalition, and each supplier, actor, good and group.

    ``total`` is relative to ordinary goods if there are any, ``double_difference`` is not; parts sum to the total.
    ``excess`` is δ, the log excess of sanctioned over ordinary goods, ``None`` if nothing was sold or expected;
    ``ordinary_excess`` is δ_U, that of ordinary goods, with half of its 95 % band over placebos, ``None`` without them.
    If it is a ``dose`` response, ``single`` holds the total with one excess of all ordinary goods.
    ``placebos`` are in order of counterfactual trade, largest first; ``rank`` is the target's among them, and their
    number; ``spread`` is of their δ. ``excesses`` are (destination, δ, its standard deviation by chance), the target
    included, most deviations from 0 first; empty without a rank. Suppliers in ``borrowed_growth``, without trade
    elsewhere, use the growth of all. ``by_ranks`` is the interval of ``total`` that inverts the placebo rank test.
    ``loss`` is the coalition's counterfactual loss and ``symmetric`` net backfill divided by it, ``None`` if no
    member sold anything elsewhere.
    """

    total: NetEstimate
    double_difference: NetEstimate
    excess: float | None
    ordinary_excess: float | None
    ordinary_half_width: float | None
    placebos: tuple[str, ...]
    rank: tuple[int, int] | None
    spread: Spread | None
    excesses: tuple[tuple[str, float, float], ...]
    by_supplier: dict[str, NetEstimate]
    by_good: dict[str, NetEstimate]
    by_group: dict[str, NetEstimate]
    borrowed_growth: tuple[str, ...]
    by_actor: dict[str, NetEstimate] = field(default_factory=dict)
    by_ranks: RankInterval | None = None
    dose: DoseResponse | None = None
    single: OneExcess | None = None
    loss: CounterfactualLoss | None = None
    symmetric: SymmetricRatio | None = None


@dataclass(frozen=True)
class OneExcess:
    """Net backfill, loss and their ratio with one excess of all ordinary goods, beside the dose-response form."""

    excess: float
    total: NetEstimate
    loss: CounterfactualLoss | None
    symmetric: SymmetricRatio | None


def _log_ratio(over: Array, under: Array) -> Array:
    """Return log(over / under), NaN if either is 0: for sums that are then masked."""
    ratio = np.divide(over, under, out=np.full_like(over, np.nan), where=(under > 0) & (over > 0))
    return np.asarray(np.log(ratio))


@dataclass(frozen=True)
class _Setting:
    """Target, placebos and ordinary-goods excess, common to every estimate."""

    target: int
    placebo: Index
    ordinary: Array  # δ_U by destination, zeros in the double difference
    ordinary_index: Array
    extra: float = 0.0  # variance of δ_U at the target that placebos do not have

    def estimate(self, sums: CellSums, row: int, spread: Spread | None) -> NetEstimate:
        """Return one slice's net dollars, with its interval if the spread is known."""
        observed = float(sums.observed[row, self.target])
        expected = float(sums.expected[row, self.target] * np.exp(self.ordinary[self.target]))
        entrants = float(sums.entrants[row, self.target])
        net = observed - expected + entrants
        estimate = NetEstimate(net, observed, expected, entrants)
        if spread is None or expected <= 0:
            return estimate
        index = sums.index[row, self.target] + self.ordinary_index[self.target]
        factor = float(np.exp(spread.half_width(np.array([index]), extra=self.extra)[0]))
        if not np.isfinite(factor):
            return estimate
        return replace(
            estimate, low_usd=observed - expected * factor + entrants, high_usd=observed - expected / factor + entrants
        )

    def deviations(self, sums: CellSums, rows: Index) -> tuple[Array, Array]:
        """Return placebo deviations of slices, and their Herfindahl indices; (n,) each.

        A slice counts at a placebo if its expected sales there are at least :data:`LEAST_VOLUME` of
        those at the target; if it sold nothing the deviation is capped at :data:`WIDEST_LOG`.
        """
        expected = sums.expected[np.ix_(rows, self.placebo)]
        observed = sums.observed[np.ix_(rows, self.placebo)]
        known = (expected > 0) & (expected >= LEAST_VOLUME * sums.expected[rows][:, [self.target]])
        ratio = np.divide(observed, expected, out=np.zeros_like(observed), where=known)
        log = np.log(np.clip(ratio, np.exp(-WIDEST_LOG), np.exp(WIDEST_LOG))) - self.ordinary[self.placebo]
        index = sums.index[np.ix_(rows, self.placebo)] + self.ordinary_index[self.placebo]
        return log[known], index[known]


def net_backfill(
    cells: WorldCells,
    *,
    target: str,
    members: Collection[str],
    hubs: Collection[str],
    groups: dict[str, str] | None = None,
    actors: Mapping[str, Collection[str]] | None = None,
    placebo_targets: Collection[str] | None = None,
) -> NetBackfill | None:
    """Estimate the net backfill of all suppliers outside the coalition, and the coalition's counterfactual loss.

    Members are not suppliers here, but destinations like others; hubs are suppliers like others, but not control
    destinations; ``groups`` are those of sanctioned goods in the goods list, ``actors`` groups of suppliers. If
    ``placebo_targets`` is ``None``, all destinations except target and hubs may be placebos. Returns ``None`` if no
    supplier outside the coalition sold sanctioned goods to the target, or none sold anything elsewhere: there is no
    counterfactual.

    Method: docs/methods/net-backfill.md.
    """
    is_inside = np.array([name in members for name in cells.suppliers], dtype=bool)
    names = is_inside | np.array([name == target for name in cells.suppliers], dtype=bool)
    if target not in cells.destinations or not cells.suppliers:
        return None
    inside, cells = cells.kept(is_inside[cells.supplier]), cells.kept(~names[cells.supplier])
    at = cells.destinations.index(target)
    is_control = np.array([name != target and name not in hubs for name in cells.destinations], dtype=bool)
    growth = fit_growth(control_sums(cells, is_control))
    sanctioned = cells.is_sanctioned[cells.good]
    if not growth.is_known or not (sanctioned & (cells.destination == at)).any():
        return None
    expected = expected_usd(cells, growth, is_control)
    kind = cell_sums(cells, expected, sanctioned.astype(np.int64), 2)  # row 0 ordinary, row 1 sanctioned
    allowed = is_control & np.array([placebo_targets is None or name in placebo_targets for name in cells.destinations])
    has_ordinary = bool(kind.expected[0, at] > 0 and kind.observed[0, at] > 0)
    one = _setting(kind, at, allowed, with_ordinary=has_ordinary)
    plain = _setting(kind, at, allowed, with_ordinary=False)
    lost, dose = _member_side(cells, expected, inside, is_control, one) if inside.supplier.size else (None, None)
    setting = one if dose is None else _by_dose(one, dose)
    answer = _whole(kind, setting, lost)
    first = None if dose is None else _whole(kind, one, lost)
    order = setting.placebo[np.argsort(-kind.expected[1, setting.placebo], kind="stable")]
    only = cells.kept(sanctioned)
    slices = (only, expected[sanctioned], setting)
    at_target = np.unique(only.supplier[only.destination == at])
    goods = np.unique(only.good[only.destination == at])
    of_actor = {name: actor for actor, named in (actors or {}).items() for name in named}
    return NetBackfill(
        total=answer.total,
        double_difference=plain.estimate(kind, 1, fit_spread(*_total_deviations(kind, plain))),
        excess=answer.excess,
        ordinary_excess=float(setting.ordinary[at]) if has_ordinary else None,
        ordinary_half_width=_ordinary_half_width(kind, setting) if has_ordinary else None,
        dose=dose,
        single=None if first is None else OneExcess(float(one.ordinary[at]), first.total, first.loss, first.symmetric),
        placebos=tuple(cells.destinations[position] for position in order),
        rank=answer.rank,
        spread=answer.spread,
        excesses=_excesses(kind, setting, answer, cells.destinations),
        by_ranks=answer.by_ranks,
        by_supplier=_parts(*slices, only.supplier, cells.suppliers, at_target),
        by_actor=_labelled_parts(*slices, only.supplier, [of_actor.get(name) for name in cells.suppliers]),
        by_good=_parts(*slices, only.good, cells.goods, goods),
        by_group=_labelled_parts(*slices, only.good, [(groups or {}).get(good) for good in cells.goods]),
        borrowed_growth=tuple(cells.suppliers[row] for row in at_target if growth.is_borrowed[row]),
        loss=answer.loss,
        symmetric=answer.symmetric,
    )


def _member_side(
    cells: WorldCells, expected: Array, inside: WorldCells, is_control: Mask, one: _Setting
) -> tuple[MemberCounterfactual | None, DoseResponse | None]:
    """Return the members' counterfactual and, with enough ordinary goods, their dose response.

    Each needs the other: what members lost in ordinary goods is the dose, and the move of demand scales
    their counterfactual; a second round settles both.
    """
    here = (cells.destination == one.target) & (cells.baseline_usd > 0)
    ordinary = ~cells.is_sanctioned
    sold, cf = (
        np.bincount(cells.good[here], values[here], minlength=len(cells.goods)).astype(np.float64)[ordinary]
        for values in (cells.after_usd, expected)
    )
    elsewhere, dose = members_elsewhere(inside, one.target, is_control), None
    if elsewhere is None:
        return None, None
    lost = member_counterfactual(elsewhere, float(np.exp(one.ordinary[one.target])))
    for _ in range(_ROUNDS):
        members = (values[ordinary] for values in lost.by_good(one.target))
        dose = dose_response(sold, cf, *members, noise=lost.chance_of_goods(one.placebo))
        if dose is None:
            break
        lost = member_counterfactual(elsewhere, float(np.exp(dose.excess)))
    return lost, dose


def _by_dose(one: _Setting, dose: DoseResponse) -> _Setting:
    """Return the setting with the dose response as the excess of ordinary goods at the target."""
    ordinary = one.ordinary.copy()
    ordinary[one.target] = dose.excess
    return replace(one, ordinary=ordinary, extra=max(dose.error**2 - dose.plain_error**2, 0.0))


@dataclass(frozen=True)
class _Whole:
    """Figures of all suppliers together."""

    total: NetEstimate
    excess: float | None
    spread: Spread | None
    rank: tuple[int, int] | None
    by_ranks: RankInterval | None
    loss: CounterfactualLoss | None
    symmetric: SymmetricRatio | None


def _whole(kind: CellSums, setting: _Setting, lost: MemberCounterfactual | None) -> _Whole:
    """Estimate net backfill of all suppliers, the loss, and the ratio of both."""
    at = setting.target
    deviation, index = _total_deviations(kind, setting)
    spread = fit_spread(deviation, index)
    total = setting.estimate(kind, 1, spread)
    excess = rank = by_ranks = part = None
    if total.observed_usd > 0 and total.expected_usd > 0:
        excess = float(np.log(total.observed_usd / total.expected_usd))
    if spread is not None and total.expected_usd > 0:
        own = float(kind.index[1, at] + setting.ordinary_index[at])
        part = Part.of(
            total.observed_usd + total.entrants_usd,
            -total.expected_usd,
            (spread, own, setting.extra),
            (deviation, index),
        )
        by_ranks = rank_interval(part.at(part.errors * part.deviation))
        if excess is not None:
            rank = placebo_rank(spread, (excess, own), deviation, index, extra=setting.extra)
    if lost is None:
        return _Whole(total, excess, spread, rank, by_ranks, None, None)
    loss, loss_part, known = _loss(lost, setting)
    ratio = symmetric_ratio(total.net_usd, loss, part, loss_part, known, setting.extra)
    return _Whole(total, excess, spread, rank, by_ranks, loss, ratio)


def _loss(lost: MemberCounterfactual, setting: _Setting) -> tuple[CounterfactualLoss, Part | None, Mask]:
    """Return the counterfactual loss, its error, and at which placebos members trade enough to show one."""
    at, sums = setting.target, lost.sums
    factor = float(np.exp(setting.ordinary[at]))
    expected = float(sums.expected[1, at]) * factor
    sold = float(sums.observed[1, at] + sums.entrants[1, at])
    by_good, by_member = lost.losses(at, factor)
    places = setting.placebo
    known = (sums.expected[1, places] >= LEAST_VOLUME * sums.expected[1, at]) & (sums.observed[1, places] > 0)
    known &= sums.expected[1, places] > 0
    kept = places[known]
    deviation = _log_ratio(sums.observed[1, kept], sums.expected[1, kept]) - setting.ordinary[kept]
    index = sums.index[1, kept] + setting.ordinary_index[kept]
    spread = fit_spread(deviation, index)
    part = None
    if spread is not None and expected > 0:
        own = float(sums.index[1, at] + setting.ordinary_index[at])
        extra = setting.extra + lost.diversion_variance
        part = Part.of(-sold, expected, (spread, own, extra), (deviation, index))
    low, high = part.ci95 if part is not None else (None, None)
    loss = CounterfactualLoss(
        expected - sold, expected, sold, low, high, by_good, by_member, lost.diversion, lost.borrowed
    )
    return loss, part, known


def _setting(kind: CellSums, at: int, allowed: Mask, *, with_ordinary: bool) -> _Setting:
    """Return which destinations are placebos, and how much ordinary goods moved at each."""
    enough = allowed & (kind.observed[1] > 0) & (kind.expected[1] > 0)
    enough &= kind.expected[1] >= LEAST_VOLUME * kind.expected[1, at]
    if not with_ordinary:
        zeros = np.zeros(allowed.size)
        return _Setting(at, np.flatnonzero(enough), zeros, zeros)
    enough &= (kind.observed[0] > 0) & (kind.expected[0] >= LEAST_VOLUME * kind.expected[0, at])
    ordinary = np.nan_to_num(_log_ratio(kind.observed[0], kind.expected[0]))
    return _Setting(at, np.flatnonzero(enough), ordinary, kind.index[0])


def _total_deviations(kind: CellSums, setting: _Setting) -> tuple[Array, Array]:
    placebo = setting.placebo
    deviation = _log_ratio(kind.observed[1, placebo], kind.expected[1, placebo]) - setting.ordinary[placebo]
    return deviation, kind.index[1, placebo] + setting.ordinary_index[placebo]


def _excesses(
    kind: CellSums, setting: _Setting, whole: _Whole, names: tuple[str, ...]
) -> tuple[tuple[str, float, float], ...]:
    """Return each destination's excess with its standard deviation, in the order of the rank; empty without one."""
    if whole.spread is None or whole.excess is None:
        return ()
    placebo, index = _total_deviations(kind, setting)
    at = setting.target
    excess = np.append(whole.excess, placebo)
    concentration = np.append(kind.index[1, at] + setting.ordinary_index[at], index)
    extra = np.append(setting.extra, np.zeros(placebo.size))
    deviation = np.sqrt(whole.spread.standard_deviation(concentration) ** 2 + extra)
    named = [names[at], *(names[row] for row in setting.placebo)]
    scaled = np.divide(excess, deviation, out=excess.copy(), where=deviation > 0)
    order = np.lexsort((np.array(named), -scaled))
    return tuple((named[row], float(excess[row]), float(deviation[row])) for row in order)


def _ordinary_half_width(kind: CellSums, setting: _Setting) -> float | None:
    """Return the half-width of the 95 % chance band of ordinary goods at the target, estimated from the placebos."""
    spread = fit_spread(setting.ordinary[setting.placebo], setting.ordinary_index[setting.placebo])
    if spread is None:
        return None
    return float(spread.half_width(setting.ordinary_index[[setting.target]], extra=setting.extra)[0])


def _parts(
    cells: WorldCells, expected: Array, setting: _Setting, slices: Index, names: tuple[str, ...], shown: Index
) -> dict[str, NetEstimate]:
    """Estimate each slice, with the spread of its own trade over placebos.

    Slices with fewer than :data:`OWN_PLACEBOS` placebos use a spread pooled over all such slices.
    """
    sums = cell_sums(cells, expected, slices, len(names))
    own = {int(row): setting.deviations(sums, np.array([row])) for row in shown}
    few = np.array([row for row, (deviation, _) in own.items() if deviation.size < OWN_PLACEBOS], dtype=np.int64)
    pooled = fit_spread(*setting.deviations(sums, few), placebos=setting.placebo.size) if few.size else None
    spreads = {row: fit_spread(*each) if each[0].size >= OWN_PLACEBOS else pooled for row, each in own.items()}
    return {names[row]: setting.estimate(sums, row, spread) for row, spread in spreads.items()}


def _labelled_parts(
    cells: WorldCells, expected: Array, setting: _Setting, axis: Index, labels: Sequence[str | None]
) -> dict[str, NetEstimate]:
    """Estimate slices by label: ``axis`` (n,) are positions of the cells among ``labels``; those without one are out."""
    names = tuple(sorted({label for label in labels if label is not None}))
    if not names:
        return {}
    place = {name: row for row, name in enumerate(names)}
    slices = np.array([-1 if label is None else place[label] for label in labels], dtype=np.int64)
    keep = slices[axis] >= 0
    return _parts(cells.kept(keep), expected[keep], setting, slices[axis[keep]], names, np.arange(len(names)))
