"""Write marks at pixel positions as SVG, mark by mark as Vega draws the Altair chart of the same canvas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from stopgap.briefs.charts.glyphs import CSS_FAMILY
from stopgap.briefs.charts.theme import PAPER

Row = Mapping[str, Any]
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_NAMES = {"rect": "rect", "line": "line", "band": "area", "dot": "symbol", "text": "text"}
_UNSEEN_STROKE = "#4c78a8"  # Vega's default stroke, of width 0
_HALF_ROOT_3 = math.sqrt(3) / 2


def svg_of_marks(width: float, height: float, layers: Iterable[tuple[tuple[Any, ...], Sequence[Row]]]) -> str:
    """Return an ``<svg>`` element of a canvas.

    Args:
        width: In pixels.
        height: In pixels.
        layers: Style (kind and what marks of the layer share) and rows of each layer, the lowest first.
    """
    return _Drawing(width, height).svg(layers)


def number(value: float) -> str:
    """Return a number as JavaScript prints it: the shortest text that reads as the same number."""
    if value == 0:
        return "0"
    text = repr(float(value)).removesuffix(".0")
    if "e" not in text:
        return text
    digits, power = text.split("e")
    at = int(power)
    if at < -6 or at >= 21:
        return f"{digits}e{at:+d}"
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    plain = digits.replace(".", "")
    return f"{sign}0.{'0' * (-at - 1)}{plain}" if at < 0 else f"{sign}{plain.ljust(at + 1, '0')}"


def _short(value: float) -> str:
    """Return a number with at most three decimals, halves rounded up."""
    return number(math.floor(value * 1000 + 0.5) / 1000)


class _Drawing:
    """Marks of one picture, by the size of its frame."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._back = f'<path class="background" d="M0,0h{number(width)}v{number(height)}h{number(-width)}Z"/>'

    def svg(self, layers: Iterable[tuple[tuple[Any, ...], Sequence[Row]]]) -> str:
        """Return the whole element."""
        wide, tall = number(self._width), number(self._height)
        drawn = "".join(self._layer(at, style, rows) for at, (style, rows) in enumerate(layers))
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
            f'class="marks" width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}">'
            f'<rect width="{wide}" height="{tall}" fill="{PAPER}"/>'
            '<g fill="none" stroke-miterlimit="10" transform="translate(0,0)">'
            f'<g class="mark-group role-frame root">{self._framed(drawn)}</g></g></svg>'
        )

    def _framed(self, drawn: str) -> str:
        """Return drawn marks in a frame of the whole picture."""
        inside = f"<g>{drawn}</g>" if drawn else "<g/>"
        return f'<g transform="translate(0,0)">{self._back}{inside}<path class="foreground" d="" display="none"/></g>'

    def _layer(self, at: int, style: tuple[Any, ...], rows: Sequence[Row]) -> str:
        """Return one layer; each path of lines and areas has a frame of its own."""
        kind, *shared = style
        opening = f'<g class="mark-{_NAMES[kind]} role-mark layer_{at}_marks">'
        if kind not in ("line", "band"):
            each: dict[str, Callable[..., str]] = {"rect": self._rect, "dot": self._dot, "text": self._text}
            marks = each[kind]
            return opening + "".join(marks(row, *shared) for row in rows) + "</g>"
        paths = [list(path) for _, path in groupby(rows, key=lambda row: row["path"])]
        drawn = "".join(self._framed(f"{opening}{self._path(path, kind, *shared)}</g>") for path in paths)
        return f'<g class="mark-group role-scope layer_{at}_pathgroup">{drawn}</g>'

    def _x(self, value: float) -> float:
        """Return a position as Vega's scale over the whole width returns it."""
        return self._width * (value / self._width)

    def _y(self, value: float) -> float:
        return self._height * (value / self._height)

    def _rect(self, row: Row) -> str:
        left, right = sorted((self._x(row["x"]), self._x(row["x2"])))
        top, bottom = sorted((self._y(row["y"]), self._y(row["y2"])))
        wide = right - left
        path = f"M{number(left)},{number(top)}h{number(wide)}v{number(bottom - top)}h{number(-wide)}Z"
        return f'<path d="{path}" fill="{row["fill"]}"/>'

    def _point(self, x: float, y: float) -> str:
        return f"{_short(self._x(x))},{_short(self._y(y))}"

    def _lower(self, row: Row) -> str:
        """Return the point of a band's lower edge: Vega holds the edge as a height."""
        upper = self._y(row["y"])
        return f"{_short(self._x(row['x']))},{_short(upper + (self._y(row['y2']) - upper))}"

    def _path(self, rows: Sequence[Row], kind: str, *shared: Any) -> str:
        upper = [self._point(row["x"], row["y"]) for row in rows]
        if kind == "band":
            lower = [self._lower(row) for row in reversed(rows)]
            return f'<path d="M{"L".join([*upper, *lower])}Z" fill="{shared[0]}"/>'
        stroke, width, dash = shared
        dashed = f' stroke-dasharray="{",".join(map(number, dash))}"' if dash else ""
        closed = "Z" if len(rows) == 1 else ""
        return (
            f'<path d="M{"L".join(upper)}{closed}" stroke="{stroke}" stroke-width="{number(width)}" '
            f'stroke-linejoin="round"{dashed}/>'
        )

    def _at(self, row: Row) -> str:
        return f'transform="translate({number(self._x(row["x"]))},{number(self._y(row["y"]))})"'

    def _dot(self, row: Row, shape: str) -> str:
        path = _symbol(shape, math.sqrt(row["size"]) / 2)
        return f'<path {self._at(row)} d="{path}" fill="{row["fill"]}" stroke="{_UNSEEN_STROKE}" stroke-width="0" opacity="1"/>'

    def _text(self, row: Row, align: str, weight: int) -> str:
        words = escape(str(row["text"]).strip())
        opening = (
            f'<text text-anchor="{_ANCHORS[align]}" {self._at(row)} font-family="{CSS_FAMILY}" '
            f'font-size="{number(row["size"])}px" font-weight="{weight}" fill="{row["fill"]}"'
        )
        return f"{opening}>{words}</text>" if words else f"{opening}/>"


def _symbol(shape: str, radius: float) -> str:
    """Return the path of a symbol around 0, 0; ValueError if there is no such shape."""
    r, low, half, less = map(_short, (radius, -radius, _HALF_ROOT_3 * radius, -_HALF_ROOT_3 * radius))
    if shape == "circle":
        return f"M{r},0A{r},{r},0,1,1,{low},0A{r},{r},0,1,1,{r},0" if radius else "M0,0"
    corners = {
        "diamond": (low, 0, 0, low, r, 0, 0, r),
        "triangle-left": (less, 0, half, low, half, r),
        "triangle-right": (half, 0, less, low, less, r),
        "triangle-up": (0, less, low, half, r, half),
        "triangle-down": (0, half, low, less, r, less),
    }.get(shape)
    if corners is None:
        raise ValueError(f"no symbol {shape!r}")
    points = (f"{x},{y}" for x, y in zip(corners[::2], corners[1::2], strict=True))
    return f"M{'L'.join(points)}Z"
