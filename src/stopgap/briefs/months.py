"""Monthly charts of a brief: trade with the target and its neighbours, and one hub in detail."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.lines import event_place, round_top, runs, spread, unit_of
from stopgap.briefs.charts.theme import ACCENT, FAINT, GRID, LOST, MUTED, OTHER, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import MINUS, NBSP, month_name, number, one_line, usd
from stopgap.briefs.model import BriefModel

_PALE_TARGET = "#d3d6d9"
_PALE = "#d5e5ec"


@dataclass(frozen=True)
class Course:
    """Monthly trade with one partner, its usual level before the event, and its level in the last months.

    ``before_usd`` is the mean of the 12 months before the event, ``after_usd`` that of
    the last 3 reported months; ``None`` where none of these months was reported.
    """

    code: str
    name: str
    is_target: bool
    values: tuple[float | None, ...]
    before_usd: float | None
    after_usd: float | None

    @property
    def ratio(self) -> float | None:
        """Level of the last months divided by the level before; ``None`` where either is unknown."""
        return self.after_usd / self.before_usd if self.before_usd and self.after_usd is not None else None

    def says(self) -> str:
        """Format the change: ``×15`` or ``−85 %``; empty where it is unknown."""
        if self.ratio is None:
            return ""
        if self.ratio >= 1.995:
            return f"×{number(self.ratio, 0 if self.ratio >= 9.95 else 1)}"
        sign = "+" if self.ratio >= 1 else MINUS
        return f"{sign}{number(abs(self.ratio - 1) * 100, 0)}{NBSP}%"


def month_index(month: str) -> int:
    """Number of months since the year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def every_month(first: str, last: str) -> list[str]:
    return [f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(month_index(first), month_index(last) + 1)]


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return math.fsum(found) / len(found) if found else None


def courses(model: BriefModel) -> tuple[list[str], list[Course]]:
    """Return the months in order and one course per partner: the target first, then the steepest rise."""
    if not model.monthly:
        return [], []
    months = every_month(min(p.month for p in model.monthly), max(p.month for p in model.monthly))
    place = {month: i for i, month in enumerate(months)}
    values: dict[str, list[float | None]] = {}
    heads: dict[str, tuple[str, bool]] = {}
    for point in model.monthly:
        values.setdefault(point.partner, [None] * len(months))[place[point.month]] = point.value_usd
        heads.setdefault(point.partner, (one_line(point.partner_name), point.is_target))
    event = month_index(model.event) - month_index(months[0])
    made = []
    for code, row in values.items():
        reported = [value for value in row[max(event, 0) :] if value is not None]
        before, after = _mean(row[max(event - 12, 0) : max(event, 0)]), _mean(reported[-3:])
        made.append(Course(code, *heads[code], tuple(row), before, after))
    return months, sorted(made, key=lambda c: (not c.is_target, -(c.ratio or 0), c.code))


def change_words(course: Course) -> str:
    """Format the levels before the event and in the last three months: ``1.7 → 25.3 m a month``."""
    if course.before_usd is None or course.after_usd is None:
        return "n/r"
    before, after = usd(course.before_usd, currency=False), usd(course.after_usd, currency=False)
    if before[-2:] == after[-2:]:
        before = before[:-2].rstrip(NBSP)
    return f"{before} → {after} a month"


def _frame(
    canvas: Canvas,
    months: Sequence[str],
    event: str,
    top: float,
    box: tuple[float, float, float, float],
    *,
    named_event: bool = False,
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Draw a panel's base line, years and event; return functions from month index and from value to pixels."""
    left, upper, right, ground = box
    step = (right - left) / max(len(months) - 1, 1)

    def x(i: float) -> float:
        return left + i * step

    def y(value: float) -> float:
        return ground - (ground - upper) * value / top

    canvas.line([(left, ground), (right, ground)], stroke=FAINT, width=1)
    for i, month in enumerate(months):
        if month.endswith("-01") and i + 5 < len(months):
            canvas.line([(x(i), ground), (x(i), ground + 4)], stroke=FAINT, width=1)
            text = month[:4] if step * 12 > 26 else f"’{month[2:4]}"
            canvas.text(x(i) + 2, ground + 13, text, size=10.5, colour=MUTED)
    place = event_place(event, months[0], monthly=True)
    if place is not None and 0 <= place + 0.5 <= len(months) - 1:
        rise = 14 if named_event else 3
        canvas.line([(x(place), upper - rise), (x(place), ground)], stroke=MUTED, width=0.9, dash=(3, 3))
        if named_event:
            canvas.text(x(place) + 4, upper - 5, month_name(event), size=SMALL, colour=MUTED)
    return x, y


def _area(
    canvas: Canvas,
    values: Sequence[float | None],
    x: Callable[[float], float],
    y: Callable[[float], float],
    stroke: str,
    fill: str,
) -> None:
    points = [(x(i), None if value is None else y(value)) for i, value in enumerate(values)]
    for run in runs(points):
        canvas.band([(px, py, y(0)) for px, py in run], fill=fill)
    for run in runs(points):
        canvas.line(run, stroke=stroke, width=1.8)
        if len(run) == 1:
            canvas.dot(*run[0], fill=stroke, size=14)


def _panel(
    canvas: Canvas, course: Course, months: list[str], event: str, box: tuple[float, float, float, float]
) -> None:
    left, top, width, height = box
    strong = face(SEMIBOLD)
    stroke, fill = (LOST, _PALE_TARGET) if course.is_target else (ACCENT, _PALE)
    says = course.says()
    room = width - strong.width(says, SIZE) - 8
    canvas.text(left, top + 13, strong.shorten(course.name, SIZE, room), weight=600)
    colour = LOST if course.is_target else ACCENT
    canvas.text(left + width, top + 13, says, align="right", weight=600, colour=colour)
    canvas.text(left, top + 28, change_words(course), size=SMALL, colour=MUTED)
    peak = max((value for value in course.values if value is not None), default=0.0) or 1.0
    frame = (left, top + 46, left + width, top + height - 18)
    x, y = _frame(canvas, months, event, peak, frame, named_event=course.is_target)
    canvas.line([(left, y(peak)), (left + width, y(peak))], stroke=GRID, width=1)
    _area(canvas, course.values, x, y, stroke, fill)
    canvas.text(left + 2, top + 43, usd(peak, currency=False), size=10.5, colour=MUTED)


def monthly_trade(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw the coalition's trade by month: the target wide above, each neighbour below on its own scale."""
    months, made = courses(model)
    targets = [course for course in made if course.is_target]
    others = [course for course in made if not course.is_target]
    columns, gap = (3, 22.0) if width > 500 else (2, 16.0)
    tall, small = 160.0, 114.0
    rows = math.ceil(len(others) / columns)
    canvas = Canvas(width, len(targets) * (tall + 12) + rows * (small + 14) - 12)
    top = 0.0
    for course in targets:
        _panel(canvas, course, months, model.event, (0.0, top, width, tall))
        top += tall + 12
    cell = (width - gap * (columns - 1)) / columns
    for i, course in enumerate(others):
        box = ((i % columns) * (cell + gap), top + (i // columns) * (small + 14), cell, small)
        _panel(canvas, course, months, model.event, box)
    return canvas


@dataclass(frozen=True)
class HubLine:
    """One line of the hub chart."""

    name: str
    values: tuple[float | None, ...]
    colour: str
    dash: tuple[float, ...]


def hub_lines(model: BriefModel) -> tuple[list[str], list[HubLine]]:
    """Return the months in order, and lines of the hub's imports, all exports, and exports to the target."""
    rows = {row.month: row for row in model.hub_case}
    months = every_month(min(rows), max(rows)) if rows else []
    found = [rows.get(month) for month in months]
    target = one_line(model.target_name)
    return months, [
        HubLine("Imports", tuple(r.imports_usd if r else None for r in found), LOST, ()),
        HubLine("All exports", tuple(r.exports_all_usd if r else None for r in found), OTHER, (5, 3)),
        HubLine(f"Exports to {target}", tuple(r.exports_to_target_usd if r else None for r in found), ACCENT, ()),
    ]


def hub_case(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw one hub's trade in one good by month: imports, all exports, and exports to the target."""
    months, made = hub_lines(model)
    made = [line for line in made if any(value is not None for value in line.values)]
    strong = face(SEMIBOLD)
    wide = width > 500
    size = SIZE if wide else 12
    height = 184.0
    canvas = Canvas(width, height)
    top = max((value for line in made for value in line.values if value is not None), default=0.0) or 1.0
    last = {line.name: [(i, v) for i, v in enumerate(line.values) if v is not None][-1] for line in made}
    words = {line.name: f"{line.name} {usd(last[line.name][1], currency=False)}" for line in made}
    room = min(max(strong.width(text, size) for text in words.values()) + 12, width * 0.45) if words else 0
    left, right, upper, ground = 34.0, width - room, 40.0, height - 20
    divisor, unit = unit_of(top)
    canvas.text(0, 12, f"USD {unit} a month", size=SMALL, colour=MUTED)
    x, y = _frame(canvas, months, model.event, top, (left, upper, right, ground), named_event=True)
    tick = round_top(top / 3.5)
    level = 0.0
    while level <= top:
        canvas.line([(left, y(level)), (right, y(level))], stroke=FAINT, width=0.6)
        canvas.text(left - 6, y(level) + 4, f"{level / divisor:g}", align="right", size=SMALL, colour=MUTED)
        level += tick
    for line in made:
        if line.colour == ACCENT:
            _area(canvas, line.values, x, y, ACCENT, _PALE)
        else:
            points = [(x(i), None if value is None else y(value)) for i, value in enumerate(line.values)]
            for run in runs(points):
                canvas.line(run, stroke=line.colour, width=1.8, dash=line.dash)
    places = spread([y(last[line.name][1]) + 4 for line in made], 16, upper, ground + 2)
    for line, place in zip(made, places, strict=True):
        colour = MUTED if line.colour == OTHER else line.colour
        text = strong.shorten_name(line.name, usd(last[line.name][1], currency=False), size, room - 10)
        canvas.text(right + 10, place, text, size=size, weight=600, colour=colour)
    return canvas
