"""Charts that a notebook draws without a network: a picture beside the Vega-Lite form, and no page that loads a script."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import altair as alt

from stopgap.base.display.forms import Picture
from stopgap.base.marking import Marking
from stopgap.base.visible_text import one_line
from stopgap.briefs.charts.draw import chart_as_png
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import INK, MUTED, SMALL, WIDE

_SCALE = 2.0
_TITLE = 15
_LEADING = 16
_MARGIN = 10  # of paper around, also where the page is dark
_MIME_TYPE = f"application/vnd.vegalite.v{alt.SCHEMA_VERSION.removeprefix('v').partition('.')[0]}+json"


class OfflineChart(alt.LayerChart):  # type: ignore[misc]
    """An Altair chart whose picture stands in the notebook."""

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the chart as PNG, as Vega-Lite and as text, and the size of the picture and what it shows."""
        picture, size = self._repr_png_()
        content = {
            "image/png": base64.b64encode(picture).decode("ascii"),
            _MIME_TYPE: self.to_dict(),
            "text/plain": size["alt"],
        }
        return content, {"image/png": size}

    def _display_(self) -> Picture:
        """Return what marimo shows: the picture."""
        picture, size = self._repr_png_()
        return Picture(picture, size["width"], size["alt"])

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        """Return the chart as PNG, with its width and height in pixels and its alternative text."""
        picture, (width, height) = chart_as_png(self, scale=_SCALE)
        told = self.description
        return picture, {"width": width, "height": height, "alt": told if isinstance(told, str) else "chart"}


def offline(chart: alt.LayerChart, description: str) -> OfflineChart:
    """Return a chart as one that a notebook draws without a network.

    Args:
        chart: The chart, with its padding.
        description: What it shows, for those who do not see it.
    """
    made = OfflineChart(**chart._kwds)
    made.padding = {side: room + _MARGIN for side, room in chart.padding.items()}
    made.description = one_line(description)
    return made


def titled(chart: alt.LayerChart, title: str, lines: Sequence[str], marking: Marking) -> alt.LayerChart:
    """Return a chart with a title above it, lines that say what was measured, and its marking.

    Args:
        chart: A chart of a canvas or of the waterfall, :data:`WIDE` pixels wide.
        title: Its title; shortened where it is too long for the width.
        lines: What was measured; a line too long for the width is broken.
        marking: Who may see it.
    """
    strong = face(SEMIBOLD)
    below = [part for line in lines for part in _broken(one_line(line))] + [marking.label]
    head = alt.TitleParams(
        strong.shorten(one_line(title), _TITLE, WIDE),
        subtitle=below,
        anchor="start",
        frame="group",
        fontSize=_TITLE,
        fontWeight=600,
        color=INK,
        subtitleFontSize=SMALL,
        subtitleColor=MUTED,
        subtitleLineHeight=_LEADING,
        offset=14,
    )
    top = _TITLE + 10 + _LEADING * len(below) + 14
    return chart.properties(title=head, padding={"left": 0, "right": 0, "top": top, "bottom": 6})


def _broken(text: str) -> list[str]:
    """Return text in lines of at most :data:`WIDE` pixels, broken between words."""
    lines, letters = [""], face()
    *words, last = text.split(" ")
    for word in [*words[:-1], "\u00a0".join([*words[-1:], last])]:  # no last word alone
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.width(longer, SMALL) > WIDE:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
