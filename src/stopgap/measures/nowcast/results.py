"""Result of ``stopgap nowcast``: the symmetric ratio by month, final or nowcast, and the errors of past nowcasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.documents import as_document
from stopgap.base.intervals import with_ends
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.panel.measured_words import codes_words, level_words, measured_lines
from stopgap.panel.windows import Windows

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class NowcastMonth:
    """Figures of the months ``first_month`` to ``month``, dollars a year.

    Attributes:
        symmetric_ratio: Net backfill by the counterfactual loss: final, or nowcast.
        ci95: Its 95 % interval: of the counterfactuals, and for a nowcast of its own error too.
        final_ci95: Where the final ratio will lie in 95 % of cases, by past nowcasts; ``None`` for a final figure.
        early_ratio: The ratio of the reports in hand alone; ``None`` for a final figure.
        early_share_of_baseline: Baseline trade with the target, same months of the year, of reporters not missing.
        missing_reporters: Economies without a report of this month, or of the window.
        past_months: Windows that all of them had reported, by which the nowcast is scaled.
        reason: Why there is no ratio, or no interval.
    """

    month: str
    first_month: str
    is_nowcast: bool
    symmetric_ratio: float | None
    ci95: Interval
    final_ci95: Interval
    net_usd: float | None
    counterfactual_loss_usd: float | None
    early_ratio: float | None
    early_share_of_baseline: float | None
    missing_reporters: tuple[str, ...]
    past_months: int
    reason: str | None = None


@dataclass(frozen=True)
class PastNowcasts:
    """How far nowcasts like that of ``month`` were off, redone for past months.

    Attributes:
        months_late: Months from the last one that all its missing reporters have reported to this one.
        months: Past months for which it was redone.
        bias: Mean of nowcast less final ratio.
        rmse: Root of the mean squared error.
        coverage: Share of final ratios within the interval that the other past months give.
        half_width: Half of the interval stated for ``month``.
    """

    month: str
    months_late: int
    missing_reporters: tuple[str, ...]
    months: int
    bias: float | None
    rmse: float | None
    coverage: float | None
    half_width: float | None


@dataclass(frozen=True)
class NowcastCoverage:
    """Data coverage of the nowcasts.

    Attributes:
        last_months: Newest month of each supplier that trades with the target and is late.
        missing_reporters: Economies without reports in a window, or none for more than six months: in no figure.
        missing_without_baseline_trade: Those that reported the baseline without trade with the target, and not
            the after-window: a new supplier among them is not visible.
        lateness: Where the lateness of past months is taken from: ``vintages``, or ``latest months``.
    """

    last_months: Mapping[str, str]
    missing_reporters: tuple[str, ...]
    missing_without_baseline_trade: tuple[str, ...]
    lateness: str
    goods_listed: int
    goods_found: int
    level: str
    revision: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class NowcastFinding(Summarised, NamedTable):
    """Result of ``stopgap nowcast`` for one episode, goods list and lake vintage.

    ``months`` are in order, ``window_months`` is the length of each one's window. ``screened_hubs`` were found by rule
    and are left out of growth elsewhere, as hubs of the episode are.
    """

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    valuation: str
    frequency: str
    windows: Windows
    window_months: int
    months: tuple[NowcastMonth, ...]
    pseudo_real_time: tuple[PastNowcasts, ...]
    coverage: NowcastCoverage
    screened_hubs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "direct"
    report: str = "exporter"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``nowcast --format json``."""
        return as_document(self)

    def table(self) -> pa.Table:
        """Return a table with one row per month; an interval is two columns, ``_low`` and ``_high``."""
        text, number = pa.string(), pa.float64()
        kinds = {
            "month": text, "first_month": text, "is_nowcast": pa.bool_(), "symmetric_ratio": number, "ci95_low": number,
            "ci95_high": number, "final_ci95_low": number, "final_ci95_high": number, "net_usd": number, "counterfactual_loss_usd": number, "early_ratio": number,
            "early_share_of_baseline": number, "missing_reporters": pa.list_(text), "past_months": pa.int64(),
            "reason": text,
        }  # fmt: skip
        rows = [with_ends(asdict(row), ("ci95", "final_ci95")) for row in self.months]
        return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))

    def _shown_columns(self) -> tuple[str, ...]:
        return (
            "month", "symmetric_ratio", "ci95_low", "ci95_high", "is_nowcast", "final_ci95_low", "final_ci95_high",
            "early_share_of_baseline", "missing_reporters",
        )  # fmt: skip

    def summary(self) -> Summary:
        """Return the finding in lines of text: headline, what was measured, what limits it; errors of past nowcasts above, last month alone."""
        coverage = self.coverage
        share = self.months[-1].early_share_of_baseline if self.months else None
        early = (
            "share of early reporters not known"
            if share is None
            else f"last month by reporters of {share:.1%} of the baseline"
        )
        return Summary(
            title=f"{self.episode}, {self.goods}: {_headline(self.months)}",
            measured=measured_lines(
                self,
                f"{level_words(coverage.level, coverage.revision)}, {codes_words(coverage.goods_found, coverage.goods_listed)}",
                early,
                report=f"{self.report}'s report",
                amount=f"ratios of {self.window_months} months, from dollars a year",
            ),
            answers=tuple(map(_past_words, self.pseudo_real_time[-1:])),
            details=(*map(_past_words, self.pseudo_real_time[:-1]), f"sources: {', '.join(coverage.sources)}"),
            notes=self.warnings,
        )


def _headline(months: tuple[NowcastMonth, ...]) -> str:
    if not months:
        return "no figure: the after-window is shorter than one window"
    final = [row for row in months if not row.is_nowcast]
    parts = [f"final {_words(final[-1])}" if final else "no month is final"]
    if months[-1].is_nowcast:
        parts.append(f"nowcast {_words(months[-1])}")
    return "; ".join(parts)


def _words(row: NowcastMonth) -> str:
    if row.symmetric_ratio is None:
        return f"{row.month}: no symmetric ratio ({row.reason})"
    interval = f" (95 %: {row.ci95[0]:.1%} to {row.ci95[1]:.1%})" if row.ci95 else f", no interval ({row.reason})"
    share = row.early_share_of_baseline
    early = f", from reporters of {share:.1%} of the baseline" if row.is_nowcast and share is not None else ""
    return f"{row.month}: symmetric ratio {row.symmetric_ratio:.1%}{interval}{early}"


def _past_words(row: PastNowcasts) -> str:
    late = f"{row.month}, {row.months_late} month{'s' if row.months_late != 1 else ''} late"
    if row.bias is None or row.rmse is None:
        return f"{late}: no past month to redo it for"
    held = f", interval held {row.coverage:.0%}" if row.coverage is not None else ""
    return (
        f"{late}: redone for {row.months} past months, bias {100 * row.bias:+.1f} points, "
        f"root mean squared error {100 * row.rmse:.1f} points{held}"
    )
