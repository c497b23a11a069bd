"""A canvas's own SVG is the picture that Vega draws of its Altair chart."""

from __future__ import annotations

import random

import pytest

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.charts.svg_marks import number

WORDS = ("", "Türkiye (hub)", " a <b> & 'c' \"d\" ", "58\u00a0%", "−1,234", "n/r")


def _number(chance: random.Random) -> float:
    """Numbers that JavaScript and Python print differently among them: whole, tiny, huge, negative, many digits."""
    kinds = (chance.randint(-5, 700), chance.uniform(-5, 700), chance.uniform(0, 1e-4), 1e-7, 0.0, 12.0005, 680.0)
    return float(chance.choice(kinds))


def _canvas(seed: int) -> Canvas:
    chance = random.Random(seed)
    canvas = Canvas(chance.choice((680, 348, 333.25)), chance.choice((231, 100.5, 7)))
    for _ in range(chance.randint(1, 25)):
        at, to = (_number(chance), _number(chance)), (_number(chance), _number(chance))
        kind = chance.randrange(5)
        if kind == 0:
            canvas.rect(*at, *to, fill=chance.choice(("#7db0c6", "#d6dadd")))
        elif kind == 1:
            points = [(_number(chance), _number(chance)) for _ in range(chance.randint(1, 6))]
            dash = chance.choice(((), (3, 3), (2.5, 1)))
            canvas.line(points, stroke=chance.choice(("#1c2126", "#8b949b")), width=chance.choice((1, 0.7)), dash=dash)
        elif kind == 2:
            edges = [(x, _number(chance), _number(chance)) for x in sorted((at[0], to[0], _number(chance)))]
            canvas.band(edges, fill="#d5e5ec")
        elif kind == 3:
            shapes = ("circle", "diamond", "triangle-left", "triangle-right", "triangle-up", "triangle-down")
            canvas.dot(*at, fill="#1a6e8e", size=abs(to[0]), shape=chance.choice(shapes))
        else:
            align = chance.choice(("left", "center", "right"))
            canvas.text(*at, chance.choice(WORDS), align=align, size=chance.choice((13, 11.5)), weight=600)
    return canvas


@pytest.mark.parametrize("seed", range(40))
def test_a_canvas_draws_what_vega_draws(seed: int) -> None:
    canvas = _canvas(seed)
    own = to_svg(canvas, key="k", title="t", description="d")
    assert own == to_svg(canvas.chart(), key="k", title="t", description="d")


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.0, "0"), (-0.0, "0"), (3.0, "3"), (1e-05, "0.00001"), (1.5e-7, "1.5e-7"), (-0.25, "-0.25"), (1e21, "1e+21"),
     (123456789012345680000.0, "123456789012345680000"), (0.1 + 0.2, "0.30000000000000004")],
)  # fmt: skip
def test_numbers_are_printed_as_javascript_prints_them(value: float, printed: str) -> None:
    assert number(value) == printed


def test_a_shape_that_is_not_known_is_refused() -> None:
    canvas = Canvas(10, 10)
    canvas.dot(1, 1, fill="#000", shape="star")
    with pytest.raises(ValueError, match="star"):
        canvas.svg()
