"""A target that stopped reporting and suppliers not yet in: exact cases, refusals, coverage."""

from __future__ import annotations

import numpy as np
import pytest
from mirror_worlds import all_reported, pairs

from stopgap.measures.mirror.gaps import Cube, cube_of, nowcast, reconstruct
from stopgap.measures.mirror.pairs import with_zeros

LAST = (2024 * 12, 2024 * 12)


def world(*, silent: bool = True, years: range = range(2018, 2025), ratio: float = 1.1) -> Cube:
    rows = []
    for name, size in (("A", 100.0), ("B", 300.0)):
        for year in years:
            told = None if silent and year == 2024 else size * year * ratio
            rows.append((name, "RUS", year, size * year, told))
    found = pairs(*rows)
    reported = all_reported(found, silent=[("M", "RUS", 2024 * 12)] if silent else [])
    return cube_of(with_zeros(found, reported), reported)


def test_a_steady_ratio_is_carried_on_exactly() -> None:
    [all_of, of_a] = reconstruct(world(), "RUS", {"all": None, "A": frozenset({"A"})}, LAST, is_importer=True)
    assert all_of.period == "2024-01"
    assert all_of.mirror_usd == pytest.approx(400 * 2024)
    assert all_of.estimate_usd == pytest.approx(440 * 2024)
    assert all_of.ci95 == (pytest.approx(440 * 2024), pytest.approx(440 * 2024))
    assert (all_of.method, all_of.rests_on, all_of.partners_reporting, all_of.share_reporting) == (
        "own history",
        6,
        2,
        1.0,
    )
    assert of_a.estimate_usd == pytest.approx(110 * 2024)


def test_a_target_that_reports_is_not_reconstructed_and_an_unknown_one_has_no_rows() -> None:
    assert reconstruct(world(silent=False), "RUS", {"all": None}, LAST, is_importer=True) == ()
    assert reconstruct(world(), "PRK", {"all": None}, LAST, is_importer=True) == ()


def test_a_short_history_without_peers_is_refused_with_the_reason() -> None:
    [row] = reconstruct(world(years=range(2022, 2025)), "RUS", {"all": None}, LAST, is_importer=True)
    assert (row.estimate_usd, row.ci95, row.method) == (None, None, "none")
    assert "2 periods of the 4 needed" in row.because


def test_silent_partners_are_left_out_of_the_mirror_and_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    shape = (6, 6, 9)
    exporter_usd, importer_usd = np.full(shape, np.nan), np.full(shape, np.nan)
    sold = np.exp(rng.normal(10, 0.3, (5, 9)))
    exporter_usd[:5, 5], importer_usd[:5, 5] = sold, sold * 1.1 * np.exp(rng.normal(0, 0.05, (5, 9)))
    importer_usd[:, :, 8] = np.nan
    whole = Cube(("A", "B", "C", "D", "E", "RUS"), np.arange(2016, 2025) * 12, exporter_usd, importer_usd)
    part = Cube(whole.economies, whole.periods, exporter_usd.copy(), importer_usd)
    part.exporter_usd[0, :, 8] = np.nan
    [full], [less] = (reconstruct(one, "RUS", {"all": None}, LAST, is_importer=True) for one in (whole, part))
    assert full.ci95 is not None
    assert less.ci95 is not None
    assert (full.partners_reporting, less.partners_reporting) == (5, 4)
    assert less.share_reporting == pytest.approx(importer_usd[1:5, 5, :8].sum() / importer_usd[:5, 5, :8].sum())
    assert np.log(less.ci95[1] / less.ci95[0]) > np.log(full.ci95[1] / full.ci95[0])


def test_exports_of_a_silent_target_are_reconstructed_from_its_buyers() -> None:
    rows = [("RUS", "CHN", year, None if year == 2024 else 100.0, 110.0) for year in range(2018, 2025)]
    found = pairs(*rows)
    reported = all_reported(found, silent=[("X", "RUS", 2024 * 12)])
    [row] = reconstruct(cube_of(found, reported), "RUS", {"all": None}, LAST, is_importer=False)
    assert row.estimate_usd == pytest.approx(100.0)


def late(target_reports: bool) -> Cube:
    rows = []
    for number in range(6):
        for year in range(2018, 2025):
            sold = None if number == 0 and year == 2024 else 100.0 * (number + 1) * (year - 2000)
            bought = 105.0 * (number + 1) * (year - 2000) if target_reports else None
            rows.append((f"S{number}", "RUS", year, sold, bought))
    found = pairs(*rows)
    silent = [("X", "S0", 2024 * 12)] + (
        [] if target_reports else [("M", "RUS", year * 12) for year in range(2018, 2025)]
    )
    return cube_of(found, all_reported(found, silent=silent))


@pytest.mark.parametrize("target_reports", [True, False])
def test_a_supplier_that_moves_with_its_mirror_or_the_others_is_nowcast_exactly(target_reports: bool) -> None:
    cube = late(target_reports)
    [row] = nowcast(cube, "RUS", frozenset(cube.economies), LAST, periods_per_year=1, target_imports=True)
    assert (row.supplier, row.period, row.rests_on) == ("S0", "2024-01", 6)
    assert row.estimate_usd == pytest.approx(2400.0)
    assert row.method in ("mirror", "others")


def test_one_year_of_history_is_moved_as_peers_moved_or_refused() -> None:
    rng = np.random.default_rng(2)
    rows = [("S00", "RUS", 2023, 100.0, None)]
    for number in range(1, 30):
        rows += [
            (f"S{number:02d}", "RUS", year, 100.0 * year / 2023 * np.exp(rng.normal(0, 0.1)), None)
            for year in (2023, 2024)
        ]
    found = pairs(*rows)
    cube = cube_of(found, all_reported(found, silent=[("X", "S00", 2024 * 12)]))
    [row] = nowcast(cube, "RUS", frozenset(cube.economies), LAST, periods_per_year=1, target_imports=True)
    assert (row.method, row.rests_on) == ("peers", 29)
    assert row.ci95 is not None
    assert row.ci95[0] < 100.0 < row.ci95[1]
    [none] = nowcast(cube, "RUS", frozenset({"S01"}), LAST, periods_per_year=1, target_imports=True)
    assert (none.estimate_usd, none.method) == (None, "none")
    assert "peers" in none.because


def test_a_past_that_moves_without_measure_gives_no_estimate() -> None:
    wild = [1.0, 1e9, 10.0, 1e12, 1.0, 1e8]
    rows = [("S0", "RUS", 2018 + at, usd, None) for at, usd in enumerate(wild)] + [("S0", "RUS", 2024, None, 1.0)]
    rows += [("S1", "RUS", year, 100.0, None) for year in range(2018, 2025)]
    found = pairs(*rows)
    cube = cube_of(found, all_reported(found, silent=[("X", "S0", 2024 * 12)]))
    [row] = nowcast(cube, "RUS", frozenset(), LAST, periods_per_year=1, target_imports=True)
    assert (row.estimate_usd, row.ci95, row.method) == (None, None, "none")
    assert "a million times apart" in row.because
