"""Distances and borders against the map."""

from __future__ import annotations

import numpy as np
import pytest

from stopgap.codes.areas import areas
from stopgap.codes.places import borders, contiguity, distance_km, places


def test_distances_of_centres_are_those_of_the_map() -> None:
    apart = distance_km(["DEU", "FRA", "NZL", "RUS", "KAZ"])
    assert apart[0, 1] == pytest.approx(770, rel=0.05)  # centres of Germany and France
    assert apart[0, 2] == pytest.approx(18_200, rel=0.03)
    assert apart[3, 4] == pytest.approx(
        2_550, rel=0.1
    )  # Russia's centre lies east of the Urals, not across the 180th meridian
    assert np.isnan(np.diag(apart)).all()
    assert np.allclose(apart, apart.T, equal_nan=True)


def test_borders_are_mutual_and_of_economies() -> None:
    assert {("KGZ", "KAZ"), ("RUS", "KAZ"), ("RUS", "POL"), ("CHN", "KGZ")} <= borders()
    assert not {("BRA", "FRA"), ("KGZ", "RUS"), ("GBR", "FRA"), ("CUB", "USA")} & borders()
    assert all((other, one) in borders() and one != other for one, other in borders())
    assert all(areas()[code].kind == "economy" for code in places())


def test_an_unknown_place_is_not_known_rather_than_zero() -> None:
    assert np.isnan(distance_km(["DEU", "XYZ"])).all()
    assert np.isnan(contiguity(["DEU", "XYZ"])[0, 1])
    assert distance_km([]).shape == contiguity([]).shape == (0, 0)


def test_every_economy_of_an_episode_has_its_place() -> None:
    wanted = {
        code
        for code, area in areas().items()
        if area.kind == "economy" and area.entry_year is None and not area.exit_year
    }
    assert len(wanted - places().keys()) < 25, sorted(wanted - places().keys())
