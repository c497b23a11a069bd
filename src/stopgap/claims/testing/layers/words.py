"""Sentences of the layers that rest on facts and ranks: what was shipped, its share of inflow, and how it rose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from stopgap.base.money import MINUS, usd
from stopgap.base.vocab import Frequency
from stopgap.claims.testing.explanations import percent, sells, sentence
from stopgap.claims.testing.layers.facts import InflowFacts, Layer, RiseFacts, ShippedFacts
from stopgap.claims.testing.layers.rise import LEAST_DESTINATIONS, QUANTITY
from stopgap.claims.testing.results import Verdict
from stopgap.panel.episodes import Episode

NAMES: dict[Layer, str] = {
    Layer.SHIPPED: "Shipped",
    Layer.INFLOW_SHARE: "Share of inflow",
    Layer.ROSE: "Rose",
    Layer.NET: "Beyond growth elsewhere",
    Layer.SHARE: "Share of the loss",
    Layer.ROUTED: "Passed through",
    Layer.FELL: "Fell",
    Layer.HAPPENED: "Happened",
    Layer.MORE_THAN_BEFORE: "More than before",
}
"""Short name of each layer, for tables and ladders."""

QUESTIONS: dict[Layer, str] = {
    Layer.SHIPPED: "Were such goods traded at all?",
    Layer.INFLOW_SHARE: "How much of what the target bought came from there?",
    Layer.ROSE: "Did the quantity rise more than at other destinations?",
    Layer.NET: "Is it more than growth elsewhere explains?",
    Layer.SHARE: "How much of what the coalition lost does it make up?",
    Layer.ROUTED: "Did coalition goods pass through?",
    Layer.FELL: "Did the trade fall?",
    Layer.HAPPENED: "Were companies listed afterwards?",
    Layer.MORE_THAN_BEFORE: "Was their share of listings larger than before?",
}
"""What each layer asks of sales to the target, in one question."""

OF_PURCHASES: dict[Layer, str] = {
    Layer.INFLOW_SHARE: "How much of what the target sold went there?",
    Layer.ROSE: "Did the quantity rise more than from other suppliers?",
    Layer.SHARE: "How much of what the coalition stopped buying does it make up?",
}
"""Questions that read otherwise where the target sells."""


def question(layer: Layer, *, buys: bool) -> str:
    """What a layer asks, of purchases from the target (``buys``) or of sales to it."""
    return OF_PURCHASES.get(layer, QUESTIONS[layer]) if buys else QUESTIONS[layer]


def weight(kilograms: float) -> str:
    """Format a weight: ``1,365 t``, ``12.4 t``, ``850 kg``."""
    if abs(kilograms) >= 100_000:
        return f"{kilograms / 1000:,.0f} t"
    if abs(kilograms) >= 1000:
        return f"{kilograms / 1000:,.1f} t"
    return f"{kilograms:,.0f} kg"


def day_words(day: str) -> str:
    """Name a day: ``8 April 2024`` for ``2024-04-08``."""
    found = dt.date.fromisoformat(day)
    return f"{found.day} {found:%B} {found.year}"


def window_words(window: tuple[str, str], frequency: str) -> str:
    """Name a window in the units of the figures: ``2022 and 2023``, ``2022 to 2024``, ``2022-03 to 2024-03``."""
    first, last = window
    if frequency != Frequency.ANNUAL:
        return first if first == last else f"{first} to {last}"
    years = [year for year in range(int(first[:4]), int(last[:4]) + 1) if _months_in(window, year) >= 6]
    if not years:
        return f"{first} to {last}"
    if len(years) <= 2:
        return " and ".join(map(str, years))
    return f"{years[0]} to {years[-1]}"


def _months_in(window: tuple[str, str], year: int) -> int:
    first = max(window[0], f"{year}-01")
    last = min(window[1], f"{year}-12")
    return 0 if first > last else int(last[5:]) - int(first[5:]) + 1


def signed_percent(ratio: float) -> str:
    """Format a relative change with its sign: ``+233 %``, ``−18 %``."""
    text = percent(ratio)
    return text if text.startswith(MINUS) else f"+{text}"


def trade_of(episode: Episode, who: str, what: str, target: str) -> str:
    """Name the trade that the actor reports: ``China's exports of optical goods to Russia``."""
    if " with " in who or " outside " in who:  # a possessive of several words is hard to read
        return (
            f"exports of {what} from {who} to {target}"
            if sells(episode)
            else f"purchases of {what} from {target} by {who}"
        )
    owner = f"{who}’" if who.endswith("s") else f"{who}’s"
    if sells(episode):
        return f"{owner} exports of {what} to {target}"
    return f"{owner} purchases of {what} from {target}"


def shipped_because(facts: ShippedFacts, subject: str, frequency: str, verdict: Verdict) -> str:
    """One sentence on what was shipped; ``subject`` is :func:`trade_of`."""
    when = window_words(facts.window, frequency)
    source = " in reconciled figures" if facts.is_reconciled else ""
    units = "years" if frequency == Frequency.ANNUAL else "months"
    if facts.value_usd <= 0:
        if not facts.periods:
            return sentence(f"{subject} are not reported for {when}: silence is not zero")
        silent = (
            ""
            if verdict is Verdict.NOT_SUPPORTED
            else f", and only {facts.periods} of {facts.periods_in_window} {units} are reported"
        )
        return sentence(f"{subject}{source} were none in {when}{silent}")
    tonnes = ""
    if facts.net_kg is not None and facts.weighed_share is not None:
        part = "" if facts.weighed_share > 0.995 else f", for {percent(facts.weighed_share)} of the value"
        tonnes = f" ({weight(facts.net_kg)}{part})"
    seen = f"{facts.periods_with_trade} of {facts.periods} {units} reported"
    if facts.periods < facts.periods_in_window:
        seen += f" ({facts.periods_in_window} in the period)"
    codes = "" if facts.codes == 1 else f", in {facts.codes_traded} of {facts.codes} codes"
    in_all = " in all" if facts.periods > 1 else ""
    text = f"{subject}{source} were {usd(facts.value_usd)}{tonnes}{in_all} in {when}: trade in {seen}{codes}"
    if verdict is Verdict.PARTLY:
        once = facts.periods_with_trade == 1 and facts.periods > 1
        why = f"in one of the {units} alone" if once else f"not above {usd(facts.traces_usd)}"
        text += f"; {why}, which counts as traces"
    return sentence(text)


def inflow_because(facts: InflowFacts, who: str, target: str, *, exports: bool) -> str:
    """One sentence on the actor's share of the target's inflow."""
    share = facts.actor_usd / facts.inflow_usd
    what = f"what {facts.economies} economies report as {'sold to' if exports else 'bought from'} {target}"
    text = f"{who} account{'' if who.startswith(('suppliers', 'buyers')) else 's'} for {percent(share)} of {what} ({usd(facts.actor_usd)} of {usd(facts.inflow_usd)} a year)"
    if facts.other_side_share is not None:
        text += f"; by {target}’s own report {percent(facts.other_side_share)}"
    return sentence(text)


def rise_because(facts: RiseFacts, subject: str, verdict: Verdict) -> str:
    """One sentence on a rise, with quantity, value and price apart."""
    in_quantity = facts.tested_in == QUANTITY
    if in_quantity and facts.baseline_kg is not None and facts.after_kg is not None:
        change = _moved(facts.baseline_kg, facts.after_kg, weight)
        text = f"the quantity of {subject} {change}"
        value = _moved(facts.baseline_usd, facts.after_usd, usd)
        beside = f"the value {value}"
        if facts.baseline_kg > 0 and facts.after_kg > 0:
            per_kilogram = (
                facts.after_usd * facts.baseline_kg / (facts.baseline_usd * facts.after_kg)
                if facts.baseline_usd
                else None
            )
            if per_kilogram is not None:
                beside += f", the value per kilogram {_by(per_kilogram)}"
        if facts.price_ratio is not None:
            beside += f", prices of the same goods {_by(facts.price_ratio)}"
    else:
        text = f"the value of {subject} {_moved(facts.baseline_usd, facts.after_usd, usd)}"
        beside = "quantities are not reported for most of it, so a rise of prices cannot be told apart"
    if facts.breaks:
        tested = f"not tested: the source changed between the windows ({'; '.join(facts.breaks)})"
    elif facts.p_value is None:
        tested = f"not tested: figures for {facts.destinations} other destinations, and {LEAST_DESTINATIONS} are needed"
    else:
        as_large = "none" if facts.as_large == 0 else str(facts.as_large)
        tested = f"a rise as large is seen at {as_large} of {facts.destinations} other destinations (p = {facts.p_value:.3f})"
        if verdict is Verdict.NOT_TESTABLE:
            tested += ", too many to tell it from chance"
    moved = f"; without {', '.join(facts.moved)}, whose content moved to other codes" if facts.moved else ""
    return sentence(f"{text}; {beside}; {tested}{moved}")


def _by(ratio: float) -> str:
    """Words for a ratio of after by before: ``rose by 94 %``, ``fell by 3 %``, ``rose to 6.4 times``."""
    if ratio >= 3:
        return f"rose to {ratio:.1f} times"
    change = percent(abs(ratio - 1))
    return "did not change" if change == "0 %" else f"{'rose' if ratio > 1 else 'fell'} by {change}"


def _moved(before: float, after: float, show: Callable[[float], str]) -> str:
    if before <= 0:
        return f"began: none before, {show(after)} a year after" if after > 0 else "was none before and after"
    verb = "rose" if after > before else "fell" if after < before else "stayed"
    ratio = after / before
    change = "" if verb == "stayed" else f" ({ratio:.1f} times)" if ratio >= 3 else f" ({signed_percent(ratio - 1)})"
    return f"{verb} from {show(before)} to {show(after)} a year{change}"
