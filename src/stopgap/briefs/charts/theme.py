"""Colours, type and chart defaults that also work in greyscale print.

Lightness (CIE L*) of the fills: lost 23, accent 44, hub 69, rest 86; so they keep
their order and their contrast without colour.
"""

from __future__ import annotations

from typing import Any

from stopgap.briefs.charts.glyphs import CSS_FAMILY

INK = "#1c2126"
MUTED = "#5a636b"
FAINT = "#c9ced2"
GRID = "#e3e6e8"
PAPER = "#ffffff"
ACCENT = "#1a6e8e"
HUB = "#7db0c6"
LOST = "#33393f"
OTHER = "#8b949b"
# Stands for hatching: the drawing replaces it by a pattern, a bare specification shows it as a light grey.
HATCH = "#d6dadd"

SIZE = 13
SMALL = 11.5
WIDE = 680
NARROW = 348


def config() -> dict[str, Any]:
    """Vega-Lite configuration of every chart."""
    return {
        "font": CSS_FAMILY,
        "background": PAPER,
        # the layout measures its own text: the renderer's guess at widths must not move the frame
        "autosize": {"type": "none"},
        "padding": 0,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": True,
            "gridColor": GRID,
            "labelColor": MUTED,
            "labelFont": CSS_FAMILY,
            "labelFontSize": SMALL,
            "title": None,
        },
        "text": {"font": CSS_FAMILY, "fontSize": SIZE, "color": INK},
    }
