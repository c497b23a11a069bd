"""Charts of a claim: figures with an interval against their thresholds, and the verdict by last month of the data.

A solid mark is the estimate with its interval, a hollow one the gross figure. The threshold that
decides the verdict is a solid line; the other thresholds of the grid are dashed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from stopgap.briefs.charts.canvas import Canvas, Scale, gross_mark, net_legend, scale_over, whisker
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.lines import round_top, unit_of
from stopgap.briefs.charts.theme import ACCENT, FAINT, GRID, HATCH, HUB, INK, LOST, MUTED, SIZE, SMALL, WIDE
from stopgap.briefs.claims.words import estimate_words, layer_name, show_figure, show_interval
from stopgap.briefs.formats.text import MINUS, NBSP, month_name
from stopgap.claims.testing.results import Hypothesis, MonthVerdict, Verdict

IN_SHARES = "ratio"
_BESIDE = "shown beside"
_FAMILY = {"routed_share": "share_of_loss"}
_FILLS = {Verdict.SUPPORTED: ACCENT, Verdict.PARTLY: HUB, Verdict.NOT_SUPPORTED: LOST, Verdict.NOT_TESTABLE: HATCH}


@dataclass(frozen=True)
class HypothesisRow:
    """A hypothesis with an interval, and its label on the page, the name of its layer."""

    label: str
    hypothesis: Hypothesis


@dataclass(frozen=True)
class HypothesisGroup:
    """Hypotheses on one measure of the same goods, drawn in one chart: narrow and broad, direct and through hubs."""

    measure: str
    goods: str
    rows: tuple[HypothesisRow, ...]


def grouped(hypotheses: Sequence[Hypothesis]) -> list[HypothesisGroup]:
    """Group the hypotheses that have an interval by the chart they share, in their order."""
    groups: dict[tuple[str, str], list[HypothesisRow]] = {}
    for each in hypotheses:
        if each.ci95 is None or each.estimate is None:
            continue
        measure = _FAMILY.get(each.measure, each.measure)
        stem = PurePath(each.goods or "").stem
        for breadth in ("narrow", "broad", "headings"):
            stem = stem.removesuffix(f"-{breadth}")
        groups.setdefault((measure, stem), []).append(HypothesisRow(layer_name(each), each))
    return [HypothesisGroup(measure, goods, tuple(rows)) for (measure, goods), rows in groups.items()]


def name_of_row(row: HypothesisRow) -> str:
    """Name of a row in the chart: ``Share of the loss, narrow``."""
    return f"{row.label}, {row.hypothesis.breadth}" if row.hypothesis.breadth else row.label


def _thresholds(group: HypothesisGroup) -> tuple[list[float], list[float]]:
    """The hypotheses' own thresholds, and the other thresholds of the grid."""
    strong = sorted({row.hypothesis.threshold for row in group.rows})
    faint = {at for row in group.rows for at, _ in row.hypothesis.thresholds}
    return strong, sorted(faint.difference(strong))


def group_scale(group: HypothesisGroup, left: float, right: float) -> Scale:
    """Scale of a group's chart: it covers marks and thresholds, and intervals as far as they do not compress these."""
    strong, faint = _thresholds(group)
    marks = [0.0, *strong, *faint]
    for row in group.rows:
        marks += [value for value in (row.hypothesis.estimate, row.hypothesis.gross) if value is not None]
    ends = [end for row in group.rows for end in (row.hypothesis.ci95 or ())]
    return scale_over(marks, ends, left, right)


def clipped_rows(group: HypothesisGroup) -> int:
    """Number of intervals that run off the scale of a group's chart."""
    scale = group_scale(group, 0.0, 1.0)
    ends = [row.hypothesis.ci95 for row in group.rows if row.hypothesis.ci95 is not None]
    return sum(low < scale.low or high > scale.high for low, high in ends)


def hypothesis_chart(group: HypothesisGroup, *, width: int = WIDE) -> Canvas:
    """Draw each hypothesis of a group: estimate with 95 % interval, gross figure, and thresholds."""
    wide = width > 500
    pitch, head, foot = (40.0, 52.0, 24.0) if wide else (58.0, 62.0, 24.0)
    says_room = max(face().width(estimate_words(row.hypothesis), SMALL) for row in group.rows) + 16
    names = [face(SEMIBOLD).width(name_of_row(row), SIZE) for row in group.rows]
    roles = [face().width(_BESIDE, SMALL) for row in group.rows if not row.hypothesis.decides]
    name_room = max(*names, *roles, 0.0) + 14
    left, right = (min(name_room, width * 0.3), width - max(says_room, 110)) if wide else (6.0, width - 6.0)
    ground = head + len(group.rows) * pitch
    canvas = Canvas(width, ground + foot)
    net_legend(canvas)
    scale = group_scale(group, left, right)
    canvas.line([(scale.left, ground), (scale.right, ground)], stroke=FAINT)
    for x, text, stroke in _round_figures(scale, group.rows[0].hypothesis.unit, 5 if wide else 4):
        canvas.line([(x, ground), (x, ground + 4)], stroke=stroke)
        canvas.text(x, ground + 17, text, align="center", size=SMALL, colour=MUTED)
    spans = [(head - 4, ground)]
    if not wide:  # words stand over the marks there: lines are left out behind them
        tops = [head + i * pitch for i in range(len(group.rows))]
        spans = [(head - 4, head), *((top + 33, top + pitch) for top in tops)]
    _threshold_lines(canvas, scale, head, spans, group)
    for i, row in enumerate(group.rows):
        top = head + i * pitch
        middle = top + (0.5 if wide else 0.72) * pitch
        _row_text(canvas, row, top, middle, left, right)
        hypothesis = row.hypothesis
        colour = HUB if hypothesis.route != "direct" else ACCENT
        if hypothesis.ci95 is not None:
            whisker(canvas, scale, hypothesis.ci95, middle, colour)
        if hypothesis.gross is not None:
            gross_mark(canvas, scale.x(hypothesis.gross), middle)
        if hypothesis.estimate is not None:
            canvas.dot(scale.x(hypothesis.estimate), middle, fill=colour, size=46)
    return canvas


def _row_text(canvas: Canvas, row: HypothesisRow, top: float, middle: float, left: float, right: float) -> None:
    verdict = str(row.hypothesis.verdict)
    role = "" if row.hypothesis.decides else _BESIDE
    if right - left < canvas.width - 20:
        name = face(SEMIBOLD).shorten(name_of_row(row), SIZE, left - 12)
        canvas.text(left - 12, middle + (-1 if role else 4.5), name, align="right", weight=600)
        if role:
            canvas.text(left - 12, middle + 13, role, align="right", size=SMALL, colour=MUTED)
        canvas.text(right + 14, middle - 2, verdict, weight=600)
        canvas.text(right + 14, middle + 13, estimate_words(row.hypothesis), size=SMALL)
        return
    room = canvas.width - face(SEMIBOLD).width(verdict, 12.0) - 10
    canvas.text(0, top + 12, face(SEMIBOLD).shorten(name_of_row(row), 12.0, room), size=12.0, weight=600)
    canvas.text(canvas.width, top + 12, verdict, align="right", size=12.0, weight=600)
    canvas.text(canvas.width, top + 27, estimate_words(row.hypothesis), align="right", size=SMALL)
    if role:
        canvas.text(0, top + 27, role, size=SMALL, colour=MUTED)


def _round_figures(scale: Scale, unit: str, most: int) -> Iterator[tuple[float, str, str]]:
    """Yield ticks at round values of a scale: position, text, and line colour, which is darker at 0."""
    divisor, name = (0.01, "%") if unit == IN_SHARES else unit_of(max(abs(scale.low), abs(scale.high)))
    step = round_top((scale.high - scale.low) / most)
    number = math.ceil(scale.low / step)
    while (figure := number * step) <= scale.high:
        text = f"{figure / divisor:.6g}{NBSP}{name}".replace("-", MINUS) if number else "0"
        yield scale.x(figure), text, GRID if number else MUTED
        number += 1


def _threshold_lines(
    canvas: Canvas, scale: Scale, head: float, spans: Sequence[tuple[float, float]], group: HypothesisGroup
) -> None:
    """Draw the thresholds over some vertical spans, each with its figure above unless it would overlap another."""
    strong, faint = _thresholds(group)
    unit = group.rows[0].hypothesis.unit
    taken: list[tuple[float, float]] = []
    if 0.0 not in strong:
        for top, low in spans:
            canvas.line([(scale.x(0.0), top), (scale.x(0.0), low)], stroke=GRID)
    for values, stroke, width, dash, weight in ((strong, INK, 1.8, (), 600), (faint, MUTED, 0.8, (3, 3), 400)):
        for value in values:
            x = scale.x(value)
            text = show_figure(value, unit) if value else "0"
            if weight == 600:
                text = f"above {text}?"
            half = face(SEMIBOLD).width(text, SMALL) / 2
            middle = min(max(x, half), canvas.width - half)
            for top, low in spans:
                canvas.line([(x, top), (x, low)], stroke=stroke, width=width, dash=dash)
            if all(middle + half + 5 < low or middle - half - 5 > high for low, high in taken):
                colour = INK if weight == 600 else MUTED
                canvas.text(middle, head - 9, text, align="center", size=SMALL, weight=weight, colour=colour)
                taken.append((middle - half, middle + half))


def verdict_runs(months: Sequence[MonthVerdict]) -> list[tuple[Verdict, int, int]]:
    """Runs of consecutive months with the same verdict: (verdict, first index, last index)."""
    runs = [list(run) for _, run in itertools.groupby(enumerate(months), key=lambda placed: placed[1].verdict)]
    return [(run[0][1].verdict, run[0][0], run[-1][0]) for run in runs]


def month_chart(months: Sequence[MonthVerdict], threshold: float, unit: str, *, width: int = WIDE) -> Canvas:
    """Draw the verdict by month, each from figures up to that month only, with the estimate behind it."""
    wide = width > 500
    left, right, head, height = (56.0 if wide else 48.0), width - 10.0, 14.0, 110.0
    ground = head + height
    canvas = Canvas(width, ground + 66)
    marks = [0.0, threshold, *(each.estimate for each in months if each.estimate is not None)]
    scale = scale_over(marks, [end for each in months for end in (each.ci95 or ())], ground, head)
    pitch = (right - left) / len(months)

    def x(i: int) -> float:
        return left + (i + 0.5) * pitch

    for y, text, stroke in _round_figures(scale, unit, 4):
        canvas.line([(left, y), (right, y)], stroke=stroke, width=1)
        canvas.text(left - 8, y + 4, text, align="right", size=SMALL, colour=MUTED)
    canvas.line([(left, scale.x(threshold)), (right, scale.x(threshold))], stroke=INK, width=1.6)
    _course(canvas, scale, months, [x(i) for i in range(len(months))])
    for verdict, first, last in verdict_runs(months):
        start, end = x(first) - pitch / 2, x(last) + pitch / 2
        canvas.rect(start + 0.6, ground + 8, end - start - 1.2, 14, fill=_FILLS[verdict])
        text = str(verdict)
        if face().width(text, SMALL) < end - start:
            canvas.text((start + end) / 2, ground + 36, text, align="center", size=SMALL)
    _month_labels(canvas, months, [x(i) for i in range(len(months))], ground + 56)
    return canvas


def _course(canvas: Canvas, scale: Scale, months: Sequence[MonthVerdict], places: Sequence[float]) -> None:
    """Draw estimates as dots with their intervals; a month without an estimate has no dot."""
    size = 34.0 if len(months) <= 30 else 20.0
    for each, x in zip(months, places, strict=True):
        if each.ci95 is not None:
            low, high = each.ci95
            canvas.line([(x, scale.x(low)), (x, scale.x(high))], stroke=ACCENT, width=1.6)
            for end, beyond, shape in (
                (low, low < scale.low, "triangle-down"),
                (high, high > scale.high, "triangle-up"),
            ):
                if beyond:
                    canvas.dot(x, scale.x(end), fill=ACCENT, size=36, shape=shape)
        if each.estimate is not None:
            canvas.dot(x, scale.x(each.estimate), fill=ACCENT, size=size)


def _month_labels(canvas: Canvas, months: Sequence[MonthVerdict], places: Sequence[float], y: float) -> None:
    taken = -math.inf
    for i in (0, *range(1, len(months) - 1), len(months) - 1):
        text = month_name(months[i].month)
        half = face().width(text, SMALL) / 2
        middle = min(max(places[i], half), canvas.width - half)
        is_last = i == len(months) - 1
        clear_of_last = is_last or middle + half + 12 < places[-1] - half
        if middle - half > taken + 14 and clear_of_last:
            canvas.text(middle, y, text, align="center", size=SMALL, colour=MUTED)
            taken = middle + half


def alt_hypotheses(group: HypothesisGroup) -> str:
    strong, faint = _thresholds(group)
    unit = group.rows[0].hypothesis.unit
    parts = []
    for row in group.rows:
        gross = row.hypothesis.gross
        beside = "" if gross is None else f", gross {show_figure(gross, unit)}"
        parts.append(f"{name_of_row(row)}: {estimate_words(row.hypothesis)}{beside}; {row.hypothesis.verdict}")
    lines = f"Threshold {' and '.join(show_figure(value, unit) for value in strong)}"
    others = f"; dashed lines at {', '.join(show_figure(value, unit) for value in faint)}" if faint else ""
    return f"Estimates with 95{NBSP}% intervals on one scale. {'. '.join(parts)}. {lines}{others}."


def alt_months(months: Sequence[MonthVerdict], threshold: float, unit: str) -> str:
    runs = [
        f"{verdict} with figures up to {month_name(months[first].month)}"
        + (f" to {month_name(months[last].month)}" if last > first else "")
        for verdict, first, last in verdict_runs(months)
    ]
    last_known = next((each for each in reversed(months) if each.estimate is not None), None)
    at_end = ""
    if last_known is not None:
        at_end = (
            f" At the end, {month_name(last_known.month)}: {show_figure(last_known.estimate, unit)} "
            f"({show_interval(last_known.ci95, unit)})."
        )
    return f"Verdict by month, threshold {show_figure(threshold, unit)}: {'; '.join(runs)}.{at_end}"
