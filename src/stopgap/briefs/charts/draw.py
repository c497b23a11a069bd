"""Render charts as SVG, each once from its specification, with a title and a description inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from stopgap.base.marking import CLEAR, Marking
from stopgap.base.progress import counted
from stopgap.base.visible_text import one_line, visible
from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import FONT_DIR
from stopgap.briefs.charts.png_size import size_of, smaller
from stopgap.briefs.charts.theme import HATCH, LOST, NARROW, PAPER, WIDE
from stopgap.briefs.formats.tlp import marked_svg

if TYPE_CHECKING:
    import altair as alt

    from stopgap.briefs.parts import ChartPart


@cache
def renderer() -> Any:
    """Return what draws Vega, with the fonts of our charts; loaded when it is first asked for."""
    import vl_convert

    vl_convert.register_font_directory(str(FONT_DIR))
    return vl_convert


def _vega_svg(chart: alt.TopLevelMixin) -> str:
    """Return an Altair chart as SVG."""
    specification = chart.to_dict(validate=False)
    # the picture has one description; marks need none of their own
    specification["config"] = {**specification.get("config", {}), "aria": False}
    svg: str = renderer().vegalite_to_svg(specification)
    return svg


def to_svg(
    chart: Canvas | alt.TopLevelMixin, *, key: str, title: str, description: str, marking: Marking = CLEAR
) -> str:
    """Render `chart` as one ``<svg>`` element that a screen reader announces by `title` and `description`.

    `key` prefixes every id inside, so that ids are unique on the page; the label of `marking` is printed in a corner.
    """
    svg = chart.svg() if isinstance(chart, Canvas) else _vega_svg(chart)
    opening, inside = svg.split(">", 1)
    inside = visible(inside)
    view_box = re.search(r'viewBox="([^"]+)"', opening)
    box = view_box.group(1) if view_box else "0 0 100 100"
    width, height = box.split()[2:]
    inside = re.sub(r' aria-[a-z]+="[^"]*"| role="[^"]*"', "", inside)
    inside = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', inside)
    inside = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", inside)
    hatched = f'fill="{HATCH}"' in inside
    inside = inside.replace(f'fill="{HATCH}"', f'fill="url(#{key}-hatch)" stroke="{LOST}" stroke-width="0.8"')
    pattern = (
        f'<defs><pattern id="{key}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{PAPER}"/>'
        f'<rect width="1.3" height="5" fill="{LOST}"/></pattern></defs>'
    )
    made = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(one_line(title))}</title><desc id="{key}-desc">{escape(one_line(description))}</desc>'
        f"{pattern if hatched else ''}{inside}"
    )
    return marked_svg(made, marking)


def svg_as_png(svg: str, *, scale: float = 2.0) -> bytes:
    """Return an SVG of :func:`to_svg` as a PNG, `scale` pixels for each of its own."""
    png: bytes = renderer().svg_to_png(svg, scale=scale)
    return png


def chart_as_png(chart: alt.TopLevelMixin, *, scale: float) -> tuple[bytes, tuple[int, int]]:
    """Return `chart` as a PNG, `scale` pixels for each of its own, and its own width and height."""
    png: bytes = renderer().vegalite_to_png(chart.to_dict(validate=False), scale=scale)
    width, height = size_of(png)
    return smaller(png), (round(width / scale), round(height / scale))


@dataclass(frozen=True)
class Drawing:
    """One chart as SVG: `wide` for a page or sheet, `narrow` for a small screen (empty where not drawn)."""

    wide: str
    narrow: str


def draw_figures(figures: Iterable[ChartPart], *, narrow: bool, marking: Marking = CLEAR) -> dict[str, Drawing]:
    """Draw each figure with the marking in its corner; return them by key, with a narrow version only if `narrow`."""

    def drawn(figure: ChartPart, width: int, size: str) -> str:
        chart, key = figure.draw(width), f"{size}-{figure.key}"
        return to_svg(chart, key=key, title=figure.title, description=figure.alt, marking=marking)

    return {
        figure.key: Drawing(drawn(figure, WIDE, "w"), drawn(figure, NARROW, "n") if narrow else "")
        for figure in counted(tuple(figures), "drawing picture")
    }
