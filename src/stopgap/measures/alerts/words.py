"""Sentences that explain an alert."""

from __future__ import annotations

from stopgap.codes.areas import areas
from stopgap.measures.alerts.results import AlertKind, Signal

_NOTABLE = 0.1


def explain(signal: Signal, *, is_export: bool) -> str:
    """What stood out, against what, and how seldom that is; says nothing of why.

    Args:
        signal: What stood out; its own explanation is not read.
        is_export: Whether the supplier exports; else it buys from the destination.
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
    """``USD 12.3 million``."""
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if abs(value_usd) >= size:
            return f"USD {value_usd / size:.1f}{word}"
    return f"USD {value_usd:.0f}"


def _share(chance: float) -> str:
    if chance < 1e-6:
        return "less than one in a million"
    return f"about one in {round(1 / chance):,}" if chance < 0.5 else f"{chance:.0%}"
