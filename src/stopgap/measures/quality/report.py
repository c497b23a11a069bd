"""Compute the quality report: reporting coverage, agreement of both sides' reports, and outlying rows.

These are not verdicts. An outlying row may be right, and a row that is not an outlier may be wrong.
Missing is not zero: unreported figures are counted separately from figures reported as 0.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from stopgap.base.vocab import Frequency
from stopgap.measures.quality.stages import ROUND_TO

Row = Mapping[str, Any]
SILENT_AT_THE_END = {Frequency.MONTHLY: 3, Frequency.ANNUAL: 1}
"""Number of last periods without any report from which a reporter counts as having stopped."""
LETTERS = {"reported": "R", "partial": "P", "silent": "-"}


@dataclass(frozen=True)
class QualityFigure:
    """One figure of the quality report and its denominator.

    Attributes:
        check: Section of the report.
        flow: Empty if both flows are included.
        of: Denominator of ``share``, which is ``None`` if it is 0.
        unit: Unit of both: ``rows``, ``usd``, ``reports`` (reporter x period), ``reporters``, ``series``, ``files``.
        query: Name of the statement in ``queries`` that returns the rows.
    """

    check: str
    what: str
    source: str
    frequency: str
    flow: str
    value: float
    of: float
    share: float | None
    unit: str
    query: str


@dataclass(frozen=True)
class ReporterCoverage:
    """Periods that one reporter reported in one source, frequency and flow.

    Attributes:
        first, last: First and last period reported (``YYYY-MM``, or ``YYYY``).
        periods: Periods that any reporter of the source reported.
        reported, partial, silent: Number of these periods by state; they add up to ``periods``.
        gaps: Silent periods between ``first`` and ``last``.
        behind: Silent periods after ``last``.
        has_stopped: Whether it is silent in the last three months, or the last year.
        states: One letter per period, in order: R reported, P partial, - silent.
    """

    source: str
    frequency: str
    flow: str
    reporter: str
    first: str
    last: str
    periods: int
    reported: int
    partial: int
    silent: int
    gaps: tuple[str, ...]
    behind: int
    has_stopped: bool
    states: str


@dataclass(frozen=True)
class PeriodList:
    """Periods that the letters of ``ReporterCoverage.states`` refer to, in order."""

    source: str
    frequency: str
    flow: str
    periods: tuple[str, ...]


@dataclass(frozen=True)
class MirrorPair:
    """Comparison of an exporter's and an importer's reports for the same goods and periods.

    Attributes:
        exports_usd, imports_usd: Sums over the rows that both report.
        ratio: Imports divided by exports.
        log_difference: Natural logarithm of ``ratio``.
        mean_abs_log: Mean of the absolute log difference of single rows, weighted by value.
        within_share: Share of the value whose ratio lies in the band that freight explains.
        above_share, below_share: Shares above and below it.
    """

    source: str
    frequency: str
    exporter: str
    importer: str
    rows_compared: int
    exports_usd: float
    imports_usd: float
    ratio: float
    log_difference: float
    mean_abs_log: float
    within_share: float
    above_share: float
    below_share: float


@dataclass(frozen=True)
class UnlikeUnitValue:
    """A row whose dollars per kilogram are an outlier for its good and flow."""

    source: str
    frequency: str
    flow: str
    reporter: str
    partner: str
    good: str
    revision: str
    period: str
    value_usd: float
    net_kg: float
    price_usd_per_kg: float
    median_usd_per_kg: float
    z: float
    group_rows: int
    receipt: str


@dataclass(frozen=True)
class SeriesGap:
    """A gap in a regular trade series while its reporter reports the chapter.

    ``form``: ``no row`` or ``zero``. ``mean_usd``: per period with trade, in the 12 months (3 years) before.
    """

    source: str
    frequency: str
    flow: str
    reporter: str
    partner: str
    good: str
    first_missing: str
    form: str
    periods_missing: int
    has_resumed: bool
    periods_with_trade: int
    mean_usd: float


@dataclass(frozen=True)
class ReporterTotals:
    """Rows and dollars of one reporter, and the parts that are estimated, without weight, or without partner or good.

    ``remainder_usd`` has partners that are not economies, ``unspecified_usd`` has goods that are not specified.
    """

    source: str
    frequency: str
    flow: str
    reporter: str
    rows: int
    value_usd: float
    rows_estimated: int
    estimated_usd: float
    estimated_share: float | None
    rows_unweighed: int
    unweighed_usd: float
    rows_zero: int
    confidential_usd: float
    remainder_usd: float
    remainder_share: float | None
    unspecified_usd: float
    unspecified_share: float | None


@dataclass(frozen=True)
class Rounding:
    """Largest ``unit`` of which all figures of a reporter are whole multiples; ``None`` if there is none."""

    source: str
    reporter: str
    currency: str
    figures: int
    unit: int | None
    whole_thousands_share: float


@dataclass(frozen=True)
class Overview:
    """Summary per source, frequency and flow; ``figures`` holds numerator and denominator of every share."""

    source: str
    frequency: str
    flow: str
    reporters: int
    stopped_reporters: int
    first: str
    last: str
    reported_share: float | None
    partial_share: float | None
    silent_share: float | None
    estimated_share: float | None
    unweighed_share: float | None
    outlying_share: float | None
    remainder_share: float | None
    unspecified_share: float | None
    compared_share: float | None
    within_band_share: float | None
    stopped_series: int
    regular_series: int


def share(value: float, of: float) -> float | None:
    """Return ``value / of``; ``None`` if ``of`` is 0."""
    return value / of if of else None


def period_name(period: dt.date, frequency: str) -> str:
    """Format a period as ``2022-03``, or as ``2022`` for annual figures."""
    return f"{period:%Y-%m}" if frequency == Frequency.MONTHLY else f"{period:%Y}"


def reporters_coverage(cells: Iterable[Row]) -> tuple[ReporterCoverage, ...]:
    """Summarize the rows of the stage ``coverage`` per reporter, in their order."""

    def key(row: Row) -> tuple[str, str, str, str]:
        return row["source"], row["frequency"], row["flow"], row["reporter"]

    found = []
    for of, group in groupby(cells, key=key):
        rows, frequency = list(group), of[1]
        names = [period_name(row["period"], frequency) for row in rows]
        states = "".join(LETTERS[row["state"]] for row in rows)
        known = [i for i, letter in enumerate(states) if letter != "-"]
        first, last = known[0], known[-1]
        behind = len(states) - 1 - last
        found.append(
            ReporterCoverage(
                *of,
                first=names[first],
                last=names[last],
                periods=len(states),
                reported=states.count("R"),
                partial=states.count("P"),
                silent=states.count("-"),
                gaps=tuple(names[i] for i in range(first, last) if states[i] == "-"),
                behind=behind,
                has_stopped=behind >= SILENT_AT_THE_END[Frequency(frequency)],
                states=states,
            )
        )
    return tuple(found)


def period_lists(cells: Iterable[Row]) -> tuple[PeriodList, ...]:
    """Return the sorted periods of each source, frequency and flow."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for row in cells:
        name = period_name(row["period"], row["frequency"])
        found.setdefault((row["source"], row["frequency"], row["flow"]), set()).add(name)
    return tuple(PeriodList(*key, tuple(sorted(periods))) for key, periods in sorted(found.items()))


def mirror_pairs(rows: Iterable[Row]) -> tuple[MirrorPair, ...]:
    """Return the pairs with rows that both sides report, the largest value-weighted disagreement first."""
    key = ("source", "frequency", "exporter", "importer")
    compared = [row for row in rows if row["rows_compared"]]
    found = []
    for row in sorted(compared, key=lambda row: (-row["weighted_log_usd"], *(row[name] for name in key))):
        exports, imports, mean = row["exports_compared_usd"], row["imports_compared_usd"], row["mean_usd"]
        if exports > 0 and imports > 0:
            found.append(
                MirrorPair(
                    **{name: row[name] for name in (*key, "rows_compared")},
                    exports_usd=exports,
                    imports_usd=imports,
                    ratio=imports / exports,
                    log_difference=math.log(imports / exports),
                    mean_abs_log=row["weighted_log_usd"] / mean,
                    **{f"{side}_share": row[f"{side}_usd"] / mean for side in ("within", "above", "below")},
                )
            )
    return tuple(found)


def named_periods(rows: Iterable[Row], column: str) -> Iterator[dict[str, Any]]:
    """Return the rows with the date in ``column`` formatted as text."""
    return ({**row, column: period_name(row[column], row["frequency"])} for row in rows)


def reporter_totals(rows: Iterable[Row]) -> tuple[ReporterTotals, ...]:
    """Summarize the rows of the stage ``totals`` per reporter."""
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["source"], row["frequency"], row["flow"], row["reporter"]), []).append(row)
    found = []
    for key, parts in groups.items():

        def total(name: str, parts: Sequence[Row] = parts, **only: str) -> float:
            return math.fsum(part[name] for part in parts if all(part[k] == v for k, v in only.items()))

        value = total("value_usd")
        remainder = value - total("value_usd", partner_kind="economy")
        unspecified = total("value_usd", good_kind="unspecified")
        found.append(
            ReporterTotals(
                *key,
                rows=int(total("rows_held")),
                value_usd=value,
                rows_estimated=int(total("rows_estimated")),
                estimated_usd=total("estimated_usd"),
                estimated_share=share(total("estimated_usd"), value),
                rows_unweighed=int(total("rows_unweighed")),
                unweighed_usd=total("unweighed_usd"),
                rows_zero=int(total("rows_zero")),
                confidential_usd=total("value_usd", partner_kind="confidential"),
                remainder_usd=remainder,
                remainder_share=share(remainder, value),
                unspecified_usd=unspecified,
                unspecified_share=share(unspecified, value),
            )
        )
    return tuple(found)


def roundings(rows: Iterable[Row]) -> tuple[Rounding, ...]:
    """Summarize the rows of the stage ``rounding`` per reporter and currency."""
    found = []
    for row in rows:
        units = [unit for unit in ROUND_TO if row[f"multiples_{unit}"] == row["figures"]]
        named = {name: row[name] for name in ("source", "reporter", "currency", "figures")}
        thousands = row["multiples_1000"] / row["figures"]
        found.append(Rounding(**named, unit=max(units, default=None), whole_thousands_share=thousands))
    return tuple(found)


def plain(item: Any) -> dict[str, Any]:
    """Convert a frozen result to a JSON-ready dictionary."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(item).items()}
