"""Result of ``stopgap prices``: the markup, and changes in dollars split into quantity and price."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pyarrow as pa

from stopgap.base.documents import as_document
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.prices.half_years import PeriodMarkup, PriceBreak
from stopgap.measures.prices.markup import MarkupFigure, PriceMarkup
from stopgap.measures.statistics.bennet import Split, SupplierSplit
from stopgap.panel.measured_words import codes_words, level_words, measured_lines
from stopgap.panel.quantities import GoodUnit
from stopgap.panel.windows import Windows


@dataclass(frozen=True)
class PriceSplit:
    """Changes of a measure split into quantity and price.

    Attributes:
        loss: The coalition's loss; positive parts are loss.
        backfill: The gain of the suppliers outside the coalition, hubs included.
        by_supplier: Each economy's change with its own sign; largest change first.
    """

    loss: Split
    backfill: Split
    by_supplier: tuple[SupplierSplit, ...]


@dataclass(frozen=True)
class PriceCoverage:
    """Data coverage of the price figures.

    Attributes:
        weighed_share: Share of both windows' dollars at the target in cells with a quantity on all their trade.
        weighed_figures_share: Share of the suppliers' single figures at the target that have a quantity.
        units: Number of goods by the unit they are counted in.
        missing_reporters: Economies without reports in a window: excluded from both, not zero.
        missing_without_baseline_trade: Those that reported the baseline without trade with
            the target, and did not report the after-window: a new supplier among them is not visible.
    """

    weighed_share: float | None
    weighed_figures_share: float | None
    missing_reporters: tuple[str, ...]
    missing_without_baseline_trade: tuple[str, ...]
    goods_listed: int
    goods_found: int
    level: str
    revision: str
    sources: tuple[str, ...]
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PriceFinding(Summarised, NamedTable):
    """Result of ``stopgap prices`` for one episode, goods list and lake vintage.

    ``by_period`` is the markup of each half-year of the after-window, ``breaks`` the steps between them that exceed
    what placebos do, ``units`` the one unit that each good is counted in.
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
    markup: PriceMarkup
    split: PriceSplit
    coverage: PriceCoverage
    by_period: tuple[PeriodMarkup, ...] = ()
    breaks: tuple[PriceBreak, ...] = ()
    units: tuple[GoodUnit, ...] = ()
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "direct"
    report: str = "exporter"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``prices --format json``."""
        document = as_document(self)
        ends = {"from_month": "from", "to_month": "to"}
        document["by_period"] = [{ends.get(name, name): row[name] for name in row} for row in document["by_period"]]
        return document

    def table(self) -> pa.Table:
        """Return a table with one row per economy: its role and the parts of its change."""
        rows = [{"supplier": row.supplier, "role": row.role} | asdict(row.split) for row in self.split.by_supplier]
        columns = [(field.name, pa.float64()) for field in fields(Split)]
        schema = pa.schema([("supplier", pa.string()), ("role", pa.string()), *columns])
        return pa.Table.from_pylist(rows, schema=schema)

    def _shown_columns(self) -> tuple[str, ...]:
        return (
            "supplier", "role", "change_usd", "quantity_usd", "price_usd", "new_or_ended_usd", "not_adjusted_usd",
            "weighed_share",
        )  # fmt: skip

    def summary(self) -> Summary:
        """Return the finding in lines of text: both splits above, half-years and trimming in the rest."""
        coverage, share = self.coverage, self.coverage.weighed_share
        weighed = "no trade" if share is None else f"quantities on {share:.1%} of the trade"
        return Summary(
            title=f"{self.episode}, {self.goods}: markup at {self.target} {_markup_words(self.markup)}",
            answers=(
                _split_words("loss of the coalition", self.split.loss),
                _split_words("gain of other suppliers", self.split.backfill),
            ),
            measured=measured_lines(
                self,
                f"{level_words(coverage.level, coverage.revision)}, {codes_words(coverage.goods_found, coverage.goods_listed)}",
                weighed,
                report=f"{self.report}'s report",
            ),
            details=(
                *_period_lines(self.by_period, self.breaks),
                f"trimmed {_figure_words(self.markup.trimmed)}; untrimmed {_figure_words(self.markup.untrimmed)}",
                "goods counted in "
                + (", ".join(f"{unit} {count}" for unit, count in coverage.units.items()) or "no unit"),
                f"sources: {', '.join(coverage.sources)}",
            ),
            notes=self.warnings,
        )


def _markup_words(markup: PriceMarkup) -> str:
    if markup.estimate is None or markup.price_ratio is None:
        return f"not estimated ({markup.trimmed.reason})"
    ratio, interval = markup.price_ratio, markup.price_ratio_ci95
    words = f"{ratio - 1:+.1%} against the same suppliers' other destinations"
    if interval is None:
        return f"{words}, no interval ({markup.trimmed.reason})"
    return f"{words} (95 %: {interval[0] - 1:+.1%} to {interval[1] - 1:+.1%})"


def _period_lines(periods: tuple[PeriodMarkup, ...], breaks: tuple[PriceBreak, ...]) -> list[str]:
    """Return a line per half-year, and one on the breaks; empty without half-years."""
    lines = []
    for row in periods:
        if row.log_change is None:
            words = f"not estimated ({row.reason})"
        else:
            words = f"{math.expm1(row.log_change):+.1%}"
            words += (
                f" (95 %: {math.expm1(row.ci95[0]):+.1%} to {math.expm1(row.ci95[1]):+.1%})"
                if row.ci95
                else ", no interval"
            )
        lines.append(f"{row.from_month} to {row.to_month}: {words}, {row.rows:,} unit values at the target")
    if breaks:
        steps = (f"{row.step:+.3f} at {row.at}{' (largest)' if row.is_largest else ''}" for row in breaks)
        lines.append(f"breaks, steps in log points beyond what placebos do: {', '.join(steps)}")
    elif periods:
        lines.append("no step between half-years exceeds what placebos do")
    return lines


def _figure_words(figure: MarkupFigure) -> str:
    if figure.estimate is None:
        return f"not estimated ({figure.reason})"
    rank = f", rank {figure.placebo_rank[0]} of {figure.placebo_rank[1]}" if figure.placebo_rank else ""
    return f"{figure.estimate:+.3f} log points on {figure.observations:,} unit values{rank}"


def _split_words(name: str, split: Split) -> str:
    return (
        f"{name} USD {split.change_usd:,.0f} a year = quantity {split.quantity_usd:,.0f} + price {split.price_usd:,.0f} "
        f"+ new or ended {split.new_or_ended_usd:,.0f} + not price-adjusted {split.not_adjusted_usd:,.0f}"
    )
