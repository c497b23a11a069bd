"""Heat map of goods by suppliers: classes by hand, and sums that are those of the finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.api.lake import open_lake
from stopgap.api.supplier_goods import supplier_goods_of
from stopgap.pages.episode.goods import goods_tab
from stopgap.pages.episode.heat_map import SUPPLIERS, heat_map, tone_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names


@pytest.mark.parametrize(
    ("change", "tone"), [(-5.0, 0), (0.0, 0), (0.5, 1), (0.99, 1), (1.0, 2), (5.0, 3), (20.0, 4), (49.9, 4), (50.0, 5), (100.0, 5)]
)  # fmt: skip
def test_a_class_begins_at_its_share_of_the_largest_rise(change: float, tone: int) -> None:
    assert tone_of(change, 100.0) == tone


def test_without_a_rise_all_is_in_class_0() -> None:
    assert tone_of(3.0, 0.0) == 0


def test_a_row_of_the_map_adds_up_to_the_change_of_the_good(demo_lake: Path) -> None:
    lake, query = open_lake(demo_lake), EpisodeQuery("russia-2022", "machinery-electronics")
    measured = query.measure(lake, gross=True)
    found = supplier_goods_of(lake, measured, query.request(gross=True)).found
    drawn = heat_map(measured.finding, found, economy_names(), query)
    assert drawn is not None
    [row] = drawn.table.rows
    assert len(row) == 2 + SUPPLIERS + 1
    numbers = [float(cell.text.replace(",", "").replace("−", "-")) for cell in row[1:]]
    [good] = measured.finding.by_good
    assert numbers[0] == pytest.approx(-good.loss_usd / 1e6, abs=0.05)
    assert sum(numbers[1:]) == pytest.approx(good.gain_usd / 1e6, abs=0.05 * len(numbers))
    assert [cell.tone for cell in row[2 : 2 + SUPPLIERS]].count(5) >= 1
    assert [tone for tone, _ in drawn.legend] == [0, 1, 2, 3, 4, 5]


def test_goods_without_trade_of_members_say_so_and_are_not_zero(demo_lake: Path) -> None:
    content = goods_tab(open_lake(demo_lake), EpisodeQuery("russia-2022", "chpl-2024-02"))
    rows = [row for _, table in content.values["goods_tables"] for row in table.rows]
    by_good = {row[0].text[:6]: row for row in rows}
    assert by_good["854239"][1].text != ""
    assert by_good["845710"][1].missing == "none"
    assert content.values["none_note"].startswith("“none”")
    assert by_good["854239"][1].query["good"] == "854239"
    titles = [title for title, _ in content.values["goods_tables"]]
    assert titles[0].startswith("Tier 1:")
