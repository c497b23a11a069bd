"""Ladder of a claim: layers from hard fact to inference, with the answer and figure of each part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.parts import LadderPart, Rung, RungCell
from stopgap.briefs.formats.text import MINUS, NBSP, UNDEFINED, one_line, ordinal, percent, sentence_case, signed, usd
from stopgap.claims.testing.layers.facts import (
    CONSEQUENCE_LADDER,
    SUPPLY_LADDER,
    InflowFacts,
    Layer,
    ListingFacts,
    RiseFacts,
    ShippedFacts,
)
from stopgap.claims.testing.layers.rise import rise_verdict
from stopgap.claims.testing.layers.words import NAMES, question, weight
from stopgap.claims.testing.results import ClaimPart, Hypothesis, TestedClaim, Verdict
from stopgap.claims.testing.verdict import of_lists

COLUMNS = 3
"""Most parts side by side in one ladder."""

LADDER = (*SUPPLY_LADDER, Layer.ROUTED, Layer.FELL, *CONSEQUENCE_LADDER)
_NOTE = "Each layer is judged on its own. Not testable speaks neither for nor against."
BREADTHS = {"narrow": "narrow list", "broad": "broad list", "headings": "whole headings"}
_ORDER = (None, "narrow", "broad", "headings")


@dataclass(frozen=True)
class PartHypotheses:
    """A part of a claim with every hypothesis on its goods, the layers of the ladder first."""

    part: ClaimPart
    hypotheses: tuple[Hypothesis, ...]

    def at(self, layer: Layer) -> list[Hypothesis]:
        """Hypotheses at a layer: the narrow list, the broad one, and whole headings."""
        found = [each for each in self.hypotheses if each.layer is layer]
        return sorted(found, key=lambda each: _ORDER.index(each.breadth) if each.breadth in _ORDER else 0)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers with a hypothesis, in the order of the ladder."""
        return tuple(layer for layer in LADDER if self.at(layer))

    def verdict_at(self, layer: Layer) -> Verdict | None:
        """Verdict at a layer on the positive proposition; ``None`` without a hypothesis."""
        found = {each.breadth: each.verdict for each in self.at(layer) if each.breadth != "headings"}
        if "narrow" in found and "broad" in found:
            return of_lists(found["narrow"], found["broad"])
        return next(iter(found.values()), None)


def windows_words(hypothesis: Hypothesis) -> str:
    """Name the windows in the units of the figures: ``2023 against 2020 and 2021``."""
    if not hypothesis.windows:
        return UNDEFINED
    after = say.window_text(hypothesis.windows["after"], hypothesis.frequency)
    baseline = hypothesis.windows.get("baseline")
    return f"{after} against {say.window_text(baseline, hypothesis.frequency)}" if baseline else after


def ladder_parts(tested: TestedClaim) -> tuple[PartHypotheses, ...]:
    """Return the parts of a claim, each with its hypotheses."""
    made = []
    for part in tested.parts:
        own = [each for each in tested.hypotheses if each.id in part.hypotheses]
        made.append(PartHypotheses(part, tuple(own)))
    return tuple(made)


def ladders(parts: Sequence[PartHypotheses], key: str) -> tuple[LadderPart, ...]:
    """Build the ladders of a claim: one for supply and one for consequences, at most three parts side by side."""
    made: list[LadderPart] = []
    for is_consequence in (False, True):
        columns = [each for each in parts if each.layers and (each.layers[0] in CONSEQUENCE_LADDER) == is_consequence]
        for start in range(0, len(columns), COLUMNS):
            shown = columns[start : start + COLUMNS]
            layers = [layer for layer in LADDER if any(each.at(layer) for each in shown)]
            title = "Listings, from fact to inference" if is_consequence else "Trade, from hard fact to inference"
            if len(columns) > COLUMNS:
                last = start + len(shown)
                title += (
                    f", part{'s' * (len(shown) > 1)} {start + 1}{f' to {last}' * (len(shown) > 1)} of {len(columns)}"
                )
            made.append(
                LadderPart(
                    key=f"{key}-ladder-{len(made) + 1}",
                    title=title,
                    heads=tuple(sentence_case(one_line(each.part.name)) for each in shown),
                    rungs=tuple(_rung(layer, shown) for layer in layers),
                    note="",
                )
            )
    return (*made[:-1], replace(made[-1], note=_NOTE)) if made else ()


def _rung(layer: Layer, shown: Sequence[PartHypotheses]) -> Rung:
    cells = [_cell(layer, each) for each in shown]
    settles = {cell.settle for cell in cells}
    common = settles.pop() if len(settles) == 1 else ""
    if common:
        cells = [replace(cell, settle="") for cell in cells]
    return Rung(
        NAMES[layer],
        question(layer, buys=any(say.is_of_purchases(each.hypotheses) for each in shown)),
        _when(layer, shown),
        all(cell.is_asserted for cell in cells),
        common,
        tuple(cells),
    )


def _when(layer: Layer, shown: Sequence[PartHypotheses]) -> str:
    """Return the windows of a layer, where they are the same for every part; else empty."""
    found = {windows_words(each) for part in shown for each in part.at(layer) if each.windows and _has_figure(each)}
    return found.pop() if len(found) == 1 else ""


def _has_figure(hypothesis: Hypothesis) -> bool:
    return bool(figures_in_short(hypothesis))


def _cell(layer: Layer, tested: PartHypotheses) -> RungCell:
    verdict = tested.verdict_at(layer)
    is_asserted = tested.part.layer is layer
    if verdict is None:
        return RungCell(None, "not asked", (), "", is_asserted)
    found = tested.at(layer)
    several = len(found) > 1
    lines: list[str] = []
    is_one_time = len({str(each.windows) for each in found if each.windows}) < 2
    for each in found:
        said = figures_in_short(each)
        if said and not is_one_time:
            said = [f"{said[0]} ({windows_words(each)})", *said[1:]]
        named = f"{sentence_case(BREADTHS.get(str(each.breadth), ''))}: " if several and said else ""
        lines += [f"{named}{text}" if at == 0 else text for at, text in enumerate(said)]
    if not lines or (verdict is Verdict.NOT_TESTABLE and not any(figures_in_short(each) for each in found)):
        lines += dict.fromkeys(reason_in_short(each.because) for each in found if each.breadth != "headings")
    lines += dict.fromkeys(text for each in found if each.breadth != "headings" for text in _test_of(each))
    fixes = dict.fromkeys(
        one_line(each.fix) for each in found if each.fix and each.breadth != "headings" and not _is_settled(each)
    )
    settle = " ".join(f"{sentence_case(fix.rstrip('.'))}." for fix in fixes) if verdict is Verdict.NOT_TESTABLE else ""
    return RungCell(verdict, say.VERDICTS[verdict], tuple(lines), settle, is_asserted)


def _is_settled(hypothesis: Hypothesis) -> bool:
    return hypothesis.verdict is not Verdict.NOT_TESTABLE


def figures_in_short(hypothesis: Hypothesis) -> list[str]:
    """Return the figures of a hypothesis in short lines; empty where it has none that can be told."""
    facts = hypothesis.facts
    if isinstance(facts, ShippedFacts):
        return [_shipped(facts)]
    if isinstance(facts, InflowFacts):
        return [_inflow(facts)] if hypothesis.estimate is not None else []
    if isinstance(facts, RiseFacts):
        return [_rise(facts)]
    if isinstance(facts, ListingFacts):
        return _listings(facts, hypothesis)
    if hypothesis.estimate is None or hypothesis.ci95 is None:
        return []
    return [say.estimate_words(hypothesis)]


def _shipped(facts: ShippedFacts) -> str:
    if facts.value_usd <= 0:
        return "none" if facts.periods else "not reported"
    tonnes = f", {weight(facts.net_kg).replace(' ', NBSP)}" if facts.net_kg else ""
    return f"{usd(facts.value_usd)}{tonnes}"


def _inflow(facts: InflowFacts) -> str:
    share = percent(facts.actor_usd / facts.inflow_usd)
    text = f"{share} of {usd(facts.inflow_usd)} a year, as {facts.economies} economies report"
    if facts.other_side_share is not None:
        text += f"; {percent(facts.other_side_share)} by the target's own report"
    return text


def _rise(facts: RiseFacts) -> str:
    found = []
    if facts.baseline_kg is not None and facts.after_kg is not None:
        found.append(f"quantity {change_words(facts.baseline_kg, facts.after_kg)}")
    found.append(f"value {change_words(facts.baseline_usd, facts.after_usd)}")
    if facts.price_ratio is not None:
        found.append(f"price {signed_share(facts.price_ratio - 1)}")
    return ", ".join(found)


def change_words(before: float, after: float) -> str:
    """Return a change in words: ``+84 %``, ``from none``, ``none``."""
    if before <= 0:
        return "from none" if after > 0 else "none"
    return signed_share(after / before - 1)


def signed_share(ratio: float) -> str:
    """Format a relative change with its sign: ``+84 %``; from tenfold on as a multiple: ``22 times``."""
    if ratio >= 9:
        return f"{ratio + 1:,.0f}{NBSP}times"
    text = percent(ratio)
    return text if text.startswith((MINUS, ">")) else signed(text, ratio)


def _test_of(hypothesis: Hypothesis) -> list[str]:
    """Return how a rise was tested, in one line; empty for the other layers."""
    facts = hypothesis.facts
    return [line_of_test(rise_test(facts, hypothesis.verdict))] if isinstance(facts, RiseFacts) else []


def reason_in_short(because: str) -> str:
    """Return a reason without what follows its first semicolon or stands in brackets."""
    text = re.sub(r" \([^)]*\)", "", one_line(because).partition("; ")[0])
    return f"{text.rstrip('.')}."


def line_of_test(text: str) -> str:
    """Begin a line with a capital, but for the p of a test."""
    return text if text.startswith("p = ") else sentence_case(text)


def rise_test(facts: RiseFacts, verdict: Verdict) -> str:
    """Return how a rise was tested: p over other destinations, or that it is stated and not tested."""
    if facts.p_value is None:
        return f"stated, not tested ({facts.destinations} other destinations)"
    text = f"p = {facts.p_value:.3f} over {facts.destinations} other destinations"
    if rise_verdict(facts) is not verdict:
        text += ", not counted, as the source changed between the windows"
    return text


def _listings(facts: ListingFacts, hypothesis: Hypothesis) -> list[str]:
    if hypothesis.layer is Layer.HAPPENED:
        days = len({each.day for each in facts.acts})
        on = f" on {days} day{'s' * (days != 1)}" if facts.after else ""
        return [
            f"{facts.after:,} organisation{'s' * (facts.after != 1)}{on} after the statement, {facts.before:,} before"
        ]
    if facts.share_before is None or facts.share_after is None:
        return []
    lines = [f"{percent(facts.share_after)} of third-country listings after, {percent(facts.share_before)} before"]
    tests = []
    if facts.p_value is not None:
        tests.append(f"p = {facts.p_value:.3f} over actions")
    if facts.date_rank is not None:
        rank, of = facts.date_rank
        tests.append(f"the month ranks {ordinal(rank)} of {of}")
    return [*lines, *([line_of_test("; ".join(tests))] if tests else [])]
