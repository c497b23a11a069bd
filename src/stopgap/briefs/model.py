"""Data model of a brief: findings, related time series, and their sources.

Nothing here is read from a lake or a clock. Money is current US dollars; ``None``
is "not reported", never zero. Names are the short English names to print. Each
``*_label`` states the goods list (with version), reporting side, valuation and
source of the data of that name: the brief prints it under the chart and adds the
vintage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stopgap.base.marking import CLEAR, Marking
from stopgap.measures.backfill.results import Finding
from stopgap.measures.routes.results import RouteFinding
from stopgap.screening.exposure.results import ExposureFinding

Role = Literal["member-group", "supplier", "hub", "other"]


@dataclass(frozen=True)
class SupplierSeries:
    """Trade of one supplier (or group of members) with the target in one year."""

    period: str
    supplier: str
    name: str
    role: Role
    value_usd: float | None


@dataclass(frozen=True)
class RouteLeg:
    """Both legs of trade through one hub, means per year in the baseline and in the after-window.

    Exports to the target: *into* is coalition to hub, *out of* is hub to target.
    Imports from the target: *into* is target to hub, *out of* is hub to coalition.
    ``into_hub_mirror_after_usd`` is the first leg as the hub itself records it.
    """

    hub: str
    hub_name: str
    into_hub_baseline_usd: float | None
    into_hub_after_usd: float | None
    out_of_hub_baseline_usd: float | None
    out_of_hub_after_usd: float | None
    into_hub_mirror_after_usd: float | None = None


@dataclass(frozen=True)
class MonthlyPoint:
    """The coalition's trade with one partner in one month (``YYYY-MM``)."""

    month: str
    partner: str
    partner_name: str
    is_target: bool
    value_usd: float | None


@dataclass(frozen=True)
class HubMonth:
    """One hub's trade in one good in one month, as the hub reports it.

    ``exports_all_usd`` includes ``exports_to_target_usd``. For exports to the
    target only: in the other direction leave ``hub_case`` empty.
    """

    month: str
    imports_usd: float | None
    exports_to_target_usd: float | None
    exports_all_usd: float | None


ReportState = Literal["traded", "zero", "partial", "silent"]


@dataclass(frozen=True)
class ReportedPeriod:
    """Reporting state of one reporter in one period (``YYYY-MM``, or ``YYYY``).

    ``traded`` and ``zero``: it reported, with or without trade in the goods with the
    target. ``partial``: it reported less than is usual for it. ``silent``: it reported
    nothing, which is missing and not zero.
    """

    period: str
    reporter: str
    name: str
    role: Literal["member", "hub", "other"]
    state: ReportState


@dataclass(frozen=True)
class SourceNote:
    """One source of the figures: its title, terms of use, dates, and the receipt of its import."""

    source: str
    title: str
    terms: str
    retrieved: str
    published: str | None
    receipt: str
    vintage: str
    rows: int


@dataclass(frozen=True)
class StatementNote:
    """A registered statement and its last test on the episode.

    Attributes:
        title: One-line summary of the statement.
        said_on: Day on which it was made.
        stance: Stance of the words: assertion, denial, warning, question or reported.
        verdict: Verdict on the statement as made; that of a denial is on the denial.
        because: One sentence with the figure and its interval, or why there is none.
        coverage: Lowest coverage of the deciding hypotheses; ``None`` where nothing was measured.
        as_of: Vintage of the test.
    """

    claim_id: str
    title: str
    said_by: str
    said_on: str
    stance: str
    verdict: str
    because: str
    coverage: float | None
    as_of: str


@dataclass(frozen=True)
class BriefModel:
    """All content of a brief; the bytes of every format depend on it alone.

    Attributes:
        title: Name of the brief, for file properties and running heads.
        event: First month of the suspension (``YYYY-MM``).
        direction: ``exports-to-target`` or ``imports-from-target``; the wording follows it.
        headline: The finding that the brief leads with.
        others: Findings on further goods lists, one line each.
        names: Short English names by ISO3; a code without a name is printed as it is.
        goods_titles: Titles of goods lists by name.
        hub_name: Short English name of the hub in ``hub_case``; ``hub_good`` is its good, in words.
        reproduce: Pairs of (figure, command or SQL).
        as_of: Vintage of the lake.
        made_with: Name and version of the software.
        reported: One entry for each reporter and period of the windows.
        routing: Hubs whose matches were tested against chance, over the windows of the headline.
        routing_reason: Why ``routing`` is ``None``.
        alerts: Pairs of alert state (``open``, or the last decision) and number of alerts.
        statements: Statements of the register that were tested on the episode.
        exposure: Companies named in declarations of the headline's goods; ``None`` without declarations.
        members: All members of the coalition, each with its group; ``None`` where they are not known.
        monthly_members: Members that the months of ``monthly`` are the trade of; empty where all of the headline.
        left_out: Parts that the role of the episode has no figures for, as sentences with the reason.
        marking: Who may see the brief; every page, sheet and chart shows it.
    """

    title: str
    episode_name: str
    episode_title: str
    target: str
    target_name: str
    event: str
    direction: str
    headline: Finding
    others: tuple[Finding, ...]
    names: Mapping[str, str]
    goods_titles: Mapping[str, str]
    series: tuple[SupplierSeries, ...]
    series_label: str
    legs: tuple[RouteLeg, ...]
    legs_label: str
    monthly: tuple[MonthlyPoint, ...]
    monthly_label: str
    monthly_unit: str
    hub_case: tuple[HubMonth, ...]
    hub_case_label: str
    hub_name: str
    hub_good: str
    caveats: tuple[str, ...]
    sources: tuple[SourceNote, ...]
    reproduce: tuple[tuple[str, str], ...]
    as_of: str
    made_with: str
    reported: tuple[ReportedPeriod, ...] = ()
    routing: RouteFinding | None = None
    routing_reason: str = ""
    alerts: tuple[tuple[str, int], ...] = ()
    reported_label: str = ""
    statements: tuple[StatementNote, ...] = ()
    exposure: ExposureFinding | None = None
    members: Mapping[str, str | None] | None = None
    monthly_members: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    marking: Marking = CLEAR
