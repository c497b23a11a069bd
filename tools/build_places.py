"""Writes where economies lie and which share a border, from the borders of Natural Earth.

Run by a maintainer, with the file ``countries-50m.json`` of the npm package world-atlas 2.0.2
(``npm pack world-atlas@2.0.2``): ``python tools/build_places.py countries-50m.json``. An economy's place is
the centre of its largest piece of land; two economies share a border where their outlines share a line.
The same file gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from codes_build.common import write_csv

from stopgap.codes.areas import areas

UNNUMBERED = {"Kosovo": "XKX"}
OVERSEAS = {("BRA", "FRA"), ("FRA", "SUR"), ("FRA", "NLD"), ("CUB", "USA")}
"""Borders of overseas territories and leased ground, which say nothing of freight between the economies."""
SHARED_POINTS = 3
"""Lines shorter than this many points are left out: two corners that touch are no border."""


def main(path: Path) -> None:
    """Writes both tables."""
    world = json.loads(path.read_text("utf-8"))
    scale, shift = np.array(world["transform"]["scale"]), np.array(world["transform"]["translate"])
    lines = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in world["arcs"]]
    code_of = {str(area.m49).zfill(3): area.code for area in areas().values() if area.m49 and not area.exit_year}
    places: dict[str, tuple[float, float]] = {}
    owners: dict[int, set[str]] = defaultdict(set)
    for shape in world["objects"]["countries"]["geometries"]:
        code = UNNUMBERED.get(shape["properties"]["name"]) or code_of.get(shape.get("id", ""))
        if code is None or areas()[code].kind != "economy":
            continue
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        places[code] = largest_centre([ring_of(polygon[0], lines) for polygon in polygons])
        for number in (arc if arc >= 0 else ~arc for polygon in polygons for ring in polygon for arc in ring):
            owners[number].add(code)
    pairs = {
        pair
        for number, codes in owners.items()
        if len(lines[number]) >= SHARED_POINTS
        for pair in combinations(sorted(codes), 2)
    }
    print(write_csv("places.csv", ("code", "latitude", "longitude"), ((code, f"{lat:.2f}", f"{lon:.2f}") for code, (lat, lon) in sorted(places.items()))))  # fmt: skip
    print(write_csv("borders.csv", ("economy", "neighbour"), sorted(pairs - OVERSEAS)))


def ring_of(arcs: list[int], lines: list[Any]) -> Any:
    """The closed outline that a list of arcs describes; a negative number is an arc turned round."""
    return np.concatenate([lines[arc] if arc >= 0 else lines[~arc][::-1] for arc in arcs])


def largest_centre(rings: list[Any]) -> tuple[float, float]:
    """Latitude and longitude of the centre of the largest ring, areas taken at their latitude."""
    best, found = -1.0, (0.0, 0.0)
    for ring in rings:
        shrink = np.cos(np.radians(ring[:, 1].mean()))
        # Outlines are stitched over the 180th meridian: longitudes run on there.
        x, y = np.unwrap(ring[:, 0], period=360.0) * shrink, ring[:, 1]
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        area = cross.sum() / 2
        if abs(area) > best and abs(area) > 0:
            best = abs(area)
            centre_x = ((x[:-1] + x[1:]) * cross).sum() / (6 * area)
            found = (float(((y[:-1] + y[1:]) * cross).sum() / (6 * area)), float((centre_x / shrink + 180) % 360 - 180))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
