"""Result types of the second opinions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.documents import as_document
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill.results import Counterfactual, Coverage, Interval
from stopgap.measures.second_opinion.estimates import PlaceboTest, SecondOpinion
from stopgap.measures.second_opinion.event_study import EventStudy, PlaceboDates
from stopgap.panel.measured_words import codes_words, covered_words, level_words, measured_lines
from stopgap.panel.windows import Windows

METHODS = {
    "triple_difference": (
        "the headline: gains less each supplier's growth elsewhere, less the target's excess in ordinary goods",
        "not free of its controls: ordinary goods that the suspension touched too move it",
    ),
    "double_difference": (
        "gains less each supplier's growth elsewhere; ordinary goods are not used",
        "not free of the target's own demand: what it bought more or less of in everything is in it",
    ),
    "second_opinion": (
        "the same question put to another model: a Poisson fit to all but the target's sanctioned goods, with an effect for "
        "every supplier-good-period, supplier-destination-good and supplier-destination-period, says what they would have been",
        "not independent evidence: it reads the same figures; its interval is meant for 95 % and held 90 % of simulated worlds",
    ),
    "contrasts": (
        "how far one supplier ran ahead of all others at the target, less how far it did elsewhere",
        "not backfill: what all suppliers did alike is taken out",
    ),
    "event_study": (
        "the second opinion's excess by stretch of time; before the event it should stay within its bands",
        "not a test by itself: bands are of single stretches; the test of leads is apart",
    ),
    "placebo_dates": (
        "the same estimate at dates when nothing happened",
        "not independent of each other: the dates share figures",
    ),
    "placebo_tests": ("the excess once a named other reason is taken out", "not a proof that no other reason is left"),
    "synthetic_control": (
        "the target's sanctioned imports beside a mixture of other destinations' that followed them before",
        "not averaged with anything: it uses aggregates only, and no growth of suppliers",
    ),
}
"""Description of each part of the report: what it is, and what it is not."""


@dataclass(frozen=True)
class SupplierContrast:
    """A supplier compared with all others at the target; ``effect`` is a log ratio."""

    supplier: str
    effect: float | None
    ci95: Interval
    placebo_rank: tuple[int, int] | None
    placebos: int
    reason: str = ""


@dataclass(frozen=True)
class SyntheticPath:
    """One period of the synthetic control; US dollars of the period."""

    period: str
    treated_usd: float | None
    synthetic_usd: float | None


@dataclass(frozen=True)
class SyntheticSummary:
    """Synthetic control of the target's aggregate sanctioned trade.

    Attributes:
        net_usd: Mean gap after the event, US dollars a year; None with a ``reason``.
        net_ratio: ``net_usd`` divided by the coalition's loss.
        placebo_rank: Rank of the gap after the event relative to that before it, among destinations.
        fit_share: Root mean squared gap before the event divided by the mean before it.
        donors: Number of destinations that could have weight.
        covered_share: Share of the target's sanctioned trade held by suppliers that reported every
            period: the others are not included.
        weights: Destination -> weight, the largest first, those of at least 1 %.
        path: The series and its synthetic control, both windows.
        reason: Why something is missing.
    """

    net_usd: float | None
    net_ratio: float | None
    placebo_rank: tuple[int, int] | None
    fit_share: float | None
    donors: int
    covered_share: float | None
    weights: dict[str, float]
    path: tuple[SyntheticPath, ...]
    reason: str = ""


@dataclass(frozen=True)
class Headline:
    """Net figures of the measure itself; ``method`` is their counterfactual."""

    method: str | None
    net_ratio: float | None
    net_ci95: Interval
    placebo_rank: tuple[int, int] | None = None
    reason: str = ""


@dataclass(frozen=True)
class CounterfactualReport(Summarised, NamedTable):
    """Result of ``stopgap counterfactual`` for one episode and list; fields in docs/reference/counterfactual.md."""

    finding_id: str
    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    unit: str
    valuation: str
    frequency: str
    route: str
    windows: Windows
    loss_usd: float
    triple_difference: Headline
    double_difference: Headline
    counterfactual: Counterfactual | None
    second_opinion: SecondOpinion
    contrasts: tuple[SupplierContrast, ...]
    event_study: EventStudy | None
    placebo_dates: PlaceboDates | None
    placebo_tests: tuple[PlaceboTest, ...]
    synthetic_control: SyntheticSummary
    coverage: Coverage
    warnings: tuple[str, ...]
    queries: tuple[str, ...]
    report: str = "exporter"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``counterfactual --format json``."""
        content = as_document(self)
        methods = {name: {"is": one, "is_not": other} for name, (one, other) in METHODS.items()}
        return {**content, "methods": methods}

    def table(self) -> pa.Table:
        """Return one row per figure: ``measure, what, estimate, low, high, unit, rank, out_of, note``."""
        names = ("measure", "what", "estimate", "low", "high", "unit", "rank", "out_of", "note")
        types = (pa.string(), pa.string(), *[pa.float64()] * 3, pa.string(), pa.int64(), pa.int64(), pa.string())
        rows = [dict(zip(names, row, strict=True)) for row in self._rows()]
        return pa.Table.from_pylist(rows, schema=pa.schema(list(zip(names, types, strict=True))))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        second, net, share, log = self.second_opinion, "net backfill", "share of loss", "log ratio"
        same = self.double_difference.method == self.triple_difference.method
        for part in (self.triple_difference,) if same else (self.triple_difference, self.double_difference):
            name = part.method or "no counterfactual"
            yield _row(name, net, part.net_ratio, part.net_ci95, share, part.placebo_rank, part.reason)
        rank = second.placebo_rank
        yield _row("second opinion", net, second.net_ratio, second.net_ci95, share, rank, second.reason)
        yield _row("second opinion", "excess", second.effect, second.effect_ci95, log, rank, "")
        if second.common is not None:
            common, ratio = second.common, second.common.net_ratio
            one_effect = "one effect for all suppliers and goods"
            yield _row("common effect", net, ratio, common.net_ci95, share, None, one_effect)
            yield _row(
                "common effect", f"{net}, clustered errors", ratio, common.clustered_ci95, share, None, common.label
            )
        control = self.synthetic_control
        yield _row("synthetic control", net, control.net_ratio, None, share, control.placebo_rank, control.reason)
        for one in self.contrasts:
            what = f"{one.supplier} against others"
            yield _row("contrast", what, one.effect, one.ci95, log, one.placebo_rank, one.reason)
        for test in self.placebo_tests:
            yield _row("placebo test", test.name, test.effect, test.ci95, log, None, f"{test.status}: {test.why}")
        for point in self.event_study.points if self.event_study else ():
            what = f"{point.first} to {point.last}" if point.first != point.last else point.first
            yield _row(f"event study, {point.part}", what, point.effect, point.ci95, log, point.rank, point.reason)
        for date in self.placebo_dates.dates if self.placebo_dates else ():
            yield _row("placebo date", date.date, date.effect, date.ci95, log, None, date.reason)

    def summary(self) -> Summary:
        """Return the report in lines of text: headline, what was measured, what limits it; methods in the rest."""
        triple, second, coverage = self.triple_difference, self.second_opinion, self.coverage
        return Summary(
            title=f"{self.episode}, {self.goods}: net backfill {_share(triple.net_ratio, triple.net_ci95)} of the loss; "
            f"second opinion {_share(second.net_ratio, second.net_ci95)}",
            measured=measured_lines(
                self,
                f"{level_words(coverage.level, coverage.revision)}, {codes_words(coverage.goods_found, coverage.goods_listed)}",
                covered_words(coverage.share_of_baseline_reported),
                report=f"{self.report}'s report",
            ),
            details=tuple(self._details()),
            notes=self.warnings,
        )

    def _details(self) -> list[str]:
        second, dates = self.second_opinion, self.placebo_dates
        leads = self.event_study.leads if self.event_study else None
        lines = [
            f"second opinion, a {second.form}: {second.suppliers} suppliers, {second.destinations} "
            f"destinations, {second.model_goods} goods; dropped {second.dropped.no_trade:,} cells without trade, "
            f"{second.dropped.zero_groups:,} in all-zero groups, {second.dropped.separated:,} separated; "
            f"{len(second.placebo_targets)} placebo destinations"
        ]
        if leads is not None and leads.p_value is not None and leads.rank is not None:
            lines.append(
                f"leads: the target's largest ranks {leads.rank[0]} of {leads.rank[1]} destinations (p {leads.p_value:.2f})"
            )
        if dates is not None and dates.rank is not None:
            lines.append(f"placebo dates: the true one ranks {dates.rank[0]} of {dates.rank[1]}")
        lines += [f"{name.replace('_', ' ')}: {one}; {other}" for name, (one, other) in METHODS.items()]
        return [*lines, f"finding {self.finding_id}"]


def _row(
    measure: str, what: str, estimate: float | None, band: Interval, unit: str, rank: tuple[int, int] | None, note: str
) -> tuple[Any, ...]:
    low, high = band or (None, None)
    place, out_of = rank or (None, None)
    return measure, what, estimate, low, high, unit, place, out_of, note


def _share(value: float | None, band: Interval) -> str:
    if value is None:
        return "undefined"
    return f"{value:.1%}" + (f" ({band[0]:.1%} to {band[1]:.1%})" if band else " (no interval)")
