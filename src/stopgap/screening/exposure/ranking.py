"""Rank companies, pairs and hubs from the rows of the exposure stages, and attach list matches and registry data."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from stopgap.screening.exposure.parties import DeclaredCompany, folded, number_of
from stopgap.screening.exposure.results import (
    CompanyExposure,
    CoShipper,
    GoodCarried,
    HubExposure,
    ListHit,
    PairExposure,
    PartyTotal,
    RoutedThroughHubs,
    Total,
)

MOST_SHARING = 50
"""Maximum number of exporters that share a key (customer, address or broker); more widely shared keys are ignored."""

CO_SHIPPERS_SHOWN = 10
SPELLINGS_SHOWN = 20


Row = Mapping[str, Any]
"""A result row of a stage (:mod:`stopgap.screening.exposure.stages`); sums of counts may be decimals."""


@dataclass(frozen=True)
class Founded:
    """Registration days of companies (``YYYY-MM-DD``), from a company register.

    Keys are normalised identifiers and folded names; those to which the register gives several days are omitted.
    """

    by_number: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)

    def of(self, company: DeclaredCompany) -> tuple[str | None, str | None]:
        """Return a company's registration day, and ``identifier`` or ``name``, by which it was found.

        The day is that of its identifiers, otherwise of its spellings; both are ``None`` if it is unknown or ambiguous.
        """
        days = {day for number in company.identifiers if (day := self.by_number.get(number))}
        if len(days) == 1:
            return days.pop(), "identifier"
        if days or any(number in self.by_number for number in company.identifiers):
            return None, None
        named = {day for name in company.names if (day := self.by_name.get(folded(name.name)))}
        return (named.pop(), "name") if len(named) == 1 else (None, None)


def founded_from(rows: Iterable[tuple[str | None, str | None, str]]) -> Founded:
    """Build the registration days from rows of a register: (number, name, day)."""
    numbers: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for number, name, day in rows:
        if (known := number_of(number)) is not None:
            numbers[known].add(day)
        if name and (fold := folded(name)):
            names[fold].add(day)
    return Founded(
        {number: next(iter(days)) for number, days in numbers.items() if len(days) == 1},
        {name: next(iter(days)) for name, days in names.items() if len(days) == 1},
    )


def routed_of(row: Row) -> RoutedThroughHubs:
    """Return the trade through hubs of a row of sums."""
    through, unknown = row["through_hubs_usd"], row["route_unknown_usd"]
    known = row["value_usd"] - unknown
    return RoutedThroughHubs(
        through_hubs_usd=through,
        share_through_hubs=through / known if known > 0 else None,
        coalition_made_usd=row["coalition_made_usd"],
        route_unknown_usd=unknown,
    )


def _seen(row: Row) -> dict[str, Any]:
    """Return the figures and days that every row of sums contains."""
    return {
        "value_usd": row["value_usd"],
        "lines": int(row["lines"]),
        "lines_without_value": int(row["lines_without_value"]),
        "first_seen": row["first_day"].isoformat(),
        "last_seen": row["last_day"].isoformat(),
        "routed": routed_of(row),
    }


def total_of(row: Row) -> Total:
    """Return the total from the single row of ``exposure_totals``; zeros if its values are null, as without lines."""
    if row["lines"] is None:
        return Total(0.0, 0, 0, RoutedThroughHubs(0.0, None, 0.0, 0.0))
    return Total(row["value_usd"], int(row["lines"]), int(row["lines_without_value"]), routed_of(row))


def role_of(party: str, economy: str | None, hubs: frozenset[str]) -> str:
    """Return a company's role: an exporter in a hub is an intermediary, a consignee the end user."""
    if party == "exporter":
        return "intermediary" if economy in hubs else "supplier"
    return "end user" if party == "consignee" else party


@dataclass(frozen=True)
class CompanyFacts:
    """Data on companies other than their lines, by company id; ``hits`` is ``None`` if no list was searched.

    ``event`` is the first day of the event's month; ``sharing`` are rows of ``exposure_sharing``, ``goods`` rows of
    ``exposure_company_goods``.
    """

    companies: Mapping[str, DeclaredCompany]
    hubs: frozenset[str]
    event: dt.date
    founded: Founded
    hits: Mapping[str, tuple[ListHit, ...]] | None
    sharing: Sequence[Row]
    goods: Sequence[Row]


def rank_companies(
    rows: Sequence[Row], known: CompanyFacts, total: Total, *, limit: int
) -> tuple[tuple[CompanyExposure, ...], tuple[PartyTotal, ...]]:
    """Rank companies by dollars within each party (``limit`` per party; 0 for all), and return totals per party.

    ``rows`` are rows of ``exposure_companies``; ``company`` is ``None`` where lines name none. For each party,
    ``companies_usd + without_company_usd`` equals the total's ``value_usd``, and the same holds for lines.
    """
    by_party: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_party[row["party"]].append(row)
    goods = _goods_by_company(known.goods)
    shippers = _co_shippers(known)
    shown: list[CompanyExposure] = []
    totals: list[PartyTotal] = []
    for party, members in by_party.items():
        named = [(code, row) for row in members if (code := row["company"]) is not None and row["lines"] > 0]
        nameless = [row for row in members if row["company"] is None]
        named.sort(key=lambda each: (-each[1]["value_usd"], -each[1]["lines"], each[0]))
        kept = named[:limit] if limit else named
        shown += [
            _company(rank, row, known.companies[code], known, total, goods, shippers)
            for rank, (code, row) in enumerate(kept, start=1)
        ]
        totals.append(
            PartyTotal(
                party=party,
                companies=len(named),
                companies_usd=fsum(row["value_usd"] for _, row in named),
                shown=len(kept),
                shown_usd=fsum(row["value_usd"] for _, row in kept),
                without_company_lines=int(sum(row["lines"] for row in nameless)),
                without_company_usd=fsum(row["value_usd"] for row in nameless),
                only_outside_window=sum(1 for row in members if row["company"] is not None and row["lines"] == 0),
            )
        )
    return tuple(shown), tuple(totals)


def _company(
    rank: int,
    row: Row,
    company: DeclaredCompany,
    known: CompanyFacts,
    total: Total,
    goods: Mapping[tuple[str, str], tuple[GoodCarried, ...]],
    shippers: Mapping[str, list[CoShipper]],
) -> CompanyExposure:
    founded_on, founded_by = known.founded.of(company)
    party = row["party"]
    return CompanyExposure(
        rank=rank,
        party=party,
        role=role_of(party, company.economy, known.hubs),
        company=company.company,
        name=company.name,
        economy=company.economy,
        identifiers=company.identifiers,
        **_seen(row),
        share=row["value_usd"] / total.value_usd if total.value_usd > 0 else None,
        seen_before_event=row["first_day"] < known.event,
        goods=goods.get((party, company.company), ()),
        founded_on=founded_on,
        founded_by=founded_by,
        newly_founded=None if founded_on is None else founded_on >= known.event.isoformat(),
        hits=None if known.hits is None else known.hits.get(company.company, ()),
        co_shippers=tuple(shippers.get(company.company, ())[:CO_SHIPPERS_SHOWN]) if party == "exporter" else (),
        merged_by=company.merged_by,
        merge_score=company.least_score,
        spellings=company.names[:SPELLINGS_SHOWN],
    )


def _goods_by_company(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[GoodCarried, ...]]:
    found: dict[tuple[str, str], list[GoodCarried]] = defaultdict(list)
    for row in rows:
        if row["company"] is not None:
            found[(row["party"], row["company"])].append(
                GoodCarried(row["list_good"], row["tier"] or "", row["value_usd"], int(row["lines"]))
            )
    return {key: tuple(sorted(goods, key=lambda good: (-good.value_usd, good.good))) for key, goods in found.items()}


def _co_shippers(known: CompanyFacts) -> dict[str, list[CoShipper]]:
    """Return co-shippers by company, sorted by shared addresses, then by overlap of customers, largest first."""
    found: dict[str, list[CoShipper]] = defaultdict(list)
    for row in known.sharing:
        for own, other in ((row["company"], row["other"]), (row["other"], row["company"])):
            customers = int(row["customers"])
            either = (row["company_customers"] or 0) + (row["other_customers"] or 0) - customers
            found[own].append(
                CoShipper(
                    company=other,
                    name=known.companies[other].name,
                    customers=customers,
                    addresses=int(row["addresses"]),
                    declarants=int(row["declarants"]),
                    overlap=customers / either if either > 0 else None,
                )
            )
    for shippers in found.values():
        shippers.sort(key=lambda each: (-each.addresses, -(each.overlap or 0.0), -each.declarants, each.company))
    return found


def rank_pairs(
    rows: Sequence[Row], goods: Sequence[Row], companies: Mapping[str, DeclaredCompany], *, limit: int
) -> tuple[PairExposure, ...]:
    """Rank pairs of exporter and importer by dollars; ``goods`` are rows of ``exposure_pair_goods``."""
    carried: dict[tuple[str | None, str | None], set[str]] = defaultdict(set)
    for row in goods:
        carried[(row["exporter_company"], row["importer_company"])].add(row["list_good"])

    def name(code: str | None) -> str | None:
        return None if code is None else companies[code].name

    ordered = sorted(
        rows,
        key=lambda row: (
            -row["value_usd"], -row["lines"], row["exporter_company"] or "", row["importer_company"] or "",
        ),
    )  # fmt: skip
    return tuple(
        PairExposure(
            exporter=row["exporter_company"],
            exporter_name=name(row["exporter_company"]),
            importer=row["importer_company"],
            importer_name=name(row["importer_company"]),
            goods=tuple(sorted(carried[(row["exporter_company"], row["importer_company"])])),
            **_seen(row),
        )
        for row in (ordered[:limit] if limit else ordered)
    )


def rank_hubs(rows: Sequence[Row]) -> tuple[HubExposure, ...]:
    """Rank hubs by dollars of goods made elsewhere that passed through them."""
    ordered = sorted(rows, key=lambda row: (-row["through_hubs_usd"], -row["value_usd"], row["hub"]))
    return tuple(
        HubExposure(hub=row["hub"], exporters=int(row["exporters"]), importers=int(row["importers"]), **_seen(row))
        for row in ordered
    )
