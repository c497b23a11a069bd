"""Chart marks of an estimate with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import face
from stopgap.briefs.charts.theme import ACCENT, INK, MUTED, PAPER, SMALL

_BEYOND = 1.35  # how far a scale goes past its marks before intervals are cut
_NET = "net, with 95\u00a0% interval"


@dataclass(frozen=True)
class Scale:
    """Figures along a block, and what its edges cut off."""

    low: float
    high: float
    left: float
    right: float

    def x(self, value: float) -> float:
        """Pixel of a figure; what lies beyond an edge stands at the edge."""
        cut = min(max(value, self.low), self.high)
        return self.left + (self.right - self.left) * (cut - self.low) / (self.high - self.low)


def scale_over(marks: Sequence[float], ends: Sequence[float], left: float, right: float) -> Scale:
    """A scale that holds every mark, and ends of intervals as far as they do not crush the marks."""
    reach = _BEYOND * max(map(abs, marks)) or 1.0
    low, high = min([*marks, *ends]), max([*marks, *ends])
    low, high = max(low, min(-reach, min(marks))), min(high, max(reach, max(marks)))
    room = 0.03 * (high - low) or 1.0
    return Scale(low - room, high + room, left, right)


def whisker(canvas: Canvas, scale: Scale, interval: tuple[float, float], y: float, colour: str) -> None:
    """An interval; an arrow stands where it runs off the scale."""
    low, high = interval
    canvas.line([(scale.x(low), y), (scale.x(high), y)], stroke=colour, width=2.2)
    for end, beyond, shape, sign in (
        (low, low < scale.low, "triangle-left", -1),
        (high, high > scale.high, "triangle-right", 1),
    ):
        x = scale.x(end)
        if beyond:
            canvas.dot(x + 2 * sign, y, fill=colour, size=64, shape=shape)
        else:
            canvas.line([(x, y - 4.5), (x, y + 4.5)], stroke=colour, width=2.2)


def gross_mark(canvas: Canvas, x: float, y: float) -> None:
    """The hollow mark of a gross figure."""
    canvas.dot(x, y, fill=INK, size=92)
    canvas.dot(x, y, fill=PAPER, size=54)


def net_legend(canvas: Canvas) -> float:
    """What a solid and a hollow mark are; where the legend ends, in pixels."""
    canvas.dot(6, 9, fill=ACCENT, size=46)
    canvas.text(16, 13, _NET, size=SMALL, colour=MUTED)
    x = 28 + face().width(_NET, SMALL)
    gross_mark(canvas, x, 9)
    canvas.text(x + 10, 13, "gross", size=SMALL, colour=MUTED)
    return x + 10 + face().width("gross", SMALL)
