"""Test a claim month by month, with the figures known at each month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Frequency
from stopgap.claims.claim import Action
from stopgap.claims.testing.cases import Findings, GoodsCase
from stopgap.claims.testing.claim_verdict import claim_verdict, deciding, since_sentence
from stopgap.claims.testing.figures import hypotheses_of, untested
from stopgap.claims.testing.results import Hypothesis, MonthVerdict, TestedClaim
from stopgap.panel.episodes import Window, add_months

MOST_MONTHS = 60
"""So many months are tested, the last ones; those before are named as left out."""


def by_month(whole: TestedClaim, findings: Findings, cases: Sequence[GoodsCase]) -> TestedClaim:
    """The tested claim with its verdict month by month, year by year for annual figures.

    Each after-window begins with the claim's period, or with the month after the event, and ends
    with the month; the figures are those of the vintage tested. Claims on routes, and those that
    nothing can be measured of, have no months.
    """
    if not cases or whole.claim.action is Action.ROUTE_THROUGH:
        return whole
    starts = [_start(case) for case in cases]
    ends, warnings = _ends(findings, cases, starts)
    found = []
    for end in ends:
        made = [_deciding(findings, case, Window(start, end)) for case, start in zip(cases, starts, strict=True)]
        first = deciding(whole.claim, made)
        found.append(MonthVerdict(end, claim_verdict(whole.claim, made), first.estimate, first.ci95))
    months = tuple(found)
    return replace(whole, months=months, since=since_sentence(months), warnings=(*whole.warnings, *warnings))


def _start(case: GoodsCase) -> str:
    after_event = add_months(case.episode.event, 1)
    return max(case.tested.claim.period_from or after_event, after_event)


def _ends(findings: Findings, cases: Sequence[GoodsCase], starts: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The months up to which one could have looked, and what was left out."""
    ends: set[str] = set()
    for case, start in zip(cases, starts, strict=True):
        if case.goods is None:
            continue
        try:
            finding = findings.of(case.episode, case.goods, Window(start, case.tested.claim.period_to), brief=True)
        except (MissingDataError, EpisodeError):
            continue
        last = finding.windows.after[1]
        if finding.frequency == Frequency.ANNUAL:
            first_year = int(start[:4]) + (start[5:] != "01")
            ends |= {f"{year}-12" for year in range(first_year, int(last[:4]) + 1) if f"{year}-12" <= last}
            continue
        month = start
        while month <= last:
            ends.add(month)
            month = add_months(month, 1)
    ordered = sorted(ends)
    left = len(ordered) - MOST_MONTHS
    if left <= 0:
        return ordered, ()
    return ordered[left:], (f"by month: the last {MOST_MONTHS} months are tested, {left} before are left out",)


def _deciding(findings: Findings, case: GoodsCase, after: Window) -> Hypothesis:
    if case.goods is None:
        return untested(case.tested, case.reason)
    try:
        finding = findings.of(case.episode, case.goods, after, brief=True)
    except (MissingDataError, EpisodeError) as error:
        return untested(case.tested, error.what)
    return hypotheses_of(case.tested, finding)[0]
