"""Decide a verdict from an interval, combine verdicts to the verdict of a claim, and explain it.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from stopgap.claims.claim import Claim, Stance
from stopgap.claims.testing.explanations import goods_words, sentence, would_change
from stopgap.claims.testing.results import LEAST_COVERAGE, Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.measures.backfill.results import Interval

GRID = (0.10, 0.25, 0.50)
"""Thresholds shown for every share."""

DEFAULT_THRESHOLD = 0.25
"""Threshold used where the claim sets none; fixed before looking at any figures."""

WORST_FIRST = (Verdict.NOT_SUPPORTED, Verdict.NOT_TESTABLE, Verdict.PARTLY, Verdict.SUPPORTED)
"""Verdicts from worst to best."""

UNREGISTERED = "unregistered"
"""Id of a claim that is not in the register."""
_STANCE = {
    Stance.DENIAL: "what is denied",
    Stance.QUESTION: "what is asked",
    Stance.WARNING: "what the warning is about",
}
_PREDICATES = {Verdict.PARTLY: "is partly borne out", Verdict.NOT_TESTABLE: "cannot be tested"}
_SMALL = frozenset({"The", "What", "How", "There", "No", "Exports", "Purchases", "Coalition", "Suppliers"})
_TURNED = {Verdict.SUPPORTED: Verdict.NOT_SUPPORTED, Verdict.NOT_SUPPORTED: Verdict.SUPPORTED}


def verdict_of(interval: Interval, threshold: float, coverage: float | None) -> Verdict:
    """Verdict of a 95 % interval on "above the threshold", which has the same unit and is 0 or above.

    Borne out where the whole interval lies above the threshold; partly where it lies above 0 and not above the
    threshold; not borne out where it includes 0 or less and ends below the threshold. Otherwise, and without interval
    or coverage (share of baseline trade whose reporters also report after), it cannot be tested.
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


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Worst of several verdicts, in the order: not borne out, cannot be tested, partly, borne out.

    A conjunction: one false part makes the whole false; one part that cannot be tested leaves open what would
    otherwise be partly or wholly borne out. Without any verdict the result is "cannot be tested".
    """
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.NOT_TESTABLE)


def turned(verdict: Verdict) -> Verdict:
    """Invert the verdict for a denial; "partly" and "cannot be tested" stay."""
    return _TURNED.get(verdict, verdict)


def said(claim: Claim, verdict: Verdict) -> Verdict:
    """Convert a verdict on the positive proposition to one on the claim: a denial inverts it."""
    return turned(verdict) if claim.stance is Stance.DENIAL else verdict


def claim_verdict(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Verdict:
    """Worst verdict of the deciding hypotheses, inverted for a denial."""
    return worst(said(claim, each.verdict) for each in hypotheses if each.decides)


def deciding(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Hypothesis:
    """Hypothesis with the worst verdict, inverted for a denial; the first of several."""
    return min(hypotheses, key=lambda each: WORST_FIRST.index(said(claim, each.verdict)))


def conclude(
    claim: Claim,
    hypotheses: Sequence[Hypothesis],
    *,
    as_of: str,
    episode: str | None,
    reason: str | None = None,
    fix: str | None = None,
    limits: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> TestedClaim:
    """Combine hypotheses, in the order of the claim's goods, to the tested claim.

    ``reason`` says why nothing can be tested, ``fix`` what would make it testable, ``limits`` what no figure can test;
    ``warnings`` are those of the plan and the findings.
    """
    ordered = tuple(sorted(hypotheses, key=lambda each: not each.decides))
    rests_on = [each for each in ordered if each.decides]
    verdict = claim_verdict(claim, ordered)
    known = [each for each in rests_on if each.verdict != Verdict.NOT_TESTABLE]
    covered = [each.coverage for each in rests_on if each.coverage is not None]
    cannot = [sentence(each) for each in (*([reason] if reason else ()), *limits)]
    cannot += [
        (f"{each.goods}: " if ":" in each.id and each.goods else "") + each.because
        for each in rests_on
        if each.verdict == Verdict.NOT_TESTABLE
    ]
    change = [sentence(fix)] if fix else []
    change += [sentence(line) for each in rests_on for line in would_change(each)]
    return TestedClaim(
        claim=claim,
        claim_id=claim.id or UNREGISTERED,
        as_of=as_of,
        episode=episode,
        hypotheses=ordered,
        verdict=verdict,
        because=_because(claim, rests_on, reason),
        coverage=min(covered, default=None),
        finding_ids=tuple(dict.fromkeys(each.finding_id for each in ordered if each.finding_id)),
        would_change=tuple(dict.fromkeys(change)),
        cannot=tuple(dict.fromkeys(cannot)),
        warnings=tuple(dict.fromkeys(warnings)),
        tested_part=claim_verdict(claim, known) if known else None,
    )


def _because(claim: Claim, rests_on: Sequence[Hypothesis], reason: str | None) -> str:
    """One sentence on the deciding hypothesis and the figures behind it."""
    if reason is not None or not rests_on:
        return sentence(reason or "nothing of it can be held against figures")
    first = deciding(claim, rests_on)
    predicate = _PREDICATES.get(first.verdict, f"is {first.verdict}")
    lead = f"{_STANCE[claim.stance]} {predicate}: " if claim.stance in _STANCE else ""
    if len(rests_on) == 1:
        return sentence(f"{lead}{_within(first.because)}" if lead else first.because)
    by_verdict: dict[Verdict, list[str]] = {}
    for each in rests_on:
        by_verdict.setdefault(each.verdict, []).append(goods_words(each.goods) if each.goods else "goods")
    parts = [f"{', '.join(goods)}: {verdict}" for verdict, goods in by_verdict.items()]
    whole = "all alike" if len(parts) == 1 else "the whole is as its worst part"
    return sentence(f"{'; '.join(parts)} ({whole}): {lead}{_within(first.because)}")


def _within(text: str) -> str:
    """Lower the first letter of a sentence for use within another, unless it begins with a name."""
    head = text.split(" ", 1)[0]
    return f"{text[0].lower()}{text[1:]}" if head in _SMALL else text


def since_sentence(months: Sequence[MonthVerdict]) -> str | None:
    """Summarise changes of the verdict: ``not borne out until 2022-10, borne out since``; ``None`` without months."""
    if not months:
        return None
    runs = [list(run) for _, run in itertools.groupby(months, key=lambda each: each.verdict)]
    if len(runs) == 1:
        return f"{months[0].verdict} throughout, {months[0].month} to {months[-1].month}"
    parts = [f"{run[0].verdict} until {run[-1].month}" for run in runs[:-1]]
    return f"{', '.join(parts)}, {months[-1].verdict} since"
