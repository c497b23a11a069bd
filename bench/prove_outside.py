"""Results that others published, from their own data, beside ours.

    python bench/prove_outside.py --golden ../shared/data/golden

Three sources: the gravity data of the R package fixest; the applications of the Advanced
Guide to Trade Policy Analysis (Yotov, Piermartini, Monteiro and Larch 2016); the separation
cases of ppmlhdfe (Correia, Guimarães and Zylkin). Poisson figures and separation go through
Stopgap's own functions; ordinary least squares are pyfixest's, shown because the sources
print them beside. R's fixest is not in Debian (there is no r-cran-fixest), so its published
figures stand for it.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measured import ROOT, heading, table

Row = tuple[str, str, float, float, float]
"""Source, figure, published, ours, tolerance (of the same unit)."""

TOLERANCE = 5e-4
FIXEST, GUIDE = "fixest, trade", "Advanced Guide, chapter 1"


def columns_of(file: Path) -> dict[str, Any]:
    """An R file's table as columns."""
    import pyreadr

    [frame] = pyreadr.read_r(str(file)).values()
    return {name: frame[name].to_numpy() for name in frame.columns}


def least_squares(columns: dict[str, Any], formula: str, cluster: str) -> tuple[dict[str, float], dict[str, float]]:
    """Coefficients and errors of ordinary least squares, by pyfixest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its use of pandas
        import pandas as pd
        import pyfixest as pf

        fit: Any = pf.feols(formula, pd.DataFrame(columns), vcov={"CRV1": cluster})
        return dict(fit.coef()), dict(fit.se())


def fixest_rows(golden: Path) -> Iterator[Row]:
    """The walkthrough of the R package fixest."""
    from stopgap.measures.statistics.ppml import fit_poisson
    from stopgap.measures.statistics.separation import codes_of

    data = columns_of(golden / "fixest_trade" / "trade.RData")
    names = ("Origin", "Destination", "Product", "Year")
    effects = {name: codes_of(data[name].astype(str)) for name in names}
    column = {"distance": np.log(data["dist_km"])}

    def fit(*clusters: str) -> Any:
        groups = [effects[name] for name in clusters]
        return fit_poisson(data["Euros"], column, effects, groups, count_effects="nonnested")

    one, both = fit("Origin"), fit("Origin", "Destination")
    yield FIXEST, "Poisson, log distance", -1.52787, one.effects["distance"], TOLERANCE * 1.52787
    yield FIXEST, "its error by origin", 0.115678, one.clustered_se["distance"], TOLERANCE * 0.115678
    yield (FIXEST, "its error by origin and destination", 0.130734, both.clustered_se["distance"], TOLERANCE * 0.130734)
    logs = {"y": np.log(data["Euros"]), "x": column["distance"]} | {name: data[name].astype(str) for name in names}
    found, errors = least_squares(logs, f"y ~ x | {' + '.join(names)}", "Origin + Destination")
    yield FIXEST, "least squares on logs, log distance", -2.170, found["x"], 5e-4
    yield FIXEST, "its error by origin and destination", 0.1714, errors["x"], 1e-4


def guide_rows(golden: Path) -> Iterator[Row]:
    """The Advanced Guide: every fourth year 1986 to 2006, without domestic flows."""
    from stopgap.measures.statistics.ppml import fit_poisson
    from stopgap.measures.statistics.separation import codes_of

    data = columns_of(golden / "agtpa" / "agtpa_applications.rda")
    taken = (data["exporter"] != data["importer"]) & np.isin(data["year"], range(1986, 2007, 4))
    data = {name: column[taken] for name, column in data.items()}
    effects = {side: codes_of(data[side].astype(str), codes_of(data["year"])) for side in ("exporter", "importer")}
    columns = {"distance": np.log(data["dist"])} | {name: data[name] for name in ("cntg", "lang", "clny")}
    fit = fit_poisson(data["trade"], columns, effects, (codes_of(data["pair_id"]),))
    published = {"distance": -0.841, "cntg": 0.437, "lang": 0.247, "clny": -0.222}
    words = {"distance": "log distance", "cntg": "contiguity", "lang": "language", "clny": "colony"}
    for name, figure in published.items():
        yield GUIDE, f"Poisson, {words[name]}", figure, fit.effects[name], 6e-4
    some = data["trade"] > 0
    logs = {"y": np.log(data["trade"][some])} | {name: column[some] for name, column in columns.items()}
    logs |= {f"{side}_year": codes[some] for side, codes in effects.items()} | {"pair": data["pair_id"][some]}
    found, _ = least_squares(logs, "y ~ distance + cntg + lang + clny | exporter_year + importer_year", "pair")
    yield GUIDE, "least squares on logs, log distance", -1.216, found["distance"], 6e-4


def separation_rows(golden: Path) -> Iterator[tuple[str, int, int, int, int]]:
    """Case, observations, truly separated, found, wrongly judged."""
    from stopgap.measures.statistics.separation import codes_of, separated

    for file in sorted((golden / "separation").glob("sep_*.csv")):
        names = [name.strip() for name in file.read_text("utf-8").splitlines()[0].split(",")]
        data = dict(zip(names, np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2).T, strict=True))
        effects = [codes_of(data[name]) for name in names if name.startswith("id")]
        regressors = [data[name] for name in names if name.startswith("x")]
        if not effects:
            regressors.append(np.ones(len(data["y"])))
        matrix = np.column_stack(regressors) if regressors else np.zeros((len(data["y"]), 0))
        found, truth = separated(data["y"], matrix, effects), data["separated"] == 1
        yield file.stem, len(truth), int(truth.sum()), int(found.sum()), int((found != truth).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--golden", type=Path, default=ROOT.parent / "shared" / "data" / "golden")
    golden = parser.parse_args().golden
    if not golden.exists():
        sys.exit(f"the data are not in {golden}: name their folder with --golden")
    heading("Published results, reproduced", "pyfixest", "scipy")
    faults = []
    rows: list[list[object]] = []
    sources: tuple[Callable[[Path], Iterator[Row]], ...] = (fixest_rows, guide_rows)
    for source in sources:
        for name, figure, published, ours, tolerance in source(golden):
            holds = abs(ours - published) <= tolerance
            rows.append([name, figure, f"{published:g}", f"{ours:.6f}", f"{tolerance:.1g}", "yes" if holds else "NO"])
            if not holds:
                faults.append(f"{name}, {figure}: {ours} for {published}")
    table(["source", "figure", "published", "ours", "tolerance", "holds"], rows)
    cases = list(separation_rows(golden))
    table(["separation", "observations", "separated", "found", "wrong"], cases)
    faults += [f"{case}: {wrong} wrong" for case, _, _, _, wrong in cases if wrong]
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults or len(cases) != 18 else 0)


if __name__ == "__main__":
    main()
