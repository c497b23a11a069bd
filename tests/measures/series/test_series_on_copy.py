"""What a series reads from the tables of a native copy is what its SQL gives, to the last digit, and no more is seen."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from examples import some
from lake_rows import put, trade_row

from stopgap.base.errors import MissingDataError
from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.snapshot import Snapshot, connect, kept_stages, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.lake.supersession import Replaces
from stopgap.measures.series.request import SeriesRequest
from stopgap.measures.series.results import SeriesFinding
from stopgap.measures.series.run import series_on
from stopgap.measures.series.stages import SERIES_STAGES

ECONOMIES = ("DEU", "FRA", "CHN", "TUR", "RUS")
GOODS = ("854231", "854232", "8542", "85", "84+85", "TOTAL")
MONTHS = tuple(f"{year}-{month:02d}-01" for year in (2021, 2022) for month in range(1, 13))
VALUES = (None, 0.0, 1.0, 0.0000005, 2804208498.9829164, 1e12, 1234.56, 1 / 3, 100.0)
FILES = 3


def random_file(chance: random.Random, name: str) -> list[dict[str, Any]]:
    """Rows of one file: one or two sources and flows, some months, aggregates and breakdowns among them."""
    source = chance.choice(("comtrade", "eurostat"))
    frequencies, flows = chance.choice((("M",), ("M", "A"))), chance.choice((("X",), ("X", "M")))
    months = sorted(chance.sample(MONTHS, chance.choice((6, 14, 24))))
    reporters = [*chance.sample(ECONOMIES, 3), *chance.sample(("EU27",), chance.randint(0, 1))]
    goods, share = chance.sample(GOODS, 4), chance.choice((0.3, 0.8))
    rows = []
    for reporter, partner, good, period, flow, frequency in itertools.product(
        reporters, (*ECONOMIES, "W00"), goods, months, flows, frequencies
    ):
        if reporter == partner or chance.random() > share or (frequency == "A" and not period.endswith("-01-01")):
            continue
        is_sum = "W00" in (reporter, partner) or reporter == "EU27" or good == "TOTAL"
        row = trade_row(
            period=period, frequency=frequency, flow=flow, reporter=reporter, partner=partner, good=good, source=source,
            revision="HS2022" if period >= "2022-01-01" and chance.random() < 0.9 else "HS2017",
            value_usd=chance.choice(VALUES), net_kg=chance.choice((None, 0.0, 5.5)),
            quantity=chance.choice((None, 0.0, 3.0)), quantity_unit=chance.choice((None, "U", "L")),
            currency=chance.choice(("EUR", "EUR", "USD")) if source == "eurostat" else "USD",
            is_estimated=chance.random() < 0.1, receipt=name,
            kind="aggregate" if is_sum else chance.choice(("economy", "economy", "economy", "breakdown")),
        )  # fmt: skip
        rows.append(row)
    names = ("kind", "period", "frequency", "reporter", "partner", "flow", "good", "revision", "source")
    return list({tuple(row[name] for name in names): row for row in rows}.values())


def random_lake(lake: Path, seed: int, *, absent: str = "") -> None:
    """Import some files one after another, but one."""
    chance = random.Random(seed)
    for number in range(FILES):
        name, replaces = f"r{number}", chance.choice((Replaces.BOX, Replaces.BOX, Replaces.COMPLETE))
        rows = random_file(chance, name)
        if name != absent:
            put(lake, rows, name=name, replaces=replaces)


def requests(chance: random.Random) -> Iterator[SeriesRequest]:
    """Some questions."""
    for _ in range(4):
        by = chance.choice(("year", "quarter", "month"))
        yield SeriesRequest(
            reporters=chance.choice(("DEU", "DEU,CHN", "EU27", "EU27,TUR")),
            partners=chance.choice(("RUS", "RUS,CHN", "W00", "EU27", "TUR,W00")),
            goods=chance.choice(("TOTAL", "8542", "854231,854232", "85", "84,85")),
            flow=chance.choice("XM"), report=chance.choice((None, "exporter", "importer")), by=by,
            currency=chance.choice(("USD", "USD", "EUR")), growth=True,
            period=chance.choice((None, "2022", "2021-03:2022-04" if by == "month" else "2021:2022")),
        )  # fmt: skip


def plain(stage: Stage) -> Stage:
    """The stage by its SQL alone."""
    return replace(stage, on_copy=None, needs=tuple(plain(each) for each in stage.needs))


class Beside(DuckDBEngine):
    """An engine on a native copy that runs each stage by its SQL too, and holds both alike."""

    compared: set[str]

    def run(self, stage: Stage, *, tables: Any = None, params: Any = None) -> pa.Table:
        """Run a stage both ways."""
        found = super().run(stage, tables=tables, params=params)
        if stage in SERIES_STAGES:
            want = DuckDBEngine(self.con).run(plain(stage), tables=tables, params=params)
            assert found.schema == want.schema, stage.name
            assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, want.to_pylist())), stage.name
            if found.num_rows:
                self.compared.add(stage.name)
        return found


def finding(engine: DuckDBEngine, snapshot: Snapshot, request: SeriesRequest) -> SeriesFinding | str:
    """The finding, or what is said where there is none."""
    try:
        return series_on(engine, snapshot, request.options())
    except MissingDataError as error:
        return error.what


@contextlib.contextmanager
def engine_on_copy(snapshot: Snapshot) -> Iterator[Beside]:
    """The engine that reads a lake with a native copy."""
    with contextlib.closing(connect(snapshot)) as con:
        engine = Beside(con, answers=KeptAnswers(), kept=kept_stages(con, snapshot))
        engine.compared = set()
        yield engine


@pytest.mark.in_parts
def test_every_stage_and_finding_is_the_same_with_and_without_the_tables_of_the_copy(tmp_path: Path) -> None:
    compared: set[str] = set()
    for seed in some(range(6), every=3):
        lake, chance = tmp_path / str(seed), random.Random(seed)
        random_lake(lake, seed)
        snapshot = take_snapshot(lake)
        with engine_on_copy(snapshot) as engine:
            assert engine.kept
            for request in requests(chance):
                by_sql = DuckDBEngine(engine.con)
                assert finding(engine, snapshot, request) == finding(by_sql, snapshot, request)
            compared |= engine.compared
    assert compared == {stage.name for stage in SERIES_STAGES}


@pytest.mark.in_parts
@pytest.mark.one_in(2)
@pytest.mark.parametrize("hidden", ["r0", "r2"])
def test_who_may_not_see_a_file_is_told_what_a_lake_without_it_tells(tmp_path: Path, hidden: str) -> None:
    told = 0
    for seed in some((1, 0), every=2):
        lake, without, chance = tmp_path / f"{seed}", tmp_path / f"{seed} without", random.Random(seed)
        random_lake(lake, seed)
        random_lake(without, seed, absent=hidden)
        whole, other = take_snapshot(lake), take_snapshot(without)
        seen = whole.without(frozenset({hidden}))
        with engine_on_copy(whole) as all_of_it, engine_on_copy(seen) as engine, engine_on_copy(other) as truth:
            assert [bool(each.kept) for each in (all_of_it, engine, truth)] == [True, False, True]
            for request in requests(chance):
                finding(all_of_it, whole, request)
                found, want = finding(engine, seen, request), finding(truth, other, request)
                assert (getattr(found, "rows", found), getattr(found, "series", found)) == (
                    getattr(want, "rows", want), getattr(want, "series", want),
                )  # fmt: skip
                told += not isinstance(found, str)
    assert told > 2
