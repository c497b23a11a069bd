"""Chart of figures by year: one small panel of bars for each series, each on its own scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, FAINT, HUB, MUTED, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import NOT_REPORTED, number

PANEL = 112.0
LOW_PANEL = 92.0
"""Height of a panel where there are more than four, so that the chart stays on a page with its table."""

_BETWEEN = 16.0
_GAP = 26.0
_HEAD = 24.0
_LETTER = 10.5


@dataclass(frozen=True)
class YearBars:
    """One series by year.

    Attributes:
        name: What it is, in words.
        unit: Unit of the values, such as ``USD m``.
        years: Years in order, without a gap.
        values: Value of each year in the unit; ``None`` where nothing is known.
        judged: Years on which the verdict rests; drawn darker.
    """

    name: str
    unit: str
    years: tuple[str, ...]
    values: tuple[float | None, ...]
    judged: frozenset[str]


def value_text(value: float) -> str:
    """Format a value on a bar: no decimals from 10 or for whole numbers, one from 1, two below."""
    if value == int(value):
        return number(value, 0)
    return number(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.95 else 2)


def year_bars(panels: Sequence[YearBars], columns: int = 2, *, legend: bool = True, width: int = WIDE) -> Canvas:
    """Draw panels of bars in rows of ``columns``, two on a narrow screen at most."""
    columns = min(columns, len(panels), 2 if width < 500 else columns)
    rows = math.ceil(len(panels) / columns)
    head = _HEAD if legend else 4.0
    tall = LOW_PANEL if rows > 2 or (columns > 2 and rows > 1) else PANEL
    canvas = Canvas(width, head + rows * (tall + _BETWEEN) - 4)
    if legend:
        _legend(canvas)
    cell = (width - _GAP * (columns - 1)) / columns
    for i, each in enumerate(panels):
        left, top = (i % columns) * (cell + _GAP), head + (i // columns) * (tall + _BETWEEN)
        _panel(canvas, each, (left, top, cell, tall))
    return canvas


def _legend(canvas: Canvas) -> None:
    canvas.rect(0, 2, 11, 11, fill=ACCENT)
    canvas.text(17, 12, "years judged", size=SMALL, colour=MUTED)
    x = 31 + face().width("years judged", SMALL)
    canvas.rect(x, 2, 11, 11, fill=HUB)
    canvas.text(x + 17, 12, "other years", size=SMALL, colour=MUTED)


def _panel(canvas: Canvas, bars: YearBars, box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    strong = face(SEMIBOLD)
    unit_room = face().width(bars.unit, SMALL) + 8
    name = strong.shorten(bars.name, SIZE, width - unit_room)
    canvas.text(left, top + 13, name, weight=600)
    canvas.text(left + strong.width(name, SIZE) + 7, top + 13, bars.unit, size=SMALL, colour=MUTED)
    upper, ground = top + 34, top + height - 16
    slot = width / len(bars.years)
    bar = min(slot * 0.68, 30.0)
    known = [value for value in bars.values if value is not None]
    peak = max(known, default=0.0) or 1.0
    texts = [NOT_REPORTED if value is None else value_text(value) for value in bars.values]
    is_roomy = max(face().width(text, _LETTER) for text in texts) + 3 < slot
    named = set(range(len(texts))) if is_roomy else _named(bars)
    for i, (value, text) in enumerate(zip(bars.values, texts, strict=True)):
        middle = left + (i + 0.5) * slot
        tall = max((ground - upper) * (value or 0.0) / peak, 1.2 if value else 0.0)
        if value:
            fill = ACCENT if bars.years[i] in bars.judged else HUB
            canvas.rect(middle - bar / 2, ground - tall, bar, tall, fill=fill)
        if i in named:
            colour = MUTED if value is None else "#1c2126"
            half = face().width(text, _LETTER) / 2
            place = min(max(middle, left + half), left + width - half)
            canvas.text(place, ground - tall - 4, text, align="center", size=_LETTER, colour=colour)
    _year_names(canvas, bars, left, ground + 13, slot)
    canvas.line([(left, ground), (left + width, ground)], stroke=FAINT, width=1)


def _year_names(canvas: Canvas, bars: YearBars, left: float, y: float, slot: float) -> None:
    is_whole = face().width("2024", _LETTER) + 4 < slot
    last = len(bars.years) - 1
    every = 1 if len(bars.years) <= 12 or is_whole else 2
    for i, year in enumerate(bars.years):
        if (last - i) % every == 0:
            text = year if is_whole else f"’{year[2:]}"
            canvas.text(left + (i + 0.5) * slot, y, text, align="center", size=_LETTER, colour=MUTED)


def _named(bars: YearBars) -> set[int]:
    """Return the bars whose figures are printed where there is no room for all: the largest, and the ends apart from it."""
    known = [i for i, value in enumerate(bars.values) if value is not None]
    if not known:
        return set()
    peak = max(known, key=lambda i: bars.values[i] or 0.0)
    return {peak, *(i for i in (known[0], known[-1]) if abs(i - peak) > 1)}


def alt_bars(panels: Sequence[YearBars]) -> str:
    """Return the text of a chart: every series with the value of every year."""
    said = []
    for bars in panels:
        values = [
            f"{year} {NOT_REPORTED if value is None else value_text(value)}"
            for year, value in zip(bars.years, bars.values, strict=True)
        ]
        said.append(f"{bars.name}, {bars.unit}: {', '.join(values)}")
    return f"Bars by year. {'. '.join(said)}."
