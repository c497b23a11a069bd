"""Warnings, text lines and SQL statements that describe an exposure finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from stopgap.base.notes import LARGE_SHARE, Effect, Note
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction
from stopgap.screening.exposure.results import ExposureFinding
from stopgap.screening.exposure.stages import BOUND

ROUTE_WARNING = "goods that left a hub and were made elsewhere are consistent with routing; trade through a hub can be lawful and ordinary"
PARTIES_WARNING = (
    "exporters, importers and consignees stand on the same lines: dollars of different parties are not to be added"
)


def exposure_queries(
    direction: Direction, tables: Mapping[str, pa.Table], params: Mapping[str, str | int | float | None]
) -> tuple[str, ...]:
    """Return SQL statements for ``stopgap query``: sums by declared exporter and by importer, then the lines."""
    where = _where(direction, tables, params)
    sums = (
        "SELECT exporter, exporter_id, exporter_economy, count(*) AS lines, count(*) - count(value_usd) AS lines_without_value, "
        f"sum(value_usd) AS value_usd FROM declarations AS d WHERE {where} GROUP BY ALL ORDER BY value_usd DESC NULLS LAST"
    )
    buyers = sums.replace("exporter", "importer")
    lines = (
        "SELECT date, declaration, item, good, value_usd, net_kg, exporter, exporter_id, exporter_economy, importer, importer_id, "
        "importer_economy, consignee, consignee_id, declarant, made_in, shipped_from, shipped_to, source, document, vintage, "
        f"receipt FROM declarations AS d WHERE {where} ORDER BY date, declaration, item"
    )
    return (sums, buyers, lines)


def _where(direction: Direction, tables: Mapping[str, pa.Table], params: Mapping[str, str | int | float | None]) -> str:
    """Return the SQL condition on ``declarations AS d`` that selects the lines of the goods in the window."""
    by_year: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in tables["exposure_goods"].to_pylist():
        by_year[row["year"]][len(row["list_good"])].add(row["list_good"])
    first, until = str(params["first"]), str(params["until"])
    goods = " OR ".join(
        f"(year(d.date) = {year} AND ("
        + " OR ".join(f"left(d.good, {length}) IN ({listed(sorted(codes))})" for length, codes in sorted(parts.items()))
        + "))"
        for year, parts in sorted(by_year.items())
        if first[:4] <= str(year) <= until[:4]
    )
    chosen = " OR ".join(
        f"(d.source = {quoted(row['source'])} AND d.document = {quoted(row['document'])})"
        for row in tables["exposure_chosen"].to_pylist()
    )
    bound = BOUND[direction].replace("$target", quoted(params["target"]))
    return f"{bound} AND d.date >= DATE {quoted(first)} AND d.date < DATE {quoted(until)} AND ({chosen}) AND ({goods})"


def exposure_warnings(finding: ExposureFinding, notes: Sequence[str]) -> ExposureFinding:
    """Return the finding with warnings on what is missing, not merged or not counted."""
    parts = (_of_lines, _of_services, _of_names, _of_lists)
    found = [warning for part in parts for warning in part(finding)]
    always = (Note(PARTIES_WARNING, Effect.ALWAYS), Note(ROUTE_WARNING, Effect.ALWAYS))
    return replace(finding, warnings=(*always, *notes, *found))


def _of_lines(finding: ExposureFinding) -> list[str]:
    coverage, total = finding.coverage, finding.total
    counted = (
        (total.lines_without_value, f"of {total.lines:,} lines state no value: they are counted, and add no dollars"),
        (coverage.lines_without_good, "lines in the window have no code of a good and are left out"),
        (
            coverage.lines_with_short_code,
            "lines have a code too short to tell whether it is on the list, and are left out",
        ),
    )
    found: list[str] = [
        Note(f"{number:,} {words}", Effect.MISSING, share=number / max(total.lines, number))
        for number, words in counted
        if number
    ]
    if unknown := total.routed.route_unknown_usd:
        found.append(
            Note(
                f"USD {unknown:,.0f} name a hub and not where the goods were made, or no place of departure: "
                "in no share through hubs",
                Effect.MISSING,
                share=unknown / total.value_usd if total.value_usd > 0 else None,
            )
        )
    return found


def _of_services(finding: ExposureFinding) -> list[str]:
    coverage = finding.coverage
    found: list[str] = [
        Note(
            f"not counted, for the same shipment can stand in several: {service.source} ({service.document}), "
            f"{service.lines:,} lines to the target, USD {service.value_usd:,.0f}; --source names what counts",
            Effect.MODEL,
        )
        for service in coverage.services
        if not service.counted
    ]
    if coverage.months_missing:
        first, last = coverage.months_missing[0], coverage.months_missing[-1]
        text = f"{len(coverage.months_missing)} months of the window have no line of these goods ({first} to {last})"
        found.append(Note(f"{text}: not declared, or not in the files", Effect.MISSING))
    official = coverage.official
    if official.share is None:
        text = f"no share of official trade: {official.because}"
        found.append(Note(text, Effect.MISSING))
    elif official.share > 1:
        text = f"declarations hold more than official figures do ({official.share:.2f} of them)"
        found.append(Note(f"{text}: valuation or coverage differ", Effect.MODEL))
    else:
        return [*found, *_of_the_rest(official.share)]
    return found


def _of_the_rest(share: float) -> list[str]:
    """Return a note on official trade that no declaration covers, where that is a large share."""
    text = f"declarations cover {share:.1%} of official figures: the companies behind the rest are not seen"
    return [Note(text, Effect.MISSING, share=1 - share)] if share < 1 - LARGE_SHARE else []


def _of_names(finding: ExposureFinding) -> list[str]:
    merging = finding.merging
    counted = (
        (merging.ambiguous, "names without a number fit several companies and were left apart"),
        (merging.crowded_numbers, "numbers stand beside too many names to be a company's own, and merged nothing"),
        (merging.placeholder_numbers, "numbers are placeholders (0000000000), and merged nothing"),
        (
            merging.not_matched,
            "companies without a number, those with the fewest dollars, were not compared by likeness",
        ),
    )
    found = [f"{number:,} {words}" for number, words in counted if number]
    if merging.merge == "similar" and merging.score is None:
        found.append("names were merged by number and when equal; nothing compared them by likeness")
    for kind, count in finding.crowded_keys.items():
        found.append(f"{count:,} {kind} keys are shared by so many exporters that they say nothing, and were left out")
    return found


def _of_lists(finding: ExposureFinding) -> list[str]:
    screened = finding.screened
    if screened.because:
        return [Note(f"no company was looked up in a list: {screened.because}", Effect.CANNOT_TELL)]
    undated = sorted(name for name, day in screened.lists if day is None)
    found = [f"lists without a day: {', '.join(undated)}"] if undated else []
    if screened.shortened:
        found.append(
            f"{screened.shortened:,} companies, those with the fewest dollars, were looked up in one script alone"
        )
    return found
