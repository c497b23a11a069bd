"""Visual form of TLP 2.0 markings in pages, sheets and charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from stopgap.base.marking import Marking, Tlp
from stopgap.briefs.charts.glyphs import CSS_FAMILY

if TYPE_CHECKING:
    import altair as alt

GROUND = "#000000"
_INKS = {
    Tlp.CLEAR: "#FFFFFF",
    Tlp.GREEN: "#33FF00",
    Tlp.AMBER: "#FFC000",
    Tlp.AMBER_STRICT: "#FFC000",
    Tlp.RED: "#FF2B2B",
}
"""Label colours from TLP 2.0, table of colours (FIRST, August 2022). Contrast on black is 5:1 or more, also in grey."""

_SIZE = 10.0
_LETTER = 6.4  # of the label's type, wide enough for capitals
_STRIP = 19.0  # height that a picture grows by


def ink(marking: Marking) -> str:
    """Colour of the label on :data:`GROUND`."""
    return _INKS[marking.tlp]


def marked_svg(svg: str, marking: Marking) -> str:
    """Add the marking's label to an SVG, in a strip below the picture, at its lower right corner."""
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)" width="[0-9.]+" height="[0-9.]+"', svg)
    if found is None:
        raise ValueError("the picture has no size")
    width, height = map(float, found.groups())
    label, most = marking.label, int((width - 12) / _LETTER)
    if len(label) > most:  # as many of its economies as the picture is wide; its level always
        kept, _, _ = label[: most - 2].rpartition(", ")
        label = f"{kept or label.partition(' ')[0]} …"
    wide, tall = len(label) * _LETTER + 12, height + _STRIP
    size = f'viewBox="0 0 {width:g} {tall:g}" width="{width:g}" height="{tall:g}"'
    mark = (
        f'<g><rect x="{width - wide:g}" y="{height + 3:g}" width="{wide:g}" height="{_STRIP - 3:g}" fill="{GROUND}"/>'
        f'<text x="{width - wide / 2:g}" y="{height + 14.6:g}" text-anchor="middle" font-family="{CSS_FAMILY}" '
        f'font-size="{_SIZE:g}px" font-weight="600" fill="{ink(marking)}">{escape(label)}</text></g>'
    )
    return svg.replace(found.group(0), size, 1).removesuffix("</svg>") + mark + "</svg>"


def marked_chart(chart: alt.LayerChart, marking: Marking) -> alt.LayerChart:
    """Add the marking's label below an Altair chart; the label is black, because it has no background there."""
    import altair as alt

    label = alt.TitleParams(
        marking.label,
        orient="bottom",
        anchor="end",
        frame="group",
        fontSize=_SIZE,
        fontWeight="bold",
        color=GROUND,
        offset=4,
    )
    return chart.properties(title=label, padding={"left": 0, "right": 0, "top": 0, "bottom": _STRIP})
