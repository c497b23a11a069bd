"""Screen all economies outside the coalition for hubs: excess sales to the target that excess purchases cover.

Method: docs/methods/routes.md. Window means by (supplier, destination, good) are enough, so
that a measure can leave unlisted hubs out of growth elsewhere before it has any months.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from stopgap.base.beside import beside
from stopgap.measures.statistics.array_types import Array, Index, Mask
from stopgap.measures.statistics.cells import WorldCells, control_sums, expected_usd
from stopgap.measures.statistics.counterfactual import LEAST_VOLUME
from stopgap.measures.statistics.growth import fit_growth
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, fit_spread, herfindahl

DRAWS = 400
LEVEL = 0.05
"""Level of both tests of all candidates together: no more than 5 % of episodes without a hub show one."""

MEMBER_PART, DOLLAR_PART = 0.8, 0.2
"""Parts of the level: purchases by member against what each lost, and dollars covered, from coalition or anyone."""

WIDEST_Z = 3.0
"""Cap of a single cell's excess, in standard deviations, and of its weight: no single cell makes a hub."""

LEAST_SD = 0.05  # of a cell's excess, relative to its expectation
SMALL_CELL_SHARE = 0.02
BATCH_CELLS = 2_000_000

LEAST_COVER = 0.5
"""Share of the excess sales to the target that excess purchases of the same goods must reach."""

LEAST_TESTED = 0.02
"""Smallest excess sales to the target, relative to the coalition's loss, that are tested: each further candidate
raises what all others must exceed."""

LEAST_SHOWN = 0.005
"""The same for economies that are shown at all."""

LEAST_ORDINARY = 5
FEW_GOODS = 4.0
SMALL_BASE_SHARE = 0.01
WIDEST_LOG = float(np.log(20.0))
NEVER = -1e9


class ScreeningStatus(StrEnum):
    """What the screening says of one economy with excess sales to the target beyond placebo."""

    FOUND = "found"
    NOT_COVERED = "not covered"
    SMALL = "small"
    CHANCE_UNKNOWN = "chance unknown"
    COVER_UNKNOWN = "cover unknown"


@dataclass(frozen=True)
class ScreenedEconomy:
    """One economy whose sales of sanctioned goods to the target exceed their counterfactual; dollars a year.

    Attributes:
        excess_usd: Positive excess of its sales to the target, summed over goods.
        excess_low_usd: Its signed excess less the half-width over placebo destinations, above 0; ``None`` with fewer
            than three of them, where the excess is over its own growth elsewhere alone.
        cover_coalition_usd: The part of ``excess_usd`` that excess purchases of the same good from the coalition cover.
        cover_usd: The same with purchases from anyone; both ``None`` if nobody reports its purchases.
        p_value: Probability that chance gives any candidate as much, both tests together; ``None`` if not tested.
        origin: ``coalition`` if purchases from it cover half of the excess, else ``anyone`` if those from anyone do.
    """

    economy: str
    status: ScreeningStatus
    excess_usd: float
    excess_low_usd: float | None
    cover_coalition_usd: float | None = None
    cover_usd: float | None = None
    p_value: float | None = None
    origin: str | None = None


@dataclass(frozen=True)
class HubScreening:
    """Economies outside the coalition with excess sales to the target, largest excess first; listed hubs are absent."""

    economies: tuple[ScreenedEconomy, ...] = ()

    @property
    def found(self) -> tuple[str, ...]:
        """Return the hubs found by rule, by name."""
        return tuple(sorted(row.economy for row in self.economies if row.status is ScreeningStatus.FOUND))


@dataclass(frozen=True)
class _Purchases:
    """Purchases of the candidates by good, each (candidates, goods), of one origin."""

    actual: Array
    expected: Array
    base: Array


@dataclass(frozen=True)
class _Draws:
    """Draws of chance that all candidates and origins share.

    Attributes:
        counts: How often an ordinary good is in each draw, (draws, ordinary goods).
        ascending: Two uniform numbers for each draw and sanctioned good, ascending by good, (2, draws, goods): a search
            for numbers in their order is quick.
        place: Place of each draw's number among the ascending ones.
    """

    counts: Array
    ascending: Array
    place: Index

    @classmethod
    def of(cls, rng: np.random.Generator, draws: int, *, ordinary: int, sanctioned: int) -> _Draws:
        """Draw the numbers."""
        counts = np.zeros((draws, 0))
        if ordinary:
            counts = rng.multinomial(ordinary, np.full(ordinary, 1 / ordinary), size=draws).astype(np.float64)
        uniform = rng.random((2, draws, sanctioned))
        order = np.argsort(uniform, axis=1, kind="stable")
        place = np.argsort(order, axis=1, kind="stable")
        return cls(counts, np.take_along_axis(uniform, order, axis=1), place)


@dataclass(frozen=True)
class _Cover:
    """Covered excess and its draws by candidate: (candidates,), and (draws, candidates) with wider tails."""

    usd: Array
    draws: Array
    usable: Mask
    excess: Array

    def standardised(self) -> tuple[Array, Array]:
        """Return the covers and the draws less the mean draw, by the draws' spread.

        A draw that covers too little would not be found, however unusual it is.
        """
        enough = self.draws >= LEAST_COVER * self.excess
        return _standardised(self.usd, self.draws, self.usable, enough)


def _standardised(value: Array, draws: Array, usable: Mask, enough: Mask | None = None) -> tuple[Array, Array]:
    centre, sd = draws.mean(axis=0), draws.std(axis=0)
    told, unit = usable & (sd > 0), np.where(sd > 0, sd, 1.0)
    counts = told if enough is None else told & enough
    return np.where(told, (value - centre) / unit, NEVER), np.where(counts, (draws - centre) / unit, NEVER)


def screened_hubs(
    cells: WorldCells,
    *,
    target: str,
    members: Collection[str],
    hubs: Collection[str],
    own_imports: WorldCells | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> HubScreening:
    """Screen every economy that is neither target nor member nor listed hub.

    A hub is found where its sales of sanctioned goods to the target exceed their counterfactual by more than at
    placebo destinations and by 2 % of the coalition's loss, where its excess purchases of the same goods, from
    coalition or anyone, cover at least half of that, and where one of two tests exceeds chance: purchases from each
    member follow what it lost at the target and the economy now sells there; or the covered dollars do. Chance is the
    same with its excess purchases of ordinary goods, for the largest of all candidates.

    Args:
        cells: All suppliers' sales; purchases of an economy are the cells with it as destination.
        target: The economy trade with which was suspended.
        members: The coalition.
        hubs: Listed hubs: not screened, and no control destinations.
        own_imports: The same cells as the importers report them; read for economies that no supplier reports.
        seed: The same seed gives the same screening.
        draws: Number of draws of chance.

    Method: docs/methods/routes.md (ours).
    """
    if target not in cells.destinations or not cells.is_sanctioned.any():
        return HubScreening()
    inside = np.isin(cells.suppliers, list(members))
    is_target = np.isin(cells.suppliers, [target])
    is_control = ~np.isin(cells.destinations, [target, *hubs])
    expected = np.zeros(cells.baseline_usd.size)
    for role in (inside, ~inside & ~is_target):
        expected += _expected(cells, role, is_control)
    loss_usd = _loss(cells, target, inside)
    sales = _candidates(cells, expected, target=target, outside=~inside & ~is_target, hubs=hubs, loss_usd=loss_usd)
    if not sales:
        return HubScreening()
    names = tuple(sales)
    is_tested = np.array([row[0].sum() > LEAST_TESTED * loss_usd for row in sales.values()])
    excess = np.stack([np.clip(row[0], 0.0, None) for row in sales.values()])
    purchases, is_known = _purchases(cells, expected, names, target, inside)
    moved = None if own_imports is None or is_known.all() else _same_goods(own_imports, cells)
    if moved is not None:
        purchases, is_known = _with_own_imports(moved, (purchases, is_known), names, target, members)
    rng = np.random.default_rng(seed)
    listed = int(cells.is_sanctioned.sum())
    chance = _Draws.of(rng, draws, ordinary=cells.is_sanctioned.size - listed, sanctioned=listed)
    books = [(cells, expected)] if moved is None else [(cells, expected), (moved, moved.baseline_usd)]
    lost = _lost_share(cells, expected, target, inside)
    with beside() as start:
        scores = start(lambda: _member_scores(books, names, excess, lost, is_tested & is_known, rng, draws))
        covers = {
            origin: _cover(kind, excess, cells.is_sanctioned, is_tested & is_known, chance)
            for origin, kind in purchases.items()
        }
        return _decided(names, sales, covers, scores(), is_known, is_tested)


def _expected(cells: WorldCells, role: Mask, is_control: Mask) -> Array:
    """Return the counterfactual of the cells of one role of suppliers, (n,); 0 for the others.

    A control destination's own trade is excluded from the growth that it is compared with.
    """
    mine = role[cells.supplier]
    found = np.zeros(mine.size)
    if mine.any():
        part = cells.kept(mine)
        found[mine] = expected_usd(part, fit_growth(control_sums(part, is_control)), is_control)
    return found


def _loss(cells: WorldCells, target: str, inside: Mask) -> float:
    """Return the coalition's loss of sanctioned sales to the target, at least 0."""
    lost = cells.is_sanctioned[cells.good] & (cells.destination == cells.destinations.index(target))
    change = (cells.baseline_usd - cells.after_usd)[lost & inside[cells.supplier]]
    return max(float(change.sum()), 0.0)


def _candidates(
    cells: WorldCells, expected: Array, *, target: str, outside: Mask, hubs: Collection[str], loss_usd: float
) -> dict[str, tuple[Array, float | None]]:
    """Return the signed excess by sanctioned good, and the total's lower end, of economies beyond placebo."""
    at, listed = cells.destinations.index(target), cells.is_sanctioned[cells.good]
    least = LEAST_SHOWN * loss_usd
    is_placebo = ~np.isin(cells.destinations, [target, *hubs])
    only, cf = cells.kept(listed), expected[listed]
    there = only.destination == at
    change = np.where(there, only.after_usd - cf, 0.0)
    totals = np.bincount(only.supplier, change, minlength=len(cells.suppliers))
    wanted = outside & ~np.isin(cells.suppliers, list(hubs)) & (totals > least) & (totals > 0)
    column = np.cumsum(cells.is_sanctioned) - 1
    found: dict[str, tuple[Array, float, float | None]] = {}
    for row in np.flatnonzero(wanted):
        mine, total = only.supplier == row, float(totals[row])
        here = mine & there
        by_good = np.bincount(column[only.good[here]], change[here], minlength=int(cells.is_sanctioned.sum()))
        low = _beyond_placebo(only.kept(mine), cf[mine], at, is_placebo, total)
        if low is None or low > 0:
            found[cells.suppliers[row]] = by_good.astype(np.float64), total, low
    order = sorted(found, key=lambda name: (-found[name][1], name))
    return {name: (found[name][0], found[name][2]) for name in order}


def _beyond_placebo(part: WorldCells, expected: Array, at: int, is_placebo: Mask, total: float) -> float | None:
    """Return a supplier's excess at the target less the half-width over placebos; ``None`` with too few of them."""
    count, continuing = is_placebo.size, part.baseline_usd > 0

    def add(values: Array) -> Array:
        return np.bincount(part.destination, values, minlength=count).astype(np.float64)

    cf, seen = add(expected), add(np.where(continuing, part.after_usd, 0.0))
    usable = is_placebo & (cf > 0) & (cf >= LEAST_VOLUME * cf[at])
    if usable.sum() < LEAST_PLACEBOS:
        return None
    log = np.log(np.clip(seen[usable] / cf[usable], np.exp(-WIDEST_LOG), np.exp(WIDEST_LOG)))
    index = herfindahl(add(expected**2), cf)
    spread = fit_spread(log, index[usable])
    if spread is None:
        return None
    half = float(spread.half_width(index[[at]])[0])
    return total - float(cf[at]) * float(np.expm1(min(half, WIDEST_LOG)))


def _purchases(
    cells: WorldCells, expected: Array, names: tuple[str, ...], target: str, inside: Mask
) -> tuple[dict[str, _Purchases], Mask]:
    """Return the candidates' purchases from the coalition and from anyone, and whether anybody reports them."""
    row = {name: place for place, name in enumerate(names)}
    place = np.array([row.get(name, -1) for name in cells.destinations], dtype=np.int64)[cells.destination]
    bought = (place >= 0) & ~np.isin(cells.suppliers, [target])[cells.supplier]
    where, shape = np.where(bought, place, 0) * len(cells.goods) + cells.good, (len(names), len(cells.goods))

    def add(values: Array, keep: Mask) -> Array:
        sums = np.bincount(where, np.where(keep, values, 0.0), minlength=shape[0] * shape[1])
        return sums.astype(np.float64).reshape(shape)

    measured = (cells.after_usd, expected, cells.baseline_usd)
    found = {
        origin: _Purchases(*(add(values, keep) for values in measured))
        for origin, keep in (("coalition", bought & inside[cells.supplier]), ("anyone", bought))
    }
    whole = found["anyone"]
    return found, (whole.actual.sum(axis=1) > 0) | (whole.base.sum(axis=1) > 0)


def _same_goods(imports: WorldCells, cells: WorldCells) -> WorldCells:
    """Return importers' reports with the goods numbered as in the suppliers'; other goods are dropped."""
    goods = {good: place for place, good in enumerate(cells.goods)}
    at = np.array([goods.get(good, -1) for good in imports.goods], dtype=np.int64)
    rows = imports.kept(at[imports.good] >= 0)
    return replace(rows, goods=cells.goods, is_sanctioned=cells.is_sanctioned, good=at[rows.good])


def _with_own_imports(
    moved: WorldCells,
    known: tuple[dict[str, _Purchases], Mask],
    names: tuple[str, ...],
    target: str,
    members: Collection[str],
) -> tuple[dict[str, _Purchases], Mask]:
    """Return the purchases with those of economies that no supplier reports taken from their own reports.

    What suppliers sold elsewhere is not in the importers' reports, so these are compared with their baseline.
    """
    own, told = _purchases(moved, moved.baseline_usd, names, target, np.isin(moved.suppliers, list(members)))
    purchases, is_known = known
    use = (told & ~is_known)[:, None]
    merged = {
        origin: _Purchases(*(np.where(use, mine, theirs) for mine, theirs in zip(vars(own[origin]).values(), vars(kind).values(), strict=True)))
        for origin, kind in purchases.items()
    }  # fmt: skip
    return merged, is_known | told


def _cover(purchases: _Purchases, excess: Array, is_sanctioned: Mask, is_tested: Mask, chance: _Draws) -> _Cover:
    """Match excess sales (candidates, sanctioned goods) with excess purchases, and with those of ordinary goods.

    A draw takes an ordinary good for each sanctioned one, of like base more often, and measures the economy's growth
    on a resample of them; a second good, times sqrt(4 / n), stands for the extremes that n goods lack.
    """
    size, draws = excess.shape[0], chance.counts.shape[0]
    usd, found, usable = np.zeros(size), np.zeros((draws, size)), np.zeros(size, dtype=bool)
    for row in range(size):
        actual, expected, base = (values[row] for values in vars(purchases).values())
        plain = actual[~is_sanctioned], expected[~is_sanctioned]
        growth = _growth(plain[0].sum(keepdims=True), plain[1].sum(keepdims=True))[0]
        usd[row] = _matched((actual - growth * expected)[is_sanctioned], excess[row]).sum()
        traded = (base[~is_sanctioned] > 0) | (plain[0] > 0)
        usable[row] = is_tested[row] and traded.sum() >= LEAST_ORDINARY
        if not usable[row]:
            continue
        goods = np.flatnonzero(excess[row] > 0)  # nothing else can be covered
        small = SMALL_BASE_SHARE * float(base.mean()) or 1.0
        ratio = (base[is_sanctioned][goods] + small)[:, None] / (base[~is_sanctioned] + small)
        ladder = np.cumsum(np.where(traded, np.minimum(ratio, 1 / ratio), 0.0), axis=1)
        ladder /= ladder[:, -1:]
        grown = _growth(chance.counts @ plain[0], chance.counts @ plain[1])[:, None]
        bought = np.zeros((draws, goods.size))
        factors = (1.0, np.sqrt(FEW_GOODS / traded.sum()))
        for numbers, place, factor in zip(
            chance.ascending[:, :, goods], chance.place[:, :, goods], factors, strict=True
        ):
            pick = np.minimum(np.take_along_axis(_steps(ladder, numbers), place, axis=0), ladder.shape[1] - 1)
            scale = factor * ratio[np.arange(goods.size), pick]
            bought += scale * (plain[0][pick] - grown * plain[1][pick])
        found[:, row] = _matched(bought, excess[row][goods]).sum(axis=1)
    return _Cover(usd, found, usable, excess.sum(axis=1))


def _steps(ladder: Array, numbers: Array) -> Index:
    """Return how many steps of each good's ladder lie below each of its numbers, (draws, goods).

    ``ladder`` is (goods, steps), ``numbers`` (draws, goods), both ascending by good. The steps are looked up among the
    numbers, which are usually more.
    """
    draws, goods = numbers.shape
    first = np.stack([column.searchsorted(row, side="right") for row, column in zip(ladder, numbers.T, strict=True)])
    first += np.arange(goods)[:, None] * (draws + 1)
    steps = np.bincount(first.ravel(), minlength=goods * (draws + 1)).reshape(goods, draws + 1)
    return np.asarray(np.cumsum(steps, axis=1)[:, :draws].T, dtype=np.int64)


def _matched(bought: Array, sold: Array) -> Array:
    return np.minimum(np.clip(bought, 0.0, None), sold)


def _growth(actual: Array, expected: Array) -> Array:
    ratio = np.divide(actual, expected, out=np.ones_like(actual), where=(expected > 0) & (actual > 0))
    return np.asarray(np.clip(ratio, 0.05, 20.0))


def _lost_share(cells: WorldCells, expected: Array, target: str, inside: Mask) -> dict[str, Array]:
    """Return each member's share of the coalition's loss at the target, by sanctioned good."""
    there = inside[cells.supplier] & (cells.destination == cells.destinations.index(target))
    part, usd = cells.kept(there), np.clip(expected[there] - cells.after_usd[there], 0.0, None)
    rows = np.flatnonzero(inside)
    lost = np.zeros((inside.size, len(cells.goods)))
    np.add.at(lost, (part.supplier, part.good), usd)
    lost = lost[np.ix_(rows, cells.is_sanctioned)]
    total = lost.sum(axis=0)
    share = np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)
    return {cells.suppliers[row]: share[place] for place, row in enumerate(rows)}


def _member_scores(
    books: Sequence[tuple[WorldCells, Array]],
    names: tuple[str, ...],
    excess: Array,
    lost: Mapping[str, Array],
    is_tested: Mask,
    rng: np.random.Generator,
    draws: int,
) -> tuple[Array, Array]:
    """Return how far purchases by member and good follow what was lost and is sold on, and the same by chance.

    The score of an economy is a sum over members and goods of studentised excess purchases, each with the weight
    (excess sales of the good) x (the member's share of the loss) by the cell's standard deviation. A draw takes an
    ordinary good for each sanctioned one, all members together, and growth on a resample of them.

    Args:
        books: Cells and their expectation; the first book that has an economy's purchases is taken.

    Returns:
        Standardised scores (candidates,) and draws (draws, candidates); :data:`NEVER` where not tested.
    """
    value, found = np.zeros(len(names)), np.zeros((draws, len(names)))
    usable, is_sanctioned = np.zeros(len(names), dtype=bool), books[0][0].is_sanctioned
    ordinary, listed = int((~is_sanctioned).sum()), int(is_sanctioned.sum())
    if not lost or ordinary < LEAST_ORDINARY:
        return np.full(len(names), NEVER), np.full((draws, len(names)), NEVER)
    pick = rng.integers(0, ordinary, (draws, listed))
    resample = rng.integers(0, ordinary, (draws, ordinary))
    tested = np.flatnonzero(is_tested)
    bought, foreseen, told = _from_members(books, [names[row] for row in tested], tuple(lost))
    shares = np.stack(list(lost.values()))
    for place in np.flatnonzero(told):
        row, actual, expected = tested[place], bought[place][:, ~is_sanctioned], foreseen[place][:, ~is_sanctioned]
        deviation = _deviation(actual, expected, foreseen[place])
        if ((actual > 0) | (expected > 0)).any(axis=0).sum() < LEAST_ORDINARY or deviation is None:
            continue
        weight = np.minimum(shares * excess[row] / deviation[:, is_sanctioned], WIDEST_Z)
        growth = _growth(actual.sum(keepdims=True), expected.sum(keepdims=True))[0, 0]
        own = bought[place] - growth * foreseen[place]
        value[row] = (weight * np.clip(own / deviation, -WIDEST_Z, WIDEST_Z)[:, is_sanctioned]).sum()
        goods = np.flatnonzero(weight.any(axis=0))
        grown = _growth(actual.sum(axis=0)[resample].sum(axis=1), expected.sum(axis=0)[resample].sum(axis=1))
        sd, usable[row] = deviation[:, ~is_sanctioned].T, goods.size > 0
        units, per_growth = actual.T / sd, expected.T / sd
        step = max(1, BATCH_CELLS // max(goods.size * len(lost), 1))
        for start in range(0, draws, step):
            part = slice(start, start + step)
            chosen = pick[part][:, goods]
            drawn = per_growth[chosen]
            drawn *= -grown[part, None, None]
            drawn += units[chosen]
            found[part, row] = np.einsum(
                "dki,ki->d", np.clip(drawn, -WIDEST_Z, WIDEST_Z, out=drawn), np.ascontiguousarray(weight[:, goods].T)
            )
    ours, chance = _standardised(value, found, usable)
    # Few ordinary goods hold too few extremes of chance.
    return ours, np.where(chance > NEVER, chance * np.sqrt(1.0 + FEW_GOODS / ordinary), NEVER)


def _from_members(
    books: Sequence[tuple[WorldCells, Array]], economies: Sequence[str], members: Sequence[str]
) -> tuple[Array, Array, Mask]:
    """Return purchases from members and their expectation, each (economies, members, goods), and who has any."""
    shape = (len(economies), len(members), len(books[0][0].goods))
    found, told = np.zeros((2, *shape)), np.zeros(shape[0], dtype=bool)
    for cells, expected in books:
        row = {name: place for place, name in enumerate(economies) if not told[place]}
        buyer = np.array([row.get(name, -1) for name in cells.destinations], dtype=np.int64)
        row = {name: place for place, name in enumerate(members)}
        seller = np.array([row.get(name, -1) for name in cells.suppliers], dtype=np.int64)
        keep = np.flatnonzero((buyer >= 0)[cells.destination] & (seller >= 0)[cells.supplier])
        who = buyer[cells.destination[keep]]
        where = (who * shape[1] + seller[cells.supplier[keep]]) * shape[2] + cells.good[keep]
        for sums, values in zip(found, (cells.after_usd, expected), strict=True):
            sums += np.bincount(where, values[keep], minlength=sums.size).reshape(shape)
        told[who] = True
    return found[0], found[1], told


def _deviation(actual: Array, expected: Array, every: Array) -> Array | None:
    """Return the standard deviation of each cell's excess, in proportion to its expectation and a small one.

    ``actual`` and ``expected`` are ordinary goods, ``every`` the expectation of all, (members, goods). The median of
    absolute deviations is taken: single jumps do not widen it.
    """
    size = every + SMALL_CELL_SHARE * every.mean()
    growth = _growth(actual.sum(keepdims=True), expected.sum(keepdims=True))[0, 0]
    traded = expected > 0
    if not traded.any() or every.mean() <= 0:
        return None
    relative = np.abs(actual - growth * expected)[traded] / (expected + SMALL_CELL_SHARE * every.mean())[traded]
    return np.asarray(size * max(1.4826 * float(np.median(relative)), LEAST_SD))


def _chance(ours: Array, draws: Array) -> Array:
    """Return the probability that the largest of all candidates is as large by chance, (candidates,)."""
    largest = draws.max(axis=1)
    return np.asarray((1 + (largest[:, None] >= ours).sum(axis=0)) / (largest.size + 1))


def _decided(
    names: tuple[str, ...],
    sales: dict[str, tuple[Array, float | None]],
    covers: dict[str, _Cover],
    scores: tuple[Array, Array],
    is_known: Mask,
    is_tested: Mask,
) -> HubScreening:
    """Return each candidate's status, from both tests and its cover."""
    parts = [cover.standardised() for cover in covers.values()]
    dollars = np.max([part[0] for part in parts], axis=0)
    p_dollar = _chance(dollars, np.max([part[1] for part in parts], axis=0))
    p_value = np.minimum(1.0, np.minimum(_chance(*scores) / MEMBER_PART, p_dollar / DOLLAR_PART))
    told = (dollars > NEVER) | (scores[0] > NEVER)
    rows = []
    for place, name in enumerate(names):
        excess, low = float(np.clip(sales[name][0], 0.0, None).sum()), sales[name][1]
        if not is_known[place]:
            rows.append(ScreenedEconomy(name, ScreeningStatus.COVER_UNKNOWN, excess, low))
            continue
        usd = {key: float(cover.usd[place]) for key, cover in covers.items()}
        origin = next((key for key, each in usd.items() if each >= LEAST_COVER * excess), None)
        status = ScreeningStatus.NOT_COVERED
        if not is_tested[place]:
            status = ScreeningStatus.SMALL
        elif origin and not told[place]:
            status = ScreeningStatus.CHANCE_UNKNOWN
        elif origin and p_value[place] < LEVEL:
            status = ScreeningStatus.FOUND
        chance = float(p_value[place]) if told[place] else None
        rows.append(ScreenedEconomy(name, status, excess, low, usd["coalition"], usd["anyone"], chance, origin))
    return HubScreening(tuple(rows))
