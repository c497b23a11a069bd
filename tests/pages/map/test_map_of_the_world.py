"""The map that flows are drawn on: where outlines lie, and that every economy can be drawn."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from stopgap.codes.areas import areas
from stopgap.pages.assets_of import read_asset
from stopgap.pages.map.framing import MapFrame, equal_earth, placed_labels
from stopgap.pages.map.points import map_points


@cache
def _world() -> dict[str, list[list[list[tuple[float, float]]]]]:
    """Polygons of each economy, each a list of rings."""
    read = json.loads(read_asset("world.json"))
    (width, height), (left, bottom) = read["transform"]["scale"], read["transform"]["translate"]
    lines = []
    for arc in read["arcs"]:
        x = y = 0
        lines.append([(left + width * (x := x + dx), bottom + height * (y := y + dy)) for dx, dy in arc])

    def ring(arcs: list[int]) -> list[tuple[float, float]]:
        return [at for number in arcs for at in (lines[number] if number >= 0 else lines[~number][::-1])]

    found: dict[str, Any] = {}
    for shape in read["objects"]["countries"]["geometries"]:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        found[shape["id"]] = [[ring(arcs) for arcs in polygon] for polygon in polygons]
    return found


def _holds(code: str, longitude: float, latitude: float) -> bool:
    crossings = 0
    for polygon in _world()[code]:
        for ring in polygon:
            for (x0, y0), (x1, y1) in pairwise(ring):
                if (y0 > latitude) != (y1 > latitude) and longitude < x0 + (latitude - y0) / (y1 - y0) * (x1 - x0):
                    crossings += 1
    return crossings % 2 == 1


def test_crimea_lies_in_ukraine() -> None:
    assert _holds("UKR", 34.1, 44.95)
    assert not _holds("RUS", 34.1, 44.95)
    assert _holds("RUS", 37.6, 55.75)  # Moscow, so that a point in Russia is found there
    assert not _holds("UKR", 37.6, 55.75)


@pytest.mark.parametrize("code", ["HKG", "SGP", "TWN", "XKX"])
def test_small_and_disputed_economies_have_outlines_of_their_own(code: str) -> None:
    assert code in _world()


def test_every_economy_of_today_has_an_outline_or_a_point() -> None:
    today = {code for code, area in areas().items() if area.kind == "economy" and area.exit_year is None}
    lacking = {code for code in today - set(_world()) if not (code in map_points() and map_points()[code].is_small)}
    assert lacking == {"NTZ", "PUS"}  # a zone divided in 1991 and a name for islands that have codes of their own
    assert {"GIB", "MTQ"} <= today - set(_world())


@pytest.mark.parametrize("code", ["MLT", "BHR", "SGP", "HKG", "GIB"])
def test_economies_too_small_to_see_have_a_point(code: str) -> None:
    assert map_points()[code].is_small


def test_points_lie_within_the_outlines_of_large_economies() -> None:
    for code in ("RUS", "CHN", "USA", "FRA", "UKR", "KAZ", "ARE"):
        at = map_points()[code]
        assert not at.is_small
        assert _holds(code, at.longitude, at.latitude)


def test_the_projection_is_equal_earth() -> None:
    # the map's width at the equator and its height, as the paper gives them for a radius of 1
    assert equal_earth(11 + 179.9999999, 0)[0] == pytest.approx(2.70663, abs=1e-5)
    assert equal_earth(11, 90) == pytest.approx((0, -1.317363), abs=1e-6)
    assert equal_earth(11, -30)[1] == -equal_earth(11, 30)[1]


def test_the_corners_of_a_frame_touch_the_sides_of_the_map() -> None:
    frame = MapFrame(-20, 0, 140, 70)
    height = 900 * frame.aspect()
    spots = [frame.place((x, y), 900, height) for x, y in frame.corners()]
    assert min(x for x, _ in spots) == pytest.approx(0, abs=1e-9)
    assert max(x for x, _ in spots) == pytest.approx(900)
    assert min(y for _, y in spots) == pytest.approx(0, abs=1e-9)
    assert max(y for _, y in spots) == pytest.approx(height)


def test_labels_cover_neither_each_other_nor_leave_the_map() -> None:
    frame = MapFrame(-20, 0, 140, 70)
    points = [(10.0 + step, 50.0) for step in range(12)]
    height = 900 * frame.aspect()
    labels = placed_labels([(at, "Germany −8.7 bn") for at in points], points, frame, width=900, height=height)
    assert labels[0].text
    assert not all(each.text for each in labels)
    boxes = []
    for at, each in zip(points, labels, strict=True):
        if each.text:
            x, y = frame.place(at, 900, height)
            left = x + each.dx - {"left": 0, "right": 85, "center": 42.5}[each.align]
            boxes.append((left, y + each.dy))
    for one, (left, y) in enumerate(boxes):
        assert 0 <= left <= 900 - 80
        assert all(abs(y - other_y) >= 14 or abs(left - other) >= 80 for other, other_y in boxes[one + 1 :])
