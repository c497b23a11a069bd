"""Tested claims made by hand, one for each kind of page."""

from __future__ import annotations

from dataclasses import replace

from stopgap.briefs.claims.parts import ClaimSheet, LinkedStatement
from stopgap.claims.claim import Action, Claim, ClaimLink, ClaimWords, NamedGoods, Relation, SourceLink, Speaker, Stance
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.results import Hypothesis, MonthVerdict, TestedClaim, Verdict
from stopgap.claims.testing.verdict import verdict_of, verdicts_at

FINDING = "sha256:" + "4e" * 32
VERSION = "2026-11+abcdef012345"


def hypothesis(
    name: str = "share",
    ci95: tuple[float, float] | None = (0.30, 0.66),
    *,
    estimate: float | None = 0.48,
    gross: float | None = 0.58,
    goods: str = "machinery-electronics",
    **more: object,
) -> Hypothesis:
    """A share of the loss, held against 25 %, with what the rule makes of its interval."""
    made = Hypothesis(
        id=name,
        statement=f"China made up more than 25 % of what the coalition lost in {goods}.",
        measure="share_of_loss",
        estimate=estimate,
        ci95=ci95,
        gross=gross,
        threshold=0.25,
        thresholds=verdicts_at(ci95, 0.25, 0.97),
        verdict=verdict_of(ci95, 0.25, 0.97),
        because="The share is 48 %.",
        goods=goods,
        goods_version=VERSION,
        breadth=None,
        route="direct",
        coverage=0.97,
        placebo_rank=(3, 41),
        finding_id=FINDING,
        windows={"baseline": ("2020-01", "2021-12"), "after": ("2023-01", "2024-12")},
        queries=("SELECT 1 AS sums", "SELECT * FROM trade"),
        report="exporter",
        valuation="FOB",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def net(ci95: tuple[float, float] = (2.3e9, 23.5e9)) -> Hypothesis:
    """A net gain in dollars, shown beside."""
    return hypothesis(
        "net",
        ci95,
        estimate=14.8e9,
        gross=18.0e9,
        measure="net_gain_usd",
        unit="USD per year",
        threshold=0.0,
        thresholds=((0.0, Verdict.SUPPORTED),),
        verdict=Verdict.SUPPORTED,
        decides=False,
        statement="China's exports are above what their growth elsewhere explains.",
    )


def claim(**more: object) -> Claim:
    """An assertion."""
    made = Claim(
        id="c-0123456789",
        title="China makes up for trade that European partners suspended",
        said_by=Speaker("Matthew Miller", "Spokesperson, US Department of State"),
        said_on="2024-04-08",
        said_at="Washington",
        words=ClaimWords("China has been backfilling.", 10, 37, "briefing.txt", "ab" * 32),
        stance=Stance.ASSERTION,
        actor="CHN",
        action=Action.BACKFILL,
        target="RUS",
        chain=(SourceLink("European Pravda", "report"), SourceLink("Matthew Miller", "briefing")),
        audience=("partner-states", "press"),
        goods=(NamedGoods("machinery-electronics", "machinery", VERSION),),
        links=(ClaimLink(Relation.UPDATES, "c-aaaaaaaaaa"),),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def outcome(of: Claim | None = None, hypotheses: tuple[Hypothesis, ...] | None = None, **more: object) -> TestedClaim:
    """The claim with its verdict."""
    found = (hypothesis(), net()) if hypotheses is None else hypotheses
    made = TestedClaim(
        claim=of or claim(),
        claim_id="c-0123456789",
        as_of="2026-11-25.1",
        episode="russia-2022",
        hypotheses=found,
        verdict=Verdict.SUPPORTED if found else Verdict.NOT_TESTABLE,
        because="The share is 48 % (95 % interval 30 to 66 %), above 25 % throughout.",
        coverage=0.97 if found else None,
        finding_ids=(FINDING,) if found else (),
        would_change=("a threshold of 30 % or more would end it",) if found else (),
        warnings=("annual figures",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


MONTHS = tuple(
    MonthVerdict(
        f"{2022 + (m + 2) // 12}-{(m + 2) % 12 + 1:02d}",
        verdict_of(None if m == 0 else (0.02 * m - 0.5 / (m + 1), 0.02 * m + 0.4 + 2 / (m + 1)), 0.25, 0.97),
        None if m == 0 else 0.02 * m + 0.2,
        None if m == 0 else (0.02 * m - 0.5 / (m + 1), 0.02 * m + 0.4 + 2 / (m + 1)),
    )
    for m in range(22)
)

DENIAL = claim(
    id="c-bbbbbbbbbb",
    title="China denies that it supplies arms",
    said_by=Speaker("发言人", "外交部"),
    words=ClaimWords("中方从未向冲突任何一方提供致命性武器，严格管控军民两用物项出口。", 3, 35, "例行记者会.txt", "cd" * 32, "zh"),
    stance=Stance.DENIAL,
    action=Action.SUPPLY,
    goods=(NamedGoods("dual-use", "军民两用物项", VERSION),),
    chain=(SourceLink("外交部网站", "transcript"),),
    links=(),
)  # fmt: skip
QUESTION = claim(
    id="c-cccccccccc",
    title="A question: has supply through hubs grown?",
    said_by=Speaker("unnamed questioner"),
    words=ClaimWords("هل زادت الإمدادات عبر تركيا؟", 0, 28, "مؤتمر.txt", None, "ar"),
    stance=Stance.QUESTION,
    action=Action.ROUTE_THROUGH,
    actor="TUR",
    goods=(),
    chain=(),
    audience=(),
    links=(),
)
WARNING = claim(
    title="Firms that help may face consequences",
    words=ClaimWords("Firms that help may face consequences.", 5, 40, "report.txt", "ab" * 32, quoted=False),
    stance=Stance.WARNING,
    actor="companies:CHN",
    action=Action.CONSEQUENCE,
    goods=(),
)


def sheets() -> dict[str, ClaimSheet]:
    """A sheet of each kind, by name."""
    families = (
        hypothesis("share:optical", (0.31, 0.90), goods="optical", estimate=0.6),
        hypothesis("share:propellants-narrow", (-0.9, 3.8), goods="propellants-narrow", breadth="narrow", estimate=1.4),
        hypothesis("share:propellants-broad", (0.05, 0.22), goods="propellants-broad", breadth="broad", estimate=0.12, gross=-0.1),
        hypothesis("share:space-equipment", None, goods="space-equipment", estimate=None, gross=None, finding_id=None, coverage=None, windows=None, queries=(), placebo_rank=None),
        hypothesis("through-hubs:optical", (0.01, 0.2), goods="optical", measure="routed_share", route="through hubs", estimate=0.08, gross=0.15, decides=False),
    )  # fmt: skip
    long_claim = claim(
        title="A title that goes on and on, " * 6,
        words=ClaimWords("These are words that a speaker spoke without a pause. " * 30 + "x" * 200, 0, 9, "s" * 150),
        note="A note. " * 40,
        said_by=Speaker("A Name of Unusual Length " * 4, "an office described at length " * 5),
        chain=tuple(SourceLink(f"Source number {i}, a paper with a long name", "report") for i in range(6)),
    )
    answer = LinkedStatement(Relation.DENIES, True, DENIAL, Verdict.NOT_SUPPORTED)
    earlier = LinkedStatement(Relation.UPDATES, False, claim(title="An earlier statement"), None)
    context = Context("He said that since the spring", "China has been backfilling", "the trade of partners.")
    return {
        "assertion": ClaimSheet(
            outcome(months=MONTHS, since="cannot be tested until 2022-03, not borne out until 2022-12, partly since"),
            (answer, earlier),
            context,
            "2026-11-25 by ann, version 1",
        ),
        "families": ClaimSheet(
            outcome(
                None,
                families,
                verdict=Verdict.NOT_SUPPORTED,
                tested_part=Verdict.PARTLY,
                cannot=("space equipment: no figures",),
            )
        ),
        "denial": ClaimSheet(
            outcome(DENIAL, verdict=Verdict.NOT_SUPPORTED, claim_id="c-bbbbbbbbbb"),
            (LinkedStatement(Relation.DENIES, False, claim(), Verdict.SUPPORTED),),
        ),
        "question": ClaimSheet(outcome(QUESTION, claim_id="c-cccccccccc")),
        "nothing": ClaimSheet(
            outcome(WARNING, (), claim_id="unregistered", episode=None, cannot=("listings of companies would test it",))
        ),
        "long": ClaimSheet(outcome(long_claim, claim_id="unregistered")),
    }
