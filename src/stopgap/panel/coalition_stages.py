"""Stages of the coalition as one destination: the lake's ``trade`` and ``reported`` as an episode of importers reads them.

In an episode of the role ``suppliers-to-coalition`` the coalition buys, and the target is the seller it turned from.
The measure is made of the same stages as any other, on relations in which every row is an export of a supplier
and the coalition is one destination, named by :data:`COALITION`. Relations read besides the lake's views:
    ``bloc_members(member)``: economies of the coalition.
    ``bloc_codes(source, revision, good, panel_good, weight, is_estimated, is_listed)``: how a code of the lake counts
        towards a good of the panel; ``is_listed`` for those of the goods list, the others are ordinary goods.
    ``bloc_reports(flow, reporter, source, frequency, period, part, revision, weight, factor, is_member)``: what counts:
        one row per reporter and period, with its one source and newest revision. ``weight`` evens out the periods
        that a reporter lacks, ``factor`` makes the mean of a window (see ``panel/coalition_periods.py``).
    ``bloc_exporters(exporter)``: economies whose own reports of exports count.
    ``bloc_suppliers(supplier)``, ``bloc_periods(frequency, period)``, ``bloc_chapters(chapter)``: who counts, and when.
Scalars: ``$bloc_source`` and ``$bloc_revision``, the labels of the rows so converted.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum

COALITION = "coalition"
"""Name of the coalition as one destination; no economy has it."""

_SAME_COLUMNS = "t.value_usd, t.net_kg, t.quantity, t.quantity_unit, t.valuation, t.is_estimated"

IMPORTERS_ROWS = Stage(
    "bloc_trade",
    f"""
    SELECT t.period, t.frequency, t.partner AS reporter, '{COALITION}' AS partner, 'X' AS flow, t.good, t.revision,
        {_SAME_COLUMNS}, t.source, t.vintage, t.receipt
    FROM trade AS t
    JOIN bloc_members AS m ON t.reporter = m.member
    LEFT JOIN bloc_members AS s ON t.partner = s.member
    WHERE t.flow = 'M' AND s.member IS NULL
    """,
)
"""Imports of members from outside the coalition, as they report them: what a choice of figures looks at."""

EXPORTERS_ROWS = Stage(
    "bloc_trade",
    f"""
    SELECT t.period, t.frequency, t.reporter, CASE WHEN m.member IS NULL THEN t.partner ELSE '{COALITION}' END AS partner,
        t.flow, t.good, t.revision, {_SAME_COLUMNS}, t.source, t.vintage, t.receipt
    FROM trade AS t
    LEFT JOIN bloc_members AS m ON t.partner = m.member
    LEFT JOIN bloc_members AS s ON t.reporter = s.member
    WHERE t.flow = 'X' AND s.member IS NULL
    """,
)
"""Exports of economies outside the coalition, as they report them; members are one destination."""

EXPORTERS_REPORTED = Stage(
    "bloc_reported",
    """
    SELECT r.source, r.frequency, r.flow, r.reporter, r.period, r.chapter
    FROM reported AS r LEFT JOIN bloc_members AS m ON r.reporter = m.member
    WHERE m.member IS NULL
    """,
)
"""Who outside the coalition reported what."""

EVENED_ROWS = Stage(
    "bloc_trade",
    f"""
    SELECT t.period, t.frequency, CASE WHEN t.flow = 'X' THEN t.reporter ELSE t.partner END AS reporter,
        CASE WHEN t.flow = 'X' THEN t.partner WHEN r.is_member THEN '{COALITION}' ELSE t.reporter END AS partner,
        'X' AS flow, c.panel_good AS good, $bloc_revision AS revision, t.value_usd * c.weight * r.weight AS value_usd,
        t.net_kg * c.weight * r.weight AS net_kg, CAST(NULL AS DOUBLE) AS quantity, CAST(NULL AS VARCHAR) AS quantity_unit,
        t.valuation, t.is_estimated OR c.is_estimated AS is_estimated, $bloc_source AS source, t.vintage, t.receipt
    FROM trade AS t
    JOIN bloc_reports AS r ON t.source = r.source AND t.reporter = r.reporter AND t.flow = r.flow
        AND t.frequency = r.frequency AND t.period = r.period AND t.revision = r.revision
    JOIN bloc_codes AS c ON t.source = c.source AND t.revision = c.revision AND t.good = c.good
    LEFT JOIN bloc_members AS m ON t.partner = m.member
    LEFT JOIN bloc_exporters AS e ON t.partner = e.exporter
    WHERE t.value_usd IS NOT NULL AND t.reporter <> t.partner AND m.member IS NULL
        AND (t.flow = 'X' OR r.is_member OR e.exporter IS NULL)
    """,
)
"""What each supplier sold to the coalition, by the members' reports of imports, and to every other destination.

Trade with other destinations is the supplier's report of exports, or that of the other importers where the supplier
has none. Goods are the panel's. Trade between members is absent.
"""

EVENED_REPORTED = Stage(
    "bloc_reported",
    """
    SELECT $bloc_source AS source, p.frequency, 'X' AS flow, s.supplier AS reporter, p.period, c.chapter
    FROM bloc_suppliers AS s CROSS JOIN bloc_periods AS p CROSS JOIN bloc_chapters AS c
    """,
)
"""Who reported what of :data:`EVENED_ROWS`: the reporters that lack a period are evened out in the rows."""

REPORTS = Stage(
    "bloc_seen",
    """
    SELECT DISTINCT r.flow, r.reporter, r.source, r.period
    FROM reported AS r
    JOIN chapters AS c ON r.chapter = c.chapter
    JOIN periods AS p ON r.period = p.period
    WHERE r.frequency = $frequency AND r.flow IN ('M', 'X')
    """,
)
"""Periods of both windows that any economy reported, by flow and source."""

CODES = Stage(
    "bloc_traded",
    """
    SELECT DISTINCT t.source, t.revision, t.good
    FROM trade AS t JOIN periods AS p ON t.period = p.period
    WHERE t.frequency = $frequency AND t.flow IN ('M', 'X') AND t.value_usd IS NOT NULL
    """,
)
"""Codes traded between any two economies in either window: ``source, revision, good``."""

HOLDERS = Stage(
    "bloc_holders",
    """
    SELECT t.flow, t.reporter, t.source, t.period, max(t.revision) AS revision,
        max(CASE WHEN c.is_listed THEN 1 ELSE 0 END) AS is_listed,
        max(CASE WHEN m.member IS NULL THEN 1 ELSE 0 END) AS is_outside
    FROM trade AS t
    JOIN periods AS p ON t.period = p.period
    JOIN bloc_codes AS c ON t.source = c.source AND t.revision = c.revision AND t.good = c.good
    LEFT JOIN bloc_members AS m ON t.partner = m.member
    WHERE t.frequency = $frequency AND t.flow IN ('M', 'X') AND t.value_usd IS NOT NULL
    GROUP BY t.flow, t.reporter, t.source, t.period
    """,
)
"""Who holds figures, with the newest revision of each period.

``is_listed`` is 1 where they hold goods of the list, ``is_outside`` where they hold trade with economies outside the coalition.
"""

SUPPLIERS = Stage("bloc_sellers", "SELECT DISTINCT reporter AS supplier FROM bloc_trade", (EVENED_ROWS,))
"""Suppliers in :data:`EVENED_ROWS`."""

MEMBER_CELLS = Stage(
    "bloc_member_cells",
    f"""
    SELECT CASE WHEN t.flow = 'M' THEN t.reporter ELSE t.partner END AS member,
        CASE WHEN b.member IS NOT NULL THEN 'member' WHEN CASE WHEN t.flow = 'M' THEN t.partner ELSE t.reporter END
            = $bloc_target THEN 'target' ELSE 'supplier' END AS seller,
        {dollars_sum("CASE WHEN r.part = 'baseline' THEN t.value_usd * c.weight * r.factor ELSE 0 END")} AS baseline_usd,
        {dollars_sum("CASE WHEN r.part = 'after' THEN t.value_usd * c.weight * r.factor ELSE 0 END")} AS after_usd,
        {dollars_sum("CASE WHEN r.part = 'baseline' THEN t.value_usd * c.weight ELSE 0 END")} AS baseline_total_usd
    FROM trade AS t
    JOIN bloc_reports AS r ON t.source = r.source AND t.reporter = r.reporter AND t.flow = r.flow
        AND t.frequency = r.frequency AND t.period = r.period AND t.revision = r.revision
    JOIN bloc_codes AS c ON t.source = c.source AND t.revision = c.revision AND t.good = c.good
    JOIN bloc_members AS m ON m.member = CASE WHEN t.flow = 'M' THEN t.reporter ELSE t.partner END
    LEFT JOIN bloc_members AS b ON b.member = CASE WHEN t.flow = 'M' THEN t.partner ELSE t.reporter END
    WHERE c.is_listed AND t.flow = $bloc_flow AND t.value_usd IS NOT NULL AND t.reporter <> t.partner
    GROUP BY 1, 2
    """,
)
"""Listed goods that each member bought, from the target, from other members and from all other suppliers.

``baseline_usd`` and ``after_usd`` are dollars a year over the seasons that the reporter has in both windows, 0 where it
lacks one; ``baseline_total_usd`` the sum over the baseline as reported.
"""
