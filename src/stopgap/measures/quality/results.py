"""The quality report as a whole: its figures with their denominators, its overview, its lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.base.marking import Markable
from stopgap.base.vocab import Flow
from stopgap.measures.quality import report as quality
from stopgap.measures.quality.report import Overview, QualityFigure, ReporterCoverage, ReporterTotals, Row, plain, share
from stopgap.measures.quality.scope import Thresholds

Key = tuple[str, str, str]


@dataclass(frozen=True)
class StageRows:
    """Rows of the stages, as they come from the engine."""

    coverage: Sequence[Row]
    totals: Sequence[Row]
    mirror: Sequence[Row]
    unit_value_sums: Sequence[Row]
    unit_values: Sequence[Row]
    stop_sums: Sequence[Row]
    stops: Sequence[Row]
    rounding: Sequence[Row]


@dataclass(frozen=True)
class QualityReport(Markable):
    """The quality of one part of a lake at one vintage.

    Lists of rows hold the largest only; ``figures`` count all of them.
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

    def as_dict(self) -> dict[str, Any]:
        """The document that ``lake quality --format json`` prints."""
        lists = (
            "overview", "figures", "reporters", "periods", "mirror", "unit_values", "stops", "totals", "rounding",
        )  # fmt: skip
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
    """The report on the rows that the stages gave.

    Args:
        measured: Rows of each stage.
        as_of: Vintage read.
        scope: What was looked at, for the reader.
        thresholds: With which the stages ran.
        receipts: Receipts of the files, with their row counts.
        queries: Name -> statement that gives the rows of a part.
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
        unit_values=quality.unlike_unit_values(measured.unit_values),
        stops=quality.series_gaps(measured.stops),
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
        key = (
            (row["source"], row["frequency"], row["flow"])
            if isinstance(row, Mapping)
            else (row.source, row.frequency, row.flow)
        )
        found.setdefault(key, []).append(row)
    return dict(sorted(found.items()))


def _coverage_figures(reporters: Sequence[ReporterCoverage]) -> list[QualityFigure]:
    found = []
    for key, rows in _by_key(reporters).items():
        grid = sum(row.periods for row in rows)
        for state in ("reported", "partial", "silent"):
            value = sum(getattr(row, state) for row in rows)
            found.append(_figure("coverage", state, key, value, grid, "reports", "coverage"))
        gaps = sum(len(row.gaps) for row in rows)
        found.append(_figure("coverage", "silent between reports", key, gaps, grid, "reports", "coverage"))
        stopped = sum(row.has_stopped for row in rows)
        found.append(_figure("coverage", "silent at the end", key, stopped, len(rows), "reporters", "coverage"))
    return found


def _total_figures(totals: Sequence[ReporterTotals]) -> list[QualityFigure]:
    found = []
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
            found.append(_figure(check, what, key, part, number if unit == "rows" else value, unit, "totals"))
    return found


_MIRROR_WORDS = {
    "compared": "reported by both sides",
    "no_row": "partner reports the chapter and has no such row",
    "other_revision": "partner reports in another revision of codes only",
    "silent": "partner's report is not in the lake",
}


def _mirror_figures(rows: Sequence[Row]) -> list[QualityFigure]:
    found = []
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
                key = (source, frequency, str(flow))
                found.append(_figure("mirror", words, key, value, whole, "usd", "mirror"))
        both = (source, frequency, "")
        compared = total("mean_usd")
        for words, name in (
            ("within the band that freight explains", "within_usd"),
            ("imports above the band", "above_usd"),
            ("imports below the band", "below_usd"),
        ):
            if compared:
                found.append(_figure("mirror", words, both, total(name), compared, "usd", "mirror"))
    return found


def _row_figures(measured: StageRows, totals: Sequence[ReporterTotals]) -> list[QualityFigure]:
    found = []
    held = {key: sum(row.rows for row in rows) for key, rows in _by_key(totals).items()}
    for key, rows in _by_key(measured.unit_value_sums).items():
        judged = sum(row["rows_judged"] for row in rows)
        value = math.fsum(row["judged_usd"] for row in rows)
        unlike = sum(row["rows_outlying"] for row in rows)
        unlike_usd = math.fsum(row["outlying_usd"] for row in rows)
        name = "unit value unlike others of the good"
        found += [
            _figure("unit values", "unit value compared", key, judged, held.get(key, 0), "rows", "unit_value_sums"),
            _figure("unit values", name, key, unlike, judged, "rows", "unit_values"),
            _figure("unit values", name, key, unlike_usd, value, "usd", "unit_values"),
        ]  # fmt: skip
    for key, rows in _by_key(measured.stop_sums).items():
        regular = sum(row["regular_series"] for row in rows)
        series = sum(row["series"] for row in rows)
        stopped = sum(row["stopped"] for row in rows)
        gaps = sum(row["resumed"] for row in rows)
        found += [
            _figure("stops", "regular for a year or more", key, regular, series, "series", "stop_sums"),
            _figure("stops", "regular, then without trade to the end", key, stopped, regular, "series", "stops"),
            _figure("stops", "gaps in regular series that resume", key, gaps, regular, "series", "stops"),
        ]  # fmt: skip
    return found


def _receipt_figures(receipts: Sequence[Mapping[str, Any]]) -> list[QualityFigure]:
    found = []
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
                found.append(_figure("files", text, (source, "", ""), value, read, "rows", "receipts"))
    return found


def _overview(figures: Sequence[QualityFigure], reporters: Sequence[ReporterCoverage]) -> tuple[Overview, ...]:
    found: dict[tuple[Key, str, str], QualityFigure] = {}
    for figure in figures:
        found[(figure.source, figure.frequency, figure.flow), figure.what, figure.unit] = figure
    lines = []
    for key, rows in _by_key(reporters).items():

        def part(what: str, unit: str, at: Key = key) -> float | None:
            figure = found.get((at, what, unit))
            return None if figure is None else figure.share

        def number(what: str, unit: str, at: Key = key) -> int:
            figure = found.get((at, what, unit))
            return 0 if figure is None else int(figure.value)

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
                stopped_series=number("regular, then without trade to the end", "series"),
                regular_series=number("regular for a year or more", "series"),
            )
        )
    return tuple(lines)


TABLES = ("overview", "figures", "reporters", "mirror", "unit_values", "stops", "totals", "rounding", "receipts")  # fmt: skip
"""Tables of a report by name."""

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


def report_table(report: QualityReport, name: str = "overview") -> pa.Table:
    """One of the report's tables.

    Raises:
        UsageError: No such table.
    """
    name = name.replace("-", "_")
    if name not in TABLES:
        raise UsageError(f"no table {name!r}", where="--table", fix=f"use {', '.join(TABLES)}")
    if name == "receipts":
        return pa.Table.from_pylist([dict(row) for row in report.receipts])
    kind = _ROWS[name]
    schema = pa.schema(
        [(field, _TYPES[str(text).split("[")[0].split(" ")[0]]) for field, text in kind.__annotations__.items()]
    )
    rows = [
        {field: " ".join(value) if isinstance(value, list) else value for field, value in plain(item).items()}
        for item in getattr(report, name)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def report_lines(report: QualityReport) -> list[str]:
    """What stands out, in lines of text; a longer list stands behind each."""
    lines = []
    stopped = [row for row in report.reporters if row.has_stopped]
    if stopped:
        names = ", ".join(f"{row.reporter} {row.flow} since {row.last}" for row in stopped[:8])
        more = f" and {len(stopped) - 8} more" if len(stopped) > 8 else ""
        lines.append(f"silent at the end: {names}{more} (--table reporters)")
    lines += [
        f"reports differ: {pair.exporter} to {pair.importer}, {pair.source}: exporter USD {pair.exports_usd:,.0f}, "
        f"importer USD {pair.imports_usd:,.0f}, ratio {pair.ratio:.2f}, single rows by a factor of "
        f"{math.exp(pair.mean_abs_log):.2f} (--table mirror)"
        for pair in report.mirror[:3]
    ]
    lines += [
        f"regular series without trade: {gap.reporter} {gap.flow} {gap.partner} {gap.good} from {gap.first_missing}, "
        f"{gap.form}, before USD {gap.mean_usd:,.0f} a period (--table stops)"
        for gap in report.stops[:3]
    ]
    lines += [
        f"unit value unlike others: {row.reporter} {row.flow} {row.partner} {row.good} {row.period}: "
        f"USD {row.price_usd_per_kg:,.2f} a kg, median {row.median_usd_per_kg:,.2f} (--table unit-values)"
        for row in report.unit_values[:3]
    ]
    rounded = [row for row in report.rounding if (row.unit or 0) >= 1000]
    if rounded:
        lines.append(
            f"{len(rounded)} of {len(report.rounding)} reporters have figures in whole thousands or more (--table rounding)"
        )
    return lines
