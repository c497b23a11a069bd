"""Points of economies on the map, worked out from its outlines when the pages' assets are built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from stopgap.pages.assets_of import read_asset


@dataclass(frozen=True)
class MapPoint:
    """Where an economy is drawn, in degrees.

    Attributes:
        longitude: East of Greenwich.
        latitude: North of the equator.
        is_small: Whether its outline is too small to see, or the map has none: a point stands for it.
    """

    longitude: float
    latitude: float
    is_small: bool


@cache
def map_points() -> Mapping[str, MapPoint]:
    """Return the points by code of the economy; aggregates and economies of the past have none."""
    read = json.loads(read_asset("points.json"))
    return {code: MapPoint(float(x), float(y), bool(is_small)) for code, (x, y, is_small) in read.items()}
