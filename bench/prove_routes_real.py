"""Routes on real figures: what can be said of them, and what cannot.

    python bench/prove_routes_real.py --data ../shared/data/trade

Loads Armenia's monthly cars and smartphones (both directions, as Armenia reports them) and
Eurostat's monthly exports of the EU27 to Russia and its neighbours, measures routes, and
prints what comes out. Skips what is not there. Exits 1 where a figure that the rows do not
carry would be printed as known.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from measured import ROOT, heading, table

from stopgap.base.errors import StopgapError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.results import RouteFinding, RouteMonth
from stopgap.measures.routes.run import routes
from stopgap.panel.prepare import measure_options

MILLION = 1e6
ARMENIA = "tvyal-armenia-georgia/2024"
NEIGHBOURS = ("ARM", "GEO", "KAZ", "KGZ", "UZB")


def millions(values: Iterable[float | None], months: int) -> str:
    """Mean a month in million dollars, or a dash where nothing was reported."""
    known = [value for value in values if value is not None]
    return f"{sum(known) / months / MILLION:.1f}" if known else "-"


def legs_of(finding: RouteFinding, hub: str) -> list[RouteMonth]:
    """The after-window's months of one hub."""
    return [row for row in finding.months if row.hub == hub and row.is_after]


def row_of(finding: RouteFinding, hub: str) -> list[object]:
    """A line of the table: means a month, then what is matched."""
    months = legs_of(finding, hub)
    count = len(months)
    [result] = [row for row in finding.hubs if row.hub == hub]
    matched = "-" if result.match_usd is None else f"{result.match_usd / 12 / MILLION:.1f}"
    counted = {None: "cannot be told", True: "yes", False: "no"}[result.counted]
    return [
        hub,
        millions((row.coalition_expected_usd for row in months), count),
        millions((row.coalition_usd for row in months), count),
        millions((row.target_expected_usd for row in months), count),
        millions((row.target_usd for row in months), count),
        matched,
        counted,
    ]


COLUMNS = ["hub", "into it: expected", "into it", "to Russia: expected", "to Russia", "matched", "counts"]


def show(title: str, finding: RouteFinding, hubs: Iterable[str]) -> None:
    """One case as a table and its warnings."""
    windows = finding.windows
    print(f"**{title}**: baseline {' to '.join(windows.baseline)}, after {' to '.join(windows.after)}, {finding.valuation}; million dollars a month.\n")  # fmt: skip
    table(COLUMNS, [row_of(finding, hub) for hub in hubs])
    print(f"Net: {'not known' if finding.routing.net_usd is None else f'{finding.routing.net_usd / MILLION:.1f} million a year'} ({finding.routing.because}).")  # fmt: skip
    print("".join(f"\n- {line[:240]}" for line in finding.warnings) + "\n")


def armenia(data: Path, folder: Path) -> list[str]:
    """Cars and smartphones; what is wrong with them."""
    lake, wrong = folder / "armenia", []
    for name, mapping in (("vehicle_trade_*.csv", "armenia-cars"), ("mobile_phone_reexports.csv", "armenia-phones")):  # fmt: skip
        import_paths(lake, sorted((data / ARMENIA).glob(f"*/{name}")), ImportRequest(mapping=mapping))
    for name, code in (("cars", "8703"), ("phones", "851713")):
        (folder / f"{name}.csv").write_text(f"code,description\n{code},{name}\n")
    cars = measure_options(goods=str(folder / "cars.csv"), after="2022-03:2023-10")
    finding = routes(lake, "russia-2022", cars, RouteRequest(leg1="hub"))
    show("Cars (HS 8703), as Armenia and Georgia report both legs", finding, ("ARM", "GEO"))
    if finding.routing.net_usd is not None or finding.loss_usd is not None:
        wrong.append("cars: neither the loss nor chance can be known")
    phones = str(folder / "phones.csv")
    try:
        routes(lake, "russia-2022", measure_options(goods=phones), RouteRequest(leg1="hub"))
        wrong.append("smartphones: there is no month of the episode's baseline")
    except StopgapError as error:
        print(f"**Smartphones (HS 851713), the episode's windows**: refused. {error.what}\n")
    given = measure_options(goods=phones, baseline="2022-01:2022-02", after="2023-01:2023-02")
    finding = routes(lake, "russia-2022", given, RouteRequest(leg1="hub"))
    show("Smartphones, two months of 2022 against the same of 2023", finding, ("ARM",))
    if finding.routing.net_usd is not None:
        wrong.append("smartphones: chance cannot be known")
    return wrong


def eurostat(data: Path, folder: Path) -> list[str]:
    """Only the first leg."""
    lake = folder / "eurostat"
    import_paths(
        lake, [data / "eurostat-cn8-monthly/derived/ruimpeks_long.parquet"], ImportRequest(mapping="eurostat-monthly")
    )
    options = measure_options(goods="chpl-2024-02", frequency="M", after="2022-03:2022-11")
    finding = routes(lake, "russia-2022", options)
    show("Priority goods, EU27 exports alone", finding, NEIGHBOURS)
    known = finding.routing.raw_usd is not None or finding.routing.net_usd is not None
    return ["EU27: a match without the second leg"] if known else []


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "trade")
    given = parser.parse_args()
    heading("Routes on real figures")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for needed, case in ((ARMENIA, armenia), ("eurostat-cn8-monthly/derived", eurostat)):
            if not (given.data / needed).exists():
                print(f"{needed} is not here: skipped.\n")
                continue
            wrong += case(given.data, Path(name))
    print(f"Said without ground: {'; '.join(wrong) or 'nothing'}.")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
