"""Combine hypotheses to the verdict of a claim, with its reason.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from stopgap.claims.claim import Claim, Stance
from stopgap.claims.testing.explanations import goods_words, sentence, would_change
from stopgap.claims.testing.results import Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.claims.testing.verdict import WORST_FIRST, turned, worst


def said(claim: Claim, verdict: Verdict) -> Verdict:
    """A verdict of the positive proposition as one of the claim: a denial turns it."""
    return turned(verdict) if claim.stance is Stance.DENIAL else verdict


UNREGISTERED = "unregistered"
"""Id of a claim that is not in the register."""


def claim_verdict(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Verdict:
    """The worst of the deciding hypotheses, each as the claim is said."""
    return worst(said(claim, each.verdict) for each in hypotheses if each.decides)


def tested_part(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Verdict | None:
    """The worst of the deciding hypotheses that can be tested; ``None`` where none can."""
    known = [each.verdict for each in hypotheses if each.decides and each.verdict != Verdict.CANNOT_BE_TESTED]
    return worst(said(claim, verdict) for verdict in known) if known else None


def deciding(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Hypothesis:
    """The hypothesis with the worst verdict as the claim is said, the first of several."""
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
    """The tested claim.

    Args:
        claim: The claim.
        hypotheses: As tested, in the order of the claim's goods.
        as_of: Vintage of the figures.
        episode: Name of the episode.
        reason: Why nothing can be tested, where that is so.
        fix: What would make it testable.
        limits: What of the claim no figure reaches.
        warnings: Of the plan and the findings.
    """
    ordered = tuple(sorted(hypotheses, key=lambda each: not each.decides))
    rests_on = [each for each in ordered if each.decides]
    verdict = claim_verdict(claim, ordered)
    covered = [each.coverage for each in rests_on if each.coverage is not None]
    cannot = [sentence(each) for each in (*([reason] if reason else ()), *limits)]
    cannot += [_about(each) + each.because for each in rests_on if each.verdict == Verdict.CANNOT_BE_TESTED]
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
        tested_part=tested_part(claim, ordered),
    )


def _about(hypothesis: Hypothesis) -> str:
    return f"{hypothesis.goods}: " if ":" in hypothesis.id and hypothesis.goods else ""


_STANCE = {
    Stance.DENIAL: "what is denied",
    Stance.QUESTION: "what is asked",
    Stance.WARNING: "what the warning is about",
}


def _because(claim: Claim, rests_on: Sequence[Hypothesis], reason: str | None) -> str:
    """One sentence: what decides, and the figures behind it."""
    if reason is not None or not rests_on:
        return sentence(reason or "nothing of it can be held against figures")
    first = deciding(claim, rests_on)
    lead = f"{_STANCE[claim.stance]} {_predicate(first.verdict)}: " if claim.stance in _STANCE else ""
    if len(rests_on) == 1:
        return sentence(f"{lead}{_within(first.because)}" if lead else first.because)
    by_verdict: dict[Verdict, list[str]] = {}
    for each in rests_on:
        by_verdict.setdefault(each.verdict, []).append(goods_words(each.goods) if each.goods else "goods")
    parts = [f"{', '.join(goods)}: {verdict}" for verdict, goods in by_verdict.items()]
    whole = "all alike" if len(parts) == 1 else "the whole is as its worst part"
    return sentence(f"{'; '.join(parts)} ({whole}): {lead}{_within(first.because)}")


def _predicate(verdict: Verdict) -> str:
    return {Verdict.PARTLY: "is partly borne out"}.get(
        verdict, str(verdict) if verdict is Verdict.CANNOT_BE_TESTED else f"is {verdict}"
    )


def _within(text: str) -> str:
    """A sentence as it stands within another: a small letter, unless it begins with a name."""
    head = text.split(" ", 1)[0]
    return f"{text[0].lower()}{text[1:]}" if head in _SMALL else text


_SMALL = frozenset({"The", "What", "How", "There", "No", "Exports", "Purchases", "Coalition", "Suppliers"})


def since_sentence(months: Sequence[MonthVerdict]) -> str | None:
    """How the verdict changed: ``not borne out until 2022-10, borne out since``; ``None`` without months."""
    if not months:
        return None
    runs: list[list[str]] = []
    for each in months:
        if not runs or runs[-1][0] != each.verdict:
            runs.append([str(each.verdict), each.month, each.month])
        runs[-1][2] = each.month
    if len(runs) == 1:
        return f"{runs[0][0]} throughout, {runs[0][1]} to {runs[0][2]}"
    *earlier, last = runs
    parts = [f"{verdict} until {end}" for verdict, _, end in earlier]
    return f"{', '.join(parts)}, {last[0]} since"
