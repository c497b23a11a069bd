"""Results of testing a claim: hypotheses, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stopgap.base.documents import as_document
from stopgap.base.marking import Markable
from stopgap.claims.claim import Claim

LEAST_COVERAGE = 0.60
"""Share of the baseline trade whose reporters also report after, under which nothing is said."""


class Verdict(StrEnum):
    """What the figures say of a claim."""

    BORNE_OUT = "borne out"
    PARTLY = "partly"
    NOT_BORNE_OUT = "not borne out"
    CANNOT_BE_TESTED = "cannot be tested"


@dataclass(frozen=True)
class Hypothesis:
    """One thing that would be so if the claim were true, held against the figures.

    Attributes:
        id: Short and stable: ``net``, ``share``, ``share:optical``, ``share:optical-broad``, ``through-hubs`` ….
        statement: One sentence, always the positive proposition, also where the claim is a denial.
        measure: What ``estimate`` is: ``net_ratio``, ``share_of_loss``, ``gain_usd``, ``loss_share``, ``routed_share`` ….
        estimate: ``None`` where it cannot be had.
        ci95: 95 % interval; ``None`` where it cannot be had (then the verdict is ``cannot be tested``).
        gross: The gross figure beside it, no model; ``None`` where there is none.
        threshold: What the interval is held against.
        thresholds: Verdict at each threshold of the grid, ``((0.10, Verdict), …)``.
        verdict: Verdict at ``threshold``.
        because: One sentence.
        goods_version: Version and hash of the list ``goods``.
        breadth: ``narrow``, ``broad`` or ``None``.
        route: ``direct`` or ``through hubs``.
        coverage: Share of baseline trade whose reporters also report after; ``None`` where unknown.
        placebo_rank: ``(rank, of)``; ``None`` where there is none.
        finding_id: ``None`` where nothing could be measured.
        windows: ``{"baseline": (from, to), "after": (from, to)}``, months.
        queries: SQL of the rows.
        decides: Whether the claim's verdict rests on it (others are shown beside).
        unit: ``ratio`` or ``USD per year``: of ``estimate``, ``ci95``, ``gross`` and ``threshold``.
        report: Whose report the figures are: ``exporter``, ``importer`` or ``hub``; ``None`` where nothing was measured.
        valuation: ``FOB`` or ``CIF``.
        mirror: The coalition's trade as the other side reports it (``valuation``, ``baseline_usd``,
            ``after_usd``, ``target_silent``); ``None`` where there is none.
        fix: What would make it testable; ``None`` where it can be, or nothing would.
    """

    id: str
    statement: str
    measure: str
    estimate: float | None
    ci95: tuple[float, float] | None
    gross: float | None
    threshold: float
    thresholds: tuple[tuple[float, Verdict], ...]
    verdict: Verdict
    because: str
    goods: str | None
    goods_version: str | None
    breadth: str | None
    route: str
    coverage: float | None = None
    placebo_rank: tuple[int, int] | None = None
    finding_id: str | None = None
    windows: dict[str, tuple[str, str]] | None = None
    queries: tuple[str, ...] = ()
    decides: bool = True
    unit: str = "ratio"
    report: str | None = None
    valuation: str | None = None
    mirror: dict[str, Any] | None = None
    fix: str | None = None

    def as_dict(self) -> dict[str, Any]:
        document = as_document(self)
        document["thresholds"] = [
            {"threshold": threshold, "verdict": str(verdict)} for threshold, verdict in self.thresholds
        ]
        return document


@dataclass(frozen=True)
class MonthVerdict:
    """The claim's verdict had one looked with the figures up to a month (``YYYY-MM``, the after-window's last).

    Estimate and interval are those of the deciding hypothesis.
    """

    month: str
    verdict: Verdict
    estimate: float | None
    ci95: tuple[float, float] | None


@dataclass(frozen=True)
class TestedClaim(Markable):
    """A claim with its verdict.

    Attributes:
        as_of: Vintage of the figures.
        episode: Episode it was tested on; ``None`` where none fits.
        hypotheses: Those that decide first.
        verdict: Of the claim as said (a denial is borne out where what it denies is not).
        because: One sentence.
        coverage: The least coverage of the deciding hypotheses.
        months: The verdict month by month, oldest first; empty where not asked or not possible.
        since: One sentence of the date-dependence (``not borne out until 2022-10, borne out since``).
        would_change: What would change the verdict, a sentence each.
        cannot: What cannot be tested, and why, a sentence each.
        warnings: Of the findings.
        tested_part: Worst verdict of the deciding hypotheses that can be tested, as the claim is said; the
            same as ``verdict`` where all can, ``None`` where none can.
    """

    __test__ = False

    claim: Claim
    claim_id: str
    as_of: str
    episode: str | None
    hypotheses: tuple[Hypothesis, ...]
    verdict: Verdict
    because: str
    coverage: float | None
    finding_ids: tuple[str, ...]
    months: tuple[MonthVerdict, ...] = ()
    since: str | None = None
    would_change: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    tested_part: Verdict | None = None

    def as_dict(self) -> dict[str, Any]:
        """The verdict as ``claims test --format json`` prints it."""
        claim = self.claim
        return {
            "claim_id": self.claim_id,
            "title": claim.title,
            "stance": str(claim.stance),
            "actor": claim.actor,
            "action": str(claim.action),
            "target": claim.target,
            "episode": self.episode,
            "as_of": self.as_of,
            "hypotheses": [each.as_dict() for each in self.hypotheses],
            "verdict": str(self.verdict),
            "tested_part": str(self.tested_part) if self.tested_part else None,
            "because": self.because,
            "coverage": self.coverage,
            "finding_ids": list(self.finding_ids),
            "months": [as_document(each) for each in self.months],
            "since": self.since,
            "would_change": list(self.would_change),
            "cannot": list(self.cannot),
            "warnings": list(self.warnings),
        }
