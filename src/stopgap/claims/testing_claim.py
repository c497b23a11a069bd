"""From hypotheses to the verdict of a claim, with its reason.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from stopgap.claims.claim import Claim, Stance
from stopgap.claims.results import Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.claims.testing_words import would_change
from stopgap.claims.verdict import WORST_FIRST, turned, worst


def said(claim: Claim, verdict: Verdict) -> Verdict:
    """A verdict of the positive proposition as one of the claim: a denial turns it."""
    return turned(verdict) if claim.stance is Stance.DENIAL else verdict


def claim_verdict(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Verdict:
    """The worst of the deciding hypotheses, each as the claim is said."""
    return worst(said(claim, each.verdict) for each in hypotheses if each.decides)


def tested_part(claim: Claim, hypotheses: Sequence[Hypothesis]) -> Verdict | None:
    """The worst of the deciding hypotheses that can be tested; ``None`` where none can."""
    known = [each.verdict for each in hypotheses if each.decides and each.verdict != Verdict.CANNOT_BE_TESTED]
    return worst(said(claim, verdict) for verdict in known) if known else None


def conclude(
    claim: Claim,
    claim_id: str,
    hypotheses: Sequence[Hypothesis],
    *,
    as_of: str,
    episode: str | None,
    reason: str | None = None,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> TestedClaim:
    """The tested claim.

    Args:
        claim: The claim.
        claim_id: Its id.
        hypotheses: As tested, in the order of the claim's goods.
        as_of: Vintage of the figures.
        episode: Name of the episode.
        reason: Why nothing can be tested, where that is so.
        notes: Of the plan: what the figures do not reach.
        warnings: Of the findings.
    """
    ordered = tuple(sorted(hypotheses, key=lambda each: not each.decides))
    deciding = [each for each in ordered if each.decides]
    verdict = claim_verdict(claim, ordered)
    covered = [each.coverage for each in deciding if each.coverage is not None]
    cannot = [*([reason] if reason else []), *notes]
    cannot += [_about(each) + each.because for each in deciding if each.verdict == Verdict.CANNOT_BE_TESTED]
    change = [line for each in deciding for line in would_change(each)]
    return TestedClaim(
        claim=claim,
        claim_id=claim_id,
        as_of=as_of,
        episode=episode,
        hypotheses=ordered,
        verdict=verdict,
        because=_because(claim, deciding, verdict, reason),
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


def _because(claim: Claim, deciding: Sequence[Hypothesis], verdict: Verdict, reason: str | None) -> str:
    """One sentence: what decides, and the figures behind it."""
    if reason is not None or not deciding:
        text = (reason or "nothing of it can be held against figures").rstrip(".")
        return f"{text[0].upper()}{text[1:]}."
    first = min(deciding, key=lambda each: WORST_FIRST.index(said(claim, each.verdict)))
    lead = ""
    if claim.stance in _STANCE:
        lead = f"{_STANCE[claim.stance]} is {first.verdict}: ".replace("is cannot", "cannot").replace(
            "is partly", "is partly borne out"
        )
    if len(deciding) == 1:
        return _capital(lead + first.because)
    by_verdict: dict[Verdict, list[str]] = {}
    for each in deciding:
        by_verdict.setdefault(each.verdict, []).append(str(each.goods))
    parts = [f"{verdict}: {', '.join(goods)}" for verdict, goods in by_verdict.items()]
    if len(by_verdict) == 1:
        return _capital(f"{lead}{parts[0]}; {first.because}")
    return _capital(f"{'; '.join(parts)}. The worst decides: {lead}{first.because}".replace(". The", "; the"))


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


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
