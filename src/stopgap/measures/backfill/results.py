"""Frozen results of a measure, with denominator, goods list, route, baseline, valuation, vintage and coverage.

Money is current US dollars, as means per year over the window, so that windows of
different length are comparable. ``None`` means unavailable, and ``warnings`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stopgap.base.documents import as_document, sealed
from stopgap.base.vocab import LossKind
from stopgap.measures.backfill.real_results import RealBackfill
from stopgap.panel.windows import Windows

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class Suspended:
    """Trade that the coalition suspended; ``ci95`` is the interval of ``loss_share``.

    ``loss_share`` is signed loss divided by baseline, ``None`` if the baseline is 0. ``counterfactual_loss_usd`` is
    what members would have sold without the event minus what they sold, ``None`` if it cannot be estimated.
    """

    baseline_usd: float
    after_usd: float
    loss_usd: float
    loss_share: float | None
    ci95: Interval = None
    counterfactual_loss_usd: float | None = None
    counterfactual_loss_ci95: Interval = None


@dataclass(frozen=True)
class RankBounds:
    """Interval that inverts the placebo rank test, and its level (0.95 with 39 placebos or more)."""

    low: float
    high: float
    level: float


@dataclass(frozen=True)
class InForce:
    """Trade of cells (member, good) while the measure on each was in force, dollars a year of that time.

    ``from_first`` is the first period of any cell (``YYYY-MM``), ``cells`` their number.
    """

    baseline_usd: float
    after_usd: float
    loss_usd: float
    loss_share: float | None
    from_first: str
    cells: int


@dataclass(frozen=True)
class LossPart:
    """Part of the coalition's loss over the fixed windows, and of its cells while a measure was in force."""

    baseline_usd: float
    after_usd: float
    loss_usd: float
    loss_share: float | None
    in_force: InForce | None = None


@dataclass(frozen=True)
class MemberSplit:
    """Trade of one member with a table of measures, in goods under a measure and in goods not."""

    supplier: str
    under_baseline_usd: float
    under_after_usd: float
    other_baseline_usd: float
    other_after_usd: float


@dataclass(frozen=True)
class MeasuresSplit:
    """The coalition's loss by goods under a measure and goods not; the three parts sum to the loss.

    Attributes:
        under_measure: Goods under a measure in at least one whole period of the after-window, by member and good;
            ``None`` if that cannot be told, and ``reason`` says why.
        in_part: Of these, goods that the measures cover in part.
        not_under_measure: Other goods of the same members: trade lost.
        no_table: Members without a table of goods: trade lost, not told apart. Its ``in_force`` is of members of which
            the day is known from which they had measures.
        no_table_members: Their codes.
        goods_under: Number of goods under a measure of any member.
        source: Sources of the tables.
        by_member: Members with a table.
        reason: Why nothing is told.
    """

    under_measure: LossPart | None
    in_part: LossPart | None
    not_under_measure: LossPart | None
    no_table: LossPart | None
    no_table_members: tuple[str, ...]
    goods_under: int | None
    source: str
    by_member: tuple[MemberSplit, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Backfill:
    """Gains of all suppliers outside the coalition divided by the coalition's loss.

    Attributes:
        symmetric_ratio: Net backfill divided by the counterfactual loss, the headline: both are
            relative to the same counterfactual. ``None`` if that loss is not above 0 by its interval.
        symmetric_ci95: Its 95 % interval, with the error of both.
        symmetric_ranks: The interval that inverts the placebo rank test; ``None`` with fewer than nine placebos.
        net_ranks: The same for ``net_ratio``.
        gross_ratio: Signed gains divided by loss; needs no model. ``None`` if the loss is not above 0.
        net_ratio: The same for gains beyond the counterfactual; ``None`` also if the interval of
            the loss includes 0.
        net_ci95: Its 95 % interval; the loss is treated as known.
        placebo_rank: Rank of the target's excess among placebo destinations, and their number.
        defined: False if the loss is not above 0, or not distinguishable from 0.
        real_ratio: The gross ratio at the baseline's unit values, over the trade that has quantities; ``None``
            without any, and then ``Finding.real`` has the reason.
    """

    gross_ratio: float | None
    net_ratio: float | None = None
    net_ci95: Interval = None
    placebo_rank: tuple[int, int] | None = None
    defined: bool = True
    symmetric_ratio: float | None = None
    symmetric_ci95: Interval = None
    symmetric_ranks: RankBounds | None = None
    net_ranks: RankBounds | None = None
    real_ratio: float | None = None


@dataclass(frozen=True)
class OneExcessResult:
    """Net and symmetric ratio with one excess of all ordinary goods, beside the dose-response form."""

    ordinary_excess: float | None
    net_ratio: float | None
    net_ci95: Interval = None
    symmetric_ratio: float | None = None
    symmetric_ci95: Interval = None


@dataclass(frozen=True)
class DiversionResult:
    """Dollars that members sold elsewhere for each dollar of their sales that was set free.

    ``share`` is removed from their growth elsewhere: ``estimate``, shrunk towards none by its standard error ``error``,
    over ``cells`` (member, good). All are 0 if it cannot be estimated; a share below 0 is chance.
    """

    share: float
    estimate: float
    error: float
    cells: int


@dataclass(frozen=True)
class Regime:
    """The same measure over a part of the after-window; the JSON document writes its months as ``from`` and ``to``.

    ``suspended`` and ``backfill`` are ``None`` if the part cannot be measured, and ``reason`` says why.
    """

    first: str
    last: str
    suspended: Suspended | None = None
    backfill: Backfill | None = None
    loss_kind: LossKind | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DoubleDifference:
    """Net ratio without ordinary goods: only growth at other destinations is subtracted."""

    net_ratio: float | None
    net_ci95: Interval = None


@dataclass(frozen=True)
class DestinationExcess:
    """Excess of trade with one destination over its counterfactual.

    Attributes:
        destination: The target, or a placebo destination.
        excess: Log of observed over expected trade, minus that of ordinary goods if there are any.
        deviation: Standard deviation of the excess under chance, at this destination's concentration;
            destinations are ranked by ``excess / deviation``.
    """

    destination: str
    excess: float
    deviation: float


@dataclass(frozen=True)
class Counterfactual:
    """Counterfactual and placebo comparison behind the net figures.

    Attributes:
        method: ``triple difference``, or ``double difference`` if no ordinary goods are known;
            ``None`` if there is no counterfactual.
        reason: Why a part is unavailable.
        net_usd: Net gain of all suppliers outside the coalition, US dollars a year.
        observed_usd: After-window sales of suppliers with a baseline in the good.
        expected_usd: Their sales under the counterfactual.
        entrants_usd: After-window sales of suppliers without a baseline in the good, counted in full.
        excess: Log of observed over expected.
        ordinary_excess: Log excess of ordinary goods at the target, which is included in ``expected_usd``.
        ordinary_band: Half width of its 95 % band over placebo destinations.
        ordinary_goods: Number of ordinary goods.
        ordinary_method: ``dose response`` (the coalition's loss in each ordinary good is the dose) or ``one excess``;
            ``None`` without ordinary goods.
        ordinary_filled_share: Share of the coalition's loss in ordinary goods that others filled, by the dose response.
        one_excess: The ratios with one excess of all ordinary goods, if the dose response is used.
        double_difference: The net ratio without ordinary goods, for comparison.
        loss_expected_usd: Members' sales under the counterfactual, US dollars a year.
        diversion: Members' sales elsewhere of what the loss set free.
        screened_hubs: Economies found to be hubs by rule, left out of growth elsewhere like those of the episode.
        error_correlation: Correlation of the errors of both counterfactuals over placebos.
        placebo_targets: Placebo destinations, largest first.
        spread: τ² and σ² of the placebos' squared deviations on their Herfindahl index.
        placebo_excess: The target and every placebo destination, the largest excess by its own
            deviation first; empty if there is no rank.
    """

    method: str | None
    reason: str | None = None
    net_usd: float | None = None
    observed_usd: float | None = None
    expected_usd: float | None = None
    entrants_usd: float | None = None
    excess: float | None = None
    ordinary_excess: float | None = None
    ordinary_band: float | None = None
    ordinary_goods: int = 0
    double_difference: DoubleDifference | None = None
    placebo_targets: tuple[str, ...] = ()
    spread: tuple[float, float] | None = None
    placebo_excess: tuple[DestinationExcess, ...] = ()
    ordinary_method: str | None = None
    ordinary_filled_share: float | None = None
    one_excess: OneExcessResult | None = None
    loss_expected_usd: float | None = None
    diversion: DiversionResult | None = None
    error_correlation: float | None = None
    screened_hubs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Allocation of the loss: ``loss = filled_same_good + filled_same_heading + unfilled``.

    ``loss_usd`` sums each good's positive loss, so it can exceed the signed loss.
    ``overfill_usd`` are gains beyond any loss.
    """

    loss_usd: float
    filled_same_good_usd: float
    filled_same_heading_usd: float
    unfilled_usd: float
    overfill_usd: float


@dataclass(frozen=True)
class SupplierResult:
    """Trade of one supplier outside the coalition; ``share_of_loss`` is signed and uncapped.

    ``is_told`` is false if the interval of ``net_gain_usd`` is wider than the supplier's trade in the larger window:
    its net gain cannot be told. It is ``None`` without an interval.
    """

    supplier: str
    baseline_usd: float
    after_usd: float
    gain_usd: float
    share_of_loss: float | None
    kind: str
    is_hub: bool = False
    filled_same_good_usd: float = 0.0
    filled_same_heading_usd: float = 0.0
    net_gain_usd: float | None = None
    ci95: Interval = None
    q_value: float | None = None
    is_told: bool | None = None


@dataclass(frozen=True)
class ActorResult:
    """Trade of a group of suppliers taken as one actor, such as China with Hong Kong and Macao.

    ``suppliers`` are those with figures in both windows; shares of inflow are of the target's trade with all economies
    that have figures in both windows, members included.
    """

    actor: str
    suppliers: tuple[str, ...]
    baseline_usd: float
    after_usd: float
    gain_usd: float
    share_of_loss: float | None
    baseline_share_of_inflow: float | None
    after_share_of_inflow: float | None
    net_gain_usd: float | None = None
    ci95: Interval = None
    is_told: bool | None = None


@dataclass(frozen=True)
class MemberResult:
    """Trade of one coalition member with the target, its change, and its counterfactual loss."""

    supplier: str
    baseline_usd: float
    after_usd: float
    change_usd: float
    counterfactual_loss_usd: float | None = None


@dataclass(frozen=True)
class GroupResult:
    """A named group of coalition members (eu27, say): sums of its reporting members."""

    group: str
    members: int
    baseline_usd: float
    after_usd: float
    change_usd: float


@dataclass(frozen=True)
class GoodResult:
    """One good (or goods group): the coalition's loss and how far it was filled."""

    good: str
    description: str
    baseline_usd: float
    after_usd: float
    loss_usd: float
    gain_usd: float
    filled_same_good_usd: float
    filled_same_heading_usd: float
    unfilled_usd: float
    overfill_usd: float
    top_supplier: str | None
    is_estimated: bool = False
    loss_share: float | None = None
    loss_ci95: Interval = None  # of loss_share
    net_gain_usd: float | None = None
    net_ci95: Interval = None  # of net_gain_usd
    counterfactual_loss_usd: float | None = None


@dataclass(frozen=True)
class Concentration:
    """Herfindahl index of all suppliers, members included, 0 to 1; ``None`` without trade.

    The intervals are of a bootstrap over blocks of months, for monthly figures alone.
    """

    hhi_before: float | None
    hhi_after: float | None
    hhi_before_ci95: Interval = None
    hhi_after_ci95: Interval = None


@dataclass(frozen=True)
class MirrorResult:
    """The same trade from the other side's report, shown for comparison."""

    valuation: str
    baseline_usd: float | None
    after_usd: float | None
    target_silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnstableCodeResult:
    """A code whose content moved between the windows, and its trade with the target.

    In JSON the revisions are ``from`` and ``to``.

    Attributes:
        move: Trade with other destinations after the change of revision over before, divided by the median good's;
            ``None`` where one side is 0 or figures were not compared.
        by: ``list`` (the goods list names it) or ``figures``.
        baseline_usd: Trade of all suppliers, members among them, with the target; US dollars a year. ``None`` for
            ordinary goods.
        is_ordinary: Whether no list names it: it is left out of ordinary goods.
    """

    code: str
    from_revision: str
    to_revision: str
    reason: str
    move: float | None
    by: str
    baseline_usd: float | None
    after_usd: float | None
    is_ordinary: bool = False


@dataclass(frozen=True)
class FullList:
    """The gross figures with every code of the list, where some are out of the headline; ``because`` says why."""

    baseline_usd: float
    after_usd: float
    loss_usd: float
    loss_share: float | None
    gain_usd: float | None  # of all suppliers outside the coalition; None without any
    gross_ratio: float | None
    because: str

    def share_of_loss(self, measured_usd: float) -> float | None:
        """Return which part of this loss a loss without the codes that moved is not; ``None`` without a loss."""
        return abs(self.loss_usd - measured_usd) / self.loss_usd if self.loss_usd > 0 else None


@dataclass(frozen=True)
class WithinCoalition:
    """The same goods traded between members, in an episode of importers; no supplier's gain.

    Goods that one member buys outside and another buys from it would count twice.
    """

    baseline_usd: float
    after_usd: float


@dataclass(frozen=True)
class Coverage:
    """Data coverage of the figures.

    Attributes:
        share_of_baseline_reported: Baseline trade of economies that also reported the
            after-window, divided by the baseline trade of all that reported the baseline.
        missing_reporters: Economies without reports in a window: excluded from both, not zero.
        missing_without_baseline_trade: Those that reported the baseline without trade with
            the target, and did not report the after-window: a new supplier among them is not visible.
        mirrored: Economies whose trade was taken from the target's report.
        missing_periods: Periods that a counted economy did not report (``CHN 2023-02``).
        goods_listed: Number of codes in the goods list, in the revision measured.
        goods_found: Number of these with rows in the lake.
        goods_unmatched: Codes of the list without a counterpart in the rows' revision.
        level: Level of codes measured (``HS6``, ``HS2``, ``composite``).
        revision: Revision measured.
        estimated_share: Share of after-window value that a concordance or the source estimated.
        sources: Sources of the rows.
        unstable_codes: Codes whose content moved at a change of revision between the windows: out of both windows.
        unstable_kept: Why they are in the figures all the same; ``None`` if they are out, or there are none.
        unstable_unchecked: Why the figures could not show whether codes moved; ``None`` if they could.
    """

    share_of_baseline_reported: float | None
    missing_reporters: tuple[str, ...] = ()
    missing_without_baseline_trade: tuple[str, ...] = ()
    mirrored: tuple[str, ...] = ()
    missing_periods: tuple[str, ...] = ()
    goods_listed: int = 0
    goods_found: int = 0
    goods_unmatched: tuple[str, ...] = ()
    level: str = ""
    revision: str = ""
    estimated_share: float | None = None
    sources: tuple[str, ...] = ()
    unstable_codes: tuple[UnstableCodeResult, ...] = ()
    unstable_kept: str | None = None
    unstable_unchecked: str | None = None


@dataclass(frozen=True)
class Finding:
    """Result of a measure for one episode, goods list and lake vintage."""

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    valuation: str
    frequency: str
    windows: Windows
    suspended: Suspended
    backfill: Backfill
    identity: Identity
    suppliers: tuple[SupplierResult, ...]
    members: tuple[MemberResult, ...]
    member_groups: tuple[GroupResult, ...]
    by_good: tuple[GoodResult, ...]
    by_group: tuple[GoodResult, ...]
    concentration: Concentration
    mirror: MirrorResult | None
    coverage: Coverage
    counterfactual: Counterfactual = field(default_factory=lambda: Counterfactual(None))
    actors: tuple[ActorResult, ...] = ()
    real: RealBackfill | None = None  # None where a measure of many windows leaves it out
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "direct"
    report: str = "exporter"  # whose report is used: exporter | importer
    full_list: FullList | None = None
    role: str = (
        "suppliers-to-target"  # who backfills: suppliers-to-target | buyers-from-target | suppliers-to-coalition
    )
    within_coalition: WithinCoalition | None = None
    measures: MeasuresSplit | None = None  # None if the episode has no table of measures
    loss_kind: LossKind = LossKind.SUSPENDED  # what ``suspended`` may be called
    regimes: tuple[Regime, ...] = ()  # parts of the after-window, if asked for
    finding_id: str = field(default="")

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``measure --format json``."""
        content = as_document(self)
        for row in content["coverage"]["unstable_codes"]:
            row["from"], row["to"] = row.pop("from_revision"), row.pop("to_revision")
        content["regimes"] = [
            {"from": each.pop("first"), "to": each.pop("last"), **each} for each in content["regimes"]
        ]
        return {"finding_id": content.pop("finding_id"), **content}

    def sealed(self) -> Finding:
        """Return the finding with its id, a hash of its content."""
        return sealed(self)
