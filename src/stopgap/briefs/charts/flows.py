"""Schematic flow chart from the coalition through hubs to the target.

The width of a ribbon is the rise of that leg from the baseline to the after-window,
on one scale for both legs; a rise too small for the scale keeps a minimum width, a
fall is a dashed line, and every leg prints its figures. No borders are drawn.
"""

from __future__ import annotations

from stopgap.base.vocab import Direction
from stopgap.briefs.charts.canvas import Canvas, Chart
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, INK, LOST, MUTED, OTHER, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import NBSP, NOT_REPORTED, is_one_year, one_line, usd
from stopgap.briefs.model import BriefModel, RouteLeg
from stopgap.briefs.vocabulary import coalition_of, windows_named

_MOST = (20.0, 11.0)  # width of the widest ribbon, in a wide and in a narrow picture
_LEAST = 1.4  # width of the smallest rise
_ROW = 54.0
_INTO = "#767f87"
_CURVE = 28  # pieces of a curve


def ranked_legs(model: BriefModel) -> list[RouteLeg]:
    """Return the legs sorted by trade out of the hub in the after-window, largest first; unreported ones last."""
    return sorted(
        model.legs, key=lambda leg: (leg.out_of_hub_after_usd is None, -(leg.out_of_hub_after_usd or 0), leg.hub)
    )


def rise_usd(before: float | None, after: float | None) -> float | None:
    """Change of a leg in dollars; ``None`` where a window is missing."""
    return None if before is None or after is None else after - before


def leg_words(before: float | None, after: float | None) -> str:
    """Format a leg in the two windows: ``2.6 → 5.7 bn``."""
    first = NOT_REPORTED if before is None else usd(before, currency=False)
    second = NOT_REPORTED if after is None else usd(after, currency=False)
    if first.endswith((f"{NBSP}bn", f"{NBSP}m")) and first.split(NBSP)[-1] == second.split(NBSP)[-1]:
        first = first.split(NBSP)[0]
    return f"{first} → {second}"


def route_ends(model: BriefModel) -> tuple[str, str]:
    """Names of the two ends of the routes, in the direction in which goods travel."""
    target = one_line(model.target_name)
    ends = (coalition_of(model.headline, model.names, model.members).head, target)
    return ends if model.direction == Direction.EXPORTS_TO_TARGET else (ends[1], ends[0])


def _ribbon(
    canvas: Canvas,
    start: tuple[float, float],
    bend: tuple[float, float],
    end: tuple[float, float],
    *,
    width: float,
    colour: str,
) -> None:
    """Draw a ribbon from `start` to `end`, curved between the two x of `bend`; width 0 is a fall and drawn dashed."""
    points = [start]
    for i in range(_CURVE + 1):
        t = i / _CURVE
        ease = t * t * t * (t * (6 * t - 15) + 10)
        points.append((bend[0] + (bend[1] - bend[0]) * t, start[1] + (end[1] - start[1]) * ease))
    points.append(end)
    if width:
        canvas.line(points, stroke=colour, width=round(width, 2))
    else:
        canvas.line(points, stroke=OTHER, width=1.1, dash=(2, 3))


def _width(rise: float | None, top: float, most: float) -> float:
    """Width of a ribbon in pixels; 0 for a fall, and where a window is missing."""
    return 0.0 if rise is None or rise <= 0 else max(most * rise / top, _LEAST)


def _stack(widths: list[float], middle: float) -> list[float]:
    """Centre positions of ribbons stacked at a node around `middle`."""
    gap = 9.0
    total = sum(widths) + gap * (len(widths) - 1)
    places, at = [], middle - total / 2
    for width in widths:
        places.append(at + width / 2)
        at += width + gap
    return places


def routes(model: BriefModel, *, width: int = WIDE) -> Chart:
    """Draw the flow from one end through each hub to the other, with direct trade as a line above."""
    legs = ranked_legs(model)
    wide = width > 500
    size = SIZE if wide else 12.0
    small = SMALL if wide else 10.5
    type_, strong = face(), face(SEMIBOLD)
    box = (132.0 if wide else 78.0) / 2
    node, centre = (10.0 if wide else 7.0), width / 2
    head, direct = 22.0, 50.0
    most, curve = (_MOST[0], 0.52) if wide else (_MOST[1], 0.42)
    top_of_rows = head + direct
    height = top_of_rows + len(legs) * _ROW + 4
    canvas = Canvas(width, height)
    into = [rise_usd(leg.into_hub_baseline_usd, leg.into_hub_after_usd) for leg in legs]
    out = [rise_usd(leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd) for leg in legs]
    top = max((rise for rise in [*into, *out] if rise is not None), default=0.0) or 1.0
    wide_in, wide_out = [_width(rise, top, most) for rise in into], [_width(rise, top, most) for rise in out]
    middle = top_of_rows + len(legs) * _ROW / 2
    starts, ends = _stack(wide_in, middle), _stack(wide_out, middle)
    left, right = node, width - node
    for i, leg in enumerate(legs):
        y = top_of_rows + (i + 0.5) * _ROW
        run = (centre - box) - left
        bend_in, bend_out = (left + run * 0.02, left + run * curve), (right - run * curve, right - run * 0.02)
        near, far = (centre - box, y), (centre + box, y)
        _ribbon(canvas, (left, starts[i]), bend_in, near, width=wide_in[i], colour=_INTO)
        _ribbon(canvas, far, bend_out, (right, ends[i]), width=wide_out[i], colour=ACCENT)
        canvas.dot(near[0] + 2, y, fill=INK, size=34, shape="triangle-right")
        canvas.dot(bend_out[0] + 2, y, fill=ACCENT if wide_out[i] else OTHER, size=60, shape="triangle-right")
        name = strong.shorten(one_line(leg.hub_name), size, 2 * box - 12)
        canvas.text(centre, y + 4.5, name, align="center", size=size, weight=600)
        words = leg_words(leg.into_hub_baseline_usd, leg.into_hub_after_usd)
        canvas.text(near[0] - 6, y - wide_in[i] / 2 - 5, words, align="right", size=small)
        words = leg_words(leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd)
        canvas.text(far[0] + 6, y - wide_out[i] / 2 - 5, words, size=small, colour=ACCENT)
        if leg.into_hub_mirror_after_usd is not None:
            mirror = f"hub’s record {usd(leg.into_hub_mirror_after_usd, currency=False)}"
            if type_.width(mirror, 10.5) > run * 0.62:
                mirror = f"hub {usd(leg.into_hub_mirror_after_usd, currency=False)}"
            canvas.text(near[0] - 6, y + wide_in[i] / 2 + 12, mirror, align="right", size=10.5, colour=MUTED)
    canvas.rect(0, head, node, height - head, fill=LOST)
    canvas.rect(width - node, head, node, height - head, fill=LOST)
    first, last = route_ends(model)
    canvas.text(0, 13, first, size=SIZE, weight=600)
    last = strong.shorten(last, SIZE, width * 0.3)
    canvas.text(width, 13, last, align="right", size=SIZE, weight=600)
    _direct(canvas, model, (left, right), head + 24, small)
    return canvas.chart()


def _direct(canvas: Canvas, model: BriefModel, ends: tuple[float, float], y: float, size: float) -> None:
    """Draw the coalition's direct trade with the target, which does not pass a hub."""
    finding = model.headline
    canvas.line([(ends[0], y), (ends[1] - 6, y)], stroke=OTHER, width=1.1, dash=(2, 3))
    canvas.dot(ends[1] - 4, y, fill=OTHER, size=34, shape="triangle-right")
    words = leg_words(finding.suspended.baseline_usd, finding.suspended.after_usd)
    both = " → ".join(windows_named(finding))
    year = "" if is_one_year(finding.windows.baseline) and is_one_year(finding.windows.after) else " a year"
    text = f"Direct, {both}: USD {words}{year}"
    room = canvas.width - 2 * (ends[0] + 8)
    text = face().shorten(text, size, room)
    canvas.text(canvas.width / 2, y - 6, text, align="center", size=size, colour=MUTED)
