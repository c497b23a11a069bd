"""A small lake of annual figures in which one number decides a verdict."""

import math
from pathlib import Path

from lake_rows import put, trade_row

SELLERS = {"CHN": 40.0, "IND": 20.0, "BRA": 15.0, "TUR": 10.0}
BUYERS = ("RUS", "CHL", "EGY", "THA", "VNM", "PER", "KEN", "PAK")
YEARS = (2020, 2021, 2023, 2024)
CHIP, SHIRT = "854231", "610910"


def claim_rows(china_usd: float) -> list[dict[str, object]]:
    """Germany sells Russia 100 of a chip a year before and 20 after; China 40, then ``china_usd``."""
    rows = []

    def add(reporter, partner, year, good, value):
        rows.append(trade_row(period=f"{year}-01-01", reporter=reporter, partner=partner, good=good, value_usd=value))

    for year in YEARS:
        after = year > 2021
        add("DEU", "RUS", year, CHIP, 20.0 if after else 100.0)
        add("DEU", "RUS", year, SHIRT, 50.0)
        for at, (seller, size) in enumerate(SELLERS.items()):
            for place, buyer in enumerate(BUYERS):
                for good in (CHIP, SHIRT):
                    unrest = 1.0 + 0.03 * math.sin(7 * at + 3 * place + year + (good == CHIP))
                    value = size * unrest
                    if (seller, buyer, good, after) == ("CHN", "RUS", CHIP, True):
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
