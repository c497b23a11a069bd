"""Boxes of the labels of a chart made on the canvas, to see that none lies on another or leaves the frame."""

from __future__ import annotations

import itertools
from typing import Any

from stopgap.briefs.charts.glyphs import REGULAR, SEMIBOLD, face

Box = tuple[float, float, float, float, str]


def label_boxes(chart: Any) -> list[Box]:
    """Left, top, right and bottom of each label with its text; heights are those of capitals and figures."""
    found = []
    for layer in chart.chart().to_dict(validate=False)["layer"]:
        mark = layer["mark"]
        if mark["type"] != "text":
            continue
        font = face(SEMIBOLD if mark.get("fontWeight", 400) >= 600 else REGULAR)
        for row in layer["data"]["values"]:
            width = font.width(row["text"], row["size"])
            left = row["x"] - {"left": 0.0, "center": width / 2, "right": width}[mark.get("align", "left")]
            found.append((left, row["y"] - 0.66 * row["size"], left + width, row["y"], row["text"]))
    return found


def overlapping(boxes: list[Box], slack: float = 0.6) -> list[tuple[str, str]]:
    """Pairs of labels that lie on each other by more than `slack` pixels in both directions."""
    return [
        (a[4], b[4])
        for a, b in itertools.combinations(boxes, 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack
    ]


def outside(boxes: list[Box], width: float, slack: float = 1.0) -> list[str]:
    """Labels that leave the frame to the left or to the right."""
    return [text for left, _, right, _, text in boxes if left < -slack or right > width + slack]
