"""Layers of consequences: organisations listed after a statement, and whether more of the actor's than before.

Listings come in packages and have a trend. Labels of before and after are therefore permuted over actions
(an authority on one day), and the day of the statement is ranked among other months (randomisation inference,
Fisher 1935; placebo dates as in Bertrand, Duflo and Mullainathan 2004).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.claims.testing.layers.facts import ListedCount, ListingAct, ListingFacts
from stopgap.claims.testing.results import Verdict
from stopgap.measures.statistics.array_types import Array
from stopgap.panel.episodes import add_months

PERMUTATIONS = 4_999
LEAST_ACTIONS = 10
"""Fewest actions, and five on each side of the statement, for a test of the share."""

LEAST_ON_A_SIDE = 5
LONGEST_WINDOW = 24
"""Months on each side of a date that are compared when its month is ranked among others."""

SHORTEST_WINDOW = 6
NEAR_MONTHS = 3
"""Months around the statement that are no placebos: they hold most of the same listings."""

LEAST_MONTHS = 39
TAIL = 0.025


@dataclass(frozen=True)
class DatedListing:
    """One organisation on one list, with the day of listing.

    ``economies`` are those that the list gives it, ``act`` the act or programme in the list's words.
    """

    name: str
    economies: frozenset[str]
    list: str
    programme: str
    authority: str
    act: str
    listed_on: str


@dataclass(frozen=True)
class _Actions:
    """Listings of third-country organisations by action, in order of days: numbers of the actor's and of all."""

    days: tuple[str, ...]
    of_actor: Array
    of_all: Array


def listing_facts(
    listings: Sequence[DatedListing],
    *,
    said_on: str,
    until: str,
    actor: Collection[str],
    beside: Collection[str],
    home: Collection[str],
    undated: int,
) -> ListingFacts:
    """Count listings before and after a statement, and test the actor's share.

    Args:
        listings: Organisations listed under programmes tied to the target.
        said_on: Day of the statement; listings of that day count as before.
        until: Last day that the lists cover.
        actor: The actor's economies; empty for every third country.
        beside: Economies counted beside, such as Hong Kong beside China.
        home: The target and the coalition: organisations of these alone are none of third countries.
        undated: Organisations of the actor without a known day.
    """
    away = frozenset(home)
    third = [each for each in listings if each.economies - away and each.listed_on <= until]
    own = frozenset(actor)

    def is_actor(each: DatedListing) -> bool:
        return bool(each.economies & own) if own else True

    first = _first_days([each for each in third if is_actor(each)])
    actions = _actions(third, is_actor)
    at = sum(day <= said_on for day in actions.days)
    p_value = permuted_p(actions.of_actor, actions.of_all, at)
    acts = [
        ListingAct(
            day, authority, "; ".join(sorted({each.act for each in group})), sum(map(is_actor, group)), len(group)
        )
        for (day, authority), group in sorted(_by_action(third).items())
        if day > said_on and any(map(is_actor, group))
    ]
    return ListingFacts(
        said_on=said_on,
        until=until,
        programmes=tuple(sorted({each.programme for each in third if is_actor(each)})),
        counts=_counts(third, said_on, sorted({*own, *beside}) if own else sorted({*beside})),
        acts=tuple(acts),
        before=sum(day <= said_on for day in first.values()),
        after=sum(day > said_on for day in first.values()),
        share_before=_share(actions.of_actor[:at], actions.of_all[:at]),
        share_after=_share(actions.of_actor[at:], actions.of_all[at:]),
        p_value=p_value,
        date_rank=rank_of_month(actions.days, actions.of_actor, actions.of_all, said_on, until),
        undated=undated,
    )


def _first_days(listings: Sequence[DatedListing]) -> dict[str, str]:
    """Return the first day on which each organisation was listed, by its name on the lists."""
    found: dict[str, str] = {}
    for each in listings:
        name = " ".join(each.name.casefold().split())
        found[name] = min(found.get(name, each.listed_on), each.listed_on)
    return found


def _by_action(listings: Sequence[DatedListing]) -> dict[tuple[str, str], list[DatedListing]]:
    found: dict[tuple[str, str], list[DatedListing]] = defaultdict(list)
    for each in listings:
        found[each.listed_on, each.authority].append(each)
    return found


def _actions(listings: Sequence[DatedListing], is_actor: object) -> _Actions:
    assert callable(is_actor)
    groups = sorted(_by_action(listings).items())
    return _Actions(
        tuple(day for (day, _), _ in groups),
        np.array([sum(map(is_actor, group)) for _, group in groups], dtype=float),
        np.array([len(group) for _, group in groups], dtype=float),
    )


def _share(of_actor: Array, of_all: Array) -> float | None:
    total = float(of_all.sum())
    return float(of_actor.sum()) / total if total > 0 else None


def permuted_p(of_actor: Array, of_all: Array, before: int) -> float | None:
    """Return the share of permutations of actions, (actions,) each, with a difference of shares as large.

    The first ``before`` actions are those up to the statement. ``None`` with too few actions on a side. The draws
    start from a fixed seed, so that the same listings give the same figure.
    """
    size = of_all.size
    after = size - before
    if size < LEAST_ACTIONS or min(before, after) < LEAST_ON_A_SIDE:
        return None
    seen = of_actor[before:].sum() / of_all[before:].sum() - of_actor[:before].sum() / of_all[:before].sum()
    generator = np.random.default_rng(20_260_101)
    places = np.argsort(generator.random((PERMUTATIONS, size)), axis=1)[:, :after]
    mine, every = of_actor[places].sum(axis=1), of_all[places].sum(axis=1)
    drawn = mine / every - (of_actor.sum() - mine) / (of_all.sum() - every)
    return float((1 + (drawn >= seen - 1e-12).sum()) / (PERMUTATIONS + 1))


def rank_of_month(
    days: Sequence[str], of_actor: Array, of_all: Array, said_on: str, until: str
) -> tuple[int, int] | None:
    """Rank the difference of shares at the statement's month among other months with windows as long.

    Both windows have the same number of months, at most 24 and at least 6, within the record. Returns (rank, out of);
    ``None`` where the record is too short.
    """
    if not days:
        return None
    months: dict[str, tuple[float, float]] = {}
    for day, mine, every in zip(days, of_actor, of_all, strict=True):
        known = months.get(day[:7], (0.0, 0.0))
        months[day[:7]] = (known[0] + mine, known[1] + every)
    first, last, own = min(days)[:7], until[:7], said_on[:7]
    width = min(_months(first, own), _months(own, last), LONGEST_WINDOW)
    if width < SHORTEST_WINDOW:
        return None

    def difference(month: str) -> float | None:
        sides = []
        for start in (add_months(month, -width + 1), add_months(month, 1)):
            inside = [months.get(add_months(start, at), (0.0, 0.0)) for at in range(width)]
            total = sum(every for _, every in inside)
            sides.append(sum(mine for mine, _ in inside) / total if total > 0 else None)
        before, after = sides
        return None if before is None or after is None else after - before

    seen = difference(own)
    if seen is None:
        return None
    others = []
    month = add_months(first, width - 1)
    while _months(month, last) >= width:
        if abs(_months(own, month)) > NEAR_MONTHS and (found := difference(month)) is not None:
            others.append(found)
        month = add_months(month, 1)
    return 1 + int(sum(each >= seen - 1e-12 for each in others)), len(others) + 1


def _months(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7])


def _counts(listings: Sequence[DatedListing], said_on: str, economies: Sequence[str]) -> tuple[ListedCount, ...]:
    """Count entries by list and economy, with the programme that most of them have; the largest first."""
    found: dict[tuple[str, str], list[DatedListing]] = defaultdict(list)
    for each in listings:
        for economy in sorted(each.economies & set(economies)):
            found[each.list, economy].append(each)
    made = [
        ListedCount(
            list=name,
            programme=Counter(each.programme for each in group).most_common(1)[0][0],
            economy=economy,
            before=sum(each.listed_on <= said_on for each in group),
            after=sum(each.listed_on > said_on for each in group),
            by_year=tuple(sorted(Counter(each.listed_on[:4] for each in group).items())),
        )
        for (name, economy), group in found.items()
    ]
    return tuple(sorted(made, key=lambda row: (-(row.before + row.after), row.list, row.economy)))


def happened_verdict(facts: ListingFacts) -> Verdict:
    """Judge whether organisations were listed after the statement: a fact, as far as the lists reach."""
    if facts.after > 0:
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if facts.until > facts.said_on else Verdict.NOT_TESTABLE


def more_verdict(facts: ListingFacts) -> Verdict:
    """Judge whether the actor's share of listings rose with the statement, beyond chance and beyond a trend."""
    if facts.p_value is None or facts.share_before is None or facts.share_after is None:
        return Verdict.NOT_TESTABLE
    if facts.share_after <= facts.share_before:
        return Verdict.NOT_SUPPORTED
    if facts.date_rank is None or facts.date_rank[1] <= LEAST_MONTHS:
        return Verdict.NOT_TESTABLE
    is_beyond_trend = facts.date_rank[0] / facts.date_rank[1] <= TAIL
    return Verdict.SUPPORTED if facts.p_value <= TAIL and is_beyond_trend else Verdict.NOT_TESTABLE
