"""Small worlds written by hand for briefs of buyers and of importers: value and kilograms by importer and seller.

Figures are invented and round. Energy: Russia sells to a few members and to others; after 2022 the members buy little,
India, China and Türkiye more, at dearer prices. Tariffs: the United States buys machinery of China and others, less of
China in 2019.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lake_rows import put, trade_row

FUELS = {"2701": 0.12, "2709": 0.5, "2710": 0.35, "2711": 0.4}  # dollars a kilogram before
ENERGY_MEMBERS = {"DEU": 900.0, "ITA": 500.0, "POL": 450.0, "NLD": 600.0, "JPN": 300.0}  # USD million a month of Russia
ENERGY_BUYERS = {"CHN": 1900.0, "IND": 300.0, "TUR": 400.0, "BRA": 60.0, "EGY": 50.0, "KOR": 350.0, "ARE": 20.0}
ENERGY_GROWTH = {"CHN": 1.6, "IND": 6.0, "TUR": 2.4, "BRA": 2.5, "EGY": 1.4, "KOR": 0.7, "ARE": 9.0}
ENERGY_SELLERS = ("SAU", "IRQ", "NOR", "NGA", "QAT", "KWT", "AGO", "COL", "MEX", "OMN", "KAZ", "DZA")
PRICES_AFTER = 1.4

MACHINES = ("841370", "844332", "847130", "847150", "850440", "851712", "851762", "852872", "854231", "854430")
US_SELLERS = {"CHN": 60.0, "MEX": 25.0, "VNM": 6.0, "MYS": 8.0, "THA": 5.0, "KOR": 9.0, "TWN": 9.0, "DEU": 8.0}
US_FACTORS = {"CHN": 0.7, "MEX": 1.15, "VNM": 2.6, "MYS": 1.3, "THA": 1.4, "KOR": 1.1, "TWN": 1.5, "DEU": 1.05}
OTHER_IMPORTERS = ("GBR", "FRA", "CAN", "AUS", "BRA", "IND", "ZAF", "CHL", "ITA", "ESP", "NLD", "POL", "SWE", "CHE")
_Row = dict[str, object]


def _months(years: Iterable[int]) -> list[str]:
    return [f"{year}-{month:02d}-01" for year in years for month in range(1, 13)]


def energy_rows(*, with_weights: bool = True) -> list[_Row]:
    """Imports of fuels by importer and seller, monthly, 2020, 2021 and 2023."""
    return list(_energy(with_weights))


def _energy(with_weights: bool) -> Iterator[_Row]:
    chance = random.Random(27)
    importers = {**ENERGY_MEMBERS, **ENERGY_BUYERS}
    for period in _months((2020, 2021, 2023)):
        is_after = period > "2022"
        for importer, million in importers.items():
            for seller in ("RUS", *ENERGY_SELLERS):
                base = million * (1.0 if seller == "RUS" else 0.3)
                price = PRICES_AFTER if is_after else 1.0
                volume = 1.0
                if is_after and seller == "RUS":
                    volume = 0.1 if importer in ENERGY_MEMBERS else ENERGY_GROWTH[importer]
                    price = price * (1.0 if importer in ENERGY_MEMBERS else 0.8)
                elif is_after and importer in ENERGY_MEMBERS:
                    volume = 1.25
                for good, dollars in FUELS.items():
                    kilograms = base * 1e6 / 4 / dollars * volume * chance.uniform(0.85, 1.15)
                    yield trade_row(
                        period=period,
                        frequency="M",
                        reporter=importer,
                        partner=seller,
                        flow="M",
                        good=good,
                        revision="HS2022",
                        value_usd=kilograms * dollars * price,
                        net_kg=kilograms if with_weights else None,
                        valuation="CIF",
                    )


def tariff_rows(*, factors: Mapping[str, float] = US_FACTORS, weighed: Iterable[str] = MACHINES) -> list[_Row]:
    """Imports of machinery by importer and seller, annual, 2016 to 2019; only ``weighed`` codes have kilograms."""
    chance, kilograms = random.Random(18), set(weighed)
    rows = []
    for year in range(2016, 2020):
        for importer in ("USA", *OTHER_IMPORTERS):
            for seller, billion in US_SELLERS.items():
                if seller == importer:
                    continue
                size = billion * (1.0 if importer == "USA" else 0.12)
                factor = factors[seller] if importer == "USA" and year == 2019 else 1.0
                for good in MACHINES:
                    value = size * 1e9 / len(MACHINES) * factor * chance.uniform(0.92, 1.08) * 1.03 ** (year - 2016)
                    rows.append(
                        trade_row(
                            period=f"{year}-01-01",
                            reporter=importer,
                            partner=seller,
                            flow="M",
                            good=good,
                            value_usd=value,
                            net_kg=value / 25.0 / (1.1 if year == 2019 else 1.0) if good in kilograms else None,
                            valuation="CIF",
                        )
                    )
    return rows


def energy_lake(folder: Path, *, with_weights: bool = True) -> Path:
    """A lake with the fuels of :func:`energy_rows`."""
    put(folder / "energy", energy_rows(with_weights=with_weights))
    return folder / "energy"


def tariff_lake(folder: Path, **options: object) -> Path:
    """A lake with the machinery of :func:`tariff_rows`."""
    put(folder / "tariffs", tariff_rows(**options))  # type: ignore[arg-type]
    return folder / "tariffs"
