"""Companies that declare trade in a simulated world: their roles, names, customers, goods and routes.

Every company has its own stream of random numbers, derived from the seed and its number: a
company does not depend on the others, except for the few things that all share
(stems of names, sizes within an economy).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stopgap.base.errors import UsageError
from stopgap.simulate.declarations_names import BUSINESS, CHINESE, LATIN, SCRIPTS, STEMS, Bare, Spelling, spellings
from stopgap.simulate.plan import Array, Plan, stream

SUPPLIER, MEMBER, INTERMEDIARY = "supplier", "member", "intermediary"
IMPORTER, END_USER, BYSTANDER = "importer", "end user", "bystander"
PARTS = (SUPPLIER, MEMBER, INTERMEDIARY, IMPORTER, END_USER, BYSTANDER)
SELLERS = (SUPPLIER, MEMBER, INTERMEDIARY, BYSTANDER)

LEAST_LINES, MOST_LINES = 100, 20_000_000
LINES_PER_COMPANY = 60
COMPANIES = (24, 12_000)
DECOYS = 50
"""Number of companies on the simulated list that no declaration names."""

COVER = 0.6
"""Share of an economy's exports to the target that its companies would declare if all were always active."""

MONTHS_OF_LEAD = 12
"""Declarations begin this many months before the event."""

_COMPANY, _SHARED, _SELLING, _CLUSTERS, _LETTERS, LINES = (20, 21, 22, 23, 24, 25)  # streams, after those of plan.py
_SHARES = (0.30, 0.10, 0.15, 0.20, 0.15, 0.10)
_CLUSTER = 3  # intermediaries that share an address, a broker and customers
_FORMS = 12


@dataclass(frozen=True)
class SimulatedCompany:
    """One simulated company, whose role ``part`` is one of ``PARTS``.

    ``bare`` holds the components of its name; the first of its ``spellings`` is the registered name.
    ``identifier_share`` is the share of documents that state its register number. ``listed_as`` is the id of its entry
    on the list (``None``: not listed); companies of one ``cluster`` share address, broker and customers.
    """

    number: int
    part: str
    economy: int
    bare: Bare
    spellings: tuple[Spelling, ...]
    identifier: str
    identifier_share: float
    address: str
    founded_on: dt.date
    in_register: bool
    listed_as: str | None
    cluster: int | None

    @property
    def code(self) -> str:
        """The company's id in ``truth.json``."""
        return f"C{self.number:05d}"


@dataclass(frozen=True)
class Selling:
    """One company's sales: goods, customers and routes; economies and goods are indices, companies are numbers.

    It declares from the period ``start`` on. ``destination`` is the economy its goods are bound for (0: the target);
    ``customers`` are pairs of importer and end user (-1 where the importer is the end user); ``declarant`` is its
    broker. The share ``hub_share`` is shipped through ``hub``, which for an intermediary is its own economy; the share
    ``coalition_made`` is made in ``maker``, a member, ``elsewhere_made`` in ``third``. ``size`` is its weight within
    its economy.
    """

    goods: NDArray[np.intp]
    start: int
    destination: int
    customers: tuple[tuple[int, int], ...]
    declarant: int
    hub: int | None
    hub_share: float
    coalition_made: float
    elsewhere_made: float
    maker: int
    third: int
    size: float


@dataclass(frozen=True)
class Market:
    """Data that all companies of a world share; arrays have one entry per company, with list-only companies last.

    ``parts`` are indices into ``PARTS``, ``economies`` along the world's axis; ``sizes`` are weights, 0 for companies
    that do not sell, and ``economy_sizes`` their sums over suppliers, members and intermediaries by economy;
    ``clusters`` are -1 for companies in no cluster.
    """

    plan: Plan
    lines: int
    parts: NDArray[np.intp]
    economies: NDArray[np.intp]
    stems: NDArray[np.int64]
    sizes: Array
    economy_sizes: Array
    clusters: NDArray[np.intp]

    @property
    def count(self) -> int:
        """Number of companies that may declare, without those only on the list."""
        return len(self.parts) - DECOYS

    @property
    def first(self) -> int:
        """First period with declarations."""
        spec = self.plan.spec
        return max(0, spec.event - MONTHS_OF_LEAD // spec.step)

    def of_part(self, part: str) -> NDArray[np.intp]:
        """Return the numbers of the companies in a role."""
        return np.flatnonzero(self.parts[: self.count] == PARTS.index(part))

    def line_counts(self) -> NDArray[np.intp]:
        """Return the number of lines of each company that may declare, by weight; they sum to the requested number."""
        ends = np.round(np.cumsum(self.sizes) / self.sizes.sum() * self.lines).astype(np.intp)
        counts: NDArray[np.intp] = np.diff(ends, prepend=0)[: self.count]
        return counts


def check_lines(lines: int) -> None:
    """Reject (UsageError) a number of declaration lines that is out of range."""
    if not LEAST_LINES <= lines <= MOST_LINES:
        raise UsageError(
            f"a world of {lines:,} lines of declarations cannot be made",
            where="--declarations",
            fix=f"ask for {LEAST_LINES:,} to {MOST_LINES:,} lines",
        )


def make_market(plan: Plan, lines: int) -> Market:
    """Draw roles, economies, name stems, sizes and clusters of all companies."""
    spec, roles = plan.spec, plan.roles
    count = int(np.clip(lines // LINES_PER_COMPANY, *COMPANIES))
    rng = stream(spec, _SHARED)
    shares = np.array(_SHARES)
    if not len(roles.hubs):
        shares[0] += shares[2]
        shares[2] = 0.0
    ends = np.round(np.cumsum(shares) * count).astype(np.intp)
    kinds = [*range(len(PARTS)), PARTS.index(BYSTANDER)]
    parts = np.repeat(kinds, [*np.diff(ends, prepend=0), DECOYS]).astype(np.intp)
    economies = np.zeros(len(parts), dtype=np.intp)
    pools = {
        SUPPLIER: roles.others,
        MEMBER: roles.members,
        INTERMEDIARY: roles.hubs,
        BYSTANDER: np.arange(1, spec.economies),
    }
    for part, pool in pools.items():
        places = np.flatnonzero(parts == PARTS.index(part))
        if len(places):
            weight = np.exp(plan.size[pool])
            economies[places] = rng.choice(pool, size=len(places), p=weight / weight.sum())
    stems = rng.choice(STEMS, size=len(parts), replace=False)
    # One in twenty bears the stem of the company before it, in another business: another company.
    twins = np.flatnonzero(rng.random(count) < 0.05)
    twins = twins[twins > 0]
    stems[twins] = stems[twins - 1]
    sells = np.isin(parts, [PARTS.index(part) for part in SELLERS])
    sells[count:] = False
    sizes = np.where(sells, np.exp(rng.normal(0, 1, len(parts))), 0.0)
    is_in_trade = np.isin(parts, [PARTS.index(part) for part in (SUPPLIER, MEMBER, INTERMEDIARY)])
    in_trade = np.bincount(economies, np.where(is_in_trade, sizes, 0.0), minlength=spec.economies)
    clusters = _clusters(parts, economies)
    return Market(plan, lines, parts, economies, stems, sizes, in_trade.astype(np.float64), clusters)


def _clusters(parts: NDArray[np.intp], economies: NDArray[np.intp]) -> NDArray[np.intp]:
    """Group intermediaries of one hub into clusters of three; every second such group becomes a cluster."""
    found = np.full(len(parts), -1, dtype=np.intp)
    number = 0
    for economy in np.unique(economies[parts == PARTS.index(INTERMEDIARY)]):
        of_hub = np.flatnonzero((parts == PARTS.index(INTERMEDIARY)) & (economies == economy))
        for start in range(0, len(of_hub) - _CLUSTER + 1, 2 * _CLUSTER):
            found[of_hub[start : start + _CLUSTER]] = number
            number += 1
    return found


def company_of(market: Market, number: int) -> SimulatedCompany:
    """Draw one company; each call draws the same values again."""
    plan = market.plan
    rng = stream(plan.spec, _COMPANY, number)
    part = PARTS[market.parts[number]]
    # A twin of the company before it bears the same stem in the same letters, and is in another business.
    root = number
    while root > 0 and market.stems[root] == market.stems[root - 1]:
        root -= 1
    letters = stream(plan.spec, _LETTERS, root)
    odds = _SCRIPT_ODDS.get(PARTS[market.parts[root]], (0.45, 0.1, 0.45))
    script = SCRIPTS[int(letters.choice(len(SCRIPTS), p=odds))]
    is_pinyin = script == CHINESE or (script == LATIN and letters.random() < 0.3)
    business = (number * 3 + int(market.stems[number])) % len(BUSINESS)
    bare = Bare(int(market.stems[number]), is_pinyin, business, int(rng.integers(_FORMS)), script)
    written = spellings(bare, int(rng.integers(2, 7)), rng)
    is_home = part in (IMPORTER, END_USER)
    cluster = int(market.clusters[number])
    place = market.count + cluster if cluster >= 0 else number
    event = plan.names.periods[plan.spec.event]
    is_new = part in (IMPORTER, END_USER, INTERMEDIARY) and rng.random() < 0.25
    days = int(rng.integers(0, 150)) if is_new else -int(rng.integers(400, 9000))
    listed = rng.random() < 0.1
    return SimulatedCompany(
        number=number,
        part=part,
        economy=int(market.economies[number]),
        bare=bare,
        spellings=written,
        identifier=f"{(91 if is_home else 17)}{number:05d}{(number * 7919) % 100000:05d}",
        identifier_share=0.75 if is_home else 0.35,
        address=f"{1 + place * 37 % 400} {_STREET[place % len(_STREET)]} Street, office {1 + place % 90}, Sample City {place % 97}",
        founded_on=event + dt.timedelta(days=days),
        in_register=bool(rng.random() < 0.8),
        listed_as=f"SL-{number:05d}" if listed or number >= market.count else None,
        cluster=cluster if cluster >= 0 else None,
    )


_STREET = tuple(
    f"{first}{second}"
    for first in ("Example", "Sample", "Model", "Pattern", "Specimen", "Mock", "Trial", "Fictive")
    for second in (" North", " South", " East", " West", " Mill")
)


_SCRIPT_ODDS = {
    IMPORTER: (0.15, 0.8, 0.05),
    END_USER: (0.15, 0.8, 0.05),
    INTERMEDIARY: (0.5, 0.25, 0.25),
    MEMBER: (1.0, 0.0, 0.0),
}


def selling_of(market: Market, number: int) -> Selling | None:
    """Draw a company's goods, customers and routes; ``None`` for a company that does not sell."""
    part = PARTS[market.parts[number]]
    if part not in SELLERS:
        return None
    plan, spec = market.plan, market.plan.spec
    cluster = int(market.clusters[number])
    rng = stream(spec, _SELLING, number)
    shared = stream(spec, _CLUSTERS, cluster) if cluster >= 0 else rng
    home = int(market.economies[number])
    starts_late = rng.random() < {INTERMEDIARY: 0.85, SUPPLIER: 0.4}.get(part, 0.0)
    late = int(rng.integers(spec.event, spec.periods))
    start = late if starts_late else market.first
    is_bystander = part == BYSTANDER
    is_ordinary = is_bystander and number % 2 == 0
    pool = np.arange(spec.sanctioned_goods, spec.goods) if is_ordinary else np.arange(spec.sanctioned_goods)
    goods = rng.choice(pool, size=int(rng.integers(1, min(6, len(pool)) + 1)), replace=False)
    destination = 0
    if is_bystander and number % 2:  # goods of the list, bound for somewhere else
        destination = int(rng.choice(np.setdiff1d(np.arange(1, spec.economies), [home])))
    importers, users = market.of_part(IMPORTER if destination == 0 else BYSTANDER), market.of_part(END_USER)
    picked = [
        (int(shared.choice(importers)), int(shared.choice(users)) if destination == 0 and shared.random() < 0.4 else -1)
        for _ in range(int(shared.integers(1, 6)))
    ]
    hubs = plan.roles.hubs
    hub, hub_share = None, 0.0
    if part == INTERMEDIARY:
        hub, hub_share = home, 1.0
    elif part == SUPPLIER and len(hubs) and rng.random() < 0.3:
        hub, hub_share = int(rng.choice(hubs)), float(rng.uniform(0.2, 0.9))
    elsewhere = 0.1 if part == SUPPLIER else 0.2 if part == INTERMEDIARY else 0.0
    return Selling(
        goods=np.sort(goods).astype(np.intp),
        start=start,
        destination=destination,
        customers=tuple(dict.fromkeys(picked)),
        declarant=int(shared.integers(max(3, market.count // 20))),
        hub=hub,
        hub_share=hub_share,
        coalition_made=float(rng.uniform(0.3, 0.9)) if part == INTERMEDIARY else 0.05 if part == SUPPLIER else 0.0,
        elsewhere_made=elsewhere,
        maker=int(rng.choice(plan.roles.members)),
        third=int(rng.choice(plan.roles.others)),
        size=float(market.sizes[number]),
    )
