"""Stages worked out from the arrays of a native copy give the rows of their SQL, to the last digit."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Report
from stopgap.lake.engines import period_arrays
from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.snapshot import connect, kept_stages, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.backfill.cell_test_arrays import CELL_SERIES
from stopgap.measures.backfill.in_force_stage import in_force_cells
from stopgap.panel.basis import MATCH_SCHEMA
from stopgap.panel.quantity_stages import unit_coverage
from stopgap.panel.stages import panel
from stopgap.panel.unstable_stages import CODE_MOVES, TARGET_MOVES
from stopgap.panel.world_stages import WORLD_CELLS, WORLD_FACTORS, WORLD_REPORTERS

ECONOMIES = ("RUS", "CHN", "DEU", "TUR", "USA")
GOODS = ("854231", "854232", "901380", "84+85")
MONTHS = tuple(f"{year}-{month:02d}-01" for year in (2021, 2022, 2023) for month in (1, 2, 12))
VALUES = (
    0.0,
    1.0,
    0.0000005,
    0.0000015,
    2804208498.9829164,
    9e9,
    12345678901.234567,
    9.9e11,
    1234.56,
    0.1,
    1 / 3,
    100.0,
)
PARAMS: dict[str, Any] = {
    "target": "RUS", "flow": "X", "frequency": "M", "periods_per_year": 12, "active_usd": 100.0,
    "first": "2021-01-01", "last": "2023-12-28", "first_period": "2021-01-01", "last_period": "2023-12-01",
}  # fmt: skip


def plain(stage: Stage) -> Stage:
    """The stage by its SQL alone."""
    return replace(stage, on_copy=None, needs=tuple(plain(each) for each in stage.needs))


def rows_of(table: pa.Table, names: list[str]) -> list[tuple[str, ...]]:
    return sorted(tuple(map(repr, row)) for row in zip(*(table[name].to_pylist() for name in names), strict=True))


def trades(chance: random.Random) -> list[dict[str, Any]]:
    keys = [key for key in itertools.product(ECONOMIES, ECONOMIES, GOODS, MONTHS) if key[0] != key[1]]
    share = chance.choice((0.05, 0.4, 0.9))
    without_value = chance.choice((0.0, 0.02, 0.5))
    several, frequencies = chance.random() < 0.3, chance.choice((("M",), ("M", "A")))
    rows = []
    for reporter, partner, good, period in keys:
        if chance.random() > share:
            continue
        # Each reporter has one revision a period; with ``several`` China's January 2022 is in two.
        newer = period >= "2022-01-01"
        revisions = ["HS2022" if newer else "HS2017"]
        if several and reporter == "CHN" and period == "2022-01-01":
            revisions.append("HS2017")
        for revision, frequency in itertools.product(revisions, frequencies):
            if frequency == "A" and not period.endswith("-01-01"):
                continue
            rows.append(
                trade_row(
                    period=period, frequency=frequency, reporter=reporter, partner=partner, good=good, revision=revision,
                    value_usd=None if chance.random() < without_value else chance.choice(VALUES), net_kg=chance.choice((None, 0.0, 5.0)),
                    quantity=chance.choice((None, 0.0, 3.0)), quantity_unit=chance.choice((None, "U", "kg")),
                    is_estimated=chance.choice((None, *[False] * 8, True)), source=chance.choice(("comtrade", "comtrade", "eurostat")),
                    kind="economy" if chance.random() < 0.95 else "aggregate",
                )
            )  # fmt: skip
    once = {
        tuple(
            row[name]
            for name in ("kind", "period", "frequency", "reporter", "partner", "flow", "good", "revision", "source")
        ): row
        for row in rows
    }
    return list(once.values())


def small_tables(chance: random.Random) -> dict[str, pa.Table]:
    source_of = {name: chance.choice(("comtrade", "eurostat")) for name in ECONOMIES if name != "RUS"}
    chosen = [name for name in source_of if chance.random() < 0.8] or ["CHN"]
    weight = chance.choice((1.0, 0.5, 1 / 3))
    matches = [
        {"source": source, "revision": revision, "good": good, "panel_good": panel_good, "weight": share, "is_estimated": share != 1.0}
        for source in ("comtrade", "eurostat")
        for revision in ("HS2017", "HS2022")
        for good, panel_good, share in (("854231", "854231", 1.0), ("854232", "854231", weight), ("854232", "854232", 1 - weight or 0.5))
    ]  # fmt: skip
    ordinary = [
        {"source": source, "revision": revision, "good": "901380", "panel_good": "901380", "weight": 1.0, "is_estimated": False}
        for source in ("comtrade", "eurostat") for revision in ("HS2017", "HS2022")
    ]  # fmt: skip
    months = [dt.date.fromisoformat(month) for month in MONTHS]
    cut, start = chance.randint(2, 4), chance.randint(4, 6)
    periods = [{"period": month, "part": "baseline", "season": month.month} for month in months[:cut]]
    periods += [{"period": month, "part": "after", "season": month.month} for month in months[start:]]
    text = pa.string()
    in_force = [
        {"supplier": name, "good": good, "period": month}
        for name in chosen for good in ("854231", "854232") for month in months[start:] if chance.random() < 0.6
    ]  # fmt: skip
    pairs = [{"supplier": name, "source": source_of[name], "reporter": name} for name in chosen]
    world = pa.schema([*MATCH_SCHEMA, ("is_sanctioned", pa.bool_())])
    return {
        "wanted": pa.Table.from_pylist(matches, schema=MATCH_SCHEMA),
        "chosen": pa.Table.from_pylist(pairs, schema=pa.schema({"supplier": text, "source": text, "reporter": text})),
        "periods": pa.Table.from_pylist(periods, schema=pa.schema({"period": pa.date32(), "part": text, "season": pa.int32()})),
        "chapters": pa.table({"chapter": pa.array(["85"], text)}),
        "world_chosen": pa.Table.from_pylist(pairs, schema=pa.schema({"supplier": text, "source": text})),
        "world_wanted": pa.Table.from_pylist(
            [each | {"is_sanctioned": True} for each in matches] + [each | {"is_sanctioned": False} for each in ordinary], schema=world
        ),
        "cell_suppliers": pa.table({"supplier": pa.array(chosen[:3], text)}),
        "cell_groups": pa.table({"good": pa.array(["854231", "854232"], text), "cell": pa.array(["a", "b"], text)}),
        "cell_places": pa.table({"destination": pa.array(["RUS", "USA", "TUR"], text), "place": pa.array([0, 1, -2], pa.int32())}),
        "in_force": pa.Table.from_pylist(in_force, schema=pa.schema({"supplier": text, "good": text, "period": pa.date32()})),
        "moves_chosen": pa.Table.from_pylist(pairs, schema=pa.schema({"supplier": text, "source": text})),
        "moves_left_out": pa.table({"partner": pa.array(["RUS", "TUR"], text)}),
        "changes": pa.table(
            {
                "change": pa.array([0, 1], pa.int32()),
                "until": pa.array([dt.date(2022, 1, 1), dt.date(2022, 1, 1)], pa.date32()),
                "since": pa.array([dt.date(2022, 1, 1), dt.date(2023, 1, 1)], pa.date32()),
            }
        ),
    }  # fmt: skip


STAGES = [
    *(each for each in panel(Report.REPORTED).all()),
    WORLD_CELLS,
    WORLD_FACTORS,
    WORLD_REPORTERS,
    CELL_SERIES,
    CODE_MOVES,
    TARGET_MOVES,
    unit_coverage(),
    in_force_cells(panel(Report.REPORTED)),
]


def compare(lake: Path, *asked: tuple[Mapping[str, pa.Table], Mapping[str, Any]]) -> dict[str, bool]:
    """Run every stage both ways, for one question after another on the same engines; return which the arrays worked out."""
    snapshot = take_snapshot(lake)
    done: dict[str, bool] = {}
    with connect(snapshot) as con:
        kept = kept_stages(con, snapshot)
        ours, by_sql = DuckDBEngine(con, answers=KeptAnswers(), kept=kept), DuckDBEngine(con)
        for (tables, params), stage in itertools.product(asked, STAGES):
            want = by_sql.run(plain(stage), tables=tables, params=params)
            found = ours.run(stage, tables=tables, params=params)
            names = want.column_names
            assert sorted(found.column_names) == sorted(names), stage.name
            assert rows_of(found, names) == rows_of(want, names), stage.name
            for name in names:
                kind = found.schema.field(name).type
                plain_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
                assert plain_kind == want.schema.field(name).type, (stage.name, name)
            if stage.on_copy is not None:
                done[stage.name] = stage.on_copy(ours, tables, params) is not None
    return done


@pytest.fixture(autouse=True)
def _sparse_arrays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period_arrays, "LEAST_FILLED", 0.0)
    monkeypatch.setattr(period_arrays, "LEAST_FIGURES", 0)


@pytest.mark.one_in(8)
@pytest.mark.parametrize("seed", range(30))
def test_arrays_give_the_rows_of_the_sql(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    put(tmp_path, trades(chance))
    frequency = chance.choice("MMA")
    params = PARAMS | {"frequency": frequency, "periods_per_year": 12 if frequency == "M" else 1}
    compare(tmp_path, (small_tables(chance), params))


@pytest.mark.one_in(9)
@pytest.mark.parametrize("seed", range(9))
def test_questions_one_after_another_have_the_rows_of_the_sql(tmp_path: Path, seed: int) -> None:
    """Other windows, fewer goods and the first question again, with what the engine kept of the ones before."""
    chance = random.Random(seed)
    put(tmp_path, trades(chance))
    first, other = small_tables(chance), small_tables(chance)
    wanted = first["wanted"]
    fewer = {"wanted": wanted.filter(pc.equal(wanted["panel_good"], "854231"))}
    windows = {name: other[name] for name in ("periods", "in_force")}
    tried = [first, {**first, **windows}, {**first, **fewer}, {**first, **windows, **fewer}, other, first]
    compare(tmp_path, *((tables, PARAMS) for tables in tried))


@pytest.mark.parametrize(
    "more",
    [{}, {"good": "854239", "value_usd": None}, {"period": "2024-01-01", "value_usd": None}, {"value_usd": 7e11}],
    ids=["figures alone", "a code without a value", "a month without a value", "a large figure"],
)
def test_a_whole_lake_is_worked_out_from_arrays(tmp_path: Path, more: dict[str, Any]) -> None:
    rows = [
        trade_row(
            period=month,
            frequency="M",
            reporter=reporter,
            partner=partner,
            good=good,
            value_usd=float(at + 1),
            is_estimated=None if more else False,
            source="comtrade",
        )
        for at, (reporter, partner, good, month) in enumerate(
            itertools.product(ECONOMIES, ECONOMIES, GOODS[:3], MONTHS)
        )
        if reporter != partner
    ]
    exported = next(row for row in rows if row["partner"] == "RUS" and row["reporter"] == "CHN")
    put(tmp_path, [row for row in rows if row is not exported] + [exported | more])
    tables = small_tables(random.Random(1))
    assert all(compare(tmp_path, (tables, PARAMS | {"last": "2024-12-28"})).values())


@pytest.mark.one_in(2)
@pytest.mark.parametrize("change", [{"value_usd": 2e12}, {"revision": "HS2022"}])
def test_what_arrays_cannot_give_is_worked_out_in_sql(tmp_path: Path, change: dict[str, Any]) -> None:
    rows = [
        trade_row(
            period=month, frequency="M", reporter=reporter, partner=partner, good=good, value_usd=1.0, source="comtrade"
        )
        for reporter, partner, good, month in itertools.product(ECONOMIES, ECONOMIES, GOODS[:2], MONTHS)
        if reporter != partner
    ]
    put(tmp_path, [*rows, rows[0] | {"good": "854239"} | change])
    done = compare(tmp_path, (small_tables(random.Random(1)), PARAMS))
    assert not done["world_cells"]
