"""Layers of consequences: organisations listed after a statement, and whether more of the actor's than before.

Listings come in packages and have a trend. Whether the actor's share steps up with the statement is therefore tested
over actions (an authority on one day), beyond a trend, and against other dates (``listing_steps``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.claims.testing.layers.facts import ListedCount, ListingAct, ListingFacts
from stopgap.claims.testing.layers.listing_steps import Actions, around, permuted_p, rank_of_date
from stopgap.claims.testing.results import Verdict
from stopgap.measures.statistics.array_types import Array

LEAST_MONTHS = 39
"""Fewest other months with which that of the statement is compared, for a test at 2.5 %."""

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
    # All third countries together are the whole of themselves: there is no share to test.
    model = around(actions, said_on, until=until) if own else None
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
        share_before=_share(actions.of_actor[:at], actions.of_all[:at]) if own else None,
        share_after=_share(actions.of_actor[at:], actions.of_all[at:]) if own else None,
        p_value=None if model is None else permuted_p(model),
        date_rank=rank_of_date(actions, said_on, until=until) if own else None,
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


def _actions(listings: Sequence[DatedListing], is_actor: Callable[[DatedListing], bool]) -> Actions:
    groups = sorted(_by_action(listings).items())
    return Actions(
        tuple(day for (day, _), _ in groups),
        np.array([sum(map(is_actor, group)) for _, group in groups], dtype=float),
        np.array([len(group) for _, group in groups], dtype=float),
    )


def _share(of_actor: Array, of_all: Array) -> float | None:
    total = float(of_all.sum())
    return float(of_actor.sum()) / total if total > 0 else None


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
