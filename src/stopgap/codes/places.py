"""Distances between economies, and pairs that share a border."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from stopgap.codes.files import data_rows

EARTH_KM = 6371.0
NEAREST_KM = 50.0
"""Smallest distance: shorter ones, between the centres of small neighbours, are set to this."""


@cache
def places() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude in degrees of the centre of each economy's largest piece of land."""
    return {row["code"]: (float(row["latitude"]), float(row["longitude"])) for row in data_rows("places.csv")}


@cache
def borders() -> frozenset[tuple[str, str]]:
    """Return the pairs of economies that share a border, each in both orders."""
    pairs = [(row["economy"], row["neighbour"]) for row in data_rows("borders.csv")]
    return frozenset(pairs + [(other, one) for one, other in pairs])


def distance_km(economies: Sequence[str]) -> NDArray[np.float64]:
    """Return the matrix of great-circle distances in km; NaN on the diagonal and where a location is not known.

    Distances are between centres of land, not of people or ports: for large economies the error is 1,000 km and more.
    """
    known = places()
    unknown = (float("nan"), float("nan"))
    spots = np.radians(np.array([known.get(code, unknown) for code in economies], dtype=np.float64).reshape(-1, 2))
    lat, lon = spots[:, 0], spots[:, 1]
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    apart = np.maximum(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), NEAREST_KM)
    apart = np.where(np.isnan(half), np.nan, apart)
    np.fill_diagonal(apart, np.nan)
    return np.asarray(apart, dtype=np.float64)


def contiguity(economies: Sequence[str]) -> NDArray[np.float64]:
    """Return the matrix with 1 where two economies share a border, else 0; NaN where a location is not known."""
    known, pairs = places(), borders()
    return np.array(
        [
            [float("nan") if not {one, other} <= known.keys() else float((one, other) in pairs) for other in economies]
            for one in economies
        ],
        dtype=np.float64,
    ).reshape(len(economies), len(economies))
