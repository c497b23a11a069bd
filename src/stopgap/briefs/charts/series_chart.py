"""Chart of trade by period: a line for each pair, a gap where nothing was reported, a hollow mark where it was in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError, MissingDataError, UsageError
from stopgap.base.marking import Marking
from stopgap.briefs.charts.canvas import Canvas, Chart
from stopgap.briefs.charts.draw import svg_as_png, to_svg
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.lines import round_top, runs, spread
from stopgap.briefs.charts.theme import ACCENT, FAINT, HUB, INK, LOST, MUTED, OTHER, PAPER, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import number, one_line
from stopgap.measures.series.results import SeriesFinding, SeriesLine, SeriesRow
from stopgap.measures.series.words import pair_words

_Position = Callable[[float], float]

MOST = 6
"""Most pairs in one chart: those with the largest values."""

HEIGHT = 336
_STYLES: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    (ACCENT, ACCENT, ()), (LOST, LOST, ()), (HUB, ACCENT, (6, 3)), (OTHER, MUTED, (2, 3)), (INK, INK, (8, 3, 2, 3)), (MUTED, MUTED, (1, 2)),
)  # fmt: skip
"""Colour of line, colour of its label, and dashes: lines differ without colour."""

_FEW = 10
"""Most periods whose figures are all printed in a chart of one pair."""


@dataclass(frozen=True)
class _Line:
    name: str
    values: tuple[float | None, ...]  # of whole periods
    parts: tuple[float | None, ...]  # of periods that were reported in part

    @property
    def peak(self) -> float:
        return max((value for value in (*self.values, *self.parts) if value is not None), default=0.0)


def series_chart(finding: SeriesFinding, width: int = WIDE) -> Chart:
    """Return the chart of a series as an Altair chart.

    Raises:
        MissingDataError: No pair has a whole period.
    """
    return _canvas(finding, width).chart()


def _canvas(finding: SeriesFinding, width: int) -> Canvas:
    drawn = _lines(finding)
    periods = list(dict.fromkeys(row.period for row in finding.rows))
    canvas = Canvas(width, HEIGHT)
    left, upper, ground = 44.0, 66.0, HEIGHT - 62.0
    strong = face(SEMIBOLD)
    room = min(max(strong.width(line.name, SIZE) for line in drawn) + 14, width * 0.38) if len(drawn) > 1 else 28.0
    right = width - room
    top = max(line.peak for line in drawn) or 1.0
    divisor, unit = unit_of(finding, top)
    step = (right - left - 16) / max(len(periods) - 1, 1)

    def x(place: float) -> float:
        return left + 8 + place * step

    def y(value: float) -> float:
        return ground - (ground - upper) * value / top

    _frame(canvas, finding, unit, width)
    _axis(canvas, top, divisor, (left, right), y)
    _name_periods(canvas, periods, right - left, ground + 17, x)
    for line, (stroke, _, dash) in zip(drawn, _STYLES, strict=False):
        _draw(canvas, line, stroke, dash, x, y)
    if len(drawn) == 1 and len(periods) <= _FEW:
        _print_values(canvas, drawn[0], divisor, x, y)
    if len(drawn) > 1:
        _label(canvas, drawn, right, (upper, ground), y, room)
    return canvas


def series_svg(finding: SeriesFinding, marking: Marking) -> str:
    """Return the chart as SVG, with its title and a description inside; errors as :func:`series_chart`."""
    return to_svg(
        _canvas(finding, WIDE), key="series", title=title_of(finding), description=alt_text(finding), marking=marking
    )


def write_series_chart(finding: SeriesFinding, path: Path, marking: Marking) -> Path:
    """Write the chart as SVG or PNG, as the file's name ends; errors as :func:`series_chart`.

    Raises:
        UsageError: Another ending.
        InputError: The file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".svg", ".png"):
        raise UsageError(f"no chart ends in {ending or 'nothing'}", where=str(path), fix="use .svg or .png")
    svg = series_svg(finding, marking)
    content = svg.encode() if ending == ".svg" else svg_as_png(svg)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        what = f"the file cannot be written: {error.strerror}"
        raise InputError(what, where=str(path), fix="choose another --output") from error
    return path


def alt_text(finding: SeriesFinding) -> str:
    """Return the description of the chart: the headline, and each pair from first to last whole period."""
    told = [finding.headline]
    for line in finding.series:
        whole = [(row.period, finding.drawn(row)) for row in finding.rows_of(line) if row.is_complete]
        known = [(period, value) for period, value in whole if value is not None]
        if known:
            (first, low), (last, high) = known[0], known[-1]
            ends = f"{_told(low)} in {first}, {_told(high)} in {last}"
            told.append(f"{line.reporter} – {line.partner}: {ends}.")
    return " ".join(told)


def _told(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def _lines(finding: SeriesFinding) -> list[_Line]:
    found = [_line(finding, line) for line in finding.series]
    drawn = [line for line in found if any(value is not None for value in line.values)]
    if not drawn:
        raise MissingDataError(
            f"there is no whole {finding.by} to draw",
            where="chart",
            fix="choose other periods (--period) or a shorter --by",
        )
    kept = sorted(drawn, key=lambda line: -line.peak)[:MOST]
    return [line for line in drawn if line in kept]


def _line(finding: SeriesFinding, line: SeriesLine) -> _Line:
    rows = finding.rows_of(line)
    names = {each.reporter for each in finding.series}, {each.partner for each in finding.series}
    name = line.partner_name if len(names[0]) == 1 else line.reporter_name if len(names[1]) == 1 else ""
    return _Line(
        name or f"{line.reporter} – {line.partner}",
        tuple(_value(finding, row) if row.is_complete else None for row in rows),
        tuple(None if row.is_complete or finding.base else finding.drawn(row) for row in rows),
    )


def _value(finding: SeriesFinding, row: SeriesRow) -> float | None:
    return row.index if finding.base else finding.drawn(row)


def title_of(finding: SeriesFinding) -> str:
    """Return the title of a chart of a series: whose trade with whom, of which goods."""
    lines = finding.series
    if len(lines) == 1:
        return f"{pair_words(lines[0], finding.flow)}, {finding.goods_title}"
    kind = "Exports" if finding.flow == "X" else "Imports"
    reporters, partners = {line.reporter_name for line in lines}, {line.partner_name for line in lines}
    if len(reporters) == 1:
        return f"{kind} of {min(reporters)}, {finding.goods_title}"
    preposition = "to" if finding.flow == "X" else "from"
    return (
        f"{kind} {preposition} {min(partners)}, {finding.goods_title}"
        if len(partners) == 1
        else f"{kind}, {finding.goods_title}"
    )


def unit_of(finding: SeriesFinding, top: float) -> tuple[float, str]:
    """Return the divisor of the figures, and what they are in."""
    if finding.base:
        of = f"value in {finding.currency}" if finding.of == "value" else finding.of.replace("-", " ")
        return 1.0, f"Index of {of}, {finding.base} = 100"
    scale, word = next(((s, w) for s, w in ((1e9, " bn"), (1e6, " m"), (1e3, " thousand")) if top >= s), (1.0, ""))
    if finding.of == "value":
        return scale, f"{finding.currency}{word} a {finding.by}"
    if finding.of == "weight":
        return scale, f"kg{word} a {finding.by}"
    if finding.of == "unit-value":
        return 1.0, f"{finding.currency} per kg"
    units = sorted({row.quantity_unit for row in finding.rows if row.quantity_unit})
    return scale, f"{', '.join(units) or 'units'}{word} a {finding.by}"


def _frame(canvas: Canvas, finding: SeriesFinding, unit: str, width: int) -> None:
    strong, plain = face(SEMIBOLD), face()
    canvas.text(0, 15, strong.shorten(one_line(title_of(finding)), 15, width), size=15, weight=600)
    side = f"as the {finding.report} reports it, {finding.valuation}"
    canvas.text(0, 35, f"{unit}, {side}", size=SMALL, colour=MUTED)
    sources = ", ".join(sorted({source for line in finding.series for source in line.sources}))
    goods = f"{finding.goods} {finding.goods_version}".strip()
    built = sorted({line.built for line in finding.series} - {"", "as reported"})
    notes = [
        f"Source: {sources}; goods {goods}; vintage {finding.as_of}" + "".join(f"; {each}" for each in built) + "."
    ]
    parts = [row for row in finding.rows if not row.is_complete and row.value_usd is not None]
    if parts and not finding.base:
        notes.insert(0, f"Hollow: in part only ({parts[-1].period}: {parts[-1].reason}), not to be compared.")
    elif any(not row.is_complete for row in finding.rows):
        notes.insert(0, "Gap: not reported, or in part only; not zero.")
    for place, text in enumerate(notes):
        baseline = canvas.height - 8 - 15 * (len(notes) - 1 - place)
        canvas.text(0, baseline, plain.shorten(one_line(text), SMALL, width), size=SMALL, colour=MUTED)


def _name_periods(canvas: Canvas, periods: Sequence[str], room: float, baseline: float, x: _Position) -> None:
    """Print years, each at its first quarter or month; all periods where they are few."""
    is_few = len(periods) <= _FEW
    named = [
        (i, each if is_few else each[:4]) for i, each in enumerate(periods) if is_few or each[4:] in ("", "Q1", "-01")
    ]
    every = max(1, -(-len(named) * 56 // max(int(room), 1)))
    for place, (i, text) in enumerate(named):
        if (len(named) - 1 - place) % every == 0:
            canvas.text(x(i), baseline, text, align="center", size=SMALL, colour=MUTED)


def _axis(canvas: Canvas, top: float, divisor: float, ends: tuple[float, float], y: _Position) -> None:
    left, right = ends
    tick, level = round_top(top / 5), 0.0
    while level <= top * 1.001:
        at = y(level)
        canvas.line([(left, at), (right, at)], stroke=FAINT, width=0.6 if level else 1)
        canvas.text(left - 6, at + 4, f"{level / divisor:,g}", align="right", size=SMALL, colour=MUTED)
        level += tick


def _draw(canvas: Canvas, line: _Line, stroke: str, dash: Sequence[float], x: _Position, y: _Position) -> None:
    at = [(x(i), None if v is None else y(v)) for i, v in enumerate(line.values)]
    for run in runs(at):
        canvas.line(run, stroke=stroke, width=2.4, dash=dash)
    size = 36 if len(line.values) <= 40 else 0
    for across, up in at:
        if up is not None and size:
            canvas.dot(across, up, fill=stroke, size=size)
    for i, value in enumerate(line.parts):
        if value is not None:
            canvas.dot(x(i), y(value), fill=stroke, size=52)
            canvas.dot(x(i), y(value), fill=PAPER, size=22)


def _print_values(canvas: Canvas, line: _Line, divisor: float, x: _Position, y: _Position) -> None:
    for i, (whole, part) in enumerate(zip(line.values, line.parts, strict=True)):
        value = whole if whole is not None else part
        if value is None:
            canvas.text(x(i), y(0) - 5, "n/r", align="center", size=10.5, colour=MUTED)
            continue
        shown = value / divisor
        places = 0 if shown >= 99.5 else 1 if shown >= 9.95 else 2
        colour = INK if whole is not None else MUTED
        later = line.values[i + 1] if i + 1 < len(line.values) else None
        aside = (
            14.0 if later is not None and y(later) < y(value) - 24 else 0.0
        )  # the line rises where the figure would stand
        canvas.text(
            x(i) - aside, y(value) - 9, number(shown, places), align="center", size=SMALL, weight=600, colour=colour
        )


def _label(
    canvas: Canvas, drawn: Sequence[_Line], right: float, ends: tuple[float, float], y: _Position, room: float
) -> None:
    """Print the name of each line at its last whole figure, moved apart where they would collide."""
    strong = face(SEMIBOLD)
    lasts = [next(value for value in reversed(line.values) if value is not None) for line in drawn]
    places = spread([y(value) + 4 for value in lasts], 16, ends[0], ends[1] + 4)
    for line, place, (_, colour, _) in zip(drawn, places, _STYLES, strict=False):
        canvas.text(right + 8, place, strong.shorten(line.name, SIZE, room - 10), weight=600, colour=colour)
