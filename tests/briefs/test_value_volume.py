"""Value and volume: the split of a change in dollars, by hand and against the planted prices of a small world."""

from __future__ import annotations

from dataclasses import replace

import brief_fixture as fixture
import pytest
from brief_worlds import MACHINES, energy_lake, tariff_lake
from hypothesis import given
from hypothesis import strategies as st

from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.net.words import beside_sentence
from stopgap.briefs.run import build_model
from stopgap.briefs.story import tell
from stopgap.briefs.value_volume import (
    VolumeRow,
    _Part,
    coverage_sentence,
    loss_row,
    others_row,
    prices_table,
    ratio_sentence,
    split_row,
    split_sentence,
    value_volume_section,
    volume_sentence,
    volume_table,
)
from stopgap.measures.backfill.real_results import RealBackfill, RealSide, RealSupplier
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode
from stopgap.panel.prepare import MeasureOptions


def plain(words: str) -> str:
    return words.replace(NBSP, " ")


def brief_of(lake, episode: str):
    with engine_on(lake, as_of=None) as (engine, snapshot):
        return build_model(engine, snapshot, load_episode(episode), MeasureOptions())


@pytest.fixture(scope="module")
def tariffs(tmp_path_factory):
    return brief_of(tariff_lake(tmp_path_factory.mktemp("tariffs")), "us-china-tariffs-2018")


def by_hand(*, price: float = 15.0, quantity: float = 20.0, left: float = 0.0):
    """One supplier: 10 pieces at 10 before, ``quantity`` at ``price`` after; ``left`` more dollars without quantities."""
    before, after = 100e6, price * quantity * 1e6
    change, volume = after - before, 10.0 * (quantity - 10.0) * 1e6
    bennet = (10.0 + quantity) / 2.0 * (price - 10.0) * 1e6
    share = (before + after) / (before + after + left)
    supplier = RealSupplier("CHN", False, change + left, volume, bennet, left, share)
    loss = RealSide(250e6, 250e6, 250e6, 0.0, 0.0, 0.0, 1.0)
    gain = RealSide(change + left, volume, change - bennet, bennet, left, 0.0, share)
    real = RealBackfill(
        ratio=volume / 250e6, nominal_ratio=change / 250e6, loss=loss, gain=gain, loss_usd=250e6, gain_usd=volume,
        share_of_value_with_quantities=0.9, by_supplier=(supplier,),
    )  # fmt: skip
    finding = fixture.finding_of({"CHN": (100.0, (after + left) / 1e6)}, {"DEU": (300.0, 50.0)})
    return fixture.model(headline=replace(finding, real=real), others=())


def test_a_change_is_split_in_volume_and_prices() -> None:
    """100 m to 300 m: 10 more pieces at 10 are 100 m of volume; 20 pieces at 5 more are 100 m of prices."""
    row = others_row(by_hand())
    assert row == VolumeRow("All other suppliers", 200e6, 100e6, 100e6, 0.0, pytest.approx(0.5), 1.0)
    assert plain(split_sentence(by_hand())) == (
        "Of the USD 200 m more that other suppliers sold, USD 100 m is higher prices and USD 100 m is volume at the prices of 2021."
    )
    assert plain(ratio_sentence(by_hand())) == (
        "The lost trade is USD 250 m a year at the prices of 2021, so backfill in volume is 40 % (real ratio), against 80 % in "
        "dollars over the same trade. Both are gross, without an interval."
    )


def test_dollars_without_quantities_stand_apart_and_do_not_move_the_price() -> None:
    row = others_row(by_hand(left=50e6))
    assert row is not None
    assert (row.change_usd, row.volume_usd, row.price_usd, row.not_split_usd) == pytest.approx(
        (250e6, 100e6, 100e6, 50e6)
    )
    assert row.price_change == pytest.approx(0.5)
    assert row.covered == pytest.approx(400 / 450)
    assert "; USD 50.0 m has no quantities and cannot be split." in plain(split_sentence(by_hand(left=50e6)))


def test_a_rise_in_dollars_may_be_a_fall_in_volume() -> None:
    """5 pieces at 30: 50 m more in dollars, 50 m less at the price of 10."""
    assert plain(split_sentence(by_hand(price=30.0, quantity=5.0))) == (
        "Other suppliers sold USD 50.0 m more in dollars; at the prices of 2021 USD 50.0 m less: higher prices added USD 100 m."
    )
    assert "lower prices took off USD 40.0 m" in plain(split_sentence(by_hand(price=8.0, quantity=20.0)))


def test_a_loss_is_a_negative_change() -> None:
    row = loss_row(by_hand())
    assert row is not None
    assert (row.name, row.change_usd, row.volume_usd, row.price_usd) == ("Germany (lost trade)", -250e6, -250e6, 0.0)


@given(st.lists(st.tuples(*[st.floats(1.0, 1e9) for _ in range(4)], st.floats(0.0, 1e9)), min_size=1, max_size=6))
def test_the_parts_of_any_row_add_up_and_the_price_is_that_of_the_covered_trade(cells) -> None:
    parts, at_baseline, after = [], 0.0, 0.0
    for usd0, quantity0, usd1, quantity1, left in cells:
        volume = usd0 / quantity0 * (quantity1 - quantity0)
        trade = usd0 + usd1
        parts.append(_Part(usd0, usd1 + left, usd1 + left - usd0, volume, left, trade / (trade + left)))
        at_baseline += usd0 / quantity0 * quantity1
        after += usd1
    row = split_row("x", parts)
    scale = sum(abs(part.change_usd) + abs(part.volume_usd) for part in parts) + after
    assert (row.volume_usd or 0.0) + (row.price_usd or 0.0) + row.not_split_usd == pytest.approx(
        row.change_usd, abs=1e-9 * scale
    )
    if row.price_change is not None and at_baseline > 1e-3 * scale:
        assert row.price_change == pytest.approx(after / at_baseline - 1.0, rel=1e-6, abs=1e-6)


def test_without_quantities_the_brief_says_how_much_of_the_trade_has_them() -> None:
    model = by_hand()
    real = replace(model.headline.real, share_of_value_with_quantities=0.0, ratio=None, by_supplier=())
    model = replace(model, headline=replace(model.headline, real=real))
    section = value_volume_section(model)
    assert section is not None
    assert plain(section.paragraphs[-1]).startswith("No volume can be shown: 0 % of the trade has quantities")
    assert section.tables == ()
    assert volume_sentence(model) == ""
    assert plain(coverage_sentence(replace(real, share_of_value_with_quantities=0.37))).startswith("37 % of the trade")
    assert value_volume_section(fixture.model()) is None


@pytest.mark.prove_only
def test_planted_prices_are_found_for_every_supplier(tariffs) -> None:
    """Kilograms are dollars by 25 before and by 27.5 in 2019: prices rose by a tenth, for the seller that lost too."""
    table = volume_table(tariffs)
    assert table is not None
    heads = [column.heading for column in table.columns]
    at = heads.index("Price change")
    assert [row[at] for row in table.rows] == pytest.approx([0.1] * len(table.rows))
    for row in table.rows:
        value, volume, prices, left = (float(cell) for cell in row[1:5])  # type: ignore[arg-type]
        assert volume + prices + left == pytest.approx(value)
    prices = prices_table(tariffs)
    assert prices is not None
    assert {(round(row[3], 6), round(row[4], 6)) for row in prices.rows} == {(25.0, 27.5)}
    assert {row[2] for row in prices.rows} == {"kilograms"}
    total = next(row for row in table.rows if row[0] == "All other suppliers")
    real = tariffs.headline.real
    assert total[2] == pytest.approx(real.gain_usd)
    assert "is higher prices" in volume_sentence(tariffs)
    assert volume_sentence(tariffs) in tell(tariffs).first.strip[0][1]


@pytest.mark.prove_only
def test_half_of_the_codes_without_weight(tmp_path) -> None:
    model = brief_of(tariff_lake(tmp_path, weighed=MACHINES[:5]), "us-china-tariffs-2018")
    row = others_row(model)
    assert row is not None
    assert 0.4 < (row.covered or 0.0) < 0.6
    assert row.price_change == pytest.approx(0.1)
    section = value_volume_section(model)
    assert section is not None
    assert "of the trade, by value over both windows, has quantities" in section.paragraphs[-1]


def test_energy_shows_prices_in_tonnes_beside_values(tmp_path) -> None:
    """Prices rose by 40 %, and buyers outside the coalition paid a fifth less than that: 1.4 times 0.8 is 1.12."""
    model = brief_of(energy_lake(tmp_path), "russia-2022-energy")
    table = volume_table(model)
    assert table is not None
    at = [column.heading for column in table.columns].index("Price change")
    changes = {row[0]: row[at] for row in table.rows}
    assert changes["India"] == pytest.approx(0.12)
    assert changes["All other buyers"] == pytest.approx(0.12)
    assert changes["Members with figures (lost trade)"] == pytest.approx(0.4)
    prices = prices_table(model)
    assert prices is not None
    assert {row[2] for row in prices.rows} == {"tonnes"}
    assert next(row[3] for row in prices.rows if row[0] == "2709") == pytest.approx(500.0)


def test_a_ratio_at_baseline_prices_stands_in_the_deck_only_where_both_sides_have_quantities() -> None:
    finding = by_hand().headline
    backfill = replace(
        finding.backfill,
        symmetric_ratio=0.6,
        symmetric_ci95=(0.4, 0.8),
        net_ratio=0.7,
        net_ci95=(0.5, 0.9),
        real_ratio=0.4,
    )
    full = replace(finding, backfill=backfill)
    assert "the gross ratio at baseline prices 40 %" in plain(beside_sentence(full))
    loss = replace(finding.real.loss, adjusted_share=0.1)
    thin = replace(full, real=replace(finding.real, loss=loss))
    assert "baseline prices" not in beside_sentence(thin)
    assert "the net ratio is 70 % (95 % interval 50 to 90 %)" in plain(beside_sentence(thin))
    assert "(10 % of it has quantities)" in plain(ratio_sentence(fixture.model(headline=thin, others=())))
