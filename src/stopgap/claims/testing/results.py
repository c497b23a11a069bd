"""Results of testing a claim: hypotheses, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stopgap.base.documents import as_document
from stopgap.base.marking import Markable
from stopgap.claims.claim import Claim

LEAST_COVERAGE = 0.60
"""Minimum share of baseline trade whose reporters also report after; below it, nothing can be tested."""


class Verdict(StrEnum):
    """Verdict of the figures on a claim."""

    BORNE_OUT = "borne out"
    PARTLY = "partly"
    NOT_BORNE_OUT = "not borne out"
    CANNOT_BE_TESTED = "cannot be tested"


@dataclass(frozen=True)
class Hypothesis:
    """A proposition that would hold if the claim were true, tested against the figures.

    Attributes:
        id: Short and stable: ``net``, ``share``, ``share:optical``, ``share:optical-broad``, ``through-hubs`` ….
        statement: One sentence, always the positive proposition, also where the claim is a denial.
        measure: Quantity in ``estimate``: ``net_ratio``, ``share_of_loss``, ``gain_usd``, ``loss_share``, ``routed_share`` ….
        estimate: Estimate; ``None`` where it cannot be computed.
        ci95: 95 % interval; ``None`` where it cannot be computed (then the verdict is ``cannot be tested``).
        gross: The gross figure, which needs no model; ``None`` where there is none.
        threshold: Value that the interval is compared with.
        thresholds: Verdict at each threshold of the grid, ``((0.10, Verdict), …)``.
        verdict: Verdict at ``threshold``.
        because: Reason of the verdict, in one sentence.
        goods_version: Version and hash of the list ``goods``.
        breadth: ``narrow``, ``broad`` or ``None``.
        route: ``direct`` or ``through hubs``.
        coverage: Share of baseline trade whose reporters also report after; ``None`` where unknown.
        placebo_rank: ``(rank, of)``; ``None`` where there is none.
        finding_id: Id of the finding; ``None`` where nothing could be measured.
        windows: ``{"baseline": (from, to), "after": (from, to)}``, months.
        queries: SQL that returns the rows behind it.
        decides: Whether it counts for the claim's verdict (others are shown beside it).
        unit: ``ratio`` or ``USD per year``, for ``estimate``, ``ci95``, ``gross`` and ``threshold``.
        report: Reporting side of the figures: ``exporter``, ``importer`` or ``hub``; ``None`` where nothing was measured.
        valuation: ``FOB`` or ``CIF``.
        mirror: The coalition's trade as the other side reports it (``valuation``, ``baseline_usd``,
            ``after_usd``, ``target_silent``); ``None`` where there is none.
        fix: What would make it testable; ``None`` where it is testable, or nothing would.
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
    """The claim's verdict from figures up to one month only (``YYYY-MM``, the after-window's last).

    ``estimate`` and its interval are those of the deciding hypothesis.
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
        hypotheses: Hypotheses, the deciding ones first.
        verdict: Verdict on the claim as made (a denial is borne out where what it denies is not).
        because: Reason of the verdict, in one sentence.
        coverage: Lowest coverage of the deciding hypotheses.
        months: The verdict month by month, oldest first; empty where not requested or not possible.
        since: One sentence on how the verdict depends on the date (``not borne out until 2022-10, borne out since``).
        would_change: Sentences on what would change the verdict.
        cannot: Sentences on what cannot be tested, and why.
        warnings: Warnings of the plan and of the findings.
        tested_part: Worst verdict of the deciding hypotheses that can be tested, inverted for a denial; the
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
        """Convert the verdict to the JSON of ``claims test --format json``."""
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
