"""Draw the declaration lines of one seller as arrays, including the planted routes and origins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.declarations import BYSTANDER, COVER, INTERMEDIARY, LINES, Market, Selling, SimulatedCompany
from stopgap.simulate.plan import Array, Mask, stream

NO_VALUE, NO_MAKER, NO_WEIGHT = 0.03, 0.04, 0.03
"""Shares of lines that do not state the value, the origin, or the weight of the goods."""

DIGITS, DIGIT_SHARES = (10, 8, 6, 4), (0.7, 0.15, 0.14, 0.01)
PER_DOCUMENT = 3
"""Most lines of one declaration."""

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Lines:
    """Declaration lines of one seller, sorted by document; each array has one entry per line.

    ``document`` counts from 0, ``item`` within it from 1; ``month`` counts from the period's first, ``day`` is 1 to 28.
    The first ``digits`` digits of the code are written, after a four-digit national ``suffix`` is appended.
    ``value_usd`` (to the cent) and ``net_kg`` are NaN, ``made_in`` is -1, where not stated; ``consignee`` is -1 where
    it is the importer. Goods, periods and economies are indices, companies are numbers, spellings are indices among a
    company's; the last four arrays tell which identifiers and address the document states.
    """

    document: Places
    item: Places
    period: Places
    month: Places
    day: Places
    good: Places
    digits: Places
    suffix: Places
    value_usd: Array
    net_kg: Array
    made_in: Places
    shipped_from: Places
    importer: Places
    consignee: Places
    spelling: Places
    importer_spelling: Places
    consignee_spelling: Places
    has_identifier: Mask
    importer_has_identifier: Mask
    consignee_has_identifier: Mask
    has_address: Mask

    def __len__(self) -> int:
        return len(self.good)


def lines_of(
    market: Market,
    company: SimulatedCompany,
    selling: Selling,
    companies: list[SimulatedCompany],
    trade_usd: Array,
    count: int,
) -> Lines | None:
    """Draw ``count`` lines of a seller; ``None`` where its economy exports none of its goods to the target.

    ``companies`` are all, by number; ``trade_usd`` are exports to the target, (economies, goods, periods).
    """
    rng = stream(market.plan.spec, LINES, company.number)
    cells = [cell for cell in _cells(market, company, selling, trade_usd, rng) if cell[2] > 0]
    if not cells or count == 0:
        return None
    weight = np.sqrt([cell[2] for cell in cells])
    cell = np.sort(rng.choice(len(cells), size=count, p=weight / weight.sum()))
    good = np.array([cells[place][0] for place in cell], dtype=np.intp)
    period = np.array([cells[place][1] for place in cell], dtype=np.intp)
    part = rng.gamma(2.0, size=count)
    whole = np.bincount(cell, part, minlength=len(cells))
    value = np.maximum(np.round(np.array([each[2] for each in cells])[cell] * part / whole[cell], 2), 0.01)
    customer = rng.integers(len(selling.customers), size=count)
    order = np.lexsort((customer, period))
    good, period, value, customer = good[order], period[order], value[order], customer[order]
    document, item = _documents(period, customer)
    after = period >= market.plan.spec.event
    made_in, shipped_from = _routes(market, company, selling, after, rng)
    stated = np.round(value / np.exp(rng.normal(3.5, 0.8, count)), 3)
    spelled = _document_draws(companies, selling, company, customer, document, rng)
    return Lines(
        document=document,
        item=item,
        period=period,
        month=(rng.integers(market.plan.spec.step, size=document[-1] + 1))[document],
        day=(1 + rng.integers(28, size=document[-1] + 1))[document],
        good=good,
        digits=rng.choice(DIGITS, size=count, p=DIGIT_SHARES).astype(np.intp),
        suffix=rng.integers(10_000, size=count).astype(np.intp),
        value_usd=np.where(rng.random(count) < NO_VALUE, np.nan, value),
        net_kg=np.where((rng.random(count) < NO_WEIGHT) | (stated <= 0), np.nan, stated),
        made_in=np.where(rng.random(count) < NO_MAKER, -1, made_in),
        shipped_from=shipped_from,
        **spelled,
    )


def _cells(
    market: Market, company: SimulatedCompany, selling: Selling, trade_usd: Array, rng: np.random.Generator
) -> list[tuple[int, int, float]]:
    """Return (good, period, dollars) for each cell, with the most that a seller declares in it."""
    periods = range(selling.start, market.plan.spec.periods)
    if company.part == BYSTANDER:
        drawn = np.exp(rng.normal(10.0, 1.0, (len(selling.goods), len(periods))))
    else:
        share = COVER * selling.size / market.economy_sizes[company.economy]
        drawn = trade_usd[company.economy][selling.goods][:, selling.start :] * share
    return [
        (int(good), period, float(drawn[row, column]))
        for row, good in enumerate(selling.goods)
        for column, period in enumerate(periods)
    ]


def _documents(period: Places, customer: Places) -> tuple[Places, Places]:
    """Assign lines to declarations: up to ``PER_DOCUMENT`` of one period and customer; return document and item."""
    changes = np.ones(len(period), dtype=bool)
    changes[1:] = (period[1:] != period[:-1]) | (customer[1:] != customer[:-1])
    start = np.maximum.accumulate(np.where(changes, np.arange(len(period)), 0))
    within = np.arange(len(period)) - start
    document = np.cumsum(changes | (within % PER_DOCUMENT == 0)) - 1
    return document.astype(np.intp), (within % PER_DOCUMENT + 1).astype(np.intp)


def _routes(
    market: Market, company: SimulatedCompany, selling: Selling, after: Mask, rng: np.random.Generator
) -> tuple[Places, Places]:
    """Draw the economies where each line's goods were made and from which they were shipped."""
    count = len(after)
    drawn = rng.random(count)
    made_in = np.full(count, company.economy, dtype=np.intp)
    made_in[drawn < selling.coalition_made] = selling.maker
    from_third = (drawn >= selling.coalition_made) & (drawn < selling.coalition_made + selling.elsewhere_made)
    made_in[from_third] = selling.third
    shipped = np.full(count, company.economy, dtype=np.intp)
    if selling.hub is not None:
        is_always = company.part == INTERMEDIARY
        shipped[(rng.random(count) < selling.hub_share) & (after | is_always)] = selling.hub
    return made_in, shipped


def _document_draws(
    companies: list[SimulatedCompany],
    selling: Selling,
    company: SimulatedCompany,
    customer: Places,
    document: Places,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Draw the parties of each line, their spellings, and whether their identifiers and addresses are stated."""
    count = int(document[-1]) + 1
    pairs = np.array(selling.customers, dtype=np.intp)
    importer, consignee = pairs[customer, 0], pairs[customer, 1]

    def spelled(numbers: Places) -> Places:
        """Draw spellings: the registered name on half of the documents, another spelling on the rest."""
        known = np.array([len(companies[number].spellings) if number >= 0 else 1 for number in numbers])
        other = 1 + (rng.random(count)[document] * (known - 1)).astype(np.intp)
        return np.where((rng.random(count)[document] < 0.5) | (known == 1), 0, other).astype(np.intp)

    def identified(numbers: Places) -> Mask:
        share = np.array([companies[number].identifier_share if number >= 0 else 0.0 for number in numbers])
        return np.asarray(rng.random(count)[document] < share)

    seller = np.full(len(customer), company.number, dtype=np.intp)
    return {
        "importer": importer,
        "consignee": consignee,
        "spelling": spelled(seller),
        "importer_spelling": spelled(importer),
        "consignee_spelling": spelled(consignee),
        "has_identifier": identified(seller),
        "importer_has_identifier": identified(importer),
        "consignee_has_identifier": identified(consignee),
        "has_address": np.asarray(rng.random(count)[document] < 0.7),
    }
