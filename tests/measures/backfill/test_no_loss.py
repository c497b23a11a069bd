"""That the coalition lost nothing is said only where every member has figures: missing is not zero."""

from pathlib import Path

import pytest
from lake_rows import put, trade_row

from stopgap.measures.backfill.no_loss import LOSS_UNKNOWN, NOTHING_LOST, REPORTERS_LOST_NOTHING, no_loss
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

EPISODE = """
name: two-members
title: Two members stop selling
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU, FRA]
goods: [list.csv]
baseline: {from: 2020-01, to: 2021-12, min_months: 24}
after: {from: 2023-01, to: 2023-12}
"""
SOLD = {"DEU": (10e6, 12e6, 15e6), "CHN": (5e6, 5e6, 9e6)}  # 2020, 2021, 2023: Germany sold 4 more


def warnings_of(folder: Path, france: tuple[float | None, ...]) -> tuple[str, ...]:
    (folder / "list.csv").write_text("code,description\n854231,processors\n")
    (folder / "episode.yml").write_text(EPISODE)
    rows = [
        trade_row(period=f"{year}-01-01", reporter=reporter, good="854231", value_usd=value)
        for reporter, values in {**SOLD, "FRA": france}.items()
        for year, value in zip((2020, 2021, 2023), values, strict=True)
        if value is not None
    ]
    put(folder / "lake", rows)
    finding = measure(folder / "lake", str(folder / "episode.yml"), measure_options(goods=str(folder / "list.csv")))
    assert finding.suspended.loss_usd <= 0
    assert not finding.backfill.defined
    return finding.warnings


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("france", "said"),
    [((3e6, 3e6, 3e6), NOTHING_LOST), ((90e6, 90e6, None), REPORTERS_LOST_NOTHING), ((None, None, None), REPORTERS_LOST_NOTHING)],
)  # fmt: skip
def test_a_member_without_figures_may_have_lost(tmp_path: Path, france: tuple[float | None, ...], said: str) -> None:
    [line] = [line for line in warnings_of(tmp_path, france) if "lost nothing" in line]
    assert line == f"{said}: backfill by loss is undefined"


def test_words_of_members_and_of_those_missing() -> None:
    assert no_loss(("DEU", "FRA"), ("BRA",)) == NOTHING_LOST
    assert no_loss(("DEU", "FRA"), ("FRA", "BRA")) == REPORTERS_LOST_NOTHING
    assert no_loss(("DEU", "FRA"), ("DEU", "FRA")) == LOSS_UNKNOWN
