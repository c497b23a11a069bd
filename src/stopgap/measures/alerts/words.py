"""An alert in a sentence or two."""

from __future__ import annotations

from stopgap.codes.areas import areas
from stopgap.measures.alerts.results import AlertKind

_NOTABLE = 0.1


def explain(
    *,
    kind: AlertKind,
    supplier: str,
    destination: str,
    good: str,
    month: str,
    began: str,
    value_usd: float,
    expected_usd: float,
    at_stake_usd: float,
    common_factor: float,
    history_months: int,
    p_value: float,
    is_export: bool,
) -> str:
    """What stood out, against what, and how seldom that is; says nothing of why."""
    trade = (
        f"exports of {good} from {_name(supplier)} to {_name(destination)}"
        if is_export
        else f"imports of {good} by {_name(supplier)} from {_name(destination)}"
    )
    times = f", {value_usd / expected_usd:.1f} times as much" if expected_usd > 0 else ""
    first = f"In {month}, {trade} were {dollars(value_usd)}; {dollars(expected_usd)} were expected{times}."
    common = (
        f", and what moved the destination, the supplier or the good as a whole (a factor of {common_factor:.2f})"
        if abs(common_factor - 1) > _NOTABLE
        else ""
    )
    basis = f"The expectation rests on the {history_months} months reported before and their season{common}."
    if kind is AlertKind.ONE_MONTH:
        last = f"As high a score came in {_share(p_value)} of the comparable past months."
    else:
        last = (
            f"They have stood above it since {began}, by {dollars(at_stake_usd)} in all; "
            f"without a rise the chance of such a run is {_share(p_value)}."
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
