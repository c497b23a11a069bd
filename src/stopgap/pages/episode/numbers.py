"""The numbers of an episode's first page, each with the page of its definition, rows and SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stopgap.briefs.formats.text import NBSP, percent
from stopgap.briefs.vocabulary import is_loss_known
from stopgap.measures.backfill.results import Finding, Interval
from stopgap.pages.amounts import usd
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import NumberView


@dataclass(frozen=True)
class FigureOf:
    """One figure of a finding.

    Attributes:
        label: What it is, as the page says it.
        definition: How it is worked out; unit and denominator in it.
        value: Takes it from a finding, as it is shown; ``None`` where there is none.
        interval: Takes its interval.
        is_of_members: Whether its rows are those of the coalition's members; ``False`` for suppliers outside it,
            ``None`` for all.
        needs_model: Whether it comes from the counterfactual, which takes longer on a large lake.
    """

    label: str
    definition: str
    value: Callable[[Finding], str | None]
    interval: Callable[[Finding], str] = lambda finding: ""
    is_of_members: bool | None = None
    needs_model: bool = False


def _between(interval: Interval) -> str:
    return "" if interval is None else f"95{NBSP}% interval {percent(interval[0])} to {percent(interval[1])}"


def _share(value: float | None) -> str | None:
    return None if value is None else percent(value)


FIGURES: Mapping[str, FigureOf] = {
    "loss_usd": FigureOf(
        "Less trade by the coalition",
        "Trade of the coalition’s members with the target in the baseline, minus that in the after-window: US dollars a "
        "year, means of each window. Members that reported in only one window are in neither.",
        lambda finding: usd(finding.suspended.loss_usd),
        lambda finding: "a year" if finding.suspended.loss_share is None else f"a year, {percent(finding.suspended.loss_share)} of the baseline",
        is_of_members=True,
    ),
    "gross_ratio": FigureOf(
        "Rise of others, of the loss",
        "Sum of the signed rises of all suppliers outside the coalition, divided by the coalition’s loss. It needs no "
        "model, so anyone can check it by hand; growth that would have come anyway is in it.",
        lambda finding: _share(finding.backfill.gross_ratio),
        lambda finding: "gross: no interval, no model",
        is_of_members=False,
    ),
    "symmetric_ratio": FigureOf(
        "Net backfill, of the gap",
        "Gains of suppliers outside the coalition beyond what they would have sold anyway, divided by the gap: what "
        "members would have sold without the event minus what they sold. Both are against the same counterfactual.",
        lambda finding: _share(finding.backfill.symmetric_ratio),
        lambda finding: _of_gap(finding) + _between(finding.backfill.symmetric_ci95),
        is_of_members=None, needs_model=True,
    ),
    "net_ratio": FigureOf(
        "Net backfill, of the fall",
        "Gains of suppliers outside the coalition beyond the counterfactual, divided by the fall of the coalition’s trade "
        "from the baseline, which is treated as known.",
        lambda finding: _share(finding.backfill.net_ratio),
        lambda finding: _between(finding.backfill.net_ci95),
        is_of_members=None, needs_model=True,
    ),
    "filled_usd": FigureOf(
        "Filled, good by good",
        "Rises of suppliers outside the coalition in the goods, and then in the headings, that the coalition lost, up to "
        "the loss in each: US dollars a year.",
        lambda finding: usd(finding.identity.filled_same_good_usd + finding.identity.filled_same_heading_usd),
        lambda finding: _of_loss(finding, finding.identity.filled_same_good_usd + finding.identity.filled_same_heading_usd),
        is_of_members=None,
    ),
    "unfilled_usd": FigureOf(
        "Not filled",
        "What the coalition lost in each good minus what others filled of it: US dollars a year.",
        lambda finding: usd(finding.identity.unfilled_usd),
        lambda finding: _of_loss(finding, finding.identity.unfilled_usd),
        is_of_members=None,
    ),
    "hhi_after": FigureOf(
        "Concentration of suppliers",
        "Herfindahl index of all suppliers to the target in the after-window, members included: 0 is many small ones, 1 is one.",
        lambda finding: None if finding.concentration.hhi_after is None else f"{finding.concentration.hhi_after:.2f}",
        lambda finding: "" if finding.concentration.hhi_before is None else f"{finding.concentration.hhi_before:.2f} in the baseline",
        is_of_members=None,
    ),
}  # fmt: skip
"""Figures of a finding that have a page, by name."""


OF_THE_LOSS = ("loss_usd", "filled_usd", "unfilled_usd")
"""Figures that are not known where no member of the coalition has figures in both windows; they are not 0."""


def number_views(finding: Finding, query: EpisodeQuery) -> tuple[NumberView, ...]:
    """Return the numbers that a finding has; with an interval of net backfill that one, else the gross ratio leads."""
    names = [
        "loss_usd",
        *(["symmetric_ratio"] if finding.backfill.symmetric_ratio is not None else ["net_ratio"]),
        "gross_ratio", "filled_usd", "unfilled_usd", "hhi_after",
    ]  # fmt: skip
    return tuple(found for name in names if (found := number_view(finding, query, name)) is not None)


def number_view(finding: Finding, query: EpisodeQuery, name: str) -> NumberView | None:
    """Return one number; ``None`` where the finding lacks it."""
    figure = FIGURES[name]
    if name in OF_THE_LOSS and not is_loss_known(finding):
        return NumberView(figure.label, "not known", "", "no member has figures in both windows")
    value = figure.value(finding)
    if value is None:
        return None
    return NumberView(figure.label, value, query.page("figures", name), figure.interval(finding), query.options)


def _of_loss(finding: Finding, amount: float) -> str:
    loss = finding.identity.loss_usd
    return f"a year, {percent(amount / loss)} of the loss" if loss > 0 else "a year"


def _of_gap(finding: Finding) -> str:
    gap = finding.suspended.counterfactual_loss_usd
    return "" if gap is None else f"of {usd(gap)} a year; "
