"""Charts of net figures: the net gain of each supplier with its interval, and the target among other destinations.

A solid mark is net, a hollow one gross. Where an interval runs off the scale, an arrow
marks the edge, and the figures beside it give both ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas, Scale, gross_mark, net_legend, scale_over, whisker
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.lines import round_top, unit_of
from stopgap.briefs.charts.theme import ACCENT, FAINT, GRID, HUB, MUTED, OTHER, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import MINUS, ordinal, percent, signed, usd
from stopgap.briefs.net.words import usd_interval
from stopgap.briefs.vocabulary import name_of
from stopgap.measures.backfill.results import DestinationExcess, Finding, SupplierResult
from stopgap.measures.statistics.placebo import t_quantile
from stopgap.panel.coalition_stages import COALITION

MOST_ROWS = 12
_LARGE = 0.3  # of the largest: what shares the first scale


def net_rows(finding: Finding) -> list[SupplierResult]:
    """Suppliers with a net gain, the largest first; ties by code."""
    rows = [row for row in finding.suppliers if row.net_gain_usd is not None]
    return sorted(rows, key=lambda row: (-(row.net_gain_usd or 0.0), row.supplier))


def net_text(row: SupplierResult) -> str:
    """Net change in words, with its interval; "cannot be told" where that is wider than the trade."""
    if row.is_told is False:
        return f"cannot be told ({usd_interval(row.ci95)})"
    return f"{usd(row.net_gain_usd or 0.0, currency=False)} ({usd_interval(row.ci95) or 'no interval'})"


def _size(row: SupplierResult) -> float:
    return max(abs(row.net_gain_usd or 0.0), abs(row.gain_usd))


def drawn_rows(finding: Finding) -> tuple[list[SupplierResult], list[SupplierResult]]:
    """Select the :data:`MOST_ROWS` suppliers with the largest change (gross or net), split into large and small."""
    rows = net_rows(finding)
    shown = sorted(rows, key=lambda row: (-_size(row), row.supplier))[:MOST_ROWS]
    top = max((_size(row) for row in shown), default=0.0)
    kept = [row for row in rows if row in shown]
    return [row for row in kept if _size(row) >= _LARGE * top], [row for row in kept if _size(row) < _LARGE * top]


def _scale(rows: Sequence[SupplierResult], left: float, right: float) -> Scale:
    """Scale that covers every mark, and interval ends only as far as they do not compress the marks."""
    marks = [0.0, *(row.gain_usd for row in rows), *(row.net_gain_usd or 0.0 for row in rows)]
    return scale_over(marks, [end for row in rows for end in (row.ci95 or ())], left, right)


def clipped(finding: Finding) -> int:
    """Number of intervals in the chart that run off their scale."""
    count = 0
    for block in drawn_rows(finding):
        if block:
            scale = _scale(block, 0.0, 1.0)
            count += sum(
                row.ci95 is not None and (row.ci95[0] < scale.low or row.ci95[1] > scale.high) for row in block
            )
    return count


def _grid(canvas: Canvas, scale: Scale, top: float, rows: int, pitch: float) -> None:
    """Draw ticks and lines through the rows; on a narrow chart, with names above the marks, only past the marks."""
    ground = top + rows * pitch
    spans = [(top, ground)]
    if canvas.width <= 500:
        spans = [(top + (i + 0.7) * pitch - 8, top + (i + 0.7) * pitch + 8) for i in range(rows)]
    divisor, unit = unit_of(max(abs(scale.low), abs(scale.high)))
    step = round_top((scale.high - scale.low) / (5 if canvas.width > 500 else 4))
    tick = math.ceil(scale.low / step) * step
    while tick <= scale.high:
        x = scale.x(tick)
        for start, end in spans:
            canvas.line([(x, start), (x, end)], stroke=MUTED if abs(tick) < step / 2 else GRID, width=1)
        text = f"{tick / divisor:g}".replace("-", MINUS)
        canvas.text(x, ground + 14, text, align="center", size=SMALL, colour=MUTED)
        tick += step
    canvas.text(scale.left, top - 6, f"USD {unit} a year", size=SMALL, colour=MUTED)


def net_gains(finding: Finding, names: Mapping[str, str], *, width: int = WIDE) -> Canvas:
    """Draw the net gain of each supplier with its 95 % interval, and the gross gain as a hollow mark."""
    wide = width > 500
    size, pitch = (SIZE, 25.0) if wide else (12.0, 38.0)
    type_, strong = face(), face(SEMIBOLD)
    blocks = [block for block in drawn_rows(finding) if block]
    called = {row.supplier: name_of(row.supplier, names) for block in blocks for row in block}
    hubs = {row.supplier: ", hub" if row.is_hub else "" for block in blocks for row in block}
    says = {row.supplier: net_text(row) for block in blocks for row in block}
    label_room = min(max(type_.width(called[code] + hubs[code], size) for code in called) + 14, width * 0.3)
    says_room = max(type_.width(text, SMALL) for text in says.values()) + 16
    left, right = (label_room, width - says_room) if wide else (6.0, width - 6.0)
    head, foot, gap = 44.0, 22.0, 34.0
    canvas = Canvas(width, head + sum(len(block) * pitch + foot + gap for block in blocks) - gap + 2)
    net_legend(canvas)
    top = head
    for block in blocks:
        scale, ground = _scale(block, left, right), top + len(block) * pitch
        _grid(canvas, scale, top, len(block), pitch)
        for i, row in enumerate(block):
            middle = top + (i + (0.5 if wide else 0.7)) * pitch
            name = called[row.supplier] + hubs[row.supplier]
            if wide:
                name = type_.shorten(name, size, label_room - 12)
                canvas.text(left - 12, middle + 4.5, name, align="right", size=size)
                canvas.text(right + 14, middle + 4, says[row.supplier], size=SMALL)
            else:
                text = says[row.supplier]
                name = strong.shorten(name, size, width - type_.width(text, SMALL) - 10)
                canvas.text(0, middle - 11, name, size=size, weight=600)
                canvas.text(width, middle - 11, text, align="right", size=SMALL)
            colour = HUB if row.is_hub else ACCENT
            if row.ci95 is not None:
                whisker(canvas, scale, row.ci95, middle, colour)
            gross_mark(canvas, scale.x(row.gain_usd), middle)
            if row.is_told is not False:
                canvas.dot(scale.x(row.net_gain_usd or 0.0), middle, fill=colour, size=46)
        top = ground + foot + gap
    return canvas


@dataclass(frozen=True)
class ChartedDestination:
    """One destination: its excess as a ratio (`excess_share`), and divided by its own chance spread (`scaled`)."""

    code: str
    name: str
    is_target: bool
    excess_share: float
    scaled: float


def places(finding: Finding, names: Mapping[str, str]) -> list[ChartedDestination]:
    """The target and the placebo destinations in order of rank; empty if one of them has no spread."""
    rows: Sequence[DestinationExcess] = finding.counterfactual.placebo_excess
    if any(row.deviation <= 0 for row in rows):
        return []
    return [
        ChartedDestination(
            row.destination,
            name_of(row.destination, names),
            row.destination in (finding.target, COALITION),
            math.expm1(row.excess),
            row.excess / row.deviation,
        )
        for row in rows
    ]


def chance_limit(finding: Finding) -> float | None:
    """Excess within which 95 of 100 destinations stay by chance, in units of their spread; ``None`` with too few."""
    others = len(finding.counterfactual.placebo_excess) - 1
    return t_quantile(others - 1) * math.sqrt(1 + 1 / others) if others > 1 else None


def _stacks(found: Sequence[ChartedDestination], bin_width: float) -> list[tuple[ChartedDestination, int]]:
    """Assign each destination a level in the column of dots that its value falls in."""
    levels: dict[int, int] = {}
    placed = []
    for place in sorted(found, key=lambda p: (not p.is_target, -p.scaled, p.code)):
        column = round(place.scaled / bin_width)
        placed.append((place, levels.get(column, 0)))
        levels[column] = levels.get(column, 0) + 1
    return placed


def among_placebos(finding: Finding, names: Mapping[str, str], *, width: int = WIDE) -> Canvas:
    """Draw each placebo destination as a dot by its excess, with the target marked and the range of chance shaded."""
    found = places(finding, names)
    limit = chance_limit(finding) or 0.0
    reach = max([abs(place.scaled) for place in found] + [limit, 1.0]) * 1.12
    left, right = 8.0, width - 8.0
    pixel = (right - left) / (2 * reach)
    dot = 12.0 if width > 500 else 10.0
    stacked = _stacks(found, dot / pixel)
    height_of = max(level for _, level in stacked) + 1
    head = 66.0
    ground = head + height_of * dot + 6
    canvas = Canvas(width, ground + 36)

    def x(value: float) -> float:
        return left + (value + reach) * pixel

    canvas.rect(x(-limit), head - 8, x(limit) - x(-limit), ground - head + 8, fill="#f1f3f4")
    canvas.line([(left, ground), (right, ground)], stroke=FAINT, width=1)
    canvas.line([(x(0), head - 8), (x(0), ground)], stroke=MUTED, width=1)
    step = round_top(reach / 4)
    for i in range(-int(reach / step), int(reach / step) + 1):
        text = f"{i * step:g}".replace("-", MINUS)
        canvas.text(x(i * step), ground + 14, text, align="center", size=SMALL, colour=MUTED)
    canvas.text(left, ground + 30, "Excess by its own chance spread", size=SMALL, colour=MUTED)
    canvas.text(x(-limit) + 4, head + 6, "95\u00a0% by chance", size=SMALL, colour=MUTED)
    for place, level in stacked:
        column = round(place.scaled * pixel / dot) * dot / pixel
        # dots stand in columns; the target stands where it is
        at = x(place.scaled if place.is_target else column), ground - (level + 0.5) * dot - 1
        if place.is_target:
            canvas.line([(at[0], 40), (at[0], at[1])], stroke=ACCENT, width=1.4)
            canvas.dot(*at, fill=ACCENT, size=dot * 11, shape="diamond")
            _target_label(canvas, finding, place, at[0])
        else:
            canvas.dot(*at, fill=OTHER, size=dot * 5.4)
    return canvas


def _target_label(canvas: Canvas, finding: Finding, place: ChartedDestination, x: float) -> None:
    rank = finding.backfill.placebo_rank
    text = f"{place.name} {signed(percent(place.excess_share), place.excess_share)}"
    lines = [text] if rank is None else [text, f"{ordinal(rank[0])} of {rank[1]}"]
    room = max(face(SEMIBOLD).width(line, SIZE) for line in lines) / 2
    middle = min(max(x, room + 2), canvas.width - room - 2)
    for i, line in enumerate(lines):
        canvas.text(middle, 16 + 16 * i, line, align="center", weight=600 if i == 0 else 400, colour=ACCENT)
