"""What ``stopgap exposure`` returns: companies behind an episode's goods, as declarations name them.

Dollars are those declared in the window. ``None`` means that it cannot be told; a line without a
value is counted, and never taken for zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from stopgap.base.documents import as_document, sealed
from stopgap.base.marking import Markable


@dataclass(frozen=True)
class GoodCarried:
    """A good of the list that a company carried, its code and ``tier`` (empty where the list has none) there."""

    good: str
    tier: str
    value_usd: float
    lines: int


@dataclass(frozen=True)
class RoutedThroughHubs:
    """What passed hubs.

    Attributes:
        through_hubs_usd: Shipped from a hub, or sold by someone there, and made elsewhere.
        share_through_hubs: By the dollars of which the route can be told; ``None`` where there are none.
        coalition_made_usd: The part that was made in the coalition.
        route_unknown_usd: A hub is named and not where the goods were made, or no place of departure.
    """

    through_hubs_usd: float
    share_through_hubs: float | None
    coalition_made_usd: float
    route_unknown_usd: float


@dataclass(frozen=True)
class ListHit:
    """An entry of a list that may be the company.

    Attributes:
        list_date: Day of the list's edition; ``None`` where not told.
        name: The entry's own name.
        matched_name: The name of it nearest to what was declared.
        declared_name: The spelling that was looked up.
        score: Probability that both are one company.
        decision: What was decided on the pair; ``None`` where nothing was.
    """

    entity_id: str
    list: str
    list_date: str | None
    name: str
    matched_name: str
    declared_name: str
    score: float
    decision: str | None = None


@dataclass(frozen=True)
class CoShipper:
    """Another exporter with the same customers (importers and consignees), addresses or brokers: how many in common.

    Attributes:
        overlap: Customers in common by customers of either; ``None`` where neither names any.
    """

    company: str
    name: str
    customers: int
    addresses: int
    declarants: int
    overlap: float | None


@dataclass(frozen=True)
class Spelled:
    """A spelling taken for the company: ``by`` ``itself``, ``identifier``, ``name`` or ``similar``.

    ``score`` is the matcher's, where it decided.
    """

    name: str
    by: str
    score: float | None
    lines: int


@dataclass(frozen=True)
class CompanyExposure:
    """One company in one party of the declarations.

    Attributes:
        rank: 1 is the largest by dollars among those of its party.
        party: ``exporter``, ``importer``, ``consignee`` and so on: dollars of different parties are the same dollars.
        role: ``supplier`` or ``intermediary`` (an exporter in a hub), ``importer``, ``end user`` (a consignee), else the party.
        company: Id.
        name: Its commonest spelling.
        economy: ISO3; ``None`` where no line states it.
        identifiers: Numbers of registers.
        share: By the dollars of all lines of the window.
        first_seen: Day of its first line of these goods, in the window or not (``YYYY-MM-DD``).
        seen_before_event: Whether the first lies before the month of the event.
        goods: What it carried, the largest first.
        founded_on: Day of registration, where a register was given and has the company.
        founded_by: What found it there: ``identifier`` or ``name``.
        newly_founded: Whether it was founded in the month of the event or later; ``None`` where not known.
        hits: Entries of lists; ``None`` where no list was searched, empty where none is near.
        co_shippers: Other exporters, those with most in common first; exporters alone have them.
        merged_by: The weakest ground on which spellings were merged.
        merge_score: The least sure score of them.
        spellings: What was taken for this company, the commonest first.
    """

    rank: int
    party: str
    role: str
    company: str
    name: str
    economy: str | None
    identifiers: tuple[str, ...]
    value_usd: float
    share: float | None
    lines: int
    lines_without_value: int
    first_seen: str
    last_seen: str
    seen_before_event: bool
    goods: tuple[GoodCarried, ...]
    routed: RoutedThroughHubs
    founded_on: str | None
    founded_by: str | None
    newly_founded: bool | None
    hits: tuple[ListHit, ...] | None
    co_shippers: tuple[CoShipper, ...]
    merged_by: str
    merge_score: float | None
    spellings: tuple[Spelled, ...]


@dataclass(frozen=True)
class PartyTotal:
    """How the dollars of the window fall to one party: the parts add up to the whole.

    Attributes:
        companies: Companies with a line in the window.
        shown: Companies in ``companies`` of the finding.
        without_company_lines: Lines that name none.
        only_outside_window: Companies seen on other days alone; they have no row.
    """

    party: str
    companies: int
    companies_usd: float
    shown: int
    shown_usd: float
    without_company_lines: int
    without_company_usd: float
    only_outside_window: int


@dataclass(frozen=True)
class Total:
    """Totals over all declaration lines of the goods that were delivered to the target in the window."""

    value_usd: float
    lines: int
    lines_without_value: int
    routed: RoutedThroughHubs


@dataclass(frozen=True)
class PairExposure:
    """Who sold to whom, in the window. ``None`` for a side that the lines do not name."""

    exporter: str | None
    exporter_name: str | None
    importer: str | None
    importer_name: str | None
    value_usd: float
    lines: int
    lines_without_value: int
    first_seen: str
    last_seen: str
    goods: tuple[str, ...]
    routed: RoutedThroughHubs


@dataclass(frozen=True)
class HubExposure:
    """What passed one hub: ``value_usd`` holds what was made there, ``routed`` what was not."""

    hub: str
    value_usd: float
    lines: int
    lines_without_value: int
    exporters: int
    importers: int
    first_seen: str
    last_seen: str
    routed: RoutedThroughHubs


@dataclass(frozen=True)
class DeclarationSource:
    """Lines bound for the target, of any good and day, of one source and kind of document.

    Attributes:
        source: Source that the mapping named.
        document: ``declaration`` or ``bill-of-lading``.
        counted: Whether its lines are in the figures.
    """

    source: str
    document: str
    counted: bool
    lines: int
    lines_with_value: int
    value_usd: float
    first_day: str
    last_day: str


@dataclass(frozen=True)
class Official:
    """Declared dollars beside official figures of the same economies, goods and periods.

    Attributes:
        declared_usd: Declared, of economies and periods with official figures too.
        official_usd: Official figures of these economies and periods.
        share: The one by the other; ``None`` where there are no official figures.
        economies: Economies that both have.
        periods: Periods that both have.
        not_compared_usd: Declared dollars without official figures beside them.
        because: Why there is no share; empty where there is one.
    """

    declared_usd: float | None
    official_usd: float | None
    share: float | None
    economies: int
    periods: int
    not_compared_usd: float | None
    because: str = ""


@dataclass(frozen=True)
class ExposureCoverage:
    """What the figures rest on.

    Attributes:
        services: Customs services and vendors with lines to the target, counted or not.
        months: Months of the window with a line of the goods.
        months_missing: Months of the window without any, first to last.
        lines_without_good: Lines to the target in the window that have no code.
        lines_with_short_code: Lines whose code is too short to tell whether it is on the list.
        goods_listed: Codes of the goods list.
        goods_found: Of these, how many have a line in the window.
    """

    services: tuple[DeclarationSource, ...]
    months: tuple[str, ...]
    months_missing: tuple[str, ...]
    lines_without_good: int
    lines_with_short_code: int
    lines_of_other_goods: int
    goods_listed: int
    goods_found: int
    official: Official


@dataclass(frozen=True)
class Merging:
    """How names became companies.

    Attributes:
        merge: ``none``, ``identifier``, ``name`` or ``similar``.
        declared_names: Distinct names with what stood beside them.
        companies: Companies that they were taken for.
        ambiguous: Names without a number that fit several companies, and were left apart.
        crowded_numbers: Numbers beside too many names to be a company's own; they merged nothing.
        placeholder_numbers: Numbers that are none (one repeated digit, or too short).
        not_matched: Companies without a number that the matcher was not asked about, for want of time.
        score: Probability from which the matcher merged; ``None`` where it was not asked.
    """

    merge: str
    declared_names: int
    companies: int
    ambiguous: int
    crowded_numbers: int
    placeholder_numbers: int
    not_matched: int
    score: float | None


@dataclass(frozen=True)
class SearchedLists:
    """Which lists were searched, and for whom.

    Attributes:
        lists: Names, with the days of their editions.
        companies: Companies looked up, under their commonest spelling in each script.
        hits: Of these, companies with an entry that reaches the threshold.
        shortened: Companies whose spellings in other scripts were not looked up, for want of time.
        because: Why nothing was searched; empty where something was.
    """

    lists: tuple[tuple[str, str | None], ...]
    companies: int
    hits: int
    shortened: int = 0
    because: str = ""


@dataclass(frozen=True)
class ExposureFinding(Markable):
    """Companies behind one episode's goods, from one vintage of the lake.

    Attributes:
        list_notes: What must be known of the lists today, such as their age; set when the result is given as an answer,
            and no field of its content.
    """

    list_notes: ClassVar[tuple[str, ...]] = ()

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    event: str
    window: tuple[str, str]
    total: Total
    parties: tuple[PartyTotal, ...]
    companies: tuple[CompanyExposure, ...]
    pairs: tuple[PairExposure, ...]
    hubs: tuple[HubExposure, ...]
    coverage: ExposureCoverage
    merging: Merging
    screened: SearchedLists
    crowded_keys: dict[str, int] = field(default_factory=dict)
    unit: str = "USD"
    valuation: str = "as declared"
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    finding_id: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``exposure --format json`` prints it."""
        content = as_document(self)
        return {"finding_id": content.pop("finding_id"), **content}

    def sealed(self) -> ExposureFinding:
        """The finding with its id: a hash of all that it says."""
        return sealed(self)

    def company_table(self) -> pa.Table:
        """One row per (party, company)."""
        return pa.Table.from_pylist(list(map(_company_row, self.companies)), schema=_COMPANY_SCHEMA)

    def pair_table(self) -> pa.Table:
        """One row per exporter and importer."""
        rows = [{**vars(row), **vars(row.routed), "goods": "; ".join(row.goods)} for row in self.pairs]
        return pa.Table.from_pylist(rows, schema=_PAIR_SCHEMA)

    def hub_table(self) -> pa.Table:
        """One row per hub."""
        rows = [{**vars(row), **vars(row.routed)} for row in self.hubs]
        return pa.Table.from_pylist(rows, schema=_HUB_SCHEMA)


def _company_row(row: CompanyExposure) -> dict[str, Any]:
    best = row.hits[0] if row.hits else None
    return {
        **vars(row),
        **vars(row.routed),
        "identifiers": "; ".join(row.identifiers),
        "goods": "; ".join(good.good for good in row.goods),
        "tiers": "; ".join(dict.fromkeys(good.tier for good in row.goods if good.tier)),
        "hits": None if row.hits is None else len(row.hits),
        **{name: getattr(best, name, None) for name in ("list", "list_date", "matched_name", "score", "decision")},
        "co_shippers": len(row.co_shippers),
        "spellings": len(row.spellings),
    }


def _schema(**kinds: str) -> pa.Schema:
    types = {"t": pa.string(), "f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind in kinds.items()])


_ROUTED = {"through_hubs_usd": "f", "share_through_hubs": "f", "coalition_made_usd": "f", "route_unknown_usd": "f"}
_COMPANY_SCHEMA = _schema(
    rank="i", party="t", role="t", name="t", economy="t", value_usd="f", share="f", lines="i",
    lines_without_value="i", **_ROUTED, first_seen="t", last_seen="t", seen_before_event="b", founded_on="t",
    founded_by="t", newly_founded="b", hits="i", list="t", list_date="t", matched_name="t", score="f", decision="t",
    co_shippers="i", goods="t", tiers="t", identifiers="t", company="t", merged_by="t", merge_score="f",
    spellings="i",
)  # fmt: skip
_PAIR_SCHEMA = _schema(
    exporter_name="t", importer_name="t", value_usd="f", lines="i", lines_without_value="i", **_ROUTED,
    first_seen="t", last_seen="t", goods="t", exporter="t", importer="t",
)  # fmt: skip
_HUB_SCHEMA = _schema(
    hub="t", value_usd="f", lines="i", lines_without_value="i", **_ROUTED, exporters="i", importers="i",
    first_seen="t", last_seen="t",
)  # fmt: skip
