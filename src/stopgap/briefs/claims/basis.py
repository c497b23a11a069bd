"""What the figures of a claim's page rest on: lists, windows, sides, coverage, findings, and queries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.ladder import LADDER, windows_words
from stopgap.briefs.claims.parts import ClaimSheet, Numbers
from stopgap.briefs.claims.shipment_tables import MOST_ROWS
from stopgap.briefs.formats.cells import BriefTable, Column, Value
from stopgap.briefs.formats.text import UNDEFINED, one_line, ordinal, percent, usd
from stopgap.claims.testing.figures import DIRECT
from stopgap.claims.testing.results import Hypothesis


def side_words(hypothesis: Hypothesis) -> str:
    """Name whose report the figures are, and their valuation: ``exporter's report, FOB``."""
    if hypothesis.report is None:
        return ""
    side = "reconciled from both sides" if hypothesis.report == "reconciled" else f"{hypothesis.report}'s report"
    return f"{side}, {hypothesis.valuation}" if hypothesis.valuation else side


def list_words(hypothesis: Hypothesis) -> str:
    """Name the goods list and its version: ``optical-narrow 2026-12+6f555c8e3e8a``."""
    if not hypothesis.goods:
        return UNDEFINED
    return one_line(f"{PurePath(hypothesis.goods).stem} {hypothesis.goods_version or ''}")


def has_figures(hypothesis: Hypothesis) -> bool:
    """Whether anything of a hypothesis was measured that the page shows."""
    return hypothesis.facts is not None or hypothesis.estimate is not None


def rests_on(hypotheses: Sequence[Hypothesis], numbers: Numbers) -> BriefTable | None:
    """Table of what the figures rest on, a row for layers of the same list, windows and queries; ``None`` without any."""
    joined: dict[tuple[Value, ...], list[str]] = {}
    places = {layer: at for at, layer in enumerate(LADDER)}
    measured = [each for each in hypotheses if each.goods and each.windows and has_figures(each)]
    measured.sort(key=lambda each: places.get(each.layer, len(places)) if each.layer else len(places))
    for each in measured:
        name = say.layer_name(each)
        names = joined.setdefault(_basis(each, numbers), [])
        if name not in names:
            names.append(name)
    if not joined:
        return None
    rows = sorted(
        ((*basis[:2], ", ".join(names), *basis[2:]) for basis, names in joined.items()), key=lambda row: str(row[0])
    )
    is_direct = all(each.route == DIRECT for each in measured)
    left = len(rows) - MOST_ROWS
    rest = f"{left} more rows are left out here." if left > 0 else ""
    return BriefTable(
        "rest-on",
        "What each figure rests on",
        (Column("Goods list"), Column("Version", "code"), Column("Layer"), Column("Windows"), Column("Report"),
         Column("Coverage", "share"), Column("Placebo rank"), Column("Rows")),
        tuple(rows[:MOST_ROWS]),
        note="Coverage: share of the baseline trade whose reporters also report after; for what was shipped, of the periods judged. "
        f"Placebo rank: of the target among other destinations. Rows: the queries below. {'Direct trade alone. ' * is_direct}{rest}".strip(),
    )  # fmt: skip


def _basis(each: Hypothesis, numbers: Numbers) -> tuple[Value, ...]:
    rank = f"{ordinal(each.placebo_rank[0])} of {each.placebo_rank[1]}" if each.placebo_rank else UNDEFINED
    queries = ", ".join(numbers.query(sql) for sql in each.queries)
    return (
        one_line(PurePath(str(each.goods)).stem), one_line(each.goods_version or UNDEFINED), windows_words(each),
        (side_words(each) or UNDEFINED) + ("" if each.route == DIRECT else f", {each.route}"), each.coverage, rank, queries,
    )  # fmt: skip


def basis_facts(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    """Facts that hold for the whole page: episode, denominators, coverage, mirror, vintage, findings, registration."""
    tested = given.tested
    facts = [
        ("Episode", one_line(tested.episode or "none")),
        ("Denominators", "; ".join(say.denominators(tested.hypotheses))),
        ("Coverage", "" if tested.coverage is None else f"{percent(tested.coverage)}, the least of what decides"),
        ("Mirror", _mirror(tested.hypotheses)),
        ("Vintage", one_line(tested.as_of)),
        ("Findings", "; ".join(tested.finding_ids)),
        ("Registered", one_line(given.registered or "no")),
    ]
    return tuple((term, value) for term, value in facts if value)


def _mirror(hypotheses: Sequence[Hypothesis]) -> str:
    """Text on the coalition's trade as the target itself reported it."""

    def amount(value: object) -> str:
        return usd(float(value)) if isinstance(value, int | float) else "not reported"

    mirrors = [each.mirror for each in hypotheses if each.mirror and each.mirror.get("baseline_usd")]
    found = dict.fromkeys(
        f"the coalition's trade as the target reported it ({mirror.get('valuation')}): "
        f"{amount(mirror.get('baseline_usd'))} a year before, {amount(mirror.get('after_usd'))} after"
        for mirror in mirrors
    )
    return "; ".join(found)
