"""Result types of alerts, and explanations of signals in sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict, cast

from stopgap.codes.areas import areas


class AlertKind(StrEnum):
    """Kind of alert."""

    ONE_MONTH = "one-month"
    PERSISTENT = "persistent"
    VERDICT = "verdict"  # of a registered claim, changed with a new vintage


class SignalDocument(TypedDict):
    """A signal as JSON; a field is ``None`` if it does not apply, as in an alert on a claim's verdict."""

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
    """A cell with unusually high trade in one ``month`` (``YYYY-MM``), reported against expected.

    Attributes:
        kind: A jump in one month, or a persistent rise.
        supplier: Economy that reports the trade (ISO3).
        destination: The target, or a hub.
        good: Code of the good, in the panel's revision.
        began: First month of the signal: ``month``, or the month in which the rise began.
        broke: Month of the level change dated by PELT; ``None`` if it finds none.
        band_usd: Central 90 % interval of the predictive distribution.
        ratio: Reported divided by expected; ``None`` if the expectation is 0.
        common_factor: Factor common to the destination, the supplier or the good; included in
            ``expected_usd``.
        p_value: Conformal p-value, or that of the weighted mean of scores.
        q_value: Smallest false discovery rate at which it is an alert.
        value_at_stake_usd: Reported minus expected, from ``began`` to ``month``.
        history_months: Number of months used for the expectation.
        explanation: Explanation in sentences.
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
        """Return the signal as JSON."""
        fields = {**asdict(self), "kind": str(self.kind), "band_usd": list(self.band_usd)}
        return cast("SignalDocument", fields)


@dataclass(frozen=True)
class CellCounts:
    """Numbers of cells tested and not tested in one month, and calibration of the p-values.

    Attributes:
        tested: Cells with a p-value.
        too_short: Cells with trade, rejected because their supplier reported too few months.
        without_history: Cells with trade in the month but none in the history, so without an expectation.
        without_history_usd: Their dollars in the month.
        not_reported: Cells with trade in the history whose supplier did not report the month.
        uncalibrated: Cells rejected because there are too few past months to compare with.
        calibration_scores: Number of past scores used for the p-values, from ``calibration_months`` months.
        watched: Cells watched for persistent rises.
        lone_p_value: Smallest p-value that the past months allow.
        lone_limit: p-value that a single jump would need to be an alert.
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
    """Signals of one month, most dollars at stake first, with counts of the cells tested."""

    month: str
    signals: tuple[Signal, ...]
    counts: CellCounts
    history: tuple[str, str]


_NOTABLE = 0.1


def explain(signal: Signal, *, is_export: bool) -> str:
    """Explain a signal: what was reported, what was expected, and how rare that is, but not why it happened.

    ``is_export`` is true if the supplier exports, false if it buys from the destination.
    """
    trade = (
        f"exports of {signal.good} from {_name(signal.supplier)} to {_name(signal.destination)}"
        if is_export
        else f"imports of {signal.good} by {_name(signal.supplier)} from {_name(signal.destination)}"
    )
    times = f", {signal.value_usd / signal.expected_usd:.1f} times as much" if signal.expected_usd > 0 else ""
    first = f"In {signal.month}, {trade} were {dollars(signal.value_usd)}; {dollars(signal.expected_usd)} were expected{times}."
    common = (
        f", and what moved the destination, the supplier or the good as a whole (a factor of {signal.common_factor:.2f})"
        if abs(signal.common_factor - 1) > _NOTABLE
        else ""
    )
    basis = f"The expectation rests on the {signal.history_months} months reported before and their season{common}."
    if signal.kind is AlertKind.ONE_MONTH:
        last = f"As high a score came in {_share(signal.p_value)} of the comparable past months."
    else:
        last = (
            f"They have stood above it since {signal.began}, by {dollars(signal.value_at_stake_usd)} in all; "
            f"without a rise the chance of such a run is {_share(signal.p_value)}."
        )
    return f"{first} {basis} {last} The figures do not say why."


def _name(code: str) -> str:
    area = areas().get(code)
    return f"{area.name} ({code})" if area else code


def dollars(value_usd: float) -> str:
    """Format dollars, for example as ``USD 12.3 million``."""
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if abs(value_usd) >= size:
            return f"USD {value_usd / size:.1f}{word}"
    return f"USD {value_usd:.0f}"


def _share(chance: float) -> str:
    if chance < 1e-6:
        return "less than one in a million"
    return f"about one in {round(1 / chance):,}" if chance < 0.5 else f"{chance:.0%}"
