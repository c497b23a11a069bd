"""Results that others published, reproduced from their own data.

Tolerance: 5e-4 relative where the source prints five digits and more, half of the last digit
where it prints fewer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stopgap.measures.statistics.ppml import fit_poisson
from stopgap.measures.statistics.separation import codes_of, separated

GOLDEN = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "golden"
pytestmark = pytest.mark.skipif(not GOLDEN.exists(), reason="../shared/data is not here")


@cache
def frame(name: str) -> dict[str, Any]:
    """An R file's table as columns."""
    pyreadr = pytest.importorskip("pyreadr")
    [table] = pyreadr.read_r(str(GOLDEN / name)).values()
    return {column: table[column].to_numpy() for column in table.columns}


@pytest.mark.parametrize("number", range(1, 19))
def test_separation_is_found_as_in_the_suite_of_ppmlhdfe(number: int) -> None:
    """Correia, Guimarães and Zylkin: column ``separated`` of their 18 cases is the truth."""
    file = GOLDEN / "separation" / f"sep_{number:02d}.csv"
    names = [name.strip() for name in file.read_text("utf-8").splitlines()[0].split(",")]
    columns = dict(zip(names, np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2).T, strict=True))
    effects = [codes_of(columns[name]) for name in names if name.startswith("id")]
    regressors = [columns[name] for name in names if name.startswith("x")]
    if not effects:
        regressors.append(np.ones(len(columns["y"])))
    matrix = np.column_stack(regressors) if regressors else np.zeros((len(columns["y"]), 0))
    assert separated(columns["y"], matrix, effects).tolist() == (columns["separated"] == 1).tolist()


def test_gravity_of_the_fifteen_as_in_the_r_package_fixest() -> None:
    """Bergé's walkthrough: fepois(Euros ~ log(dist_km) | Origin + Destination + Product + Year)."""
    table = frame("fixest_trade/trade.RData")
    effects = {name: codes_of(table[name].astype(str)) for name in ("Origin", "Destination", "Product", "Year")}
    column = {"distance": np.log(table["dist_km"])}
    by_origin = fit_poisson(table["Euros"], column, effects, (effects["Origin"],), count_effects="nonnested")
    both = fit_poisson(
        table["Euros"], column, effects, (effects["Origin"], effects["Destination"]), count_effects="nonnested"
    )
    assert by_origin.observations == 38_325
    assert by_origin.effects["distance"] == pytest.approx(-1.52787, rel=5e-4)
    assert by_origin.clustered_se["distance"] == pytest.approx(0.115678, rel=5e-4)
    assert both.clustered_se["distance"] == pytest.approx(0.130734, rel=5e-4)


def test_gravity_of_the_advanced_guide() -> None:
    """Yotov, Piermartini, Monteiro and Larch (2016), chapter 1: every fourth year, no domestic flows."""
    table = frame("agtpa/agtpa_applications.rda")
    taken = (table["exporter"] != table["importer"]) & np.isin(table["year"], range(1986, 2007, 4))
    table = {name: column[taken] for name, column in table.items()}
    year = codes_of(table["year"])
    effects = {name: codes_of(table[name].astype(str), year) for name in ("exporter", "importer")}
    columns = {"distance": np.log(table["dist"])} | {name: table[name] for name in ("cntg", "lang", "clny")}
    fit = fit_poisson(table["trade"], columns, effects, (codes_of(table["pair_id"]),))
    published = {"distance": -0.841, "cntg": 0.437, "lang": 0.247, "clny": -0.222}
    assert {name: fit.effects[name] for name in published} == pytest.approx(published, abs=6e-4)
