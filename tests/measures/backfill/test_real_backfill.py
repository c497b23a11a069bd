"""Backfill at constant prices: a small lake by hand, properties of the split, and simulated worlds with a planted markup."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_rows import put, trade_row
from simulated_lake import simulated_lake

from stopgap.measures.backfill.real import NO_LOSS, NO_QUANTITIES, real_answer, real_backfill, real_warnings
from stopgap.measures.backfill.run import measure, measure_on
from stopgap.measures.backfill.tables import summary_lines
from stopgap.measures.statistics.bennet import PriceCells
from stopgap.panel.prepare import measure_options, prepare
from stopgap.panel.quantities import GoodUnit
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

EPISODE = """\
name: parts
title: Three goods
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU]
goods: [three.csv]
baseline: {from: 2021-01, to: 2021-12, min_months: 12}
after: {from: 2023-01, to: 2023-12}
"""
CHIPS, BEARINGS, DIESEL = "854231", "848210", "271019"


def sale(year, supplier, good, usd, *, kg=None, pieces=None, partner="RUS", unit="u"):
    return trade_row(
        period=f"{year}-01-01", reporter=supplier, partner=partner, good=good, value_usd=float(usd), net_kg=kg,
        quantity=pieces, quantity_unit=unit if pieces else None,
    )  # fmt: skip


def three_goods(*, elsewhere_pieces=1.0):
    """Prices double or more; DEU is the coalition, TUR enters in chips and CHN in diesel."""
    return [
        # 100 pieces at 10, then 20 at 20; the weights say something else.
        sale(2021, "DEU", CHIPS, 1000, pieces=100.0, kg=1.0),
        sale(2023, "DEU", CHIPS, 400, pieces=20.0, kg=9.0),
        sale(2021, "CHN", CHIPS, 500, pieces=100.0, kg=7.0),
        sale(2023, "CHN", CHIPS, 2000, pieces=200.0, kg=1.0),
        sale(2023, "TUR", CHIPS, 600, pieces=40.0, kg=3.0),
        *(sale(year, "CHN", CHIPS, 50, partner="KAZ", pieces=elsewhere_pieces, kg=2.0) for year in (2021, 2023)),
        sale(2021, "DEU", BEARINGS, 800, kg=80.0),
        sale(2021, "CHN", BEARINGS, 100, kg=20.0),
        sale(2023, "CHN", BEARINGS, 300),  # nobody weighed it
        sale(2021, "TUR", BEARINGS, 200, kg=50.0),
        sale(2023, "TUR", BEARINGS, 800, kg=100.0),
        sale(2021, "DEU", DIESEL, 600, kg=3000.0, pieces=5.0, unit="bbl"),
        sale(2023, "CHN", DIESEL, 500, kg=1000.0, pieces=5.0),
    ]


def lake_of(folder, rows):
    put(folder / "lake", rows)
    (folder / "three.csv").write_text(f"code,description\n{CHIPS},a\n{BEARINGS},b\n{DIESEL},c\n", "utf-8")
    (folder / "parts.yml").write_text(EPISODE, "utf-8")
    return folder / "lake", str(folder / "parts.yml")


@pytest.fixture
def finding(tmp_path):
    return measure(*lake_of(tmp_path, three_goods()), measure_options())


def test_gains_and_losses_at_baseline_unit_values_are_the_sums_done_by_hand(finding):
    real = finding.real
    # Loss: chips 10 x 80, bearings 800, diesel 600. Gain: CHN 5 x 100 chips, TUR 2 x 50 kg... at 4 = 200;
    # entrants at the good's mean: TUR 40 chips at 1500 / 200, CHN 1,000 kg of diesel at 0.2.
    assert real.loss_usd == pytest.approx(2200.0)
    assert real.gain_usd == pytest.approx(500.0 + 200.0 + 300.0 + 200.0)
    assert finding.backfill.real_ratio == real.ratio == pytest.approx(1200 / 2200)
    assert real.gain.new_at_baseline_prices_usd == pytest.approx(500.0)
    # Nominal: (1500 + 600 + 200 + 600 + 500) / (600 + 800 + 600); without CHN's bearings over the same trade.
    assert finding.backfill.gross_ratio == pytest.approx(1.7)
    assert real.nominal_ratio == pytest.approx(1.6)
    assert real.gain.not_adjusted_usd == pytest.approx(200.0)
    assert real.trimmed_ratio == pytest.approx(real.ratio)
    assert real.outlying_usd == 0.0
    assert real.share_of_value_with_quantities == pytest.approx(7400 / 7800)


def test_price_effects_are_those_of_bennet(finding):
    real = finding.real
    # CHN's chips 150 x 5, TUR's chips 20 x 7.5, TUR's bearings 75 x 4, CHN's diesel 500 x 0.3; DEU's chips 60 x 10.
    assert real.price_effect_gain_usd == pytest.approx(750.0 + 150.0 + 300.0 + 150.0)
    assert real.price_effect_loss_usd == pytest.approx(-600.0)
    for side in (real.loss, real.gain):
        parts = side.quantity_effect_usd + side.price_effect_usd + side.not_adjusted_usd
        assert parts == pytest.approx(side.change_usd, rel=1e-12)
    assert real.loss.change_usd == pytest.approx(finding.suspended.loss_usd)
    assert real.gain.change_usd == pytest.approx(sum(row.gain_usd for row in finding.suppliers))
    rows = {row.supplier: row for row in real.by_supplier}
    assert rows["TUR"].at_baseline_prices_usd == pytest.approx(500.0)
    assert rows["CHN"].not_adjusted_usd == pytest.approx(200.0)
    assert rows["DEU"].is_member
    assert rows["DEU"].at_baseline_prices_usd == pytest.approx(-2200.0)


def test_each_good_has_one_unit_and_energy_is_in_tonnes(finding):
    units = {row.good: row for row in finding.real.unit_values}
    assert {good: row.unit for good, row in units.items()} == {
        CHIPS: "pieces", BEARINGS: "kilograms", DIESEL: "tonnes",
    }  # fmt: skip
    assert units[CHIPS].baseline_usd_per_unit == pytest.approx(1500 / 200)
    assert units[CHIPS].after_usd_per_unit == pytest.approx(3000 / 260)
    assert units[DIESEL].baseline_usd_per_unit == pytest.approx(200.0)
    assert units[DIESEL].after_usd_per_unit == pytest.approx(500.0)


def test_kilograms_where_pieces_are_not_known_elsewhere(tmp_path):
    lake, episode = lake_of(tmp_path, three_goods(elsewhere_pieces=None))
    found = measure(lake, episode, measure_options())
    [chips] = [row for row in found.real.unit_values if row.good == CHIPS]
    assert chips.unit == "kilograms"
    assert chips.baseline_usd_per_unit == pytest.approx(1500 / 8.0)


def test_text_says_the_real_ratio_with_its_coverage_and_the_rows_can_be_seen(finding):
    [line] = [line for line in summary_lines(finding) if line.startswith("real backfill")]
    assert "54.5%" in line
    assert "160.0%" in line
    assert "94.9% of the value has quantities" in line
    assert "quantity_unit" in finding.queries[1]
    assert finding.as_dict()["real"]["loss"]["change_usd"] == 2000.0


def test_without_quantities_there_is_no_real_ratio_and_a_reason(tmp_path):
    rows = [row | {"net_kg": None, "quantity": None, "quantity_unit": None} for row in three_goods()]
    found = measure(*lake_of(tmp_path, rows), measure_options())
    assert found.backfill.real_ratio is None
    assert found.real.reason == NO_QUANTITIES
    assert found.real.share_of_value_with_quantities == 0.0
    assert found.real.gain.not_adjusted_usd == found.real.gain.change_usd == pytest.approx(3400.0)
    assert not any(line.startswith("real backfill") for line in summary_lines(found))
    found.as_dict()


def cells_of(rows):
    """(supplier, good, season, baseline_usd, after_usd, baseline_quantity, after_quantity)."""
    names = sorted({row[0] for row in rows})
    money = np.array([[math.nan if value is None else value for value in row[3:]] for row in rows], dtype=float)
    places = [np.array([row[at] for row in rows]) for at in (1, 2)]
    return PriceCells(tuple(names), np.array([names.index(row[0]) for row in rows]), *places, *money.T)


UNITS = {good: GoodUnit(good, "kilograms", 1.0, 0.0, 1.0) for good in ("a", "b", "c")}


def real_of(rows):
    return real_backfill(cells_of(rows), ("a", "b", "c"), members={"DEU"}, units=UNITS)


def test_an_entrant_in_a_good_without_any_baseline_unit_value_is_not_adjusted():
    found = real_of([("DEU", 0, 1, 100.0, 50.0, 10.0, 5.0), ("TUR", 1, 1, 0.0, 70.0, 0.0, 7.0)])
    assert found.gain.not_adjusted_usd == 70.0
    assert found.gain_usd == 0.0
    assert found.ratio == 0.0
    assert found.share_of_value_with_quantities == pytest.approx(150 / 220)
    assert any("68.2%" in warning for warning in real_warnings(found))


def test_a_quantity_that_did_not_fall_gives_no_ratio():
    found = real_of([("DEU", 0, 1, 100.0, 50.0, 10.0, 12.0), ("CHN", 0, 1, 10.0, 20.0, 1.0, 2.0)])
    assert found.ratio is None
    assert found.reason == NO_LOSS
    assert found.loss_usd == pytest.approx(-20.0)


def test_a_wrong_unit_is_left_out_of_the_trimmed_ratio_and_named():
    rows = [("DEU", good, 1, 100.0, 50.0, 10.0, 5.0) for good in (0, 1, 2)]
    rows += [("CHN", good, 1, 100.0, 150.0, 10.0, 15.0) for good in (0, 1)]
    rows += [("CHN", 2, 1, 100.0, 150.0, 10.0, 15_000.0)]
    found = real_of(rows)
    assert found.ratio == pytest.approx((50 + 50 + 10 * 14_990) / 150)
    assert found.trimmed_ratio == pytest.approx(100 / 150)
    assert found.outlying_usd == 250.0
    assert any("threefold" in warning for warning in real_warnings(found))


def test_a_month_of_wrong_units_is_left_out_alone():
    rows = [("DEU", 0, month, 100.0, 50.0, 10.0, 5.0) for month in range(1, 7)]
    rows += [("CHN", 0, month, 100.0, 150.0, 10.0, 15.0 * (1000 if month == 3 else 1)) for month in range(1, 7)]
    found = real_of(rows)
    assert found.trimmed_ratio == pytest.approx(5 * 50 / 300)
    assert found.ratio > 100


USD = st.one_of(st.just(0.0), st.floats(1.0, 1e9))
QUANTITY = st.one_of(st.none(), st.floats(1e-2, 1e6))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["CHN", "TUR", "DEU"]), st.integers(0, 2), st.integers(1, 12), USD, USD, QUANTITY, QUANTITY
    ),
    min_size=1, max_size=30, unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(ROWS, st.floats(0.5, 2.0))
def test_the_parts_add_up_and_a_price_rise_of_all_changes_no_real_figure(rows, factor):
    found = real_of(rows)  # a violated identity raises
    for side, sign, is_member in ((found.loss, -1.0, True), (found.gain, 1.0, False)):
        change = sign * sum(row[4] - row[3] for row in rows if (row[0] == "DEU") == is_member)
        assert side.change_usd == pytest.approx(change, abs=1e-6 + 1e-9 * sum(row[3] + row[4] for row in rows))
    dearer = real_of([(*row[:4], row[4] * factor, *row[5:]) for row in rows])
    scale = 1e-9 * sum(abs(row.at_baseline_prices_usd) for row in found.by_supplier) + 1e-9
    assert dearer.loss.at_baseline_prices_usd == pytest.approx(found.loss.at_baseline_prices_usd, abs=scale)
    assert dearer.gain.at_baseline_prices_usd == pytest.approx(found.gain.at_baseline_prices_usd, abs=scale)


@pytest.mark.prove_only
def test_worlds_with_a_planted_markup_have_the_real_ratio_of_their_truth():
    errors, nominal = [], []
    for seed in range(1, 7):
        spec = world_spec(
            "prices", seed, economies=20, goods=16, baseline_months=24, after_months=12,
            unit_error_share=0.0, missing_weight_share=0.0,
        )  # fmt: skip
        world = make_world(spec)
        inside, outside = world.truth["prices"]["coalition"], world.truth["prices"]["outside"]
        gain = outside["after_at_former_prices_usd"] - outside["baseline_usd"]
        loss = inside["baseline_usd"] - inside["after_at_former_prices_usd"]
        with simulated_lake(world) as lake:
            prepared = prepare(lake.engine, lake.snapshot, lake.episode, lake.goods, measure_options())
            real = real_answer(lake.engine, prepared, measure_options().report)
            assert real.share_of_value_with_quantities == 1.0
        assert real.loss_usd == pytest.approx(loss, rel=0.05)
        errors.append(real.ratio - gain / loss)
        nominal.append(real.nominal_ratio - gain / loss)
    # Entrants are valued at others' unit values: single worlds err by .1, and their mean by .04.
    assert abs(np.mean(errors)) < 0.12
    assert np.mean(nominal) > 2 * abs(np.mean(errors))


def test_the_whole_measure_carries_it_on_a_simulated_world():
    world = make_world(world_spec("prices", 2, economies=12, goods=6, baseline_months=24, after_months=12))
    with simulated_lake(world) as lake:
        found = measure_on(lake.engine, lake.snapshot, lake.episode, measure_options())
    assert found.backfill.real_ratio == found.real.ratio
    assert found.real.loss.change_usd == pytest.approx(found.suspended.loss_usd)
    assert 0.7 < found.real.share_of_value_with_quantities < 1.0
