"""Assemble the quality report, its overview and its text lines, and the short report of one import."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.base.marking import Markable
from stopgap.base.money import usd
from stopgap.base.notes import MOST_SHOWN, Summarised, Summary
from stopgap.base.vocab import Flow
from stopgap.codes.named_table import NamedTable
from stopgap.measures.quality import report as quality
from stopgap.measures.quality.report import Overview, QualityFigure, ReporterCoverage, ReporterTotals, Row, plain, share
from stopgap.measures.quality.scope import Thresholds

Key = tuple[str, str, str]


@dataclass(frozen=True)
class StageRows:
    """Rows of each stage of :class:`QualityStages`, as returned by the engine."""

    coverage: Sequence[Row]
    totals: Sequence[Row]
    mirror: Sequence[Row]
    unit_value_sums: Sequence[Row]
    unit_values: Sequence[Row]
    stop_sums: Sequence[Row]
    stops: Sequence[Row]
    rounding: Sequence[Row]


@dataclass(frozen=True)
class QualityReport(Markable, Summarised, NamedTable):
    """Quality report on a lake, or a part of it, at one vintage.

    Lists of single rows hold only the largest; ``figures`` counts all of them.
    """

    as_of: str
    scope: Mapping[str, Any]
    thresholds: Thresholds
    overview: tuple[Overview, ...]
    figures: tuple[QualityFigure, ...]
    reporters: tuple[ReporterCoverage, ...]
    periods: tuple[quality.PeriodList, ...]
    mirror: tuple[quality.MirrorPair, ...]
    unit_values: tuple[quality.UnlikeUnitValue, ...]
    stops: tuple[quality.SeriesGap, ...]
    totals: tuple[ReporterTotals, ...]
    rounding: tuple[quality.Rounding, ...]
    receipts: tuple[Mapping[str, Any], ...]
    queries: Mapping[str, str]

    def table(self) -> pa.Table:
        """Return the overview."""
        return report_table(self)

    def summary(self) -> Summary:
        """Return the most notable results in lines of text, the largest of each kind first."""
        first, rest = _notable(self)
        return Summary(title=f"quality as of {self.as_of}: overview", measured=first, details=rest)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``lake quality --format json``."""
        lists = ("overview", "figures", "reporters", "periods", "mirror", "unit_values", "stops", "totals", "rounding")
        return {
            "as_of": self.as_of,
            "scope": dict(self.scope),
            "thresholds": asdict(self.thresholds),
            **{name: [plain(item) for item in getattr(self, name)] for name in lists},
            "receipts": [dict(row) for row in self.receipts],
            "queries": dict(self.queries),
        }


def report_of(
    measured: StageRows,
    *,
    as_of: str,
    scope: Mapping[str, Any],
    thresholds: Thresholds,
    receipts: Sequence[Mapping[str, Any]],
    queries: Mapping[str, str],
    limit: int,
) -> QualityReport:
    """Assemble the report from the rows of the stages.

    Args:
        measured: Rows of the stages, run with ``thresholds``.
        as_of: Vintage of the snapshot.
        scope: Description of the part of the lake covered.
        thresholds: Thresholds of the stages.
        receipts: Row counts of the imported files.
        queries: SQL statement behind each part of the report, by name.
        limit: Most pairs listed.
    """
    reporters = quality.reporters_coverage(measured.coverage)
    totals = quality.reporter_totals(measured.totals)
    figures = (
        *_coverage_figures(reporters),
        *_total_figures(totals),
        *_mirror_figures(measured.mirror),
        *_row_figures(measured, totals),
        *_receipt_figures(receipts),
    )
    return QualityReport(
        as_of=as_of,
        scope=scope,
        thresholds=thresholds,
        overview=_overview(figures, reporters),
        figures=figures,
        reporters=reporters,
        periods=quality.period_lists(measured.coverage),
        mirror=quality.mirror_pairs(measured.mirror)[:limit],
        unit_values=tuple(
            quality.UnlikeUnitValue(**row) for row in quality.named_periods(measured.unit_values, "period")
        ),
        stops=tuple(quality.SeriesGap(**row) for row in quality.named_periods(measured.stops, "first_missing")),
        totals=totals,
        rounding=quality.roundings(measured.rounding),
        receipts=tuple(receipts),
        queries=queries,
    )


def _figure(check: str, what: str, key: Key, value: float, of: float, unit: str, query: str) -> QualityFigure:
    return QualityFigure(check, what, *key, value, of, share(value, of), unit, query)


def _by_key(rows: Iterable[Any]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for row in rows:
        held = row if isinstance(row, Mapping) else vars(row)
        found.setdefault((held["source"], held["frequency"], held["flow"]), []).append(row)
    return dict(sorted(found.items()))


def _coverage_figures(reporters: Sequence[ReporterCoverage]) -> Iterator[QualityFigure]:
    for key, rows in _by_key(reporters).items():
        grid = sum(row.periods for row in rows)
        for state in ("reported", "partial", "silent"):
            value = sum(getattr(row, state) for row in rows)
            yield _figure("coverage", state, key, value, grid, "reports", "coverage")
        gaps = sum(len(row.gaps) for row in rows)
        yield _figure("coverage", "silent between reports", key, gaps, grid, "reports", "coverage")
        stopped = sum(row.has_stopped for row in rows)
        yield _figure("coverage", "silent at the end", key, stopped, len(rows), "reporters", "coverage")


def _total_figures(totals: Sequence[ReporterTotals]) -> Iterator[QualityFigure]:
    for key, rows in _by_key(totals).items():
        number = sum(row.rows for row in rows)
        value = math.fsum(row.value_usd for row in rows)
        parts: tuple[tuple[str, str, str, str], ...] = (
            ("estimated", "estimated by the source", "rows_estimated", "rows"),
            ("estimated", "estimated by the source", "estimated_usd", "usd"),
            ("weight", "without a net weight", "rows_unweighed", "rows"),
            ("weight", "without a net weight", "unweighed_usd", "usd"),
            ("zero", "reported as 0", "rows_zero", "rows"),
            ("remainders", "with a partner that is no economy", "remainder_usd", "usd"),
            ("remainders", "with a confidential partner", "confidential_usd", "usd"),
            ("remainders", "in goods not specified", "unspecified_usd", "usd"),
        )
        for check, what, name, unit in parts:
            part = math.fsum(getattr(row, name) for row in rows)
            yield _figure(check, what, key, part, number if unit == "rows" else value, unit, "totals")


_MIRROR_WORDS = {
    "compared": "reported by both sides",
    "no_row": "partner reports the chapter and has no such row",
    "other_revision": "partner reports in another revision of codes only",
    "silent": "partner's report is not in the lake",
}


def _mirror_figures(rows: Sequence[Row]) -> Iterator[QualityFigure]:
    sources: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        sources.setdefault((row["source"], row["frequency"]), []).append(row)
    for (source, frequency), pairs in sorted(sources.items()):

        def total(name: str, pairs: Sequence[Row] = pairs) -> float:
            return math.fsum(pair[name] for pair in pairs)

        for side, flow in (("exports", Flow.EXPORT), ("imports", Flow.IMPORT)):
            whole = math.fsum(total(f"{side}_{part}_usd") for part in _MIRROR_WORDS)
            if not whole:
                continue
            for part, words in _MIRROR_WORDS.items():
                value = total(f"{side}_{part}_usd")
                yield _figure("mirror", words, (source, frequency, str(flow)), value, whole, "usd", "mirror")
        both = (source, frequency, "")
        compared = total("mean_usd")
        for words, name in (
            ("within the band that freight explains", "within_usd"),
            ("imports above the band", "above_usd"),
            ("imports below the band", "below_usd"),
        ):
            if compared:
                yield _figure("mirror", words, both, total(name), compared, "usd", "mirror")


def _row_figures(measured: StageRows, totals: Sequence[ReporterTotals]) -> Iterator[QualityFigure]:
    held = {key: sum(row.rows for row in rows) for key, rows in _by_key(totals).items()}
    for key, rows in _by_key(measured.unit_value_sums).items():
        judged = sum(row["rows_judged"] for row in rows)
        value = math.fsum(row["judged_usd"] for row in rows)
        unlike = sum(row["rows_outlying"] for row in rows)
        unlike_usd = math.fsum(row["outlying_usd"] for row in rows)
        name = "unit value unlike others of the good"
        yield _figure("unit values", "unit value compared", key, judged, held.get(key, 0), "rows", "unit_value_sums")
        yield _figure("unit values", name, key, unlike, judged, "rows", "unit_values")
        yield _figure("unit values", name, key, unlike_usd, value, "usd", "unit_values")
    for key, rows in _by_key(measured.stop_sums).items():
        regular = sum(row["regular_series"] for row in rows)
        series, stopped, gaps = (sum(row[name] for row in rows) for name in ("series", "stopped", "resumed"))
        yield _figure("stops", "regular for a year or more", key, regular, series, "series", "stop_sums")
        yield _figure("stops", "regular, then without trade to the end", key, stopped, regular, "series", "stops")
        yield _figure("stops", "gaps in regular series that resume", key, gaps, regular, "series", "stops")


def _receipt_figures(receipts: Sequence[Mapping[str, Any]]) -> Iterator[QualityFigure]:
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for row in receipts:
        by_source.setdefault(row["source"], []).append(row)
    words = {
        "rows_rejected": "refused",
        "rows_missing": "not reported, by the source's rule",
        "rows_duplicate": "exact repetitions left out",
        "rows_merged": "added into another row",
    }
    for source, rows in sorted(by_source.items()):
        read = sum(row["rows_read"] for row in rows)
        for name, text in words.items():
            if all(name in row for row in rows):
                value = sum(row[name] for row in rows)
                yield _figure("files", text, (source, "", ""), value, read, "rows", "receipts")


def _overview(figures: Sequence[QualityFigure], reporters: Sequence[ReporterCoverage]) -> tuple[Overview, ...]:
    keyed = {((each.source, each.frequency, each.flow), each.what, each.unit): each for each in figures}
    shares = {key: figure.share for key, figure in keyed.items()}
    counts = {key: int(figure.value) for key, figure in keyed.items() if figure.unit == "series"}
    lines = []
    for key, rows in _by_key(reporters).items():

        def part(what: str, unit: str, at: Key = key) -> float | None:
            return shares.get((at, what, unit))

        both = (key[0], key[1], "")
        lines.append(
            Overview(
                *key,
                reporters=len(rows),
                stopped_reporters=sum(row.has_stopped for row in rows),
                first=min(row.first for row in rows),
                last=max(row.last for row in rows),
                reported_share=part("reported", "reports"),
                partial_share=part("partial", "reports"),
                silent_share=part("silent", "reports"),
                estimated_share=part("estimated by the source", "usd"),
                unweighed_share=part("without a net weight", "rows"),
                outlying_share=part("unit value unlike others of the good", "rows"),
                remainder_share=part("with a partner that is no economy", "usd"),
                unspecified_share=part("in goods not specified", "usd"),
                compared_share=part("reported by both sides", "usd"),
                within_band_share=part("within the band that freight explains", "usd", both)
                if key[2] in (Flow.EXPORT, Flow.IMPORT)
                else None,
                stopped_series=counts.get((key, "regular, then without trade to the end", "series"), 0),
                regular_series=counts.get((key, "regular for a year or more", "series"), 0),
            )
        )
    return tuple(lines)


_TYPES = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "tuple": pa.string()}
_ROWS: Mapping[str, type] = {
    "overview": Overview,
    "figures": QualityFigure,
    "reporters": ReporterCoverage,
    "mirror": quality.MirrorPair,
    "unit_values": quality.UnlikeUnitValue,
    "stops": quality.SeriesGap,
    "totals": ReporterTotals,
    "rounding": quality.Rounding,
}
TABLES = (*_ROWS, "receipts")  # tables of a report by name


def report_table(report: QualityReport, name: str = "overview") -> pa.Table:
    """Return one of the report's tables by name.

    Raises:
        UsageError: There is no table with the name.
    """
    name = name.replace("-", "_")
    if name not in TABLES:
        raise UsageError(f"no table {name!r}", where="--table", fix=f"use {', '.join(TABLES)}")
    if name == "receipts":
        return pa.Table.from_pylist([dict(row) for row in report.receipts])
    annotations = _ROWS[name].__annotations__
    schema = pa.schema([(field, _TYPES[str(text).split("[")[0].split()[0]]) for field, text in annotations.items()])
    rows = [
        {field: " ".join(value) if isinstance(value, list) else value for field, value in plain(item).items()}
        for item in getattr(report, name)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _notable(report: QualityReport) -> tuple[list[str], list[str]]:
    """Return the most notable result of each kind as lines of text, and the other lines; each names its table."""
    kinds = [kind for kind in (_silent_at_end(report), *_single_rows(report), _rounded(report)) if kind]
    first = [kind[0] for kind in kinds][:MOST_SHOWN]
    return first, [line for kind in kinds for line in kind if line not in first]


def _silent_at_end(report: QualityReport) -> list[str]:
    stopped = [row for row in report.reporters if row.has_stopped]
    if not stopped:
        return []
    names = ", ".join(f"{row.reporter} {row.flow} since {row.last}" for row in stopped[:6])
    more = f" and {len(stopped) - 6} more" if len(stopped) > 6 else ""
    return [f"silent at the end: {names}{more} (--table reporters)"]


def _single_rows(report: QualityReport) -> Iterator[list[str]]:
    """Yield lines on reports that differ, series that stop and unit values, each the largest first."""
    yield [
        f"reports differ: {pair.exporter} to {pair.importer}, {pair.source}: exporter {usd(pair.exports_usd)}, "
        f"importer {usd(pair.imports_usd)}, ratio {pair.ratio:.2f}, single rows by {math.exp(pair.mean_abs_log):.2f} "
        "(--table mirror)"
        for pair in report.mirror[:3]
    ]
    yield [
        f"regular series without trade: {gap.reporter} {gap.flow} {gap.partner} {gap.good} from {gap.first_missing}, "
        f"{gap.form}, before {usd(gap.mean_usd)} a period (--table stops)"
        for gap in report.stops[:3]
    ]
    yield [
        f"unit value unlike others: {row.reporter} {row.flow} {row.partner} {row.good} {row.period}: "
        f"USD {row.price_usd_per_kg:,.2f} a kg, median {row.median_usd_per_kg:,.2f} (--table unit-values)"
        for row in report.unit_values[:3]
    ]


def _rounded(report: QualityReport) -> list[str]:
    rounded = [row for row in report.rounding if (row.unit or 0) >= 1000]
    count = f"{len(rounded)} of {len(report.rounding)} reporters"
    return [f"{count} have figures in whole thousands or more (--table rounding)"] if rounded else []


@dataclass(frozen=True)
class VintageQuality:
    """Quality of the rows of one vintage (rows that are part of a total in it are excluded).

    A figure is ``None`` if it was not computed: for large imports the costly ones are left to
    ``stopgap lake quality``, and ``warnings`` says so.

    Attributes:
        rows: Rows of economies and aggregates: the denominator of the shares.
        reporters, periods: Number of reporters and periods; ``first`` and ``last`` are days.
        estimated_share: Share of rows that the source estimated.
        estimated_value_share: Value of these rows divided by the value of all rows.
        unweighed_share: Share of rows without a net weight (a weight of 0 is not missing).
        zero_share: Share of rows reported as 0.
        judged_unit_values: Rows whose unit value could be compared with 20 others or more of the good and flow.
        unlike_unit_values: Number of these that are outliers.
        sudden_zeros: Series of the lake that were regular and have no trade in a period of this vintage.
    """

    vintage: str
    rows: int
    reporters: int
    periods: int
    first: str | None
    last: str | None
    estimated_share: float | None
    estimated_value_share: float | None
    unweighed_share: float | None
    zero_share: float | None
    judged_unit_values: int | None
    unlike_unit_values: int | None
    sudden_zeros: int | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the object ``quality`` in ``import --format json``."""
        return {**asdict(self), "warnings": list(self.warnings)}


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def vintage_lines(found: VintageQuality) -> list[str]:
    """Format the quality of a vintage as one to three lines of text."""
    lines = [
        f"quality: {found.rows:,} rows, {found.reporters} reporters, {found.periods} periods"
        + (f" from {found.first} to {found.last}" if found.first else "")
        + f"; estimated by the source {_percent(found.estimated_share)} of rows, {_percent(found.estimated_value_share)} of value; "
        f"without a net weight {_percent(found.unweighed_share)}; reported as 0 {_percent(found.zero_share)}"
    ]
    parts: list[str] = []
    if found.judged_unit_values:
        parts.append(
            f"{found.unlike_unit_values:,} of {found.judged_unit_values:,} unit values are unlike others of the good"
        )
    if found.sudden_zeros is not None:
        parts.append(f"{found.sudden_zeros:,} regular series have no trade in a period reported")
    if parts:
        lines.append("quality: " + "; ".join(parts) + " (stopgap lake quality lists them)")
    if found.warnings:
        lines.append("quality: " + "; ".join(found.warnings))
    return lines
