"""Both reports of a flow, by hand: sides, revisions, weights, re-exports, who reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from lake_rows import put, trade_row
from mirror_reference import PLAIN_PAIRS
from simulated_lake import simulated_lake

from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.mirror.flow_rows import chosen_table, read_pairs
from stopgap.measures.mirror.pairs import MEASURED, pairs_of, reported_of, with_zeros
from stopgap.measures.mirror.stages import (
    MIRROR_CODES,
    MIRROR_FLOWS,
    MIRROR_PARTNERS,
    MIRROR_REEXPORTS,
    MIRROR_REPORTED,
    MIRROR_REPORTERS,
    MIRROR_ROWS,
)
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

STAGES = (
    MIRROR_CODES, MIRROR_PARTNERS, MIRROR_ROWS, MIRROR_FLOWS, MIRROR_REEXPORTS, MIRROR_REPORTED, MIRROR_REPORTERS,
)  # fmt: skip
PARAMS = {
    "frequency": "A", "first": "2020-01-01", "last": "2024-12-31",
    "first_period": "2020-01-01", "last_period": "2024-12-31",
}  # fmt: skip
TABLES = {
    "mirror_wanted": pa.table(
        {
            "source": ["comtrade"] * 3,
            "revision": ["HS2017", "HS2022", "HS2022"],
            "good": ["854231", "854231", "854232"],
            "panel_good": ["854231"] * 3,
            "weight": [1.0, 0.75, 0.5],
            "is_estimated": [False, True, True],
        }
    ),
    "mirror_chosen": pa.table(
        {"flow": ["X", "X", "M", "M"], "reporter": ["DEU", "POL", "KGZ", "RUS"], "source": ["comtrade"] * 4}
    ),
    "chapters": pa.table({"chapter": ["85"]}),
}


CHOSEN = {("X", "DEU"): "comtrade", ("X", "POL"): "comtrade", ("M", "KGZ"): "comtrade", ("M", "RUS"): "comtrade"}


def row(flow: str, reporter: str, partner: str, year: int, usd: float | None, **more: Any) -> dict[str, object]:
    return trade_row(flow=flow, reporter=reporter, partner=partner, period=f"{year}-01-01", value_usd=usd, **more)


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[DuckDBEngine]:
    rows = [
        row("X", "DEU", "KGZ", 2021, 100.0, net_kg=10.0),
        row("M", "KGZ", "DEU", 2021, 90.0, net_kg=9.0),
        row("X", "DEU", "KGZ", 2022, 400.0, revision="HS2022"),
        row("X", "DEU", "KGZ", 2022, 200.0, revision="HS2022", good="854232", net_kg=5.0),
        row("X", "DEU", "KGZ", 2022, 7.0),  # the same year in an older revision: never summed
        row("M", "KGZ", "TUR", 2022, 50.0),  # Turkey's exports are not in the lake
        row("RX", "DEU", "KGZ", 2021, 30.0),
        row("X", "DEU", "RUS", 2021, 5.0),
        row("X", "POL", "RUS", 2021, 6.0),
        row("X", "DEU", "W00", 2021, 999.0),
        row("M", "RUS", "DEU", 2021, 5.5),
        row("X", "DEU", "RUS", 2022, 4.0, revision="HS2022"),
        row("X", "DEU", "DEU", 2021, 8.0),
    ]
    put(tmp_path, rows)
    con = connect(take_snapshot(tmp_path))
    yield DuckDBEngine(con)
    con.close()


def test_pairs_by_hand(duck: DuckDBEngine) -> None:
    pairs, estimated = read_pairs(duck, TABLES["mirror_wanted"], CHOSEN, PARAMS)
    found = {
        (pairs.economies[e], pairs.economies[i], int(p) // 12): {name: getattr(pairs, name)[n] for name in MEASURED}
        for n, (e, i, p) in enumerate(zip(pairs.exporter, pairs.importer, pairs.period, strict=True))
    }
    assert set(found) == {
        ("DEU", "KGZ", 2021),
        ("DEU", "KGZ", 2022),
        ("TUR", "KGZ", 2022),
        ("DEU", "RUS", 2021),
        ("DEU", "RUS", 2022),
        ("POL", "RUS", 2021),
    }
    first, second = found["DEU", "KGZ", 2021], found["DEU", "KGZ", 2022]
    assert (first["exporter_usd"], first["importer_usd"], first["exporter_kg"], first["importer_kg"]) == (
        100.0,
        90.0,
        10.0,
        9.0,
    )
    assert first["reexports_usd"] == 30.0
    assert second["exporter_usd"] == pytest.approx(0.75 * 400 + 0.5 * 200)
    assert np.isnan(second["exporter_kg"])  # a part has no weight
    assert np.isnan(second["importer_usd"])
    assert np.isnan(second["reexports_usd"])  # Germany reports none apart in that year
    assert estimated == pytest.approx(400.0 + 3.0)
    assert found["DEU", "RUS", 2021]["reexports_usd"] == 0.0  # it does in this one, and none of this flow


@pytest.mark.parametrize("goods", [("854231",), ("854231", "854232")], ids=["one code a good", "several"])
def test_pairs_are_those_of_a_plain_join(duck: DuckDBEngine, goods: tuple[str, ...]) -> None:
    wanted = TABLES["mirror_wanted"].filter(pc.is_in(TABLES["mirror_wanted"]["good"], value_set=pa.array(goods)))
    same_as_plain(duck, wanted, CHOSEN, PARAMS)


def same_as_plain(engine: DuckDBEngine, wanted: pa.Table, chosen: dict[tuple[str, str], str], params: Any) -> int:
    """Assert that pairs equal those of the plain join, to the last digit; return how many there are."""
    tables = {"mirror_wanted": wanted, "mirror_chosen": chosen_table(chosen, sorted({name for _, name in chosen}))}
    plain = engine.run(PLAIN_PAIRS, tables=tables, params=params)
    expected = pairs_of(plain)
    pairs, estimated = read_pairs(engine, wanted, chosen, params)
    assert pairs.economies == expected.economies
    assert pairs.goods == expected.goods
    for name in ("exporter", "importer", "good", "period", *MEASURED):
        assert np.array_equal(getattr(pairs, name), getattr(expected, name), equal_nan=True), name
    assert estimated == pytest.approx(sum(plain["estimated_usd"].to_pylist()))
    return len(pairs)


@pytest.mark.parametrize("kind", ["gaps", "annual"])
def test_pairs_of_a_simulated_world_are_those_of_a_plain_join(kind: str) -> None:
    with simulated_lake(make_world(world_spec(kind, 5, economies=12, goods=5))) as lake:
        rows = lake.engine.con.sql("SELECT DISTINCT source, revision, good FROM trade ORDER BY good").fetchall()
        told = lake.engine.con.sql(
            "SELECT DISTINCT flow, reporter, source FROM trade WHERE flow IN ('X', 'M')"
        ).fetchall()
        [(frequency,)] = lake.engine.con.sql("SELECT DISTINCT frequency FROM trade").fetchall()
        wanted = pa.table(
            {
                **{name: [row[at] for row in rows] for at, name in enumerate(("source", "revision", "good"))},
                "panel_good": [row[2] for row in rows],
                "weight": [0.3 + 0.1 * at for at in range(len(rows))],
                "is_estimated": [at % 2 == 0 for at in range(len(rows))],
            }
        )
        params = {"frequency": frequency, "first_period": "2000-01-01", "last_period": "2040-12-31"}
        chosen = {(flow, reporter): source for flow, reporter, source in told}
        assert same_as_plain(lake.engine, wanted, chosen, params) > 1000
        joined = wanted.set_column(3, "panel_good", pa.array(["all"] * len(rows)))
        assert same_as_plain(lake.engine, joined, chosen, params) > 200


def test_a_row_that_is_not_there_is_zero_where_the_side_reported_and_missing_where_it_was_silent(
    duck: DuckDBEngine,
) -> None:
    pairs, _ = read_pairs(duck, TABLES["mirror_wanted"], CHOSEN, PARAMS)
    told = duck.run(MIRROR_REPORTED, tables=TABLES, params=PARAMS)
    assert {(r["flow"], r["reporter"], r["period"]) for r in told.to_pylist()} >= {
        ("M", "KGZ", dt.date(2022, 1, 1)),
        ("M", "RUS", dt.date(2021, 1, 1)),
    }
    filled = with_zeros(pairs, reported_of(told, pairs.economies))
    at = {
        (pairs.economies[e], pairs.economies[i], int(p) // 12): n
        for n, (e, i, p) in enumerate(zip(pairs.exporter, pairs.importer, pairs.period, strict=True))
    }
    assert filled.importer_usd[at["DEU", "KGZ", 2022]] == 0.0  # Kyrgyzstan reported 2022
    assert filled.importer_usd[at["DEU", "RUS", 2022]] != filled.importer_usd[at["DEU", "RUS", 2022]]  # Russia did not
    assert filled.exporter_usd[at["TUR", "KGZ", 2022]] != filled.exporter_usd[at["TUR", "KGZ", 2022]]


def test_codes_and_reporters(duck: DuckDBEngine) -> None:
    codes = {(r["revision"], r["good"]): r["periods"] for r in duck.run(MIRROR_CODES, params=PARAMS).to_pylist()}
    assert codes == {("HS2017", "854231"): 2, ("HS2022", "854231"): 1, ("HS2022", "854232"): 1}
    reporters = duck.run(MIRROR_REPORTERS, tables=TABLES, params=PARAMS).to_pylist()
    assert {(r["flow"], r["reporter"]): r["periods"] for r in reporters} == {
        ("X", "DEU"): 2,
        ("X", "POL"): 1,
        ("M", "KGZ"): 2,
        ("M", "RUS"): 1,
    }


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_renders_for_spark(stage: Any) -> None:
    text = spark_sql(stage.compiled())
    assert "$" not in text


def test_an_empty_lake_has_empty_pairs() -> None:
    names = [(name, pa.string()) for name in ("exporter", "importer", "good")] + [("period", pa.date32())]
    names += [(name, pa.float64()) for name in ("exporter_usd", "importer_usd", "exporter_kg", "importer_kg")]
    pairs = pairs_of(pa.schema(names).empty_table())
    assert len(pairs) == 0
    assert pairs.economies == ()
