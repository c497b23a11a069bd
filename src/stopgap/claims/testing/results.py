"""Results of testing a claim: hypotheses by layer, parts, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from stopgap.base.display.cells import MISSING, ShownColumn
from stopgap.base.display.displayed import TableResult
from stopgap.base.display.forms import Display
from stopgap.base.documents import as_document
from stopgap.base.intervals import with_end_names, with_ends
from stopgap.base.marking import Markable
from stopgap.claims.claim import Claim
from stopgap.claims.testing.layers.facts import Facts, Layer

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT_COLUMNS = (
    "id", "layer", "verdict", "statement", "measure", "unit", "goods", "goods_version", "breadth", "route", "report",
    "valuation", "finding_id", "because", "fix",
)  # fmt: skip
_NUMBER_COLUMNS = ("estimate", "ci95", "gross", "threshold", "coverage")

NO_GOODS = "the words name no goods that have a list"
"""Beginning of the warning that other goods than those of the words were tested."""

LEAST_COVERAGE = 0.60
"""Minimum share of baseline trade whose reporters also report after; below it, nothing can be tested."""


class Verdict(StrEnum):
    """Verdict of the figures on a claim."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    NOT_SUPPORTED = "not supported"
    NOT_TESTABLE = "not testable"

    @classmethod
    def read(cls, text: str) -> Verdict:
        """Return the verdict that a log or a pack states, in the words of today or in those used before."""
        return _FORMER_WORDS.get(text) or cls(text)


_FORMER_WORDS = {
    "borne out": Verdict.SUPPORTED,
    "partly": Verdict.PARTLY,
    "not borne out": Verdict.NOT_SUPPORTED,
    "cannot be tested": Verdict.NOT_TESTABLE,
}


@dataclass(frozen=True)
class RealChange:
    """A gross change in dollars a year at current prices, and at the baseline's unit values ("real").

    Attributes:
        change_usd: At current prices, of the trade that has quantities.
        at_baseline_prices_usd: The volume: quantities at the unit values of the baseline, where they are known.
        price_effect_usd: Part of the change that is prices (Bennet).
        adjusted_share: Share of both windows' trade that has quantities; ``None`` without trade.
    """

    change_usd: float
    at_baseline_prices_usd: float
    price_effect_usd: float
    adjusted_share: float | None


@dataclass(frozen=True)
class Hypothesis:
    """A proposition that would hold if the claim were true, tested against the figures.

    Attributes:
        id: Short and stable: the layer, with the list where the claim has several (``shipped:optical-narrow``).
        statement: One sentence, always the positive proposition, also where the claim is a denial.
        measure: Quantity in ``estimate``: ``value_usd``, ``share_of_inflow``, ``growth``, ``net_gain_usd``,
            ``share_of_loss``, ``loss_share``, ``routed_share``, ``organisations``, ``share_of_listings``.
        estimate: Estimate; ``None`` where it cannot be computed.
        ci95: 95 % interval; ``None`` for facts, and where it cannot be computed.
        gross: The gross figure, which needs no model; ``None`` where there is none.
        threshold: Value that the interval is compared with.
        thresholds: Verdict at each threshold of the grid, ``((0.10, Verdict), …)``; empty for facts and ranks.
        verdict: Verdict of this layer.
        because: Reason of the verdict, in one sentence.
        goods_version: Version and hash of the list ``goods``.
        breadth: ``narrow``, ``broad``, ``headings`` or ``None``.
        route: ``direct`` or ``through hubs``.
        coverage: Share of baseline trade whose reporters also report after (of the periods judged, for what was
            shipped); ``None`` where unknown.
        placebo_rank: ``(rank, of)``; ``None`` where there is none.
        finding_id: Id of the finding; ``None`` where nothing could be measured.
        windows: ``{"baseline": (from, to), "after": (from, to)}``, months; facts have ``after`` alone.
        queries: SQL that returns the rows behind it.
        decides: Whether it counts for the claim's verdict (others are shown beside it).
        unit: ``ratio``, ``USD``, ``USD per year`` or ``organisations``, for ``estimate``, ``ci95``, ``gross`` and
            ``threshold``.
        report: Reporting side of the figures: ``exporter``, ``importer`` or ``hub``; ``None`` where nothing was measured.
        valuation: ``FOB`` or ``CIF``.
        mirror: The coalition's trade as the other side reports it (``valuation``, ``baseline_usd``,
            ``after_usd``, ``target_silent``); ``None`` where there is none.
        fix: What would make it testable; ``None`` where it is testable, or nothing would.
        layer: Layer that it tests; ``None`` for one that is shown beside the ladder alone.
        facts: Figures behind a layer that are no estimate; ``None`` for the others.
        real: The actor's gross change split in volume and price, over trade with quantities; ``None`` without any.
        frequency: Frequency of the figures, in whose units windows are told; ``None`` where nothing was measured.
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
    layer: Layer | None = None
    facts: Facts | None = None
    real: RealChange | None = None
    frequency: str | None = None

    def as_dict(self) -> dict[str, Any]:
        document = as_document(self)
        document["thresholds"] = [
            {"threshold": threshold, "verdict": str(verdict)} for threshold, verdict in self.thresholds
        ]
        return document


@dataclass(frozen=True)
class ClaimPart:
    """One part of a claim, such as one of three goods, with its own verdict.

    Attributes:
        name: What it is about, in words: ``optical goods``, ``organisations listed``.
        layer: Layer that the words assert for it; ``None`` where no figures test it.
        verdict: Verdict on the positive proposition.
        because: Reason, in one sentence.
        reached: Layers that the figures support, in the order of the ladder.
        hypotheses: Ids of every hypothesis on it; two acts on the same goods share theirs.
    """

    name: str
    layer: Layer | None
    verdict: Verdict
    because: str
    reached: tuple[Layer, ...] = ()
    hypotheses: tuple[str, ...] = ()


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
class TestedClaim(Markable, TableResult):
    """A claim with its verdict. Read as a table, it is that of its hypotheses.

    Attributes:
        as_of: Vintage of the figures.
        episode: Episode it was tested on; ``None`` where none fits.
        hypotheses: Hypotheses, the deciding ones first, then the ladder from fact to inference.
        verdict: Verdict on the claim as made (a denial is supported where what it denies is not).
        because: Reason of the verdict, in one sentence.
        coverage: Lowest coverage of the deciding hypotheses.
        months: The verdict month by month, oldest first; empty where not requested or not possible.
        since: One sentence on how the verdict depends on the date (``not supported until 2022-10, supported since``).
        would_change: Sentences on what would change the verdict.
        cannot: Sentences on what cannot be tested, and why.
        warnings: Warnings of the plan and of the findings.
        asserted: Layer that the words assert; ``None`` where they assert nothing that figures test.
        asserted_by: Words that decided the layer; ``None`` where the action did.
        reached: Layers that the figures support for every part, in the order of the ladder.
        parts: Parts of the claim, in its order.
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
    asserted: Layer | None = None
    asserted_by: str | None = None
    reached: tuple[Layer, ...] = ()
    parts: tuple[ClaimPart, ...] = ()

    @property
    def parts_supported(self) -> str:
        """``2 of 3 parts supported``."""
        supported = sum(each.verdict is Verdict.SUPPORTED for each in self.parts)
        return f"{supported} of {len(self.parts)} parts supported"

    def table(self) -> pa.Table:
        """Return a table with one row per hypothesis."""
        return _hypotheses_table(self.hypotheses)

    def _display(self) -> Display:
        return _claim_display(self)

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
            "asserted": None if self.asserted is None else str(self.asserted),
            "asserted_by": self.asserted_by,
            "reached": [str(each) for each in self.reached],
            "parts": [as_document(each) for each in self.parts],
            "because": self.because,
            "coverage": self.coverage,
            "finding_ids": list(self.finding_ids),
            "months": [as_document(each) for each in self.months],
            "since": self.since,
            "would_change": list(self.would_change),
            "cannot": list(self.cannot),
            "warnings": list(self.warnings),
        }


def _hypotheses_table(hypotheses: Sequence[Hypothesis]) -> pa.Table:
    """Return a table with one row per hypothesis; the interval is two columns, ``ci95_low`` and ``ci95_high``."""
    import pyarrow as pa

    numbers = with_end_names(_NUMBER_COLUMNS, ("ci95",))
    schema = pa.schema(
        [
            *((name, pa.string()) for name in _TEXT_COLUMNS),
            *((name, pa.float64()) for name in numbers),
            ("decides", pa.bool_()),
        ]
    )
    rows = [with_ends(each.as_dict(), ("ci95",)) for each in hypotheses]
    return pa.Table.from_pylist(rows, schema=schema)


def _claim_display(tested: TestedClaim) -> Display:
    """Return what is shown of a tested claim."""
    rows = tested.hypotheses
    columns = (
        _texts("layer", [_layer(each) for each in rows]),
        _texts("verdict", [str(each.verdict) for each in rows]),
        _figures("estimate", [_figure(each.estimate, each.unit) for each in rows]),
        _figures("95 % interval", [_interval(each) for each in rows]),
        _figures("held against", [_figure(each.threshold, each.unit) for each in rows]),
        _texts("what would hold", [each.statement for each in rows]),
    )
    coverage = "not known" if tested.coverage is None else f"{tested.coverage:.1%}"
    notes = [
        tested.because,
        f"episode {tested.episode or 'none'}, vintage {tested.as_of}, coverage {coverage}",
        *(f"not testable: {each}" for each in tested.cannot if each != tested.because),
    ]
    return Display(
        f"{tested.claim.title}: {tested.verdict}",
        columns if rows else (),
        len(rows),
        notes=tuple(notes),
        more=len(tested.warnings),
        rest=".warnings",
        marking=tested.marking.label if tested.marking else "",
    )


def _layer(of: Hypothesis) -> str:
    name = str(of.layer).replace("_", " ") if of.layer else MISSING
    return f"{name} (decides)" if of.decides else name


def _texts(heading: str, cells: Sequence[str]) -> ShownColumn:
    return ShownColumn(heading, tuple(cells), False)


def _figures(heading: str, cells: Sequence[str]) -> ShownColumn:
    return ShownColumn(heading, tuple(cells), True)


def _figure(value: float | None, unit: str) -> str:
    """Return a figure in its unit: ``48.1 %``, ``USD 15,166 m a year``, ``12``."""
    if value is None:
        return MISSING
    if unit == "ratio":
        return f"{100 * value:.1f} %"
    if unit.startswith("USD"):
        return f"USD {value / 1e6:,.1f} m{' a year' if unit == 'USD per year' else ''}"
    return f"{value:,.0f}"


def _interval(of: Hypothesis) -> str:
    if of.ci95 is None:
        return MISSING
    low, high = of.ci95
    if of.unit == "ratio":
        return f"{100 * low:.1f} to {100 * high:.1f} %"
    if of.unit.startswith("USD"):
        return f"USD {low / 1e6:,.1f} to {high / 1e6:,.1f} m"
    return f"{low:,.0f} to {high:,.0f}"
