"""Tables of a claim's page: the hypotheses with their figures, and what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.charts import HypothesisRow, show_figure, show_interval
from stopgap.briefs.claims.parts import ClaimSheet, Numbers
from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value
from stopgap.briefs.formats.text import UNDEFINED, one_line, ordinal, percent, usd, window_name
from stopgap.claims.testing.results import Hypothesis, TestedClaim


def rows_of(tested: TestedClaim) -> list[HypothesisRow]:
    """The hypotheses, numbered in their order."""
    return [HypothesisRow(f"H{i}", each) for i, each in enumerate(tested.hypotheses, start=1)]


def hypothesis_tables(tested: TestedClaim, numbers: Numbers) -> tuple[BriefTable, ...]:
    """The hypotheses with their figures, at each threshold, and what each rests on."""
    rows = rows_of(tested)
    if not rows:
        return ()
    made = [
        BriefTable(
            "tested",
            "Hypotheses and what the figures say",
            (Column(""), Column("Hypothesis"), Column("Estimate", "number"), Column("95 % interval", "number"),
             Column("Gross", "number"), Column("Threshold", "number"), Column("Verdict")),
            tuple(_tested_row(row) for row in rows),
            note="A verdict rests on the hypotheses that decide; those shown beside inform and decide nothing. Gross figures "
            "need no model.",
        )
    ]  # fmt: skip
    if grid := _grid_table(rows):
        made.append(grid)
    measured = [row for row in rows if row.hypothesis.finding_id]
    if measured:
        made.append(
            BriefTable(
                "rest-on",
                "What each rests on",
                (Column(""), Column("Goods list and version"), Column("Route"), Column("Windows"),
                 Column("Coverage", "share"), Column("Placebo rank"), Column("Finding", "code"), Column("Rows")),
                tuple(_basis_row(row, numbers) for row in measured),
                note="Coverage: share of the baseline trade whose reporters also report after. Placebo rank: of the target's excess "
                "among destinations of all suppliers together. Rows: the queries below.",
            )
        )  # fmt: skip
    return tuple(made)


def _tested_row(row: HypothesisRow) -> tuple[Value, ...]:
    each = row.hypothesis
    role = "" if each.decides else " (shown beside)"
    threshold = show_figure(each.threshold, each.unit) if each.threshold else "0"
    return (
        row.label,
        one_line(each.statement) + role,
        Typed("text", show_figure(each.estimate, each.unit)),
        Typed("text", show_interval(each.ci95, each.unit) if each.estimate is not None else UNDEFINED),
        Typed("text", show_figure(each.gross, each.unit)),
        Typed("text", f"above {threshold}"),
        str(each.verdict),
    )


def _grid_table(rows: Sequence[HypothesisRow]) -> BriefTable | None:
    """Verdicts at each threshold, of hypotheses with an interval and more than one threshold."""
    shown = [row for row in rows if row.hypothesis.ci95 is not None and len(row.hypothesis.thresholds) > 1]
    if not shown:
        return None
    grid = sorted({at for row in shown for at, _ in row.hypothesis.thresholds})
    return BriefTable(
        "grid",
        "The same at other thresholds",
        (Column(""), *(Column(f"Above {percent(at)}") for at in grid)),
        tuple((row.label, *(str(dict(row.hypothesis.thresholds).get(at, UNDEFINED)) for at in grid)) for row in shown),
    )


def _basis_row(row: HypothesisRow, numbers: Numbers) -> tuple[Value, ...]:
    each = row.hypothesis
    windows = UNDEFINED
    if each.windows:
        windows = f"{window_name(each.windows['after'])} against {window_name(each.windows['baseline'])}"
    rank = f"{ordinal(each.placebo_rank[0])} of {each.placebo_rank[1]}" if each.placebo_rank else UNDEFINED
    goods = one_line(f"{PurePath(each.goods).stem} {each.goods_version}") if each.goods else UNDEFINED
    queries = ", ".join(numbers.query(sql) for sql in each.queries)
    return (
        row.label, goods, each.route, windows, each.coverage, rank, each.finding_id, queries,
    )  # fmt: skip


def basis_facts(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    """What every figure of the page carries: denominators, windows, valuation, lists, coverage, vintage."""
    tested = given.tested
    measured = [each for each in tested.hypotheses if each.finding_id]
    windows = [each.windows for each in measured if each.windows]
    baselines = dict.fromkeys(window_name(each["baseline"]) for each in windows)
    afters = dict.fromkeys(window_name(each["after"]) for each in windows)
    reports = dict.fromkeys(
        f"{each.report}'s report, {each.valuation}" for each in measured if each.report and each.valuation
    )
    lists = dict.fromkeys(f"{one_line(str(each.goods))} ({each.goods_version})" for each in measured)
    facts = [
        ("Episode", one_line(tested.episode or "none")),
        ("Denominators", "; ".join(say.denominators(tested.hypotheses))),
        ("Baseline", ", ".join(baselines)),
        ("After-window", ", ".join(afters)),
        ("Valuation", ", ".join(reports)),
        ("Goods lists", "; ".join(lists)),
        ("Coverage", "not known" if tested.coverage is None else f"{percent(tested.coverage)}, the least of what decides"),
        ("Mirror", _mirror(measured)),
        ("Vintage", one_line(tested.as_of)),
        ("Findings", "; ".join(tested.finding_ids)),
        ("Registered", one_line(given.registered or "no")),
    ]  # fmt: skip
    return tuple((term, value) for term, value in facts if value)


def _mirror(hypotheses: Sequence[Hypothesis]) -> str:
    """What the target itself reported of the coalition's trade."""
    found = dict.fromkeys(
        _mirror_words(each.mirror) for each in hypotheses if each.mirror and each.mirror.get("baseline_usd")
    )
    return "; ".join(found)


def _mirror_words(mirror: dict[str, object]) -> str:
    def amount(value: object) -> str:
        return usd(float(value)) if isinstance(value, int | float) else "not reported"

    return (
        f"the coalition's trade as the target reported it ({mirror.get('valuation')}): "
        f"{amount(mirror.get('baseline_usd'))} a year before, {amount(mirror.get('after_usd'))} after"
    )
