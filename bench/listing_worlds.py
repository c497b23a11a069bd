"""Simulated records of listings: packages of authorities on days, the actor's share of each, trends, and a planted jump."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

FIRST_YEAR = 2014
AUTHORITIES = ("EU", "UK", "US")
NEAR = 0.15
"""Margin at both ends of the record in which no statement falls, as a share of it."""


@dataclass(frozen=True)
class ListingClass:
    """One class of records.

    Attributes:
        months: Length of the record.
        packages: Mean number of packages a month.
        size: Median number of organisations in a package; sizes are lognormal, with many small and few large ones.
        size_sd: Spread of the logarithm of sizes.
        spread: How much the actor's share differs by package: the share is beta with ``a + b = spread``.
        share: The actor's share at the start.
        rise: What a trend adds to it by the end.
        shape: ``flat``, ``line``, ``s`` (logistic, in the middle of the record or at ``middle``).
        steepness: Months of the scale of the logistic.
        middle: ``random``: the logistic's middle is drawn; ``statement``: it is the month of the statement.
        growth: Factor by which the number of packages a month grows over the record.
        one_economy: Share of packages that hold organisations of one economy only.
        campaign_sd: Spread of a monthly shock of the actor's share (in log odds) that lasts.
        campaign_rho: Its autocorrelation from month to month.
        jump: What the share rises by from the month after the statement on.
    """

    months: int = 120
    packages: float = 2.0
    size: float = 8.0
    size_sd: float = 1.2
    spread: float = 6.0
    share: float = 0.15
    rise: float = 0.0
    shape: str = "flat"
    steepness: float = 6.0
    middle: str = "random"
    growth: float = 1.0
    one_economy: float = 0.0
    campaign_sd: float = 0.0
    campaign_rho: float = 0.6
    jump: float = 0.0


@dataclass(frozen=True)
class Record:
    """A record of packages by day: numbers of the actor's organisations and of all; the statement; the last day."""

    days: tuple[str, ...]
    of_actor: np.ndarray
    of_all: np.ndarray
    said_on: str
    until: str


def _month(at: int) -> str:
    return f"{FIRST_YEAR + at // 12}-{at % 12 + 1:02d}"


def record_of(made: ListingClass, seed: int) -> Record:
    """Draw a record."""
    rng = np.random.default_rng([seed, 5])
    margin = round(NEAR * made.months)
    said = int(rng.integers(margin, made.months - margin))
    time = np.arange(made.months)
    middle = said if made.middle == "statement" else rng.uniform(margin, made.months - margin)
    path = {
        "flat": np.zeros(made.months),
        "line": time / (made.months - 1),
        "s": 1.0 / (1.0 + np.exp(-(time - middle) / made.steepness)),
    }[made.shape]
    mean = np.clip(made.share + made.rise * path + made.jump * (time > said), 0.01, 0.99)
    if made.campaign_sd:
        shock = np.zeros(made.months)
        drawn = rng.normal(0, made.campaign_sd, made.months)
        for at in range(made.months):
            last = shock[at - 1] if at else 0.0
            shock[at] = made.campaign_rho * last + np.sqrt(1 - made.campaign_rho**2) * drawn[at]
        mean = 1.0 / (1.0 + (1.0 - mean) / mean * np.exp(-shock))
    rate = made.packages * made.growth ** (time / (made.months - 1))
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for at in range(made.months):
        for _ in range(rng.poisson(rate[at])):
            size = max(1, round(made.size * float(np.exp(rng.normal(0, made.size_sd)))))
            if rng.random() < made.one_economy:
                of_actor = size if rng.random() < mean[at] else 0
            else:
                share = rng.beta(made.spread * mean[at], made.spread * (1 - mean[at]))
                of_actor = int(rng.binomial(size, share))
            key = (f"{_month(at)}-{rng.integers(1, 29):02d}", str(rng.choice(AUTHORITIES)))
            known = found.get(key, (0, 0))
            found[key] = (known[0] + of_actor, known[1] + size)
    rows = sorted(found.items())
    return Record(
        tuple(day for (day, _), _ in rows),
        np.array([mine for _, (mine, _) in rows], dtype=float),
        np.array([every for _, (_, every) in rows], dtype=float),
        f"{_month(said)}-15",
        f"{_month(made.months - 1)}-28",
    )


def more_of(made: ListingClass, seed: int) -> str:
    """The verdict on *more than before* in a drawn record."""
    from stopgap.claims.testing.layers.facts import ListingFacts
    from stopgap.claims.testing.layers.listing_steps import Actions, around, permuted_p, rank_of_date
    from stopgap.claims.testing.layers.listing_tests import more_verdict

    drawn = record_of(made, seed)
    at = sum(day <= drawn.said_on for day in drawn.days)
    sides = [(drawn.of_actor[:at], drawn.of_all[:at]), (drawn.of_actor[at:], drawn.of_all[at:])]
    shares = [float(mine.sum() / every.sum()) if every.sum() else None for mine, every in sides]
    actions = Actions(drawn.days, drawn.of_actor, drawn.of_all)
    rank = rank_of_date(actions, drawn.said_on, until=drawn.until)
    facts: Any = ListingFacts(
        drawn.said_on, drawn.until, (), (), (), int(sides[0][0].sum()), int(sides[1][0].sum()), *shares, 0.0, rank, 0
    )
    if str(more_verdict(facts)) != "supported":  # whatever the permutation says
        return str(more_verdict(replace(facts, p_value=0.5)))
    model = around(actions, drawn.said_on, until=drawn.until)
    return str(more_verdict(replace(facts, p_value=None if model is None else permuted_p(model))))
