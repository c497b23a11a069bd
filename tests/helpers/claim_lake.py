"""A small lake of annual figures in which one number decides a verdict."""

import math
from pathlib import Path

from lake_rows import put, trade_row

SELLERS = {"CHN": 40.0, "IND": 20.0, "BRA": 15.0, "TUR": 10.0}
MEMBERS = (
    "AUT", "BEL", "BGR", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HUN", "IRL", "ITA", "LTU", "LVA", "NLD", "POL",
    "PRT", "SWE",
)  # fmt: skip
BUYERS = ("RUS", "CHL", "EGY", "THA", "VNM", "PER", "KEN", "PAK")
YEARS = (2020, 2021, 2023, 2024)
CHIP, SHIRT = "854231", "610910"
MILLION = 1e6


def claim_rows(china_usd: float) -> list[dict[str, object]]:
    """Twenty members sell Russia 100 million of a chip a year before and 20 after; China 40, then ``china_usd`` million."""
    rows = []

    def add(reporter, partner, year, good, value):
        usd = value * MILLION
        rows.append(trade_row(period=f"{year}-01-01", reporter=reporter, partner=partner, good=good, value_usd=usd))

    sizes = {**SELLERS, **dict.fromkeys(MEMBERS, 5.0)}
    for year in YEARS:
        after = year > 2021
        for at, (seller, size) in enumerate(sizes.items()):
            for place, buyer in enumerate(BUYERS):
                for good in (CHIP, SHIRT):
                    value = size * (1.0 + 0.03 * math.sin(7 * at + 3 * place + year + (good == CHIP)))
                    if (buyer, good) == ("RUS", CHIP):
                        if seller in MEMBERS:
                            value = 1.0 if after else 5.0
                        elif seller == "CHN" and after:
                            value = china_usd
                    add(seller, buyer, year, good, value)
    return rows


def put_claim_rows(lake: Path, china_usd: float) -> str:
    """The figures as the next vintage; its name."""
    return put(lake, claim_rows(china_usd)).vintage


def chips_list(folder: Path) -> str:
    """A goods file that names the chip."""
    path = folder / "chip.csv"
    path.write_text("code,description\n854231,Processors\n")
    return str(path)
