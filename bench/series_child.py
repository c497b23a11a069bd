"""Child of bench_pages: Explore on a large lake, drawn whole, with other economies each time, beside SQL by hand.

    python bench/series_child.py MILLIONS RUNS

By hand, DuckDB sums dollars and kilograms of the same rows of the lake's Parquet files, and checks neither what was
reported nor which codes there are. Prints one JSON object: what -> seconds of each run; the first run of a kind is also told apart.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
from scale_lakes import ECONOMIES, economies, scale_lake
from scale_question import parquet_of

from stopgap.api import Lake
from stopgap.codes.groups import members
from stopgap.pages.drawing import Frame, draw_page
from stopgap.pages.explore.page import explore_page
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.site import ServiceSite

EU = "EU27"


@dataclass(frozen=True)
class Asked:
    """A series: the economies of both sides (``None``: another one each time), goods, and the length of a period."""

    reporters: str | None
    partners: str | None
    goods: str
    by: str

    def query(self, other: str) -> ExploreQuery:
        """Return what the page is asked for."""
        return ExploreQuery(self.reporters or other, self.partners or other, self.goods, by=self.by)

    def statement(self, other: str, files: list[str]) -> str:
        """Return the sums by hand."""
        goods = "" if self.goods == "TOTAL" else "AND substr(good, 1, 2) IN ('84', '85')"
        return f"""
            SELECT reporter, partner, period, sum(value_usd), sum(net_kg) FROM read_parquet({files})
            WHERE flow = 'X' AND reporter IN ({_codes(self.reporters or other)})
                AND partner IN ({_codes(self.partners or other)}) {goods}
            GROUP BY ALL
        """


def _union() -> frozenset[str]:
    return members(EU.lower(), on=dt.date(2023, 12, 31))


def _codes(text: str) -> str:
    names = sorted(_union()) if text == EU else text.split(",")
    return ", ".join(f"'{name}'" for name in names)


FIRST = "CHN, TUR to one, 84 and 85, by month"
SERIES = {
    FIRST: Asked("CHN,TUR", None, "84,85", "month"),
    "EU27 to one, all goods, by year": Asked(EU, None, "TOTAL", "year"),
    "one to EU27, 84 and 85, by month": Asked(None, EU, "84,85", "month"),
    "one to EU27, all goods, by year": Asked(None, EU, "TOTAL", "year"),
}


def main() -> None:
    millions, runs = int(sys.argv[1]), int(sys.argv[2])
    folder = scale_lake(millions)
    lake, frame = Lake(folder), Frame(ServiceSite(), extra={"here": "/"})
    files = parquet_of(folder)
    outside = [name for name in economies(ECONOMIES[millions]) if name not in {*_union(), "CHN", "TUR"}]
    found: dict[str, list[float]] = {}

    def taken(what: str, ask: Callable[..., object], *given: object) -> None:
        started = time.perf_counter()
        ask(*given)
        found.setdefault(what, []).append(time.perf_counter() - started)

    def drawn(query: ExploreQuery) -> None:
        page = explore_page(lake, query)
        draw_page(page, frame)
        assert page.values["error"] is None, page.values["error"]

    taken("Explore, first in a process", drawn, SERIES[FIRST].query(outside[-1]))
    with duckdb.connect() as con:
        for what, asked in SERIES.items():
            for other in outside[:runs]:
                taken(f"Explore, {what}", drawn, asked.query(other))
                taken("Explore, again", drawn, asked.query(other))
                taken(f"by hand, {what}", lambda text: con.execute(text).fetchall(), asked.statement(other, files))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
