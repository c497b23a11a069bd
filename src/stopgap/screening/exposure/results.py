"""Results of ``stopgap exposure``: companies that traded an episode's goods, as named in customs declarations.

Dollars are those declared in the window. ``None`` means unknown; a line without a value is counted, and never treated
as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from stopgap.base.documents import as_document, sealed
from stopgap.base.marking import Markable
from stopgap.base.money import usd
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable


@dataclass(frozen=True)
class GoodCarried:
    """A listed good that a company traded, with its code and ``tier`` in the list (empty if the list has no tiers)."""

    good: str
    tier: str
    value_usd: float
    lines: int


@dataclass(frozen=True)
class RoutedThroughHubs:
    """Trade that passed through hubs.

    Attributes:
        through_hubs_usd: Dollars of goods shipped from a hub, or sold by an exporter there, and made elsewhere.
        share_through_hubs: Those dollars divided by the dollars with a known route; ``None`` if there are none.
        coalition_made_usd: Part of ``through_hubs_usd`` that was made in the coalition.
        route_unknown_usd: Dollars of lines that name a hub but no country of manufacture, or no place of departure.
    """

    through_hubs_usd: float
    share_through_hubs: float | None
    coalition_made_usd: float
    route_unknown_usd: float


@dataclass(frozen=True)
class ListedAs:
    """What a list says of an entry: fields as in :class:`~stopgap.screening.matching.match_listing.MatchListing`."""

    list_name: str
    kind: str
    programme: str
    annex: str | None
    economies: tuple[str, ...]
    addresses: tuple[str, ...]
    identifiers: tuple[str, ...]
    listed_on: str | None
    reason: str | None
    receipt: str | None
    rows_query: str


@dataclass(frozen=True)
class ListHit:
    """A list entry that may be the company.

    Attributes:
        list_date: Day of the list's edition; ``None`` if unknown.
        name: The entry's own name.
        matched_name: The entry's name most similar to the declared one.
        declared_name: The spelling that was looked up.
        score: Probability that both are the same company.
        decision: Decision on the pair; ``None`` if there is none.
        listing: What the list says of the entry; ``None`` if the list cannot be asked.
    """

    entity_id: str
    list: str
    list_date: str | None
    name: str
    matched_name: str
    declared_name: str
    score: float
    decision: str | None = None
    listing: ListedAs | None = None


@dataclass(frozen=True)
class CoShipper:
    """Another exporter with shared customers (importers and consignees), addresses or brokers, and their numbers.

    Attributes:
        overlap: Shared customers divided by all customers of the two exporters; ``None`` if neither has any.
    """

    company: str
    name: str
    customers: int
    addresses: int
    declarants: int
    overlap: float | None


@dataclass(frozen=True)
class Spelled:
    """A spelling merged into a company; ``by`` is the criterion: ``itself``, ``identifier``, ``name`` or ``similar``.

    ``score`` is the matcher's score, if the matcher decided.
    """

    name: str
    by: str
    score: float | None
    lines: int


@dataclass(frozen=True)
class CompanyExposure:
    """One company in one party (role) of the declarations.

    Attributes:
        rank: Rank by dollars among the companies of its party; 1 is the largest.
        party: ``exporter``, ``importer``, ``consignee`` and so on; dollars of different parties are the same dollars.
        role: ``supplier`` or ``intermediary`` (an exporter in a hub), ``importer``, ``end user`` (a consignee),
            otherwise the party.
        company: Id of the company.
        name: Its most common spelling.
        economy: ISO3 code; ``None`` if no line states it.
        identifiers: Register numbers.
        share: Its dollars divided by the dollars of all lines of the window.
        first_seen: Day of its first line of these goods, inside the window or not (``YYYY-MM-DD``).
        seen_before_event: Whether that day is before the month of the event.
        goods: Goods that it traded, largest first.
        founded_on: Day of registration, if a register was given and contains the company.
        founded_by: Key by which the register entry was found: ``identifier`` or ``name``.
        newly_founded: Whether it was founded in the month of the event or later; ``None`` if unknown.
        hits: Matching list entries; ``None`` if no list was searched, empty if none is similar.
        co_shippers: Other exporters, those with most in common first; empty for other parties than exporters.
        merged_by: The weakest criterion by which spellings were merged.
        merge_score: The lowest matcher score of the merged spellings.
        spellings: Spellings merged into this company, most common first.
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
    """Breakdown of the window's dollars for one party: companies and unnamed lines sum to the total.

    Attributes:
        companies: Number of companies with a line in the window.
        shown: Number of them in ``companies`` of the finding.
        without_company_lines: Number of lines that name no company.
        only_outside_window: Number of companies with lines only outside the window; they have no row.
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
    """Trade of one pair of exporter and importer in the window; a side that the lines do not name is ``None``."""

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
    """Trade of one hub: ``value_usd`` includes goods made there, ``routed`` only counts goods made elsewhere."""

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
    """Declaration lines of any good and day to the target, from one source and kind of document.

    Attributes:
        source: Source as named in the mapping.
        document: ``declaration`` or ``bill-of-lading``.
        counted: Whether its lines are included in the figures.
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
    """Comparison of declared dollars with official figures for the same economies, goods and periods.

    Attributes:
        declared_usd: Declared dollars of economies and periods that also have official figures.
        official_usd: Official figures of these economies and periods.
        share: ``declared_usd`` divided by ``official_usd``; ``None`` if there are no official figures.
        economies: Number of economies in both.
        periods: Number of periods in both.
        not_compared_usd: Declared dollars without corresponding official figures.
        because: Reason why there is no share; empty if there is one.
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
    """Inputs and coverage of the figures.

    Attributes:
        services: Customs services and vendors with lines to the target, counted or not.
        months: Months of the window with a line of the goods.
        months_missing: Months of the window without such a line, first to last.
        lines_without_good: Number of lines to the target in the window that have no commodity code.
        lines_with_short_code: Number of lines whose code is too short to tell whether it is on the list.
        goods_listed: Number of codes of the goods list.
        goods_found: Number of these with a line in the window.
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
    """Statistics of merging declared names into companies.

    Attributes:
        merge: Merge level: ``none``, ``identifier``, ``name`` or ``similar``.
        declared_names: Number of distinct combinations of name, identifier and economy.
        companies: Number of companies that they were merged into.
        ambiguous: Number of names without identifier that match several companies, and were not merged.
        crowded_numbers: Number of identifiers with too many names to belong to one company; they merged nothing.
        placeholder_numbers: Number of invalid identifiers (one repeated digit, or too short).
        not_matched: Number of companies without identifier that the matcher did not look up, to limit run time.
        score: Probability from which the matcher merged; ``None`` if it was not used.
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
    """Lists that were searched, with the number of companies and hits.

    Attributes:
        lists: Names of the lists, with the days of their editions.
        companies: Number of companies looked up, under their most common spelling in each script.
        hits: Number of these with an entry that reaches the threshold.
        shortened: Number of companies whose spellings in other scripts were not looked up, to limit run time.
        because: Reason why nothing was searched; empty if lists were searched.
    """

    lists: tuple[tuple[str, str | None], ...]
    companies: int
    hits: int
    shortened: int = 0
    because: str = ""


@dataclass(frozen=True)
class ExposureFinding(Markable, Summarised, NamedTable):
    """Companies that traded one episode's goods, from one vintage of the lake.

    Attributes:
        list_notes: Warnings about the lists as of today, such as their age; set when the result is returned, and not
            part of its content.
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
        """Return the finding as ``exposure --format json`` prints it."""
        content = as_document(self)
        return {"finding_id": content.pop("finding_id"), **content}

    def sealed(self) -> ExposureFinding:
        """Return the finding with its id, a hash of its content."""
        return sealed(self)

    def summary(self) -> Summary:
        """Return the finding in lines of text: parties above the table, what was counted and what limits it below."""
        total, coverage = self.total, self.coverage
        share = total.routed.share_through_hubs
        hubs = "" if share is None else f"; through hubs {share:.1%}, consistent with routing"
        official = coverage.official
        covered = ""
        if official.share is not None:
            covered = f" ({official.share:.1%} of official figures of the same economies and periods)"
        sides = "; ".join(
            f"{party.companies:,} {party.party}s {usd(party.companies_usd)}, unnamed {usd(party.without_company_usd)} in "
            f"{party.without_company_lines:,} lines"
            for party in self.parties
        )
        screened = self.screened
        looked_up = (
            ""
            if screened.because
            else f"; {screened.hits:,} of {screened.companies:,} companies have a hit on {len(screened.lists)} lists"
        )
        merging = self.merging
        return Summary(
            title=f"{self.episode}, {self.goods}: declarations of {usd(total.value_usd)} in {total.lines:,} lines to "
            f"{self.target}, {self.window[0]} to {self.window[1]}{covered}{hubs}",
            answers=(
                sides,
                f"names: {merging.declared_names:,} spellings taken for {merging.companies:,} companies (--merge {merging.merge})"
                + looked_up,
            ),
            measured=(
                f"{self.unit}, declarations of {self.window[0]} to {self.window[1]}, values {self.valuation}; "
                f"goods {self.goods} {self.goods_version}, {coverage.goods_found} codes found; vintage {self.as_of}",
            ),
            details=(f"finding {self.finding_id}",),
            notes=(*self.warnings, *self.list_notes),
        )

    def table(self) -> pa.Table:
        """Return the table of companies."""
        return self.company_table()

    def _shown_columns(self) -> tuple[str, ...]:
        return (
            "rank", "role", "name", "economy", "value_usd", "share", "lines", "share_through_hubs", "first_seen", "list",
            "score",
        )  # fmt: skip

    def company_table(self) -> pa.Table:
        """Return a table with one row per (party, company)."""
        return pa.Table.from_pylist(list(map(_company_row, self.companies)), schema=_COMPANY_SCHEMA)

    def pair_table(self) -> pa.Table:
        """Return a table with one row per pair of exporter and importer."""
        rows = [{**vars(row), **vars(row.routed), "goods": "; ".join(row.goods)} for row in self.pairs]
        return pa.Table.from_pylist(rows, schema=_PAIR_SCHEMA)

    def hub_table(self) -> pa.Table:
        """Return a table with one row per hub."""
        rows = [{**vars(row), **vars(row.routed)} for row in self.hubs]
        return pa.Table.from_pylist(rows, schema=_HUB_SCHEMA)


_LISTED_AS = ("list_name", "kind", "programme", "annex", "listed_on", "receipt", "rows_query")
"""What the list says of the first hit, in the table of companies."""


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
        **{name: getattr(best.listing if best else None, name, None) for name in _LISTED_AS},
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
    list_name="t", kind="t", programme="t", annex="t", listed_on="t", receipt="t", rows_query="t",
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
