"""Layer *shipped*: what the actor reported to have traded, a fact without an interval."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stopgap.claims.testing.layers.actor_trade import ActorTrade, NoTrade, periods_within
from stopgap.claims.testing.layers.facts import GroupFigures, ShippedFacts, YearFigure
from stopgap.claims.testing.results import LEAST_COVERAGE, Verdict
from stopgap.codes.goods import GoodsList

TRACES_USD = 100_000.0
"""Trade in the period judged up to which goods count as traces, in total."""

TRACES_SHARE = 0.01
"""Share of the target's inflow up to which goods count as traces, where the inflow is known."""

MOST_CODES = 15
"""Most codes of a list without groups that are shown one by one."""


def shipped_facts(
    trade: ActorTrade, window: tuple[str, str], *, inflow_usd: float | None = None, notes: Sequence[str] = ()
) -> ShippedFacts:
    """Sum the actor's reported trade over a window, and by year.

    Args:
        window: First and last month judged.
        inflow_usd: The target's inflow a year from every economy with figures; ``None`` if unknown. What counts as
            traces, and the inflow of the facts, are taken over as many years as the actor reported.
    """
    wanted = periods_within(window, trade.frequency)
    inside = set(wanted)
    judged = [row for row in trade.rows if row["period"] in inside and row["value_usd"] > 0]
    value = sum(row["value_usd"] for row in judged)
    weighed = sum(row["weighed_usd"] for row in judged)
    reported = [period for period in wanted if period in set(trade.periods)]
    inflow = None if inflow_usd is None else inflow_usd * len(reported) / trade.frequency.periods_per_year
    return ShippedFacts(
        window=window,
        value_usd=value,
        net_kg=sum(row["net_kg"] for row in judged) if weighed > 0 else None,
        weighed_share=weighed / value if value > 0 else None,
        periods=len(reported),
        periods_with_trade=len({row["period"] for row in judged}),
        periods_in_window=len(wanted),
        codes_traded=len({row["good"] for row in judged}),
        codes=trade.codes,
        traces_usd=max(TRACES_USD, TRACES_SHARE * inflow if inflow is not None else 0.0),
        inflow_usd=inflow,
        years=_years(trade.rows, trade.periods),
        groups=tuple(GroupFigures(name, _years(rows, trade.periods)) for name, rows in _grouped(trade).items()),
        sources=tuple(sorted(set(trade.chosen.values()))),
        is_reconciled=trade.is_reconciled,
        moved=trade.moved,
        notes=tuple(notes),
    )


def _grouped(trade: ActorTrade) -> dict[str, list[Mapping[str, Any]]]:
    """Sort the rows by group of the list, in its order; by code where a short list has one group; empty for one code."""
    group_of = {good: item.group for good, item in trade.basis.items.items()}
    order = [item.group for item in trade.goods.items]
    if len(set(group_of.values())) <= 1:
        if not 1 < len(group_of) <= MOST_CODES:
            return {}
        group_of = {good: good for good in group_of}
        order = sorted(group_of)
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in order if name in group_of.values()}
    for row in trade.rows:
        found.setdefault(group_of[row["good"]], []).append(row)
    return found


def _years(rows: Iterable[Mapping[str, Any]], periods: Sequence[dt.date]) -> tuple[YearFigure, ...]:
    by_year: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["value_usd"] > 0:
            by_year[row["period"].year].append(row)
    found = []
    for year in sorted({period.year for period in periods}):
        traded = by_year.get(year, [])
        weighed = sum(row["weighed_usd"] for row in traded)
        found.append(
            YearFigure(
                year=str(year),
                periods=sum(period.year == year for period in periods),
                value_usd=sum(row["value_usd"] for row in traded),
                net_kg=sum(row["net_kg"] for row in traded) if weighed > 0 else (None if traded else 0.0),
                codes=len({row["good"] for row in traded}),
            )
        )
    return tuple(found)


def none_shipped(none: NoTrade, window: tuple[str, str], goods: GoodsList) -> ShippedFacts:
    """Facts of an actor that reported the chapters of the goods, and no trade in the goods."""
    wanted = periods_within(window, none.frequency)
    reported = sum(period in set(none.periods) for period in wanted)
    return ShippedFacts(
        window=window,
        value_usd=0.0,
        net_kg=None,
        weighed_share=None,
        periods=reported,
        periods_with_trade=0,
        periods_in_window=len(wanted),
        codes_traded=0,
        codes=len(goods.items),
        traces_usd=TRACES_USD,
        inflow_usd=None,
        years=_years((), none.periods),
        groups=(),
        sources=none.sources,
        is_reconciled=False,
    )


def shipped_verdict(facts: ShippedFacts) -> Verdict:
    """Judge reported trade: traces are partly supported, none at all is not supported.

    Trade in one period of several counts as traces. Not testable where the actor reported less than 60 % of the window
    and nothing is seen: silence is no zero.
    """
    coverage = facts.periods / facts.periods_in_window if facts.periods_in_window else 0.0
    if facts.value_usd <= 0:
        return Verdict.NOT_SUPPORTED if facts.periods and coverage >= LEAST_COVERAGE else Verdict.NOT_TESTABLE
    is_once = facts.periods_with_trade == 1 and facts.periods > 1
    return Verdict.PARTLY if is_once or facts.value_usd < facts.traces_usd else Verdict.SUPPORTED
