"""Tested claims made by hand, one for each kind of page."""

from __future__ import annotations

from dataclasses import replace

from stopgap.briefs.claims.parts import ClaimSheet, LinkedStatement
from stopgap.claims.claim import Action, Claim, ClaimLink, ClaimWords, NamedGoods, Relation, SourceLink, Speaker, Stance
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.layers.facts import (
    GroupFigures,
    InflowFacts,
    Layer,
    ListedCount,
    ListingAct,
    ListingFacts,
    RiseFacts,
    ShippedFacts,
    YearFigure,
)
from stopgap.claims.testing.results import ClaimPart, Hypothesis, MonthVerdict, RealChange, TestedClaim, Verdict
from stopgap.claims.testing.verdict import verdict_of, verdicts_at

FINDING = "sha256:" + "4e" * 32
VERSION = "2026-11+abcdef012345"
YEARS = ("2020", "2021", "2022", "2023")
BREAK = "BACI, to 2021 reconciled from the reports of both sides, from 2022 from the other side's alone."


def hypothesis(
    name: str = "share",
    ci95: tuple[float, float] | None = (0.30, 0.66),
    *,
    estimate: float | None = 0.48,
    gross: float | None = 0.58,
    goods: str | None = "machinery-electronics",
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
        layer=Layer.SHARE,
        frequency="A",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def net(ci95: tuple[float, float] = (2.3e9, 23.5e9)) -> Hypothesis:
    """A net gain in dollars, shown beside, with its volume."""
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
        layer=Layer.NET,
        real=RealChange(16.0e9, 9.0e9, 7.0e9, 0.8),
        statement="China's exports are above what their growth elsewhere explains.",
    )


def years(values: tuple[float, ...], tonnes: tuple[float, ...] | None = None, codes: int = 2) -> tuple[YearFigure, ...]:
    """Figures of the years from 2020 on: USD m, tonnes."""
    return tuple(
        YearFigure(year, 1, value * 1e6, None if tonnes is None else tonnes[at] * 1e3, codes if value else 0)
        for at, (year, value) in enumerate(zip(YEARS, values, strict=False))
    )


def shipped(
    values: tuple[float, ...] = (40.0, 60.0, 100.0, 200.0),
    tonnes: tuple[float, ...] | None = (4.0, 6.0, 9.0, 15.0),
    *,
    name: str = "shipped",
    goods: str = "machinery-electronics",
    groups: tuple[tuple[str, tuple[float, ...]], ...] = (),
    notes: tuple[str, ...] = (),
    **more: object,
) -> Hypothesis:
    """Reported trade by year, judged over 2022 and 2023."""
    value = sum(values[2:]) * 1e6
    facts = ShippedFacts(
        window=("2022-03", "2023-12"),
        value_usd=value,
        net_kg=None if tonnes is None else sum(tonnes[2:]) * 1e3,
        weighed_share=None if tonnes is None else 1.0,
        periods=2,
        periods_with_trade=2 if value else 0,
        periods_in_window=2,
        codes_traded=2 if value else 0,
        codes=3,
        traces_usd=100_000.0,
        inflow_usd=None,
        years=years(values, tonnes),
        groups=tuple(GroupFigures(group, years(each, codes=1)) for group, each in groups),
        sources=("baci",),
        is_reconciled=bool(notes),
        notes=notes,
    )
    verdict = Verdict.NOT_SUPPORTED if not value else Verdict.PARTLY if value < 1e5 else Verdict.SUPPORTED
    made = hypothesis(
        name,
        None,
        estimate=value,
        gross=None,
        goods=goods,
        measure="value_usd",
        unit="USD",
        threshold=100_000.0,
        thresholds=(),
        verdict=verdict,
        decides=False,
        layer=Layer.SHIPPED,
        facts=facts,
        windows={"after": facts.window},
        because="China's exports were USD 300 m in 2022 and 2023.",
        finding_id=None,
        placebo_rank=None,
        coverage=1.0,
        queries=("SELECT 2 AS shipments",),
        report="reconciled" if notes else "exporter",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def inflow(share: float = 0.65, **more: object) -> Hypothesis:
    """A share of the whole inflow."""
    facts = InflowFacts(share * 60e9, 60e9, 126, 0.5)
    made = hypothesis(
        "inflow_share",
        None,
        estimate=share,
        gross=None,
        measure="share_of_inflow",
        thresholds=verdicts_at((share, share), 0.25, 0.97),
        verdict=Verdict.SUPPORTED,
        layer=Layer.INFLOW_SHARE,
        facts=facts,
        decides=False,
        because="China accounts for 65 %.",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def rose(p_value: float | None = None, *, name: str = "rose", **more: object) -> Hypothesis:
    """A rise of the quantity by a half, of the value to threefold and of the price to twice."""
    facts = RiseFacts(
        50e6,
        150e6,
        5e3,
        7.5e3,
        1.0,
        2.0,
        "quantity",
        60 if p_value else 3,
        0 if p_value else None,
        p_value,
        ("852990",),
    )
    made = hypothesis(
        name,
        None,
        estimate=0.5,
        gross=None,
        measure="growth",
        threshold=0.0,
        thresholds=(),
        verdict=Verdict.SUPPORTED if p_value else Verdict.NOT_TESTABLE,
        layer=Layer.ROSE,
        facts=facts,
        decides=False,
        because="The quantity rose.",
        fix=None if p_value else "the actor's exports to all destinations, with weights, would test it",
        queries=("SELECT 2 AS shipments",),
        finding_id=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def untestable(layer: Layer, name: str, reason: str, fix: str, **more: object) -> Hypothesis:
    """A layer for which the lake has no figures."""
    made = hypothesis(
        name,
        None,
        estimate=None,
        gross=None,
        verdict=Verdict.NOT_TESTABLE,
        thresholds=(),
        because=reason,
        fix=fix,
        layer=layer,
        decides=False,
        windows=None,
        queries=(),
        coverage=None,
        placebo_rank=None,
        finding_id=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


LISTED = ListingFacts(
    said_on="2024-04-08",
    until="2026-07-17",
    programmes=("EU-RUS",),
    counts=(
        ListedCount("eu-833-2014-IV", "EU-RUS", "CHN", 3, 48, (("2024", 15), ("2025", 23), ("2026", 13))),
        ListedCount("eu-833-2014-IV", "EU-RUS", "HKG", 5, 57, (("2023", 3), ("2024", 18), ("2025", 29), ("2026", 12))),
    ),
    acts=(ListingAct("2024-06-25", "EU", "833/2014 annex IV", 7, 33), ListingAct("2024-12-16", "EU", "833/2014 annex IV", 4, 6)),
    before=3,
    after=48,
    share_before=0.05,
    share_after=0.29,
    p_value=0.001,
    date_rank=(11, 65),
    undated=2,
)  # fmt: skip


def consequences() -> tuple[Hypothesis, Hypothesis]:
    """What happened after a warning, and whether it was more than before."""
    shared: dict[str, object] = {
        "goods": None,
        "goods_version": None,
        "gross": None,
        "thresholds": (),
        "threshold": 0.0,
        "facts": LISTED,
        "windows": {"after": ("2024-04", "2026-07")},
        "queries": ("SELECT * FROM listed",),
        "coverage": None,
        "finding_id": None,
        "report": None,
        "valuation": None,
        "frequency": None,
    }
    happened = hypothesis(
        "happened",
        None,
        estimate=48.0,
        measure="organisations",
        unit="organisations",
        verdict=Verdict.SUPPORTED,
        layer=Layer.HAPPENED,
        because="48 organisations of China were listed.",
        placebo_rank=None,
        **shared,  # type: ignore[arg-type]
    )
    more = hypothesis(
        "more_than_before",
        None,
        estimate=0.24,
        measure="share_of_listings",
        verdict=Verdict.NOT_TESTABLE,
        layer=Layer.MORE_THAN_BEFORE,
        because="29 % after and 5 % before.",
        decides=False,
        placebo_rank=(11, 65),
        fix="a longer record of listings with their days would test it",
        **shared,  # type: ignore[arg-type]
    )
    return happened, more


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


def part(name: str, hypotheses: tuple[Hypothesis, ...], verdict: Verdict | None = None) -> ClaimPart:
    """A part that the first of its hypotheses decides."""
    first = hypotheses[0]
    return ClaimPart(
        name, first.layer, verdict or first.verdict, first.because, (), tuple(each.id for each in hypotheses)
    )


def outcome(of: Claim | None = None, hypotheses: tuple[Hypothesis, ...] | None = None, **more: object) -> TestedClaim:
    """The claim with its verdict; without other parts the first hypothesis decides the only one."""
    found = (hypothesis(), shipped(), inflow(), rose(), net()) if hypotheses is None else hypotheses
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
        asserted=found[0].layer if found else None,
        parts=(part("machinery", found),) if found else (),
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
    degree="serious",
    goods=(),
)
NO_TRADE = claim(
    title="Relations are normal",
    words=ClaimWords("Our relations are normal.", quoted=False),
    action=Action.OTHER,
    goods=(),
)
NEEDS_ALL = "figures of all exporters to the target would test it"


def family(stem: str, *, at: float, has_headings: bool = False) -> tuple[Hypothesis, ...]:
    """Every layer of a narrow and a broad list; ``at`` is the value of 2022 in USD m."""
    made = []
    for breadth, factor in (("narrow", 1.0), ("broad", 10.0), *((("headings", 3.0),) if has_headings else ())):
        goods = f"{stem}-{breadth}"
        own: dict[str, object] = {"goods": goods, "breadth": breadth}
        value = at * factor
        made += [
            shipped(
                (0.0, 0.0, value, 2 * value),
                (0.0, 0.0, 704.0, 1365.0) if breadth == "narrow" else (8.0, 9.0, 10.0, 11.0),
                name=f"shipped:{goods}",
                groups=(("360100", (0.0, 0.0, 0.0, 0.0)), ("391220", (0.0, 0.0, value, 2 * value))) if breadth == "narrow"
                else (("fuel", (4.0, 5.0, 6.0, 7.0)), ("oxidiser", (9.0, 9.0, 8.0, 3.0))),
                notes=(BREAK,),
                decides=breadth != "headings",
                **own,
            ),
            untestable(Layer.INFLOW_SHARE, f"inflow_share:{goods}", "Figures of one economy.", NEEDS_ALL, **own),
            rose(name=f"rose:{goods}", **own),
        ]  # fmt: skip
    return tuple(sorted(made, key=lambda each: each.layer != Layer.SHIPPED))


def families() -> TestedClaim:
    """A claim about three goods, one of which has no figures."""
    optical, propellants = family("optical", at=40.0, has_headings=True), family("propellants", at=3.0)
    space = (
        untestable(Layer.SHIPPED, "shipped:space-equipment", "There are no figures.", NEEDS_ALL, goods="space-equipment", decides=True),
    )  # fmt: skip
    parts = (part("optical goods", optical), part("propellants", propellants), part("space equipment", space))
    found = (*optical, *propellants, *space)
    said = claim(
        action=Action.SUPPLY, degree="at a concerning scale", goods=(NamedGoods("optical"), NamedGoods("propellants"))
    )
    return outcome(
        said,
        tuple(sorted(found, key=lambda each: not each.decides)),
        verdict=Verdict.PARTLY,
        because="2 of 3 parts supported (optical goods: supported; propellants: supported; space equipment: not testable).",
        parts=parts,
        asserted=Layer.SHIPPED,
        would_change=(),
        cannot=("space equipment: There are no figures.",),
    )  # fmt: skip


def many() -> TestedClaim:
    """A claim about seven goods."""
    found = tuple(
        replace(shipped(name=f"shipped:goods-{n}", goods=f"goods-{n}"), decides=True) for n in range(7)
    )  # fmt: skip
    return outcome(
        claim(action=Action.SUPPLY), found, parts=tuple(part(f"goods {n}", (each,)) for n, each in enumerate(found))
    )


def sheets() -> dict[str, ClaimSheet]:
    """A sheet of each kind, by name."""
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
    denied = replace(shipped(), decides=True)
    return {
        "assertion": ClaimSheet(
            outcome(months=MONTHS, since="not testable until 2022-03, not supported until 2022-12, partly supported since"),
            (answer, earlier),
            context,
            "2026-11-25 by ann, version 1",
        ),
        "families": ClaimSheet(families()),
        "denial": ClaimSheet(
            outcome(
                DENIAL,
                (denied, rose()),
                verdict=Verdict.NOT_SUPPORTED,
                parts=(part("dual-use goods", (denied,), Verdict.NOT_SUPPORTED),),
                claim_id="c-bbbbbbbbbb",
            ),
            (LinkedStatement(Relation.DENIES, False, claim(), Verdict.SUPPORTED),),
        ),
        "question": ClaimSheet(
            outcome(
                QUESTION, (hypothesis("routed", measure="routed_share", layer=Layer.ROUTED),), claim_id="c-cccccccccc"
            )
        ),
        "warning": ClaimSheet(
            outcome(WARNING, consequences(), claim_id="c-dddddddddd", because="48 organisations were listed.", would_change=())
        ),
        "nothing": ClaimSheet(
            outcome(
                NO_TRADE, (), claim_id="unregistered", episode=None, because="What is claimed is not trade.",
                cannot=("what is claimed is not trade",),
            )
        ),
        "many": ClaimSheet(many(), file="claim.yml"),
        "long": ClaimSheet(outcome(long_claim, claim_id="unregistered")),
    }  # fmt: skip
