"""The rivals of the scale bench give one table: sums done by hand on a few rows, and windows matched by month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scale_question import Question, months
from scale_rivals import DuckdbByHand, PandasByHand, PolarsByHand, Sums, build_copy, sums_of

ASKED = Question("2020-01:2021-12", "2023-01:2023-02", ("854231",), ("DEU",))
ROWS = [
    ("2020-01", "DEU", "RUS", "854231", 100.0),
    ("2021-01", "DEU", "RUS", "854231", 300.0),
    ("2021-02", "DEU", "RUS", "854231", 50.0),
    ("2021-07", "DEU", "RUS", "854231", 1e6),  # July is not in the after-window
    ("2023-01", "DEU", "RUS", "854231", 10.0),
    ("2023-02", "CHN", "RUS", "854231", 70.0),
    ("2023-01", "CHN", "RUS", "847130", 5000.0),  # not of the list
    ("2023-01", "CHN", "TUR", "854231", 9.0),
    ("2023-01", "RUS", "TUR", "854231", 8.0),  # the target's own trade
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    periods, reporters, partners, goods, values = zip(*ROWS, strict=True)
    count = len(ROWS)
    table = {
        "period": pa.array([months(f"{each}:{each}")[0] for each in periods], pa.date32()),
        "frequency": ["M"] * count,
        "reporter": reporters,
        "partner": partners,
        "flow": ["X"] * count,
        "good": goods,
        "value_usd": values,
        "net_kg": [1.0] * count,
    }
    pq.write_table(pa.table(table), tmp_path / "trade.parquet")
    return [str(tmp_path / "trade.parquet")]


def test_a_baseline_month_counts_as_often_as_its_month_after() -> None:
    factors = {(day, part): factor for day, part, factor in ASKED.factors()}
    # two months after, so a dollar counts 12 / 2 = 6 times; January is in the baseline twice
    assert factors[(dt.date(2023, 1, 1), "after")] == 6.0
    assert factors[(dt.date(2020, 1, 1), "baseline")] == 3.0
    assert (dt.date(2021, 7, 1), "baseline") not in factors


def test_every_rival_gives_the_sums_done_by_hand(files: list[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    build_copy(files, copy)
    goods = pa.table({"good": ["854231", "847130"], "is_sanctioned": [True, False]})
    for rival in (DuckdbByHand(files), DuckdbByHand(files, copy), PolarsByHand(files), PandasByHand(files)):
        # baseline (100 + 300 + 50) * 3; after (10 + 70) * 6
        assert sums_of(rival.gross(ASKED)).agrees(Sums(2, 1350.0, 480.0))
        # beside it 9 * 6 to Turkey and 5000 * 6 of the other good
        assert sums_of(rival.panel(ASKED, goods)).agrees(Sums(4, 1350.0, 480.0 + 54.0 + 30_000.0))


def test_sums_that_differ_by_a_millionth_do_not_agree() -> None:
    assert Sums(2, 1350.0, 480.0).agrees(Sums(2, 1350.0 * (1 + 1e-10), 480.0))
    assert not Sums(2, 1350.0, 480.0).agrees(Sums(2, 1350.0 * (1 + 1e-6), 480.0))
    assert not Sums(2, 1350.0, 480.0).agrees(Sums(3, 1350.0, 480.0))
