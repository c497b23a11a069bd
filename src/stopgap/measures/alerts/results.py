"""Result types of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict


class AlertKind(StrEnum):
    """What was seen."""

    ONE_MONTH = "one-month"
    PERSISTENT = "persistent"
    VERDICT = "verdict"  # of a registered claim, changed with a new vintage


class SignalDocument(TypedDict):
    """A signal as JSON; ``None`` where a field does not apply, as in the alert of a verdict."""

    kind: str
    supplier: str
    destination: str
    good: str
    month: str
    began: str
    broke: str | None
    value_usd: float | None
    expected_usd: float | None
    band_usd: list[float] | None
    ratio: float | None
    common_factor: float | None
    p_value: float | None
    q_value: float | None
    value_at_stake_usd: float
    history_months: NotRequired[int]
    explanation: str


@dataclass(frozen=True)
class Signal:
    """One cell that stands out in one month.

    Attributes:
        kind: One month far above its expectation, or months above it.
        supplier: Economy that reports the trade (ISO3).
        destination: The target, or a hub.
        good: Code of the good, in the panel's revision.
        month: Month tested (``YYYY-MM``).
        began: First month of it: ``month``, or the month in which the rise began.
        broke: Month in which the level changed as PELT dates it; ``None`` where it sees no break.
        value_usd: Reported in ``month``.
        expected_usd: Expected in ``month``.
        band_usd: Where nine of ten such months lie by the predictive distribution.
        ratio: ``value_usd / expected_usd``; ``None`` where nothing was expected.
        common_factor: What moved the destination, the supplier or the good at once; part of
            ``expected_usd``.
        p_value: Conformal p-value, or that of the weighted mean of scores.
        q_value: Least false discovery rate at which it is an alert.
        value_at_stake_usd: Reported less expected, over ``began`` to ``month``.
        history_months: Months that the expectation rests on.
        explanation: The same in words.
    """

    kind: AlertKind
    supplier: str
    destination: str
    good: str
    month: str
    began: str
    broke: str | None
    value_usd: float
    expected_usd: float
    band_usd: tuple[float, float]
    ratio: float | None
    common_factor: float
    p_value: float
    q_value: float
    value_at_stake_usd: float
    history_months: int
    explanation: str

    def as_dict(self) -> SignalDocument:
        """The signal as JSON."""
        return {
            "kind": str(self.kind),
            "supplier": self.supplier,
            "destination": self.destination,
            "good": self.good,
            "month": self.month,
            "began": self.began,
            "broke": self.broke,
            "value_usd": self.value_usd,
            "expected_usd": self.expected_usd,
            "band_usd": list(self.band_usd),
            "ratio": self.ratio,
            "common_factor": self.common_factor,
            "p_value": self.p_value,
            "q_value": self.q_value,
            "value_at_stake_usd": self.value_at_stake_usd,
            "history_months": self.history_months,
            "explanation": self.explanation,
        }


@dataclass(frozen=True)
class CellCounts:
    """What was tested, and what was not.

    Attributes:
        tested: Cells with a p-value.
        too_short: Cells with trade whose supplier reported fewer months than needed: refused.
        without_history: Cells with trade in the month and none in the history: no expectation.
        without_history_usd: Their dollars in the month.
        not_reported: Cells with trade in the history whose supplier did not report the month.
        uncalibrated: Cells refused because there are too few past months to compare with.
        calibration_scores: Scores of past months that the p-values rest on.
        calibration_months: Those months.
        watched: Cells watched for lasting rises.
        lone_p_value: Least p-value that the past months can show.
        lone_limit: p-value that a single jump would need.
    """

    tested: int
    too_short: int
    without_history: int
    without_history_usd: float
    not_reported: int
    uncalibrated: int
    calibration_scores: int
    calibration_months: int
    watched: int
    lone_p_value: float
    lone_limit: float


@dataclass(frozen=True)
class MonthResult:
    """Signals of one month, most dollars at stake first, and what they were found among."""

    month: str
    signals: tuple[Signal, ...]
    counts: CellCounts
    history: tuple[str, str]
