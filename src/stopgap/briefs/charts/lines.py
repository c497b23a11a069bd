"""Line charts of trade over time: suppliers by year, partners by month, one hub in detail.

Charts include small panels, each with its own scale, so that a small economy is as
legible as a large one; each panel prints its figures. A gap is a period that was
not reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, FAINT, HUB, LOST, MUTED, OTHER, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import month_name, number, one_line, usd
from stopgap.briefs.model import BriefModel

PANELS = 10
_COLOUR = {"member-group": LOST, "supplier": ACCENT, "hub": HUB, "other": OTHER}
_INKS = {HUB: ACCENT, OTHER: MUTED}  # of type that is legible on white for a line of that colour


@dataclass(frozen=True)
class Track:
    """One line of a chart: `values` in USD by period, ``None`` where not reported."""

    code: str
    name: str
    role: str
    values: tuple[float | None, ...]

    @property
    def peak(self) -> float:
        """Largest value; 0 where nothing was reported."""
        return max((value for value in self.values if value is not None), default=0.0)

    @property
    def last(self) -> tuple[int, float] | None:
        found = [(i, value) for i, value in enumerate(self.values) if value is not None]
        return found[-1] if found else None


def tracks(model: BriefModel) -> tuple[list[str], list[Track]]:
    """Return the periods in order and one track per supplier: member groups first, then the largest peak."""
    periods = sorted({row.period for row in model.series})
    places = {period: i for i, period in enumerate(periods)}
    values: dict[str, list[float | None]] = {}
    heads: dict[str, tuple[str, str]] = {}
    for row in model.series:
        values.setdefault(row.supplier, [None] * len(periods))[places[row.period]] = row.value_usd
        heads.setdefault(row.supplier, (one_line(row.name), row.role))
    made = [Track(code, *heads[code], tuple(values[code])) for code in values]
    return periods, sorted(made, key=lambda t: (t.role != "member-group", -t.peak, t.code))


def split_tracks(made: Sequence[Track]) -> tuple[list[Track], list[Track]]:
    """Split tracks into those on one shared scale (member groups, and peaks from 15 % of the largest) and the rest."""
    top = max((track.peak for track in made), default=0.0)
    large = [track for track in made if track.role == "member-group" or track.peak >= 0.15 * top]
    return large, [track for track in made if track not in large]


def drawn_tracks(made: Sequence[Track]) -> tuple[list[Track], list[Track]]:
    """Select the large and small tracks to draw: those with any figure, and at most `PANELS` small ones."""
    large, small = split_tracks([track for track in made if track.last is not None])
    return large, small[:PANELS]


def runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Split `points` into runs without a gap."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [run for run in found if run]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move `places` as little as needed to be `gap` apart between `low` and `high`, keeping their order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [0.0] * len(places)
    previous = -math.inf
    for i in order:
        previous = moved[i] = max(places[i], previous + gap, low)
    limit = high
    for i in reversed(order):
        moved[i] = min(moved[i], limit)
        limit = moved[i] - gap
    return moved


def round_top(value: float) -> float:
    """Round `value` up to 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * 0.999)


def event_place(event: str, first: str, *, monthly: bool) -> float | None:
    """Position of the event, in periods from the middle of the `first` period; ``None`` if a date is invalid."""
    try:
        year, month = int(event[:4]), int(event[5:7])
        if monthly:
            return float((year - int(first[:4])) * 12 + month - int(first[5:7])) - 0.5
        return year - int(first[:4]) + (month - 1) / 12 - 0.5
    except ValueError:
        return None


def unit_of(value: float) -> tuple[float, str]:
    """Divisor and name of the unit (``bn`` or ``m``) for figures up to `value`."""
    return (1e9, "bn") if value >= 999.5e6 else (1e6, "m")


def _shared(canvas: Canvas, model: BriefModel, large: list[Track], periods: list[str], height: float) -> None:
    strong = face(SEMIBOLD)
    wide = canvas.width > 500
    size = SIZE if wide else 12
    top = max(track.peak for track in large) or 1.0
    ends = [(track, track.last) for track in large]
    amounts = {
        t.code: usd(last[1], currency=False) + ("" if last[0] == len(periods) - 1 else f" ({periods[last[0]]})")
        for t, last in ends
        if last is not None
    }
    texts = [f"{t.name} {amounts[t.code]}" for t, last in ends if last is not None]
    label_room = min(max(strong.width(text, size) for text in texts) + 12, canvas.width * 0.42)
    left, right, upper, ground = 40.0, canvas.width - label_room, 42.0, height - 22
    step = (right - left - 8) / max(len(periods) - 1, 1)

    def x(i: float) -> float:
        return left + 4 + i * step

    def y(value: float) -> float:
        return ground - (ground - upper) * value / top

    divisor, unit = unit_of(top)
    tick = round_top(top / 4)
    level = 0.0
    while level <= top:
        canvas.line([(left, y(level)), (right, y(level))], stroke=FAINT, width=0.6 if level else 1)
        canvas.text(left - 6, y(level) + 4, f"{level / divisor:g}", align="right", size=SMALL, colour=MUTED)
        level += tick
    canvas.text(0, 12, f"USD {unit} a year, one scale", size=SMALL, colour=MUTED)
    event = event_place(model.event, periods[0], monthly=False)
    if event is not None and 0 <= event <= len(periods) - 1:
        canvas.line([(x(event), upper - 6), (x(event), ground)], stroke=MUTED, width=0.9, dash=(3, 3))
        canvas.text(x(event), upper - 11, month_name(model.event), align="center", size=SMALL, colour=MUTED)
    every = 1 if len(periods) <= 7 else 2
    for i, period in enumerate(periods):
        if (len(periods) - 1 - i) % every == 0:
            canvas.text(x(i), ground + 16, period, align="center", size=SMALL, colour=MUTED)
    ranked = [(track, last) for track, last in ends if last is not None]
    places = spread([y(last[1]) + 4 for _, last in ranked], 16, upper, ground + 4)
    for (track, _), place in zip(ranked, places, strict=True):
        colour = ACCENT if track.role == "supplier" else _COLOUR[track.role]
        thick = 2.6 if track.role in ("member-group", "supplier") else 1.8
        for run in runs([(x(i), None if v is None else y(v)) for i, v in enumerate(track.values)]):
            canvas.line(run, stroke=colour, width=thick)
        for i, value in enumerate(track.values):
            if value is not None:
                canvas.dot(x(i), y(value), fill=colour, size=34)
        text = strong.shorten_name(track.name, amounts[track.code], size, label_room - 10)
        canvas.text(right + 10, place, text, size=size, weight=600, colour=_INKS.get(colour, colour))


def _year_panel(canvas: Canvas, track: Track, periods: list[str], box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    strong = face(SEMIBOLD)
    canvas.text(left, top + 13, strong.shorten(track.name, SIZE, width), weight=600)
    divisor, unit = unit_of(track.peak)
    note = f"USD {unit}" + (", hub" if track.role == "hub" else "")
    canvas.text(left, top + 27, note, size=SMALL, colour=MUTED)
    upper, ground = top + 46, top + height - 16
    slot = width / len(periods)
    bar = min(slot * 0.7, 26)
    peak = track.peak or 1.0
    few = len(periods) <= 6
    reports = [i for i, value in enumerate(track.values) if value is not None]
    peaks = [i for i in reports if track.values[i] == track.peak]
    named = set(reports if few else [*reports[:1], *reports[-1:], *peaks[:1]])
    for i, period in enumerate(periods):
        value = track.values[i]
        middle = left + (i + 0.5) * slot
        if value is None:
            if few:
                canvas.text(middle, ground - 4, "n/r", align="center", size=10.5, colour=MUTED)
        else:
            tall = max((ground - upper) * value / peak, 1.2 if value else 0.0)
            canvas.rect(middle - bar / 2, ground - tall, bar, tall, fill=_COLOUR[track.role])
            if i in named:
                shown = value / divisor  # with two digits; a small one is not written as 0.0
                text = number(shown, 0 if shown >= 9.95 else 1 if shown >= 0.095 else 2) if shown else "0"
                canvas.text(middle, ground - tall - 4, text, align="center", size=10.5)
        if few or i in (0, len(periods) - 1):
            short = f"’{period[2:4]}" if len(period) == 4 else period
            canvas.text(middle, ground + 13, short, align="center", size=10.5, colour=MUTED)
    canvas.line([(left, ground), (left + width, ground)], stroke=FAINT, width=1)


def suppliers_over_time(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw yearly trade with the target: large suppliers on one scale, each other on its own."""
    periods, made = tracks(model)
    large, small = drawn_tracks(made)
    columns = (5 if len(small) % 5 in (0, 4) or len(small) > 6 else 3) if width > 500 else 2
    shared, gap, panel = (256.0 if width > 500 else 230.0), 18.0, 132.0
    rows = math.ceil(len(small) / columns)
    canvas = Canvas(width, shared + (24 if rows else 0) + rows * (panel + 14) - 10)
    _shared(canvas, model, large, periods, shared)
    cell = (width - gap * (columns - 1)) / columns
    for i, track in enumerate(small):
        left = (i % columns) * (cell + gap)
        top = shared + 24 + (i // columns) * (panel + 14)
        _year_panel(canvas, track, periods, (left, top, cell, panel))
    return canvas
