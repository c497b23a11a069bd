"""Drawing surface with marks at pixel positions, and the marks of an estimate with its interval.

Positions keep labels from colliding; the origin is the upper left corner. Marks of one kind and style share a layer;
areas are painted first, then bars, lines, dots, and text above all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stopgap.briefs.charts.glyphs import face
from stopgap.briefs.charts.svg_marks import svg_of_marks
from stopgap.briefs.charts.theme import ACCENT, INK, MUTED, PAPER, SIZE, SMALL, config

if TYPE_CHECKING:
    import altair as alt

Align = Literal["left", "center", "right"]
Point = tuple[float, float]
Chart: TypeAlias = "alt.LayerChart"

_BEYOND = 1.35  # how far a scale goes past its marks before intervals are cut
_NET = "net, with 95\u00a0% interval"
_ORDER = ("band", "rect", "line", "dot", "text")


class Canvas:
    """Collects marks at pixel positions; `svg` and `chart` return them as one picture of `width` by `height` pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._layers: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        self._paths = 0

    def _add(self, style: tuple[Any, ...], rows: list[dict[str, Any]]) -> None:
        self._layers.setdefault(style, []).extend(rows)

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        """Add a filled rectangle; `x` and `y` are its upper left corner."""
        self._add(("rect",), [{"x": x, "y": y, "x2": x + width, "y2": y + height, "fill": fill}])

    def line(
        self, points: Sequence[Point], *, stroke: str = INK, width: float = 1.0, dash: Sequence[float] = ()
    ) -> None:
        """Add a line through `points`; a single point draws nothing."""
        self._paths += 1
        rows = [{"x": x, "y": y, "i": i, "path": self._paths} for i, (x, y) in enumerate(points)]
        self._add(("line", stroke, width, tuple(dash)), rows)

    def band(self, points: Sequence[tuple[float, float, float]], *, fill: str) -> None:
        """Add an area between an upper and a lower edge; `points` are (x, upper, lower) from left to right."""
        self._paths += 1
        rows = [{"x": x, "y": top, "y2": low, "path": self._paths} for x, top, low in points]
        self._add(("band", fill), rows)

    def dot(self, x: float, y: float, *, fill: str, size: float = 30, shape: str = "circle") -> None:
        """Add a filled mark; `size` is its area, `shape` a Vega shape."""
        self._add(("dot", shape), [{"x": x, "y": y, "fill": fill, "size": size}])

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        align: Align = "left",
        size: float = SIZE,
        weight: int = 400,
        colour: str = INK,
    ) -> None:
        """Add one line of text with its baseline at `y`."""
        row = {"x": x, "y": y, "text": words, "size": size, "fill": colour}
        self._add(("text", align, weight), [row])

    def _ordered(self) -> list[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
        return sorted(self._layers.items(), key=lambda item: _ORDER.index(item[0][0]))

    def svg(self) -> str:
        """Return the marks as an ``<svg>`` element, the same picture as :meth:`chart`."""
        return svg_of_marks(self.width, self.height, self._ordered())

    def chart(self) -> Chart:
        """Return the marks as an Altair chart."""
        from altair.utils.schemapi import debug_mode

        # Each part is sound by what stands below: Altair need not hold it to its schema.
        with debug_mode(False):
            return self._chart()

    def _chart(self) -> Chart:
        import altair as alt

        x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, self.width], range=[0, self.width], nice=False))
        y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, self.height], range=[0, self.height], nice=False))
        fill = alt.Fill("fill:N", scale=None, legend=None)
        path = alt.Detail("path:N")
        layers, values = [], []
        base = alt.Chart()
        for (kind, *style), rows in self._ordered():
            if kind == "rect":
                layer = base.mark_rect().encode(x=x, y=y, x2=alt.X2("x2"), y2=alt.Y2("y2"), fill=fill)
            elif kind == "line":
                stroke, width, dash = style
                mark = base.mark_line(
                    stroke=stroke, strokeWidth=width, strokeDash=list(dash) or alt.Undefined, strokeJoin="round"
                )
                layer = mark.encode(x=x, y=y, detail=path, order=alt.Order("i:Q"))
            elif kind == "band":
                mark = base.mark_area(fill=style[0], line=False)
                layer = mark.encode(x=x, y=y, y2=alt.Y2("y2"), detail=path)
            elif kind == "dot":
                size = alt.Size("size:Q", scale=None, legend=None)
                mark = base.mark_point(shape=style[0], strokeWidth=0, opacity=1)
                layer = mark.encode(x=x, y=y, fill=fill, size=size)
            else:
                align, weight = style
                size = alt.Size("size:Q", scale=None, legend=None)
                mark = base.mark_text(align=align, baseline="alphabetic", fontWeight=weight)
                layer = mark.encode(x=x, y=y, text=alt.Text("text:N"), size=size, color=alt.Color("fill:N", scale=None))
            layers.append(layer)
            values.append(rows)
        chart = alt.layer(*layers).properties(width=self.width, height=self.height, config=config())
        # Data come last: every call above copies what a chart has.
        for layer, rows in zip(chart.layer, values, strict=True):
            layer.data = alt.Data(values=rows)
        return chart


@dataclass(frozen=True)
class Scale:
    """Linear scale from values (`low` to `high`) to pixels (`left` to `right`); values beyond an end are clipped."""

    low: float
    high: float
    left: float
    right: float

    def x(self, value: float) -> float:
        """Return the pixel position of a value; a value beyond an end of the scale is placed at that end."""
        cut = min(max(value, self.low), self.high)
        return self.left + (self.right - self.left) * (cut - self.low) / (self.high - self.low)


def scale_over(marks: Sequence[float], ends: Sequence[float], left: float, right: float) -> Scale:
    """Return a scale that covers every mark, and interval ends only as far as they do not compress the marks."""
    reach = _BEYOND * max(map(abs, marks)) or 1.0
    low, high = min([*marks, *ends]), max([*marks, *ends])
    low, high = max(low, min(-reach, min(marks))), min(high, max(reach, max(marks)))
    room = 0.03 * (high - low) or 1.0
    return Scale(low - room, high + room, left, right)


def whisker(canvas: Canvas, scale: Scale, interval: tuple[float, float], y: float, colour: str) -> None:
    """Draw a horizontal interval; an arrow marks an end that runs off the scale."""
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
    """Draw the hollow mark of a gross figure."""
    canvas.dot(x, y, fill=INK, size=92)
    canvas.dot(x, y, fill=PAPER, size=54)


def net_legend(canvas: Canvas) -> float:
    """Draw the legend of solid (net) and hollow (gross) marks; returns the x at which it ends, in pixels."""
    canvas.dot(6, 9, fill=ACCENT, size=46)
    canvas.text(16, 13, _NET, size=SMALL, colour=MUTED)
    x = 28 + face().width(_NET, SMALL)
    gross_mark(canvas, x, 9)
    canvas.text(x + 10, 13, "gross", size=SMALL, colour=MUTED)
    return x + 10 + face().width("gross", SMALL)
