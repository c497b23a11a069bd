"""Where a map's frame lies on the page, and which labels have room on it: the projection and its fit, as Vega has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.glyphs import face

TURNED = 11.0
"""Degrees that the map is turned by, so that no land but ice is cut at its edge."""
LABEL_SIZE = 12.0
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_M = math.sqrt(3) / 2
FIRST = 3
"""Labels, after that of the market, that may cover points where there is no other room."""
_LINE = 15.0
_GAP = 6.0
_PLACES = (
    (_GAP, 0.0, "left"), (-_GAP, 0.0, "right"), (0.0, _LINE - 1, "center"), (0.0, -_LINE + 1, "center"),
    (_GAP, _LINE - 4, "left"), (-_GAP, _LINE - 4, "right"), (_GAP, -_LINE + 4, "left"), (-_GAP, -_LINE + 4, "right"),
)  # fmt: skip
"""Where a label may stand from its point, the best first."""

Degrees = tuple[float, float]


@dataclass(frozen=True)
class MapFrame:
    """Part of the world that a map shows.

    Attributes:
        west: Degrees, east of Greenwich; likewise the others.
    """

    west: float
    south: float
    east: float
    north: float

    def corners(self) -> list[list[float]]:
        """Return points that the map is fitted to, as longitude and latitude."""
        middle = (self.west + self.east) / 2
        return [[self.west, 20.0], [self.east, 20.0], [middle, self.south], [middle, self.north]]

    def aspect(self) -> float:
        """Return height divided by width."""
        (left, right), (top, bottom) = self._extent()
        return (bottom - top) / (right - left)

    def place(self, at: Degrees, width: float, height: float) -> tuple[float, float]:
        """Return where a point stands in pixels, from the left and the top."""
        (left, right), (top, bottom) = self._extent()
        scale = min(width / (right - left), height / (bottom - top))
        x, y = equal_earth(*at)
        return ((x - (left + right) / 2) * scale + width / 2, (y - (top + bottom) / 2) * scale + height / 2)

    def _extent(self) -> tuple[Degrees, Degrees]:
        spots = [equal_earth(x, y) for x, y in self.corners()]
        xs, ys = [x for x, _ in spots], [y for _, y in spots]
        return (min(xs), max(xs)), (min(ys), max(ys))


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Project a point by Equal Earth (Šavrič, Patterson and Jenny 2019), the map turned; y grows downwards."""
    turned = (longitude - TURNED + 180) % 360 - 180
    angle = math.asin(_M * math.sin(math.radians(latitude)))
    square = angle * angle
    sixth = square**3
    x = (
        math.radians(turned)
        * math.cos(angle)
        / (_M * (_A[0] + 3 * _A[1] * square + sixth * (7 * _A[2] + 9 * _A[3] * square)))
    )
    y = angle * (_A[0] + _A[1] * square + sixth * (_A[2] + _A[3] * square))
    return x, -y


@dataclass(frozen=True)
class PlacedLabel:
    """Label of a point: its text, empty where it has no room, and where it stands from the point in pixels."""

    text: str = ""
    dx: float = 0.0
    dy: float = 0.0
    align: str = "left"


def placed_labels(
    labels: Sequence[tuple[Degrees, str]], points: Sequence[Degrees], frame: MapFrame, *, width: float, height: float
) -> list[PlacedLabel]:
    """Return the labels that have room, in the order given: none covers another or leaves the map.

    Labels after the :data:`FIRST` cover no point either.

    Args:
        labels: Where each belongs, in degrees, and its text; the first is placed first.
        points: Points that are marked.
        frame: What the map shows.
        width: Of the map in pixels.
        height: Of the map in pixels.
    """
    spots = [frame.place(at, width, height) for at in points]
    taken: list[tuple[float, float, float, float]] = []
    found: list[PlacedLabel] = []
    for at, text in labels:
        x, y = frame.place(at, width, height)
        may_cover = len(found) <= FIRST
        found.append(_free(text, (x, y), spots, taken, (width, height), may_cover=may_cover) if text else PlacedLabel())
    return found


def _free(
    text: str,
    at: tuple[float, float],
    spots: Sequence[tuple[float, float]],
    taken: list[tuple[float, float, float, float]],
    size: tuple[float, float],
    *,
    may_cover: bool,
) -> PlacedLabel:
    x, y = at
    length = face().width(text, LABEL_SIZE) + 2
    fallback = None
    for dx, dy, align in _PLACES:
        left = x + dx - {"left": 0.0, "right": length, "center": length / 2}[align]
        box = (left, y + dy - _LINE / 2, left + length, y + dy + _LINE / 2)
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
        crossed = any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
        )
        if not inside or crossed:
            continue
        covers = any(
            box[0] - 2 < px < box[2] + 2 and box[1] - 1 < py < box[3] + 1 for px, py in spots if (px, py) != at
        )
        if not covers:
            taken.append(box)
            return PlacedLabel(text, dx, dy, align)
        fallback = fallback or (box, PlacedLabel(text, dx, dy, align))
    if fallback is None or not may_cover:
        return PlacedLabel()
    taken.append(fallback[0])
    return fallback[1]
