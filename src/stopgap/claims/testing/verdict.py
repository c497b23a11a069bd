"""Decide the verdict of each part of a claim, combine them to the verdict of the claim, and explain it.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stopgap.claims.claim import Claim, Stance
from stopgap.claims.testing.explanations import goods_words, sentence, would_change
from stopgap.claims.testing.layers.asserted import Asserted
from stopgap.claims.testing.layers.facts import CONSEQUENCE_LADDER, SUPPLY_LADDER, Layer
from stopgap.claims.testing.results import LEAST_COVERAGE, ClaimPart, Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.measures.backfill.results import Interval

GRID = (0.10, 0.25, 0.50)
"""Thresholds shown for every share."""

DEFAULT_THRESHOLD = 0.25
"""Threshold used where the claim sets none; fixed before looking at any figures."""

UNREGISTERED = "unregistered"
"""Id of a claim that is not in the register."""

_STANCE = {
    Stance.DENIAL: "what is denied",
    Stance.QUESTION: "what is asked",
    Stance.WARNING: "what the warning is about",
}
"""Stance -> what a sentence on trade that was tested is about; listings and reasons stand without it."""

_SMALL = frozenset({"The", "What", "How", "There", "No", "Exports", "Purchases", "Coalition", "Suppliers"})
_TURNED = {Verdict.SUPPORTED: Verdict.NOT_SUPPORTED, Verdict.NOT_SUPPORTED: Verdict.SUPPORTED}
_LADDER = (*SUPPLY_LADDER, Layer.ROUTED, Layer.FELL, *CONSEQUENCE_LADDER)
_YES = (Verdict.SUPPORTED, Verdict.PARTLY)


def verdict_of(interval: Interval, threshold: float, coverage: float | None) -> Verdict:
    """Verdict of a 95 % interval on "above the threshold", which has the same unit and is 0 or above.

    Supported where the whole interval lies above the threshold; partly where it lies above 0 and not above the
    threshold; not supported where it includes 0 or less and ends below the threshold. Otherwise, and without interval
    or coverage (share of baseline trade whose reporters also report after), it is not testable.
    """
    if interval is None or coverage is None or coverage < LEAST_COVERAGE:
        return Verdict.NOT_TESTABLE
    low, high = interval
    if low > threshold:
        return Verdict.SUPPORTED
    if low > 0:
        return Verdict.PARTLY
    return Verdict.NOT_SUPPORTED if high < threshold else Verdict.NOT_TESTABLE


def verdicts_at(interval: Interval, threshold: float, coverage: float | None) -> tuple[tuple[float, Verdict], ...]:
    """The verdict at each threshold of the grid and at the claim's own, ascending."""
    return tuple((each, verdict_of(interval, each, coverage)) for each in sorted({*GRID, threshold}))


def turned(verdict: Verdict) -> Verdict:
    """Invert the verdict for a denial; "partly supported" and "not testable" stay."""
    return _TURNED.get(verdict, verdict)


def said(claim: Claim, verdict: Verdict) -> Verdict:
    """Convert a verdict on the positive proposition to one on the claim: a denial inverts it."""
    return turned(verdict) if claim.stance is Stance.DENIAL else verdict


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine the verdicts of a claim's parts.

    Supported where all are, not supported where none is and all could be tested, not testable where no part is
    supported or partly so and one could not be tested, partly supported otherwise.
    """
    found = list(verdicts)
    if len(set(found)) == 1:
        return found[0]
    if not any(each in _YES for each in found):
        return Verdict.NOT_TESTABLE
    return Verdict.PARTLY


def of_lists(narrow: Verdict, broad: Verdict) -> Verdict:
    """Combine the verdicts on the narrow and the broad list of the same goods.

    The narrow list decides. Where it is not supported or not testable and the broad one is supported, in full or in
    part, the goods are partly supported: they may be the other goods of the broad list. Where the broad list is not
    supported, nor is the narrow one, which is part of it.
    """
    if narrow in _YES:
        return narrow
    if broad in _YES:
        return Verdict.PARTLY
    return Verdict.NOT_SUPPORTED if Verdict.NOT_SUPPORTED in (narrow, broad) else Verdict.NOT_TESTABLE


@dataclass(frozen=True)
class PartFigures:
    """One part of a claim with every hypothesis on it; ``reason`` says why there is none."""

    name: str
    asserted: Asserted
    hypotheses: tuple[Hypothesis, ...]
    reason: str | None = None
    fix: str | None = None

    @property
    def deciding(self) -> tuple[Hypothesis, ...]:
        """Hypotheses at the asserted layer, the narrow list before the broad one."""
        return tuple(each for each in self.hypotheses if each.decides)

    def verdict_at(self, layer: Layer | None) -> Verdict:
        """Verdict of the part at a layer, on the positive proposition."""
        found = {
            each.breadth: each.verdict for each in self.hypotheses if each.layer is layer and each.breadth != "headings"
        }
        if layer is None or not found:
            return Verdict.NOT_TESTABLE
        if "narrow" in found and "broad" in found:
            return of_lists(found["narrow"], found["broad"])
        return next(iter(found.values()))

    def tested(self, claim: Claim) -> ClaimPart:
        """The part with its verdict as said, and the layers that the figures support."""
        layers = [layer for layer in _LADDER if any(each.layer is layer for each in self.hypotheses)]
        reached = tuple(layer for layer in layers if self.verdict_at(layer) is Verdict.SUPPORTED)
        verdict = said(claim, self.verdict_at(self.asserted.layer))
        decided = self.deciding
        because = sentence(self.reason or "nothing of it can be held against figures")
        if decided:
            # Of narrow and broad the one that carries the verdict explains it.
            positive = self.verdict_at(self.asserted.layer)
            because = next((each.because for each in decided if each.verdict is positive), decided[-1].because)
        ids = tuple(dict.fromkeys(each.id for each in self.hypotheses))
        return ClaimPart(self.name, self.asserted.layer, verdict, because, reached, ids)


def conclude(
    claim: Claim,
    parts: Sequence[PartFigures],
    *,
    as_of: str,
    episode: str | None,
    reason: str | None = None,
    fix: str | None = None,
    limits: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> TestedClaim:
    """Combine the parts of a claim, in its order, to the tested claim.

    ``reason`` says why nothing can be tested, ``fix`` what would make it testable, ``limits`` what no figure can test;
    ``warnings`` are those of the plan and the findings.
    """
    ordered = tuple(sorted(_once(parts), key=lambda each: not each.decides))
    tested = tuple(part.tested(claim) for part in parts)
    verdict = combined(each.verdict for each in tested) if tested else Verdict.NOT_TESTABLE
    rests_on = [each for each in ordered if each.decides]
    covered = [each.coverage for each in rests_on if each.coverage is not None]
    asserted = parts[0].asserted if parts else Asserted(None)
    cannot = [sentence(each) for each in (*([reason] if reason else ()), *limits)]
    cannot += [
        (f"{part.name}: " if len(parts) > 1 else "") + part.because
        for part in tested
        if part.verdict is Verdict.NOT_TESTABLE
    ]
    change = [sentence(each) for each in (fix, *(part.fix for part in parts)) if each]
    change += [sentence(line) for each in rests_on for line in would_change(each)]
    reached = [layer for layer in _LADDER if tested and all(layer in part.reached for part in tested)]
    return TestedClaim(
        claim=claim,
        claim_id=claim.id or UNREGISTERED,
        as_of=as_of,
        episode=episode,
        hypotheses=ordered,
        verdict=verdict,
        because=_because(claim, tested, reason),
        coverage=min(covered, default=None),
        finding_ids=tuple(dict.fromkeys(each.finding_id for each in ordered if each.finding_id)),
        would_change=tuple(dict.fromkeys(change)),
        cannot=tuple(dict.fromkeys(cannot)),
        warnings=tuple(dict.fromkeys(warnings)),
        asserted=asserted.layer,
        asserted_by=asserted.words,
        reached=tuple(reached),
        parts=tested,
    )


def _once(parts: Sequence[PartFigures]) -> list[Hypothesis]:
    """Every hypothesis once: two acts on the same goods share theirs, which decides if it decides for one of them."""
    found: dict[str, Hypothesis] = {}
    for each in (each for part in parts for each in part.hypotheses):
        first = found.setdefault(each.id, each)
        if each.decides and not first.decides:
            found[each.id] = each
    return list(found.values())


def _because(claim: Claim, parts: Sequence[ClaimPart], reason: str | None) -> str:
    """One sentence on the deciding layer and the figures behind it; for several parts, how many are supported."""
    if not parts:
        return sentence(reason or "nothing of it can be held against figures")
    first = parts[0]
    is_told = first.verdict is not Verdict.NOT_TESTABLE and first.layer not in CONSEQUENCE_LADDER
    lead = f"{_STANCE[claim.stance]}: " if claim.stance in _STANCE and is_told else ""
    if len(parts) == 1:
        return sentence(f"{lead}{_within(first.because)}" if lead else first.because)
    supported = sum(each.verdict is Verdict.SUPPORTED for each in parts)
    named = "; ".join(f"{each.name}: {each.verdict}" for each in parts)
    return sentence(f"{supported} of {len(parts)} parts supported ({named})")


def _within(text: str) -> str:
    """Lower the first letter of a sentence for use within another, unless it begins with a name."""
    head = text.split(" ", 1)[0]
    return f"{text[0].lower()}{text[1:]}" if head in _SMALL else text


def part_name(goods: str | None, lists: Sequence[str | None]) -> str:
    """Name a part by its goods: the list's title without its breadth, else the goods as the claim names them."""
    named = next((each for each in lists if each), None)
    if named is None:
        return (goods or "goods").replace("-", " ")
    return goods_words(named).replace(" (narrow list)", "").replace(" (broad list)", "")


def since_sentence(months: Sequence[MonthVerdict]) -> str | None:
    """Summarise changes of the verdict: ``not supported until 2022-10, supported since``; ``None`` without months."""
    if not months:
        return None
    runs = [list(run) for _, run in itertools.groupby(months, key=lambda each: each.verdict)]
    if len(runs) == 1:
        return f"{months[0].verdict} throughout, {months[0].month} to {months[-1].month}"
    parts = [f"{run[0].verdict} until {run[-1].month}" for run in runs[:-1]]
    return f"{', '.join(parts)}, {months[-1].verdict} since"
