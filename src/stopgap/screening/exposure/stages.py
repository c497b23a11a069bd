"""SQL stages of exposure: aggregate the declaration lines of an episode's goods by company.

Relations they read, besides the lake's view ``declarations``:
    ``exposure_chosen(source, document)``: sources that are counted; one shipment can appear in several.
    ``exposure_goods(good, year, list_good, tier)``: codes as declared in a year -> code of the goods list.
    ``exposure_hubs(hub)``: hubs of the episode. ``exposure_members(economy)``: its coalition.
    ``exposure_names(name, identifier, economy, company)``: the company into which each declared party was merged.
    ``exposure_matched``: the rows of the stage ``matched``.
Scalars: ``$target``, ``$first`` and ``$until`` (days; the second is not in the window), ``$most_sharing``.

Dollars are those declared: invoice values at the exchange rate of the month. A line without a value counts as a line,
and not as zero dollars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.base.vocab import Direction
from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum
from stopgap.screening.exposure.request import Party

PARTY_COLUMNS: dict[Party, tuple[str, str, str]] = {
    Party.EXPORTER: ("l.exporter", "l.exporter_id", "l.exporter_economy"),
    Party.IMPORTER: ("l.importer", "l.importer_id", "l.importer_economy"),
    Party.CONSIGNEE: ("l.consignee", "l.consignee_id", "coalesce(l.shipped_to, l.importer_economy)"),
    Party.DECLARANT: ("l.declarant", "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)"),
    Party.NOTIFY: ("l.notify_party", "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)"),
    Party.CARRIER: ("l.carrier", "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)"),
    Party.MANUFACTURER: ("l.manufacturer", "CAST(NULL AS VARCHAR)", "l.made_in"),
}
"""Party -> columns of its name, identifier and economy in ``exposure_lines AS l``. A consignee's economy is the
destination of the goods."""

BOUND = {
    Direction.EXPORTS_TO_TARGET: "coalesce(d.shipped_to, d.importer_economy) = $target",
    Direction.IMPORTS_FROM_TARGET: (
        "coalesce(d.made_in, d.shipped_from, d.exporter_economy) = $target"
        " AND coalesce(d.shipped_to, d.importer_economy, '') <> $target"
    ),
}
"""SQL condition for lines delivered to the target (or, in the other direction, coming from it)."""


@dataclass(frozen=True)
class ExposureStages:
    """The stages of one direction of trade.

    Attributes:
        sources: Lines to the target by (source, document).
        codes: Commodity codes of these lines by year, including lines without a code.
        parties: Distinct (party, name, identifier, economy) with lines and dollars, over all days.
        matched: Each counted line with the companies of its parties, over all days. It is run once; the following
            stages read its rows as the relation ``exposure_matched``.
        totals: One row: lines and dollars of the window.
        companies: One row per (party, company); ``company`` NULL for lines that name none.
        goods: One row per (party, company, good of the list) in the window.
        pairs: One row per (exporter, importer) in the window.
        pair_goods: Goods of the list that each pair traded in the window.
        hubs: One row per hub in the window.
        months: Lines and dollars by source, document and month.
        economies: Dollars by economy of dispatch and month, for the comparison with official figures.
        sharing: Pairs of exporters that share customers, addresses or declarants.
        crowded: Number of keys omitted from ``sharing``, because more than ``$most_sharing`` exporters share them.
    """

    sources: Stage
    codes: Stage
    parties: Stage
    matched: Stage
    totals: Stage
    companies: Stage
    goods: Stage
    pairs: Stage
    pair_goods: Stage
    hubs: Stage
    months: Stage
    economies: Stage
    sharing: Stage
    crowded: Stage

    def all(self) -> tuple[Stage, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def exposure_stages(direction: Direction, parties: Sequence[Party]) -> ExposureStages:
    """Build the stages for one direction of trade and the given parties."""
    bound = BOUND[direction]
    sources = Stage(
        "exposure_sources",
        f"""
        SELECT d.source, d.document, count(*) AS lines, count(d.value_usd) AS lines_with_value,
            {dollars_sum("d.value_usd")} AS value_usd, min(d.date) AS first_day, max(d.date) AS last_day
        FROM declarations AS d
        WHERE {bound}
        GROUP BY d.source, d.document
        """,
    )
    codes = Stage(
        "exposure_codes",
        f"""
        SELECT d.good, CAST(extract(year FROM d.date) AS INT) AS year, count(*) AS lines,
            sum(CASE WHEN d.date >= CAST($first AS DATE) AND d.date < CAST($until AS DATE) THEN 1 ELSE 0 END) AS window_lines
        FROM declarations AS d
        JOIN exposure_chosen AS c ON d.source = c.source AND d.document = c.document
        WHERE {bound}
        GROUP BY d.good, CAST(extract(year FROM d.date) AS INT)
        """,
    )
    return _rest(sources, codes, _lines(bound), parties)


_KEPT = ", ".join(
    f"d.{name}"
    for name in (
        "date", "source", "document", "exporter", "exporter_id", "exporter_economy", "exporter_address", "importer",
        "importer_id", "importer_economy", "consignee", "consignee_id", "declarant", "notify_party", "carrier",
        "manufacturer", "made_in", "shipped_from", "shipped_to", "value_usd",
    )
)  # fmt: skip
"""Columns that the stages need; the view has others, such as ``item``."""


def _lines(bound: str) -> Stage:
    """Build the stage of counted lines, with their good, hub and route.

    ``route`` is ``hub`` if the goods were shipped from a hub, or by an exporter there, and made elsewhere; ``unknown``
    if a hub but no country of manufacture is stated, or no place of departure; otherwise ``direct``.
    """
    placed = Stage(
        "exposure_placed",
        f"""
        SELECT {_KEPT}, g.list_good, g.tier, coalesce(s.hub, e.hub) AS hub, m.economy IS NOT NULL AS is_coalition_made,
            d.date >= CAST($first AS DATE) AND d.date < CAST($until AS DATE) AS in_window
        FROM declarations AS d
        JOIN exposure_chosen AS c ON d.source = c.source AND d.document = c.document
        JOIN exposure_goods AS g ON d.good = g.good AND CAST(extract(year FROM d.date) AS INT) = g.year
        LEFT JOIN exposure_hubs AS s ON d.shipped_from = s.hub
        LEFT JOIN exposure_hubs AS e ON d.exporter_economy = e.hub
        LEFT JOIN exposure_members AS m ON d.made_in = m.economy
        WHERE {bound}
        """,
    )
    return Stage(
        "exposure_lines",
        """
        SELECT p.*, CASE
            WHEN p.hub IS NULL AND p.shipped_from IS NULL AND p.exporter_economy IS NULL THEN 'unknown'
            WHEN p.hub IS NULL OR p.made_in = p.hub THEN 'direct'
            WHEN p.made_in IS NULL THEN 'unknown'
            ELSE 'hub' END AS route
        FROM exposure_placed AS p
        """,
        (placed,),
    )


def _dollars(and_so: str = "") -> str:
    return dollars_sum(f"CASE WHEN in_window{and_so} THEN coalesce(value_usd, 0) ELSE 0 END")


_SUMS = f"""
            sum(CASE WHEN in_window THEN 1 ELSE 0 END) AS lines,
            sum(CASE WHEN in_window AND value_usd IS NULL THEN 1 ELSE 0 END) AS lines_without_value,
            {_dollars()} AS value_usd,
            {_dollars(" AND route = 'hub'")} AS through_hubs_usd,
            {_dollars(" AND route = 'hub' AND is_coalition_made")} AS coalition_made_usd,
            {_dollars(" AND route = 'unknown'")} AS route_unknown_usd"""
"""SQL sums of a group of lines. Lines without a value are counted as lines, but add no dollars."""

_UNION = "\n        UNION ALL\n        "


def _named(party: Party) -> str:
    """Return the SELECT of lines with the name, identifier and economy of one party."""
    name, identifier, economy = PARTY_COLUMNS[party]
    return (
        f"SELECT '{party}' AS party, {name} AS name, {identifier} AS identifier, {economy} AS economy, l.value_usd"
        " FROM exposure_lines AS l"
    )


def _rest(sources: Stage, codes: Stage, lines: Stage, parties: Sequence[Party]) -> ExposureStages:
    named = Stage("exposure_named", _UNION.join(map(_named, parties)), (lines,))
    distinct = Stage(
        "exposure_parties",
        f"""
        SELECT party, name, identifier, economy, count(*) AS lines,
            {dollars_sum("coalesce(value_usd, 0)")} AS value_usd
        FROM exposure_named
        GROUP BY party, name, identifier, economy
        """,
        (named,),
    )
    taken = Stage(
        "exposure_taken",
        _UNION.join(
            f"SELECT '{party}' AS party, {party}_company AS company, date, list_good, tier, value_usd, route,"
            " is_coalition_made, in_window FROM exposure_matched"
            for party in parties
        ),
    )
    companies = Stage(
        "exposure_companies",
        f"""
        SELECT party, company, {_SUMS}, min(date) AS first_day, max(date) AS last_day
        FROM exposure_taken GROUP BY party, company
        """,
        (taken,),
    )
    goods = Stage(
        "exposure_company_goods",
        f"""
        SELECT party, company, list_good, tier, {_SUMS} FROM exposure_taken WHERE in_window
        GROUP BY party, company, list_good, tier
        """,
        (taken,),
    )
    pairs = Stage(
        "exposure_pairs",
        f"""
        SELECT exporter_company, importer_company, {_SUMS}, min(date) AS first_day, max(date) AS last_day
        FROM exposure_matched WHERE in_window GROUP BY exporter_company, importer_company
        """,
    )
    pair_goods = Stage(
        "exposure_pair_goods",
        "SELECT DISTINCT exporter_company, importer_company, list_good FROM exposure_matched WHERE in_window",
    )
    sharing, crowded = _sharing()
    return ExposureStages(
        sources=sources,
        codes=codes,
        parties=distinct,
        matched=_matched(lines, parties),
        totals=Stage("exposure_totals", f"SELECT {_SUMS} FROM exposure_matched"),
        companies=companies,
        goods=goods,
        pairs=pairs,
        pair_goods=pair_goods,
        **_by_hub_and_month(),
        sharing=sharing,
        crowded=crowded,
    )


def _by_hub_and_month() -> dict[str, Stage]:
    """Build the stages that sum ``exposure_matched`` by hub, by month, and by economy and month."""
    month = "CAST(date_trunc('month', date) AS DATE)"
    hubs = f"""
        SELECT hub, {_SUMS}, count(DISTINCT exporter_company) AS exporters,
            count(DISTINCT importer_company) AS importers, min(date) AS first_day, max(date) AS last_day
        FROM exposure_matched WHERE in_window AND hub IS NOT NULL GROUP BY hub
        """
    months = f"""
        SELECT source, document, {month} AS month, count(*) AS lines,
            count(value_usd) AS lines_with_value, {dollars_sum("coalesce(value_usd, 0)")} AS value_usd
        FROM exposure_matched GROUP BY source, document, {month}
        """
    economies = f"""
        SELECT economy, {month} AS month,
            {dollars_sum("coalesce(value_usd, 0)")} AS value_usd
        FROM exposure_matched WHERE in_window
        GROUP BY economy, {month}
        """
    return {
        "hubs": Stage("exposure_by_hub", hubs),
        "months": Stage("exposure_months", months),
        "economies": Stage("exposure_economies", economies),
    }


def _matched(lines: Stage, parties: Sequence[Party]) -> Stage:
    """Build the stage of lines with the companies of their parties; ``NULL`` where a line names none."""
    columns = ", ".join(f"of_{party}.company AS {party}_company" for party in parties)
    joins = "\n        ".join(
        f"LEFT JOIN exposure_names AS of_{party} ON {_is_party(f'of_{party}', party)}" for party in parties
    )
    return Stage(
        "exposure_matched",
        f"""
        SELECT l.date, l.source, l.document, l.list_good, l.tier, l.value_usd, l.hub, l.route, l.is_coalition_made,
            l.in_window, l.exporter_address, l.declarant, coalesce(l.exporter_economy, l.shipped_from) AS economy,
            {columns}
        FROM exposure_lines AS l
        {joins}
        """,
        (lines,),
    )


def _is_party(alias: str, party: Party) -> str:
    """Return the SQL condition that a row of ``exposure_names`` is a line's party; NULLs are compared as equal."""
    columns = zip(PARTY_COLUMNS[party], ("name", "identifier", "economy"), strict=True)
    return " AND ".join(f"coalesce({column}, '') = coalesce({alias}.{name}, '')" for column, name in columns)


def _sharing() -> tuple[Stage, Stage]:
    """Build the stages of pairs of exporters with shared keys, and of keys omitted because too many share them."""
    keys = Stage(
        "exposure_keys",
        """
        SELECT DISTINCT exporter_company AS company, 'customer' AS kind, importer_company AS key
        FROM exposure_matched WHERE in_window AND exporter_company IS NOT NULL AND importer_company IS NOT NULL
        UNION
        SELECT DISTINCT exporter_company, 'customer', consignee_company
        FROM exposure_matched WHERE in_window AND exporter_company IS NOT NULL AND consignee_company IS NOT NULL
        UNION
        SELECT DISTINCT exporter_company, 'address', lower(trim(exporter_address))
        FROM exposure_matched WHERE in_window AND exporter_company IS NOT NULL AND length(trim(exporter_address)) >= 10
        UNION
        SELECT DISTINCT exporter_company, 'declarant', lower(trim(declarant))
        FROM exposure_matched WHERE in_window AND exporter_company IS NOT NULL AND length(trim(declarant)) > 0
        """,
    )
    counts = Stage(
        "exposure_key_counts", "SELECT kind, key, count(*) AS n FROM exposure_keys GROUP BY kind, key", (keys,)
    )
    crowded = Stage(
        "exposure_crowded",
        "SELECT kind, count(*) AS n FROM exposure_key_counts WHERE n > $most_sharing GROUP BY kind",
        (counts,),
    )
    used = Stage(
        "exposure_used_keys",
        """
        SELECT k.company, k.kind, k.key FROM exposure_keys AS k
        JOIN exposure_key_counts AS c ON k.kind = c.kind AND k.key = c.key
        WHERE c.n > 1 AND c.n <= $most_sharing
        """,
        (keys, counts),
    )
    customers = Stage(
        "exposure_customers",
        "SELECT company, count(*) AS n FROM exposure_keys WHERE kind = 'customer' GROUP BY company",
        (keys,),
    )
    sharing = Stage(
        "exposure_sharing",
        """
        SELECT p.company, p.other, p.customers, p.addresses, p.declarants, a.n AS company_customers, b.n AS other_customers
        FROM (
            SELECT k.company, o.company AS other, sum(CASE WHEN k.kind = 'customer' THEN 1 ELSE 0 END) AS customers,
                sum(CASE WHEN k.kind = 'address' THEN 1 ELSE 0 END) AS addresses,
                sum(CASE WHEN k.kind = 'declarant' THEN 1 ELSE 0 END) AS declarants
            FROM exposure_used_keys AS k
            JOIN exposure_used_keys AS o ON k.kind = o.kind AND k.key = o.key AND k.company < o.company
            GROUP BY k.company, o.company
        ) AS p
        LEFT JOIN exposure_customers AS a ON p.company = a.company
        LEFT JOIN exposure_customers AS b ON p.other = b.company
        WHERE p.addresses > 0 OR p.customers > 1 OR (p.customers > 0 AND p.declarants > 0)
        """,
        (used, customers),
    )
    return sharing, crowded
