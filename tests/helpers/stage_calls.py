"""Stages with the small tables and scalars that the measures give them, recorded while commands run on small lakes."""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlglot
from lake_rows import put, trade_row
from sqlglot import exp
from whole_lake import Whole, make_whole_lake, said

from stopgap.lake.engines.engine import DuckDBEngine, Scalars
from stopgap.lake.stage import Stage
from stopgap.lake.views import DECLARATION_VIEWS, TRADE_VIEWS

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

RELATIONS = frozenset({"trade_rows", "reported", "declaration_rows", *TRADE_VIEWS, *DECLARATION_VIEWS})
"""Relations of the lake that stages read."""


LAKES = ("lake", "moved-code-lake", "routing-lake", "importers-lake")
"""Folders of the lakes that are made."""

FIRST = "alerts, claims and packs"
"""What ran the calls on the first lake while it was made."""

ROUTES = ((), ("--leg1", "hub"), ("--report", "mirror"), ("--leg1", "hub", "--report", "mirror"))

IMPORTERS = """
name: stopped-buying
title: Members stop buying from China
target: CHN
direction: imports-from-target
role: suppliers-to-coalition
event: 2018-07
coalition: [DEU, FRA]
goods: [list.csv]
baseline: {from: 2016-01, to: 2017-12, min_months: 12}
after: {from: 2019-01, to: 2019-12}
hubs: [MYS]
"""


@dataclass(frozen=True, eq=False)
class StageCall:
    """A stage as it was run.

    Attributes:
        stage: The stage.
        tables: Small tables that it and what it needs read.
        params: Scalars by name.
        rows: Rows that it had.
        by: What ran it.
    """

    stage: Stage
    tables: Mapping[str, pa.Table]
    params: Scalars
    rows: int
    by: str

    @property
    def key(self) -> tuple[str, str]:
        return self.stage.name, self.stage.compiled()


@contextlib.contextmanager
def recording(calls: list[StageCall], by: str) -> Iterator[None]:
    """Add every stage that DuckDB runs in this process to the calls."""
    plain = DuckDBEngine.run

    def run(self: DuckDBEngine, stage: Stage, *, tables: Any = None, params: Any = None) -> pa.Table:
        answer = plain(self, stage, tables=tables, params=params)
        calls.append(StageCall(stage, dict(tables or {}), dict(params or {}), answer.num_rows, by))
        return answer

    DuckDBEngine.run = run  # type: ignore[method-assign]
    try:
        yield
    finally:
        DuckDBEngine.run = plain  # type: ignore[method-assign]


def record(folder: Path) -> tuple[Whole, list[StageCall]]:
    """Make lakes in an empty folder, run the measures on them, and return the first with all that was run."""
    calls: list[StageCall] = []
    with recording(calls, FIRST):
        whole = make_whole_lake(folder)
    for words in _commands(whole):
        _run(calls, whole.lake, *words)
    for kind in ("moved-code", "routing"):
        world, lake = folder / kind, folder / f"{kind}-lake"
        _said("simulate", "--output", world, "--kind", kind, "--seed", 1, "--rows", 6000)
        _said("import", world / "trade.csv", "--lake", lake)
        for words in (("measure",), ("counterfactual",), *(("routes", *more) for more in ROUTES)):
            _run(calls, lake, words[0], world / "episode.yml", *words[1:])
    lake = _importers(folder)
    for more in ((), ("--report", "mirror")):
        _run(calls, lake, "measure", folder / "importers.yml", *more)
    return whole, calls


def _importers(folder: Path) -> Path:
    """A lake of what two members and two suppliers report, for an episode of importers."""
    (folder / "list.csv").write_text("code,description\n854231,Processors\n", "utf-8")
    (folder / "importers.yml").write_text(IMPORTERS, "utf-8")
    rows = []
    for year in ("2016", "2017", "2019"):
        for place, (member, seller) in enumerate(itertools.product(("DEU", "FRA"), ("CHN", "VNM", "DEU", "USA"))):
            if member == seller or (member, year) == ("FRA", "2016"):
                continue
            same = {"period": f"{year}-01-01", "value_usd": 1e6 * (3 + place)}
            rows.append(trade_row(**same, reporter=member, partner=seller, flow="M", valuation="CIF", net_kg=9.0))
            rows.append(trade_row(**same, reporter=seller, partner=member))
        rows.append(trade_row(period=f"{year}-01-01", reporter="VNM", partner="USA", value_usd=7e6))
    put(folder / "importers-lake", rows)
    return folder / "importers-lake"


def _commands(whole: Whole) -> Iterator[tuple[object, ...]]:
    for name in ("measure", "counterfactual", "mirror", "prices", "nowcast", "levers", "routes"):
        yield (name, whole.episode)
    yield ("measure", whole.episode, "--by", "good")
    yield ("series", "--from", "COL", "--to", "AND", "--by", "month", "--goods", "84")
    yield ("exposure", whole.episode, "--no-screen")
    yield ("lake", "quality", whole.episode)
    yield ("alerts", "run", whole.episode)
    yield ("diff", whole.episode, "--from", "v1", "--to", "v2")
    yield ("watch", whole.episode, "--once", "--no-fetch")
    yield ("brief", whole.episode, "--output", whole.folder / "brief.html")


def _run(calls: list[StageCall], lake: Path, *words: object) -> None:
    with recording(calls, " ".join(str(word) for word in words if "/" not in str(word))):
        _said(*words, "--lake", lake)


def _said(*words: object) -> None:
    done = said(*words)
    if done.code:
        raise RuntimeError(f"{words}: {done.err}")


@cache
def leaves(stage: Stage) -> frozenset[str]:
    """Relations and small tables that a stage and what it needs read."""
    found: set[str] = set()
    for each in stage.ordered():
        tree = sqlglot.parse_one(each.sql, read="duckdb")
        own = {cte.alias for cte in tree.find_all(exp.CTE)} | {needed.name for needed in each.needs}
        found |= {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)} - own
    return frozenset(found)


def is_of_the_native_copy(stage: Stage) -> bool:
    """Whether a stage reads what DuckDB's own copy of a lake holds, which no other engine has: another stage stands for it."""
    return any(name.startswith("native.") for name in leaves(stage))


def scalars(stage: Stage) -> set[str]:
    """Names of the scalars that a stage needs."""
    return set(re.findall(r"\$(\w+)", stage.compiled()))
