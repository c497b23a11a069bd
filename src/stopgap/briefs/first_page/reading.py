"""What a finding's interval carries: replaced, may have been, cannot be told, or no loss at all."""

from __future__ import annotations

from enum import StrEnum

from stopgap.briefs.first_page.parties import group_of
from stopgap.briefs.net.story import RATE
from stopgap.briefs.net.words import leads_with_symmetric, loss_may_be_zero
from stopgap.briefs.vocabulary import is_loss_known
from stopgap.briefs.wording import by_filled
from stopgap.measures.backfill.results import Finding, Interval, SupplierResult

LITTLE = 0.25
"""Share of the loss below which an upper end is called little."""

WIDEST = 2.0
"""Width, in shares of the loss, above which an interval that includes 0 tells nothing."""


class ReplacementReading(StrEnum):
    """How far the figures carry that others replaced the coalition, from no loss to carried."""

    LOSS_UNKNOWN = "no member with figures"
    NO_LOSS = "no loss"
    LOSS_UNSURE = "loss not told from chance"
    NO_FIGURES = "no supplier with figures"
    NONE_ROSE = "no supplier filled any"
    GROSS = "rises alone, no interval"
    UNTOLD = "interval tells nothing"
    NOT_REPLACED = "interval at or below none"
    LITTLE = "interval from none to little"
    MAY = "interval mostly above none"
    CARRIED = "interval above none"


def share_and_interval(finding: Finding) -> tuple[float, tuple[float, float]] | None:
    """The symmetric ratio with its interval, else the net ratio with its own; ``None`` where neither has one."""
    backfill = finding.backfill
    if leads_with_symmetric(finding) and backfill.symmetric_ratio is not None and backfill.symmetric_ci95 is not None:
        return backfill.symmetric_ratio, backfill.symmetric_ci95
    if backfill.net_ratio is not None and backfill.net_ci95 is not None:
        return backfill.net_ratio, backfill.net_ci95
    return None


def reading(finding: Finding) -> ReplacementReading:
    """What the title may say of a finding.

    *Carried*: the interval lies above 0, so does that of the rank test, at most one in twenty placebos went as far, and
    the fall of the coalition's trade is no chance.
    *May*: at least three quarters of the interval lie above 0, and it spans at most twice the loss. *Little*: it includes 0 and ends below a quarter.
    """
    if not is_loss_known(finding):
        return ReplacementReading.LOSS_UNKNOWN
    if finding.suspended.loss_usd <= 0 or finding.identity.loss_usd <= 0:
        return ReplacementReading.NO_LOSS
    if is_loss_unsure(finding):
        return ReplacementReading.LOSS_UNSURE
    if not finding.suppliers:
        return ReplacementReading.NO_FIGURES
    if not by_filled(finding):
        return ReplacementReading.NONE_ROSE
    found = share_and_interval(finding)
    if found is None:
        return ReplacementReading.GROSS
    share, (low, high) = found
    if low > 0:
        is_sure = _rank_agrees(finding) and not loss_may_be_zero(finding)
        return ReplacementReading.CARRIED if is_sure else ReplacementReading.MAY
    if high <= 0:
        return ReplacementReading.NOT_REPLACED
    if high < LITTLE:
        return ReplacementReading.LITTLE
    is_told = share > 0 and high >= -3 * low and high - low <= WIDEST
    return ReplacementReading.MAY if is_told else ReplacementReading.UNTOLD


def is_loss_unsure(finding: Finding) -> bool:
    """Whether the loss is not told from chance, against the baseline and against what would have been sold."""
    return loss_may_be_zero(finding) and not leads_with_symmetric(finding)


def _rank_agrees(finding: Finding) -> bool:
    backfill = finding.backfill
    ranks = backfill.symmetric_ranks if leads_with_symmetric(finding) else backfill.net_ranks
    if ranks is not None and ranks.low <= 0:
        return False
    return backfill.placebo_rank is None or backfill.placebo_rank[0] <= backfill.placebo_rank[1] / 20


def is_carried_alone(finding: Finding, row: SupplierResult) -> bool:
    """Whether a supplier's own net gain lies above 0, and that of the group it belongs to: trade may move within one."""
    if not _above(row.ci95) or row.is_told is False or (row.q_value is not None and row.q_value > RATE):
        return False
    group = group_of(finding, row.supplier)
    return group is None or (_above(group.ci95) and group.is_told is not False)


def may_be_named(row: SupplierResult) -> bool:
    """Whether a supplier may be named as one that may have replaced: its net gain is above 0, or not known."""
    return row.net_gain_usd is None or row.net_gain_usd > 0


def _above(interval: Interval) -> bool:
    return interval is not None and interval[0] > 0


def least_share(finding: Finding, row: SupplierResult) -> float:
    """Lower end of a supplier's net gain by the upper end of the loss it is held against: a share surely reached."""
    suspended = finding.suspended
    loss = suspended.loss_usd
    if leads_with_symmetric(finding):
        ends = suspended.counterfactual_loss_ci95
        loss = ends[1] if ends is not None else suspended.counterfactual_loss_usd or 0.0
    if row.ci95 is None or loss <= 0:
        return 0.0
    return row.ci95[0] / loss
